// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing
import TextAlign

@Suite struct SequenceDiffTests {
  /// The length of the longest common subsequence, by the textbook.
  private func longest(_ a: [Int], _ b: [Int]) -> Int {
    var row = [Int](repeating: 0, count: b.count + 1)
    for x in a {
      var diagonal = 0
      for (index, y) in b.enumerated() {
        let above = row[index + 1]
        row[index + 1] = x == y ? diagonal + 1 : max(above, row[index])
        diagonal = above
      }
    }
    return row.last ?? 0
  }

  @Test func partnersAreEqualAndRise() {
    var random = SeededRandom(seed: 1)
    for round in 0..<2000 {
      let symbols = round % 2 == 0 ? 3 : 40
      let a = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Int.random(in: 0..<symbols, using: &random)
      }
      let b = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Int.random(in: 0..<symbols, using: &random)
      }
      let partners = SequenceDiff().partners(a, b)
      #expect(partners.count == a.count)
      let pairs = partners.enumerated().compactMap { index, partner in partner.map { (index, $0) } }
      for (index, partner) in pairs { #expect(a[index] == b[partner]) }
      for (first, second) in zip(pairs, pairs.dropFirst()) { #expect(first.1 < second.1) }
    }
  }

  /// Without an element that is once on both sides, it is Myers' diff and finds the longest.
  @Test func withoutAnchorsItIsTheShortestEdit() {
    var random = SeededRandom(seed: 2)
    for _ in 0..<1000 {
      let a = (0..<30).map { _ in Int.random(in: 0..<2, using: &random) }
      let b = (0..<30).map { _ in Int.random(in: 0..<2, using: &random) }
      let found = SequenceDiff().partners(a, b).compactMap(\.self).count
      #expect(found == longest(a, b))
    }
  }

  @Test func uniqueElementsAreAnchors() {
    // The braces repeat; the names do not, and keep them apart.
    let partners = SequenceDiff().partners([1, 9, 2, 9, 3], [2, 9, 3, 1, 9])
    #expect(partners == [nil, nil, 0, 1, 2])
  }

  @Test func aPartWithTooManyEditsCountsAsDifferent() {
    let a = (0..<300).map { $0 % 2 }
    let b = (0..<300).map { 2 + $0 % 2 } + a
    #expect(SequenceDiff(mostEdits: 10).partners(a, b + [7]).allSatisfy { $0 == nil })
    #expect(SequenceDiff(mostEdits: 1000).partners(a, b + [7]).allSatisfy { $0 != nil })
  }

  /// The lines of two files have the partners that their texts have, whichever way large files are compared.
  @Test(arguments: [0, Int.max]) func linesOfFilesHaveThePartnersOfTheirTexts(fewest: Int) {
    var random = SeededRandom(seed: 3)
    var moved = 0
    for round in 0..<400 {
      let symbols = round % 2 == 0 ? 8 : 60
      var old = (0..<60).map { _ in "line \(Int.random(in: 0..<symbols, using: &random))\n" }
      // Lines that occur once, some of them elsewhere in the other file.
      for line in stride(from: 0, to: 60, by: 4) { old[line] = "once \(line)\n" }
      var new = old
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let line = Int.random(in: new.indices, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: new[line] = "changed\n"
        case 1: new.remove(at: line)
        default: new.insert("line 1\n", at: line)
        }
      }
      if round % 3 == 0 {
        new.swapAt(5, 40)
        new.swapAt(8, 44)
        moved += 1
      }
      let tables = [old, new].map { LineTable(Array($0.joined().utf8)) }
      let texts = [old, new].map { $0.map { LineText(Array($0.utf8)) } }
      let diff = SequenceDiff(fewestOfLarge: fewest)
      #expect(Array(diff.partners(tables[0], tables[1])) == diff.partners(texts[0], texts[1]))
    }
    #expect(moved > 0)
  }
}

@Suite struct WordMergeTests {
  private func merge(_ base: String, _ ours: String, _ theirs: String) -> String? {
    WordMerge.merge(base: Array(base.utf8), ours: Array(ours.utf8), theirs: Array(theirs.utf8))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func changesOfDifferentWordsAreBothKept() {
    #expect(
      merge("ret = f(inode, pos);\n", "err = f(inode, pos);\n", "ret = f(inode, pos, 1);\n")
        == "err = f(inode, pos, 1);\n")
  }

  @Test func changesSideBySideAreNoConflict() {
    #expect(merge("a b c d\n", "x b c d\n", "a y c d\n") == "x y c d\n")
    #expect(merge("a b\n", "a x\n", "y b\n") == "y x\n")
  }

  /// A line gets its newline from whoever changed that, and once.
  @Test func aNewlineAtTheEndIsNoWord() {
    #expect(merge("int b; // 4", "int b;\n", "int b; // 4\n") == "int b;\n")
    #expect(merge("a b", "a x", "a b\n") == "a x\n")
    #expect(merge("a b\n", "a x\n", "a b") == "a x")
    #expect(merge("a b", "x b\n", "a b") == "x b\n")
    #expect(merge("\n", "\n", "\n") == "\n")
  }

  @Test func theSameWordChangedInTwoWaysIsAConflict() {
    #expect(merge("a b c\n", "a x c\n", "a y c\n") == nil)
    #expect(merge("f(a);\n", "f(a, b);\n", "f(a, c);\n") == nil)
  }

  @Test func theSameChangeIsMadeOnce() {
    #expect(merge("a b c\n", "a x c\n", "a x c\n") == "a x c\n")
  }

  @Test func aMergeWithNoChangeOnOneSideIsTheOther() {
    var random = SeededRandom(seed: 3)
    let words = ["a", "b", " ", "(", ")", "foo", "\t", ";"]
    for _ in 0..<500 {
      func text() -> String {
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
          words.randomElement(using: &random) ?? ""
        }.joined()
      }
      let (base, other) = (text(), text())
      #expect(merge(base, base, other) == other)
      #expect(merge(base, other, base) == other)
      #expect(merge(base, other, other) == other)
    }
  }
}
