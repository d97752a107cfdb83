// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// Takes the hunks of one file up the ladder: each rung in turn, until one is sure enough.
struct Ladder {
  /// How sure a proposal has to be.
  let accept: Confidence
  /// What people decided before.
  var memory: ResolutionMemory?
  private let gate = AcceptanceGate()

  /// The rungs behind placement, from strict to loose.
  private static let rungs: [any Rung] = [
    ReducedContextRung(), WhitespaceRung(), ThreeWayRung(), WordMergeRung(),
  ]

  init(accept: Confidence, memory: ResolutionMemory? = nil) {
    self.accept = accept
    self.memory = memory
  }

  /// What the ladder makes of a hunk.
  struct Step {
    var outcome: HunkOutcome
    /// The edits of the target where the hunk is taken; none where its result is there already.
    var edits: [LineEdit]?
  }

  /// Carries the hunks that have no place by their text alone over to the target.
  ///
  /// - Parameters:
  ///   - hunks: all hunks of the file patch.
  ///   - placements: where the strict locator puts them.
  ///   - outcomes: what it says of them.
  /// - Returns: a step for each hunk.
  func steps(
    _ hunks: [Hunk], _ placements: [Placement], _ outcomes: [HunkOutcome], on target: TargetText
  ) -> [Step] {
    let texts = hunks.indices.map { HunkText(hunks[$0], number: $0 + 1) }
    var steps = zip(texts, placements).enumerated().map { index, pair in
      placed(pair.0, pair.1, outcomes[index], target)
    }
    let renaming = RenamedNamesRung(names: NameMap(texts, on: target))
    for index in hunks.indices where steps[index].edits == nil {
      let around = surroundings(texts, steps, index, target)
      climb(texts[index], on: target, around, renaming, &steps[index])
    }
    refuseOverlaps(&steps)
    return steps
  }

  /// A hunk whose text, or whose result, stands in the target as it is.
  private func placed(
    _ hunk: HunkText, _ placement: Placement, _ outcome: HunkOutcome, _ target: TargetText
  ) -> Step {
    var step = Step(outcome: outcome, edits: nil)
    switch placement {
    case .placed(let line, _):
      step.outcome.rung = .placement
      step.outcome.confidence = .certain
      step.edits =
        hunk.base.isEmpty
        ? [LineEdit(line..<line, hunk.result)]
        : Self.exactEdits(hunk.script, at: line)
    case .alreadyApplied:
      step.outcome.rung = .alreadyThere
      step.outcome.confidence = .likely
      if accept <= .likely { step.edits = [] }
    case .ambiguous, .absent: break
    }
    return step
  }

  /// The edits of a hunk whose pre-image stands at a line as it is.
  private static func exactEdits(_ script: ChangeScript, at line: Int) -> [LineEdit] {
    var edits: [LineEdit] = []
    func add(_ range: Range<Int>, _ lines: [LineText]) {
      if let last = edits.last, last.range.upperBound == range.lowerBound {
        edits[edits.count - 1] = LineEdit(
          last.range.lowerBound..<range.upperBound, last.replacement + lines)
      } else {
        edits.append(LineEdit(range, lines))
      }
    }
    for index in 0...script.base.count {
      if !script.insertions[index].isEmpty {
        add((line + index)..<(line + index), script.insertions[index])
      }
      guard index < script.base.count else { break }
      switch script.fates[index] {
      case .kept: break
      case .removed: add((line + index)..<(line + index + 1), [])
      case .changed(let text): add((line + index)..<(line + index + 1), [text])
      }
    }
    return edits
  }

  /// What the neighbours that have a place say of a hunk's own.
  private func surroundings(
    _ texts: [HunkText], _ steps: [Step], _ index: Int, _ target: TargetText
  ) -> Surroundings {
    var expected = texts[index].statedLine
    var limits = 0..<target.table.count
    var nearest: (distance: Int, shift: Int)?
    for (other, step) in steps.enumerated() where other != index && step.edits != nil {
      guard let line = step.outcome.line else { continue }
      let distance = abs(texts[other].statedLine - texts[index].statedLine)
      if nearest.map({ distance < $0.distance }) ?? true {
        nearest = (distance, line - 1 - texts[other].statedLine)
      }
      if other < index, line - 1 > limits.lowerBound, line - 1 <= limits.upperBound {
        limits = (line - 1)..<limits.upperBound
      } else if other > index, line - 1 + texts[other].base.count < limits.upperBound,
        line - 1 >= limits.lowerBound
      {
        limits = limits.lowerBound..<(line - 1 + texts[other].base.count)
      }
    }
    if let nearest { expected += nearest.shift }
    return Surroundings(expected: expected, limits: limits, isAnchored: nearest != nil)
  }

