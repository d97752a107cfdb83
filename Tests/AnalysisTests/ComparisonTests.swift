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
