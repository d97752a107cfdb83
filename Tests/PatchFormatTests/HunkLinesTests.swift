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

  private static let samples = [
    "@@ -3,3 +3,4 @@ int f(void)\n one\n-two\n+2\n+\n three\n",
    // A context line that lost its space.
    "@@ -1,4 +1,4 @@\n one\n\n-two\n+2\n three\n",
    "@@ -1,2 +1,2 @@\n one\n-two\n\\ No newline at end of file\n+2\n",
    "@@ -1,2 +1,2 @@\n one\n-two\n+2\n\\ No newline at end of file\n",
    "@@ -1 +1 @@\n one\n\\ No newline at end of file\n",
    "@@ -1 +0,0 @@\n-one\n",
    "@@ -0,0 +1,2 @@\n+one\n+two\n",
  ]

  @Test(arguments: samples, [HunkLine.Kind.removed, .added])
  func anImageIsFoundWhereItIsAndNowhereElse(text: String, side: HunkLine.Kind) throws {
    let hunk = try hunk(text)
    let lines = hunk.image(side)
    var image: [UInt8] = []
    for line in lines { image += hunk.content(of: line) + (line.hasNewline ? [0x0A] : []) }
    let before = Array("before\n".utf8)
    for (file, offset) in [(image, 0), (before + image, 7), (before + image + before, 7)] {
      let found = try #require(hunk.foundImage(side, in: file, at: offset))
      #expect(found.end == offset + image.count && found.lineCount == lines.count)
      #expect(found.endsFile == lines.last.map { !$0.hasNewline } ?? false)
      #expect(found.context.leading == hunk.leadingContext)
      #expect(found.context.trailing == hunk.trailingContext)
    }
    // Any byte that differs or is missing.
    for index in image.indices {
      var other = image
      other[index] ^= 1
      #expect(hunk.foundImage(side, in: other, at: 0) == nil)
      #expect(hunk.foundImage(side, in: Array(image[..<index]), at: 0) == nil)
    }
    #expect(hunk.foundImage(side, in: image, at: image.count + 1) == nil)
    #expect((hunk.foundImage(side, in: image, at: image.count) == nil) != image.isEmpty)
  }

  /// A program that only copies what a hunk adds can do with one empty line for each run of it.
  @Test(arguments: samples)
  func thePostImageIsRestoredFromAShortOne(text: String) throws {
    let hunk = try hunk(text)
    var image: [UInt8] = []
    var short: [UInt8] = []
    var before: HunkLine.Kind?
    for line in hunk.lines where line.kind != .noNewlineMarker {
      let own = hunk.content(of: line) + (line.hasNewline ? [0x0A] : [])
      if line.kind != .removed { image += own }
      switch line.kind {
      case .added where hunk.canBeShortened: if before != .added { short += [0x0A] }
      case .removed: break
      default: short += own
      }
      before = line.kind
    }
    let above = Array("above\n".utf8)
    for whole in [above + short, above + short + above] {
      var restored: [UInt8] = []
      #expect(hunk.restorePostImage(from: whole, at: 6) { restored += $0 } == 6 + short.count)
      #expect(restored == image)
    }
    for index in short.indices {
      var other = short
      other[index] ^= 1
      #expect(hunk.restorePostImage(from: other, at: 0) { _ in } == nil)
      #expect(hunk.restorePostImage(from: Array(short[..<index]), at: 0) { _ in } == nil)
    }
    #expect(hunk.restorePostImage(from: short, at: short.count + 1) { _ in } == nil)
  }

  /// A reversed hunk is read from the same bytes, whatever of it is set.
  @Test func aReversedHunkStaysReversed() throws {
    let hunk = try hunk(Self.samples[0])
    let reversed = hunk.reversed
    let lines = texts(reversed, reversed.lines)
    #expect(lines == ["context one", "removed 2", "removed ", "added two", "context three"])
    var other = reversed
    for section in ["", "int g(void)"] {
      other.section = Array(section.utf8)
      (other.oldStart, other.oldCount) = (7, 1 << 30)
      (other.newStart, other.newCount) = (8, 1 << 30)
      #expect(texts(other, other.lines) == lines && other.section == Array(section.utf8))
      #expect((other.oldStart, other.newStart) == (7, 8))
      #expect(other.oldCount == 1 << 30 - 1 && other.newCount == 1 << 30 - 1)
    }
    #expect(texts(reversed.removedFirst, reversed.removedFirst.lines) == lines)
    var file = FilePatch(dialect: .git, change: .modify, oldName: nil, newName: nil)
    file.hunks = [reversed]
    let ended = try #require(file.withLineEnds(.crlf).hunks.first)
    #expect(texts(ended, ended.lines) == lines.map { $0 + "\r" })
    #expect(file.lineEnds == .lf)
    // Reversed twice it is the hunk again.
    #expect(texts(reversed.reversed, reversed.reversed.lines) == texts(hunk, hunk.lines))
  }

  /// What a reader of a shortened patch sees: the same positions and pre-images, and a line for each run.
  @Test func aShortenedPatchIsSound() throws {
    let text =
      Self.samples[0] + "@@ -20,2 +21,4 @@\n-1\n+a\n+b\n+c\n 2\n"
      + "@@ -30,3 +33,6 @@\n+a\n 1\n+b\n+c\n-2\n+d\n 3\n" + "@@ -40,2 +46 @@\n 1\n-2\n"
    let document = PatchDocument(parsing: Array(("--- a/f\n+++ b/f\n" + text).utf8))
    let file = try #require(document.files.first)
    #expect(document.diagnostics.isEmpty && file.hunks.count == 4)
    let paths = FilePatch.Paths(old: Array("f".utf8), new: Array("f".utf8))
    let short = PatchDocument(parsing: file.printedAsGit(paths: paths, shortensAdditions: true))
    #expect(short.diagnostics.isEmpty)
    let hunks = try #require(short.files.first).hunks
    #expect(hunks.map(\.oldStart) == [3, 20, 30, 40] && hunks.map(\.oldCount) == [3, 2, 3, 2])
    // Two, three and four lines are one, one and three: each hunk moves up by what those before lack.
    #expect(hunks.map(\.newStart) == [3, 20, 30, 42] && hunks.map(\.newCount) == [3, 2, 5, 1])
    for (own, other) in zip(hunks, file.hunks) {
      #expect(
        own.image(.removed).map { Array(own.content(of: $0)) }
          == other.image(.removed).map { Array(other.content(of: $0)) })
      #expect(own.lines.filter { $0.kind == .added }.allSatisfy { own.content(of: $0).isEmpty })
    }
    // Hunks that cannot be shortened are written whole, and move up all the same.
    var mixed = file
    mixed.hunks = [
      file.hunks[0], file.hunks[3].reversed,
      try hunk("@@ -50 +52,2 @@\n-1\n+a\n+b\n\\ No newline at end of file\n"),
    ]
    let read = PatchDocument(parsing: mixed.printedAsGit(paths: paths, shortensAdditions: true))
    let others = try #require(read.files.first).hunks
    #expect(read.diagnostics.isEmpty)
    #expect(others.map(\.newStart) == [3, 39, 51] && others.map(\.newCount) == [3, 2, 2])
    #expect(others.dropFirst().map(\.addedCount) == [1, 2])
    #expect(
      texts(others[2], others[2].lines).suffix(2) == [
        "added b", "noNewlineMarker  No newline at end of file",
      ])
  }

  /// A patch may have a million hunks.
  @Test func aHunkIsSmall() { #expect(MemoryLayout<Hunk>.stride <= 32) }
}
