// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// What the strategies share that align a hunk's pre-image with the target and merge.
struct AlignmentStrategy {
  let name: StrategyName
  let tolerance: Tolerance

  /// Two positions whose scores differ by less than this are a tie.
  static let leastMargin = 0.04
  /// Positions within this score of the best one are listed with it.
  private static let notableMargin = 0.3

  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    let all =
      tolerance == .words
      ? target.alignments(of: hunk.base, expected: around.expected)
      : HunkAligner(target.index, tolerance: tolerance)
        .alignments(of: hunk.base, expected: around.expected)
    let found = all.filter { around.chosen == nil || $0.span?.lowerBound == around.chosen }
    let ranked = found.map { ($0, worth($0, hunk, target, around)) }
      .sorted { $0.1 > $1.1 }
    guard let (best, bestWorth) = ranked.first, best.coverage > 0 else { return .nothing }
    let margin = ranked.count > 1 ? bestWorth - ranked[1].1 : bestWorth
    if ranked.count > 1, margin < Self.leastMargin {
      return .tie(
        ranked.prefix(8).filter { bestWorth - $0.1 < Self.leastMargin }
          .map { Self.candidate($0.0, target) }.sorted { $0.line < $1.line })
    }
    return Self.merge(
      hunk, best, on: target, around, strategy: name, margin: min(1, margin),
      others: ranked.dropFirst().filter { bestWorth - $0.1 < Self.notableMargin }.prefix(3)
        .map { Self.candidate($0.0, target) })
  }

  /// The score of a position: its alignment, and a little for the named function and for the line that
  /// the neighbors suggest.
  private func worth(
    _ alignment: HunkAlignment, _ hunk: HunkText, _ target: TargetText, _ around: Surroundings
  ) -> Double {
    guard let span = alignment.span else { return 0 }
    var worth = alignment.score
    switch Self.function(hunk, alignment, target) {
    case .same: worth += 0.15
    case .other: worth -= 0.1
    case .unknown: break
    }
    let start = Self.start(alignment) ?? span.lowerBound
    let distance = abs(start - around.expected)
    worth += (around.isAnchored ? 0.12 : 0.06) / (1 + Double(distance) / 40)
    if span.lowerBound < around.limits.lowerBound || span.upperBound >= around.limits.upperBound {
      worth -= 0.3
    }
    return worth
  }

  private static func candidate(_ alignment: HunkAlignment, _ target: TargetText) -> Candidate {
    let line = alignment.span?.lowerBound ?? 0
    return Candidate(line: line, image: .preImage, heading: target.table.heading(before: line))
  }

  /// Where the pre-image's first line would be, counted back from the first one found.
  private static func start(_ alignment: HunkAlignment) -> Int? {
    guard let first = alignment.partners.firstIndex(where: { $0 != nil }),
      let partner = alignment.partners[first]
    else { return nil }
    return partner.line - first
  }

  /// The coverage of an alignment with the lines that have other line breaks in the target.
  private static func coverage(
    _ alignment: HunkAlignment, _ reflowed: [LineText], _ hunk: HunkText, _ target: TargetText
  ) -> Double {
    if reflowed.isEmpty { return alignment.coverage }
    let total = max(hunk.base.map(target.index.weight).reduce(0, +), 0.01)
    return min(1, alignment.coverage + reflowed.map(target.index.weight).reduce(0, +) / total)
  }

  /// How many lines that are gone may be in the function in another form: those whose names it all has.
  private static func foreign(
    _ gone: [LineText], around span: ClosedRange<Int>, in target: TargetText
  ) -> Int {
    if gone.isEmpty { return 0 }
    let words = target.words(around: span)
    return gone.count { line in
      let names = NameMap.codeNames(in: line)
      return !names.isEmpty && names.allSatisfy(words.contains)
    }
  }

  static func function(
    _ hunk: HunkText, _ alignment: HunkAlignment, _ target: TargetText
  ) -> Proposal.Function {
    guard let name = FunctionName(hunk.section), let line = alignment.span?.lowerBound,
      let other = FunctionName(target.table.heading(before: line, like: hunk.section))
    else { return .unknown }
    return name == other ? .same : .other
  }

  /// Merges along an alignment.
  static func merge(
    _ hunk: HunkText, _ alignment: HunkAlignment, on target: TargetText, _ around: Surroundings,
    strategy: StrategyName, margin: Double, others: [Candidate]
  ) -> Attempt {
    guard let span = alignment.span else { return .nothing }
    switch HunkMerge(hunk.script, alignment.partners, in: target.index).merge() {
    case .conflict(_, let reason): return .conflict(span: span, reason)
    case .merged(let found, var evidence):
      // A name that the file does not have belongs to something that the tree may lack.
      evidence.removedGone += evidence.goneInside.count { line in
        NameMap.names(in: line).contains { !target.holds(name: $0) }
      }
      // Lines that the tree does not have need no change: what they are about is not there at all.
      let isLacking = evidence.lacking.allSatisfy { line in
        NameMap.codeNames(in: line).contains { !target.holds(name: $0) }
      }
      if !isLacking { return .conflict(span: span, .otherLines) }
      evidence.removedGone += foreign(evidence.gone, around: span, in: target)
      // What changes nothing is already applied.
      let lines = target.index.lines
      let isSame = found.allSatisfy { edit in
        edit.replacement.count == edit.range.count
          && zip(edit.replacement, lines[edit.range]).allSatisfy { $0.bytes == $1.bytes }
      }
      let edits = isSame ? [] : found
      // Whichever way the lines were aligned, words of both were merged.
      let isMerged =
        evidence.wordMerges > 0 && (strategy == .reducedContext || strategy == .whitespace)
      var proposal = Proposal(
        strategy: edits.isEmpty ? .alreadyApplied : isMerged ? .wordMerge : strategy, edits: edits,
        span: span,
        evidence: evidence,
        coverage: coverage(alignment, evidence.reflowed, hunk, target), margin: margin,
        function: function(hunk, alignment, target),
        distance: abs((start(alignment) ?? span.lowerBound) - around.expected))
      let known = alignment.partners.compactMap { $0?.line }
      proposal.presence = Doubling.evidence(edits, hunk, knowing: Set(known), in: target.index)
      if evidence.oneSided + evidence.anchored > 0 {
        proposal.isOrderFree = OrderFreeAddition.holds(
          edits, hunk, alignment.partners, on: target)
      }
      proposal.candidates = others
      return .proposed(proposal)
    }
  }
}

/// The name that a function heading is about, so that other parameters or attributes do not matter.
package struct FunctionName: Equatable {
  /// The name.
  package let bytes: [UInt8]

  /// The name before the first parenthesis, or the last name of a line without one.
  package init?(_ heading: [UInt8]) {
    let words = Words(heading)
    var name: ArraySlice<UInt8>?
    for (text, kind) in zip(words.texts, words.kinds) {
      if text == [UInt8(ascii: "(")], let found = name {
        // SYSCALL_DEFINE3(name, …) and the like name the function inside.
        if !found.allSatisfy({ $0 < 0x61 || $0 > 0x7A }) || Self.isOnlyMacro(words) { break }
      }
      if kind == .name { name = text }
      if text == [UInt8(ascii: ",")] || text == [UInt8(ascii: "=")] { break }
    }
    guard let name else { return nil }
    bytes = Array(name)
  }

  private static func isOnlyMacro(_ words: Words) -> Bool {
    !words.texts.contains([UInt8(ascii: ")")]) && !words.texts.contains([UInt8(ascii: ",")])
  }
}
