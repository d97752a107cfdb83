// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// A refused hunk shows what the file has where it was expected, however many hunks a patch has.
@Suite struct RefusedHunksTests {
  /// The outcomes of hunks that state some lines, from 1, of a file of numbered lines, and do not fit.
  private func hunks(at stated: [Int], of count: Int) throws -> [HunkOutcome] {
    let file = (1...count).map { "line \($0)\n" }.joined()
    let patch =
      "--- a/f.txt\n+++ b/f.txt\n"
      + stated.map { "@@ -\($0),3 +\($0),3 @@\n some context\n-old \($0)\n+new \($0)\n end\n" }
      .joined()
    let outcome = try apply(patch, to: MemoryTree(["f.txt": file]))
    return try #require(outcome.patches.first?.files.first).hunks
  }

  /// Lines that are far apart, that meet, that are at both ends and past the end, and not in their order.
  @Test(arguments: [
    ([40, 500, 900], 1000), ([1, 10, 14, 17, 100, 998, 5000], 1000), ([700, 20, 350, 22], 1000),
    ([2, 9, 20, 30], 30), ([3], 5),
  ])
  func eachShowsTheLinesOfTheFile(_ stated: [Int], _ count: Int) throws {
    let hunks = try hunks(at: stated, of: count)
    #expect(hunks.map(\.statedLine) == stated)
    for hunk in hunks {
      let there = try #require(hunk.there)
      // Three lines before it, and eight at the end of the file.
      let first = max(1, min(hunk.statedLine - 3, count - 7))
      let shown = first...min(first + 15, count)
      #expect(hunk.verdict == .conflict)
      #expect(there.oldStart == first)
      #expect(there.lines.map(\.text) == shown.map { "line \($0)" })
    }
  }

  @Test func anOutcomeThatIsReadAgainIsEqual() throws {
    let hunks = try hunks(at: [40, 500, 900], of: 1000)
    let coded = try JSONEncoder().encode(hunks)
    let read = try JSONDecoder().decode([HunkOutcome].self, from: coded)
    #expect(read == hunks)
    #expect(Set(read).isSubset(of: Set(hunks)))
    // What they show is compared, too.
    let other = try self.hunks(at: [40, 500, 900], of: 1001)
    #expect(other[0] == hunks[0] && other.count == hunks.count)
    let elsewhere = try self.hunks(at: [40, 500, 900], of: 901)
    #expect(elsewhere[2].statedLine == hunks[2].statedLine && elsewhere[2] != hunks[2])
  }

  /// A patch may have a million hunks.
  @Test func anOutcomeIsSmall() { #expect(MemoryLayout<HunkOutcome>.stride <= 24) }
}
