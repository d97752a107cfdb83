// SPDX-License-Identifier: GPL-2.0-only

package import Backport

/// What a run of `apply` found and did: the outcome of the series and where it went, for the terminal and for
/// JSON.
package struct ApplyReport: OrderedMembers, Sendable {
  /// How the run ended.
  package enum Result: String, Encodable, Sendable {
    /// The changes are on disk, or in commits.
    case applied
    /// All patches apply; nothing was written because nothing was asked for.
    case checked
    /// The tree has every patch already; nothing was changed.
    case unchanged
    /// A patch was refused; nothing was changed.
    case refused
    /// Conflicts were written into files, as was asked for.
    case marked
    /// The tree could not be tried or not be changed; `error` says why.
    case failed
  }

  /// An upstream commit that a patch needs on the tree.
  package struct Prerequisite: Encodable, Sendable {
    /// The commit.
    package var commit: String
    /// The first line of its message.
    package var subject: String
    /// What it brings: missing names, or the lines that are a hunk's context.
    package var brings: [String]
    /// What becomes of it on the tree, after those before it.
    package var verdict: Verdict
    /// How many files it changes.
    package var files: Int
    /// How many lines it adds.
    package var added: Int
    /// How many lines it removes.
    package var removed: Int
    /// The subject of the patch that needs it.
    package var neededBy: String

    /// Makes one from all of its parts.
    package init(
      commit: String, subject: String, brings: [String], verdict: Verdict, files: Int, added: Int,
      removed: Int, neededBy: String
    ) {
      self.commit = commit
      self.subject = subject
      self.brings = brings
      self.verdict = verdict
      self.files = files
      self.added = added
      self.removed = removed
      self.neededBy = neededBy
    }
  }

  /// What the tree lacks and no upstream commit brings.
  package struct Lacking: Encodable, Sendable {
    /// The subject of the patch that uses it.
    package var patch: String
    /// The names.
    package var names: [String]

    /// Makes one from all of its parts.
    package init(patch: String, names: [String]) {
      self.patch = patch
      self.names = names
    }
  }

  /// How the run ended.
  package var result: Result
  /// The tree.
  package var tree: String
  /// The outcome.
  package var outcome: SeriesOutcome
  /// The patches that were tried, in order.
  package var patches: [PatchOutcome] { outcome.patches }
  /// How many patches were not tried, because one before them was refused.
  package var untried: Int { outcome.untried }
  /// The findings about the inputs.
  package var diagnostics: [SeriesOutcome.InputFinding] { outcome.diagnostics }
  /// How long it took, in seconds.
  package var timings: SeriesOutcome.Timings { outcome.timings }
  /// The paths that changed.
  package var changed: [String]
  /// The files that hold conflicts for the user to decide.
  package var marked: [String] = []
  /// The id of the resulting tree, where it is git's.
  package var treeID: String?
  /// The branch that was moved.
  package var branch: String?
  /// Why the tree could not be tried or not be changed.
  package var error: String?
  /// The upstream commits that the patches need, in the order in which they come first; nil without
  /// `--with-prerequisites`.
  package var prerequisites: [Prerequisite]?
  /// What no upstream commit brings; nil without `--with-prerequisites`.
  package var lacking: [Lacking]?
  /// Whether the patches are reverse-applied, which only the text says.
  package var isReversed = false

  private enum CodingKeys: String, CodingKey {
    case result, tree, patches, untried, diagnostics, timings, changed, marked, treeID, branch
    case error, prerequisites, lacking
  }

  /// Writes the outcome's fields with those of the run, in the order of their keys.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(branch, forKey: .branch)
    try values.encode(changed, forKey: .changed)
    try values.encode(diagnostics, forKey: .diagnostics)
    try values.encodeIfPresent(error, forKey: .error)
    try values.encodeIfPresent(lacking, forKey: .lacking)
    try values.encode(marked, forKey: .marked)
    try values.encode(patches, forKey: .patches)
    try values.encodeIfPresent(prerequisites, forKey: .prerequisites)
    try values.encode(result, forKey: .result)
    try values.encode(timings, forKey: .timings)
    try values.encode(tree, forKey: .tree)
    try values.encodeIfPresent(treeID, forKey: .treeID)
    try values.encode(untried, forKey: .untried)
  }

  /// Reports a run on a tree; with no outcome yet, one to which pieces are added.
  package init(_ outcome: SeriesOutcome = SeriesOutcome(), tree: String, result: Result) {
    self.result = result
    self.tree = tree
    self.outcome = outcome
    changed = outcome.changes.map(\.path.description)
  }

  /// Reports the refused patches of a series, and nothing else of it.
  package init(refusedOf patches: [PatchOutcome], tree: String) {
    var outcome = SeriesOutcome()
    outcome.patches = patches.filter { !$0.applies }
    outcome.applies = false
    self.init(outcome, tree: tree, result: .refused)
  }
}

extension PatchOutcome: OrderedMembers {}
extension FileOutcome: OrderedMembers {}
