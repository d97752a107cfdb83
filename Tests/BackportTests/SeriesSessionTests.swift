// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import KernelTree
import PatchFormat
import Testing

/// The one loop that applies patches, and the one value that it results in.
@Suite struct SeriesSessionTests {
  private func item(
    _ path: String, _ old: String, _ new: String, _ options: ApplyOptions = ApplyOptions()
  ) throws -> PatchQueue.Item {
    let text = "--- a/\(path)\n+++ b/\(path)\n@@ -1 +1 @@\n-\(old)\n+\(new)\n"
    let document = PatchDocument(parsing: Array(text.utf8), name: "\(path)-\(new).patch")
    return PatchQueue.Item(
      patch: try #require(document.patches.first), options: options, label: "\(path) \(new)")
  }

  private func queue(_ items: PatchQueue.Item...) -> PatchQueue { PatchQueue(items) }

  private let tree = MemoryTree(["a": "1\n", "b": "1\n"])

  // MARK: Refusals

  @Test func aSeriesEndsAtTheFirstRefusal() throws {
    let outcome = try SeriesSession(on: tree).apply(
      queue(try item("a", "1", "2"), try item("b", "9", "2"), try item("a", "2", "3")))
    #expect(!outcome.applies && outcome.untried == 1 && outcome.changes.isEmpty)
    #expect(outcome.patches.map(\.verdict) == [.exact, .conflict])
    #expect(outcome.refused?.subject == outcome.patches[1].subject)
  }

  @Test func aSkippedPatchIsTriedAgainAfterOnesThatTouchItsFiles() throws {
    let session = SeriesSession(on: tree, policy: SeriesPolicy(refusal: .skip, retries: 2))
    let outcome = try session.apply(
      queue(
        try item("a", "2", "3"), try item("b", "1", "2"), try item("a", "8", "9"),
        try item("a", "1", "2")))
    #expect(outcome.patches.map(\.applies) == [false, true, false, true])
    #expect(outcome.patches.map(\.appliesAfter) == ["a 2", nil, nil, nil])
    #expect(outcome.patches.map(\.afterRefused) == [nil, nil, ["a 3"], nil])
    #expect(!outcome.applies && outcome.untried == 0)
    #expect(tree.applying(outcome.changes).texts == ["a": "2\n", "b": "2\n"])
  }

  /// What an observer refuses, such as a patch whose build fails, is not in the tree of the patches after it.
  @Test func whatIsRefusedAfterwardsLeavesTheTree() throws {
    let session = SeriesSession(on: tree, policy: SeriesPolicy(refusal: .skip))
    let outcome = try session.apply(
      queue(try item("a", "1", "2"), try item("a", "2", "3"), try item("a", "1", "4"))
    ) { index, patch, _ in
      guard index == 0 else { return }
      var build = BuildOutcome(command: "make")
      build.parts = [.init(name: "a.o", source: "a", before: .built, after: .failed)]
      patch.take(build)
    }
    #expect(outcome.patches.map(\.applies) == [false, false, true])
    #expect(tree.applying(outcome.changes).texts["a"] == "4\n")
  }

  @Test func withoutRetriesARefusedPatchIsTriedOnce() throws {
    let outcome = try SeriesSession(on: tree, policy: SeriesPolicy(refusal: .skip)).apply(
      queue(try item("a", "2", "3"), try item("a", "1", "2")))
    #expect(outcome.patches[0].appliesAfter == nil)
  }

  @Test func aSeriesAppliesWithoutWhatIsLeftOut() throws {
    let outcome = try SeriesSession(on: tree, policy: SeriesPolicy(refusal: .leaveOut)).apply(
      queue(try item("a", "9", "3"), try item("a", "1", "2")))
    #expect(outcome.applies && outcome.patches.map(\.verdict) == [.conflict, .exact])
    #expect(tree.applying(outcome.changes).texts["a"] == "2\n")
  }

  @Test func aRefusedPatchIsGivenWithMarkers() throws {
    let options = ApplyOptions(accept: .certain)
    let text = (1...9).map { "line \($0)\n" }.joined()
    let patch = """
      --- a/f
      +++ b/f
      @@ -3,5 +3,5 @@
       line 3
       line 4
      -line 5
      +line five of nine
       line 6
       line 7

      """
    let document = PatchDocument(parsing: Array(patch.utf8), name: "f.patch")
    let target = MemoryTree(["f": text.replacing("line 5\n", with: "line five by another\n")])
    let one = PatchQueue(try #require(document.patches.first), options: options)
    let stopped = try SeriesSession(on: target).apply(one)
    #expect(!stopped.applies && stopped.changesWithConflicts == nil)
    let policy = SeriesPolicy(refusal: .markConflicts(.merge))
    let marked = try SeriesSession(on: target, policy: policy).apply(one)
    let changes = try #require(marked.changesWithConflicts)
    #expect(!marked.applies && changes.map(\.path.description) == ["f"])
    let content = String(decoding: changes[0].after?.content ?? [], as: UTF8.self)
    #expect(content.contains("<<<<<<<") && content.contains("line five of nine"))
    #expect(try marked.conflicts().map(\.path) == ["f"])
  }

  // MARK: What is accepted

  @Test func acceptedVerdictsEndNoSeries() throws {
    let items = queue(try item("a", "0", "1"), try item("b", "1", "2"))
    #expect(try !SeriesSession(on: tree).apply(items).applies)
    let accepting = SeriesPolicy(accepts: [.alreadyApplied])
    let outcome = try SeriesSession(on: tree, policy: accepting).apply(items)
    #expect(outcome.applies && outcome.patches.map(\.verdict) == [.alreadyApplied, .exact])
    #expect(outcome.changes.map(\.path.description) == ["b"])
  }

  @Test func aPatchOfExcludedFilesIsNothingToApply() throws {
    var options = ApplyOptions()
    options.filter = PathFilter(rules: [.init(pattern: "a", isInclude: false)])
    let items = queue(try item("a", "1", "2", options), try item("b", "1", "2", options))
    let refused = try SeriesSession(on: tree).apply(items)
    #expect(refused.patches.map(\.verdict) == [.nothingToApply] && !refused.applies)
    #expect(refused.patches[0].excluded == 1 && !refused.patches[0].applies)
    let policy = SeriesPolicy(accepts: [.nothingToApply])
    let outcome = try SeriesSession(on: tree, policy: policy).apply(items)
    #expect(outcome.applies && tree.applying(outcome.changes).texts == ["a": "1\n", "b": "2\n"])
  }

  // MARK: Pieces

  @Test func piecesMakeUpOneOutcome() throws {
    let items = [
      try item("a", "1", "2"), try item("b", "1", "2"), try item("a", "2", "3"),
      try item("b", "7", "8"),
    ]
    let whole = try SeriesSession(on: tree).apply(PatchQueue(items))
    let session = SeriesSession(on: tree)
    var merged = SeriesOutcome()
    for start in [0, 2] {
      merged.append(try session.apply(PatchQueue(Array(items[start..<(start + 2)]))))
    }
    #expect(merged.patches.map(\.verdict) == whole.patches.map(\.verdict))
    #expect(merged.applies == whole.applies && merged.untried == whole.untried)
    // Of a long series, contents are not kept.
    #expect(merged.patches.allSatisfy { $0.patch == nil && $0.changes.isEmpty })
    #expect(whole.patches.allSatisfy { $0.patch != nil })
  }

  @Test func aRefusedPieceLeavesTheSessionAsItWas() throws {
    let session = SeriesSession(on: tree)
    _ = try session.apply(queue(try item("a", "1", "2"), try item("b", "7", "8")))
    #expect(try session.apply(queue(try item("a", "1", "5"))).applies)
  }

  @Test func manyPatchesInParallelAreAsInOrder() throws {
    var texts: [String: String] = [:]
    var items: [PatchQueue.Item] = []
    for number in 0..<24 {
      texts["d\(number)/f"] = "1\n"
      items.append(try item("d\(number)/f", "1", "2"))
      if number % 3 == 0 { items.append(try item("d\(number)/f", "2", "3")) }
    }
    let wrong = try item("d7/f", "9", "2")
    let tree = MemoryTree(texts)
    let all = try SeriesSession(on: tree).apply(PatchQueue(items))
    // An observer is shown the patches in their order, so they are tried in it.
    var seen: [Int] = []
    let inOrder = try SeriesSession(on: tree).apply(PatchQueue(items)) { index, _, _ in
      seen.append(index)
    }
    #expect(all.applies && all.changes == inOrder.changes && seen == Array(items.indices))
    items.insert(wrong, at: 12)
    let refused = try SeriesSession(on: tree).apply(PatchQueue(items))
    #expect(!refused.applies && refused.patches.count == 13)
    #expect(refused.untried == items.count - 13)
  }

  // MARK: Evidence

  @Test func theAdaptedPatchIsReversed() throws {
    var policy = SeriesPolicy(keeps: [.content, .blobIDs])
    policy.checksReversal = true
    let outcome = try SeriesSession(on: tree, policy: policy).apply(queue(try item("a", "1", "2")))
    #expect(outcome.patches[0].reverseProblem == nil)
    #expect(outcome.patches[0].files[0].before == "d00491fd7e5bb6fa28c517a0bb32b8b506539d4d")
    #expect(outcome.patches[0].files[0].after == "0cfbf08886fca9a91cb753ec8734c84fcbe52c9f")
  }

  @Test func anOutcomeIsReadBackWithoutItsContent() throws {
    let session = SeriesSession(on: tree, policy: SeriesPolicy(refusal: .skip))
    let repeated = MemoryTree(["a": "x\ny\nx\n"])
    var outcome = try session.apply(queue(try item("a", "1", "2"), try item("b", "9", "2")))
    let tie = try SeriesSession(on: repeated, policy: SeriesPolicy(refusal: .skip)).apply(
      queue(try item("a", "x", "z")))
    outcome.patches += tie.patches
    let read = try JSONDecoder().decode(SeriesOutcome.self, from: JSONEncoder().encode(outcome))
    #expect(read.patches == outcome.patches.map(\.recorded))
    #expect(read.applies == outcome.applies && read.timings == outcome.timings)
    #expect(read.patches[0].patch == nil && read.changes.isEmpty)
    let policy = SeriesPolicy(keeps: [])
    #expect(
      try SeriesSession(on: tree, policy: policy).apply(queue(try item("a", "1", "2")))
        .patches[0].patch == nil)
  }

  @Test func sentencesCanBeReadAlone() throws {
    let tree = MemoryTree(["a": "0\n1\n", "b": "x\nq\nx\n"])
    let moved = """
      --- a/a
      +++ b/a
      @@ -1 +1,2 @@
       1
      +2
      --- a/b
      +++ b/b
      @@ -2 +2 @@
      -x
      +y

      """
    let document = PatchDocument(parsing: Array(moved.utf8), name: "m.patch")
    var options = ApplyOptions()
    options.trustsLineNumbers = true
    let outcome = try SeriesSession(on: tree).apply(
      PatchQueue(try #require(document.patches.first), options: options))
    let hunks = outcome.patches[0].files.flatMap(\.hunks)
    #expect(hunks[0].sentence == "hunk 1 applies at line 2 (offset 1: the only match)")
    #expect(hunks[1].sentence == "hunk 1 (line 2): its text fits 2 positions equally well")
    #expect(hunks[1].candidates.map(\.text) == ["line 1", "line 3, below 'q'"])
    #expect(hunks[0].summary == "offset 2" && hunks[1].summary == "ambiguous 2")
  }
}

/// The verdict on a whole, from those of its parts.
@Suite struct VerdictTests {
  @Test(
    arguments: [
      ([], .nothingToApply), ([.exact], .exact), ([.exact, .offset], .offset),
      ([.offset, .merged, .relocated], .merged),
      ([.exact, .conflict, .missingPath], .conflict), ([.ambiguous, .exact], .ambiguous),
      ([.alreadyApplied], .alreadyApplied), ([.alreadyApplied, .exact], .partlyApplied),
      // A part that is left out shows: the whole is not exact.
      ([.exact, .leftOut], .leftOut), ([.merged, .leftOut], .leftOut),
      ([.leftOut, .conflict], .conflict), ([.exact, .partial], .partial),
      ([.partial, .missingPath], .missingPath),
      // What the tree has, and what the user leaves out: nothing is left to apply.
      ([.alreadyApplied, .leftOut], .alreadyApplied),
      ([.nothingToApply, .exact], .exact), ([.nothingToApply], .nothingToApply),
    ] as [([Verdict], Verdict)])
  func theWholeFollowsFromTheParts(parts: [Verdict], whole: Verdict) {
    #expect(Verdict.whole(of: parts) == whole)
    #expect(Verdict.whole(of: parts.reversed()) == whole)
  }

  @Test func aPartThatIsLeftOutHoldsNothingUp() {
    let holding = Verdict.allCases.filter { !$0.applies }
    #expect(
      holding == [
        .alreadyApplied, .partlyApplied, .nothingToApply, .partial, .ambiguous, .conflict,
        .missingPath,
      ])
  }
}
