// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import PatchFormat

/// The id that `git patch-id --stable` prints for the text of a patch (builtin/patch-id.c).
///
/// libgit2's `git_diff_patchid` computes the id of a diff, not of a text, and gives another one, as measured
/// with libgit2 1.5.1 and git 2.39, for
/// - a binary file: git hashes the blob ids of its `index` line, libgit2 only the file's names, so all
///   changes of one binary file have the same id;
/// - an empty file that is added or removed: git hashes its header, libgit2 also the missing hunks' `---`
///   and `+++`;
/// - a line with a form feed or a vertical tab: only libgit2 takes these for white space;
/// - a rename, unless `git_diff_find_similar` ran before it;
/// - damaged text, such as a patch that lost its last newline: `git_diff_from_buffer` refuses it.
///
/// Between two trees it can be used where none of these matters.
package struct GitPatchID: Sendable, Hashable {
  /// Forty hex digits.
  package let text: String

  /// How far a hunk is, as git counts it.
  private struct Counts {
    var before = -1
    var after = -1
    var isDone: Bool { before == 0 && after == 0 }
  }

  /// Hashes a message; nil if it has no patch in git's form, for which git prints no id either.
  package init?(_ message: Message) {
    var sum: ObjectID?
    var buffer: [UInt8] = []
    func flush() {
      let hash = ObjectID.hash(of: buffer)
      sum = sum.map { $0 + hash } ?? hash
      buffer = []
    }
    var counts = Counts()
    var ids: [UInt8] = []
    var isBinary = false
    var isBegun = false
    for part in message.parts {
      for case .file(let file) in part.text.elements {
        var rest: ArraySlice<UInt8>? = part.text.bytes[file.range]
        while let text = rest {
          // One at a time: a list of a large patch's lines takes several times its size.
          let line = text.prefix { $0 != 0x0A }
          rest = line.endIndex < text.endIndex ? text[(line.endIndex + 1)...] : nil
          func starts(_ text: String) -> Bool { line.starts(with: text.utf8) }
          if starts("\\ "), line.count >= 12 { continue }
          if !isBegun, !starts("diff ") { continue }
          if line.isEmpty, counts.isDone { continue }
          if counts.before == -1 {
            if starts("GIT binary patch") || starts("Binary files") {
              isBinary = true
              counts.before = 0
              buffer += ids
              flush()
              continue
            }
            if starts("index ") {
              let names = line.dropFirst(6).prefix { $0 != 0x20 }
              ids = names.filter { $0 != UInt8(ascii: ".") }
              continue
            }
            if starts("--- ") { counts = Counts(before: 1, after: 1) }
          }
          if isBinary {
            // Git leaves the line that ends a binary part out of the next one.
            if starts("diff ") {
              isBinary = false
              counts.before = -1
            }
            continue
          }
          if counts.isDone {
            if starts("@@ -") {
              counts = Self.counts(line)
              continue
            }
            guard starts("diff ") else { break }
            flush()
            counts = Counts()
          }
          if let first = line.first {
            if first == UInt8(ascii: "-") || first == 0x20 { counts.before -= 1 }
            if first == UInt8(ascii: "+") || first == 0x20 { counts.after -= 1 }
          }
          isBegun = true
          buffer += line.filter { !Self.isSpace($0) }
        }
      }
    }
    guard isBegun else { return nil }
    flush()
    guard let sum else { return nil }
    text = sum.description
  }

  /// Whether git takes a byte for white space: neither form feed nor vertical tab (git's ctype.c).
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  /// The lengths that a hunk's header states; 1 where it states none.
  private static func counts(_ header: ArraySlice<UInt8>) -> Counts {
    func count(following sign: UInt8) -> Int {
      guard let start = header.firstIndex(of: sign) else { return 1 }
      let range = header[(start + 1)...].prefix { $0 != 0x20 }
      let parts = range.split(separator: UInt8(ascii: ","))
      return parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) ?? 1 : 1
    }
    return Counts(
      before: count(following: UInt8(ascii: "-")), after: count(following: UInt8(ascii: "+")))
  }
}
