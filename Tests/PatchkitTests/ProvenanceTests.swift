// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// What commits record of where they come from, and how a change for a tree is noted.
@Suite struct ProvenanceTests {
  private static let mail = """
    From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
    From: A U Thor <author@example.org>
    Date: Mon, 7 Feb 2011 10:20:30 -0500
    Subject: [PATCH] fs: two

    Why.

    Signed-off-by: A U Thor <author@example.org>
    ---
    --- a/f.c
    +++ b/f.c
    @@ -1,5 +1,5 @@
     1
     2
    -3
    +33
     4
     5

    """

  private func scratch() async throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("p.patch", Self.mail)
    try scratch.write("t/f.c", "1\n22\n3\n4\n5\n")
    _ = try await git("init", "-q", "-b", "main", in: scratch.file("t"))
    _ = try await git("add", ".", in: scratch.file("t"))
    _ = try await git("commit", "-qm", "base", in: scratch.file("t"))
    return scratch
  }

  @Test(arguments: [["--commit", "--onto", "t"], ["--branch", "made", "--onto", "t@main"]])
  func aNoteSaysWhereACommitComesFrom(_ where: [String]) async throws {
    let scratch = try await scratch()
    func backport(_ arguments: [String]) async throws -> ProcessResult {
      try await run(
        Project.program, ["backport", "--accept", "plausible"] + arguments + ["p.patch"],
        in: scratch.path)
    }
    let result = try await backport(`where` + ["--provenance"])
    #expect(result.code == 0, "\(result.errors)")
    let revision = `where`.contains("made") ? "made" : "main"
    let note = try await git(
      "notes", "--ref=patchkit", "show", revision, in: scratch.file("t")
    ).text
    let version = try await patchkit("--version").text
    #expect(
      note.hasPrefix(
        "patchkit: \(version.split(separator: "\n")[0])\n"
          + "upstream: 0123456789012345678901234567890123456789\nverdict: "), "\(note)")
    #expect(note.contains("file: f.c: ") && note.contains("  hunk 1: "), "\(note)")
    // The message has nothing of it, and without the option there is none.
    let log = try await git("log", "-1", "--format=%B", revision, in: scratch.file("t")).text
    #expect(!log.contains("patchkit"))
    let usage = try await patchkit(
      "backport", "--provenance", "--check", "--onto", "t", "p.patch", in: scratch.path)
    #expect(usage.code == 2)
  }

  /// A note that a commit has already is the user's, and stays.
  @Test func aNoteThatIsThereStays() async throws {
    let scratch = try await scratch()
    // The same commit is made again: the dates are given.
    func backport() async throws {
      let result = try await run(
        Project.program,
        [
          "backport", "--accept", "plausible", "--branch", "made", "--force", "--onto", "t@main",
          "--provenance",
          "p.patch",
        ], in: scratch.path, environment: ["GIT_COMMITTER_DATE": "1700000000 +0000"])
      #expect(result.code == 0, "\(result.errors)")
    }
    func notes(_ words: String...) async throws -> String {
      let result = try await run(
        "git", ["notes", "--ref=patchkit"] + words, in: scratch.file("t"))
      #expect(result.code == 0, "\(result.errors)")
      return result.text
    }
    try await backport()
    let own = try await notes("show", "made")
    try await backport()
    #expect(try await notes("show", "made") == own, "the same is not added twice")
    _ = try await notes("add", "-f", "-m", "seen by me", "made")
    try await backport()
    #expect(try await notes("show", "made") == "seen by me\n\n\(own)")
    // In folders, as git keeps many notes.
    let commit = try await git("rev-parse", "made", in: scratch.file("t")).line
    let blob = try await git(
      "hash-object", "-w", "--stdin", in: scratch.file("t"), input: Array("mine\n".utf8)
    ).line
    let path = "\(commit.prefix(2))/\(commit.dropFirst(2))"
    let made = try await git(
      "fast-import", "--quiet", "--force", in: scratch.file("t"),
      input: Array(
        "commit refs/notes/patchkit\ncommitter C <c@d.e> 1700000000 +0000\ndata 0\nM 100644 \(blob) \(path)\n\n"
          .utf8))
    #expect(made.code == 0, "\(made.errors)")
    try await backport()
    #expect(try await notes("show", "made") == "mine\n\n\(own)")
  }

  @Test func theNotesForm() async throws {
    let scratch = try await scratch()
    func backport() async throws -> ProcessResult {
      try await patchkit(
        "backport", "--accept", "plausible", "--check", "--quiet", "--style", "stable", "--output",
        "-", "--onto", "t", "p.patch", in: scratch.path)
    }
    let usual = try await backport()
    #expect(usual.text.contains("\n[ committer: adjusted context in f.c ]\n"), "\(usual.text)")
    try scratch.write(".patchkit.yaml", "note-form: '[adapted by {who}: {what}]'\n")
    let own = try await backport()
    #expect(own.text.contains("\n[adapted by committer: adjusted context in f.c]\n"), "\(own.text)")
    // Written a second time, what applies as it is has no note of a change any more.
    try scratch.write("p.patch", own.output)
    let again = try await backport()
    #expect(again.text.components(separatedBy: "adapted by").count == 1, "\(again.text)")
    for wrong in ["adjusted", "[ {who} ]", "{what}"] {
      try scratch.write(".patchkit.yaml", "note-form: '\(wrong)'\n")
      let result = try await backport()
      #expect(result.code == 2 && result.errors.contains("sets note-form to"), "\(result.errors)")
    }
  }

  @Test func twoFormsOfOutputContradict() async throws {
    let scratch = try await scratch()
    let result = try await patchkit(
      "apply", "--json", "--porcelain", "--onto", "t", "p.patch", in: scratch.path)
    #expect(result.code == 2 && result.errors.contains("contradict each other"))
  }
}
