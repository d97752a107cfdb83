// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// `patchkit backport --with-prerequisites`: upstream commits that a patch needs on a tree.
@Suite struct PrerequisiteTests {
  /// `up` with a helper, a change of context, an unrelated commit and a fix that needs the first two; `own`, a
  /// clone whose branch `work` has none of them.
  private func repositories() async throws -> Scratch {
    let scratch = try Scratch()
    var header = (1...40).map { "int line_\($0)(void);\n" }
    var values = Dictionary(uniqueKeysWithValues: (1...30).map { ($0, "a + \($0)") })
    func commit(_ message: String) async throws {
      try scratch.write("up/h.h", header.joined())
      let functions = (1...30).map {
        "int fun_\($0)(int a)\n{\n\treturn \(values[$0] ?? "");\n}\n\n"
      }
      try scratch.write("up/f.c", "#include \"h.h\"\n" + functions.joined())
      _ = try await git("add", "-A", in: scratch.file("up"))
      let made = try await git("commit", "-qm", message, in: scratch.file("up"))
      #expect(made.code == 0, "\(made.errors)")
    }
    _ = try await git("init", "-q", "-b", "main", "up", in: scratch.path)
    try await commit("base")
    _ = try await git("tag", "base", in: scratch.file("up"))
    header.insert("int helper(int a);\n", at: 4)
    try await commit("h: add helper")
    values[7] = "a + 70"
    try await commit("f: change seven")
    values[20] = "a + 21"
    try await commit("f: unrelated")
    values[8] = "helper(a)"
    values[7] = "a + 71"
    try await commit("f: use helper")
    _ = try await git("tag", "fix", in: scratch.file("up"))
    values[25] = "a + 26"
    try await commit("f: change twenty-five")
    _ = try await git("clone", "-q", "up", "own", in: scratch.path)
    _ = try await git("checkout", "-q", "-b", "work", "base", in: scratch.file("own"))
    return scratch
  }

