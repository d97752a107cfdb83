// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// A long hunk as parts that follow each other.
@Suite struct HunkPartsTests {
  private func hunk(_ lines: [String]) throws -> Hunk {
    let old = lines.count { $0.hasPrefix(" ") || $0.hasPrefix("-") }
    let new = lines.count { $0.hasPrefix(" ") || $0.hasPrefix("+") }
    let text =
      "--- a/f\n+++ b/f\n@@ -\(old == 0 ? 0 : 7),\(old) +\(new == 0 ? 0 : 9),\(new) @@ int f(void)\n"
      + lines.map { "\($0)\n" }.joined()
    return try #require(PatchDocument(parsing: Array(text.utf8)).files.first?.hunks.first)
  }

  private func contents(_ hunk: Hunk) -> [String] {
    hunk.lines.map {
      "\($0.kind) \($0.hasNewline) \(String(decoding: hunk.content(of: $0), as: UTF8.self))"
    }
  }

  @Test(arguments: 0..<40) func partsHaveTheLinesOfTheHunk(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed) + 7)
    let kinds = [[" ", "-", "+"], ["+"], ["-"], ["-", "+"]][seed % 4]
    var lines = (0..<Int.random(in: 5...40, using: &random)).map {
      (kinds.randomElement(using: &random) ?? " ") + "line \($0)"
    }
    if seed % 3 == 0 { lines.append("\\ No newline at end of file") }
    let hunk = try hunk(lines)
    let parts = hunk.parts(most: 4, bytes: 1 << 20)
    #expect(parts.count >= lines.count / 5)
    #expect(parts.flatMap(contents) == contents(hunk))
    var (old, new) = (hunk.oldStart, hunk.newStart)
    if hunk.oldCount == 0 { old += 1 }
    if hunk.newCount == 0 { new += 1 }
    for part in parts {
      #expect(part.lines.first?.kind != .noNewlineMarker && part.section.isEmpty)
      #expect(part.oldStart == (part.oldCount == 0 ? old - 1 : old))
      #expect(part.newStart == (part.newCount == 0 ? new - 1 : new))
      old += part.oldCount
      new += part.newCount
    }
    #expect(parts.reduce(0) { $0 + $1.oldCount } == hunk.oldCount)
    #expect(parts.reduce(0) { $0 + $1.newCount } == hunk.newCount)
    #expect(hunk.parts(most: 1000, bytes: 1 << 20) == [hunk])
    #expect(hunk.parts(most: 1000, bytes: 20).count > 1)
    // Reversed, the lines have other marks than the text that they are in.
    #expect(
      hunk.reversed.parts(most: 4, bytes: 1 << 20).flatMap(contents) == contents(hunk.reversed))
    #expect(hunk.lines.byteCount == lines.reduce(0) { $0 + $1.utf8.count + 1 })
  }
}
