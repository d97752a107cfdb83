// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// Commits where commands take patches: found by id, tag, range or subject.
@Suite struct CommitInputTests {
  private static let odd = """
    [SCSI] two: with [brackets]

    From: someone else
    ---
    not cut
    diff --git a/x b/x
    --- a/x
    +++ b/x
    From me to you
    From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001

    Fixes: 0123456789ab ("one")
    Signed-off-by: M <m@example.org>

    """

  /// A repository `r` with a merge, a commit without a change and an odd message, and a clone `t` at its first
  /// commit.
  private func repositories() async throws -> Scratch {
    let scratch = try Scratch()
    let lines = (1...20).map { "line \($0)\n" }
    func file(_ changed: [Int: String]) -> String {
      (1...20).map { changed[$0] ?? lines[$0 - 1] }.joined()
    }
    func git(_ words: String..., input: String = "") async throws {
      let made = try await run("git", words, in: scratch.file("r"), input: Array(input.utf8))
      #expect(made.code == 0, "\(words): \(made.errors)")
    }
    try scratch.write("r/f", file([:]))
    try await git("init", "-q", "-b", "main")
    try await git("add", "-A")
    try await git("commit", "-qm", "one")
    try await git("tag", "v1")
    try scratch.write("r/f", file([5: "five\n"]))
    try await git(
      "commit", "-qaF", "-", "--cleanup=verbatim", "--author=J\u{F6}rg \"Q\" X. <j@example.org>",
      input: Self.odd)
    try await git("tag", "odd")
    try await git("checkout", "-qb", "side", "v1")
    try scratch.write("r/g", "new\n")
    try await git("add", "-A")
    try await git("commit", "-qm", "side: add g")
    try await git("checkout", "-q", "main")
    try await git("merge", "-q", "--no-ff", "side", "-m", "Merge side")
    try await git("tag", "v2")
    try await git("commit", "-q", "--allow-empty", "-m", "nothing")
    try await git("tag", "empty")
    try scratch.write("r/f", file([5: "five\n", 15: "fifteen\n"]))
    try await git("commit", "-qam", "three")
    try await git("tag", "three")
    _ = try await run("git", ["clone", "-q", "r", "t"], in: scratch.path)
    _ = try await run("git", ["checkout", "-q", "-b", "work", "v1"], in: scratch.file("t"))
    return scratch
  }

  private func id(_ revision: String, _ scratch: Scratch) async throws -> String {
    try await git("rev-parse", revision, in: scratch.file("r")).line
  }

  @Test func aCommitIsFoundByIdTagAndSubject() async throws {
    let scratch = try await repositories()
    let short = String(try await id("odd", scratch).prefix(9))
    for name in ["odd", short, "r@odd", "r@\(short)", "commit:odd", "[SCSI] two: with [brackets]"] {
      let result = try await patchkit(
        "apply", "--check", "--onto", "t", "--upstream", "r", name, in: scratch.path)
      #expect(result.code == 0, "\(name): \(result.errors)")
      #expect(result.text.contains("exact [SCSI] two: with [brackets]"), "\(result.text)")
    }
    // Without --upstream, the current folder's repository is asked.
    let inside = try await patchkit("show", "odd", in: scratch.file("r"))
    #expect(inside.code == 0 && inside.text.hasPrefix("[SCSI] two: with [brackets]\n"))
  }

