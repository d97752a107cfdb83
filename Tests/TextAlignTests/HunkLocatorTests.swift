// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing
import TextAlign

/// The classics of misplacement: each gets its one position, or is refused with its positions named.
@Suite struct HunkLocatorTests {
  private func text(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }

  /// A hunk that puts `added` after the first line of `context`.
  private func hunk(
    _ context: [String], adding added: [String] = ["new"], at stated: Int, heading: String = "",
    isAtStart: Bool = false, isAtEnd: Bool = false
  ) -> HunkShape {
    let post = [context[0]] + added + context.dropFirst()
    return HunkShape(
      preImage: text(context), preCount: context.count, postImage: text(post),
      postCount: post.count, statedLine: stated, isAtStart: isAtStart, isAtEnd: isAtEnd,
      preImageEndsFile: false, heading: Array(heading.utf8), addsLines: !added.isEmpty)
  }

  private func locate(_ hunks: [HunkShape], in lines: [String]) -> [Placement] {
    let placements = HunkLocator(target: LineTable(text(lines))).locate(hunks)
    // Of a file with millions of lines, every eighth start is recorded.
    let sparse = LineTable(text(lines), many: 0)
    #expect(HunkLocator(target: sparse).locate(hunks) == placements)
    return placements
  }

  /// Two functions with the same body.
  private let twins = [
    "int a(void)", "{", "\tx();", "\ty();", "\tz();", "}", "",
    "int b(void)", "{", "\tx();", "\ty();", "\tz();", "}", "",
  ]

