// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// Decides how sure a proposal is, and so whether it is applied or only shown.
///
/// The bounds are set on real backports, of which one half was never looked at; see
/// Documentation/Backport.md for what share of each level agreed with the maintainers.
package struct AcceptancePolicy {
  /// How sure a proposal is, and what speaks against it where it is not likely.
  package init() {}

  package struct Assessment {
    package var confidence: Confidence
    package var doubt: String?
  }

  /// Weighs a proposal.
  package func assess(_ proposal: Proposal) -> Assessment {
    if let presence = proposal.presence {
      return Assessment(confidence: .doubtful, doubt: "already applied, it seems: \(presence)")
    }
    if !proposal.lostNames.isEmpty {
      let names = proposal.lostNames.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      return Assessment(
        confidence: .doubtful, doubt: "it needs \(names), which the file does not have")
    }
    return weigh(proposal)
  }

  /// The most that a proposal may be, whichever of its names the target has and whichever it replaces.
  func most(_ proposal: Proposal) -> Confidence {
    if proposal.presence != nil { return .doubtful }
    var renamed = proposal
    renamed.strategy = .renamedNames
    return max(weigh(proposal).confidence, weigh(renamed).confidence)
  }

  /// Weighs a proposal without its names.
  private func weigh(_ proposal: Proposal) -> Assessment {
    let evidence = proposal.evidence
    func doubtful(_ why: String) -> Assessment { Assessment(confidence: .doubtful, doubt: why) }
    func plausible(_ why: String) -> Assessment { Assessment(confidence: .plausible, doubt: why) }
    let likely = Assessment(confidence: .likely)
    let isHome = proposal.function == .same && proposal.distance <= 60
    if evidence.removedGone > 0 { return doubtful("a line that it removes is missing") }
    if proposal.edits.isEmpty {
      return proposal.coverage >= 0.5 && proposal.margin >= 0.2
        ? likely : plausible("too little of its text shows that the file has the result")
    }
    if proposal.margin < 0.1 { return doubtful("another position fits nearly as well") }
    if proposal.coverage < (isHome ? 0.15 : 0.3) {
      return doubtful("too little of its context was found")
    }
    if evidence.weaklyAnchored > 0 {
      return plausible(HunkMerge.Reason.samePlace.rawValue)
    }
    if evidence.blockMerges > 0 { return plausible("several lines were merged into one") }
    if evidence.anchor < (isHome ? 0.65 : 0.8) {
      return plausible("the lines next to a change are not specific")
    }
    // A line found by likeness is as good as the unchanged lines around it.
    if evidence.leastLikeness < 0.7
      || evidence.removedLike > 0 && 3 * evidence.removedLike > evidence.removed + 2
    {
      return plausible("lines that it removes have changed in the tree")
    }
    // Held on one side, in a function that is not the one named: the text is only like it.
    let isInPlace =
      proposal.function == .unknown && proposal.distance <= 3 && proposal.coverage >= 0.6
    // Two lines of the hunk that are nowhere else in the file show where the addition belongs.
    let isFree =
      proposal.isOrderFree && evidence.anchor >= 2 && proposal.strategy == .reducedContext
    if evidence.oneSided + evidence.anchored > 0, proposal.function != .same, !isInPlace, !isFree,
      proposal.coverage < 0.85
    {
      return plausible("the context of an addition was found on one side only")
    }
    if proposal.function == .other, !isFree,
      proposal.coverage < 0.5 || proposal.strategy == .wordMerge || proposal.strategy == .whitespace
    {
      return plausible("it is in a different function")
    }
    return likely
  }
}
