// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// Repositories that are not plain full clones: each is read as git reads it, or named as unsupported.
@Suite struct RepositoryKindTests {
  private let scratch: Scratch

  init() async throws {
    scratch = try Scratch()
    try scratch.write("o/fs/a.c", Self.lines())
    try scratch.write("o/mm/b.c", Self.lines())
    try scratch.write("o/top.c", Self.lines())
    try scratch.write("p.patch", Self.patch("fs/a.c") + Self.patch("mm/b.c"))
    try await made("o", "init", "-q", "-b", "main")
    try await made("o", "add", "-A")
    try await made("o", "commit", "-qm", "base")
    try await made("o", "config", "uploadpack.allowFilter", "true")
  }

  private static func lines(_ ten: String = "10") -> String {
    (1...20).map { $0 == 10 ? "\(ten)\n" : "\($0)\n" }.joined()
  }

  private static func patch(_ name: String) -> String {
    "--- a/\(name)\n+++ b/\(name)\n@@ -8,5 +8,5 @@\n 8\n 9\n-10\n+ten\n 11\n 12\n"
  }

  /// Runs git, which has to succeed; what it prints is returned.
  @discardableResult
  private func made(_ folder: String, _ arguments: String..., input: String = "") async throws
    -> String
  {
    let result = try await run(
      "git", ["-c", "protocol.file.allow=always"] + arguments, in: scratch.file(folder),
      input: Array(input.utf8))
    try #require(result.code == 0, "git \(arguments): \(result.errors)")
    return result.line
  }

  /// Runs the program, which has to end within a minute.
  private func tool(_ arguments: String...) async throws -> ProcessResult {
    try await run("timeout", ["60", Project.program] + arguments, in: scratch.path)
  }

  private var url: String { "file://" + scratch.file("o") }

  private func object(_ id: String) -> String {
    "o/.git/objects/\(id.prefix(2))/\(id.dropFirst(2))"
  }

  // MARK: Damaged objects

