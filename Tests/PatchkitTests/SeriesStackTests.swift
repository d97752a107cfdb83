// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// A stack of patches on a folder, compared with quilt's.
@Suite struct SeriesStackTests {
  private static let hasQuilt = Project.hasProgram("quilt")

  @Test func aSeriesGoesOnAndComesOff() async throws {
    let fixture = try SeriesFixture()
    let (before, patches) = (try fixture.tree(), try fixture.patches())
    let push = try await fixture.series("push", "-a")
    #expect(push.code == 0, "\(push.errors)")
    #expect(try await fixture.series("top").line == "last.patch")
    #expect(try await fixture.series("applied").text.split(separator: "\n").count == 9)
    #expect(try await fixture.series("unapplied").text.isEmpty)
    #expect(try fixture.text("t/c.c").contains("int c_7(void)"))
    #expect(try fixture.text("t/new/x") == "one\ntwo")
    #expect(try fixture.text("t/empty") == "filled\n")
    #expect(try await fixture.series("push").code == 1)
    let down = try await fixture.series("pop", "dep3.patch")
    #expect(down.code == 0, "\(down.errors)")
    #expect(try await fixture.series("list").text.contains("= dep3.patch\n  reverse.patch"))
    #expect(try await fixture.series("pop", "-a").code == 0)
    #expect(try fixture.tree() == before)
    #expect(try fixture.patches() == patches)
    #expect(try await fixture.series("top").code == 1)
  }

  @Test(.enabled(if: hasQuilt, "quilt is not installed"))
  func quiltGoesOnWherePatchkitStopped() async throws {
    let (one, two) = (try SeriesFixture(), try SeriesFixture())
    let before = try one.tree()
    #expect(try await one.series("push", "-a").code == 0)
    let push = try await two.quilt("push", "-a")
    #expect(push.code == 0, "\(push.text)\(push.errors)")
    #expect(try one.tree() == two.tree())
    // What each keeps for the way back.
    let ours = try one.scratch.snapshot("t/.pc").filter { !$0.key.hasSuffix(".timestamp") }
    let theirs = try two.scratch.snapshot("t/.pc").filter { !$0.key.hasSuffix(".timestamp") }
    #expect(Set(ours.keys) == Set(theirs.keys))
    for name in ours.keys where name != ".version" {
      #expect(ours[name] == theirs[name], "\(name)")
    }
    #expect(try await one.quilt("pop", "4").code == 0)
    #expect(try await one.quilt("push").code == 0)
    #expect(try await one.series("top").line == "create.patch")
    #expect(try await one.series("pop", "-a").code == 0)
    #expect(try await two.series("pop", "-a").code == 0)
    // quilt takes an empty file for none, and removes it.
    #expect(try one.tree() == before.filter { $0.key != "empty" })
    #expect(try two.tree() == before)
  }

  @Test func aPatchThatDoesNotApplyStopsThePushAndThoseBeforeItStayOn() async throws {
    let fixture = try SeriesFixture()
    try fixture.edit("a.c", "int a_31(void);\n", "int other(void);\n")
    let push = try await fixture.series("push", "-a")
    #expect(push.code == 1)
    #expect(push.errors.contains("refused dep3.patch"))
    #expect(push.errors.contains("6 patches after the refused one were not tried"))
    #expect(try await fixture.series("top").line == "sub/mail.patch")
    // Half of dep3.patch would apply.
    #expect(try !fixture.text("t/dir/b.c").contains("changed_b_40"))
    let check = try await fixture.series("push", "--check", "--accept", "likely")
    #expect(check.code == 0 && check.text.contains("applies dep3.patch  reduced-context"))
    #expect(try await fixture.series("top").line == "sub/mail.patch")
    #expect(try await fixture.series("push", "--accept", "likely").code == 0)
    // It is on the tree in another form than its file has, until the file is written anew.
    let next = try await fixture.series("push")
    #expect(next.code == 1 && next.errors.contains("patchkit series refresh"))
    #expect(try await fixture.series("refresh").code == 0)
    #expect(try fixture.text("t/patches/dep3.patch").contains("int other(void)"))
    #expect(try await fixture.series("push", "-a").code == 0)
    #expect(try await fixture.series("pop", "-a").code == 0)
  }

