// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat
public import TextAlign

/// The result of one hunk, with the evidence.
///
/// What reports and locks need is coded; edits, proposal and question stay with the value and are
/// not.
public struct HunkOutcome: Sendable, Hashable, Codable {
  /// The hunk's number in its file, from 1.
  public var number: Int
  /// The verdict.
  public var verdict: Verdict
  /// The line of the pre-image that the hunk's header states, from 1.
  public var statedLine: Int
  /// The line of the target where the hunk applies, from 1; nil where it has no position.
  public var line: Int?
  /// What made the position the only one.
  package var evidence: Placement.Evidence?
  /// Positions that are equally good; their lines count from 1.
  public var candidates: [Candidate] = []
  /// Why it does not apply, or why it is not needed, as one sentence without a full stop.
  public var reason: String?
  /// The strategy that placed or proposed it.
  package var strategy: StrategyName?
  /// How sure that is.
  public var confidence: Confidence?
  /// Names of the patch that were replaced by the target's own.
  package var renamed: [String: String]?
  /// What is doubtful in the result, where it is applied all the same; clauses without a full stop.
  package var doubts: [String]?
  /// Which checks found something, applied or not.
  package var failedChecks: [ResultDoubt.Check] = []
  /// The hunk as it applies to the target, or as it is proposed, where its text differs from the
  /// patch's.
  package var adapted: [ShownHunk]?
  /// What the target has around the line where a refused hunk was expected.
  package var there: ShownHunk?

  /// The edits of the target where a strategy takes the hunk; none where the target has the result
  /// already.
  package var edits: [LineEdit]?
  /// What the user has to decide.
  public var question: OpenQuestion?
  /// In a box: most hunks have none, and a report of a long series has many hunks.
  private var boxedProposal: Boxed<Proposal>?

  /// What the tolerant strategies propose, taken or not.
  public var proposal: Proposal? {
    get { boxedProposal?.value }
    set {
      boxedProposal = newValue.map(Boxed.init)
      renamed = newValue.flatMap { $0.renamed.isEmpty ? nil : $0.renamed }
    }
  }

  private enum CodingKeys: String, CodingKey {
    case number, verdict, statedLine, line, evidence, candidates, reason, strategy, confidence
    case renamed, doubts, adapted, there
  }

  /// Starts with a verdict.
  init(number: Int, verdict: Verdict, statedLine: Int) {
    self.number = number
    self.verdict = verdict
    self.statedLine = statedLine
  }

  /// Notes that a name of the patch is the target's own now.
  mutating func rename(_ name: String, to other: String) {
    renamed = (renamed ?? [:]).merging([name: other]) { first, _ in first }
    (verdict, strategy) = (.merged, .renamedNames)
    confidence = min(confidence ?? .likely, .likely)
  }

  /// Notes what is doubtful in the result: the hunk is refused unless what is plausible is taken.
  mutating func doubt(_ doubt: ResultDoubt, accept: Confidence) {
    failedChecks.append(doubt.check)
    confidence = min(confidence ?? .plausible, .plausible)
    let all = (doubts ?? []) + [doubt.sentence]
    doubts = all
    guard accept > .plausible else { return }
    verdict = .conflict
    reason =
      Reason.proposed(line: line ?? statedLine, .plausible, doubt: all.joined(separator: "; "))
      .sentence
  }

  /// What both sides want to change in different ways, where the position is known.
  package var conflict: ConflictRegion? {
    if case .conflict(let region)? = question?.subject { region } else { nil }
  }

  /// How far the position is from the stated line, in lines.
  package var offset: Int? { line.map { $0 - statedLine } }

  /// The outcome without what is not coded.
  var recorded: HunkOutcome {
    var copy = self
    (copy.edits, copy.question, copy.boxedProposal) = (nil, nil, nil)
    return copy
  }
}

/// A boxed value, so that a missing one needs no memory.
private final class Boxed<Value: Sendable & Hashable>: Sendable, Hashable {
  let value: Value

  init(_ value: Value) { self.value = value }

  static func == (a: Boxed, b: Boxed) -> Bool { a.value == b.value }
  func hash(into hasher: inout Hasher) { value.hash(into: &hasher) }
}

/// A hunk as reports show it; what is not UTF-8 is replaced.
package struct ShownHunk: Sendable, Hashable, Codable {
  /// A line of a hunk.
  package struct Line: Sendable, Hashable, Codable {
    /// `+`, `-` or a blank.
    package var kind: String
    /// The text, without its end.
    package var text: String
  }

  /// The first line before.
  package var oldStart: Int
  /// The first line after.
  package var newStart: Int
  /// The text after the second `@@`.
  package var heading: String
  /// The lines.
  package var lines: [Line]

  /// Takes the lines of a file around a line from 0; nil where the file has no lines.
  init?(_ table: LineTable, around line: Int, length: Int) {
    let start = min(max(0, line - 3), max(0, table.count - 8))
    // As long as the hunk with three lines on each side, but not the whole of a file that the hunk replaces.
    let end = min(start + max(16, min(length, 80) + 6), table.count)
    if start == end { return nil }
    (oldStart, newStart, heading) = (start + 1, start + 1, "")
    lines = (start..<end).map { number in
      let bytes = table.content(of: number)
      return Line(
        kind: " ",
        text: String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes, as: UTF8.self))
    }
  }

  /// Takes the text of a hunk.
  package init(_ hunk: Hunk) {
    oldStart = hunk.oldStart
    newStart = hunk.newStart
    heading = String(decoding: hunk.section, as: UTF8.self)
    lines = hunk.lines.compactMap { line in
      let kind: String
      switch line.kind {
      case .context: kind = " "
      case .removed: kind = "-"
      case .added: kind = "+"
      case .noNewlineMarker: return nil
      }
      return Line(kind: kind, text: String(decoding: hunk.content(of: line), as: UTF8.self))
    }
  }
}
