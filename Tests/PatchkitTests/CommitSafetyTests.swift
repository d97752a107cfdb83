// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// A commit has the patch's change and nothing else, and moves nothing that another program holds.
@Suite struct CommitSafetyTests: OneChange {
  let scratch: Scratch

  init() throws { scratch = try Self.scratch() }

  // MARK: Files that git converts

  /// git writes the blob's id between the signs, and takes it away again in the commit.
  @Test(arguments: ["\n", "\r\n"])
  func anIdentifierIsCommittedAsGitKeepsIt(_ end: String) async throws {
    let kept = (["$Id$"] + (1...10).map { "\($0)" }).joined(separator: "\n") + "\n"
    try scratch.write("g/f.c", kept)
    try scratch.write("g/.gitattributes", "f.c ident\(end == "\n" ? "" : " text eol=crlf")\n")
    try await repository()
    try removeFile(scratch.file("g/f.c"))
    _ = try await run("git", ["checkout", "-q", "f.c"], in: scratch.file("g"))
    let file = String(decoding: try scratch.read("g/f.c"), as: UTF8.self)
    try #require(file.hasPrefix("$Id: ") && file.contains("4" + end))
    let made = try await tool(["apply", "--commit", "p.patch", "--onto", "g"])
    #expect(made.code == 0, "\(made.errors)")
    let shown = try await run("git", ["show", "HEAD:f.c"], in: scratch.file("g"))
    #expect(shown.text == kept.replacing("\n4\n", with: "\nfour\n"))
    let status = try await run("git", ["status", "--porcelain"], in: scratch.file("g"))
    #expect(status.text.isEmpty)
  }

  /// A new file is not a renamed one because another file with CR LF goes away.
  @Test func aNewFileIsCommittedAsItIs() async throws {
    try scratch.write("g/old.txt", "a\r\nb\r\nc\r\n}\r\n}\r\n")
    try scratch.write("g/moved.txt", "c\r\nd\r\ne\r\n")
    try scratch.write("g/.gitattributes", "*.txt text eol=crlf\n")
    try await repository()
    let patch = """
      Subject: files

      ---
      diff --git a/old.txt b/old.txt
      deleted file mode 100644
      --- a/old.txt
      +++ /dev/null
      @@ -1,5 +0,0 @@
      -a\r
      -b\r
      -c\r
      -}\r
      -}\r
      diff --git a/new.bin b/new.bin
      new file mode 100644
      --- /dev/null
      +++ b/new.bin
      @@ -0,0 +1,4 @@
      +}\r
      +$Id: y $\r
      +}\r
      +}\r
      diff --git a/moved.txt b/here.txt
      rename from moved.txt
      rename to here.txt
      --- a/moved.txt
      +++ b/here.txt
      @@ -1,3 +1,3 @@
       c\r
      -d\r
      +D\r
       e\r

      """
    try scratch.write("files.patch", patch)
    let made = try await tool(["apply", "--commit", "files.patch", "--onto", "g"])
    #expect(made.code == 0, "\(made.errors)")
    for (name, text) in [("new.bin", "}\r\n$Id: y $\r\n}\r\n}\r\n"), ("here.txt", "c\nD\ne\n")] {
      let shown = try await run("git", ["show", "HEAD:" + name], in: scratch.file("g"))
      #expect(shown.text == text, "\(name)")
    }
    let status = try await run("git", ["status", "--porcelain"], in: scratch.file("g"))
    #expect(status.text.isEmpty)
  }

  /// What git takes for clean and patchkit cannot compare is named as that.
  @Test func aWorkTreeWithoutModesIsNamed() async throws {
    try await repository()
    _ = try await run("git", ["config", "core.fileMode", "false"], in: scratch.file("g"))
    try #require(unsafe chmod(scratch.file("g/f.c"), 0o755) == 0)
    let made = try await tool(["apply", "--commit", "p.patch", "--onto", "g"])
    #expect(made.code == 3 && made.errors.contains("core.fileMode is false"), "\(made.errors)")
    let revision = try await tool(["apply", "--branch", "b", "p.patch", "--onto", "g@HEAD"])
    #expect(revision.code == 0, "\(revision.errors)")
  }

