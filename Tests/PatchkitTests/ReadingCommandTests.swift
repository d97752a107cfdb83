// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// `show`, `stat`, `lint` and `split`.
@Suite struct ReadingCommandTests {
  private let mailbox = """
    From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
    From: A Writer <a@example.org>
    Date: Mon, 7 Feb 2011 10:20:30 -0500
    Subject: [PATCH 0/2] letter

    No diff here.

    From 1123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
    From: A Writer <a@example.org>
    Date: Mon, 7 Feb 2011 10:20:31 -0500
    Subject: [PATCH 1/2] fs/ext4: the "first" one, with signs & a very long subject that continues

    commit 89abcdef0123456789abcdef0123456789abcdef upstream.
    ---
    diff --git a/x b/x
    --- a/x
    +++ b/x
    @@ -1 +1 @@
    -a
    +b
    From 2123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
    From: A Writer <a@example.org>
    Date: Mon, 7 Feb 2011 10:20:32 -0500
    Subject: [PATCH 2/2] second
    ---
    diff --git a/y b/y
    --- a/y
    +++ b/y
    @@ -1 +1 @@
    -a
    +b

    """

  @Test func statIsGits() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "r", in: scratch.path)
    let names = [
      "a.c", "dir/b.c", "a/very/long/path/that/does/not/fit/into/fifty/columns/of/a/terminal.c",
      "noslashbutaverylongnamethatdoesnotfitintofiftycolumnsofaterminalatall.c", "bin", "é.c",
    ]
    for (index, name) in names.enumerated() {
      try scratch.write("r/\(name)", (0..<(index * 40)).map { "line \($0)\n" }.joined())
    }
    try scratch.write("r/bin", [0, 1, 2])
    _ = try await git("add", "-A", in: scratch.file("r"))
    _ = try await git("commit", "-q", "-m", "x", in: scratch.file("r"))
    for (index, name) in names.enumerated() {
      try scratch.write(
        "r/\(name)", (0..<(index * 40)).map { "line \($0 / 3)\n" }.joined() + "end\n")
    }
    try scratch.write("r/bin", [0, 1, 3])
    try scratch.write("r/new", "new\n")
    _ = try await git("add", "-A", in: scratch.file("r"))
    let patch = try await git("diff", "--cached", "--binary", in: scratch.file("r")).output
    try scratch.write("p", patch)
    for flags in [["--stat"], ["--numstat"], ["--numstat", "-z"]] {
      let theirs = try await run("git", ["apply"] + flags + ["p"], in: scratch.path)
      let ours = try await run(
        Project.program, ["stat", "p"] + flags.filter { $0 != "--stat" }, in: scratch.path)
      #expect(
        ours.code == 0 && ours.output == theirs.output, "\(flags)\n\(ours.text)\n\(theirs.text)")
    }
    let json = try await patchkit("stat", "--json", "p", in: scratch.path)
    #expect(json.text.contains("\"isBinary\" : true"))
  }

  @Test func lintFindsDamage() async throws {
    let result = try await patchkit("lint", Project.seed)
    #expect(result.code == 1)
    #expect(result.text.contains(":130: warning: the patch ends without a newline"))
    #expect(result.text.contains("[missing-final-newline, byte 4427]"))
    let json = try await patchkit("lint", "--json", Project.seed)
    #expect(json.code == 1)
    #expect(json.text.contains("\"offset\" : 4427"))
    let scratch = try Scratch()
    try scratch.write("good.patch", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
    let good = try await patchkit("lint", "good.patch", in: scratch.path)
    #expect(good.code == 0 && good.line == "no findings in 1 input")
    let list = try await patchkit("lint", "--list")
    #expect(list.text.contains("combined-diff\n  A combined diff of a merge"))
  }

  @Test func showTellsWhatAPatchSays() async throws {
    let plain = try await patchkit("show", Project.seed)
    #expect(plain.code == 0)
    #expect(plain.text.hasPrefix("ext4: serialize unaligned asynchronous DIO\n"))
    #expect(plain.text.contains("@@ -78,9 +114,31 @@"))
    #expect(!plain.text.contains("\u{1B}"))
    let json = try await patchkit("show", "--json", "-", input: Array(mailbox.utf8))
    #expect(json.text.contains("\"isCoverLetter\" : true"))
    #expect(json.text.contains("\"author\" : \"A Writer <a@example.org>\""))
    #expect(json.text.contains("\"form\" : \"commit-upstream\""))
  }

  @Test func splitGivesTheMailsByteForByte() async throws {
    let scratch = try Scratch()
    try scratch.write("m.mbox", mailbox)
    let result = try await patchkit("split", "m.mbox", "-o", "out", in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let names = result.text.split(separator: "\n").map(String.init)
    #expect(
      names == [
        "out/0000-cover-letter.patch",
        "out/0001-fs-ext4-the-first-one-with-signs-a-very-long-subject.patch",
        "out/0002-second.patch",
      ])
    #expect(try names.flatMap { try scratch.read($0) } == Array(mailbox.utf8))
    // Nothing is written over, and nothing is written where one name is taken.
    let before = try scratch.snapshot()
    _ = try removeFile(
      scratch.file("out/0001-fs-ext4-the-first-one-with-signs-a-very-long-subject.patch"))
    let again = try await patchkit("split", "m.mbox", "-o", "out", in: scratch.path)
    #expect(again.code == 1)
    #expect(try scratch.snapshot().count == before.count - 1)
  }

  @Test func splitNamesFilesAsFormatPatchDoes() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "r", in: scratch.path)
    let subjects = ["fs: x (y), z...", "a  b", "ünïcode and more", "x.y.z", "[tag] why?", "end."]
    for (index, subject) in subjects.enumerated() {
      try scratch.write("r/f", "\(index)\n")
      _ = try await git("add", "-A", in: scratch.file("r"))
      _ = try await git("commit", "-q", "-m", subject, in: scratch.file("r"))
    }
    let theirs = try await git(
      "format-patch", "-o", "../git", "--root", "HEAD", in: scratch.file("r"))
    let box = try await git("format-patch", "--stdout", "--root", "HEAD", in: scratch.file("r"))
    try scratch.write("m.mbox", box.output)
    let ours = try await patchkit("split", "m.mbox", "-o", "ours", in: scratch.path)
    let names = { (text: String) in
      text.split(separator: "\n").map { $0.split(separator: "/").last }
    }
    // A subject that starts with a bracket loses it in a mail, as in git am.
    #expect(
      names(ours.text).filter { $0?.contains("why") == false }
        == names(theirs.text).filter { $0?.contains("why") == false })
  }
}
