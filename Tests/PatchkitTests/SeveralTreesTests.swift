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
  /// `moved`, where the file is another.
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
        + "hunk\texact\t1\t19\ntree\thas\nresult\trefused\npatch\talready-applied\tone: change line 20\n"
        + "file\talready-applied\tmodify\tf.c\nhunk\talready-applied\t1\t19\n")
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
    #expect(hint.contains("--output Patches/one/conflict.patch"), "\(hint)")
    #expect(hint.contains("'patch: conflict.patch'"))
    try scratch.write(
      "Patches/one/conflict.patch",
      "Subject: [PATCH] one: change line 20\n\n---\n--- a/f.c\n+++ b/f.c\n@@ -19,3 +19,3 @@\n \(Self.lines[18])"
        + "-long other_number(void);\n+int changed(void);\n \(Self.lines[20])")
    try manifest("    patch: conflict.patch\n")
    let green = try await patchkit("verify", "--json", in: scratch.path)
    #expect(green.code == 0, "\(green.text)")
    let now = try JSONDecoder().decode(VerifyFound.self, from: Data(green.output))
    #expect(now.verification.folders.map(\.patches.count) == [1])
    #expect(now.cell("p.patch", "conflict")?.outcome?.verdict == "exact")
    // A change of that file alone is seen, in spite of the cache.
    try scratch.write(
      "Patches/one/conflict.patch",
      "--- a/f.c\n+++ b/f.c\n@@ -19,3 +19,3 @@\n x\n-Y\n+int changed(void);\n z\n")
    let changed = try await patchkit("verify", in: scratch.path)
    #expect(changed.code == 1)
  }

  @Test(arguments: [
    ("nowhere.patch", "cannot be used"), ("../p.patch", "is not the path of a file in the folder"),
    ("two.patch", "has 2 patches, and the folder 1"),
  ])
  func aPatchOfATreeThatCannotBeUsedIsNamed(_ name: String, _ words: String) async throws {
    let scratch = try trees()
    try scratch.write("Patches/one/p.patch", Self.patch)
    let mail = "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    try scratch.write("Patches/one/two.patch", mail + Self.patch + "\n" + mail + Self.patch)
    try scratch.write(
      "Patches/one/patch.yaml",
      "trees:\n  - name: own\n    at: ../../own\n    patch: \(name)\n  - name: spare\n    at: ../../own\n"
        + "    patch: two.patch\n")
    let result = try await patchkit("verify", in: scratch.path)
    #expect(result.code == 1 || result.code == 2)
    #expect((result.text + result.errors).contains(words), "\(result.text)\(result.errors)")
  }
}
