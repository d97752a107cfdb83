// SPDX-License-Identifier: GPL-2.0-only

package import Analysis
package import Backport

/// What upstream did to carried patches since they were taken, for people and for programs.
package struct FollowReport: Encodable, Sendable {
  /// A later commit about a carried patch.
  package struct Later: Encodable, Sendable {
    /// Whether the tree has it: `missing`, `unknown`, `not-needed` or `present`.
    package var state: CarriedFollowUp.State
    /// The commit.
    package var commit: String
    /// The first line of its message.
    package var subject: String
    /// What its message says about the commit that it is about: `fixes`, `blames`, `reverts` or
    /// `partly-reverts`.
    package var role: String
    /// The commit that it is about.
    package var of: String
    /// The first line of that commit's message.
    package var ofSubject: String
    /// The carried patch: a file, or a commit.
    package var carried: String
    /// How many steps it is away from that patch.
    package var distance: Int
    /// Why it has its state; empty for one that is missing.
    package var reason: String
    /// What becomes of it on the tree; nil where it was not tried.
    package var verdict: Verdict?
  }

  /// A commit that upstream marked for stable kernels.
  package struct Stable: Encodable, Sendable {
    /// Whether the tree has it: `missing`, `not-needed` or `present`.
    package var state: CarriedFollowUp.State
    /// The commit.
    package var commit: String
    /// The first line of its message.
    package var subject: String
    /// What its `Cc: stable` says after the number sign.
    package var note: String
    /// Why it has its state; empty for one that is missing.
    package var reason: String
    /// What becomes of it on the tree; nil where it was not tried.
    package var verdict: Verdict?
  }

  /// The upstream history.
  package var upstream: String
  /// The number of carried patches.
  package var carried: Int
  /// The carried patches whose upstream commit is not known.
  package var unmapped: [String]
  /// The carried patches that the tree's history reverts: nothing is looked for about these.
  package var reverted: [String]
  /// The later commits.
  package var followUps: [Later]
  /// The commits that upstream marked for stable kernels; empty unless they were asked for.
  package var stable: [Stable]

  /// Reports findings.
  package init(_ findings: FollowSearch.Findings, of patches: [CarriedPatch], upstream: String) {
    self.upstream = upstream
    carried = patches.count
    unmapped = findings.unmapped.map(\.label)
    reverted = findings.reverted.map(\.label)
    stable = findings.stable.map {
      Stable(
        state: $0.state, commit: $0.commit.id, subject: $0.commit.subject, note: $0.note,
        reason: $0.reason, verdict: $0.verdict)
    }
    followUps = findings.followUps.map {
      Later(
        state: $0.state, commit: $0.commit.id, subject: $0.commit.subject, role: $0.role.name,
        of: $0.of.id, ofSubject: $0.of.subject, carried: $0.carried.label, distance: $0.distance,
        reason: $0.reason, verdict: $0.verdict)
    }
  }

  /// How many of the later commits have a state.
  package func count(_ state: CarriedFollowUp.State) -> Int {
    followUps.count { $0.state == state }
  }

  /// The report for a terminal.
  ///
  /// - Parameter showsAll: whether what the tree has, and what it does not need, is listed, too.
  package func text(showsAll: Bool) -> LabeledText {
    let shown = followUps.filter {
      showsAll || $0.state == .missing || $0.state == .unknown
    }
    let width = shown.map(\.state.rawValue.count).max() ?? 0
    var text = LabeledText()
    for state in CarriedFollowUp.State.allCases {
      for later in shown where later.state == state {
        let word: LabeledText =
          state == .missing
          ? "\(.bad, state.rawValue)"
          : state == .unknown
            ? "\(.warning, state.rawValue)" : "\(.good, state.rawValue)"
        text += "\(word)\(LabeledText().padded(to: width - word.width))  "
        text += "\(.faint, String(later.commit.prefix(12))) \(later.subject)\n"
        text += "\(LabeledText().padded(to: width + 2))\(explained(later))\n"
      }
    }
    return text + stableText(showsAll: showsAll) + summary
  }

  /// The commits that upstream marked for stable kernels.
  private func stableText(showsAll: Bool) -> LabeledText {
    let shown = stable.filter { showsAll || $0.state == .missing }
    let width = shown.map(\.state.rawValue.count).max() ?? 0
    var text = LabeledText()
    for commit in shown {
      let isMissing = commit.state == .missing
      let word: LabeledText =
        isMissing ? "\(.bad, commit.state.rawValue)" : "\(.good, commit.state.rawValue)"
      text += "\(word)\(LabeledText().padded(to: width - word.width))  "
      text += "\(.faint, String(commit.commit.prefix(12))) \(commit.subject)\n"
      text += "\(LabeledText().padded(to: width + 2))marked for stable"
      if !commit.note.isEmpty { text += " (\(commit.note))" }
      if !commit.reason.isEmpty { text += "; \(commit.reason)" }
      if isMissing, let verdict = commit.verdict {
        text += "; on the tree: \(.verdict(isGood: verdict.applies), verdict.rawValue)"
      }
      text += "\n"
    }
    return text
  }

  private func explained(_ later: Later) -> LabeledText {
    let what =
      switch later.role {
      case "reverts": "reverts"
      case "partly-reverts": "partly reverts"
      case "blames": "names as the cause"
      default: "fixes"
      }
    var text: LabeledText = "\(what) \(later.of.prefix(12))"
    if later.distance == 1 {
      text += ", carried as \(.path, later.carried)"
    } else {
      text += " (\(later.distance) steps from \(.path, later.carried))"
    }
    if !later.reason.isEmpty { text += "; \(later.reason)" }
    if later.state == .missing, let verdict = later.verdict {
      text += "; on the tree: \(.verdict(isGood: verdict.applies), verdict.rawValue)"
    }
    return text
  }

  private var summary: LabeledText {
    let known = carried - unmapped.count
    var text: LabeledText =
      "\(plural(carried, "patch", "patches")) carried, \(known) of them known upstream: "
    text += "\(count(.missing)) missing, \(count(.unknown)) unknown, \(count(.present)) present, "
    text += "\(count(.notNeeded)) not needed\n"
    if !stable.isEmpty {
      let missing = stable.count { $0.state == .missing }
      text +=
        "\(plural(stable.count, "commit")) marked for stable and not carried: \(missing) missing\n"
    }
    if !reverted.isEmpty {
      text +=
        "\(plural(reverted.count, "carried patch is", "carried patches are")) reverted in the tree\n"
    }
    return text
  }
}
