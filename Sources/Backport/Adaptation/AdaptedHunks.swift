// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// Writes edits of a file as hunks that match it exactly, with three lines of its own context around
/// each change.
enum AdaptedHunks {
  private static let context = 3

  /// The hunks of edits that do not overlap.
  static func hunks(of edits: [LineEdit], in target: TargetText) -> [Hunk] {
    let changes = edits.flatMap { smallest($0, in: target.index) }
      .sorted {
        ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
      }
    var groups: [[LineEdit]] = []
    for change in changes {
      if let last = groups.last?.last,
        change.range.lowerBound - last.range.upperBound <= 2 * context
      {
        groups[groups.count - 1].append(change)
      } else {
        groups.append([change])
      }
    }
    var growth = 0
    return groups.map { group in
      let hunk = hunk(group, growth, target)
      growth += hunk.newCount - hunk.oldCount
      return hunk
    }
  }

  /// An edit as the changes in it: lines that stay are left out.
  private static func smallest(_ edit: LineEdit, in index: LineIndex) -> [LineEdit] {
    let old = Array(index.lines[edit.range])
    let partners = SequenceDiff().partners(old, edit.replacement)
    var changes: [LineEdit] = []
    var (o, n) = (0, 0)
    for position in 0...old.count {
      let partner = position == old.count ? edit.replacement.count : partners[position]
      guard let partner else { continue }
      if position > o || partner > n {
        let start = edit.range.lowerBound
        changes.append(
          LineEdit((start + o)..<(start + position), Array(edit.replacement[n..<partner])))
      }
      (o, n) = (position + 1, partner + 1)
    }
    return changes
  }

  private static func hunk(_ group: [LineEdit], _ growth: Int, _ target: TargetText) -> Hunk {
    let lines = target.index.lines
    let start = max(0, (group.first?.range.lowerBound ?? 0) - context)
    let end = min(lines.count, (group.last?.range.upperBound ?? 0) + context)
    var written: [(kind: HunkLine.Kind, bytes: [UInt8])] = []
    var position = start
    for edit in group {
      written += lines[position..<edit.range.lowerBound].map { (.context, $0.bytes) }
      written += lines[edit.range].map { (.removed, $0.bytes) }
      written += edit.replacement.map { (.added, $0.bytes) }
      position = edit.range.upperBound
    }
    written += lines[position..<end].map { (.context, $0.bytes) }
    let newCount = written.count { $0.kind != .removed }
    return Hunk(
      oldStart: start + (end > start ? 1 : 0), newStart: start + growth + (newCount > 0 ? 1 : 0),
      section: Array(target.table.heading(before: start).prefix(80)), lines: written)
  }
}
