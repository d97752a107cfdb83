// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// A file with the hunks that have a position, and with the conflicts of the others between markers
/// for the user to resolve.
struct MarkedFile {
  let markers: ConflictRegion.Markers
  let patch: String

  init(_ markers: ConflictRegion.Markers, _ subject: String) {
    self.markers = markers
    patch = subject.isEmpty ? "the patch" : subject
  }

  /// The file with the hunks that have a position, and a file next to it with the others; empty if
  /// there is nothing to write.
  func changes(
    of before: TreeFile, at path: TreePath, _ file: FilePatch, _ hunks: [HunkOutcome]
  ) -> [TreeChange] {
    let target = TargetText(LineTable(before.content))
    var edits: [LineEdit] = []
    var rejected: [Hunk] = []
    for (hunk, outcome) in zip(file.hunks, hunks) {
      if let conflict = outcome.conflict, markers != .reject {
        edits.append(LineEdit(conflict.range, conflict.marked(markers, patch: patch)))
      } else if let taken = outcome.edits {
        edits += taken
      } else if outcome.verdict != .alreadyApplied {
        rejected.append(hunk)
      }
    }
    // Hunks without a candidate are written only together with others.
    if markers != .reject, !hunks.contains(where: { $0.conflict != nil }) { return [] }
    return [marked(before, path, edits, target), Self.rejects(rejected, file, path)]
      .compactMap(\.self)
  }

  private static func rejects(_ hunks: [Hunk], _ file: FilePatch, _ path: TreePath) -> TreeChange? {
    guard !hunks.isEmpty, let rejectPath = try? TreePath(path.bytes + Array(".rej".utf8)) else {
      return nil
    }
    var rest = file
    rest.change = .modify
    rest.hunks = hunks
    let text = rest.printedAsGit(paths: .init(old: path.bytes, new: path.bytes))
    return TreeChange(path: rejectPath, before: nil, after: TreeFile(mode: .regular, content: text))
  }

  private func marked(
    _ before: TreeFile, _ path: TreePath, _ unsorted: [LineEdit], _ target: TargetText
  ) -> TreeChange? {
    var edits = unsorted
    edits.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    guard !edits.isEmpty else { return nil }
    var content: [UInt8] = []
    var line = 0
    for edit in edits {
      // The user has to separate regions that touch.
      guard edit.range.lowerBound >= line else { return nil }
      content += target.index.lines[line..<edit.range.lowerBound].flatMap(\.bytes)
      content += edit.replacement.flatMap(\.bytes)
      line = edit.range.upperBound
    }
    content += target.index.lines[line...].flatMap(\.bytes)
    return TreeChange(
      path: path, before: before, after: TreeFile(mode: before.mode, content: content))
  }
}
