// SPDX-License-Identifier: GPL-2.0-only

import Testing
import TextAlign

/// What a merge does with each kind of change, and what it refuses.
@Suite struct HunkMergeTests {
  private func lines(_ text: String) -> [LineText] {
    let table = LineTable(Array(text.utf8))
    return (0..<table.count).map { LineText(Array(table.bytes[table.range(of: $0)])) }
  }

  /// The lines of a hunk's body.
  private func script(_ body: String) -> ChangeScript {
    ChangeScript(
      body.split(separator: "\n").map { line in
        let text = LineText(Array("\(line.dropFirst())\n".utf8))
        return switch line.first {
        case "+": .added(text)
        case "-": .removed(text)
        default: .context(text)
        }
      })
  }

  private func merge(
    _ body: String, onto target: String, _ tolerance: Tolerance = .words
  ) throws -> (result: String?, evidence: MergeEvidence?, reason: HunkMerge.Reason?) {
    let script = script(body)
    let all = lines(target)
    let index = LineIndex(all)
    let found = try #require(
      HunkAligner(index, tolerance: tolerance).alignments(of: script.base, expected: 0).first)
    switch HunkMerge(script, found.partners, in: index).merge() {
    case .conflict(_, let reason): return (nil, nil, reason)
    case .merged(let edits, let evidence):
      var result: [UInt8] = []
      var next = 0
      for edit in edits {
        result += all[next..<edit.range.lowerBound].flatMap(\.bytes)
        result += edit.replacement.flatMap(\.bytes)
        next = edit.range.upperBound
      }
      result += all[next...].flatMap(\.bytes)
      return (String(decoding: result, as: UTF8.self), evidence, nil)
    }
  }

  @Test func anAdditionGoesBetweenItsNeighbors() throws {
    let made = try merge(
      " first_line();\n+added_line();\n second_line();", onto: "first_line();\nsecond_line();\n")
    #expect(made.result == "first_line();\nadded_line();\nsecond_line();\n")
    #expect(made.evidence?.tight == 1 && made.evidence?.oneSided == 0)
  }

  @Test func anAdditionIsHeldByOneNeighborWhereTheOtherIsGone() throws {
    let made = try merge(
      " first_line();\n second_line();\n+added_line();\n third_line();",
      onto: "first_line();\nsecond_line();\nunrelated_thing(with, arguments);\n")
    #expect(
      made.result
        == "first_line();\nsecond_line();\nadded_line();\nunrelated_thing(with, arguments);\n")
    #expect(made.evidence?.oneSided == 1 && made.evidence?.tight == 0)
  }

  /// Both additions stay, the target's own first or last as the lines around say.
  @Test func bothAdditionsAtOnePositionStay() throws {
    let made = try merge(
      " lamp_prepare(lamp);\n+lamp_count(lamp);\n lamp_commit(lamp, level);",
      onto: "lamp_prepare(lamp);\ntrace(level);\nlamp_commit(lamp, level);\n")
    let result = try #require(made.result)
    #expect(result.contains("lamp_count(lamp);\n") && result.contains("trace(level);\n"))
    #expect((made.evidence?.anchored ?? 0) + (made.evidence?.weaklyAnchored ?? 0) == 1)
  }

  @Test func removalsAreCountedByHowTheyAreFound() throws {
    let same = try merge(
      " first_line();\n-lamp_remove(lamp, level);\n last_line();",
      onto: "first_line();\nlamp_remove(lamp, level);\nlast_line();\n")
    #expect(same.result == "first_line();\nlast_line();\n" && same.evidence?.removedSame == 1)
    let blanks = try merge(
      " first_line();\n-lamp_remove(lamp, level);\n last_line();",
      onto: "first_line();\nlamp_remove( lamp,  level );\nlast_line();\n")
    #expect(blanks.result == "first_line();\nlast_line();\n" && blanks.evidence?.removedBlanks == 1)
    let like = try merge(
      " first_line();\n-lamp_remove(lamp, level);\n last_line();",
      onto: "first_line();\nlamp_remove(lamp, other);\nlast_line();\n")
    #expect(like.result == "first_line();\nlast_line();\n" && like.evidence?.removedLike == 1)
    #expect((like.evidence?.leastLikeness ?? 1) < 1)
    let gone = try merge(
      " first_line();\n-lamp_remove(lamp, level);\n last_line();",
      onto: "first_line();\nlast_line();\n")
    #expect(gone.evidence?.gone.count == 1 && gone.evidence?.removedGone == 0)
    let replaced = try merge(
      " first_line();\n-lamp_remove(lamp, level);\n+lamp_add_again(level);\n last_line();",
      onto: "first_line();\nlast_line();\n")
    #expect(replaced.evidence?.removedGone == 1)
  }

  @Test func twoChangesOfOneLineAreMergedWordByWord() throws {
    let made = try merge(
      " first_line();\n-\tret = lamp_write(lamp, level, 0);\n+\tret = lamp_store(lamp, level, 0);\n last_line();",
      onto: "first_line();\n\tret = lamp_write(lamp, level, flags);\nlast_line();\n")
    #expect(
      made.result == "first_line();\n\tret = lamp_store(lamp, level, flags);\nlast_line();\n")
    #expect(made.evidence?.wordMerges == 1)
  }

  @Test func theSameWordsChangedTwiceAreAConflict() throws {
    let made = try merge(
      " first_line();\n-\tret = lamp_write(lamp, level, 0);\n+\tret = lamp_store(lamp, level, 0);\n last_line();",
      onto: "first_line();\n\tret = lamp_commit(lamp, level, 0);\nlast_line();\n")
    #expect(made.result == nil && made.reason == .sameWords)
  }

  @Test func whatIsThereAlreadyIsNotMadeAgain() throws {
    let made = try merge(
      " first_line();\n+added_line();\n second_line();",
      onto: "first_line();\nadded_line();\nsecond_line();\n")
    #expect(made.result == "first_line();\nadded_line();\nsecond_line();\n")
    #expect(made.evidence?.alreadyThere == 1)
  }

  /// A change beyond the last line that was found has nothing to hold it.
  @Test func aChangeWithoutNeighborsIsAConflict() throws {
    let made = try merge(
      " first_line();\n second_line();\n gone_altogether(a, b);\n-removed_line(c, d);\n also_gone(e, f);",
      onto: "first_line();\nsecond_line();\n")
    #expect(made.result == nil && made.reason == .noAnchor)
  }

  /// Added lines take the indent that the lines around them have in the target.
  @Test func additionsAreIndentedAsTheTargetIs() throws {
    let made = try merge(
      " \tfirst_line();\n+\tadded_line();\n \tsecond_line();",
      onto: "\t\tfirst_line();\n\t\tsecond_line();\n")
    #expect(made.result == "\t\tfirst_line();\n\t\tadded_line();\n\t\tsecond_line();\n")
    #expect(made.evidence?.reindented == 1)
  }
}
