// SPDX-License-Identifier: GPL-2.0-only

/// Decides how sure a proposal is, and so whether it is applied or only shown.
///
/// The bounds are set on real backports, of which one half was never looked at; see
/// Documentation/Backport.md for what share of each level agreed with the maintainers.
struct AcceptanceGate {
  /// How sure a proposal is.
  func confidence(_ proposal: Proposal) -> Confidence {
    let evidence = proposal.evidence
    if proposal.isDoubled { return .doubtful }
    if proposal.edits.isEmpty {
      return proposal.coverage >= 0.5 && proposal.margin >= 0.2 ? .likely : .plausible
    }
    if evidence.beside > 0 || evidence.removedGone > 0 { return .doubtful }
    if proposal.coverage < 0.3 || proposal.margin < 0.1 { return .doubtful }
    if evidence.leastLikeness < 0.7 || evidence.blockMerges > 0 { return .plausible }
    if evidence.anchor < 1 { return .plausible }
    if proposal.function == .other, proposal.coverage < 0.6 { return .plausible }
    return .likely
  }
}