  @Test func conflictsGoIntoTheFilesAndARefreshTakesTheDecision() async throws {
    let fixture = try SeriesFixture()
    try fixture.edit("a.c", "int a_30(void);\n", "long other(void);\n")
    #expect(try await fixture.series("push", "2").code == 0)
    let push = try await fixture.series("push", "--conflicts", "merge")
    #expect(push.code == 1)
    #expect(push.errors.contains("marked dep3.patch") && push.errors.contains("a.c"))
    try fixture.decide("t/a.c", "long decided(void);")
    #expect(try await fixture.series("refresh").code == 0)
    let patch = try fixture.text("t/patches/dep3.patch")
    #expect(patch.contains("-long other(void);\n+long decided(void);"))
    #expect(patch.hasPrefix("Description: change two lines\n More about it.\n"))
    #expect(patch.contains("changed_b_40"))
    #expect(try await fixture.series("pop", "-a").code == 0)
    #expect(try fixture.text("t/a.c").contains("long other"))
    #expect(try await fixture.series("push", "-a").code == 0)
  }

  @Test func aChangeThatIsInNoPatchIsNotLost() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("push", "-a").code == 0)
    try fixture.edit("dir/b.c", "int b_1(void);\n", "int mine(void);\n")
    let before = try fixture.scratch.snapshot()
    let pop = try await fixture.series("pop", "-a")
    #expect(pop.code == 1)
    #expect(pop.errors.contains("dir/b.c has changes that are not in 'dep3.patch'"))
    #expect(try fixture.scratch.snapshot() == before)
    #expect(try await fixture.series("pop", "-a", "--force").code == 0)
    #expect(try !fixture.text("t/dir/b.c").contains("mine"))
  }

  @Test func aPatchMustNotWriteWhereTheStackIsKept() async throws {
    let fixture = try SeriesFixture()
    try fixture.scratch.write(
      "t/patches/plain.patch",
      "--- /dev/null\n+++ b/.pc/applied-patches\n@@ -0,0 +1 @@\n+x\n")
    let push = try await fixture.series("push")
    #expect(push.code == 2 && push.errors.contains("quilt's own"))
    try fixture.scratch.write("t/patches/series", "../../outside.patch\n")
    let outside = try await fixture.series("push")
    #expect(outside.code == 2, "\(outside.errors)")
  }

  @Test func guardsLetPatchesInAndKeepThemOut() async throws {
    let fixture = try SeriesFixture()
    try fixture.scratch.write(
      "t/patches/series",
      "# SUSE's form\n\t+arm64 plain.patch\n\t-arm64\tsub/mail.patch\n-!x86 dep3.patch\n"
        + "- reverse.patch\n+a -b zero.patch -p0\ncreate.patch\n")
    func names(_ symbols: [String]) async throws -> [String] {
      let list = try await run(
        Project.program,
        ["series", "unapplied", "--onto", "t"] + symbols.flatMap { ["--guard", $0] },
        in: fixture.scratch.path)
      return list.text.split(separator: "\n").map(String.init)
    }
    #expect(try await names([]) == ["sub/mail.patch", "create.patch"])
    #expect(try await names(["arm64", "a"]) == ["plain.patch", "zero.patch", "create.patch"])
    #expect(
      try await names(["x86", "a", "b"]) == ["sub/mail.patch", "dep3.patch", "create.patch"])
    let push = try await fixture.series("push", "-a", "--guard", "a")
    #expect(push.code == 0 && push.text.contains("zero.patch"))
  }
}

/// Writing patches anew.
@Suite struct SeriesRefreshTests {
  /// The lines of a text that another has not, and the reverse, hunk headers left out.
  private func differences(_ a: String, _ b: String) -> [String] {
    let lines = { (text: String) in text.split(separator: "\n").filter { !$0.hasPrefix("@@") } }
    return lines(b).difference(from: lines(a)).map { "\($0)" }
  }

  @Test func whatDidNotMoveStaysByteForByte() async throws {
    let fixture = try SeriesFixture()
    let before = try fixture.patches()
    #expect(try await fixture.series("push", "-a").code == 0)
    let refresh = try await fixture.series("refresh", "-a")
    #expect(refresh.code == 0, "\(refresh.errors)")
    #expect(refresh.text.split(separator: "\n").allSatisfy { $0.hasPrefix("unchanged") })
    #expect(try fixture.patches() == before)
  }

