// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat
public import TextAlign

/// The result of one hunk, with the evidence.
///
/// What reports and locks need is coded; edits, proposal and question stay with the value and are
/// not.
public struct HunkOutcome: Sendable, Hashable, Codable {
  // A report of a long series has many hunks, and most of them have nothing but a position: the numbers
  // are short, and the rest is in a box.
  private var shortNumber: Int32
  private var shortStatedLine: Int32
  /// 0 for none.
  private var shortLine: Int32 = 0
  /// The verdict on the hunk, such as `exact` or `offset`.
  public var verdict: Verdict
  /// What made the position the only one.
  package var evidence: Placement.Evidence?
  /// The strategy that placed or proposed it.
  package var strategy: StrategyName?
  /// How sure the position is: `certain` for unchanged text, else as the acceptance policy decides.
  public var confidence: Confidence?
  private var box: Boxed<Details>?

  /// What few hunks have.
  private struct Details: Sendable, Hashable {
    var candidates: [Candidate] = []
    var reason: String?
    var renamed: [String: String]?
    var doubts: [String]?
    var warnings: [String]?
    var failedChecks: [ResultDoubt.Check] = []
    var adapted: [ShownHunk]?
    var there: ShownHunk?
    var edits: [LineEdit]?
    var question: OpenQuestion?
    var proposal: Proposal?
  }

  private var details: Details {
    get { box?.value ?? Details() }
    set { box = newValue == Details() ? nil : Boxed(newValue) }
  }

  /// The hunk's number in its file, from 1.
  public var number: Int {
    get { Int(shortNumber) }
    set { shortNumber = Int32(clamping: newValue) }
  }
  /// The line of the pre-image that the hunk's header states, from 1.
  public var statedLine: Int {
    get { Int(shortStatedLine) }
    set { shortStatedLine = Int32(clamping: newValue) }
  }
  /// The line of the target where the hunk applies, from 1; nil where it has no position.
  public var line: Int? {
    get { shortLine == 0 ? nil : Int(shortLine) }
    set { shortLine = newValue.map { Int32(clamping: $0) } ?? 0 }
  }
  /// Positions that are equally good; their lines count from 1.
  public var candidates: [Candidate] {
    get { box?.value.candidates ?? [] }
    set { if box != nil || !newValue.isEmpty { details.candidates = newValue } }
  }
  /// Why it does not apply, or why it is not needed, as one sentence without a full stop.
  public var reason: String? {
    get { box?.value.reason }
    set { if box != nil || newValue != nil { details.reason = newValue } }
  }
  /// Names of the patch that were replaced by the target's own.
  package var renamed: [String: String]? {
    get { box?.value.renamed }
    set { if box != nil || newValue != nil { details.renamed = newValue } }
  }
  /// What is doubtful in the result, where it is applied all the same; clauses without a full stop.
  package var doubts: [String]? {
    get { box?.value.doubts }
    set { if box != nil || newValue != nil { details.doubts = newValue } }
  }
  /// What is different in the tree that the patch was made for, and may matter; clauses without a full stop.
  package var warnings: [String]? {
    get { box?.value.warnings }
    set { if box != nil || newValue != nil { details.warnings = newValue } }
  }
  /// Which checks found something, applied or not.
  package var failedChecks: [ResultDoubt.Check] {
    get { box?.value.failedChecks ?? [] }
    set { if box != nil || !newValue.isEmpty { details.failedChecks = newValue } }
  }
  /// The hunk as it applies to the target, or as it is proposed, where its text differs from the
  /// patch's.
  package var adapted: [ShownHunk]? {
    get { box?.value.adapted }
    set { if box != nil || newValue != nil { details.adapted = newValue } }
  }
  /// What the target has around the line where a refused hunk was expected.
  package var there: ShownHunk? {
    get { box?.value.there }
    set { if box != nil || newValue != nil { details.there = newValue } }
  }
  /// The edits of the target where a strategy takes the hunk; none where the target has the result
  /// already.
  package var edits: [LineEdit]? {
    get { box?.value.edits }
    set { if box != nil || newValue != nil { details.edits = newValue } }
  }
  /// What the user has to decide.
  public var question: OpenQuestion? {
    get { box?.value.question }
    set { if box != nil || newValue != nil { details.question = newValue } }
  }

