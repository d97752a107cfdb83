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
    /// What its `Cc: stable` says after the number sign; nil unless it has one and these were asked for.
    package var stableNote: String?
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
  /// How many of them have a known upstream commit.
  package var mapped: Int
  /// The carried patches whose upstream commit is not known.
  package var unmapped: [String]
  /// Those of them whose message states an upstream commit, which the upstream history does not have.
  package var lacking: [String]
  /// Whether the upstream repository is a shallow clone.
  package var isUpstreamShallow: Bool
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
    mapped = patches.count - findings.unmapped.count
    unmapped = findings.unmapped.map(\.label)
    lacking = findings.lacking.map(\.label)
    isUpstreamShallow = findings.isShallow
    reverted = findings.reverted.map(\.label)
    stable = findings.stable.map {
      Stable(
        state: $0.state, commit: $0.commit.id, subject: $0.commit.subject, note: $0.note,
        reason: $0.reason, verdict: $0.verdict)
    }
    followUps = findings.followUps.map {
      Later(
        state: $0.state, commit: $0.commit.id, subject: $0.commit.subject, role: $0.role.name,
        of: $0.of.id, ofSubject: $0.of.subject, carried: $0.carriers.first?.label ?? "",
        distance: $0.distance,
        reason: $0.reason, verdict: $0.verdict, stableNote: $0.stableNote)
    }
  }

  /// Whether nothing is known of the follow-ups of some patches: the upstream history does not have the commit that
  /// they state, or has none of what is carried.
  package var isIncomplete: Bool { !lacking.isEmpty || (carried > 0 && mapped == 0) }

  /// How many of the later commits have a state.
  package func count(_ state: CarriedFollowUp.State) -> Int {
    followUps.count { $0.state == state }
  }

  /// The report for a terminal.
  ///
  /// - Parameter showsAll: whether what the tree has, and what it does not need, is listed, too.
  package func text(showsAll: Bool) -> LabeledText {
    let shown = followUps.filter { showsAll || $0.state == .missing || $0.state == .unknown }
    var rows: [Row] = []
    for state in CarriedFollowUp.State.allCases {
      rows += shown.filter { $0.state == state }.map {
        Row(state: state, commit: $0.commit, subject: $0.subject, explanation: explained($0))
      }
    }
    let marked = stable.filter { showsAll || $0.state == .missing }.map {
      Row(state: $0.state, commit: $0.commit, subject: $0.subject, explanation: explained($0))
    }
    return text(rows) + text(marked) + summary
  }

  /// A commit with what is said of it.
  private struct Row {
    var state: CarriedFollowUp.State
    var commit: String
    var subject: String
    var explanation: LabeledText
  }

  /// Rows, each with its state in the first column.
  private func text(_ rows: [Row]) -> LabeledText {
    let width = rows.map(\.state.rawValue.count).max() ?? 0
    var text = LabeledText()
    for row in rows {
      let word: LabeledText =
        switch row.state {
        case .missing: "\(.bad, row.state.rawValue)"
        case .unknown: "\(.warning, row.state.rawValue)"
        case .notNeeded, .present: "\(.good, row.state.rawValue)"
        }
      text += "\(word)\(LabeledText().padded(to: width - word.width))  "
      text += "\(.faint, String(row.commit.prefix(12))) \(row.subject)\n"
      text += "\(LabeledText().padded(to: width + 2))\(row.explanation)\n"
    }
    return text
  }

  private func explained(_ commit: Stable) -> LabeledText {
    var text: LabeledText = "marked for stable"
    if !commit.note.isEmpty { text += " (\(commit.note))" }
    return text + ending(commit.state, commit.reason, commit.verdict)
  }

  private func explained(_ later: Later) -> LabeledText {
    var text: LabeledText =
      "\(CarriedFollowUp.verb(ofRole: later.role)) \(later.of.prefix(12)), "
    text += later.distance == 1 ? "carried as " : "a follow-up to "
    text += "\(.path, later.carried)"
    if let note = later.stableNote {
      text += note.isEmpty ? "; marked for stable" : "; marked for stable (\(note))"
    }
    return text + ending(later.state, later.reason, later.verdict)
  }

  private func ending(
    _ state: CarriedFollowUp.State, _ reason: String, _ verdict: Verdict?
  ) -> LabeledText {
    var text: LabeledText = reason.isEmpty ? "" : "; \(reason)"
    if state == .missing, let verdict {
      text += "; on the tree: \(.verdict(isGood: verdict.applies), verdict.rawValue)"
    }
    return text
  }

  private var summary: LabeledText {
    var text: LabeledText =
      "\(plural(carried, "patch", "patches")) carried, \(mapped) with a known upstream commit: "
    let counts: [(CarriedFollowUp.State, String)] = [
      (.unknown, "unknown"), (.present, "present"), (.notNeeded, "not needed"),
    ]
    let others = counts.map { (count($0), $1) }.filter { $0.0 > 0 }.map { "\($0) \($1)" }
    text += "\((["\(count(.missing)) missing"] + others).joined(separator: ", "))\n"
    if !stable.isEmpty {
      let missing = stable.count { $0.state == .missing }
      text +=
        "\(plural(stable.count, "commit")) marked for stable and not carried: \(missing) missing\n"
    }
    if !reverted.isEmpty {
      text +=
        "\(plural(reverted.count, "carried patch is", "carried patches are")) reverted in the tree\n"
    }
    return text + unknown
  }

  /// What is not known, and why.
  private var unknown: LabeledText {
    var text = LabeledText()
    if !lacking.isEmpty {
      text +=
        "\(.warning, "not checked"): \(plural(lacking.count, "carried patch states", "carried patches state"))"
      text += " an upstream commit that \(.path, upstream) does not have: \(Self.list(lacking))\n"
    }
    let known = Set(lacking)
    let others = unmapped.filter { !known.contains($0) }
    if !others.isEmpty {
      text += "\(plural(others.count, "carried patch states", "carried patches state"))"
      text += " no upstream commit, and no upstream commit has the subject: \(Self.list(others))\n"
    }
    if isUpstreamShallow, !unmapped.isEmpty {
      text += "\(.path, upstream) is a shallow clone: earlier commits are missing there\n"
    }
    return text
  }

  /// The first names of a list, and how many more there are.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(3).joined(separator: ", ")
    return names.count > 3 ? "\(shown) and \(names.count - 3) more" : shown
  }
}
