// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import Synchronization
import TestSupport
import Testing

/// What the user decides where the strategies cannot, and where it is taken again.
@Suite struct DecisionTests {
  private static let path = "drivers/lamp.c"

  /// Decisions by their keys.
  private final class Kept: Sendable {
    let all = Mutex<[String: Decision]>([:])
    var memory: ResolutionMemory { ResolutionMemory { key in self.all.withLock { $0[key] } } }
  }

  private func backport(_ patch: String, to tree: any KernelTree, _ kept: Kept) throws
    -> PatchOutcome
  {
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: .likely))
    let outcome = try SeriesSession(on: tree, memory: kept.memory).apply(queue)
    return try #require(outcome.patches.first)
  }

  private func questions(_ outcome: PatchOutcome) -> [OpenQuestion] {
    outcome.files.flatMap { file in
      [file.question].compactMap(\.self) + file.hunks.compactMap(\.question)
    }
  }

  /// Runs a patch, answering the first open question until there are no more answers.
  private func answered(
    _ patch: String, on tree: any KernelTree, _ answers: [(OpenQuestion) throws -> Decision?],
    _ kept: Kept = Kept()
  ) throws -> PatchOutcome {
    var outcome = try backport(patch, to: tree, kept)
    for answer in answers {
      #expect(!outcome.applies && outcome.hasQuestions && outcome.changes.isEmpty)
      let question = try #require(questions(outcome).first)
      let decision = try #require(try answer(question))
      // As it is kept in a file.
      let read = try #require(Decision(decision.bytes))
      #expect(read == decision)
      let key = try question.key()
      kept.all.withLock { $0[key] = read }
      outcome = try backport(patch, to: tree, kept)
    }
    return outcome
  }

  private func tree(_ text: String) -> MemoryTree { MemoryTree([Self.path: text]) }

  private func result(_ outcome: PatchOutcome, _ path: String = path) -> String? {
    outcome.changes.first { $0.path.description == path }?.after
      .map { String(decoding: $0.content, as: UTF8.self) }
  }

  // MARK: Positions

  @Test(arguments: [0, 1, 2]) func onePlaceAmongEqualOnesIsTaken(_ number: Int) throws {
    let names = ["RED", "GREEN", "BLUE"]
    let text = StrategyTests.arms(names) + "int end;\n"
    let outcome = try answered(StrategyTests.armPatch, on: tree(text), [{ _ in .position(number) }])
    #expect(outcome.applies && outcome.verdict == .offset)
    let hunk = outcome.files[0].hunks[0]
    #expect(
      hunk.strategy == .remembered && hunk.line == [5, 10, 15][number] && hunk.question == nil)
    let part = "case \(names[number]):\n\t\tprepare();\n\t\tstart();\n"
    #expect(result(outcome) == text.replacing(part, with: part + "\t\tcheck();\n"))
    // The text is as it was, so there is nothing to say in a note.
    #expect(outcome.adaptationNote == nil)
  }

  /// The second hunk's positions are as good as each other, too: it moved as far as the first.
  @Test func aHunkBesideAChosenOneGoesAlong() throws {
    let seed = String(decoding: try Files.read(Project.seed), as: UTF8.self)
    let twice = String(
      decoding: try Files.read(Project.lab("twice") + "/fs/ext4/file.c"), as: UTF8.self)
    let lab = MemoryTree(["fs/ext4/file.c": twice])
    let outcome = try answered(seed, on: lab, [{ _ in .position(1) }])
    #expect(outcome.applies && outcome.files[0].hunks.map(\.line) == [109, 132])
  }

  @Test func aPlaceIsAskedAgainWhereOtherLinesStandAroundIt() throws {
    let kept = Kept()
    let text = StrategyTests.arms(["RED", "GREEN", "BLUE"]) + "int end;\n"
    #expect(
      try answered(StrategyTests.armPatch, on: tree(text), [{ _ in .position(1) }], kept).applies)
    #expect(try backport(StrategyTests.armPatch, to: tree("/* moved */\n" + text), kept).applies)
    let other = StrategyTests.arms(["RED", "GREEN", "WHITE"]) + "int end;\n"
    #expect(try !backport(StrategyTests.armPatch, to: tree(other), kept).applies)
    let more = StrategyTests.arms(["RED", "GREEN", "BLUE", "WHITE"]) + "int end;\n"
    #expect(try !backport(StrategyTests.armPatch, to: tree(more), kept).applies)
  }

  /// Where what is left of a hunk fits several positions, the choice is the position for the strategies.
  @Test func aPlaceOfAReducedHunkIsTaken() throws {
    let patch = StrategyTests.armPatch.replacing(" \t\tprepare();", with: " \t\tprepare(now);")
    let text = StrategyTests.arms(["RED", "GREEN", "BLUE"]) + "int end;\n"
    let open = try backport(patch, to: tree(text), Kept())
    guard case .position(let positions)? = questions(open).first?.subject else {
      Issue.record("\(open.files)")
      return
    }
    // RED is farther from the stated line, and so less good.
    #expect(positions.map(\.line) == [10, 15])
    let outcome = try answered(patch, on: tree(text), [{ _ in .position(1) }])
    #expect(outcome.applies)
    let made = try #require(result(outcome))
    let blue = try #require(made.firstRange(of: "case BLUE"))
    #expect(
      made[blue.lowerBound...].contains("check();") && !made[..<blue.lowerBound].contains("check"))
  }

  @Test func aHunkThatIsAtNoneOfThePlacesIsPutInByHand() throws {
    let text = StrategyTests.arms(["RED", "GREEN", "BLUE"]) + "int end;\n"
    let edited = text + "int check;\n"
    let outcome = try answered(
      StrategyTests.armPatch, on: tree(text),
      [{ _ in .noPosition }, { try $0.decision(edited: Array(edited.utf8)) }])
    #expect(outcome.applies && result(outcome) == edited)
  }

  @Test func aPlaceWhereTheResultStandsIsDoneAlready() throws {
    // GREEN has it already, so that RED's text and GREEN's result compete.
    let done = StrategyTests.arms(["RED"]) + "int end;\n"
    let text = done.replacing(
      "\t}\n",
      with:
        "\tcase GREEN:\n\t\tprepare();\n\t\tstart();\n\t\tcheck();\n\t\tfinish();\n\t\tbreak;\n\t}\n"
    )
    let outcome = try answered(
      StrategyTests.armPatch, on: tree(text),
      [
        { question in
          guard case .position(let positions) = question.subject else { return nil }
          return positions.firstIndex { $0.image == .postImage }.map { .position($0) }
        }
      ])
    #expect(outcome.verdict == .alreadyApplied && !outcome.applies && outcome.changes.isEmpty)
  }

  // MARK: Lines

  private static let patch = [
    ("\tret = lamp_commit(lamp, level);\n", "\tret = lamp_commit(lamp, 1);\n")
  ]
  private static let target = StrategyTests.patched([
    ("\tret = lamp_commit(lamp, level);\n", "\tret = lamp_commit(lamp, 2);\n")
  ])

  @Test func theSameConflictIsDecidedTheSameWay() async throws {
    let patch = try await StrategyTests.diff(
      StrategyTests.original, StrategyTests.patched(Self.patch))
    let kept = Kept()
    let lines = Array("\tret = lamp_commit(lamp, 1 + 2);\n".utf8)
    let first = try answered(patch, on: tree(Self.target), [{ _ in .lines(lines) }], kept)
    #expect(first.adaptationNote == "resolved by hand in drivers/lamp.c")
    let second = try backport(patch, to: tree("/* elsewhere */\n" + Self.target), kept)
    #expect(second.files[0].hunks[0].strategy == .remembered)
    #expect(result(second)?.contains("\tret = lamp_commit(lamp, 1 + 2);\n") == true)
  }

  @Test func theLinesOfAConflictAreEditedBetweenMarkers() async throws {
    let patch = try await StrategyTests.diff(
      StrategyTests.original, StrategyTests.patched(Self.patch))
    let open = try backport(patch, to: tree(Self.target), Kept())
    let question = try #require(questions(open).first)
    let marked = try #require(question.marked(patch: "lamp"))
    let text = String(decoding: marked.content, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[marked.line - 1] == "<<<<<<< the tree")
    func decided(_ text: String) throws -> Decision {
      try question.decision(edited: Array(text.utf8))
    }
    #expect(throws: OpenQuestion.UnclearEdit.open) { try decided(text) }
    let start = try #require(text.firstRange(of: "<<<<<<<")).lowerBound
    let end = try #require(text.firstRange(of: ">>>>>>> lamp\n")).upperBound
    let edited = text[..<start] + "\tret = 3;\n" + text[end...]
    #expect(try decided(String(edited)) == .lines(Array("\tret = 3;\n".utf8)))
    #expect(throws: OpenQuestion.UnclearEdit.elsewhere) {
      try decided("/* and a word */\n" + edited)
    }
    #expect(question.takingThePatch == .lines(Array("\tret = lamp_commit(lamp, 1);\n".utf8)))
  }

  @Test func whatIsProposedIsTaken() async throws {
    let patch = try String(decoding: Files.read(Project.seed), as: UTF8.self)
    let file = try Files.read(Project.lab("conflict") + "/fs/ext4/file.c")
    let lab = MemoryTree(["fs/ext4/file.c": String(decoding: file, as: UTF8.self)])
    let open = try backport(patch, to: lab, Kept())
    let proposal = try #require(open.files[0].hunks[1].proposal)
    let outcome = try answered(patch, on: lab, [{ $0.taking(proposal) }])
    // The same file as where a lower level is accepted.
    let document = PatchDocument(parsing: Array(patch.utf8), name: "seed")
    let lower = try SeriesSession(on: lab).apply(
      try PatchQueue(document, options: ApplyOptions(accept: .plausible)))
    #expect(result(outcome, "fs/ext4/file.c") != nil)
    #expect(result(outcome, "fs/ext4/file.c") == result(lower.patches[0], "fs/ext4/file.c"))
  }

  @Test func aHunkThatIsNowhereIsPutInByHand() async throws {
    let patch = try await StrategyTests.diff(
      StrategyTests.original, StrategyTests.patched(StrategyTests.fix))
    let text = "int other(void)\n{\n\treturn 1;\n}\n"
    let open = try backport(patch, to: tree(text), Kept())
    let question = try #require(questions(open).first)
    #expect(question.marked(patch: "lamp") != nil)
    let edited = text.replacing("\treturn 1;\n", with: "\tstamp = jiffies;\n\treturn 1;\n")
    #expect(throws: OpenQuestion.UnclearEdit.nothing) {
      try question.decision(edited: Array(text.utf8))
    }
    let kept = Kept()
    let outcome = try answered(
      patch, on: tree(text), [{ try $0.decision(edited: Array(edited.utf8)) }], kept)
    #expect(outcome.applies && outcome.verdict == .merged && result(outcome) == edited)
    // It is about this very file.
    #expect(try !backport(patch, to: tree(text + "\n"), kept).applies)
  }

  @Test func aHunkIsLeftOut() async throws {
    let two =
      [("\t*level = lamp->level;\n", "\t*level = READ_ONCE(lamp->level);\n")] + Self.patch
    let patch = try await StrategyTests.diff(StrategyTests.original, StrategyTests.patched(two))
    let outcome = try answered(patch, on: tree(Self.target), [{ _ in .leaveOut }])
    #expect(outcome.applies)
    #expect(result(outcome) == StrategyTests.patched([two[0]], in: Self.target))
    #expect(outcome.adaptationNote == "left out hunk 2 of drivers/lamp.c")
    // All of it left out is nothing that could be applied.
    let one = try await StrategyTests.diff(
      StrategyTests.original, StrategyTests.patched(Self.patch))
    let none = try answered(one, on: tree(Self.target), [{ _ in .leaveOut }])
    #expect(!none.applies && !none.hasQuestions && none.changes.isEmpty)
  }

  /// A hunk that is left out does not take the rename of its file along.
  @Test func aRenameIsKeptWithoutItsHunk() async throws {
    let before = Self.target
    let diff = try await StrategyTests.diff(
      StrategyTests.original, StrategyTests.patched(Self.patch))
    let hunks = diff.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasPrefix("@@") }.joined(separator: "\n")
    let new = "drivers/lantern.c"
    let patch =
      "diff --git a/\(Self.path) b/\(new)\nsimilarity index 90%\nrename from \(Self.path)\n"
      + "rename to \(new)\n--- a/\(Self.path)\n+++ b/\(new)\n\(hunks)"
    let outcome = try answered(patch, on: tree(before), [{ _ in .leaveOut }])
    #expect(outcome.applies && outcome.verdict == .leftOut)
    #expect(result(outcome, new) == before && result(outcome) == nil)
    #expect(outcome.changes.count == 2)
    let text = String(decoding: try #require(try outcome.adaptedDiff()), as: UTF8.self)
    #expect(text.contains("rename to \(new)") && !text.contains("@@"))
  }

  // MARK: Files

  @Test func theFileOfATieIsChosen() async throws {
    let patch = try await StrategyTests.diff(
      StrategyTests.original, StrategyTests.patched(StrategyTests.fix))
    let trees = MemoryTree(["a/lamp.c": StrategyTests.original, "b/lamp.c": StrategyTests.original])
    let outcome = try answered(
      patch, on: trees,
      [
        { question in
          #expect(question.subject == .file(["a/lamp.c", "b/lamp.c"]))
          return .file("b/lamp.c")
        }
      ])
    #expect(outcome.applies && outcome.files[0].verdict == .relocated)
    #expect(result(outcome, "b/lamp.c") == StrategyTests.patched(StrategyTests.fix))
    #expect(outcome.adaptationNote == "moved to b/lamp.c")
    for lost in ["c/lamp.c", "../lamp.c", ""] {
      #expect(try !answered(patch, on: trees, [{ _ in .file(lost) }]).applies)
    }
    let left = try answered(patch, on: trees, [{ _ in .leaveOut }])
    #expect(!left.applies && !left.hasQuestions)
  }

  // MARK: What is kept

  @Test func decisionsAreReadAsTheyWereWritten() {
    let all: [Decision] = [
      .position(0), .position(7), .noPosition, .lines([]), .lines(Array("a\n\nb".utf8)),
      .edit(3..<3, [0, 10, 255]),
      .edit(0..<9, []), .file("a b/c.c"), .leaveOut,
    ]
    for decision in all { #expect(Decision(decision.bytes) == decision) }
    for text in [
      "", "position", "position x\n", "position -1\n", "edit 3 2\n", "edit 1\n", "lines 1\n",
      "no\n",
    ] {
      #expect(Decision(Array(text.utf8)) == nil, "\(text)")
    }
  }

  @Test func decisionsAreReadOffTheFileThatWasEdited() throws {
    let marked =
      "a\n<<<<<<< the tree\nx\n=======\ny\n>>>>>>> p\nb\n<<<<<<< the tree\n=======\nz\n>>>>>>> p\n"
    func decide(_ text: String) -> [String?] {
      MarkedConflict.decisions(marked: Array(marked.utf8), resolved: Array(text.utf8))
        .map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }
    #expect(decide("a\nxy\nb\nz\n") == ["xy\n", "z\n"])
    #expect(decide("a\nb\n") == ["", ""])
    #expect(decide(marked) == [nil, nil])
    #expect(decide("other\n") == [nil, nil])
  }
}
