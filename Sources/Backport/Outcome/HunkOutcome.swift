// SPDX-License-Identifier: GPL-2.0-only

public import TextAlign

/// The result of one hunk, with the evidence.
///
/// What reports and locks need is coded; edits, proposal and question stay with the value and are
/// not.
public struct HunkOutcome: Sendable, Hashable, Codable {
  // A report of a long series has many hunks, and most of them have nothing but a position: the numbers
  // are short, and the rest is in a box.
  private var shortNumber: Int32
  /// 0 for none.
  private var shortLine: Int32 = 0
  private var rest: Rest
  /// The verdict on the hunk, such as `exact` or `offset`.
  public var verdict: Verdict
  /// What made the position the only one.
  package var evidence: Placement.Evidence?
  /// The strategy that placed or proposed it.
  package var strategy: StrategyName?
  /// How sure the position is: `certain` for unchanged text, else as the acceptance policy decides.
  public var confidence: Confidence?

  /// What few hunks have.
  private struct Details: Sendable, Hashable {
    var candidates: [Candidate] = []
    var reason: String?
    var renamed: [String: String]?
    var doubts: [String]?
    var warnings: [String]?
    var failedChecks: [ResultDoubt.Check] = []
    var adapted: [ShownHunk]?
    var there: There?
    var edits: [LineEdit]?
    var question: OpenQuestion?
    var proposal: Proposal?
  }

  /// What the target has where a refused hunk was expected.
  private enum There: Sendable, Hashable {
    /// As a report has it.
    case text(ShownHunk)
    /// Around `line`, counted from 0; if it is nil, around the line that the hunk states.
    case lines(FileExcerpts, line: Int?, length: Int)
  }

  /// The details, and the stated line, around which `there` is shown.
  private struct Rest: Sendable, Hashable {
    var box: Boxed<Details>?
    var statedLine: Int32

    var there: ShownHunk? {
      switch box?.value.there {
      case nil: nil
      case .text(let text): text
      case .lines(let excerpts, let line, let length):
        excerpts.text(around: line ?? Int(statedLine) - 1, length: length)
      }
    }

    /// Whether both show the same, wherever their lines are recorded.
    static func == (a: Rest, b: Rest) -> Bool {
      if a.statedLine != b.statedLine { return false }
      if a.box == b.box { return true }
      guard var first = a.box?.value, var second = b.box?.value else { return false }
      (first.there, second.there) = (nil, nil)
      return first == second && a.there == b.there
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(statedLine)
      hasher.combine(box?.value.reason)
    }
  }

  private var box: Boxed<Details>? {
    get { rest.box }
    set { rest.box = newValue }
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
  public var statedLine: Int { Int(rest.statedLine) }
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
    get { rest.there }
    set { if box != nil || newValue != nil { details.there = newValue.map { .text($0) } } }
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
    shortNumber = Int32(clamping: number)
    rest = Rest(box: nil, statedLine: Int32(clamping: statedLine))
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

  /// Records what the target has around a line from 0, where the hunk was expected.
  ///
  /// - Parameter length: the length of the hunk, in lines.
  mutating func show(_ excerpts: FileExcerpts, around line: Int, length: Int) {
    // What is the same for many hunks can be shared.
    details.there = .lines(
      excerpts, line: line == statedLine - 1 ? nil : line, length: FileExcerpts.length(for: length))
  }

  /// Shares what few hunks have with another hunk where it is the same for both: a patch may have a million hunks
  /// that are refused for one reason.
  mutating func shareDetails(with other: HunkOutcome) {
    if let box, let known = other.box, box !== known, box == known { self.box = known }
  }

  /// How far the position is from the stated line, in lines.
  package var offset: Int? { line.map { $0 - statedLine } }

  /// Whether there is something that is not coded.
  var hasUncoded: Bool {
    box.map { $0.value.edits != nil || $0.value.question != nil || $0.value.proposal != nil }
      ?? false
  }

  /// The outcome without what is not coded.
  var recorded: HunkOutcome {
    var copy = self
    guard hasUncoded, var details = copy.box?.value else { return copy }
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
