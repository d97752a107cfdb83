// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import PatchFormat
import TestSupport
import Testing

/// A backport compared with its upstream patch.
@Suite struct PatchComparisonTests {
  private func files(_ text: String) -> [FilePatch] {
    PatchDocument(parsing: Array(text.utf8)).files
  }

  private func patch(
    _ path: String = "a.c", at line: Int = 10, context: String = "\ta();",
    removed: String = "\tb();",
    added: String = "\tc(1);"
  ) -> String {
    "--- a/\(path)\n+++ b/\(path)\n@@ -\(line),2 +\(line),2 @@ int f(void)\n \(context)\n-\(removed)\n+\(added)\n"
  }

  private func compare(_ a: String, _ b: String) -> PatchComparison {
    PatchComparison(upstream: files(a), backport: files(b))
  }

  @Test func contextAndLinesDoNotCount() {
    let same = compare(patch(), patch(at: 99))
    #expect(same.pairs.map(\.kind) == [.same] && same.isFaithful)
    let context = compare(patch(), patch(context: "\tother();"))
    #expect(context.pairs.map(\.kind) == [.context] && context.isFaithful)
    let moved = compare(patch("fs/a.c"), patch("fs/sub/a.c"))
    #expect(moved.pairs.map(\.kind) == [.context] && moved.pairs[0].backportPath == "fs/sub/a.c")
    let white = compare(patch(), patch(added: "        c( 1 );"))
    #expect(white.pairs.map(\.kind) == [.whitespace] && white.isFaithful)
  }

  @Test func codeThatDiffersIsShown() {
    let result = compare(patch(), patch(added: "\tc(2);"))
    #expect(result.pairs.map(\.kind) == [.code] && !result.isFaithful)
    #expect(result.pairs[0].difference == [" -\tb();", "-+\tc(1);", "++\tc(2);"])
  }

  @Test func hunksOfOneSideAlone() {
    let two = patch() + patch("other.c", removed: "\tx();", added: "\ty();")
    #expect(compare(two, patch()).pairs.map(\.kind) == [.same, .onlyUpstream])
    #expect(compare(patch(), two).pairs.map(\.kind) == [.same, .onlyBackport])
    #expect(!compare(two, patch()).isFaithful)
  }

  /// Equal hunks are paired before all others: hunks of few lines, functions and files, which are alike in many
  /// ways, have the same partners then.
  @Test(arguments: 0..<300) func equalHunksArePairedFirst(_ seed: Int) {
    var random = SeededRandom(seed: UInt64(seed) + 11)
    func side() -> [FilePatch] {
      let text = (0..<Int.random(in: 1...7, using: &random)).map { number in
        let path = ["a.c", "b/a.c", "c.c"].randomElement(using: &random) ?? ""
        let function = ["", " int f(void)", " int g(void)"].randomElement(using: &random) ?? ""
        let lines = (0..<Int.random(in: 0...3, using: &random)).map { _ in
          (["+", "-", "+ "].randomElement(using: &random) ?? "")
            + (["x();", "y();", "z();"].randomElement(using: &random) ?? "")
        }
        let old = 1 + lines.count { $0.hasPrefix("-") }
        let new = 1 + lines.count { $0.hasPrefix("+") }
        return
          "--- a/\(path)\n+++ b/\(path)\n@@ -\(number * 9 + 1),\(old) +\(number * 9 + 1),\(new) @@\(function)\n"
          + " same\n" + lines.map { "\($0)\n" }.joined()
      }
      return files(text.joined())
    }
    let (upstream, backport) = (side(), side())
    let quick = PatchComparison(upstream: upstream, backport: backport)
    let each = PatchComparison(upstream: upstream, backport: backport, pairsEqualFirst: false)
    #expect(quick.pairs == each.pairs)
  }

  @Test func aResultThatIsThrownAway() {
    let upstream = patch(added: "\terr = c(1);")
    #expect(
      compare(upstream, patch(added: "\tc(1);")).notes.map(\.reason)
        == ["the result of c is ignored, and upstream checks it"])
    #expect(compare(upstream, patch(added: "\tif (c(1))")).notes == [])
    #expect(compare(patch(), patch(added: "\tc(1);")).notes == [])
  }

  @Test func theCommandSaysHowFar() async throws {
    let scratch = try Scratch()
    try scratch.write("up.patch", patch())
    try scratch.write("same.patch", patch(at: 40))
    try scratch.write("other.patch", patch(added: "\tc(2);"))
    let same = try await patchkit("compare", "up.patch", "same.patch", in: scratch.path)
    #expect(
      same.code == 0
        && same.text == """
          a.c: line 10 upstream, line 40 in the backport (int f(void)): same
          the backport makes upstream's changes

          """
    )
    let other = try await patchkit("compare", "up.patch", "other.patch", in: scratch.path)
    #expect(other.code == 1)
    #expect(
      other.text
        == """
        a.c: line 10 upstream, line 10 in the backport (int f(void)): changed lines differ
           -\tb();
          -+\tc(1);
          ++\tc(2);
        (the first sign: - only upstream, + only in the backport; the second: the patch's own)
        the backport's changes differ from upstream's

        """
    )
    let style = try await patchkit(
      "compare", "--style", "stable", "up.patch", "same.patch", in: scratch.path)
    #expect(style.code == 1 && style.text.contains("[stable/origin]"))
    let wrong = try await patchkit(
      "compare", "--style", "none", "up.patch", "same.patch", in: scratch.path)
    #expect(wrong.code == 2)
  }
}
