// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import KernelTree
internal import PatchFormat

/// The fewest upstream commits to apply before a patch, so that it applies and everything that it uses is
/// there.
package struct PrerequisitePlan: Sendable {
  /// A commit of the plan.
  package struct Step: Sendable {
    /// The commit.
    package var commit: FoundCommit
    /// What it brings: missing names, or the lines that are a hunk's context.
    package var brings: [String]
    /// The commit as a patch.
    package var item: PatchQueue.Item
    /// What becomes of it on the tree, after the steps before it.
    package var verdict: Verdict
    /// How many files it changes.
    package var files: Int
    /// How many lines it adds and removes.
    package var lines: (added: Int, removed: Int)
  }

  /// The commits, in the order in which they are applied.
  package private(set) var steps: [Step] = []
  /// Whether the patch applies after them.
  package private(set) var fits: Bool
  /// What the tree lacks, and no commit of the plan brings.
  package private(set) var stillMissing: [String]

  /// Plans for a patch.
  ///
  /// Commits that bring a name are part of every plan. Of those that only wrote a hunk's context, each is
  /// left out again if the patch applies without it.
  ///
  /// - Parameters:
  ///   - item: the patch with its options.
  ///   - tree: the tree.
  ///   - options: where the upstream history is, and the tree's own.
  /// - Throws: `PatchkitError` where the tree or a history cannot be read.
  package init(
    for item: PatchQueue.Item, on tree: any KernelTree, _ options: PatchAnalysis.Options
  ) throws {
    let analysis = try PatchAnalysis(item.patch, on: tree, options)
    let found = (analysis.prerequisites ?? []).filter { !$0.isItself }
      .sorted { $0.number < $1.number }
    let names = Set(analysis.missing.map(\.name))
    var kept: [(Prerequisite, PatchQueue.Item)] = []
    for prerequisite in found {
      let source = CommitSource(
        repository: options.upstream?.repository ?? ".", id: prerequisite.commit.id)
      guard let patch = try PatchQueue.document(.init(source), ParseOptions()).patches.first else {
        continue
      }
      var own = PatchQueue.Item(patch: patch, options: item.options)
      own.options.strip = nil
      own.options.omitted = []
      kept.append((prerequisite, own))
    }
    func outcome(_ chosen: [(Prerequisite, PatchQueue.Item)]) throws -> SeriesOutcome {
      try SeriesSession(on: tree, policy: SeriesPolicy(refusal: .skip))
        .apply(PatchQueue(chosen.map(\.1) + [item]))
    }
    func fits(_ chosen: [(Prerequisite, PatchQueue.Item)]) throws -> Bool {
      try outcome(chosen).patches.allSatisfy(\.applies)
    }
    // A commit that does not apply itself is of no use.
    func applicable(_ all: [(Prerequisite, PatchQueue.Item)]) throws -> [(
      Prerequisite, PatchQueue.Item
    )] {
      zip(all, try outcome(all).patches).filter { $1.applies && $1.verdict != .alreadyApplied }.map(
        \.0)
    }
    let bringing = kept.filter { entry in entry.0.brings.contains { !$0.hasPrefix("lines ") } }
    var chosen = try applicable(bringing)
    if try !fits(chosen) {
      chosen = try applicable(kept)
      if try fits(chosen) {
        let needed = Set(bringing.map(\.0.commit.id))
        for (prerequisite, _) in chosen where !needed.contains(prerequisite.commit.id) {
          let fewer = chosen.filter { $0.0.commit.id != prerequisite.commit.id }
          if try fits(fewer) { chosen = fewer }
        }
      } else {
        // Without a fit, context that is brought is worth nothing.
        chosen = try applicable(bringing)
      }
    }
    let last = try outcome(chosen)
    self.fits = last.patches.last?.applies ?? false
    for ((prerequisite, own), outcome) in zip(chosen, last.patches) {
      let lines = own.patch.files.flatMap(\.hunks).flatMap(\.lines)
      steps.append(
        Step(
          commit: prerequisite.commit, brings: prerequisite.brings, item: own,
          verdict: outcome.verdict, files: own.patch.files.count,
          lines: (lines.count { $0.kind == .added }, lines.count { $0.kind == .removed })))
    }
    stillMissing = names.subtracting(steps.flatMap(\.brings)).sorted()
  }
}
