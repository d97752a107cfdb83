// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// The commands that edit a series, list what is in it, and show what a patch changes.
@Suite struct SeriesEditingTests {
  private static let hasQuilt = Project.hasProgram("quilt")

  @Test func aPatchIsDeletedFromTheSeriesAndTheTree() async throws {
    let fixture = try SeriesFixture()
    let before = try fixture.tree()
    #expect(try await fixture.series("push", "2").code == 0)
    let below = try await fixture.series("delete", "plain.patch")
    #expect(below.code == 1 && below.errors.contains("others are on top of it"))
    let top = try await fixture.series("delete")
    #expect(top.code == 0 && top.text.contains("deleted sub/mail.patch"), "\(top.errors)")
    #expect(try await fixture.series("top").line == "plain.patch")
    // The comment of its line goes with it, the file stays.
    #expect(try fixture.text("t/patches/series").contains("plain.patch\n# two at once\n"))
    #expect(try fixture.patches()["sub/mail.patch"] != nil)
    // One that is not on the tree, by its file's path, with its file.
    let other = try await fixture.series("delete", "-r", "patches/dep3.patch")
    #expect(other.code == 0, "\(other.errors)")
    #expect(try fixture.patches()["dep3.patch"] == nil)
    #expect(try await fixture.series("delete", "-r").code == 0)
    #expect(try fixture.tree() == before)
    #expect(try await fixture.series("delete").code == 1)
    #expect(try await fixture.series("delete", "no.patch").code == 2)
  }