  @Test func theFewestCommitsAreAppliedFirst() async throws {
    let scratch = try await repositories()
    let alone = try await patchkit(
      "backport", "--onto", "own@work", "--branch", "x", "--upstream", "up", "fix", in: scratch.path
    )
    #expect(alone.code == 1)
    let made = try await patchkit(
      "backport", "--onto", "own@work", "--branch", "x", "--upstream", "up", "--with-prerequisites",
      "--yes", "fix", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    #expect(made.errors.contains("brings helper\n"))
    let subjects = try await git("log", "--format=%s", "work..x", in: scratch.file("own")).text
    #expect(subjects == "f: use helper\nf: change seven\nh: add helper\n")
    let fix = try await git("rev-parse", "fix", in: scratch.file("up")).line.prefix(12)
    let message = try await git("log", "-1", "--format=%b", "x~1", in: scratch.file("own")).line
    #expect(message.contains("Stable-dep-of: \(fix) (\"f: use helper\")"))
    let content = try await git("show", "x:f.c", in: scratch.file("own")).text
    #expect(content.contains("return helper(a);") && content.contains("return a + 20;"))
  }

  @Test func nothingIsAppliedUnlessTheUserAgrees() async throws {
    let scratch = try await repositories()
    let result = try await patchkit(
      "backport", "--onto", "own@work", "--branch", "x", "--upstream", "up", "--with-prerequisites",
      "fix", in: scratch.path)
    #expect(result.code == 1)
    #expect(result.errors.contains("2 upstream commits would come first"))
    #expect(result.errors.contains("add --yes to apply them first"))
    let branch = try await git("rev-parse", "--verify", "x", in: scratch.file("own"))
    #expect(branch.code != 0)
  }

  /// The proposal as JSON, whether it is taken or not.
  @Test(arguments: [true, false])
  func theProposalIsInTheReport(_ isYes: Bool) async throws {
    struct Report: Decodable {
      struct Prerequisite: Decodable {
        var commit: String
        var subject: String
        var brings: [String]
        var verdict: String
        var added: Int
        var neededBy: String
      }
      var result: String
      var prerequisites: [Prerequisite]
      var changed: [String]
    }
    let scratch = try await repositories()
    let result = try await run(
      Project.program,
      [
        "backport", "--onto", "own@work", "--branch", "x", "--upstream", "up",
        "--with-prerequisites", "--json", "fix",
      ] + (isYes ? ["--yes"] : []), in: scratch.path)
    #expect(result.code == (isYes ? 0 : 1), "\(result.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output))
    #expect(report.result == (isYes ? "applied" : "refused"))
    #expect(report.prerequisites.map(\.subject) == ["h: add helper", "f: change seven"])
    let first = try #require(report.prerequisites.first)
    #expect(first.brings == ["helper"] && first.verdict == "exact" && first.added == 1)
    #expect(first.neededBy == "f: use helper" && first.commit.count == 40)
    #expect(report.changed.isEmpty != isYes)
    let branch = try await git("rev-parse", "--verify", "-q", "x", in: scratch.file("own"))
    #expect((branch.code == 0) == isYes)
  }

  @Test func aPatchThatNeedsNothingIsAppliedAlone() async throws {
    let scratch = try await repositories()
    let made = try await patchkit(
      "backport", "--onto", "own@work", "--branch", "x", "--upstream", "up", "--with-prerequisites",
      "main", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    let subjects = try await git("log", "--format=%s", "work..x", in: scratch.file("own")).text
    #expect(subjects == "f: change twenty-five\n")
  }

  /// What the tree's own history has is not proposed, whatever the patch's context looks like.
  @Test func aCommitOfTheTreesOwnHistoryIsNoPrerequisite() async throws {
    let scratch = try await repositories()
    _ = try await git("checkout", "-q", "-b", "later", "origin/main~3", in: scratch.file("own"))
    let file = String(decoding: try scratch.read("own/f.c"), as: UTF8.self)
    try scratch.write("own/f.c", file.replacing("return a + 70;", with: "return a + 700;"))
    _ = try await git("commit", "-qam", "own change", in: scratch.file("own"))
    let result = try await patchkit(
      "analyze", "--onto", "own@later", "--upstream", "up", "--no-index", "fix", in: scratch.path)
    #expect(!result.text.contains("needs "), "\(result.text)")
  }

  @Test func analyzeSaysWhereNamesWereNotLookedUp() async throws {
    let scratch = try await repositories()
    let result = try await patchkit(
      "analyze", "--no-symbols", "--onto", "own@work", "--upstream", "up", "fix", in: scratch.path)
    #expect(result.text.contains("names were not looked up"))
    #expect(!result.text.contains("nothing that it uses is missing"))
  }

  /// `init --vendor` takes the folder where `backport` finds what a patch changes.
  @Test func aVendoredTreeHasTheFilesThatMoved() async throws {
    let scratch = try await repositories()
    _ = try await git("mv", "f.c", "g.c", in: scratch.file("own"))
    try scratch.write("own/sub/keep", "x\n")
    _ = try await git("mv", "g.c", "sub/f.c", in: scratch.file("own"))
    _ = try await git("add", "-A", in: scratch.file("own"))
    _ = try await git("commit", "-qm", "move", in: scratch.file("own"))
    let patch = try await git("format-patch", "-1", "--stdout", "main", in: scratch.file("up"))
    try scratch.write("p.patch", patch.output)
    let made = try await patchkit(
      "init", "--vendor", "--onto", "lab=own@work", "p.patch", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    let applied = try await patchkit(
      "backport", "--check", "--onto", "lab", "p.patch", in: scratch.path)
    #expect(applied.code == 0, "\(applied.text)\(applied.errors)")
  }

  /// `verify` adapts patches as `backport` does, recorded decisions included.
  @Test func verifyAndBackportAgree() async throws {
    let scratch = try Scratch()
    let lines = (1...40).map { "int line_number_\($0)(void);\n" }
    func file(_ changed: [Int: String]) -> String {
      (1...40).map { changed[$0] ?? lines[$0 - 1] }.joined()
    }
    try scratch.write("t/f.c", file([20: "long other_number(void);\n"]))
    try scratch.write(
      "Patches/one/p.patch",
      "Subject: [PATCH] one\n\n---\n--- a/f.c\n+++ b/f.c\n@@ -19,3 +19,3 @@\n \(lines[18])-\(lines[19])"
        + "+int changed(void); \n \(lines[20])")
    func both() async throws -> (backport: ProcessResult, verify: ProcessResult) {
      let backport = try await patchkit(
        "backport", "--check", "--onto", "t", "Patches/one", in: scratch.path)
      return (backport, try await patchkit("verify", in: scratch.path))
    }
    try scratch.write(
      "Patches/one/patch.yaml", "trees:\n  - name: t\n    at: ../../t\n    expect: merged\n")
    let before = try await both()
    #expect(before.backport.code == 1 && before.verify.code == 1)
    let decided = try await patchkit(
      "resolve", "--check", "--onto", "t", "Patches/one", in: scratch.path,
      input: Array("t\n".utf8))
    #expect(decided.code == 0, "\(decided.text)\(decided.errors)")
    let after = try await both()
    #expect(after.backport.code == 0 && after.backport.text.hasPrefix("merged one"))
    #expect(after.verify.code == 0, "\(after.verify.text)")
  }
}
