// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// A series between a quilt folder, a mailbox and a branch, and on its way to another tree.
@Suite struct SeriesExchangeTests {
  private func repository(_ fixture: SeriesFixture) async throws {
    let folder = fixture.scratch.file("r")
    try await fixture.scratch.copyTree("t", to: "r", without: "patches")
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "base"]] {
      _ = try await run("git", command, in: folder)
    }
  }

  @Test func aFolderComesBackFromAMailboxByteForByte() async throws {
    let fixture = try SeriesFixture()
    let export = try await fixture.patchkit(
      "series", "export", "--patches", "t/patches", "--mailbox", "all.mbox")
    #expect(export.code == 0, "\(export.errors)")
    #expect(export.errors.contains("plain.patch has no author"))
    #expect(export.errors.contains("zero.patch has options"))
    let back = try await fixture.patchkit(
      "series", "import", "--patches", "back", "all.mbox")
    #expect(back.code == 0, "\(back.errors)")
    #expect(try fixture.scratch.snapshot("back") == fixture.patches())
    let again = try await fixture.patchkit("series", "import", "--patches", "back", "all.mbox")
    #expect(again.code == 1 && again.errors.contains("a patch 'plain.patch' already exists"))
    #expect(try fixture.scratch.snapshot("back") == fixture.patches())
  }

  @Test func aMailboxComesBackFromAFolderByteForByte() async throws {
    let fixture = try SeriesFixture()
    let mails = (1...3).map { number in
      "From 000000000000000000000000000000000000000\(number) Mon Sep 17 00:00:00 2001\n"
        + "From: A <a@example.org>\nDate: Mon, 7 Feb 2011 10:20:30 +0000\n"
        + "Subject: [PATCH \(number)/3] change \(number)\n\nText.\n---\n"
        + SeriesFixture.change("a.c", "a", 10 * number) + "-- \n2.39\n\n"
    }
    let letter =
      "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
      + "From: A <a@example.org>\nSubject: [PATCH 0/3] all\n\nWhy.\n\n"
    let mailbox = letter + mails.joined()
    try fixture.scratch.write("in.mbox", mailbox)
    #expect(
      try await fixture.patchkit("series", "import", "--patches", "q", "in.mbox").code == 0)
    #expect(
      try fixture.text("q/series")
        == "0000-cover-letter.patch\n0001-change-1.patch\n0002-change-2.patch\n0003-change-3.patch\n"
    )
    let export = try await fixture.patchkit(
      "series", "export", "--patches", "q", "--mailbox", "-", "--quiet")
    #expect(export.text == mailbox)
    // A letter is a patch of nothing, which a series may hold.
    let push = try await fixture.patchkit("series", "push", "-a", "--onto", "t", "--patches", "q")
    #expect(push.code == 0, "\(push.errors)")
    #expect(try fixture.text("t/a.c").contains("changed_a_30"))
  }

  @Test func gitAmTakesTheMailbox() async throws {
    let fixture = try SeriesFixture()
    try fixture.scratch.write(
      "t/patches/series", "plain.patch\nsub/mail.patch\ndep3.patch\ncreate.patch\ndelete.patch\n")
    try await repository(fixture)
    #expect(
      try await fixture.patchkit(
        "series", "export", "--patches", "t/patches", "--mailbox", "all.mbox", "-q"
      ).code == 0)
    let am = try await git("am", "-q", "../all.mbox", in: fixture.scratch.file("r"))
    #expect(am.code == 0, "\(am.text)\(am.errors)")
    let log = try await git("log", "--reverse", "--format=%an|%s", in: fixture.scratch.file("r"))
    #expect(log.text.contains("J\u{F6}rn|b: change the twentieth\nD|change two lines\n"))
    #expect(try await fixture.series("push", "-a").code == 0)
    let made = try await git("show", "HEAD:a.c", in: fixture.scratch.file("r"))
    #expect(try made.text == fixture.text("t/a.c"))
  }

  @Test func aFolderComesBackFromABranchByteForByte() async throws {
    let fixture = try SeriesFixture()
    try await repository(fixture)
    let export = try await fixture.patchkit(
      "series", "export", "--patches", "t/patches", "--onto", "r@main", "--branch", "queue")
    #expect(export.code == 0, "\(export.errors)")
    #expect(export.text.split(separator: "\n").count == 9)
    let back = try await fixture.patchkit(
      "series", "import", "--patches", "back", "r@main..queue")
    #expect(back.code == 0, "\(back.errors)")
    #expect(try fixture.scratch.snapshot("back") == fixture.patches())
    // A commit that was amended is no longer what its note keeps: it is written as git has it.
    let folder = fixture.scratch.file("r")
    _ = try await git("checkout", "-q", "queue", in: folder)
    try fixture.scratch.write("r/a.c", "all new\n")
    _ = try await git("commit", "-qa", "--amend", "--no-edit", in: folder)
    let last = try await git("rev-parse", "HEAD", in: folder)
    _ = try await git(
      "notes", "--ref", "patchkit", "copy", "-f", "queue@{1}", last.line, in: folder)
    #expect(
      try await fixture.patchkit("series", "import", "--patches", "new", "r@main..queue").code == 0)
    let names = try fixture.text("new/series").split(separator: "\n")
    #expect(names.contains("latin1.patch") && !names.contains("last.patch"))
    let amended = try #require(names.last { !$0.hasPrefix("#") })
    #expect(try fixture.text("new/\(amended)").contains("+all new"))
  }

  /// The commits are in the distribution's style, and what is imported again are the patches as they were.
  @Test func aStyledBranchComesBackByteForByte() async throws {
    let fixture = try SeriesFixture()
    try await repository(fixture)
    let export = try await fixture.patchkit(
      "series", "export", "--patches", "t/patches", "--onto", "r@main", "--branch", "queue",
      "--style", "suse")
    #expect(export.code == 0, "\(export.errors)")
    let log = try await git(
      "log", "--format=%B", "main..queue", in: fixture.scratch.file("r")
    ).text
    #expect(log.contains("change the twentieth\n") && log.contains("Signed-off-by: C O Mitter"))
    #expect(
      try await fixture.patchkit("series", "import", "--patches", "back", "r@main..queue").code == 0
    )
    #expect(try fixture.scratch.snapshot("back") == fixture.patches())
    let mailbox = try await fixture.patchkit(
      "series", "export", "--patches", "t/patches", "--mailbox", "m", "--style", "suse")
    #expect(mailbox.code == 2 && mailbox.errors.contains("use --style with --branch"))
  }

  @Test func aBranchComesBackFromAFolderCommitForCommit() async throws {
    let fixture = try SeriesFixture()
    try await repository(fixture)
    let folder = fixture.scratch.file("r")
    _ = try await git("checkout", "-qb", "work", in: folder)
    let messages = [
      "one line\n", "[media] brackets stay\n\nBody.\n\n--- a cut\nbelow it\n",
      "a title\nof two lines\n\nFrom here on\n\nReviewed-by: R <r@example.org>\n",
    ]
    for (number, message) in messages.enumerated() {
      try fixture.scratch.write("r/dir/b.c", "version \(number)\n" + fixture.text("r/dir/b.c"))
      if number == 1 { _ = try await git("mv", "c.c", "renamed.c", in: folder) }
      if number == 2 { try fixture.scratch.write("r/data.bin", [0, 1, 2, 255, 0]) }
      _ = try await git("add", "-A", in: folder)
      _ = try await git(
        "commit", "-q", "--cleanup=verbatim", "-F", "-", in: folder, input: Array(message.utf8))
    }
    #expect(
      try await fixture.patchkit("series", "import", "--patches", "q", "r@main..work").code == 0)
    let export = try await fixture.patchkit(
      "series", "export", "--patches", "q", "--onto", "r@main", "--branch", "again")
    #expect(export.code == 0, "\(export.errors)")
    let ids = try await git("rev-parse", "work", "again", in: folder)
      .text.split(separator: "\n")
    #expect(ids.count == 2 && ids[0] == ids[1])
  }

  @Test func aRebaseKeepsWhatFitsAndDropsWhatIsThere() async throws {
    let fixture = try SeriesFixture()
    try await fixture.scratch.copyTree("t", to: "u", without: "patches")
    // The new tree has one patch already, and moved lines.
    try fixture.scratch.write(
      "u/dir/b.c",
      "// new\n" + fixture.text("u/dir/b.c").replacing("int b_20", with: "int changed_b_20"))
    let tree = try fixture.scratch.snapshot("u")
    let patches = try fixture.patches()
    let check = try await fixture.patchkit(
      "series", "rebase", "--onto", "u", "--patches", "t/patches", "--check")
    #expect(check.code == 0, "\(check.errors)")
    #expect(check.text.contains("already-applied sub/mail.patch"))
    #expect(check.text.contains("moved dep3.patch"))
    #expect(try fixture.patches() == patches)
    let rebase = try await fixture.patchkit(
      "series", "rebase", "--onto", "u", "--patches", "t/patches", "-o", "out")
    #expect(rebase.code == 0, "\(rebase.errors)")
    #expect(try fixture.patches() == patches && fixture.scratch.snapshot("u") == tree)
    let out = try fixture.scratch.snapshot("out")
    #expect(out["sub/mail.patch"] == nil && out["plain.patch"] == patches["plain.patch"])
    let series = try fixture.text("out/series")
    #expect(
      series
        == (try fixture.text("t/patches/series")).replacing("sub/mail.patch # by mail\n", with: ""))
    let push = try await fixture.patchkit("series", "push", "-a", "--onto", "u", "--patches", "out")
    #expect(push.code == 0 && !push.text.contains("offset"), "\(push.errors)")
    // In place, the patch that is there goes from the folder too.
    let inPlace = try await fixture.patchkit(
      "series", "rebase", "--onto", "t", "--patches", "out", "--drop", "plain.patch")
    #expect(inPlace.code == 0, "\(inPlace.errors)")
    #expect(try fixture.scratch.snapshot("out")["plain.patch"] == nil)
  }

  /// The tree has nothing like one file of a patch: only the user's word makes the rest a patch.
  @Test func aRebaseLeavesOutFilesThatTheUserNames() async throws {
    let fixture = try SeriesFixture()
    try fixture.scratch.write("t/patches/series", "plain.patch\ndep3.patch\n")
    try fixture.scratch.write("u/a.c", "// new\n" + fixture.text("t/a.c"))
    let rebase = ["series", "rebase", "--onto", "u", "--patches", "t/patches"]
    let patches = try fixture.patches()
    let refused = try await run(Project.program, rebase, in: fixture.scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("add --leave-out dir/b.c"))
    let typo = try await run(
      Project.program, rebase + ["--leave-out", "dir/c.c"], in: fixture.scratch.path)
    #expect(typo.code == 2 && typo.errors.contains("no patch changes 'dir/c.c'"))
    let whole = try await run(
      Project.program, rebase + ["--leave-out", "a.c"], in: fixture.scratch.path)
    #expect(whole.code == 2 && whole.errors.contains("every file of 't/patches/plain.patch"))
    #expect(whole.errors.contains("--drop"), "\(whole.errors)")
    #expect(try fixture.patches() == patches)
    let made = try await run(
      Project.program, rebase + ["--leave-out", "dir/b.c"], in: fixture.scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    #expect(made.text.contains("adapted dep3.patch  left-out\n  dir/b.c: left out\n"))
    let text = try fixture.text("t/patches/dep3.patch")
    #expect(text.contains("[ left out dir/b.c ]") && !text.contains("changed_b_40"), "\(text)")
    let push = try await fixture.patchkit(
      "series", "push", "-a", "--onto", "u", "--patches", "t/patches")
    #expect(push.code == 0 && !push.text.contains("left"), "\(push.errors)")
    #expect(try fixture.text("u/a.c").contains("changed_a_30"))
  }

  /// The lines of another tree say little, so the user has to say that they are right.
  @Test func aRebaseOfHunksWithoutContextNeedsTheFlag() async throws {
    let fixture = try SeriesFixture()
    // The text is in the file twice, so it does not decide.
    let lines = (1...12).map { $0 == 3 ? "int a_10(void);\n" : "int a_\($0)(void);\n" }
    try fixture.scratch.write("t/a.c", lines.joined())
    try fixture.scratch.write("u/a.c", lines.joined() + "int more(void);\n")
    try fixture.scratch.write(
      "t/patches/plain.patch",
      "--- a/a.c\n+++ b/a.c\n@@ -7,0 +8 @@\n+int added;\n@@ -10 +11 @@\n-int a_10(void);\n"
        + "+int changed;\n")
    try fixture.scratch.write("t/patches/series", "plain.patch\n")
    let patches = try fixture.patches()
    let rebase = ["series", "rebase", "--onto", "u", "--patches", "t/patches"]
    let refused = try await run(Project.program, rebase, in: fixture.scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("--unidiff-zero"), "\(refused.errors)")
    #expect(try fixture.patches() == patches)
    let made = try await run(
      Project.program, rebase + ["--unidiff-zero"], in: fixture.scratch.path)
    #expect(made.code == 0 && made.text.contains("unchanged plain.patch"), "\(made.errors)")
    #expect(try fixture.patches() == patches)
    let push = try await fixture.patchkit(
      "series", "push", "--onto", "u", "--patches", "t/patches")
    #expect(push.code == 0, "\(push.errors)")
    let result = try fixture.text("u/a.c")
    #expect(result.contains("a_7(void);\nint added;\nint a_8(void);\n"), "\(result)")
    #expect(result.contains("a_9(void);\nint changed;\nint a_11(void);\n"), "\(result)")
  }

  @Test func aRebaseStopsForAPersonAndKeepsTheDecision() async throws {
    let fixture = try SeriesFixture()
    try await fixture.scratch.copyTree("t", to: "u", without: "patches")
    try fixture.scratch.write(
      "u/a.c", fixture.text("u/a.c").replacing("int a_30(void);\n", with: "long other(void);\n"))
    let patches = try fixture.patches()
    let stop = try await fixture.patchkit(
      "series", "rebase", "--onto", "u", "--patches", "t/patches")
    #expect(stop.code == 1)
    #expect(stop.errors.contains("refused dep3.patch"))
    #expect(try fixture.patches() == patches)
    try fixture.decide(".patchkit/rebase/a.c", "long decided(void);")
    let resolve = try await fixture.patchkit("resolve")
    #expect(resolve.code == 0, "\(resolve.text)")
    let rebase = try await fixture.patchkit(
      "series", "rebase", "--onto", "u", "--patches", "t/patches")
    #expect(rebase.code == 0, "\(rebase.errors)")
    #expect(rebase.text.contains("adapted dep3.patch"))
    #expect(try fixture.text("t/patches/dep3.patch").contains("+long decided(void);"))
    let push = try await fixture.patchkit(
      "series", "push", "-a", "--onto", "u", "--patches", "t/patches")
    #expect(push.code == 0, "\(push.errors)")
  }
}
