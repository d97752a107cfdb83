// SPDX-License-Identifier: GPL-2.0-only

public import Backport
internal import PatchFormat

/// What a run of `apply` found and did: one value for the terminal and for JSON.
public struct ApplyReport: Encodable, Sendable {
  /// How the run ended.
  public enum Result: String, Encodable, Sendable {
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
  public struct Place: Encodable, Sendable {
    /// The line in the target, from 1.
    public var line: Int
    /// Whether the pre-image stands there, or the post-image already.
    public var image: String
    /// The function around it.
    public var function: String
  }

  /// A hunk and what became of it.
  public struct HunkEntry: Encodable, Sendable {
    /// The number in its file, from 1.
    public var number: Int
    /// The verdict.
    public var verdict: Verdict
    /// The line that the patch states, from 1.
    public var statedLine: Int
    /// The line in the target, from 1.
    public var line: Int?
    /// What made the place the only one.
    public var evidence: String?
    /// Why it goes nowhere.
    public var reason: String?
    /// The step of the ladder that placed or proposes it.
    public var rung: RungName?
    /// How sure that is.
    public var confidence: String?
    /// Names that were replaced by the target's own.
    public var renamed: [String: String]?
    /// The places that are equally good.
    public var candidates: [Place]
  }

  /// A file and what became of it.
  public struct FileEntry: Encodable, Sendable {
    /// The path.
    public var path: String
    /// The path before, where it is another.
    public var oldPath: String?
    /// What the patch does to the file.
    public var change: String
    /// The verdict.
    public var verdict: Verdict
    /// Whether the file's part of the patch needs no more.
    public var isSettled: Bool
    /// Why it does not apply, or is elsewhere, where that is about the file.
    public var reason: String?
    /// The hunks.
    public var hunks: [HunkEntry]
  }

  /// A patch and what became of it.
  public struct PatchEntry: Encodable, Sendable {
    /// The input that it is in.
    public var input: String
    /// Its subject.
    public var subject: String
    /// The verdict.
    public var verdict: Verdict
    /// Whether the patch applies.
    public var applies: Bool
    /// The files.
    public var files: [FileEntry]
    /// How many of its files the command line left out.
    public var excluded: Int
    /// The commit that was made of it.
    public var commit: String?
  }

  /// How the run ended.
  public var result: Result
  /// The tree.
  public var tree: String
  /// The patches that were tried, in order.
  public var patches: [PatchEntry]
  /// How many patches were not tried, because one before them was refused.
  public var untried: Int
  /// The paths that changed.
  public var changed: [String]
  /// The files that hold conflicts for a person to decide.
  public var marked: [String] = []
  /// The id of the tree that came of it, where it is git's.
  public var treeID: String?
  /// The branch that was moved.
  public var branch: String?

  /// Starts with no patch tried.
  public init(tree: String, result: Result) {
    self.result = result
    self.tree = tree
    untried = 0
    changed = []
    patches = []
  }

  /// Takes over what became of further patches.
  public mutating func add(_ outcome: SeriesOutcome) {
    untried += outcome.untried
    patches += outcome.outcomes.map(Self.entry)
  }

  /// Takes over what a series came to.
  public init(_ outcome: SeriesOutcome, tree: String, result: Result) {
    self.result = result
    self.tree = tree
    untried = outcome.untried
    changed = outcome.changes.map(\.path.description)
    patches = outcome.outcomes.map(Self.entry)
  }

  /// Takes over patches of which one was refused.
  public init(_ outcomes: [PatchOutcome], tree: String) {
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
          evidence: hunk.evidence?.rawValue, reason: hunk.reason, rung: hunk.rung,
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