  /// The commit that is made is the one that `git cherry-pick` makes, whatever its message looks like.
  @Test func theCommitKeepsMessageAndAuthor() async throws {
    let scratch = try await repositories()
    let made = try await patchkit(
      "apply", "--onto", "t@v1", "--branch", "made", "--upstream", "r", "odd", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    let form = "--format=%an|%ae|%ad|%T|%B"
    let own = try await git("log", "-1", form, "made", in: scratch.file("t")).text
    let original = try await git("log", "-1", form, "odd", in: scratch.file("r")).text
    #expect(own == original)
  }

  @Test func anExistingFileWinsOverACommit() async throws {
    let scratch = try await repositories()
    let patch = try await git("format-patch", "-1", "--stdout", "side", in: scratch.file("r"))
    try scratch.write("r/odd", patch.output)
    let file = try await patchkit("show", "odd", in: scratch.file("r"))
    #expect(file.text.hasPrefix("side: add g\n"))
    let commit = try await patchkit("show", "commit:odd", in: scratch.file("r"))
    #expect(commit.text.hasPrefix("[SCSI] two"))
  }

  @Test func rangesGoOldestFirst() async throws {
    let scratch = try await repositories()
    let made = try await patchkit(
      "apply", "--onto", "t@v1", "--branch", "made", "-m", "1", "--upstream", "r", "v1..v2",
      in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    let subjects = try await git("log", "--format=%s", "v1..made", in: scratch.file("t")).text
    #expect(subjects == "Merge side\n[SCSI] two: with [brackets]\n")
    let trees = try await git("rev-parse", "made^{tree}", in: scratch.file("t")).line
    #expect(trees == (try await id("v2^{tree}", scratch)))
  }

  @Test(arguments: [
    (["v2"], 2, "a merge is not a patch"), (["v1..v2"], 2, "a merge is not a patch"),
    (["empty"], 2, "changes no file"), (["v2..v1"], 2, "there is no commit in the range"),
    (["v1...v2"], 2, "v1..v2"), (["nowhere"], 2, "neither a file nor a commit"),
    (["fix.patch"], 2, "neither a file nor a commit"),
    (["deadbeef"], 2, "neither a file nor a commit"),
    (["no such subject"], 2, "no commit has the subject"), (["-m", "3", "v2"], 2, "no parent 3"),
    (["t@nowhere"], 2, "neither a file nor a commit"), (["nowhere@v1"], 2, "neither a file"),
  ])
  func whatIsNoPatchIsNamed(_ names: [String], _ code: Int, _ words: String) async throws {
    let scratch = try await repositories()
    let before = try scratch.snapshot("t")
    let result = try await run(
      Project.program, ["apply", "--onto", "t", "--upstream", "r"] + names, in: scratch.path)
    #expect(result.code == code, "\(result.text)\(result.errors)")
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(try scratch.snapshot("t") == before)
  }

  @Test func aMissingFileIsOneWhereNoRepositoryIsNear() async throws {
    let scratch = try Scratch()
    try scratch.write("t/f", "a\n")
    let result = try await patchkit("apply", "--onto", "t", "nowhere", in: scratch.path)
    #expect(result.code == 2)
    #expect(result.errors.contains("cannot be read: No such file"), "\(result.errors)")
  }

  @Test func anAbbreviatedIdOfSeveralObjectsIsNamed() async throws {
    let scratch = try Scratch()
    // Two commits with ids that begin alike are looked for by their number.
    _ = try await git("init", "-q", "r", in: scratch.path)
    var seen: [Substring: String] = [:]
    var shared: Substring?
    let stream = try await fastImport(600)
    _ = try await run(
      "git", ["fast-import", "--quiet"], in: scratch.file("r"), input: Array(stream.utf8))
    for line in try await git("rev-list", "main", in: scratch.file("r")).text.split(separator: "\n")
    {
      let start = line.prefix(4)
      if seen[start] != nil { shared = start }
      seen[start] = String(line)
    }
    // The commits are the same in every run, so their ids are.
    let digits = try #require(shared)
    let result = try await patchkit("show", "--upstream", "r", String(digits), in: scratch.path)
    #expect(result.code == 2)
    #expect(result.errors.contains("several objects"), "\(result.errors)")
  }

  /// A commit is meant where one is wanted: other objects whose ids begin alike do not count, as in git.
  @Test func anAbbreviatedIdOfOneCommitIsEnough() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "-b", "main", "r", in: scratch.path)
    let stream = try await fastImport(600)
    _ = try await run(
      "git", ["fast-import", "--quiet"], in: scratch.file("r"), input: Array(stream.utf8))
    let all = try await git(
      "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)",
      in: scratch.file("r"))
    var kinds: [Substring: [Substring]] = [:]
    for line in all.text.split(separator: "\n") { kinds[line.prefix(4), default: []].append(line) }
    let shared = kinds.filter { _, lines in
      lines.count > 1 && lines.count { $0.hasSuffix(" commit") } == 1
    }
    let (digits, lines) = try #require(shared.min { $0.key < $1.key })
    let commit = try #require(lines.first { $0.hasSuffix(" commit") }).prefix(40)
    #expect(
      try await git("rev-parse", "\(digits)^{commit}", in: scratch.file("r")).line == commit)
    for name in [String(digits), "r@\(digits)", "\(digits)~1..\(digits)"] {
      let result = try await patchkit("show", "--json", "--upstream", "r", name, in: scratch.path)
      #expect(result.code == 0, "\(name): \(result.errors)")
      #expect(result.text.contains("\"r@\(commit.prefix(12))\""), "\(name): \(result.text)")
    }
  }

  /// Dots in a subject do not make it a range.
  @Test(arguments: [
    "x: handle a..b", "x: what is this...", "x: a...b and more", "x: the end.", "x: 1..2..3 ..",
  ])
  func aSubjectMayHoldDots(_ subject: String) async throws {
    let scratch = try await repositories()
    try scratch.write("r/h", "h\n")
    _ = try await git("add", "-A", in: scratch.file("r"))
    _ = try await git("commit", "-qm", subject, in: scratch.file("r"))
    for name in [subject, "r@\(subject)", "commit:\(subject)"] {
      let result = try await patchkit("show", "--upstream", "r", name, in: scratch.path)
      #expect(result.code == 0, "\(name): \(result.errors)")
      #expect(result.text.hasPrefix("\(subject)\n"), "\(result.text)")
    }
  }

  /// What follows a `---` in a commit's message comes through `--output` to `git am`.
  @Test(arguments: [[], ["--style", "stable"], ["--style", "debian"], ["--style", "suse"]])
  func aMessageWithASeparatorIsWrittenWhole(_ style: [String]) async throws {
    let scratch = try await repositories()
    try scratch.write("r/h", "h\n")
    _ = try await git("add", "-A", in: scratch.file("r"))
    let message =
      "x: cut it\n\nText.\n---\nnot cut\ndiff --git a/x b/x\n\nSigned-off-by: M <m@example.org>\n"
    let commit = try await git(
      "commit", "-qF", "-", "--cleanup=verbatim", in: scratch.file("r"), input: Array(message.utf8))
    #expect(commit.code == 0, "\(commit.errors)")
    let command = style.isEmpty ? "apply" : "backport"
    let result = try await run(
      Project.program,
      [command, "--onto", "t@v1", "--quiet", "--output", "o.patch", "--upstream", "r"] + style
        + ["main"], in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let am = try await git(
      "-c", "user.name=M", "-c", "user.email=m@example.org", "am", "-q", "../o.patch",
      in: scratch.file("t"))
    #expect(am.code == 0, "\(am.errors)")
    let body = try await git("log", "-1", "--format=%B", in: scratch.file("t")).text
    for line in [" ---", "not cut", " diff --git a/x b/x", "Signed-off-by: M <m@example.org>"] {
      #expect(body.split(separator: "\n").contains(Substring(line)), "\(line): \(body)")
    }
    if !style.isEmpty { #expect(body.split(separator: "Signed-off-by: ").count == 3, "\(body)") }
  }

  private func fastImport(_ count: Int) async throws -> String {
    (1...count).map {
      "commit refs/heads/main\ncommitter A <a@example.org> \($0) +0000\ndata 1\nx\nM 644 inline f\ndata \("\($0)".utf8.count)\n\($0)\n"
    }.joined()
  }

  @Test func everyCommandThatTakesPatchesTakesCommits() async throws {
    let scratch = try await repositories()
    for command in [
      ["show"], ["stat"], ["lint"], ["apply", "--check", "--onto", "t"],
      ["backport", "--check", "--onto", "t"],
      ["analyze", "--no-symbols", "--no-index", "--onto", "t"],
    ] {
      let result = try await run(
        Project.program, command + ["--upstream", "r", "odd"], in: scratch.path)
      #expect(result.code == 0, "\(command): \(result.errors)")
    }
    let same = try await patchkit("compare", "r@odd", "r@odd", in: scratch.path)
    #expect(same.code == 0 && same.text.contains("the backport makes upstream's changes"))
    let other = try await patchkit("compare", "r@odd", "r@three", in: scratch.path)
    #expect(other.code == 1)
    let taken = try await patchkit(
      "series", "import", "--patches", "p", "--upstream", "r", "three", in: scratch.path)
    #expect(taken.code == 0, "\(taken.errors)")
    #expect(String(decoding: try scratch.read("p/series"), as: UTF8.self) == "0001-three.patch\n")
  }
}