  @Test(.enabled(if: hasQuilt, "quilt is not installed"))
  func aRenamedPatchStaysOnTheTreeForQuiltToo() async throws {
    let fixture = try SeriesFixture()
    let before = try fixture.tree()
    #expect(try await fixture.series("push", "3").code == 0)
    let patched = try fixture.tree()
    #expect(try await fixture.series("rename", "sub/new.patch").code == 0)
    #expect(
      try await fixture.series("rename", "-P", "patches/plain.patch", "first.patch").code == 0)
    // Options and comments stay on the line.
    #expect(try await fixture.series("rename", "-P", "zero.patch", "nought.patch").code == 0)
    let series = try fixture.text("t/patches/series")
    #expect(
      series.contains("first.patch\nsub/mail.patch # by mail\n# two at once\nsub/new.patch\n"))
    #expect(series.contains("nought.patch -p0 #"))
    #expect(try await fixture.series("rename", "first.patch").code == 1)
    #expect(try fixture.tree() == patched)
    #expect(try await fixture.quilt("applied").text.hasSuffix("sub/new.patch\n"))
    let pop = try await fixture.quilt("pop", "-a", "-q")
    #expect(pop.code == 0, "\(pop.errors)")
    #expect(try fixture.tree() == before)
    #expect(try await fixture.series("push", "sub/new.patch").code == 0)
    #expect(try fixture.tree() == patched)
  }

  @Test func filesOfPatchesOnTheTreeAndOff() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("push", "3").code == 0)
    #expect(try await fixture.series("files").text == "a.c\ndir/b.c\n")
    #expect(try await fixture.series("files", "patches/delete.patch").text == "empty\ngone.txt\n")
    #expect(try await fixture.series("files", "--json", "create.patch").text.contains("\"new/x\""))
  }

  @Test func aDiffShowsWhatThePatchChangesNow() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("diff").code == 1)
    #expect(try await fixture.series("push", "3").code == 0)
    #expect(try await fixture.series("diff", "-z").text.isEmpty)
    try fixture.edit("a.c", "int a_1(void);\n", "int mine(void);\n")
    let unrefreshed = try await fixture.series("diff", "-z")
    #expect(unrefreshed.text.contains("+int mine(void);"))
    #expect(!unrefreshed.text.contains("changed_a_30"))
    let whole = try await fixture.series("diff").text
    #expect(whole.contains("+int mine(void);") && whole.contains("changed_b_40"))
    #expect(try await fixture.series("diff", "dir/b.c").text.contains("changed_b_40"))
    #expect(try await !fixture.series("diff", "dir/b.c").text.contains("mine"))
    #expect(try await fixture.series("refresh").code == 0)
    #expect(try await fixture.series("diff", "-z").text.isEmpty)
  }

  @Test func aHeaderIsPrintedAndReplaced() async throws {
    let fixture = try SeriesFixture()
    let diff = SeriesFixture.change("a.c", "a", 10)
    #expect(try await fixture.series("header", "plain.patch").text.isEmpty)
    func write(_ text: String, _ words: String...) async throws -> ProcessResult {
      try await run(
        Project.program, ["series", "header", "--onto", "t"] + words, in: fixture.scratch.path,
        input: Array(text.utf8))
    }
    #expect(try await write("A subject\n\nText.", "-r", "plain.patch").code == 0)
    #expect(try fixture.text("t/patches/plain.patch") == "A subject\n\nText.\n" + diff)
    #expect(try await write("More.\n", "--append", "plain.patch").code == 0)
    #expect(try await fixture.series("header", "plain.patch").text == "A subject\n\nText.\nMore.\n")
    // A text with a diff would change the patch.
    let before = try fixture.patches()
    let refused = try await write("x\n" + diff, "-r", "plain.patch")
    #expect(refused.code == 1 && refused.errors.contains("cannot be written above"))
    #expect(try fixture.patches() == before)
  }

  @Test func nextAndPreviousPatches() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("next").line == "plain.patch")
    #expect(try await fixture.series("previous").code == 1)
    #expect(try await fixture.series("push", "2").code == 0)
    #expect(try await fixture.series("next").line == "dep3.patch")
    #expect(try await fixture.series("previous").line == "plain.patch")
    #expect(try await fixture.series("next", "patches/zero.patch").line == "create.patch")
    #expect(try await fixture.series("previous", "dep3.patch").line == "sub/mail.patch")
    #expect(try await fixture.series("next", "last.patch").code == 1)
  }

  @Test func aPatchFromStandardInputIsFolded() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("new", "patches/mine.patch").code == 0)
    #expect(try await fixture.series("top").line == "mine.patch")
    let fold = try await run(
      Project.program, ["series", "fold", "--onto", "t"], in: fixture.scratch.path,
      input: Array(SeriesFixture.change("a.c", "a", 10).utf8))
    #expect(fold.code == 0, "\(fold.errors)")
    #expect(try fixture.text("t/patches/mine.patch").contains("+int changed_a_10(void);"))
  }

  @Test func aPathOfThePatchesFolderIsAPatchsName() async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("push", "patches/dep3.patch").code == 0)
    #expect(try await fixture.series("top").line == "dep3.patch")
    #expect(try await fixture.series("refresh", "t/patches/plain.patch").text.contains("unchanged"))
    #expect(try await fixture.series("pop", "t/patches/plain.patch").code == 0)
    #expect(try await fixture.series("top").line == "plain.patch")
  }

  /// What quilt reads of a patch's names is the `-p` on its line.
  @Test(
    .enabled(if: hasQuilt, "quilt is not installed"),
    arguments: [["a.c", "a"], ["dir/b.c", "b"]])
  func aDiffOfBareNamesIsImportedSoThatQuiltPushesIt(names: [String]) async throws {
    let fixture = try SeriesFixture()
    let text = SeriesFixture.change(names[0], names[1], 10)
      .replacing("--- a/", with: "--- ").replacing("+++ b/", with: "+++ ")
    try fixture.scratch.write("bare.diff", text)
    let imported = try await run(
      Project.program,
      ["series", "import", "--onto", "t", "--patches", "t/patches", "bare.diff"],
      in: fixture.scratch.path)
    #expect(imported.code == 0, "\(imported.errors)")
    try fixture.scratch.write(
      "t/patches/series",
      try #require(
        fixture.text("t/patches/series").split(separator: "\n").first { $0.hasPrefix("bare") })
        + "\n")
    #expect(try fixture.text("t/patches/series") == "bare.diff -p0\n")
    let push = try await fixture.quilt("push", "-q")
    #expect(push.code == 0, "\(push.text)\(push.errors)")
    #expect(try fixture.text("t/" + names[0]).contains("changed_\(names[1])_10"))
  }

  /// quilt applies hunks without context at their lines, and takes them off again.
  @Test func hunksWithoutContextArePushedAndPopped() async throws {
    let fixture = try SeriesFixture()
    let before = try fixture.tree()
    try fixture.scratch.write(
      "t/patches/plain.patch",
      "--- a/a.c\n+++ b/a.c\n@@ -10,0 +11 @@\n+int added;\n@@ -20 +21,0 @@\n-int a_20(void);\n")
    let push = try await fixture.series("push")
    #expect(push.code == 0, "\(push.errors)")
    #expect(try fixture.text("t/a.c").contains("int a_10(void);\nint added;\n"))
    #expect(try await fixture.series("refresh").text.contains("unchanged"))
    #expect(try await fixture.series("pop").code == 0)
    #expect(try fixture.tree() == before)
    #expect(try await fixture.series("push", "--no-unidiff-zero").code == 1)
  }

  /// The rest of a patch is pushed as another version of it, which a refresh writes.
  @Test func aPushLeavesOutFilesThatTheUserNames() async throws {
    let fixture = try SeriesFixture()
    try fixture.scratch.write("t/patches/series", "dep3.patch\nplain.patch\n")
    try removeFile(fixture.scratch.file("t/dir/b.c"))
    let before = try fixture.tree()
    let refused = try await fixture.series("push", "--accept", "likely")
    #expect(refused.code == 1 && refused.errors.contains("add --leave-out dir/b.c"))
    let typo = try await fixture.series("push", "--leave-out", "dir/c.c")
    #expect(typo.code == 2 && typo.errors.contains("no patch changes 'dir/c.c'"))
    #expect(try fixture.tree() == before)
    let pushed = try await fixture.series("push", "--leave-out", "dir/b.c")
    #expect(pushed.code == 0, "\(pushed.errors)")
    #expect(pushed.text.contains("applied dep3.patch  left-out\n  dir/b.c: left out\n"))
    #expect(try await fixture.series("push").errors.contains("series refresh"))
    #expect(try await fixture.series("refresh").code == 0)
    #expect(try !fixture.text("t/patches/dep3.patch").contains("changed_b_40"))
    #expect(try await fixture.series("push").code == 0)
    #expect(try await fixture.series("pop", "-a").code == 0)
    #expect(try fixture.tree() == before)
  }

  /// A line of a series ends a name at a blank.
  @Test(arguments: ["two words.patch", "#hash.patch", "tab\t.patch", "line\n.patch", "a #b"])
  func aNameThatALineCannotHoldIsRefused(name: String) async throws {
    let fixture = try SeriesFixture()
    #expect(try await fixture.series("push").code == 0)
    try fixture.scratch.write(name, SeriesFixture.change("a.c", "a", 20))
    let before = try fixture.scratch.snapshot()
    for words in [["new", name], ["rename", name], ["import", "--patches", "t/patches", name]] {
      let result = try await run(
        Project.program, ["series"] + words + ["--onto", "t"], in: fixture.scratch.path)
      #expect(result.code == 2, "\(words): \(result.errors)")
      #expect(try fixture.scratch.snapshot() == before)
    }
  }

  @Test func oneTreeIsMeant() async throws {
    let fixture = try SeriesFixture()
    try fixture.scratch.write("p.patch", SeriesFixture.change("a.c", "a", 10))
    for words in [
      ["apply", "--onto", "t", "--onto=x", "p.patch"],
      ["resolve", "--onto", "x", "--onto", "t", "p.patch"],
      ["series", "list", "--onto", "x", "--onto", "t"],
      ["analyze", "--onto", "x", "--onto", "t", "p.patch"],
    ] {
      let result = try await run(Project.program, words, in: fixture.scratch.path)
      #expect(result.code == 2 && result.errors.contains("--onto is given 2 times"), "\(words)")
    }
    let verify = try await run(
      Project.program, ["verify", "--no-cache", "--onto", "t", "--onto", "t", "p.patch"],
      in: fixture.scratch.path)
    #expect(!verify.errors.contains("times"), "\(verify.errors)")
  }
}