  /// A cut at any length ends, and the object is named.
  @Test(arguments: ["HEAD", "HEAD^{tree}", "HEAD:fs", "HEAD:fs/a.c"])
  func aTruncatedObjectIsNamed(_ revision: String) async throws {
    let id = try await made("o", "rev-parse", revision)
    let whole = try scratch.read(object(id))
    for length in [0, 1, 2, 9, whole.count / 2, whole.count - 4, whole.count - 1] {
      try removeFile(scratch.file(object(id)))
      try scratch.write(object(id), Array(whole.prefix(length)))
      for words in [
        ["apply", "--check", "--onto", "o@main", "p.patch"],
        ["backport", "--check", "--onto", "o@main", "p.patch"],
        ["apply", "--onto", "o@main", "--branch", "b", "p.patch"],
        ["tree", "add", "x", "o@main"],
      ] {
        let result = try await run("timeout", ["60", Project.program] + words, in: scratch.path)
        #expect(result.code == 3, "\(words), \(length) bytes: \(result.code) \(result.errors)")
        #expect(
          result.errors.contains(id), "\(words), \(length) bytes: \(result.errors)")
      }
      let verified = try await tool("verify", "--no-cache", "--onto", "o@main", "p.patch")
      #expect(verified.code == 3, "verify, \(length) bytes: \(verified.code) \(verified.text)")
    }
  }

  @Test func anObjectWithAnotherContentIsNotRead() async throws {
    try scratch.write("o/fs/a.c", Self.lines("other"))
    let other = try await made("o", "hash-object", "-w", "fs/a.c")
    let id = try await made("o", "rev-parse", "HEAD:fs/a.c")
    try removeFile(scratch.file(object(id)))
    try scratch.write(object(id), try scratch.read(object(other)))
    let result = try await tool("apply", "--check", "--onto", "o@main", "p.patch")
    #expect(result.code == 3 && result.errors.contains("holds another object"), "\(result.errors)")
  }

  // MARK: Clones that have not all

  @Test func anUnfetchedBlobIsNoConflict() async throws {
    try await made(".", "clone", "-q", "--no-checkout", "--filter=blob:none", url, "c")
    for words in [
      ["apply", "--check", "--onto", "c@main", "p.patch"],
      ["backport", "--check", "--onto", "c@main", "p.patch"],
      ["verify", "--no-cache", "--onto", "c@main", "p.patch"],
      ["tree", "add", "x", "c@main"],
    ] {
      let result = try await run(Project.program, words, in: scratch.path)
      #expect(
        result.code == 3 && (result.text + result.errors).contains("partial clone"),
        "\(words): \(result.code) \(result.text) \(result.errors)")
    }
    // The hint's command fetches what is missing.
    try await made("c", "fetch", "-q", "--refetch", "--no-filter")
    let result = try await tool("apply", "--check", "--onto", "c@main", "p.patch")
    #expect(result.code == 0, "\(result.errors)")
  }

  @Test func anUnfetchedFolderIsNotTakenForAMissingOne() async throws {
    try await made(".", "clone", "-q", "--no-checkout", "--filter=tree:0", url, "c")
    let result = try await tool("apply", "--check", "--onto", "c@main", "p.patch")
    #expect(result.code == 3 && result.errors.contains("partial clone"), "\(result.errors)")
  }

  @Test(arguments: ["cone", "flag", "index"])
  func aFileOutsideOfASparseCheckoutExists(_ kind: String) async throws {
    try await made(".", "clone", "-q", url, "c")
    switch kind {
    case "cone": try await made("c", "sparse-checkout", "set", "--cone", "mm")
    case "index":
      try await made("c", "sparse-checkout", "set", "--cone", "--sparse-index", "mm")
    default:
      try await made("c", "update-index", "--skip-worktree", "fs/a.c")
      try removeFile(scratch.file("c/fs/a.c"))
    }
    let before = try scratch.snapshot("c")
    for words in [["--check"], [], ["--commit"]] {
      let result = try await run(
        Project.program, ["apply", "--onto", "c", "p.patch"] + words, in: scratch.path)
      #expect(
        result.code == 3
          && result.errors.contains(kind == "index" ? "sparse index" : "keeps it out"),
        "\(result.code) \(result.text) \(result.errors)")
    }
    // A new file at such a path would hide git's.
    try scratch.write("new.patch", "--- /dev/null\n+++ b/fs/a.c\n@@ -0,0 +1 @@\n+x\n")
    #expect(try await tool("apply", "--onto", "c", "new.patch").code == 3)
    #expect(try scratch.snapshot("c") == before)
    #expect(try await tool("apply", "--check", "--onto", "c@main", "p.patch").code == 0)
  }

  @Test func aSplitIndexIsNamed() async throws {
    try await made("o", "update-index", "--split-index")
    let result = try await tool("apply", "--commit", "--onto", "o", "p.patch")
    #expect(result.code == 3 && result.errors.contains("split index"), "\(result.errors)")
    try await made("o", "update-index", "--no-split-index")
    #expect(try await tool("apply", "--commit", "--onto", "o", "p.patch").code == 0)
  }

  // MARK: What git reads in the place of something

  @Test(arguments: [false, true]) func aReplacedBlobIsRead(_ isPacked: Bool) async throws {
    let id = try await made("o", "rev-parse", "HEAD:fs/a.c")
    let other = try await made(
      "o", "hash-object", "-w", "--stdin", input: Self.lines("other"))
    try await made("o", "replace", id, other)
    if isPacked { try await made("o", "pack-refs", "--all") }
    let result = try await tool("apply", "--check", "--onto", "o@main", "p.patch")
    #expect(
      result.code == 1 && (result.text + result.errors).contains("conflict  fs/a.c"),
      "\(result.text)\(result.errors)")
    let without = try await run(
      Project.program, ["apply", "--check", "--onto", "o@main", "p.patch"], in: scratch.path,
      environment: ["GIT_NO_REPLACE_OBJECTS": "1"])
    #expect(without.code == 0, "\(without.errors)")
  }

  /// The history before a graft, or before the commits of a shallow clone, is not there; nothing fails.
  @Test(arguments: ["shallow", "graft", "replace"])
  func aHistoryEndsWhereGitEndsIt(_ kind: String) async throws {
    try await made("o", "mv", "fs/a.c", "fs/moved.c")
    try await made("o", "commit", "-qm", "move")
    try await made("o", "mv", "top.c", "bottom.c")
    try await made("o", "commit", "-qm", "second")
    let whole = try await tool("backport", "--check", "--onto", "o@main", "p.patch")
    #expect(whole.code == 0 && whole.text.contains("fs/moved.c"), "\(whole.text)")
    var name = "o"
    let head = try await made("o", "rev-parse", "HEAD")
    switch kind {
    case "shallow":
      try await made(".", "clone", "-q", "--depth=1", url, "c")
      name = "c"
    case "graft": try scratch.write("o/.git/info/grafts", head + "\n")
    default: try await made("o", "replace", "--graft", head)
    }
    let result = try await tool("backport", "--check", "--onto", "\(name)@main", "p.patch")
    #expect(
      result.code == 1 && (result.text + result.errors).contains("missing-path  fs/a.c"),
      "\(result.code) \(result.text) \(result.errors)")
  }

  // MARK: Other forms

  @Test(arguments: ["sha256", "reftable"])
  func whatIsNotSupportedIsNamed(_ kind: String) async throws {
    if kind == "sha256" {
      try await made(".", "init", "-q", "--object-format=sha256", "s")
    } else {
      try await made(".", "init", "-q", "s")
      try await made("s", "config", "core.repositoryformatversion", "1")
      try await made("s", "config", "extensions.refstorage", "reftable")
    }
    for words in [
      ["apply", "--check", "--onto", "s", "p.patch"],
      ["apply", "--check", "--onto", "s@HEAD", "p.patch"],
      ["verify", "--no-cache", "--onto", "s@HEAD", "p.patch"],
      ["tree", "add", "x", "s@HEAD"], ["series", "push", "--onto", "s"],
    ] {
      let result = try await run(Project.program, words, in: scratch.path)
      let said = result.text + result.errors
      #expect(result.code == 3 && said.contains("not supported"), "\(words): \(said)")
    }
  }

  @Test func extensionsThatChangeNothingAreAccepted() async throws {
    try await made("o", "config", "core.repositoryformatversion", "1")
    try await made("o", "config", "extensions.preciousObjects", "true")
    try await made("o", "config", "extensions.worktreeConfig", "true")
    try await made("o", "config", "--worktree", "user.name", "Of The Tree")
    try await made("o", "config", "--worktree", "user.email", "tree@example.org")
    let result = try await run(
      "env",
      ["-u", "GIT_COMMITTER_NAME", "-u", "GIT_COMMITTER_EMAIL", Project.program]
        + ["apply", "--commit", "--signoff", "--onto", "o", "p.patch"],
      in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let commit = try await made("o", "log", "-1", "--format=%cn <%ce>%n%B")
    #expect(commit.contains("Of The Tree <tree@example.org>\n"), "\(commit)")
    #expect(
      commit.contains("Signed-off-by: Of The Tree <tree@example.org>"), "\(commit)")
  }

  @Test func aBranchOfAnotherWorkTreeIsNotMoved() async throws {
    try await made("o", "worktree", "add", "-q", "../w", "-b", "side")
    let before = try await made("o", "rev-parse", "side")
    for force in [[], ["--force"]] {
      let result = try await run(
        Project.program, ["apply", "--onto", "o@main", "--branch", "side", "p.patch"] + force,
        in: scratch.path)
      #expect(result.code != 0 && result.errors.contains("checked out"), "\(result.errors)")
    }
    #expect(try await made("o", "rev-parse", "side") == before)
    // In the other one it is committed to.
    #expect(try await tool("apply", "--commit", "--onto", "w", "p.patch").code == 0)
    #expect(try await made("w", "status", "--porcelain") == "")
  }

  @Test func aSubmoduleIsNotReplaced() async throws {
    try await made(".", "clone", "-q", url, "s")
    try await made("o", "submodule", "add", "-q", scratch.file("s"), "sub")
    try await made("o", "commit", "-qm", "sub")
    try scratch.write("new.patch", "--- /dev/null\n+++ b/sub/x\n@@ -0,0 +1 @@\n+x\n")
    try scratch.write("old.patch", Self.patch("sub/fs/a.c"))
    for (patch, words) in [
      ("new.patch", ["--onto", "o", "--commit"]), ("old.patch", ["--onto", "o", "--commit"]),
      ("new.patch", ["--onto", "o@main", "--branch", "b"]),
      ("old.patch", ["--onto", "o@main", "--branch", "b"]),
    ] {
      let result = try await run(
        Project.program, ["apply"] + words + [patch], in: scratch.path)
      #expect(result.code == 1, "\(words) \(patch): \(result.code) \(result.errors)")
    }
    #expect(try await made("o", "status", "--porcelain") == "")
    #expect(try await made("o", "ls-files", "-s", "sub").hasPrefix("160000"))
  }

  @Test(arguments: ["rebase", "am", "cherry-pick"])
  func anUnfinishedOperationIsNotEnded(_ kind: String) async throws {
    try await made("o", "checkout", "-q", "-b", "other")
    try scratch.write("o/top.c", Self.lines("other"))
    try await made("o", "commit", "-qam", "other")
    let mail = try await made("o", "format-patch", "--stdout", "HEAD~1")
    try await made("o", "checkout", "-q", "main")
    try scratch.write("o/top.c", Self.lines("mine"))
    try await made("o", "commit", "-qam", "mine")
    let words = kind == "am" ? ["am"] : [kind, "other"]
    #expect(
      try await run("git", words, in: scratch.file("o"), input: Array((mail + "\n").utf8)).code
        != 0)
    let head = try await made("o", "rev-parse", "HEAD")
    let result = try await tool("apply", "--commit", "--onto", "o", "p.patch")
    #expect(result.code == 1 && result.errors.contains("in progress"), "\(result.errors)")
    #expect(try await made("o", "rev-parse", "HEAD") == head)
  }
}
