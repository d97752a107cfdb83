// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// Tries the strategies in order on the hunks of one file, until one is sure enough.
package struct StrategySequence {
  /// How sure a proposal has to be.
  let accept: Confidence
  /// What people decided before.
  var memory: ResolutionMemory?
  /// Whether the first hunk that no strategy is sure enough of ends it.
  ///
  /// That is enough to know whether all have positions. Nothing is asked about it then.
  var endsAtRefusal = false
  /// Whether a hunk, of which all strategies were tried, ends it; nil tries all hunks.
  var endsAt: ((_ index: Int, _ hunk: HunkOutcome, _ isAccepted: Bool) -> Bool)?
  private let policy = AcceptancePolicy()

  /// The strategies after placement, from strict to tolerant.
  private static let strategies: [any HunkStrategy] = [
    ReducedContextStrategy(), WhitespaceStrategy(), ThreeWayStrategy(), WordMergeStrategy(),
  ]

  package init(accept: Confidence, memory: ResolutionMemory? = nil) {
    self.accept = accept
    self.memory = memory
  }

  /// The result of the strategies for a hunk.
  struct Step {
    var outcome: HunkOutcome
    /// The edits of the target if the hunk is accepted; none if the target already has its result.
    var edits: [LineEdit]?
  }

  /// Adapts the hunks whose text alone gives no position.
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
    lazy var presence = HunkPresence(hunks, in: target.table)
    let renaming = RenamedNamesStrategy(names: NameMap(texts, on: target))
    for index in hunks.indices where steps[index].edits == nil {
      let around = surroundings(texts, steps, index, target)
      tryInOrder(
        texts[index], on: target, around, renaming, &steps[index],
        presence: { presence.repetition(of: hunks[index], near: $0) })
      if steps[index].edits == nil, outcomes[index].verdict == .conflict,
        let names = LocalNames(texts[index], expected: around.expected, on: target)
      {
        var step = Step(outcome: outcomes[index], edits: nil)
        tryInOrder(
          names.applied(to: texts[index]), on: target, around, renaming, &step,
          presence: { presence.repetition(of: hunks[index], near: $0) })
        if step.edits != nil, step.outcome.strategy != .remembered {
          for (name, other) in names.replacements { step.outcome.rename(name, to: other) }
          steps[index] = step
        }
      }
      let isAccepted = steps[index].edits != nil
      if endsAtRefusal, !isAccepted { return steps }
      if endsAt?(index, steps[index].outcome, isAccepted) ?? false { return steps }
      if steps[index].edits == nil, steps[index].outcome.question == nil {
        ask(.nowhere, texts[index], target, around, &steps[index])
      }
    }
    for index in refuseOverlaps(&steps) + Self.refuseJoinedLines(&steps, target) {
      let around = surroundings(texts, steps, index, target)
      ask(.nowhere, texts[index], target, around, &steps[index])
    }
    _ = refuseOverlaps(&steps)
    _ = Self.refuseJoinedLines(&steps, target)
    return steps
  }

  /// A hunk whose text, or whose result, is in the target unchanged.
  private func placed(
    _ hunk: HunkText, _ placement: Placement, _ outcome: HunkOutcome, _ target: TargetText
  ) -> Step {
    var step = Step(outcome: outcome, edits: nil)
    switch placement {
    case .placed(let line, _):
      step.outcome.strategy = .placement
      step.outcome.confidence = .certain
      step.edits =
        hunk.base.isEmpty
        ? [LineEdit(line..<line, hunk.result)]
        : Self.exactEdits(hunk.script, at: line)
    case .alreadyApplied:
      step.outcome.strategy = .alreadyApplied
      step.outcome.confidence = .likely
      if accept <= .likely { step.edits = [] }
    case .ambiguous, .absent: break
    }
    return step
  }

  /// The edits of a hunk whose pre-image is unchanged at a line.
  static func exactEdits(_ script: ChangeScript, at line: Int) -> [LineEdit] {
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

  /// What the neighbors with a position show about a hunk's own.
  private func surroundings(
    _ texts: [HunkText], _ steps: [Step], _ index: Int, _ target: TargetText
  ) -> Surroundings {
    var expected = texts[index].statedLine
    var limits = 0..<target.table.count
    var nearest: (distance: Int, shift: Int, isChosen: Bool)?
    for (other, step) in steps.enumerated() where other != index && step.edits != nil {
      guard let line = step.outcome.line else { continue }
      let distance = abs(texts[other].statedLine - texts[index].statedLine)
      if nearest.map({ distance < $0.distance }) ?? true {
        nearest = (
          distance, line - 1 - texts[other].statedLine,
          step.outcome.strategy == .remembered && step.outcome.verdict != .merged
        )
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
    return Surroundings(
      expected: expected, limits: limits, isAnchored: nearest != nil,
      isNextToChosen: nearest?.isChosen ?? false)
  }

  /// Tries the strategies on a hunk; the first that is sure enough is taken, else the surest is shown.
  private func tryInOrder(
    _ hunk: HunkText, on target: TargetText, _ around: Surroundings,
    _ renaming: RenamedNamesStrategy, _ step: inout Step,
    presence: (ClosedRange<Int>) -> String?
  ) {
    var best: (proposal: Proposal, assessment: AcceptancePolicy.Assessment)?
    var refusal: Attempt = .nothing
    // If the text itself has several candidates, only the pre-image can distinguish them.
    let isTie = step.outcome.verdict == .ambiguous && around.chosen == nil
    for strategy in Self.strategies where !isTie || strategy.name == .threeWay {
      let attempt = strategy.attempt(hunk, on: target, around)
      guard case .proposed(var proposal) = attempt else {
        if case .nothing = attempt { continue }
        refusal = attempt
        continue
      }
      // Its names take longer to find out than all else.
      if endsAtRefusal, policy.most(proposal) < accept { continue }
      if let renamed = renaming.renamed(hunk, proposal) { proposal = renamed }
      if !proposal.edits.isEmpty, let evidence = presence(proposal.span) {
        proposal.presence = evidence
      }
      proposal.lostNames = renaming.lostNames(hunk, proposal)
      let assessment = policy.assess(proposal)
      if best.map({ assessment.confidence > $0.assessment.confidence }) ?? true {
        best = (proposal, assessment)
      }
      if assessment.confidence >= accept { break }
    }
    if endsAtRefusal, best.map({ $0.assessment.confidence < accept }) ?? true { return }
    if let (proposal, assessment) = best {
      let isTaken = assessment.confidence >= accept
      step.outcome.describe(proposal, assessment, isTaken: isTaken)
      step.outcome.show(AdaptedHunks.hunks(of: proposal.edits, in: target))
      if isTaken {
        step.edits = proposal.edits
      } else {
        ask(hunk, proposal.span, holding: proposal.edits, target, around, &step)
      }
      return
    }
    switch refusal {
    case .conflict(let span, let reason):
      step.outcome.verdict = .conflict
      step.outcome.line = span.lowerBound + 1
      step.outcome.reason = Reason.conflict(line: span.lowerBound + 1, reason).sentence
      ask(hunk, span, target, around, &step)
    case .tie(let candidates):
      step.outcome.verdict = .ambiguous
      step.outcome.candidates = candidates.map {
        Candidate(line: $0.line + 1, image: $0.image, heading: $0.heading)
      }
      step.outcome.reason = Reason.severalPositionsReduced(count: candidates.count).sentence
      let positions = step.outcome.candidates
      // A chosen position is not asked about again, however its lines can be aligned.
      guard around.chosen == nil,
        case .position(let number)? = ask(.position(positions), hunk, target, around, &step),
        candidates.indices.contains(number)
      else { return }
      var there = around
      there.chosen = candidates[number].line
      (step.outcome.question, step.outcome.candidates) = (nil, [])
      tryInOrder(hunk, on: target, there, renaming, &step, presence: presence)
    case .nothing, .proposed:
      if isTie { choose(hunk, target, around, &step) }
    }
  }

  /// Asks which of the candidates for a hunk's unchanged text is correct.
  ///
  /// What the user decided about the neighboring hunk shows where it would be.
  private func choose(
    _ hunk: HunkText, _ target: TargetText, _ around: Surroundings, _ step: inout Step
  ) {
    let positions = step.outcome.candidates
    let alike = positions.filter { $0.line - 1 == around.expected && $0.image == .preImage }
    var position = around.isNextToChosen && alike.count == 1 ? alike.first : nil
    if position == nil,
      case .position(let number)? = ask(.position(positions), hunk, target, around, &step),
      positions.indices.contains(number)
    {
      position = positions[number]
    }
    guard let position else { return }
    let line = position.line
    let isThere = position.image == .postImage
    step.edits = isThere ? [] : Self.exactEdits(hunk.script, at: line - 1)
    step.outcome.line = line
    step.outcome.verdict =
      isThere ? .alreadyApplied : line == step.outcome.statedLine ? .exact : .offset
    step.outcome.settle()
    step.outcome.candidates = []
  }

  /// Asks which lines to use instead of those that a hunk was aligned with.
  private func ask(
    _ hunk: HunkText, _ span: ClosedRange<Int>, holding edits: [LineEdit] = [],
    _ target: TargetText, _ around: Surroundings, _ step: inout Step
  ) {
    if let region = ConflictRegion(hunk, span: span, holding: edits, in: target.index) {
      ask(.conflict(region), hunk, target, around, &step)
    }
  }

  /// Uses the user's decision about a question, and records the question if there is none.
  ///
  /// - Returns: what was decided, where that is for the caller to act on.
  @discardableResult
  private func ask(
    _ subject: OpenQuestion.Subject, _ hunk: HunkText, _ target: TargetText,
    _ around: Surroundings, _ step: inout Step
  ) -> Decision? {
    let question = OpenQuestion(subject, hunk, on: target, expectedLine: around.expected)
    step.outcome.question = question
    guard accept <= .likely, let decision = memory?.decision(on: question) else { return nil }
    let edit: LineEdit
    switch (decision, subject) {
    case (.leaveOut, _):
      step.edits = []
      step.outcome.leaveOut()
      return nil
    case (.noPosition, .position):
      step.outcome.candidates = []
      step.outcome.reason = Reason.noCandidateByDecision.sentence
      return ask(.nowhere, hunk, target, around, &step)
    case (.lines(let text), .conflict(let region)): edit = Self.edit(region.range, text, target)
    case (.edit(let range, let text), .nowhere) where range.upperBound <= target.table.count:
      edit = Self.edit(range, text, target)
      step.outcome.line = range.lowerBound + 1
    default: return decision
    }
    step.edits = [edit]
    step.outcome.verdict = .merged
    step.outcome.settle()
    step.outcome.show(AdaptedHunks.hunks(of: [edit], in: target))
    return nil
  }

  static func edit(_ range: Range<Int>, _ text: [UInt8], _ target: TargetText) -> LineEdit {
    var text = text
    // Only the last line of a file may be without a newline.
    if let last = text.last, last != 0x0A, range.upperBound < target.table.count {
      text.append(0x0A)
    }
    return LineEdit(range, LineIndex(LineTable(text)).lines)
  }
}

extension HunkOutcome {
  /// Shows the hunk as it applies to the target.
  mutating func show(_ hunks: [Hunk]) {
    adapted = hunks.isEmpty ? nil : hunks.map(ShownHunk.init)
  }

  /// Records that the user decided.
  mutating func settle() {
    (strategy, confidence) = (.remembered, .likely)
    (reason, question) = (nil, nil)
  }

  /// Records that the user left the hunk out.
  mutating func leaveOut() {
    verdict = .leftOut
    settle()
    (adapted, line) = (nil, nil)
    reason = Reason.leftOutByDecision.sentence
  }

  /// Takes over what a proposal says.
  mutating func describe(
    _ proposal: Proposal, _ assessment: AcceptancePolicy.Assessment, isTaken: Bool
  ) {
    strategy = proposal.strategy
    confidence = assessment.confidence
    self.proposal = proposal
    line = proposal.line + 1
    candidates = proposal.candidates.map {
      Candidate(line: $0.line + 1, image: $0.image, heading: $0.heading)
    }
    reason = nil
    switch proposal.strategy {
    case .alreadyApplied: verdict = .alreadyApplied
    case .threeWay: verdict = .threeWay
    case .wordMerge, .renamedNames: verdict = .merged
    case .placement, .reducedContext, .whitespace: verdict = .reducedContext
    case .remembered: verdict = .merged
    }
    let lacking = proposal.evidence.lacking.count
    if lacking > 0 { reason = Reason.lackingLines(count: lacking).sentence }
    if !isTaken {
      verdict = .conflict
      reason =
        Reason.proposed(
          line: proposal.line + 1, assessment.confidence, doubt: assessment.doubt
        ).sentence
    }
  }
}
