// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// The same patches on several trees, and what `verify` keeps of it.
@Suite struct SeveralTreesTests {
  private static let lines = (1...40).map { "int line_number_\($0)(void);\n" }

  private static func file(_ changed: [Int: String]) -> String {
    (1...40).map { changed[$0] ?? lines[$0 - 1] }.joined()
  }

  private static let patch =
    "Subject: [PATCH] one: change line 20\n\n---\n--- a/f.c\n+++ b/f.c\n@@ -19,3 +19,3 @@\n \(lines[18])"
    + "-\(lines[19])+int changed(void);\n \(lines[20])"

  /// Folders: the patch's own tree, one with another offset, one that has it, one where it conflicts, and
  /// `moved`, where the file differs.
  private func trees() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("p.patch", Self.patch)
    try scratch.write("own/f.c", Self.file([:]))
    try scratch.write("later/f.c", "/* a */\n/* b */\n" + Self.file([:]))
    try scratch.write("has/f.c", Self.file([20: "int changed(void);\n"]))
    try scratch.write("conflict/f.c", Self.file([20: "long other_number(void);\n"]))
    return scratch
  }

  @Test func eachTreeIsAllOrNothing() async throws {
    let scratch = try trees()
    let before = try scratch.snapshot("conflict")
    let result = try await patchkit(
      "backport", "--onto", "own", "--onto", "conflict", "--onto", "later", "p.patch",
      in: scratch.path)
    #expect(result.code == 1)
    let rows = result.text.split(separator: "\n")
    #expect(rows[0].split(separator: " ") == ["own", "conflict", "later"])
    #expect(
      rows[1].hasPrefix("one: change line 20  exact")
        && rows[1].split(separator: " ").suffix(3) == ["exact", "conflict", "offset"])
    for (name, offset) in [("own", ""), ("later", "/* a */\n/* b */\n")] {
      let content = try scratch.read("\(name)/f.c")
      #expect(content == Array((offset + Self.file([20: "int changed(void);\n"])).utf8))
    }
    #expect(try scratch.snapshot("conflict") == before)
    #expect(result.text.contains("nothing was changed in conflict"))
    #expect(result.errors.contains("patchkit resolve --onto conflict p.patch"))
  }

  @Test func aTreeThatCannotBeChangedDoesNotStopTheOthers() async throws {
    let scratch = try trees()
    _ = try await git("init", "-q", "own", in: scratch.path)
    _ = try await git("add", "-A", in: scratch.file("own"))
    _ = try await git("commit", "-qm", "x", in: scratch.file("own"))
    try scratch.write("own/f.c", Self.file([:]) + "int mine(void);\n")
    let result = try await patchkit(
      "backport", "--json", "--onto", "own", "--onto", "later", "p.patch", in: scratch.path)
    struct Report: Decodable {
      struct Tree: Decodable {
        var tree: String
        var result: String
        var error: String?
      }
      var trees: [Tree]
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output))
    #expect(report.trees.map(\.result) == ["failed", "applied"])
    #expect(report.trees[0].error?.contains("uncommitted changes") == true)
    #expect(result.code == 1)
    #expect(try scratch.read("later/f.c").starts(with: Array("/* a */".utf8)))
  }

  @Test func branchesAndFilesAreNamedAfterTheTree() async throws {
    let scratch = try trees()
    let folder = scratch.file("own")
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]] {
      _ = try await run("git", command, in: folder)
    }
    _ = try await git("tag", "v1", in: folder)
    try scratch.write("own/f.c", "/* a */\n" + Self.file([:]))
    _ = try await git("commit", "-qam", "y", in: folder)
    _ = try await git("tag", "v2", in: folder)
    for options in [["--branch", "fix"], ["--check", "--output", "out.patch"]] {
      let refused = try await run(
        Project.program, ["backport", "--onto", "own@v1", "--onto", "own@v2", "p.patch"] + options,
        in: scratch.path)
      #expect(refused.code == 2)
      #expect(refused.errors.contains("'{tree}'"))
    }
    let made = try await patchkit(
      "backport", "--onto", "own@v1", "--onto", "own@v2", "--branch", "fix/{tree}", "--output",
      "{tree}.patch", "p.patch", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    for name in ["v1", "v2"] {
      let subject = try await git("log", "-1", "--format=%s", "fix/own-\(name)", in: folder).line
      #expect(subject == "one: change line 20")
      #expect(!(try scratch.read("own-\(name).patch")).isEmpty)
    }
    let twice = try await patchkit(
      "backport", "--check", "--onto", "later", "--onto", "later", "p.patch", in: scratch.path)
    #expect(twice.code == 2)
  }

  @Test func programsGetEachTreesReport() async throws {
    let scratch = try trees()
    let result = try await patchkit(
      "backport", "--check", "--porcelain", "--onto", "own", "--onto", "has", "p.patch",
      in: scratch.path)
    #expect(
      result.text
        == "tree\town\nresult\tchecked\npatch\texact\tone: change line 20\nfile\texact\tmodify\tf.c\n"
        + "hunk\texact\t1\t19\ntree\thas\nresult\tunchanged\npatch\talready-applied\tone: change line 20\n"
        + "file\talready-applied\tmodify\tf.c\nhunk\talready-applied\t1\t19\n")
  }

  private static let second =
    "Subject: [PATCH] two\n\n---\n--- a/f.c\n+++ b/f.c\n@@ -29,3 +29,3 @@\n \(lines[28])"
    + "-\(lines[29])+int two(void);\n \(lines[30])"

  /// A patch of which the user left everything out does not stop the patches after it.
  @Test func whatIsLeftOutStopsNothing() async throws {
    let scratch = try trees()
    try scratch.write("q.patch", Self.second)
    let decided = try await patchkit(
      "resolve", "--check", "--onto", "conflict", "p.patch", in: scratch.path,
      input: Array("n\n".utf8))
    #expect(decided.code == 1)
    let result = try await patchkit(
      "backport", "--onto", "conflict", "p.patch", "q.patch", in: scratch.path)
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    #expect(result.text.contains("applied 1 patch to conflict: 1 file changed\n"), "\(result.text)")
    #expect(
      try scratch.read("conflict/f.c")
        == Array(Self.file([20: "long other_number(void);\n", 30: "int two(void);\n"]).utf8))
  }

  /// What is after a conflict that was written is named, and is not taken for applied.
  @Test func whatIsAfterAConflictIsNamed() async throws {
    let scratch = try trees()
    try scratch.write("q.patch", Self.second)
    let marked = try await patchkit(
      "backport", "--conflicts", "merge", "--accept", "likely", "--onto", "conflict", "p.patch",
      "q.patch", in: scratch.path)
    #expect(marked.code == 1)
    #expect(marked.errors.contains("1 patch after the refused one was not tried\n"))
    #expect(
      marked.errors.contains(
        "'patchkit backport --onto conflict --conflicts merge --accept likely q.patch' works on the patches "
          + "after it"), "\(marked.errors)")
    let commit = try await patchkit(
      "backport", "--conflicts", "merge", "--commit", "--onto", "own", "p.patch", in: scratch.path)
    #expect(commit.code == 2 && commit.errors.contains("cannot be used with --commit"))
  }

  /// Patches that are not mails are patches of their own in what is written, for git, too.
  @Test func whatIsWrittenHasEachPatch() async throws {
    let scratch = try trees()
    let from = "From: A U Thor <author@example.org>\n"
    try scratch.write("p.patch", from + Self.patch)
    try scratch.write("q.patch", from.replacing("A U", with: "B O") + Self.second)
    let written = try await patchkit(
      "backport", "--check", "--output", "both.mbox", "--onto", "own", "p.patch", "q.patch",
      in: scratch.path)
    #expect(written.code == 0, "\(written.errors)")
    for command in [
      ["init", "-q", "own"], ["-C", "own", "add", "-A"], ["-C", "own", "commit", "-qm", "x"],
    ] {
      _ = try await run("git", command, in: scratch.path)
    }
    let mailed = try await run("git", ["am", "-q", "../both.mbox"], in: scratch.file("own"))
    #expect(mailed.code == 0, "\(mailed.errors)")
    let log = try await git("log", "-2", "--format=%an: %s", in: scratch.file("own")).text
    #expect(log == "B O Thor: two\nA U Thor: one: change line 20\n")
  }

  /// Two branches at one commit are two trees.
  @Test func branchesAtOneCommitAreTwoTrees() async throws {
    let scratch = try trees()
    for command in [
      ["init", "-q", "-b", "a"], ["add", "-A"], ["commit", "-qm", "x"], ["branch", "b"],
    ] {
      _ = try await run("git", command, in: scratch.file("own"))
    }
    let made = try await patchkit(
      "backport", "--onto", "own@a", "--onto", "own@b", "--branch", "fix-{tree}", "p.patch",
      in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
  }

  /// A hint has the options of the command line, so that it works as pasted.
  @Test func hintsKeepTheOptions() async throws {
    let scratch = try trees()
    let result = try await patchkit(
      "backport", "--explain", "-p", "1", "--scissors", "--check", "--onto=conflict", "p.patch",
      in: scratch.path)
    #expect(
      result.errors.contains(
        "'patchkit resolve --onto conflict -p 1 --scissors --check p.patch' asks"),
      "\(result.errors)")
    // A value that looks like a patch stays where it is.
    let output = try await patchkit(
      "backport", "--check", "--output", "-", "--accept", "certain", "--onto", "conflict",
      "p.patch",
      in: scratch.path)
    #expect(
      output.errors.contains("'patchkit resolve --onto conflict --check --output - p.patch' asks"),
      "\(output.errors)")
    let piped = try await patchkit(
      "backport", "--check", "--onto", "conflict", in: scratch.path, input: Array(Self.patch.utf8))
    #expect(
      piped.errors.contains(
        "'patchkit resolve --onto conflict --check FILE' (save the patches in a file first)"),
      "\(piped.errors)")
  }

  /// A tree that has the patch is not refused, and has the patches after it.
  @Test func whatATreeHasStopsNothing() async throws {
    let scratch = try trees()
    try scratch.write("q.patch", Self.second)
    let one = try await patchkit(
      "backport", "--check", "--onto", "has", "--onto", "own", "p.patch", in: scratch.path)
    #expect(one.code == 0 && one.text.contains("has has the patch already\n"), "\(one.text)")
    let both = try await patchkit(
      "backport", "--onto", "has", "--onto", "own", "p.patch", "q.patch", in: scratch.path)
    #expect(both.code == 0, "\(both.text)\(both.errors)")
    #expect(both.text.contains("applied 1 patch to has: 1 file changed\n"), "\(both.text)")
    #expect(try scratch.read("has/f.c") == (try scratch.read("own/f.c")))
  }

  /// An error in one tree says what is true of that tree alone, and ends with the code of a refusal.
  @Test func anErrorInOneTreeIsSaidOfThatTree() async throws {
    let scratch = try trees()
    for name in ["own", "later"] {
      _ = try await git("init", "-q", "-b", "main", name, in: scratch.path)
      _ = try await git("add", "-A", in: scratch.file(name))
      _ = try await git("commit", "-qm", "x", in: scratch.file(name))
    }
    _ = try await git("branch", "fix", in: scratch.file("later"))
    try scratch.write("later/more", "x\n")
    _ = try await git("add", "-A", in: scratch.file("later"))
    _ = try await git("commit", "-qm", "y", in: scratch.file("later"))
    let result = try await patchkit(
      "backport", "--onto", "own@main", "--onto", "later@main", "--branch", "fix", "p.patch",
      in: scratch.path)
    #expect(result.code == 1)
    #expect(result.errors.contains("later@main was not changed"), "\(result.errors)")
    #expect(!result.errors.contains("nothing was changed"))
    let made = try await git("rev-parse", "fix", in: scratch.file("own")).line
    #expect(result.text.contains("commit \(made)\n"), "\(result.text)")
  }

  /// One decision, made for one tree, counts on every tree with the same texts.
  @Test func decisionsAreShared() async throws {
    let scratch = try trees()
    try scratch.write("again/f.c", "/* c */\n" + Self.file([20: "long other_number(void);\n"]))
    let decided = try await patchkit(
      "resolve", "--check", "--onto", "conflict", "p.patch", in: scratch.path,
      input: Array("t\n".utf8))
    #expect(decided.code == 0, "\(decided.text)\(decided.errors)")
    let result = try await patchkit(
      "backport", "--check", "--onto", "conflict", "--onto", "again", "p.patch", in: scratch.path)
    #expect(result.code == 0, "\(result.text)")
  }

  // MARK: The collection

  /// A red cell becomes green with the patch as it was adapted to the tree.
  @Test func verifyUsesThePatchThatATreeHasOfItsOwn() async throws {
    let scratch = try trees()
    try scratch.write("Patches/one/p.patch", Self.patch)
    func manifest(_ more: String) throws {
      try scratch.write(
        "Patches/one/patch.yaml",
        "trees:\n  - name: own\n    at: ../../own\n  - name: conflict\n    at: ../../conflict\n\(more)"
      )
    }
    try manifest("")
    let red = try await patchkit("verify", "--json", in: scratch.path)
    #expect(red.code == 1)
    let found = try JSONDecoder().decode(VerifyFound.self, from: Data(red.output))
    let hint = found.cell("p.patch", "conflict")?.findings.first?.hint ?? ""
    #expect(hint.contains("'patchkit backport --record --onto conflict Patches/one'"), "\(hint)")
    try scratch.write(
      "Patches/one/adapted/conflict.patch",
      "Subject: [PATCH] one: change line 20\n\n---\n--- a/f.c\n+++ b/f.c\n@@ -19,3 +19,3 @@\n \(Self.lines[18])"
        + "-long other_number(void);\n+int changed(void);\n \(Self.lines[20])")
    try manifest("    patch: adapted/conflict.patch\n")
    let green = try await patchkit("verify", "--json", in: scratch.path)
    #expect(green.code == 0, "\(green.text)")
    let now = try JSONDecoder().decode(VerifyFound.self, from: Data(green.output))
    #expect(now.verification.folders.map(\.patches.count) == [1])
    #expect(now.cell("p.patch", "conflict")?.outcome?.verdict == "exact")
    // A change of that file alone is seen, in spite of the cache.
    try scratch.write(
      "Patches/one/adapted/conflict.patch",
      "--- a/f.c\n+++ b/f.c\n@@ -19,3 +19,3 @@\n x\n-Y\n+int changed(void);\n z\n")
    let changed = try await patchkit("verify", in: scratch.path)
    #expect(changed.code == 1)
  }

  @Test(arguments: [
    ("adapted/nowhere.patch", "cannot be used"),
    ("../p.patch", "is not the path of a file in the folder"),
    ("adapted/two.patch", "has 2 patches, and the folder 1"),
  ])
  func aPatchOfATreeThatCannotBeUsedIsNamed(_ name: String, _ words: String) async throws {
    let scratch = try trees()
    try scratch.write("Patches/one/p.patch", Self.patch)
    let mail = "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    try scratch.write("Patches/one/adapted/two.patch", mail + Self.patch + "\n" + mail + Self.patch)
    try scratch.write(
      "Patches/one/patch.yaml",
      "trees:\n  - name: own\n    at: ../../own\n    patch: \(name)\n  - name: spare\n    at: ../../own\n"
        + "    patch: adapted/two.patch\n")
    let result = try await patchkit("verify", in: scratch.path)
    #expect(result.code == 1 || result.code == 2)
    #expect((result.text + result.errors).contains(words), "\(result.text)\(result.errors)")
  }
}
