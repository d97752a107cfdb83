// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import Testing

@Suite struct HeaderTests {
  private func files(_ text: String) -> [FilePatch] {
    PatchDocument(parsing: Array(text.utf8)).files
  }

  private func text(_ bytes: [UInt8]?) -> String? {
    bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func aGitHeaderGivesNamesIdsAndModes() throws {
    let file = try #require(files(Samples.git).first)
    #expect(file.dialect == .git && file.change == .modify)
    #expect(text(file.oldName) == "a/fs/a.c" && text(file.newName) == "b/fs/a.c")
    #expect(text(file.oldID) == "1234567" && text(file.newID) == "89abcde")
    #expect(file.oldMode == 0o100644 && file.newMode == 0o100644)
    #expect(text(file.hunks[0].section) == "int first(void)")
    #expect(file.addedCount == 2 && file.removedCount == 1)
    #expect(file.hunks[0].leadingContext == 1 && file.hunks[0].trailingContext == 1)
  }

  @Test func aPlainHeaderEndsItsNamesAtTheTab() throws {
    let file = try #require(files(Samples.plain).first)
    #expect(file.dialect == .unified)
    #expect(text(file.oldName) == "linux.orig/fs/a.c")
    #expect(text(file.paths(strip: 1)?.new) == "fs/a.c")
    #expect(file.paths(strip: 3) == nil)
  }

  @Test(arguments: [
    ("2011-02-12 08:12:18.000000000 -0500", FilePatch.Change.modify),
    ("1970-01-01 00:00:00.000000000 +0000", .create),
    ("1970-01-01 01:00:00.000000000 +0100", .create),
    ("1969-12-31 19:00:00.000000000 -0500", .create),
    ("1970-01-01 00:00:01.000000000 +0000", .modify),
  ])
  func theEpochStandsForNoFile(_ stamp: String, _ change: FilePatch.Change) throws {
    for separator in ["\t", " "] {
      let diff =
        "--- a/x\(separator)\(stamp)\n+++ b/x\(separator)2011-01-01 00:00:00 +0000\n@@ -0,0 +1 @@\n+a\n"
      let file = try #require(files(diff).first)
      #expect(file.change == change)
      #expect(text(file.paths(strip: 1)?.new) == "x")
    }
  }

  @Test func aNewFileAndADeletedOneHaveOneName() throws {
    let new = try #require(files(Samples.created).first)
    #expect(new.change == .create && new.oldName == nil && new.newMode == 0o100755)
    #expect(text(new.paths(strip: 1)?.new) == "new file.c")
    #expect(new.hunks[0].lines.contains { !$0.hasNewline })
    let gone = try #require(files(Samples.deleted).first)
    #expect(gone.change == .delete && gone.newName == nil)
  }

  @Test func renamesCopiesAndModesNeedNoHunks() throws {
    let all = files(Samples.renamed)
    #expect(all.map(\.change) == [.rename, .copy, .modify])
    #expect(all[0].similarity == 87)
    #expect(text(all[0].paths(strip: 1)?.old) == "old name.c")
    #expect(text(all[0].paths(strip: 1)?.new) == "dir/new name.c")
    // git's rename lines have no prefix, so -p2 takes off one component: more than this name has.
    #expect(all[0].paths(strip: 2) == nil)
    #expect(all[2].oldMode == 0o100644 && all[2].newMode == 0o100755)
  }

  @Test func quotedNamesAreDecodedAndWrittenBack() throws {
    let file = try #require(files(Samples.quoted).first)
    let path = try #require(file.paths(strip: 1)?.new)
    #expect(text(path) == "café \"x\".c")
    #expect(text(FilePatch.quoted(path)) == "\"caf\\303\\251 \\\"x\\\".c\"")
  }

  @Test(arguments: [
    ("diff --git a/a b c b/a b c", "a b c"), ("diff --git \"a/q\\tz\" b/q\tz", "q\tz"),
    ("diff --git x y x y", "y"), ("diff --git a/b/c b/b/c", "b/c"),
  ])
  func namesWithoutHunksComeFromTheGitLine(_ line: String, _ path: String) throws {
    let file = try #require(files("\(line)\nold mode 100644\nnew mode 100755\n").first)
    if line.contains("x y x y") {
      // The same name without a prefix: `x y`; a component taken off leaves nothing.
      #expect(text(file.oldName) == "x y")
    } else {
      #expect(text(file.paths(strip: 1)?.new) == path)
    }
  }

  @Test func theShorterNameOfAPlainDiffIsTaken() throws {
    let file = try #require(files("--- a/x.c.orig\n+++ a/x.c\n@@ -1 +1 @@\n-a\n+b\n").first)
    #expect(text(file.paths(strip: 1)?.old) == "x.c")
  }

  @Test(arguments: [
    ("x/EDITME", "EDITME.extra", "EDITME.extra"), ("dir/a", "b", "b"), ("b", "dir/a", "a"),
    ("o/f.c", "n/g.c", "g.c"), ("o/f.c", "n/f.c~", "f.c"),
  ])
  func oneNameOfAPlainDiffIsEnough(_ old: String, _ new: String, _ path: String) throws {
    let file = try #require(files("--- \(old)\n+++ \(new)\n@@ -1 +1 @@\n-a\n+b\n").first)
    #expect(text(file.paths(strip: file.usualStrip)?.new) == path)
  }

  @Test func aGitHeaderMayLeaveOutItsPrefixBelow() throws {
    let file = try #require(
      files("diff --git a/x.c b/x.c\n--- x.c\n+++ x.c\n@@ -1 +1 @@\n-a\n+b\n").first)
    #expect(text(file.paths(strip: 1)?.new) == "x.c")
  }

  @Test func aPlainNameMayHoldATab() throws {
    let stamp = "2011-02-12 08:12:18 -0500"
    let file = try #require(
      files("--- a/x\ty\t\(stamp)\n+++ b/x\ty\t\(stamp)\n@@ -1 +1 @@\n-a\n+b\n").first)
    #expect(text(file.paths(strip: 1)?.new) == "x\ty")
  }

  @Test func bareNamesOfAPlainDiffLoseNothing() throws {
    let file = try #require(files("--- x.c\n+++ x.c\n@@ -1 +1 @@\n-a\n+b\n").first)
    #expect(file.usualStrip == 0)
    #expect(text(file.paths(strip: 0)?.old) == "x.c")
  }

  @Test func binaryDataHasBothDirections() throws {
    let file = try #require(files(Samples.binary).first)
    let binary = try #require(file.binary)
    #expect(binary.forward.method == .literal && binary.forward.size == 1)
    #expect(binary.reverse?.size == 0)
  }

  /// A patch may have a million files.
  @Test func aFilePatchIsSmall() { #expect(MemoryLayout<FilePatch>.stride <= 88) }
}
