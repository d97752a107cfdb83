// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import TextAlign

/// The files of a work tree that git checked out in another form than it keeps: with CR LF, because of
/// `core.autocrlf` or the attribute `eol`, or with `$Id: ... $`, because of the attribute `ident`.
///
/// Found by comparing the file with its blob, so that no setting has to be read: what a commit gets
/// of such a file is converted back, as `git add` does.
struct CheckoutForm {
  private struct Conversions {
    var hasCarriageReturns = false
    var hasIdentifiers = false

    func reversed(_ content: [UInt8]) -> [UInt8] {
      let content = hasCarriageReturns ? content.withLineFeeds : content
      return hasIdentifiers ? CheckoutForm.withoutIdentifiers(content) : content
    }
  }

  private var converted: [TreePath: Conversions] = [:]

  /// Compares the files that changes start from with their blobs.
  ///
  /// - Parameter blob: the content that the commit beneath has at a path; nil where there is none.
  init(
    _ changes: [TreeChange], blob: (TreePath) throws(GitError) -> [UInt8]?
  ) throws(GitError) {
    for change in changes {
      guard let content = change.before?.content, converted[change.path] == nil else { continue }
      let hasCarriageReturns = content.contains(0x0D)
      let hasIdentifiers = Self.withoutIdentifiers(content) != content
      guard hasCarriageReturns || hasIdentifiers, let kept = try blob(change.path), kept != content
      else { continue }
      let possible = [
        Conversions(hasCarriageReturns: true), Conversions(hasIdentifiers: true),
        Conversions(hasCarriageReturns: true, hasIdentifiers: true),
      ]
      converted[change.path] = possible.first { $0.reversed(content) == kept }
    }
  }

  /// The changes of the next commit as it is to have them.
  mutating func committed(_ changes: [TreeChange]) -> [TreeChange] {
    if converted.isEmpty { return changes }
    let gone = changes.filter { $0.after == nil && converted[$0.path] != nil }
    var made: [TreeChange] = []
    for change in changes {
      var form = converted[change.path]
      if form == nil, change.before == nil, let after = change.after {
        // A file that is moved keeps its form, also in the commits to come.
        let old = gone.map { ($0.path, Self.shared($0.before?.content ?? [], after.content)) }
          .max { $0.1 < $1.1 }
        if let old, old.1 >= 0.5 { form = converted[old.0] }
        converted[change.path] = form
      }
      guard let form, let after = change.after else {
        made.append(change)
        continue
      }
      made.append(
        TreeChange(
          path: change.path, before: change.before,
          after: TreeFile(mode: after.mode, content: form.reversed(after.content))))
    }
    return made
  }

  /// The part of the longer file's lines that both files have, each line as often as both have it.
  ///
  /// Files that share half or more count as one file that was moved.
  private static func shared(_ old: [UInt8], _ new: [UInt8]) -> Double {
    let (old, new) = (old.split(separator: 0x0A), new.split(separator: 0x0A))
    if old.isEmpty || new.isEmpty { return 0 }
    var left = Dictionary(old.map { ($0, 1) }, uniquingKeysWith: +)
    var count = 0
    for line in new {
      guard let rest = left[line], rest > 0 else { continue }
      left[line] = rest - 1
      count += 1
    }
    return Double(count) / Double(max(old.count, new.count))
  }

  private static let mark = Array("$Id:".utf8)

  /// The content with `$Id$` for each `$Id: ... $` that ends in its line.
  private static func withoutIdentifiers(_ content: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var index = content.startIndex
    var copied = index
    while let dollar = content[index...].firstIndex(of: 0x24) {
      index = dollar + 1
      guard content[dollar...].starts(with: mark),
        let end = content[(dollar + mark.count)...].firstIndex(where: { $0 == 0x24 || $0 == 0x0A }),
        content[end] == 0x24
      else { continue }
      output += content[copied..<(dollar + mark.count - 1)]
      copied = end
      index = end + 1
    }
    return copied == content.startIndex ? content : output + content[copied...]
  }
}
