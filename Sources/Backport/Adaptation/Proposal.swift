// SPDX-License-Identifier: GPL-2.0-only

package import TextAlign

/// The strategies, from strict to tolerant.
package enum StrategyName: String, Sendable, Hashable, Codable, CaseIterable {
  /// At the stated line or at another, the text as it is.
  case placement
  /// The file already has the hunk's result.
  case alreadyApplied = "already-applied"
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
  /// As the user resolved the same conflict before.
  case remembered
}

/// What a strategy makes of one hunk: edits of the target, and what speaks for them and against.
public struct Proposal: Sendable, Hashable {
  /// Whether the function around the position is the one that the hunk's header names.
  package enum Function: String, Sendable, Hashable, Codable {
    /// It is.
    case same
    /// It is a different function.
    case other
    /// The header names none, or the target shows none.
    case unknown
  }

  /// The strategy.
  package var strategy: StrategyName
  /// The edits of the target; none if it already has the result.
  package var edits: [LineEdit]
  /// The lines of the target, from 0, that the hunk's text was found in.
  package var span: ClosedRange<Int>
  /// The line of the target, from 0, where the hunk's text begins.
  public var line: Int { span.lowerBound }
  /// What the merge met.
  package var evidence: MergeEvidence
  /// The weight of the pre-image's lines that were found, from 0 to 1.
  package var coverage: Double
  /// How much better the position is than the next best, from 0 to 1.
  package var margin: Double
  /// Whether the function is the one named.
  package var function: Function
  /// The distance between the position and the one that its neighbors suggest, in lines.
  package var distance: Int
  /// Names of the hunk's lines that were replaced by the target's own, where some were.
  package var renamed: [String: String] = [:]
  /// Names that the added lines need and that are in the hunk's own context, but nowhere in the
  /// target.
  package var lostNames: [String] = []
  /// Whether it only adds what means the same anywhere among its neighbors, such as an include.
  package var isOrderFree = false
  /// What shows that the target already has the result; nil if nothing does.
  package var presence: String?
  /// Other candidates, for the user to check.
  package var candidates: [Candidate] = []

  package init(
    strategy: StrategyName, edits: [LineEdit], span: ClosedRange<Int>, evidence: MergeEvidence,
    coverage: Double, margin: Double, function: Function, distance: Int
  ) {
    self.strategy = strategy
    self.edits = edits
    self.span = span
    self.evidence = evidence
    self.coverage = coverage
    self.margin = margin
    self.function = function
    self.distance = distance
  }
}

/// How a strategy ended with a hunk.
enum Attempt {
  /// It has a proposal.
  case proposed(Proposal)
  /// It finds the position, and the file changed the same lines there.
  case conflict(span: ClosedRange<Int>, HunkMerge.Reason)
  /// Several positions are equally good.
  case tie([Candidate])
  /// It finds nothing.
  case nothing
}

/// One strategy.
protocol HunkStrategy: Sendable {
  var name: StrategyName { get }
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt
}
