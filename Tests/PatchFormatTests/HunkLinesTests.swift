// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// The lines of a hunk: read from its bytes where they are as git writes them, else from a table.
@Suite struct HunkLinesTests {
  private func hunk(_ text: String) throws -> Hunk {
    let document = PatchDocument(parsing: Array(("--- a/f\n+++ b/f\n" + text).utf8))
    return try #require(document.files.first?.hunks.first)
  }

  private func texts(_ hunk: Hunk, _ lines: some Sequence<HunkLine>) -> [String] {
    lines.map { "\($0.kind) \(String(decoding: hunk.content(of: $0), as: UTF8.self))" }
  }

  @Test(arguments: [
    "@@ -1,3 +1,3 @@ int f(void)\n one\n-two\n+2\n three\n",
    // A context line that lost its space.
    "@@ -1,4 +1,4 @@ int f(void)\n one\n\n-two\n+2\n three\n",
    "@@ -1,2 +1,2 @@ int f(void)\n one\n-two\n\\ No newline at end of file\n+2\n",
    // The input ends inside the last line.
    "@@ -1,3 +1,3 @@ int f(void)\n one\n-two\n+2\n three",
  ])
  func linesAreTheSameInBothDirections(text: String) throws {
    let hunk = try hunk(text)
    let forwards = texts(hunk, hunk.lines)
    #expect(forwards.first == "context one")
    #expect(texts(hunk, hunk.lines.reversed()).reversed() == forwards)
    #expect(hunk.lines.count == forwards.count)
    #expect(texts(hunk, hunk.lines.indices.map { hunk.lines[$0] }) == forwards)
    #expect(texts(hunk, hunk.lines.last.map { [$0] } ?? []) == forwards.suffix(1))
    #expect(hunk.section == Array("int f(void)".utf8))
    let again = hunk.reversed.reversed
    #expect(texts(again, again.lines) == forwards)
    #expect(again == hunk && hunk.reversed != hunk)
    #expect(hunk.reversed.section == hunk.section)
  }

  @Test func aSectionCanBeReplaced() throws {
    var hunk = try hunk("@@ -1,2 +1,2 @@ int f(void)\n one\n-two\n+2\n")
    hunk.section = []
    #expect(hunk.section.isEmpty && hunk.lines.count == 3)
    hunk.section = Array("int g(void)".utf8)
    #expect(hunk.section == Array("int g(void)".utf8) && hunk.lines.count == 3)
    #expect(try self.hunk("@@ -1,2 +1,2 @@\n one\n-two\n+2\n").section.isEmpty)
  }

  @Test func aNULInALineIsFoundAndOneInTheHeaderIsNot() throws {
    #expect(try hunk("@@ -1 +1 @@\n-a\n+b\0c\n").hasNUL)
    #expect(try hunk("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\0c\n").hasNUL)
    #expect(try !hunk("@@ -1 +1 @@ a\0b\n-a\n+b\n").hasNUL)
  }

  /// Reversed lines are read from the same bytes, in the order in which a tool would write them.
  @Test(arguments: 0..<60) func reversedLinesAreInTheirOrder(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed) + 11)
    let marks = [[" ", "-", "+"], ["-", "+"], ["+"], ["-"], [" ", "+"]][seed % 5]
    let lines = (0..<Int.random(in: 1...20, using: &random)).map {
      (marks.randomElement(using: &random) ?? " ") + "line \($0)"
    }
    let old = lines.count { !$0.hasPrefix("+") }
    let new = lines.count { !$0.hasPrefix("-") }
    let hunk = try hunk(
      "@@ -\(old == 0 ? 0 : 4),\(old) +\(new == 0 ? 0 : 6),\(new) @@ int f(void)\n"
        + lines.map { $0 + "\n" }.joined())
    var expected: [String] = []
    for (index, run) in lines.split(
      omittingEmptySubsequences: false, whereSeparator: { $0.hasPrefix(" ") }
    )
    .enumerated() {
      if index > 0 { expected.append("context \(lines[run.startIndex - 1].dropFirst())") }
      expected += run.filter { $0.hasPrefix("+") }.map { "removed \($0.dropFirst())" }
      expected += run.filter { $0.hasPrefix("-") }.map { "added \($0.dropFirst())" }
    }
    let reversed = hunk.reversed
    #expect(texts(reversed, reversed.lines) == expected)
    #expect(texts(reversed, reversed.lines.reversed()).reversed() == expected)
    #expect(texts(reversed, reversed.lines.indices.map { reversed.lines[$0] }) == expected)
    #expect(reversed.lines.count == expected.count)
    #expect(zip(reversed.lines.indices, reversed.lines.indices.dropFirst()).allSatisfy { $0 < $1 })
    #expect((reversed.oldStart, reversed.oldCount) == (hunk.newStart, new))
    #expect((reversed.newStart, reversed.newCount) == (hunk.oldStart, old))
    #expect(reversed.section == hunk.section && reversed.lines.byteCount == hunk.lines.byteCount)
    #expect(reversed.plainLines == nil && reversed.isInBytes)
    // Written and read again, it is the same hunk; reversed twice, removed lines come first.
    var file = FilePatch(dialect: .git, change: .modify, oldName: nil, newName: nil)
    file.hunks = [reversed]
    let text = file.printedAsGit(paths: .init(old: [0x66], new: [0x66]))
    #expect(PatchDocument(parsing: text).files.first?.hunks == [reversed])
    #expect(reversed.reversed == hunk.removedFirst)
  }

  /// A patch may have a million hunks.
  @Test func aHunkIsSmall() { #expect(MemoryLayout<Hunk>.stride <= 32) }
}