  @Test func theStatedLineIsTaken() {
    #expect(
      locate([hunk(["\tx();", "\ty();", "\tz();"], at: 9)], in: twins)
        == [.placed(line: 9, evidence: .stated)])
  }

  @Test func aTieIsRefusedWithItsPlaces() throws {
    let placement = locate([hunk(["\tx();", "\ty();", "\tz();"], at: 5)], in: twins)[0]
    guard case .ambiguous(let positions) = placement else {
      Issue.record("\(placement)")
      return
    }
    #expect(positions.map(\.line) == [2, 9])
    #expect(
      positions.map { String(decoding: $0.heading, as: UTF8.self) } == [
        "int a(void)", "int b(void)",
      ])
  }

  @Test(arguments: [("int a(void)", 2), ("int b(void)", 9)])
  func theNamedFunctionDecides(_ heading: String, _ line: Int) {
    #expect(
      locate([hunk(["\tx();", "\ty();", "\tz();"], at: 5, heading: heading)], in: twins)
        == [.placed(line: line, evidence: .function)])
  }

  @Test func theStatedLineInAnotherFunctionIsADoubt() {
    let placement = locate(
      [hunk(["\tx();", "\ty();", "\tz();"], at: 2, heading: "int b(void)")], in: twins)[0]
    guard case .ambiguous(let positions) = placement else {
      Issue.record("\(placement)")
      return
    }
    #expect(positions.map(\.line) == [2, 9])
  }

  @Test func neighboursAtTheirStatedLinesEndThatDoubt() {
    let hunks = [
      hunk(["int a(void)", "{"], at: 0),
      hunk(["\tx();", "\ty();", "\tz();"], at: 2, heading: "int b(void)"),
    ]
    #expect(
      locate(hunks, in: twins) == [
        .placed(line: 0, evidence: .stated), .placed(line: 2, evidence: .neighbours),
      ])
  }

  @Test func aFunctionThatIsNotThereSaysNothing() {
    let placement = locate(
      [hunk(["\tx();", "\ty();", "\tz();"], at: 5, heading: "int c(void)")], in: twins)[0]
    guard case .ambiguous = placement else {
      Issue.record("\(placement)")
      return
    }
  }

  @Test func twoEqualSwitchArmsAreATie() {
    let lines = [
      "f()", "switch (x) {", "case 1:", "\tgo();", "\tbreak;", "case 2:", "\tgo();", "\tbreak;",
      "}",
    ]
    guard
      case .ambiguous(let positions) = locate([hunk(["\tgo();", "\tbreak;"], at: 0)], in: lines)[0]
    else {
      Issue.record("no tie")
      return
    }
    #expect(positions.count == 2)
  }

  @Test func contextThatOccursThreeTimesIsATie() {
    let lines = Array(repeating: ["a", "b", "c", "-"], count: 3).flatMap { $0 }
    guard case .ambiguous(let positions) = locate([hunk(["a", "b", "c"], at: 1)], in: lines)[0]
    else {
      Issue.record("no tie")
      return
    }
    #expect(positions.map(\.line) == [0, 4, 8])
  }

  @Test func twoHunksWithTwoPlacesKeepTheirOrder() {
    // As in a real patch: equal texts in both hunks, shifted by one line.
    let hunks = [
      hunk(["\tx();", "\ty();", "\tz();"], at: 1), hunk(["\tx();", "\ty();", "\tz();"], at: 8),
    ]
    #expect(
      locate(hunks, in: twins) == [
        .placed(line: 2, evidence: .order), .placed(line: 9, evidence: .order),
      ])
  }

  @Test func theNeighboursShiftDecides() {
    let lines = ["1", "2", "first", "second"] + twins
    let hunks = [hunk(["first", "second"], at: 0), hunk(["\tx();", "\ty();", "\tz();"], at: 11)]
    #expect(
      locate(hunks, in: lines) == [
        .placed(line: 2, evidence: .unique), .placed(line: 13, evidence: .neighbours),
      ])
  }

  @Test func whatIsThereAlreadyIsNotAddedAgain() {
    let lines = ["a", "new", "b", "c"]
    #expect(locate([hunk(["a", "b", "c"], at: 0)], in: lines) == [.alreadyApplied(line: 0)])
  }

  /// The function that the header names does not have the result, and another one does.
  @Test func aResultInAnotherFunctionIsNotThisOne() {
    var lines = twins
    lines.insert("\tnew();", at: 3)
    lines[11] = "\tother();"
    func placement(_ heading: String) -> Placement {
      locate(
        [hunk(["\tx();", "\ty();", "\tz();"], adding: ["\tnew();"], at: 9, heading: heading)],
        in: lines)[0]
    }
    #expect(placement("int b(void)") == .absent(.notFound))
    #expect(placement("int a(void)") == .alreadyApplied(line: 2))
    // Without a header, or where the file does not have the function, it may have another name.
    #expect(placement("") == .alreadyApplied(line: 2))
    #expect(placement("int c(void)") == .alreadyApplied(line: 2))
    // A prototype of the function is not the function.
    lines.insert("int c(void);", at: 0)
    #expect(placement("int c(void)") == .alreadyApplied(line: 3))
  }

  @Test func aResultInOnePlaceAndTheTextInAnotherIsADoubt() {
    // The hunk was applied to the first twin; the second still looks like its pre-image.
    var lines = twins
    lines.insert("new", at: 3)
    let placement = locate([hunk(["\tx();", "\ty();", "\tz();"], at: 2)], in: lines)[0]
    guard case .ambiguous(let positions) = placement else {
      Issue.record("\(placement)")
      return
    }
    #expect(positions.map(\.image) == [.preImage, .postImage])
  }

  @Test func aRemovedLineThatIsElsewhereIsNotRemovedThere() {
    let shape = HunkShape(
      preImage: text(["a", "gone", "b"]), preCount: 3, postImage: text(["a", "b"]), postCount: 2,
      statedLine: 0, isAtStart: false, isAtEnd: false, preImageEndsFile: false, heading: [],
      addsLines: false)
    #expect(locate([shape], in: ["a", "b", "x", "gone", "y"]) == [.absent(.notFound)])
  }

  @Test func edgesAreKept() {
    #expect(
      locate([hunk(["a"], at: 0, isAtEnd: true)], in: ["a", "b"]) == [.absent(.notAtEdge)])
    #expect(
      locate([hunk(["a"], at: 0, isAtEnd: true)], in: ["b", "c", "a"])
        == [.placed(line: 2, evidence: .unique)])
    #expect(
      locate([hunk(["a"], at: 0, isAtStart: true)], in: ["b", "a"]) == [.absent(.notAtEdge)])
  }

  @Test func aLastLineWithoutNewlineEndsTheFile() {
    let shape = HunkShape(
      preImage: Array("a".utf8), preCount: 1, postImage: Array("b".utf8), postCount: 1,
      statedLine: 0, isAtStart: false, isAtEnd: true, preImageEndsFile: true, heading: [],
      addsLines: true)
    #expect(
      HunkLocator(target: LineTable(Array("a".utf8))).locate([shape])
        == [.placed(line: 0, evidence: .stated)])
    #expect(
      HunkLocator(target: LineTable(Array("a\n".utf8))).locate([shape]) == [.absent(.notAtEdge)])
  }

  @Test func aHunkWithoutContextNeedsTrust() {
    let shape = HunkShape(
      preImage: [], preCount: 0, postImage: text(["x"]), postCount: 1, statedLine: 2,
      isAtStart: false, isAtEnd: false, preImageEndsFile: false, heading: [], addsLines: true)
    let table = LineTable(text(["a", "b", "c"]))
    #expect(HunkLocator(target: table).locate([shape]) == [.absent(.noContext)])
    #expect(
      HunkLocator(target: table, trustsLineNumbers: true).locate([shape])
        == [.placed(line: 2, evidence: .stated)])
  }

  @Test func twoHunksOnTheSameLinesAreRefused() {
    let hunks = [hunk(["a", "b"], at: 0), hunk(["b", "c"], at: 1)]
    #expect(
      locate(hunks, in: ["a", "b", "c"]) == [
        .placed(line: 0, evidence: .stated), .absent(.overlaps),
      ])
  }

  @Test func labelsAreNoFunctions() {
    let table = LineTable(text(["static int f(void)", "{", "out:", "\tx();"]))
    #expect(table.heading(before: 3) == Array("static int f(void)".utf8))
    #expect(table.heading(before: 0) == [])
  }

  /// A text of equal lines has a position for a hunk at every line: the search is bounded, the answer a
  /// tie.
  @Test func endlessRepetitionIsATie() {
    let lines = Array(repeating: "x", count: 20_000)
    guard
      case .ambiguous(let positions) = locate(
        [hunk(["x", "x", "x"], at: 30_000)], in: lines)[0]
    else {
      Issue.record("no tie")
      return
    }
    #expect(positions.count >= 256)
  }

  /// Any hunk made from a text applies where it was made; and wherever it is placed in another text,
  /// its pre-image is there byte for byte.
  @Test(arguments: 0..<50) func placesAreAlwaysExact(_ round: Int) {
    var random = SeededRandom(seed: UInt64(round))
    let words = ["a", "b", "c", "{", "}", ""]
    func lines(_ count: Int) -> [String] {
      (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
    }
    for _ in 0..<40 {
      let base = lines(Int.random(in: 5...40, using: &random))
      let start = Int.random(in: 0..<(base.count - 3), using: &random)
      let count = Int.random(in: 1...min(7, base.count - start), using: &random)
      let context = Array(base[start..<(start + count)])
      let shape = hunk(context, at: start)
      #expect(locate([shape], in: base) == [.placed(line: start, evidence: .stated)])
      let other = lines(Int.random(in: 0...10, using: &random)) + base + lines(3)
      if case .placed(let line, _) = locate([shape], in: other)[0] {
        #expect(Array(other[line..<(line + count)]) == context)
      }
    }
  }

  /// After a few searches the lines of the file are sorted by their text; what is found stays the same.
  @Test(arguments: [2, 12, 400]) func manyHunksAreFoundAsOneIs(_ symbols: Int) {
    var random = SeededRandom(seed: UInt64(symbols))
    let lines = (0..<600).map { _ in "line \(Int.random(in: 0..<symbols, using: &random))" }
    var hunks: [HunkShape] = []
    for index in 0..<60 {
      let start = Int.random(in: 0..<(lines.count - 12), using: &random)
      var context = Array(lines[start..<(start + 12)])
      if index % 4 == 0 { context[Int.random(in: 0..<12, using: &random)] = "line 0" }
      if index % 9 == 0 { context[5] = "nowhere" }
      // Past the end of the file: only the text shows the position.
      hunks.append(hunk(context, at: 1000))
    }
    let table = LineTable(text(lines))
    let alone = hunks.map { HunkLocator(target: table).locate([$0])[0] }
    let together = HunkLocator(target: table).locate(hunks)
    #expect(HunkLocator(target: LineTable(table.bytes, many: 0)).locate(hunks) == together)
    var placed: Set<Int> = []
    for (one, other) in zip(alone, together) {
      switch (one, other) {
      // Neighbors decide ties, and keep hunks off each other's lines.
      case (.ambiguous, _), (.placed, .absent(.overlaps)): continue
      default: #expect(one == other)
      }
      if case .placed(let line, _) = one { placed.insert(line) }
    }
    #expect(placed.count > 10 && alone.contains(.absent(.notFound)))
  }
}

extension HunkLocator {
  /// The positions of the hunks of one file, in their order.
  fileprivate func locate(_ shapes: [HunkShape]) -> [Placement] {
    locate(count: shapes.count) { shapes[$0] }
  }
}