  /// Tries the rungs on a hunk; the first that is sure enough is taken, else the surest is shown.
  private func climb(
    _ hunk: HunkText, on target: TargetText, _ around: Surroundings, _ renaming: RenamedNamesRung,
    _ step: inout Step
  ) {
    var best: (proposal: Proposal, judgement: AcceptanceGate.Judgement)?
    var refusal: Attempt = .nothing
    // Where the text itself stands in several places, only the pre-image can tell them apart.
    let isTie = step.outcome.verdict == .ambiguous
    for rung in Self.rungs where !isTie || rung.name == .threeWay {
      let attempt = rung.attempt(hunk, on: target, around)
      guard case .proposed(var proposal) = attempt else {
        if case .nothing = attempt { continue }
        refusal = attempt
        continue
      }
      if let renamed = renaming.renamed(hunk, proposal) { proposal = renamed }
      proposal.lostNames = renaming.lostNames(hunk, proposal)
      let judgement = gate.judge(proposal)
      if best.map({ judgement.confidence > $0.judgement.confidence }) ?? true {
        best = (proposal, judgement)
      }
      if judgement.confidence >= accept { break }
    }
    if let (proposal, judgement) = best {
      let isTaken = judgement.confidence >= accept
      step.outcome.describe(proposal, judgement, isTaken: isTaken)
      step.outcome.adapted = AdaptedHunks.hunks(of: proposal.edits, in: target)
      if isTaken {
        step.edits = proposal.edits
      } else {
        remember(hunk, proposal.span, target, &step)
      }
      return
    }
    switch refusal {
    case .conflict(let span, let reason):
      step.outcome.verdict = .conflict
      step.outcome.line = span.lowerBound + 1
      step.outcome.reason = "at line \(span.lowerBound + 1) \(reason.rawValue)"
      remember(hunk, span, target, &step)
    case .tie(let candidates):
      step.outcome.verdict = .ambiguous
      step.outcome.candidates = candidates.map {
        Candidate(line: $0.line + 1, image: $0.image, heading: $0.heading)
      }
      step.outcome.reason =
        "what is left of its text fits \(candidates.count) places equally well"
    case .nothing, .proposed: break
    }
  }

  /// Notes what is in conflict, and takes what a person decided about the same conflict before.
  private func remember(
    _ hunk: HunkText, _ span: ClosedRange<Int>, _ target: TargetText, _ step: inout Step
  ) {
    step.outcome.conflict = ConflictRegion(hunk, span: span, in: target.index)
    guard accept <= .likely, let region = step.outcome.conflict,
      let decided = memory?.lines(for: region)
    else { return }
    let edits = [LineEdit(region.range, decided)]
    step.edits = edits
    step.outcome.verdict = .merged
    step.outcome.rung = .remembered
    step.outcome.confidence = .likely
    step.outcome.reason = nil
    step.outcome.conflict = nil
    step.outcome.adapted = AdaptedHunks.hunks(of: edits, in: target)
  }

  /// Two hunks that change the same lines: neither is taken on the other's word.
  private func refuseOverlaps(_ steps: inout [Step]) {
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
      steps[later].edits = nil
      steps[later].outcome.verdict = .conflict
      steps[later].outcome.reason = "the lines belong to another hunk of the patch"
    }
  }
}

extension HunkOutcome {
  /// Takes over what a proposal says.
  mutating func describe(
    _ proposal: Proposal, _ judgement: AcceptanceGate.Judgement, isTaken: Bool
  ) {
    rung = proposal.rung
    confidence = judgement.confidence
    self.proposal = proposal
    line = proposal.line + 1
    candidates = proposal.candidates.map {
      Candidate(line: $0.line + 1, image: $0.image, heading: $0.heading)
    }
    reason = nil
    switch proposal.rung {
    case .alreadyThere: verdict = .alreadyApplied
    case .threeWay: verdict = .threeWay
    case .wordMerge, .renamedNames: verdict = .merged
    case .placement, .reducedContext, .whitespace: verdict = .reducedContext
    case .remembered: verdict = .merged
    }
    if !isTaken {
      verdict = .conflict
      reason =
        "proposed at line \(proposal.line + 1), \(judgement.confidence.rawValue): "
        + (judgement.doubt ?? "less than was asked for")
    }
  }
}
