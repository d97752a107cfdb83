// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import PatchFormat

/// What a run of `apply` found and did: one value for the terminal and for JSON.
package struct ApplyReport: Encodable, Sendable {
  /// How the run ended.
  package enum Result: String, Encodable, Sendable {
    /// The changes are on disk, or in commits.
    case applied
    /// All patches apply; nothing was written because nothing was asked for.
    case checked
    /// A patch was refused; nothing was changed.
    case refused
    /// Conflicts were written into files, as was asked for.
    case marked
  }

  /// A place that is as good as others.
  package struct Place: Encodable, Sendable {
    /// The line in the target, from 1.
    package var line: Int
    /// Whether the pre-image stands there, or the post-image already.
    package var image: String
    /// The function around it.
    package var function: String
  }

  /// A hunk and what became of it.
  package struct HunkEntry: Encodable, Sendable {
    /// The number in its file, from 1.
    package var number: Int
    /// The verdict.
    package var verdict: Verdict
    /// The line that the patch states, from 1.
    package var statedLine: Int
    /// The line in the target, from 1.
    package var line: Int?
    /// What made the place the only one.
    package var evidence: String?
    /// Why it goes nowhere.
    package var reason: String?
    /// The strategy that placed or proposes it.
    package var strategy: StrategyName?
    /// How sure that is.
    package var confidence: String?
    /// Names that were replaced by the target's own.
    package var renamed: [String: String]?
    /// The places that are equally good.
    package var candidates: [Place]
  }

  /// A file and what became of it.
  package struct FileEntry: Encodable, Sendable {
    /// The path.
    package var path: String
    /// The path before, where it is another.
    package var oldPath: String?
    /// What the patch does to the file.
    package var change: String
    /// The verdict.
    package var verdict: Verdict
    /// Whether the file's part of the patch needs no more.
    package var isSettled: Bool
    /// Why it does not apply, or is elsewhere, where that is about the file.
    package var reason: String?
    /// The hunks.
    package var hunks: [HunkEntry]
  }

  /// A patch and what became of it.
  package struct PatchEntry: Encodable, Sendable {
    /// The input that it is in.
    package var input: String
    /// Its subject.
    package var subject: String
    /// The verdict.
    package var verdict: Verdict
    /// Whether the patch applies.
    package var applies: Bool
    /// The files.
    package var files: [FileEntry]
    /// How many of its files the command line left out.
    package var excluded: Int
    /// The commit that was made of it.
    package var commit: String?
  }

  /// How the run ended.
  package var result: Result
  /// The tree.
  package var tree: String
  /// The patches that were tried, in order.
  package var patches: [PatchEntry]
  /// How many patches were not tried, because one before them was refused.
  package var untried: Int
  /// The paths that changed.
  package var changed: [String]
  /// The files that hold conflicts for a person to decide.
  package var marked: [String] = []
  /// The id of the tree that came of it, where it is git's.
  package var treeID: String?
  /// The branch that was moved.
  package var branch: String?

  /// Starts with no patch tried.
  package init(tree: String, result: Result) {
    self.result = result
    self.tree = tree
    untried = 0
    changed = []
    patches = []
  }

  /// Takes over what became of further patches.
  package mutating func add(_ outcome: SeriesOutcome) {
    untried += outcome.untried
    patches += outcome.outcomes.map(Self.entry)
  }

  /// Takes over what a series came to.
  package init(_ outcome: SeriesOutcome, tree: String, result: Result) {
    self.result = result
    self.tree = tree
    untried = outcome.untried
    changed = outcome.changes.map(\.path.description)
    patches = outcome.outcomes.map(Self.entry)
  }

  /// Takes over patches of which one was refused.
  package init(_ outcomes: [PatchOutcome], tree: String) {
    result = .refused
    self.tree = tree
    untried = 0
    changed = []
    patches = outcomes.filter { !$0.applies }.map(Self.entry)
  }

  private static func entry(_ patch: PatchOutcome) -> PatchEntry {
    PatchEntry(
      input: patch.patch.input, subject: patch.patch.message.subject,
      verdict: patch.verdict, applies: patch.applies, files: patch.files.map(Self.entry),
      excluded: patch.excluded)
  }

  private static func entry(_ file: FileOutcome) -> FileEntry {
    FileEntry(
      path: file.path, oldPath: file.oldPath == file.newPath ? nil : file.oldPath,
      change: file.change, verdict: file.verdict, isSettled: file.isSettled,
      reason: file.reason,
      hunks: file.hunks.map { hunk in
        HunkEntry(
          number: hunk.number, verdict: hunk.verdict, statedLine: hunk.statedLine, line: hunk.line,
          evidence: hunk.evidence?.rawValue, reason: hunk.reason, strategy: hunk.strategy,
          confidence: hunk.confidence?.rawValue,
          renamed: hunk.proposal.flatMap { $0.renamed.isEmpty ? nil : $0.renamed },
          candidates: hunk.candidates.map {
            Place(
              line: $0.line, image: $0.image.rawValue,
              function: String(decoding: $0.heading, as: UTF8.self))
          })
      })
  }
}
