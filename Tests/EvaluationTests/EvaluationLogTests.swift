// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import Host
import TestSupport
import Testing

import Evaluation

/// A stopped evaluation continues where it was.
@Suite struct EvaluationLogTests {
  private func options(_ range: String = "a..b") -> EvaluationOptions {
    EvaluationOptions(
      repository: "r.git", range: range, upstream: "u.git", half: .all, contenders: [.patchkit],
      accept: .likely, limit: nil, jobs: 1)
  }

  private func result(_ number: Int, _ score: Score = .exact) -> CaseResult {
    CaseResult(
      backport: String(repeating: "\(number)", count: 40), upstream: "u\(number)",
      subject: "case \(number)", kind: .sameLines,
      entries: ["patchkit": .init(score: score, seconds: 0.5, note: nil)])
  }

  private func item(_ number: Int) -> BackportCase {
    BackportCase(
      backport: String(repeating: "\(number)", count: 40), target: "", upstream: "", base: "",
      subject: "")
  }

  @Test func resultsComeBack() throws {
    let scratch = try Scratch()
    let path = scratch.file("state")
    var log = try EvaluationLog(path: path, options: options())
    try log.append(result(1))
    try log.append(result(2, .fails))
    let again = try EvaluationLog(path: path, options: options())
    #expect(again.results.map(\.subject) == ["case 1", "case 2"])
    #expect(again.results.map { $0.entries["patchkit"]?.score } == [.exact, .fails])
    #expect(again.holds(item(2)) && !again.holds(item(3)))
  }

  /// What a stop cut off is done again, and the next result is a line of its own.
  @Test func aLineThatWasCutOffIsDoneAgain() throws {
    let scratch = try Scratch()
    let path = scratch.file("state")
    var log = try EvaluationLog(path: path, options: options())
    try log.append(result(1))
    try log.append(result(2))
    try scratch.write("state", Array(try scratch.read("state").dropLast(9)))
    var again = try EvaluationLog(path: path, options: options())
    #expect(again.holds(item(1)) && !again.holds(item(2)))
    try again.append(result(3))
    let last = try EvaluationLog(path: path, options: options())
    #expect(last.results.map(\.subject) == ["case 1", "case 3"])
  }

  @Test func theStateOfAnotherQuestionIsRefused() throws {
    let scratch = try Scratch()
    let path = scratch.file("state")
    _ = try EvaluationLog(path: path, options: options())
    let before = try scratch.read("state")
    #expect(throws: PatchkitError.self) {
      try EvaluationLog(path: path, options: options("c..d"))
    }
    try scratch.write("other", "not a state\n")
    #expect(throws: PatchkitError.self) {
      try EvaluationLog(path: scratch.file("other"), options: options())
    }
    #expect(try scratch.read("state") == before)
    #expect(try scratch.read("other") == Array("not a state\n".utf8))
  }

  @Test func countsAreByToolAndByKind() throws {
    let results = [result(1), result(2, .differs), result(3, .fails), result(4)]
    let summary = EvaluationSummary(results, contenders: [.patchkit])
    #expect(summary.cases == 4)
    let all = try #require(summary.groups.first { $0.name == "all" }?.rows.first?.counts)
    #expect(all.exact == 2 && all.differs == 1 && all.fails == 1 && all.total == 4)
    #expect(all.precision == 2.0 / 3.0 && all.seconds == 2.0)
    for group in summary.groups {
      let expected = ["all", CaseKind.sameLines.rawValue].contains(group.name) ? 4 : 0
      #expect(group.rows.allSatisfy { $0.counts.total == expected }, "\(group.name)")
    }
  }

  /// What a check refused is counted as it would have been, and what it warned of as it is.
  @Test func countsAreByCheck() throws {
    func noted(_ number: Int, _ score: Score, _ note: String) throws -> CaseResult {
      var result = result(number)
      result.entries["patchkit"] = .init(
        score: score, seconds: 0.5,
        note: try JSONDecoder().decode(PatchkitNote.self, from: Data(note.utf8)))
      return result
    }
    func note(_ check: ResultDoubt.Check, _ stopped: String? = nil) -> String {
      """
      {"verdict": "conflict", "reasons": [], "features": [], "failedChecks": ["\(check.rawValue)"]
      \(stopped.map { ", \"stopped\": \"\($0)\"" } ?? "")}
      """
    }
    let summary = EvaluationSummary(
      [
        try noted(1, .fails, note(.unknownName, "exact")),
        try noted(2, .fails, note(.unknownName, "differs")),
        try noted(3, .fails, note(.unknownName, "differs")),
        try noted(4, .exact, note(.calledBody)), try noted(5, .differs, note(.calledBody)),
        result(6),
      ], contenders: [.patchkit])
    #expect(summary.byCheck.map(\.name) == ["unknown name", "body in the base"])
    let counts = summary.byCheck.map(\.rows[0].counts)
    #expect(counts.map(\.exact) == [1, 1] && counts.map(\.differs) == [2, 1])
    #expect(counts.map(\.fails) == [0, 0])
  }
}
