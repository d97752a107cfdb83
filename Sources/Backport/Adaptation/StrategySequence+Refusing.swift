// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// What is refused when all hunks of a file have their edits.
extension StrategySequence {
  /// Two hunks that change the same lines: neither is taken on the other's word.
  ///
  /// - Returns: the hunks that are refused, in their order.
  func refuseOverlaps(_ steps: inout [Step]) -> [Int] {
    var refused: Set<Int> = []
    var all: [(hunk: Int, range: Range<Int>)] = []
    for (hunk, step) in steps.enumerated() {
      for edit in step.edits ?? [] { all.append((hunk, edit.range)) }
    }
    all.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for (first, second) in zip(all, all.dropFirst()) where first.hunk != second.hunk {
      let meet =
        first.range.upperBound > second.range.lowerBound
        || (first.range.isEmpty && second.range.isEmpty && first.range == second.range)
      guard meet else { continue }
      let later = max(first.hunk, second.hunk)
      steps[later].refuse("the lines belong to another hunk of the patch")
      refused.insert(later)
    }
    return refused.sorted()
  }

  /// Hunks after which a line without a newline would have another one after it, so that the two became one: the last
  /// line of the file, or of the patch.
  ///
  /// - Returns: the hunks that are refused, in their order.
  static func refuseJoinedLines(_ steps: inout [Step], _ target: TargetText) -> [Int] {
    let count = target.table.count
    let endsOpen = target.table.bytes.last.map { $0 != 0x0A } ?? false
    var edits: [(hunk: Int, edit: LineEdit)] = []
    for (hunk, step) in steps.enumerated() {
      for edit in step.edits ?? [] { edits.append((hunk, edit)) }
    }
    edits.sort {
      ($0.edit.range.lowerBound, $0.edit.range.upperBound)
        < ($1.edit.range.lowerBound, $1.edit.range.upperBound)
    }
    var refused: Set<Int> = []
    // The line before, if it has no newline: of a hunk, or of the file.
    var open: (isThere: Bool, hunk: Int?) = (false, nil)
    var position = 0
    for (hunk, edit) in edits {
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
    for hunk in refused { steps[hunk].refuse(Reason.joinsLines.sentence) }
    return refused.sorted()
  }
}

extension StrategySequence.Step {
  /// Makes it a conflict, without edits.
  fileprivate mutating func refuse(_ reason: String) {
    edits = nil
    outcome.verdict = .conflict
    outcome.reason = reason
  }
}