  @Test func aFileWithAFilterOfTheUsersIsNamed() async throws {
    try scratch.write("home/.gitconfig", "[filter \"up\"]\n\tclean = tr a-z A-Z\n\tsmudge = cat\n")
    try scratch.write("g/f.c", "one\n2\n3\n4\n5\n6\n")
    try scratch.write("g/.gitattributes", "f.c filter=up\n")
    for words in [
      ["init", "-q", "-b", "main"], ["add", "."],
      ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "base"],
    ] {
      _ = try await run(
        "env", ["GIT_CONFIG_GLOBAL=\(scratch.file("home/.gitconfig"))", "git"] + words,
        in: scratch.file("g"))
    }
    let made = try await tool(
      ["apply", "--commit", "p.patch", "--onto", "g"], home: scratch.file("home"))
    #expect(made.code == 3 && made.errors.contains("attribute 'filter'"), "\(made.errors)")
  }

  // MARK: Commits

  @Test(arguments: ["index.lock", "HEAD.lock", "refs/heads/main.lock", "refs/notes/patchkit.lock"])
  func aLockIsFoundBeforeAnythingIsChanged(_ lock: String) async throws {
    try await repository()
    try scratch.write("g/.git/\(lock)", "")
    let before = try scratch.snapshot("g")
    let made = try await tool(["apply", "--commit", "--provenance", "--onto", "g", "p.patch"])
    #expect(
      made.code == 1 && made.errors.contains(lock) && made.errors.contains("old"), "\(made.errors)")
    #expect(
      try scratch.snapshot("g").filter { !$0.key.contains("objects/") }
        == before.filter {
          !$0.key.contains("objects/")
        })
    #expect(try InputFile.names(in: scratch.file("g")) == [".git", "f.c"])
  }

  @Test func anUntrackedFileIsNotCommitted() async throws {
    try await repository()
    try scratch.write("g/u.c", (1...10).map { "\($0)\n" }.joined())
    try scratch.write("u.patch", Self.patch.replacing("/f.c", with: "/u.c"))
    for words in [[], ["--force"]] {
      let made = try await tool(["apply", "--commit", "--onto", "g", "u.patch"] + words)
      #expect(made.code == 1 && made.errors.contains("not tracked"), "\(made.errors)")
    }
    let log = try await git("log", "--oneline", in: scratch.file("g"))
    #expect(log.text.split(separator: "\n").count == 1)
  }

  @Test func uncommittedLinesAreNeverCommittedAsTheAuthors() async throws {
    try await repository()
    try scratch.write("g/f.c", (1...10).map { "\($0)\n" }.joined() + "mine\n")
    for words in [[], ["--force"]] {
      let made = try await tool(["apply", "--commit", "--onto", "g", "p.patch"] + words)
      #expect(made.code == 1 && made.errors.contains("uncommitted"), "\(made.errors)")
    }
  }

  @Test func aDetachedHeadGetsTheCommit() async throws {
    try await repository()
    _ = try await git("checkout", "-q", "--detach", in: scratch.file("g"))
    let made = try await tool(["apply", "--commit", "--onto", "g", "p.patch"])
    #expect(made.code == 0, "\(made.errors)")
    let subject = try await git("log", "-1", "--format=%s", in: scratch.file("g"))
    #expect(subject.text == "f: change a line\n")
    #expect(try await git("status", "--porcelain", in: scratch.file("g")).text.isEmpty)
    #expect(try await git("rev-list", "--count", "main", in: scratch.file("g")).text == "1\n")
  }

  @Test func anUnfinishedMergeIsNotEnded() async throws {
    try await repository()
    let head = try await git("rev-parse", "HEAD", in: scratch.file("g"))
    try scratch.write("g/.git/MERGE_HEAD", head.text)
    let made = try await tool(["apply", "--commit", "--onto", "g", "p.patch"])
    #expect(made.code == 1 && made.errors.contains("a merge is in progress"), "\(made.errors)")
  }

  /// The hint works when it is pasted, and nothing of the name is run.
  @Test(arguments: ["a b", "a;touch x", "$(touch x)"])
  func theHintForABranchNameIsQuoted(_ name: String) async throws {
    try await repository()
    let made = try await tool(["apply", "--onto", "g@main", "--branch", name, "p.patch"])
    #expect(
      made.code == 2 && made.errors.contains("git check-ref-format --branch '\(name)'"),
      "\(made.errors)")
  }

  @Test func noBranchIsCalledHEAD() async throws {
    try await repository()
    let made = try await tool(["apply", "--onto", "g@main", "--branch", "HEAD", "p.patch"])
    #expect(made.code == 2 && made.errors.contains("not a valid branch name"), "\(made.errors)")
  }
}