  /// What the tolerant strategies propose, taken or not.
  public var proposal: Proposal? {
    get { box?.value.proposal }
    set {
      if box != nil || newValue != nil { details.proposal = newValue }
      renamed = newValue.flatMap { $0.renamed.isEmpty ? nil : $0.renamed }
    }
  }

  private enum CodingKeys: String, CodingKey {
    case number, verdict, statedLine, line, evidence, candidates, reason, strategy, confidence
    case renamed, doubts, warnings, adapted, there
  }

  /// Reads the outcome of a report.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      number: try values.decode(Int.self, forKey: .number),
      verdict: try values.decode(Verdict.self, forKey: .verdict),
      statedLine: try values.decode(Int.self, forKey: .statedLine))
    line = try values.decodeIfPresent(Int.self, forKey: .line)
    evidence = try values.decodeIfPresent(Placement.Evidence.self, forKey: .evidence)
    candidates = try values.decode([Candidate].self, forKey: .candidates)
    reason = try values.decodeIfPresent(String.self, forKey: .reason)
    strategy = try values.decodeIfPresent(StrategyName.self, forKey: .strategy)
    confidence = try values.decodeIfPresent(Confidence.self, forKey: .confidence)
    renamed = try values.decodeIfPresent([String: String].self, forKey: .renamed)
    doubts = try values.decodeIfPresent([String].self, forKey: .doubts)
    warnings = try values.decodeIfPresent([String].self, forKey: .warnings)
    adapted = try values.decodeIfPresent([ShownHunk].self, forKey: .adapted)
    there = try values.decodeIfPresent(ShownHunk.self, forKey: .there)
  }

  /// Writes the outcome for a report.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(adapted, forKey: .adapted)
    try values.encode(candidates, forKey: .candidates)
    try values.encodeIfPresent(confidence, forKey: .confidence)
    try values.encodeIfPresent(doubts, forKey: .doubts)
    try values.encodeIfPresent(evidence, forKey: .evidence)
    try values.encodeIfPresent(line, forKey: .line)
    try values.encode(number, forKey: .number)
    try values.encodeIfPresent(reason, forKey: .reason)
    try values.encodeIfPresent(renamed, forKey: .renamed)
    try values.encode(statedLine, forKey: .statedLine)
    try values.encodeIfPresent(strategy, forKey: .strategy)
    try values.encodeIfPresent(there, forKey: .there)
    try values.encode(verdict, forKey: .verdict)
    try values.encodeIfPresent(warnings, forKey: .warnings)
  }

  /// Starts with a verdict.
  init(number: Int, verdict: Verdict, statedLine: Int) {
    (shortNumber, shortStatedLine) = (Int32(clamping: number), Int32(clamping: statedLine))
    self.verdict = verdict
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

  /// Notes what is different in the tree that the patch was made for; the hunk applies all the same.
  mutating func warn(_ doubt: ResultDoubt) {
    failedChecks.append(doubt.check)
    warnings = (warnings ?? []) + [doubt.sentence]
  }

  /// What both sides want to change in different ways, where the position is known.
  package var conflict: ConflictRegion? {
    if case .conflict(let region)? = question?.subject { region } else { nil }
  }

  /// How far the position is from the stated line, in lines.
  package var offset: Int? { line.map { $0 - statedLine } }

  /// Whether there is more than a position and a verdict.
  var hasDetails: Bool { box != nil }

  /// The outcome without what is not coded.
  var recorded: HunkOutcome {
    var copy = self
    guard var details = copy.box?.value else { return copy }
    (details.edits, details.question, details.proposal) = (nil, nil, nil)
    copy.details = details
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
