// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// What has to hold for any edit: over generated files, edits and drift, the same for a seed.
@Suite struct BackportPropertyTests {
  /// A file of functions whose lines repeat as kernel code's do: some are telling, many are not.
  private static func source(_ random: inout SeededRandom) -> [String] {
    var lines = ["#include <linux/kernel.h>", ""]
    for number in 0..<Int.random(in: 4...9, using: &random) {
      lines += ["static int step\(number)(struct lamp *lamp)", "{", "\tint ret;", ""]
      for _ in 0..<Int.random(in: 3...14, using: &random) {
        lines.append(line(&random))
      }
      lines += ["\treturn ret;", "}", ""]
    }
    return lines
  }

  private static func line(_ random: inout SeededRandom) -> String {
    let idioms = ["\tif (ret)", "\t\treturn ret;", "", "\t}", "\t\tgoto out;", "\tret = 0;"]
    if Int.random(in: 0..<3, using: &random) == 0 {
      return idioms.randomElement(using: &random) ?? ""
    }
    let verbs = ["read", "write", "lock", "unlock", "commit", "reset", "probe", "notify"]
    let verb = verbs.randomElement(using: &random) ?? ""
    return "\tret = lamp_\(verb)(lamp, \(Int.random(in: 0..<30, using: &random)));"
  }

  private struct Edit {
    var range: Range<Int>
    var lines: [String]

    init(in count: Int, _ random: inout SeededRandom) {
      let start = Int.random(in: 2..<(count - 4), using: &random)
      let removed = Int.random(in: 0...3, using: &random)
      range = start..<(start + removed)
      lines = (0..<Int.random(in: removed == 0 ? 1...3 : 0...3, using: &random)).map { _ in
        // Never a line that the tree has somewhere: the result would be no new meaning.
        "\tlamp_new(lamp, \(Int.random(in: 1000..<1_000_000, using: &random)));"
      }
    }
  }

  private static func text(_ lines: [String], _ edits: [Edit]) -> String {
    var lines = lines
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      lines.replaceSubrange(edit.range, with: edit.lines)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private struct Round {
    var base: String
    var fixed: String
    var patch: String
    /// The base with edits elsewhere.
    var target: String
    /// The base with all edits.
    var both: String
  }

  private static func rounds(_ count: Int, distance: Int, seed: UInt64) async throws -> [Round] {
    var random = SeededRandom(seed: seed)
    let scratch = try Scratch()
    var rounds: [Round] = []
    while rounds.count < count {
      let lines = source(&random)
      let edit = Edit(in: lines.count, &random)
      var drift: [Edit] = []
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let other = Edit(in: lines.count, &random)
        let near = (other.range.lowerBound - distance)...(other.range.upperBound + distance)
        let isFree = (drift + [edit]).allSatisfy {
          !near.overlaps($0.range.lowerBound...$0.range.upperBound)
        }
        if isFree { drift.append(other) }
      }
      let (base, fixed) = (text(lines, []), text(lines, [edit]))
      if base == fixed || drift.isEmpty { continue }
      try scratch.write("a/lamp.c", base)
      try scratch.write("b/lamp.c", fixed)
      let made = try await git(
        "diff", "--no-index", "--no-prefix", "a/lamp.c", "b/lamp.c", in: scratch.path)
      rounds.append(
        Round(
          base: base, fixed: fixed, patch: made.text, target: text(lines, drift),
          both: text(lines, drift + [edit])))
    }
    return rounds
  }

  private func backport(
    _ patch: String, to text: String, accept: Confidence, base: String? = nil
  ) throws -> PatchOutcome {
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: accept))
    let tree = MemoryTree(["lamp.c": text])
    return try #require(
      try SeriesSession(on: tree, base: base.map { MemoryTree(["lamp.c": $0]) }).apply(queue)
        .patches.first)
  }

  private func result(_ outcome: PatchOutcome) -> String? {
    outcome.changes.first?.after.map { String(decoding: $0.content, as: UTF8.self) }
  }

  @Test func anEditsPatchGoesOnItsOwnBaseExactly() async throws {
    for round in try await Self.rounds(150, distance: 0, seed: 11) {
      for accept in [Confidence.certain, .likely, .doubtful] {
        let outcome = try backport(round.patch, to: round.base, accept: accept)
        #expect(outcome.verdict == .exact, "\(round.patch)")
        #expect(result(outcome) == round.fixed, "\(round.patch)")
      }
    }
  }

  /// Drift that comes as near as the line next to the edit: the meaning stays, or the patch is refused.
  @Test(arguments: [1, 3])
  func afterEditsElsewhereTheMeaningStaysOrItIsRefused(_ distance: Int) async throws {
    var applied = 0
    let rounds = try await Self.rounds(250, distance: distance, seed: UInt64(20 + distance))
    for round in rounds {
      let outcome = try backport(round.patch, to: round.target, accept: .likely)
      guard let text = result(outcome) else {
        #expect(outcome.changes.isEmpty)
        continue
      }
      applied += 1
      #expect(text == round.both, "\(round.patch)\non\n\(round.target)\ngave\n\(text)")
    }
    #expect(applied * 10 >= rounds.count * 8, "only \(applied) of \(rounds.count) were applied")
  }

  @Test func withThePreImageMoreIsSureAndNoneIsWrong() async throws {
    var (alone, withBase) = (0, 0)
    for round in try await Self.rounds(200, distance: 1, seed: 31) {
      if result(try backport(round.patch, to: round.target, accept: .likely)) != nil { alone += 1 }
      let outcome = try backport(
        round.patch, to: round.target, accept: .likely, base: round.base)
      guard let text = result(outcome) else { continue }
      withBase += 1
      #expect(text == round.both, "\(round.patch)\non\n\(round.target)\ngave\n\(text)")
    }
    #expect(withBase >= alone)
  }

  /// Whatever strategy it took: git takes the adapted patch at its stated lines and makes the same file,
  /// and a second run makes the same patch.
  @Test func gitTakesTheAdaptedPatchAndItIsTheSameEveryTime() async throws {
    let scratch = try Scratch()
    for round in try await Self.rounds(60, distance: 1, seed: 41) {
      let outcome = try backport(round.patch, to: round.target, accept: .plausible)
      guard let text = result(outcome), let patch = try outcome.adaptedPatch() else { continue }
      try scratch.write("lamp.c", round.target)
      let made = try await git("apply", "--verbose", "-", in: scratch.path, input: patch)
      #expect(made.code == 0, "\(made.errors)\n\(String(decoding: patch, as: UTF8.self))")
      #expect(!made.errors.contains("offset"), "\(made.errors)")
      #expect(String(decoding: try scratch.read("lamp.c"), as: UTF8.self) == text)
      let again = try backport(round.patch, to: round.target, accept: .plausible)
      #expect(try again.adaptedPatch() == patch)
    }
  }
}
