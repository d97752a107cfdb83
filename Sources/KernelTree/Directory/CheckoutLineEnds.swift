// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host

/// The files of a work tree that git checked out with CR LF and keeps with LF, because of
/// `core.autocrlf` or the attribute `eol`.
///
/// Found by comparing the file with its blob, so that no setting has to be read: what a commit gets
/// of such a file is converted back, as `git add` does.
struct CheckoutLineEnds {
  private var converted: Set<TreePath> = []

  /// Compares the files that changes start from with their blobs.
  ///
  /// - Parameter blob: the content that the commit beneath has at a path; nil where there is none.
  init(
    _ changes: [TreeChange], blob: (TreePath) throws(GitError) -> [UInt8]?
  ) throws(GitError) {
    for change in changes {
      guard let content = change.before?.content, content.contains(0x0D),
        !converted.contains(change.path), let kept = try blob(change.path), kept != content,
        Self.withLF(content) == kept
      else { continue }
      converted.insert(change.path)
    }
  }

  /// The changes as the commit is to have them.
  func committed(_ changes: [TreeChange]) -> [TreeChange] {
    if converted.isEmpty { return changes }
    // A file that is moved keeps its line ends.
    let isMove = changes.contains { $0.after == nil && converted.contains($0.path) }
    return changes.map { change in
      guard let after = change.after,
        converted.contains(change.path) || isMove && change.before == nil
      else { return change }
      return TreeChange(
        path: change.path, before: change.before,
        after: TreeFile(mode: after.mode, content: Self.withLF(after.content)))
    }
  }

  private static func withLF(_ content: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(content.count)
    for (index, byte) in content.enumerated() {
      if byte == 0x0D, index + 1 < content.count, content[index + 1] == 0x0A { continue }
      output.append(byte)
    }
    return output
  }
}
