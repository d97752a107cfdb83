// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import PatchFormat
import TestSupport
import Testing

/// A backport beside its upstream patch.
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
        == ["the result of c is thrown away, and upstream looks at it"])
    #expect(compare(upstream, patch(added: "\tif (c(1))")).notes == [])
    #expect(compare(patch(), patch(added: "\tc(1);")).notes == [])
  }

  private func findings(_ style: TrailerStyle, _ message: String) -> [String] {
    let document = PatchDocument(parsing: Array((message + patch()).utf8))
    let own = document.messages[0]
    return style.findings(on: own.description(), fields: own.fields.map { "\($0.name)" }).map(
      \.rule)
  }

  @Test func everyStyleHasItsRulesBothWays() {
    let id = String(repeating: "ab12", count: 10)
    let head = "From: A <a@b.c>\nSubject: [PATCH] x: y\n\n"
    let signed = "Signed-off-by: A <a@b.c>\n"
    #expect(findings(.stable, head + "Text.\n\n") == ["stable-upstream", "stable-sign-off"])
    #expect(findings(.stable, head + "commit \(id) upstream.\n\nText.\n\n" + signed) == [])
    #expect(findings(.stable, head + "[ Upstream commit \(id) ]\n\n" + signed) == [])
    #expect(
      findings(.ubuntu, head + "Text.\n\n")
        == ["ubuntu-bug", "ubuntu-provenance", "ubuntu-sign-off"])
    #expect(
      findings(
        .ubuntu,
        head + "BugLink: https://b/1\n\nText.\n\n(cherry picked from commit \(id))\n" + signed)
        == [])
    #expect(
      findings(.android, head + "Text.\n\n" + signed)
        == ["android-tag", "android-bug", "android-change-id"])
    #expect(
      findings(
        .android,
        "From: A <a@b.c>\nSubject: [PATCH] UPSTREAM: x: y\n\nText.\n\nBug: 1\nChange-Id: I1\n"
          + "(cherry picked from commit \(id))\n" + signed) == [])
    #expect(findings(.rhel, head + "Text.\n\n" + signed) == ["rhel-ticket", "rhel-commit"])
    #expect(
      findings(.rhel, head + "JIRA: https://i/RHEL-1\n\ncommit \(id)\nAuthor: B\n\n" + signed) == []
    )
    #expect(findings(.suse, head + "Text.\n\n" + signed).contains("suse-mainline"))
    #expect(
      findings(
        .suse,
        "From: A <a@b.c>\nSubject: x: y\nPatch-mainline: v6.1\nGit-commit: \(id)\nReferences: bsc#1\n\nText.\n\n"
          + signed) == [])
    #expect(
      findings(.debian, "Description: x\nOrigin: upstream, https://c\n\n") == [])
    #expect(findings(.debian, "Description: x\n\n").contains("debian-origin"))
  }

  @Test func theCommandSaysHowFar() async throws {
    let scratch = try Scratch()
    try scratch.write("up.patch", patch())
    try scratch.write("same.patch", patch(at: 40))
    try scratch.write("other.patch", patch(added: "\tc(2);"))
    let same = try await patchkit("compare", "up.patch", "same.patch", in: scratch.path)
    #expect(
      same.code == 0 && same.text == "a.c:10/40 (int f(void)): same\nno changed line differs\n")
    let other = try await patchkit("compare", "up.patch", "other.patch", in: scratch.path)
    #expect(other.code == 1)
    #expect(
      other.text
        == "a.c:10/10 (int f(void)): code\n   -\tb();\n  -+\tc(1);\n  ++\tc(2);\nchanged lines differ\n"
    )
    let style = try await patchkit(
      "compare", "--style", "stable", "up.patch", "same.patch", in: scratch.path)
    #expect(style.code == 1 && style.text.contains("[stable-upstream]"))
    let wrong = try await patchkit(
      "compare", "--style", "none", "up.patch", "same.patch", in: scratch.path)
    #expect(wrong.code == 2)
  }
}
