// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// What is refused when all hunks of a file have their edits.
extension StrategySequence {
  /// Refuses the later of two hunks that change the same lines.
  ///
  /// - Returns: the hunks that are refused, in their order.
  func refuseOverlaps(_ steps: inout [Step]) -> [Int] {
    var refused: Set<Int> = []
    let edits = Self.edits(of: steps)
    for (first, second) in zip(edits, edits.dropFirst()) where first.hunk != second.hunk {
      let (range, next) = (first.edit.range, second.edit.range)
      guard range.upperBound > next.lowerBound || (range.isEmpty && range == next) else { continue }
      let later = max(first.hunk, second.hunk)
      steps[later].refuse(.overlaps)
      refused.insert(later)
    }
    return refused.sorted()
  }

  /// Refuses hunks that would put a line after one without a newline, so that the two became one line.
  ///
  /// A line without a newline is the last one of the file, or of the file that the patch was made for.
  ///
  /// - Returns: the hunks that are refused, in their order.
  static func refuseJoinedLines(_ steps: inout [Step], _ target: TargetText) -> [Int] {
    let count = target.table.count
    let endsOpen = target.table.bytes.last.map { $0 != 0x0A } ?? false
    var refused: Set<Int> = []
    // The line before, if it has no newline: of a hunk, or of the file.
    var open: (isThere: Bool, hunk: Int?) = (false, nil)
    var position = 0
    for (hunk, edit) in edits(of: steps) {
      if edit.range.lowerBound > position {
        if open.isThere, let hunk = open.hunk { refused.insert(hunk) }
        open = (endsOpen && edit.range.lowerBound == count, nil)
      }
      for line in edit.replacement {
        if open.isThere { refused.insert(open.hunk ?? hunk) }
        open = (line.bytes.last != 0x0A, hunk)
      }
      position = max(position, edit.range.upperBound)
    }
    if position < count, open.isThere, let hunk = open.hunk { refused.insert(hunk) }
    for hunk in refused { steps[hunk].refuse(.joinsLines) }
    return refused.sorted()
  }

  /// The edits of all hunks in the order of the file.
  private static func edits(of steps: [Step]) -> [(hunk: Int, edit: LineEdit)] {
    var edits: [(hunk: Int, edit: LineEdit)] = []
    for (hunk, step) in steps.enumerated() {
      for edit in step.edits ?? [] { edits.append((hunk, edit)) }
    }
    return edits.sorted {
      ($0.edit.range.lowerBound, $0.edit.range.upperBound)
        < ($1.edit.range.lowerBound, $1.edit.range.upperBound)
    }
  }
}

extension StrategySequence.Step {
  /// Makes it a conflict, without edits.
  fileprivate mutating func refuse(_ reason: Reason) {
    edits = nil
    outcome.verdict = .conflict
    outcome.reason = reason.sentence
  }
}
