// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// A hunk at its stated line is found without its images; elsewhere, a long one has the outcome of a short one.
@Suite struct LongHunkTests {
  /// What differs between the file and the one that the patch was made for.
  enum Difference: CaseIterable {
    case nothing, lineBefore, lineAfter, lastLine, newlineAtEnd, result, otherFunction
  }

  /// Where the hunk reaches in the file.
  enum Reach: CaseIterable { case middle, start, end, endWithoutNewline, whole, creates }

  private func outcome(
    _ difference: Difference, _ reach: Reach, _ count: Int
  ) throws -> (verdict: Verdict, line: Int?, reason: String?) {
    let body = (0..<count).map { "\tline \($0);" }
    let isAtStart = reach == .start || reach == .whole || reach == .creates
    let isAtEnd = reach == .end || reach == .whole || reach == .endWithoutNewline
    let above = isAtStart ? [] : ["int above;", "", "static int f(void)", "{"]
    let below = isAtEnd || reach == .creates ? [] : ["}", "int below;"]
    let removed = count / 2
    var lines = body.enumerated().flatMap { index, line in
      index == removed ? ["-\(line)", "+\tchanged;"] : [" \(line)"]
    }
    // Context at one end alone says that the hunk is at the other.
    if reach == .end || reach == .endWithoutNewline {
      lines[lines.count - 1] = "-\(body[count - 1])"
    }
    if reach == .endWithoutNewline { lines.append("\\ No newline at end of file") }
    if reach == .creates { lines = body.map { "+\($0)" } }
    let old = lines.count { $0.first == " " || $0.first == "-" }
    let new = lines.count { $0.first == " " || $0.first == "+" }
    let section = isAtStart ? "" : " static int f(void)"
    let start = old == 0 ? 0 : above.count + 1
    let patch =
      "--- \(reach == .creates ? "/dev/null" : "a/f.c")\n+++ b/f.c\n"
      + "@@ -\(start),\(old) +\(above.count + 1),\(new) @@\(section)\n"
      + lines.map { "\($0)\n" }.joined()
    var file = above + (reach == .creates ? [] : body) + below
    switch difference {
    case .nothing, .newlineAtEnd: break
    case .lineBefore: file.insert("int one_more;", at: 0)
    case .lineAfter: file.append("int last;")
    case .lastLine: if !file.isEmpty { file[file.count - 1] += " " }
    case .result:
      file =
        above + lines.filter { " +".contains($0.first ?? "-") }.map { String($0.dropFirst()) }
        + below
    case .otherFunction:
      if above.count > 2 { file[2] = "static int g(void)" }
      file += ["static int f(void)", "{"] + body + ["}"]
    }
    var text = file.map { "\($0)\n" }.joined()
    if (reach == .endWithoutNewline) != (difference == .newlineAtEnd) {
      text = String(text.dropLast())
    }
    let isThere = reach != .creates || difference != .nothing
    let tree = MemoryTree(isThere ? ["f.c": text] : [:])
    let result = try #require(try apply(patch, to: tree).patches.first)
    let hunk = result.files.first?.hunks.first
    return (result.verdict, hunk?.line, hunk?.reason ?? result.files.first?.reason)
  }

  /// The verdict and the line for each difference, in the order of the reaches.
  private static let expected: [Difference: [String]] = [
    .nothing: ["exact 5", "exact 1", "exact 5", "exact 5", "exact 1", "exact 1"],
    .lineBefore: ["offset 6", "offset 2", "offset 6", "offset 6", "offset 2", "conflict"],
    .lineAfter: ["exact 5", "exact 1", "conflict", "conflict", "exact 1", "conflict"],
    .lastLine: ["exact 5", "exact 1", "conflict", "conflict", "conflict", "conflict"],
    .newlineAtEnd: ["exact 5", "exact 1", "conflict", "conflict", "conflict", "conflict"],
    .result: [
      "alreadyApplied 5", "alreadyApplied 1", "alreadyApplied 5", "conflict", "alreadyApplied 1",
      "alreadyApplied",
    ],
    .otherFunction: ["ambiguous", "exact 1", "conflict", "conflict", "exact 1", "conflict"],
  ]

  @Test(arguments: Difference.allCases, Array(Reach.allCases.indices))
  func theOutcomeIsTheSameForShortAndLongHunks(_ difference: Difference, _ number: Int) throws {
    let reach = Reach.allCases[number]
    let short = try outcome(difference, reach, 20)
    let long = try outcome(difference, reach, 2000)
    let shown = "\(short.verdict)" + (short.line.map { " \($0)" } ?? "")
    #expect(Self.expected[difference]?[number] == shown)
    #expect(long.verdict == short.verdict)
    #expect(long.line == short.line)
    #expect(long.reason == short.reason)
  }
}
