// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import PatchSeries

/// What a command on a series did, for the terminal and for JSON.
package struct SeriesReport: Encodable, Sendable {
  /// A patch and what became of it.
  package struct Entry: Encodable, Sendable {
    /// The name in the series.
    package var name: String
    /// What became of it: `applied`, `popped`, `unchanged`, `refreshed`, `moved`, `adapted`, `already-applied`,
    /// `dropped`, `refused`, `marked` or `imported`.
    package var result: String
    /// The verdict on it, where it was tried.
    package var verdict: Verdict?
    /// The lines of its file that are new.
    package var added: Int?
    /// The lines of its file that are gone.
    package var removed: Int?
    /// The commit that was made of it.
    package var commit: String?
    /// The parts of it that the tree has already, where it was adapted.
    package var alreadyApplied: [String]?
    /// The parts of it that were left out, as the user asked.
    package var leftOut: [String]?

    /// Makes an entry from its name and what became of it.
    package init(_ name: String, _ result: String, verdict: Verdict? = nil) {
      self.name = name
      self.result = result
      self.verdict = verdict
    }

    /// Makes an entry from what became of the patches of its file.
    package init(_ name: String, _ result: String, _ outcomes: [PatchOutcome]) {
      let verdicts = outcomes.map(\.verdict)
      self.init(name, result, verdict: verdicts.first { $0 != .exact } ?? verdicts.first)
      let omitted = outcomes.filter(\.applies).flatMap(\.files)
        .filter { $0.verdict == .leftOut && $0.hunks.isEmpty }
      leftOut = omitted.isEmpty ? nil : omitted.map(\.path)
    }
  }

  /// The patches, in the order in which they were worked on.
  package var patches: [Entry] = []
  /// The topmost patch on the tree then, where the command is about a tree.
  package var top: String?
  /// How many patches were not tried, because one before them was refused.
  package var untried = 0
  /// What is wrong with the refused patches.
  package var refused: ApplyReport?
  /// The files with conflicts for the user to decide.
  package var conflicts: [String] = []

  /// Makes an empty report.
  package init() {}

  /// What a refresh did.
  package init(_ refreshed: [PatchStack.Refreshed]) {
    patches = refreshed.map { patch in
      var entry = Entry(patch.name, patch.isChanged ? "refreshed" : "unchanged")
      if patch.isChanged { (entry.added, entry.removed) = (patch.added, patch.removed) }
      return entry
    }
  }

  /// The result of a rebase.
  package init(_ rebase: SeriesRebase, tree: String) {
    untried = rebase.untried
    patches = rebase.steps.map { step in
      var entry = Entry(step.name, step.fate.rawValue, step.outcomes)
      if step.fate == .adapted {
        let there = step.outcomes.flatMap(\.files).filter { $0.verdict == .alreadyApplied }
        entry.alreadyApplied = there.isEmpty ? nil : there.map(\.path)
      }
      return entry
    }
    let outcomes = rebase.steps.filter { $0.fate == .refused }.flatMap(\.outcomes)
    if !outcomes.isEmpty { refused = ApplyReport(refusedOf: outcomes, tree: tree) }
  }

  /// The report for a terminal.
  package var text: LabeledText {
    var text = LabeledText()
    for patch in patches {
      let isGood = patch.result != "refused" && patch.result != "marked"
      text += "\(.verdict(isGood: isGood), patch.result) \(patch.name)"
      if let verdict = patch.verdict, verdict != .exact, patch.result != verdict.rawValue {
        text += "\(.faint, "  \(verdict.rawValue)")"
      }
      if let added = patch.added, let removed = patch.removed {
        text += "\(.faint, "  +\(added) -\(removed) lines")"
      }
      if let commit = patch.commit { text += "\(.faint, "  \(commit)")" }
      text += "\n"
      for path in patch.alreadyApplied ?? [] {
        text += "  \(.path, path): already applied, and left out\n"
      }
      for path in patch.leftOut ?? [] { text += "  \(.path, path): left out\n" }
    }
    if let refused { text += refused.details }
    let count = patches.count { $0.result == "refused" }
    if count > 1 {
      text +=
        "\(count) of \(plural(patches.count, "patch", "patches")) are refused; each is tried without the ones before it\n"
    }
    if !conflicts.isEmpty {
      text += "conflicts are in \(plural(conflicts.count, "file")) for you to decide:\n"
      text += conflicts.map { "  \(.path, $0)\n" as LabeledText }.joined()
    }
    if untried > 0 {
      text += "\(untriedSentence(untried))\n"
    }
    if let top { text += "now at \(top)\n" }
    return text
  }
}
