// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
internal import PatchFormat
internal import Symbols
internal import TextAlign

/// A file that a file patch makes, read as C: what is doubtful in it.
struct ResultReading {
  /// The file patch as it applies to the file.
  var ready: FilePatch
  let path: TreePath
  let before: [UInt8]
  let patch: PatchNames
  let index: SymbolIndex
  /// The C files that earlier patches changed.
  let changed: () -> [ChangedText]
  /// Whether the shape of the result is looked at, too.
  var readsShape: Bool
  /// The file that the patch was made for, where it is at hand.
  var base: BaseFile?

  /// What is doubtful in a result, and what only calls for a warning, each with the line of the file before where it is.
  func doubts(in after: [UInt8]) throws(PatchkitError) -> [(doubt: ResultDoubt, line: Int)] {
    let added = AddedLines(of: ready)
    let check = ResultCheck(
      path, before: before, after: after, added: added.lines, patch: patch, index: index,
      readsShape: readsShape, changed: changed)
    var doubts = try check.doubts()
    if let base { doubts += try check.differences(from: base) }
    // A line that was there before is near one that was added.
    return doubts.map { ($0, added.origin(near: $0.line) ?? $0.line) }
  }

  /// The file patch with the target's names in its added lines; nil where none is learned.
  func renamed(
    _ unknown: Set<String>, from base: LineTable
  ) -> (file: FilePatch, names: LearnedNames)? {
    let target = TargetText(LineTable(before), preImage: base)
    guard let preImage = target.preImage else { return nil }
    let names = LearnedNames(unknown, from: preImage, in: target)
    if names.isEmpty { return nil }
    let edits = ready.hunks.map { hunk in
      let text = HunkText(hunk, number: 0)
      let known = Set(text.base.map(\.bytes))
      let start = hunk.oldCount == 0 ? hunk.oldStart : hunk.oldStart - 1
      return LineEdit(
        start..<(start + hunk.oldCount),
        text.result.map { known.contains($0.bytes) ? $0 : names.applied(to: $0) })
    }
    var file = ready
    file.hunks = AdaptedHunks.hunks(of: edits, in: target)
    return (file, names)
  }
}
