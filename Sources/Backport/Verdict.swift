// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
package import PatchFormat
package import TextAlign

/// What became of a hunk, a file or a patch: a closed set.
package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
  /// In place at the very lines that the patch states.
  case exact
  /// In place at other lines, with the same text.
  case offset
  /// In place in another file than the patch names.
  case relocated
  /// In place with less of its context, or with other white space.
  case reducedContext = "reduced-context"
  /// Carried over through the file that the patch was made for.
  case threeWay = "three-way"
  /// Merged with lines that the target has in other words.
  case merged
  /// What the patch makes is there already.
  case alreadyApplied = "already-applied"
  /// A part of it is there already, and the rest is not.
  case partlyApplied = "partly-applied"
  /// Several places are equally good.
  case ambiguous
  /// The text that the patch changes is not there.
  case conflict
  /// The file that the patch changes is not there.
  case missingPath = "missing-path"

  /// Whether the patch can go on with this.
  package var applies: Bool {
    switch self {
    case .exact, .offset, .relocated, .reducedContext, .threeWay, .merged: true
    case .alreadyApplied, .partlyApplied, .ambiguous, .conflict, .missingPath: false
    }
  }

  /// The verdict on a whole, from those of its parts.
  ///
  /// What stands in the way comes first; parts that are there already beside parts that are not make
  /// the whole partly applied.
  package static func whole(of parts: some Sequence<Verdict>) -> Verdict {
    let parts = Set(parts)
    for verdict in [Verdict.conflict, .missingPath, .ambiguous, .partlyApplied]
    where parts.contains(verdict) { return verdict }
    if parts.contains(.alreadyApplied) {
      return parts == [.alreadyApplied] ? .alreadyApplied : .partlyApplied
    }
    let loosestFirst: [Verdict] = [.merged, .threeWay, .reducedContext, .relocated, .offset]
    return loosestFirst.first { parts.contains($0) } ?? .exact
  }
}

/// What became of one hunk, with the evidence.
package struct HunkOutcome: Sendable {
  /// The hunk's number in its file, from 1.
  package var number: Int
  /// What became of it.
  package var verdict: Verdict
  /// The line of the pre-image that its header states, from 1.
  package var statedLine: Int
  /// The line of the target where it goes, from 1; nil where it goes nowhere.
  package var line: Int?
  /// What made the place the only one.
  package var evidence: Placement.Evidence?
  /// The places that were equally good; their lines count from 1.
  package var candidates: [Candidate] = []
  /// Why it goes nowhere, as one sentence without a full stop.
  package var reason: String?
  /// The strategy that placed or proposed it.
  package var strategy: StrategyName?
  /// How sure that is.
  package var confidence: Confidence?
  /// What the tolerant strategies propose, taken or not.
  package var proposal: Proposal?
  /// The proposal as hunks of the target.
  package var adapted: [Hunk] = []
  /// The edits of the target where a strategy takes the hunk; none where its result is there already.
  var edits: [LineEdit]?
  /// What a person has to decide.
  package var question: OpenQuestion?
  /// Whether a person decided that the tree does not need it.
  package var isLeftOut = false

  /// What both sides want to be something else, where the place is known.
  package var conflict: ConflictRegion? {
    if case .conflict(let region)? = question?.subject { region } else { nil }
  }

  /// How far the place is from the stated line, in lines.
  package var offset: Int? { line.map { $0 - statedLine } }
}

/// What became of one file of a patch.
package struct FileOutcome: Sendable {
  /// The number of the file patch in its patch, from 0.
  package var index: Int
  /// The path before; nil for a new file.
  package var oldPath: String?
  /// The path after; nil for a deleted file.
  package var newPath: String?
  /// What becomes of the file.
  package var change: String
  /// What became of the file's part of the patch.
  package var verdict: Verdict
  /// What became of each hunk.
  package var hunks: [HunkOutcome] = []
  /// The file with its conflicts between markers and with the hunks that found a place, and a file of
  /// the others beside it, where that was asked for.
  package var marked: [TreeChange] = []
  /// Whether the file's part of the patch needs no more: it applies, or is there already where that
  /// is good enough.
  package var isSettled = false
  /// Why it does not apply, where that is about the file and not about a hunk.
  package var reason: String?
  /// What a person has to decide, where that is about the file and not about a hunk.
  package var question: OpenQuestion?

  /// The path to show.
  package var path: String { newPath ?? oldPath ?? "" }
}
