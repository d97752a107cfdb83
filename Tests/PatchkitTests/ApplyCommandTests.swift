// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// `patchkit apply` as its users run it.
@Suite struct ApplyCommandTests {
  private func lab(_ name: String = "base") throws -> Scratch {
    let scratch = try Scratch()
    try scratch.copy(Project.lab(name), to: "t")
    return scratch
  }

  private func repository(_ name: String = "base") async throws -> Scratch {
    let scratch = try lab(name)
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: scratch.file("t"))
    }
    return scratch
  }

  private var applied: [UInt8] {
    get throws { try Files.read(Project.lab("applied") + "/fs/ext4/file.c") }
  }

  @Test func theSeedGoesOnTheLabTree() async throws {
    let scratch = try lab()
    let result = try await patchkit("apply", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text.contains("hunk 1 applies at line 55"))
    #expect(result.errors.contains("missing-final-newline, byte 4427"))
    #expect(try scratch.read("t/fs/ext4/file.c") == applied)
    // A second time it is already applied, and nothing is changed.
    let before = try scratch.snapshot()
    let again = try await patchkit("apply", "--onto", "t", Project.seed, in: scratch.path)
    #expect(again.code == 1)
    #expect(again.errors.contains("already-applied"))
    #expect(try scratch.snapshot() == before)
    let back = try await patchkit("apply", "-R", "--onto", "t", Project.seed, in: scratch.path)
    #expect(back.code == 0)
    #expect(try scratch.snapshot("t") == Files.snapshot(Project.lab("base")))
  }

  /// A check of many file patches keeps no changes; what it lists as changed is the same.
  @Test(arguments: [2, 80])
  func theSourceOfACopyIsNotListedAsChanged(_ count: Int) async throws {
    let scratch = try Scratch()
    try scratch.write("t/a.c", "1\n2\n3\n")
    var text =
      "diff --git a/a.c b/b.c\nsimilarity index 50%\ncopy from a.c\ncopy to b.c\n"
      + "--- a/a.c\n+++ b/b.c\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n"
    for number in 0..<count {
      try scratch.write("t/n\(number).c", "1\n2\n3\n")
      text +=
        "diff --git a/n\(number).c b/n\(number).c\n--- a/n\(number).c\n+++ b/n\(number).c\n"
        + "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n"
    }
    try scratch.write("p.patch", text)
    let result = try await patchkit(
      "apply", "--check", "--json", "--onto", "t", "p.patch", in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let list = try #require(result.text.split(separator: "\"changed\"").dropFirst().first)
      .prefix { $0 != "]" }
    #expect(list.contains("\"b.c\"") && !list.contains("\"a.c\""))
    #expect(list.split(separator: "\"").count { $0.hasSuffix(".c") } == count + 1)
  }

  @Test func checkWritesNothing() async throws {
    let scratch = try lab()
    let before = try scratch.snapshot()
    let result = try await patchkit(
      "apply", "--check", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 0)
    #expect(result.text.contains("1 patch applies to t: 1 file would change"))
    #expect(try scratch.snapshot() == before)
  }

  @Test(arguments: [
    ("conflict", "conflict"), ("twice", "ambiguous"), ("applied", "already-applied"),
  ])
  func aRefusedPatchChangesNothing(_ name: String, _ verdict: String) async throws {
    let scratch = try lab(name)
    let before = try scratch.snapshot()
    let result = try await patchkit(
      "apply", "--json", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 1)
    #expect(result.text.contains("\"verdict\" : \"\(verdict)\""))
    #expect(result.text.contains("\"result\" : \"refused\""))
    #expect(try scratch.snapshot() == before)
  }

  @Test func aTieNamesItsPlaces() async throws {
    let scratch = try lab("twice")
    let result = try await patchkit("apply", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.errors.contains("line 58, below ext4_release_file()\n"))
    #expect(result.errors.contains("line 109, below"))
    #expect(result.errors.contains("nothing was changed in t"))
  }

  @Test func strictnessRefusesTheSeed() async throws {
    let scratch = try lab()
    let before = try scratch.snapshot()
    for flags in [["--strict"], ["--refuse", "missing-final-newline"]] {
      let result = try await run(
        Project.program, ["apply", "--onto", "t", Project.seed] + flags, in: scratch.path)
      #expect(result.code == 2)
      #expect(result.errors.contains(":130: error: the patch ends without a newline"))
    }
    #expect(try scratch.snapshot() == before)
  }

  @Test func aPatchComesFromStandardInput() async throws {
    let scratch = try lab()
    let result = try await patchkit(
      "apply", "--onto", "t", "-", in: scratch.path, input: try Files.read(Project.seed))
    #expect(result.code == 0)
    #expect(try scratch.read("t/fs/ext4/file.c") == applied)
  }

  @Test func theAdaptedPatchIsWritten() async throws {
    let scratch = try lab("shifted")
    let result = try await patchkit(
      "apply", "--check", "--output", "adapted.patch", "--onto", "t", Project.seed,
      in: scratch.path)
    #expect(result.code == 0)
    let text = String(decoding: try scratch.read("adapted.patch"), as: UTF8.self)
    #expect(text.hasPrefix("ext4: serialize unaligned asynchronous DIO\n"))
    #expect(text.contains("@@ -67,11 +67,47 @@"))
    #expect(try await git("apply", "--check", "../adapted.patch", in: scratch.file("t")).code == 0)
    let printed = try await patchkit(
      "apply", "--check", "--quiet", "--output", "-", "--onto", "t", Project.seed, in: scratch.path)
    #expect(printed.text == text)
  }

  @Test func aWorkTreeIsCommittedTo() async throws {
    let scratch = try await repository()
    try scratch.write("t/unrelated", "left alone")
    let result = try await patchkit(
      "apply", "--commit", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let folder = scratch.file("t")
    #expect(try await git("status", "--porcelain", in: folder).line == "?? unrelated")
    #expect(
      try await git(
        "log", "-1", "--format=%s|%an|%cn|%(trailers:key=Signed-off-by,valueonly)", in: folder
      )
      .text.hasPrefix(
        "ext4: serialize unaligned asynchronous DIO|C O Mitter|C O Mitter|Eric Sandeen"))
    #expect(try await git("show", "HEAD:fs/ext4/file.c", in: folder).output == applied)
    #expect(try await git("diff", "HEAD", in: folder).output == [])
  }

  @Test func theAuthorAndDateOfAMailAreKept() async throws {
    let scratch = try await repository()
    let mail =
      "From: =?UTF-8?Q?J=C3=B6rn?= <j@example.org>\nDate: Mon, 7 Feb 2011 10:20:30 -0500\n"
      + "Subject: [PATCH 1/1] ext4: a mail\n\nText.\n---\n\n"
      + (try await git(
        "diff", "--no-index", "t/fs/ext4/file.c", Project.lab("applied") + "/fs/ext4/file.c",
        in: scratch.path))
      .text.replacing("a/t/", with: "a/").replacing("b" + Project.lab("applied"), with: "b")
    let result = try await patchkit(
      "apply", "--onto", "t@main", "--branch", "topic", "-", in: scratch.path,
      input: Array(mail.utf8))
    #expect(result.code == 0, "\(result.errors)")
    let folder = scratch.file("t")
    let log = try await git(
      "log", "-1", "--format=%an|%ae|%ad|%cn|%s|%b", "--date=raw", "topic", in: folder)
    #expect(log.line == "Jörn|j@example.org|1297092030 -0500|C O Mitter|ext4: a mail|Text.\n")
    // The work tree and the branch it is on stay as they were.
    #expect(try await git("status", "--porcelain", in: folder).line == "")
    #expect(try await git("rev-list", "--count", "main", in: folder).line == "1")
  }

  /// A mailbox with a quoted-printable mail: what `--output` writes is what `git am` takes.
  @Test func theAdaptedMailboxIsTakenByGitAm() async throws {
    let scratch = try Scratch()
    func mail(_ number: Int, _ fields: String, _ diff: String) -> String {
      "From \(String(repeating: "\(number)", count: 40)) Mon Sep 17 00:00:00 2001\n"
        + "From: A Writer <a@example.org>\nDate: Mon, 7 Feb 2011 10:20:30 -0500\n"
        + "Subject: [PATCH \(number)/2] number \(number)\n\(fields)\nText.\n---\n\(diff)-- \n2.39.5\n\n"
    }
    let lines = (0..<20).map { "line \($0)\n" }
    let body = { (sign: String) in
      "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -3,3 +3,3 @@\n line 3\n-line 4\n+a \(sign) b\n line 5\n"
    }
    let second =
      "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -13,2 +13,3 @@\n line 13\n+new\n line 14\n"
    try scratch.write(
      "m.mbox",
      mail(1, "Content-Transfer-Encoding: quoted-printable\n", body("=3D")) + mail(2, "", second))
    for name in ["ours", "theirs"] {
      try scratch.write("\(name)/f", lines.joined())
      for arguments in [
        ["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"],
      ] {
        _ = try await run("git", arguments, in: scratch.file(name))
      }
    }
    let result = try await patchkit(
      "apply", "--commit", "--output", "adapted.mbox", "--onto", "ours", "m.mbox",
      in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let am = try await git("am", "-q", "../adapted.mbox", in: scratch.file("theirs"))
    #expect(am.code == 0, "\(am.errors)")
    let format = "--format=%T|%an|%ae|%ad|%B"
    #expect(
      try await git("log", format, in: scratch.file("ours")).text
        == git("log", format, in: scratch.file("theirs")).text)
    #expect(String(decoding: try scratch.read("ours/f"), as: UTF8.self).contains("a = b\n"))
  }

  @Test func uncommittedChangesAreRefusedUnlessForced() async throws {
    let scratch = try await repository()
    let file = String(decoding: try scratch.read("t/fs/ext4/file.c"), as: UTF8.self)
    try scratch.write("t/fs/ext4/file.c", file + "/* mine */\n")
    let before = try scratch.snapshot()
    let refused = try await patchkit("apply", "--onto", "t", Project.seed, in: scratch.path)
    #expect(refused.code == 1)
    #expect(refused.errors.contains("fs/ext4/file.c: has uncommitted changes"))
    #expect(try scratch.snapshot() == before)
    let forced = try await patchkit(
      "apply", "--force", "--onto", "t", Project.seed, in: scratch.path)
    #expect(forced.code == 0)
    // Changes elsewhere do not matter.
    let other = try await repository()
    try other.write("t/include/lab/fs.h", "changed")
    #expect(try await patchkit("apply", "--onto", "t", Project.seed, in: other.path).code == 0)
  }

  @Test func stagedChangesAreNotCommittedAlong() async throws {
    let scratch = try await repository()
    let file = try scratch.read("t/fs/ext4/file.c")
    try scratch.write("t/fs/ext4/file.c", "staged\n")
    _ = try await git("add", "-A", in: scratch.file("t"))
    try scratch.write("t/fs/ext4/file.c", file)
    let result = try await patchkit(
      "apply", "--commit", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 1)
    #expect(try await git("rev-list", "--count", "HEAD", in: scratch.file("t")).line == "1")
  }

  /// A folder of another user's repository is the tree that was named: nothing is skipped with exit 0.
  @Test func aTreeInsideARepositoryIsItself() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "host", in: scratch.path)
    try scratch.copy(Project.lab("base"), to: "host/vendor/linux")
    // git itself exits 0 here and has done nothing.
    let theirs = try await run(
      "git", ["apply", "--", "-"], in: scratch.file("host/vendor/linux"),
      input: try Files.read(Project.seed) + [0x0A])
    #expect(theirs.code == 0)
    #expect(try scratch.read("host/vendor/linux/fs/ext4/file.c") != applied)
    let ours = try await patchkit("apply", Project.seed, in: scratch.file("host/vendor/linux"))
    #expect(ours.code == 0, "\(ours.errors)")
    #expect(try scratch.read("host/vendor/linux/fs/ext4/file.c") == applied)
    let wrong = try await patchkit("apply", Project.seed, in: scratch.file("host"))
    #expect(wrong.code == 1)
    #expect(wrong.errors.contains("missing-path"))
    let placed = try await patchkit(
      "apply", "-R", "--directory", "vendor/linux", Project.seed, in: scratch.file("host"))
    #expect(placed.code == 0, "\(placed.errors)")
  }

  @Test func aVendoredTreeIsATree() async throws {
    let scratch = try lab()
    let added = try await patchkit(
      "tree", "add", "lab", "t", "--path", "fs/ext4/", in: scratch.path)
    #expect(added.code == 0, "\(added.errors)")
    #expect(added.text.hasPrefix("lab  1 file from t (fs/ext4)  tree "))
    let result = try await patchkit(
      "apply", "--onto", "lab", "--branch", "seeded", Project.seed, in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let shown = try await git(
      "--git-dir=.patchkit/store.git", "show", "seeded:fs/ext4/file.c", in: scratch.path)
    #expect(shown.output == (try applied))
    #expect(
      try await patchkit("tree", "show", "lab", "--files", in: scratch.path).line
        == "fs/ext4/file.c")
    let file = try await patchkit("tree", "show", "lab", "fs/ext4/file.c", in: scratch.path)
    #expect(file.output == (try scratch.read("t/fs/ext4/file.c")))
    #expect(try await patchkit("tree", "list", in: scratch.path).text.contains("lab  1 file"))
    #expect(try await patchkit("tree", "remove", "lab", in: scratch.path).code == 0)
    #expect(try await patchkit("tree", "list", in: scratch.path).line == "no vendored trees")
  }

  @Test func aSeriesGoesOnAsAWholeOrNotAtAll() async throws {
    let scratch = try lab()
    let first = "--- /dev/null\n+++ b/fs/ext4/new.c\n@@ -0,0 +1 @@\n+one\n"
    let second = "--- linux/fs/ext4/new.c\n+++ linux/fs/ext4/new.c\n@@ -1 +1 @@\n-one\n+two\n"
    try scratch.write("q/a.patch", first)
    try scratch.write("q/sub/b.patch", second)
    try scratch.write("q/series", "# two patches\na.patch\nsub/b.patch -p1 # and why\n")
    let result = try await patchkit("apply", "--onto", "t", "q", in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    #expect(try scratch.read("t/fs/ext4/new.c") == Array("two\n".utf8))
    #expect(
      try await patchkit("apply", "-R", "--onto", "t", "q/series", in: scratch.path).code == 0)
    #expect(try scratch.snapshot("t") == Files.snapshot(Project.lab("base")))
    try scratch.write("q/series", "a.patch\nsub/b.patch\nsub/b.patch\n")
    let refused = try await patchkit("apply", "--onto", "t", "q", in: scratch.path)
    #expect(refused.code == 1)
    #expect(try scratch.snapshot("t") == Files.snapshot(Project.lab("base")))
    try scratch.write("q/series", "../q/a.patch\n")
    #expect(try await patchkit("apply", "--onto", "t", "q", in: scratch.path).code == 2)
  }

  /// The kernel's own file, which is not kept here: blob 2e8322c8 becomes blob 7b80d543.
  @Test func theKernelsOwnFileBecomesTheKernelsOwn() async throws {
    let variable = "PATCHKIT_SEED_PREIMAGE"
    let found = try await run("printenv", [variable])
    guard found.code == 0 else {
      try Test.cancel("\(variable) names no fs/ext4/file.c of blob 2e8322c8")
    }
    let scratch = try Scratch()
    try scratch.write("t/fs/ext4/file.c", try Files.read(found.line))
    let folder = scratch.file("t")
    #expect(
      try await git("hash-object", "fs/ext4/file.c", in: folder).line
        == "2e8322c8aa882f977410322b62d88346104b86c6")
    let expected = "7b80d543b89e71c41764b54a5d6eee59992c712c"
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: folder)
    }
    _ = try await git("clone", "-q", "--bare", "t", "bare.git", in: scratch.path)
    _ = try await patchkit("tree", "add", "old", "t", in: scratch.path)
    for (tree, store) in [("bare.git@main", "bare.git"), ("old", ".patchkit/store.git")] {
      let result = try await patchkit(
        "apply", "--onto", tree, "--branch", "new", Project.seed, in: scratch.path)
      #expect(result.code == 0, "\(result.errors)")
      #expect(
        try await git("--git-dir=\(store)", "rev-parse", "new:fs/ext4/file.c", in: scratch.path)
          .line
          == expected)
    }
    try scratch.copy(folder + "/fs", to: "plain/fs")
    for tree in ["t", "plain"] {
      #expect(try await patchkit("apply", "--onto", tree, Project.seed, in: scratch.path).code == 0)
      #expect(
        try await git("hash-object", "\(tree)/fs/ext4/file.c", in: scratch.path).line == expected)
    }
  }

  @Test func usageErrorsEndWithTwo() async throws {
    let scratch = try lab()
    let before = try scratch.snapshot()
    let wrong: [[String]] = [
      [], ["none.patch"], ["--onto", "nowhere", Project.seed],
      ["--check", "--commit", Project.seed],
      ["--branch", "x", Project.seed], ["-p", "-1", Project.seed],
      ["--refuse", "nothing", Project.seed],
      ["-", "-"], ["--nonsense"], ["t/fs"], ["--json", "--output", "-", Project.seed],
      ["--exclude", "*", "--onto", "t", "nothing"],
    ]
    for arguments in wrong {
      let result = try await run(Project.program, ["apply"] + arguments, in: scratch.path)
      #expect(result.code == 2, "\(arguments): \(result.code) \(result.errors)")
      #expect(!result.errors.isEmpty && result.text.isEmpty, "\(arguments)")
    }
    #expect(try scratch.snapshot() == before)
    let excluded = try await patchkit(
      "apply", "--exclude", "*", "--onto", "t", Project.seed, in: scratch.path)
    #expect(excluded.code == 1)
  }

  @Test func helpAndVersionAreThere() async throws {
    let help = try await patchkit("--help")
    #expect(help.code == 0 && help.text.contains("Exit codes:"))
    #expect(try await patchkit("--version").line == "0.1.0")
    #expect(try await patchkit("apply", "--help").text.contains("--unidiff-zero"))
  }

  /// libgit2 starts on a thread of its own while patches are read: a patch that is refused meanwhile
  /// must not end the process in the middle of that.
  @Test func aRefusalWaitsForWhatItStarted() async throws {
    let scratch = try lab()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<24 {
        group.addTask {
          try await patchkit("apply", "--strict", "--onto", "t", Project.seed, in: scratch.path)
            .code
        }
      }
      for try await code in group { #expect(code == 2) }
    }
  }

  /// Subjects and sign-offs as git am has them: the commits have the same ids.
  @Test(
    arguments: [
      [], ["-k"], ["-b"], ["--keep"], ["--keep-non-patch"], ["--signoff"], ["-b", "--signoff"],
    ] as [[String]])
  func optionsAboutTheMessageGiveGitsCommit(options: [String]) async throws {
    let scratch = try Scratch()
    try scratch.write("a/f.c", "one\ntwo\nthree\n")
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]] {
      _ = try await run("git", command, in: scratch.file("a"))
    }
    _ = try await run("cp", ["-r", "a", "b"], in: scratch.path)
    for (number, trailer) in [
      "", "Signed-off-by: A U Thor <author@example.org>\n",
      "Signed-off-by: C O Mitter <committer@example.org>\n",
    ].enumerated() {
      let (old, new) = (["two", "2", "zwei"][number], ["2", "zwei", "deux"][number])
      try scratch.write(
        "p.patch",
        """
        From: A U Thor <author@example.org>
        Date: Mon, 7 Feb 2011 10:20:30 -0500
        Subject: [PATCH v2 \(number + 1)/3] [stable] Re: lamp: [x] change

        Some text.

        \(trailer)---
        --- a/f.c
        +++ b/f.c
        @@ -1,3 +1,3 @@
         one
        -\(old)
        +\(new)
         three

        """)
      let mine = try await run(
        Project.program, ["apply", "-q", "--commit", "--onto", "a"] + options + ["p.patch"],
        in: scratch.path)
      #expect(mine.code == 0, "\(mine.errors)")
      // git am's own -b is an old word for --binary, which does nothing; git mailinfo's is this one.
      let gits = options.map { $0 == "-b" ? "--keep-non-patch" : $0 }
      let git = try await run(
        "git", ["am", "-q"] + gits + ["../p.patch"], in: scratch.file("b"))
      #expect(git.code == 0, "\(git.errors)")
      let (one, two) = (
        try await run("git", ["cat-file", "-p", "HEAD"], in: scratch.file("a")).text,
        try await run("git", ["cat-file", "-p", "HEAD"], in: scratch.file("b")).text
      )
      #expect(one == two)
    }
  }

  @Test func optionsAboutTheMessageNeedACommit() async throws {
    let scratch = try Scratch()
    try scratch.write("t/f", "a\n")
    for option in ["-k", "-b", "--signoff"] {
      let result = try await patchkit("apply", "--onto", "t", option, "p.patch", in: scratch.path)
      #expect(result.code == 2 && result.errors.contains("--commit"), "\(result.errors)")
    }
  }

  /// A link becomes a folder, and the folder the link again, on disk as in git.
  @Test func aLinkBecomesAFolderAndALinkAgain() async throws {
    let scratch = try Scratch()
    try scratch.write("t/other", "x\n")
    _ = try await run("ln", ["-s", "to/1", "a"], in: scratch.file("t"))
    let before = try scratch.snapshot("t")
    try scratch.write(
      "p.diff",
      "diff --git a/a b/a\ndeleted file mode 120000\n--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-to/1\n"
        + "\\ No newline at end of file\ndiff --git a/a/in b/a/in\nnew file mode 100644\n--- /dev/null\n"
        + "+++ b/a/in\n@@ -0,0 +1 @@\n+hi\n")
    let there = try await patchkit("apply", "--onto", "t", "p.diff", in: scratch.path)
    #expect(there.code == 0, "\(there.errors)")
    #expect(try scratch.snapshot("t").keys.sorted() == ["a/in", "other"])
    let back = try await patchkit("apply", "-R", "--onto", "t", "p.diff", in: scratch.path)
    #expect(back.code == 0, "\(back.errors)")
    #expect(try scratch.snapshot("t") == before)
    // A link that stays is not followed.
    try scratch.write(
      "in.diff",
      "diff --git a/a/in b/a/in\nnew file mode 100644\n--- /dev/null\n+++ b/a/in\n@@ -0,0 +1 @@\n+hi\n"
    )
    let inside = try await patchkit("apply", "--onto", "t", "in.diff", in: scratch.path)
    #expect(inside.code == 1 && inside.errors.contains("is a symbolic link"))
    #expect(try scratch.snapshot("t") == before)
  }
}
