// SPDX-License-Identifier: GPL-2.0-only

/// Decides how sure a proposal is, and so whether it is applied or only shown.
///
/// The bounds are set on real backports, of which one half was never looked at; see
/// Documentation/Backport.md for what share of each level agreed with the maintainers.
struct AcceptanceGate {
  /// How sure a proposal is.
  func confidence(_ proposal: Proposal) -> Confidence {
    let evidence = proposal.evidence
    if proposal.isDoubled || !proposal.lostNames.isEmpty { return .doubtful }
    let isHome = proposal.function == .same && proposal.distance <= 60
    if proposal.edits.isEmpty {
      return proposal.coverage >= 0.5 && proposal.margin >= 0.2 && evidence.removedGone == 0
        ? .likely : .plausible
    }
    if evidence.removedGone > 0 || proposal.margin < 0.1 { return .doubtful }
    if proposal.coverage < (isHome ? 0.15 : 0.3) { return .doubtful }
    if evidence.besideWeak > 0 || evidence.blockMerges > 0 { return .plausible }
    if evidence.anchor < (isHome ? 0.9 : 1) { return .plausible }
    // A line found by likeness is as good as the lines around it that stand there as they are.
    if evidence.leastLikeness < 0.7 { return .plausible }
    if evidence.removedLike > 0, 3 * evidence.removedLike > evidence.removed + 2 {
      return .plausible
    }
    // Held on one side, in a function that is not the one named: the text is only like it.
    let isInPlace =
      proposal.function == .unknown && proposal.distance <= 3 && proposal.coverage >= 0.6
    if evidence.oneSided + evidence.beside > 0, proposal.function != .same, !isInPlace,
      proposal.coverage < 0.85
    {
      return .plausible
    }
    if proposal.function == .other {
      if proposal.coverage < 0.5 || proposal.rung == .wordMerge || proposal.rung == .whitespace {
        return .plausible
      }
    }
    return .likely
  }
}