  @Test func whatMovedHasOtherHunkHeadersAndNothingElse() async throws {
    let fixture = try SeriesFixture()
    for name in ["a.c", "dir/b.c", "c.c"] {
      try fixture.scratch.write("t/" + name, "// new\n// lines\n" + fixture.text("t/" + name))
    }
    let before = try SeriesFixture.names.map { try fixture.scratch.read("t/patches/" + $0) }
    #expect(try await fixture.series("push", "-a").code == 0)
    #expect(try await fixture.series("refresh", "-a").code == 0)
    for (name, old) in zip(SeriesFixture.names, before) {
      let new = try fixture.scratch.read("t/patches/" + name)
      let (a, b) = (String(decoding: old, as: UTF8.self), String(decoding: new, as: UTF8.self))
      #expect(differences(a, b).isEmpty, "\(name)")
      if name == "plain.patch" { #expect(b.contains("@@ -9,7 +9,7 @@ section")) }
    }
    #expect(try await fixture.series("pop", "-a").code == 0)
    let again = try await fixture.series("push", "-a")
    #expect(again.code == 0 && !again.text.contains("offset"), "\(again.text)")
  }

  @Test func anEditChangesItsHunkAlone() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("push", "dep3.patch").code == 0)
    try fixture.edit("a.c", "int changed_a_30(void)", "int better(void)")
    try fixture.edit("a.c", "int a_58(void);\n", "int a_58(void);\nint more(void);\n")
    let before = try fixture.text("t/patches/dep3.patch")
    let refresh = try await fixture.series("refresh").text
    #expect(refresh == "refreshed dep3.patch  +9 -2 lines\n")
    let after = try fixture.text("t/patches/dep3.patch")
    #expect(after.hasPrefix(before.components(upTo: "--- a/a.c")))
    #expect(after.contains("+int better(void);") && after.contains("+int more(void);"))
    #expect(after.hasSuffix(SeriesFixture.change("dir/b.c", "b", 40)))
    #expect(try await fixture.series("push", "-a").code == 0)
    #expect(try await fixture.series("pop", "-a").code == 0)
  }

  @Test func aNewPatchTakesFilesAndFolds() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("push", "2").code == 0)
    #expect(try await fixture.series("new", "mine.patch").code == 0)
    #expect(try await fixture.series("add", "dir/b.c", "fresh.txt").code == 0)
    try fixture.edit("dir/b.c", "int b_5(void)", "int mine(void)")
    try fixture.scratch.write("t/fresh.txt", "fresh\n")
    #expect(try await fixture.series("refresh").code == 0)
    let patch = try fixture.text("t/patches/mine.patch")
    #expect(patch.contains("+int mine(void);") && patch.contains("new file mode 100644"))
    let fold = try await run(
      Project.program, ["series", "fold", "--onto", "t", "t/patches/create.patch"],
      in: fixture.scratch.path)
    #expect(fold.code == 0, "\(fold.errors)")
    let folded = try fixture.text("t/patches/mine.patch")
    #expect(folded.hasPrefix(patch) && folded.contains("+++ b/new/x"))
    let series = try fixture.text("t/patches/series")
    #expect(series.contains("sub/mail.patch # by mail\nmine.patch\n# two at once\n"))
    #expect(try await fixture.series("pop", "-a").code == 0)
    #expect(try await fixture.series("push", "mine.patch").code == 0)
    #expect(try fixture.text("t/fresh.txt") == "fresh\n")
    let refused = try await run(
      Project.program, ["series", "fold", "--onto", "t", "t/patches/last.patch"],
      in: fixture.scratch.path)
    #expect(refused.code == 1)
  }

  @Test func aFoldedPatchGivesItsTextToOneThatHasNone() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("new", "all.patch").code == 0)
    let fold = try await run(
      Project.program,
      ["series", "fold", "--onto", "t", "t/patches/dep3.patch", "t/patches/plain.patch"],
      in: fixture.scratch.path)
    #expect(fold.code == 0, "\(fold.errors)")
    let folded = try fixture.text("t/patches/all.patch")
    #expect(folded.hasPrefix("Description: change two lines\n"))
    #expect(folded.contains("changed_a_10") && folded.contains("changed_a_30"))
    let check = try await git(
      "apply", "-R", "--check", "patches/all.patch", in: fixture.scratch.file("t"))
    #expect(check.code == 0, "\(check.errors)")
  }
}

extension String {
  /// The text before the first occurrence of another.
  fileprivate func components(upTo text: String) -> String {
    firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? self
  }
}
