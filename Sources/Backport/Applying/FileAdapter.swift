// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// Adapts the hunks of one file patch to the file they must land on: other line numbers, the same
/// text.
struct FileAdapter {
  let trustsLineNumbers: Bool
  /// The tolerant strategies, where they are asked for.
  var strategies: StrategySequence?

  /// The file patch with its hunks at the lines where they belong, or nil where one has no place.
  ///
  /// - Parameters:
  ///   - file: the file patch.
  ///   - target: the file that it is to go on.
  ///   - preImage: the file that it was made for, where that is at hand.
  func adapt(
    _ file: FilePatch, to target: LineTable, preImage: LineTable? = nil
  ) -> (adapted: FilePatch?, hunks: [HunkOutcome]) {
    let locator = HunkLocator(target: target, trustsLineNumbers: trustsLineNumbers)
    let placements = locator.place(file.hunks.map { HunkShape($0, trusting: trustsLineNumbers) })
    let outcomes = zip(file.hunks.indices, placements).map { index, placement in
      outcome(file.hunks[index], number: index + 1, placement)
    }
    if let strategies, !outcomes.allSatisfy(\.verdict.applies) {
      return tryInOrder(
        strategies, file, placements, outcomes, TargetText(target, preImage: preImage))
    }
    guard outcomes.allSatisfy(\.verdict.applies) else { return (nil, outcomes) }
    var lines: [(hunk: Hunk, line: Int)] = []
    for (hunk, placement) in zip(file.hunks, placements) {
      if case .placed(let line, _) = placement { lines.append((hunk, line)) }
    }
    lines.sort { $0.line < $1.line }
    var adapted = file
    var growth = 0
    adapted.hunks = lines.map { hunk, line in
      var moved = hunk
      // A range of no lines is named by the line before it.
      moved.oldStart = line + (hunk.oldCount == 0 ? 0 : 1)
      moved.newStart = line + growth + (hunk.newCount == 0 ? 0 : 1)
      growth += hunk.newCount - hunk.oldCount
      return moved
    }
    return (adapted, outcomes)
  }

  /// The file patch with its hunks written anew where a tolerant strategy took one of them.
  private func tryInOrder(
    _ strategies: StrategySequence, _ file: FilePatch, _ placements: [Placement],
    _ outcomes: [HunkOutcome],
    _ target: TargetText
  ) -> (adapted: FilePatch?, hunks: [HunkOutcome]) {
    let steps = strategies.steps(file.hunks, placements, outcomes, on: target)
    let edits = steps.compactMap(\.edits)
    let hunks = steps.map { step in
      var outcome = step.outcome
      outcome.edits = step.edits
      return outcome
    }
    guard edits.count == steps.count else { return (nil, hunks) }
    var adapted = file
    adapted.hunks = AdaptedHunks.hunks(of: edits.flatMap(\.self), in: target)
    return (adapted, hunks)
  }

  private func outcome(_ hunk: Hunk, number: Int, _ placement: Placement) -> HunkOutcome {
    let stated = hunk.oldCount == 0 ? hunk.oldStart + 1 : hunk.oldStart
    var outcome = HunkOutcome(number: number, verdict: .conflict, statedLine: stated)
    switch placement {
    case .placed(let line, let evidence):
      outcome.line = line + 1
      outcome.verdict = line + 1 == stated ? .exact : .offset
      outcome.evidence = evidence
    case .alreadyApplied(let line):
      outcome.verdict = .alreadyApplied
      outcome.line = line + 1
      outcome.reason = Reason.resultPresent(line: line + 1).sentence
    case .ambiguous(let candidates):
      outcome.verdict = .ambiguous
      outcome.candidates = candidates.map {
        Candidate(line: $0.line + 1, image: $0.image, heading: $0.heading)
      }
      outcome.reason =
        Reason.severalPositions(
          count: candidates.count,
          someHaveResult: candidates.contains { $0.image == .postImage }
        ).sentence
    case .absent(let absence):
      let edge: Reason.Edge =
        hunk.trailingContext > 0 ? .start : hunk.endsFile ? .endWithoutNewline : .end
      outcome.reason = Reason.absent(absence, edge: edge).sentence
    }
    return outcome
  }
}

extension Hunk {
  /// Whether the last line of the pre-image has no newline, so that it can only end a file.
  fileprivate var endsFile: Bool { image(.removed).last.map { !$0.hasNewline } ?? false }
}

extension HunkShape {
  /// The shape of a hunk; with `trusting`, edges say nothing, as in a diff without context.
  init(_ hunk: Hunk, trusting: Bool) {
    let old = hunk.image(.removed)
    let new = hunk.image(.added)
    func bytes(_ lines: [HunkLine]) -> [UInt8] {
      var output: [UInt8] = []
      for line in lines {
        output += hunk.content(of: line)
        if line.hasNewline { output.append(0x0A) }
      }
      return output
    }
    let leading = hunk.leadingContext
    let trailing = hunk.trailingContext
    // git's rule: a hunk at line 1 with less context before than behind is at the start of the
    // file, and one with none behind is at its end.
    self.init(
      preImage: bytes(old), preCount: old.count, postImage: bytes(new), postCount: new.count,
      statedLine: hunk.oldCount == 0 ? hunk.oldStart : max(0, hunk.oldStart - 1),
      isAtStart: !trusting && hunk.oldStart <= 1 && (leading < trailing || leading == 0),
      isAtEnd: !trusting && trailing == 0,
      preImageEndsFile: hunk.endsFile, heading: hunk.section,
      addsLines: hunk.addedCount > 0)
  }
}
