// SPDX-License-Identifier: GPL-2.0-only

public import TextAlign

/// The steps of the ladder, from strict to loose.
public enum RungName: String, Sendable, Hashable, Codable, CaseIterable {
  /// At the stated line or at another, the text as it is.
  case placement
  /// The hunk's result stands in the file.
  case alreadyThere = "already-there"
  /// Less context, held by the lines next to each change.
  case reducedContext = "reduced-context"
  /// Other white space.
  case whitespace
  /// Through the true pre-image.
  case threeWay = "three-way"
  /// Word by word.
  case wordMerge = "word-merge"
  /// With names that differ between the trees.
  case renamedNames = "renamed-names"
  /// As a person resolved the same conflict before.
  case remembered
}

/// What a rung makes of one hunk: edits of the target, and what speaks for them and against.
public struct Proposal: Sendable, Hashable {
  /// Whether the function around the place is the one that the hunk's header names.
  public enum Function: String, Sendable, Hashable, Codable {
    /// It is.
    case same
    /// It is another.
    case other
    /// The header names none, or the target shows none.
    case unknown
  }

  /// The rung.
  public var rung: RungName
  /// The edits of the target; none where the result is there already.
  public var edits: [LineEdit]
  /// The lines of the target, from 0, that the hunk's text was found in.
  public var span: ClosedRange<Int>
  /// The line of the target, from 0, where the hunk's text begins.
  public var line: Int { span.lowerBound }
  /// What the merge met.
  public var evidence: MergeEvidence
  /// The weight of the pre-image's lines that were found, from 0 to 1.
  public var coverage: Double
  /// How much better the place is than the next best, from 0 to 1.
  public var margin: Double
  /// Whether the function is the one named.
  public var function: Function
  /// How far the place is from where its neighbours say, in lines.
  public var distance: Int
  /// Names of the hunk's lines that were replaced by the target's own, where some were.
  public var renamed: [String: String] = [:]
  /// Names that the lines it adds need and that stand in the hunk's own context, but nowhere in the
  /// target.
  public var lostNames: [String] = []
  /// Whether a good part of what it adds stands near the place already.
  public var isDoubled = false
  /// Other places, for a person to look at.
  public var candidates: [Candidate] = []
}

/// How a rung ended with a hunk.
enum Attempt {
  /// It has a proposal.
  case proposed(Proposal)
  /// It finds the place, and the file changed the same lines there.
  case conflict(span: ClosedRange<Int>, HunkMerge.Reason)
  /// Several places are equally good.
  case tie([Candidate])
  /// It finds nothing.
  case nothing
}

/// One step of the ladder.
protocol Rung: Sendable {
  var name: RungName { get }
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt
}
