// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import Host
import KernelTree
import PatchFormat
import Testing

/// What patches do to files besides changing lines.
@Suite struct FileChangeTests {
  @Test func filesAreMadeAndDeleted() throws {
    let patch = """
      diff --git a/new b/new
      new file mode 100755
      --- /dev/null
      +++ b/new
      @@ -0,0 +1 @@
      +x
      diff --git a/empty b/empty
      new file mode 100644
      index 0000000..e69de29
      diff --git a/gone b/gone
      deleted file mode 100644
      --- a/gone
      +++ /dev/null
      @@ -1 +0,0 @@
      -y

      """
    let result = try apply(patch, to: MemoryTree(["gone": "y\n"]))
    #expect(result.applies)
    #expect(result.changes.map(\.path.description) == ["empty", "gone", "new"])
    #expect(result.changes[0].after?.content == [])
    #expect(result.changes[1].after == nil)
    #expect(result.changes[2].after?.mode == .executable)
    // What is already applied, or has more lines, is not touched.
    #expect(try apply(patch, to: MemoryTree(["gone": "y\nz\n"])).patches[0].verdict == .conflict)
    #expect(
      try apply(patch, to: MemoryTree(["gone": "y\n", "new": "x\n"])).patches[0].verdict
        == .partlyApplied)
    #expect(
      try apply(patch, to: MemoryTree(["gone": "y\n", "new": "z\n"])).patches[0].verdict
        == .conflict)
    #expect(try apply(patch, to: MemoryTree()).patches[0].verdict == .partlyApplied)
    // Once more on its own result: what it deletes is gone, and the rest is there.
    let again = try apply(patch, to: MemoryTree().applying(result.changes))
    #expect(again.patches[0].verdict == .alreadyApplied)
    let deletion = "--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n"
    #expect(try apply(deletion, to: MemoryTree()).patches[0].verdict == .alreadyApplied)
    let back = try apply(
      patch, to: MemoryTree().applying(result.changes), ApplyOptions(isReversed: true))
    #expect(back.applies, "\(back.patches[0].files)")
  }

  /// Two that change names with each other do so in both directions; a ring of three too.
  @Test(arguments: [["a", "b"], ["a", "b", "c"]])
  func filesThatChangeNamesAreAllKept(_ names: [String]) throws {
    let patch = names.indices.map { index in
      let (old, new) = (names[index], names[(index + 1) % names.count])
      return
        "diff --git a/\(old) b/\(new)\nsimilarity index 100%\nrename from \(old)\nrename to \(new)\n"
    }.joined()
    let before = MemoryTree(Dictionary(uniqueKeysWithValues: names.map { ($0, "\($0)'s\n") }))
    let there = try apply(patch, to: before)
    #expect(there.applies)
    let after = before.applying(there.changes)
    for index in names.indices {
      let new = names[(index + 1) % names.count]
      #expect(after.files[new]?.content == Array("\(names[index])'s\n".utf8))
    }
    let back = try apply(patch, to: after, ApplyOptions(isReversed: true))
    #expect(back.applies)
    #expect(after.applying(back.changes).files == before.files)
  }

  /// A new file does not replace one that a later part deletes.
  ///
  /// It would be the new one that goes, and the old one's lines were never looked at. git apply loses them.
  @Test func aNewFileDoesNotTakeAnOldOnesPlace() throws {
    let patch = """
      diff --git a/f b/f
      new file mode 100644
      diff --git a/f b/f
      deleted file mode 100644

      """
    let result = try apply(patch, to: MemoryTree(["f": "kept\n"]))
    #expect(!result.applies && result.patches[0].files[0].verdict == .conflict)
    // The other way about, as git writes a change of type, it is a new file.
    let parts = patch.components(separatedBy: "diff --git").dropFirst().reversed()
    let change = parts.map { "diff --git" + $0 }.joined()
    let made = try apply(change, to: MemoryTree(["f": ""]))
    #expect(made.applies)
  }

  @Test func renamesCopiesAndModes() throws {
    let patch = """
      diff --git a/a b/dir/b
      similarity index 80%
      rename from a
      rename to dir/b
      --- a/a
      +++ b/dir/b
      @@ -1,2 +1,2 @@
       1
      -2
      +two
      diff --git a/a b/c
      similarity index 100%
      copy from a
      copy to c
      diff --git a/s b/s
      old mode 100644
      new mode 100755

      """
    let result = try apply(patch, to: MemoryTree(["a": "1\n2\n", "s": "sh\n"]))
    #expect(result.applies)
    let after = MemoryTree(["a": "1\n2\n", "s": "sh\n"]).applying(result.changes)
    #expect(after.texts == ["dir/b": "1\ntwo\n", "c": "1\n2\n", "s": "sh\n"])
    #expect(after.files["s"]?.mode == .executable)
  }

  /// Found by fuzzing: a header alone deletes an empty file and no other, as in git.
  @Test func aDeletionWithoutHunksIsOfAnEmptyFile() throws {
    let patch = "diff --git a/f b/f\ndeleted file mode 100644\n"
    #expect(try apply(patch, to: MemoryTree(["f": ""])).applies)
    let refused = try apply(patch, to: MemoryTree(["f": "content\n"]))
    #expect(refused.patches[0].verdict == .conflict && refused.changes.isEmpty)
    let made = patch.replacing("deleted file", with: "new file")
    var options = ApplyOptions()
    options.isReversed = true
    #expect(try !apply(made, to: MemoryTree(["f": "content\n"]), options).applies)
  }

  /// Found by fuzzing: the text of an index line does not make it fail, as in git.
  @Test func anIndexLineMayHoldAnything() throws {
    for id in ["1", "xyz", "12345678901234567890123456789012345678901234567890"] {
      let patch =
        "diff --git a/f b/f\nindex \(id)..\(id) 100644\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
      let result = try apply(patch, to: MemoryTree(["f": "a\n"]))
      #expect(result.applies && result.changes[0].after?.content == Array("b\n".utf8))
    }
  }

  /// Found by fuzzing: libgit2 cuts a line at a NUL byte, so that such a patch is refused, not a defect.
  @Test func aLineWithANULByteIsRefused() throws {
    let tree = MemoryTree(["f": "1\n2\n3\n"])
    let inLine = try apply("--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n 1\n-2\n+\0x\n 3\n", to: tree)
    #expect(inLine.patches[0].verdict == .conflict)
    let inHeader = try apply(
      "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@ a\0b\n 1\n-2\n+x\n 3\n", to: tree)
    #expect(inHeader.applies)
  }

  /// Found by fuzzing: libgit2 1.5 unpacks this for ever.
  @Test func damagedBinaryDataIsRefused() throws {
    let ids =
      "index 0000000000000000000000000000000000000000..f76dd238ade08917e6712764a16a22005a50573d"
    func patch(_ data: String) -> String {
      "diff --git a/x b/x\nnew file mode 100644\n\(ids)\nGIT binary patch\nliteral 1\n\(data)\n\n"
        + "literal 0\nHcmV?d00001\n\n"
    }
    let good = try apply(patch("IcmZPo000310RR91"), to: MemoryTree())
    #expect(good.applies && good.changes[0].after?.content == [0])
    let bad = try apply(patch("IcmZPk000310RR91"), to: MemoryTree())
    #expect(bad.patches[0].verdict == .conflict)
  }

  /// git's reader asks for no `similarity index`; libgit2's does.
  @Test func aRenameNeedNotSayHowAlikeItIs() throws {
    let header = "diff --git a/a b/b\nrename from a\nrename to b\n"
    let tree = MemoryTree(["a": "1\n2\n3\n"])
    #expect(try tree.applying(apply(header, to: tree).changes).texts == ["b": "1\n2\n3\n"])
    let edit = header + "--- a/a\n+++ b/b\n@@ -1,3 +1,3 @@\n 1\n-2\n+x\n 3\n"
    #expect(try tree.applying(apply(edit, to: tree).changes).texts == ["b": "1\nx\n3\n"])
  }

  @Test func aFileMayBecomeALink() throws {
    let patch = """
      diff --git a/x b/x
      deleted file mode 100644
      --- a/x
      +++ /dev/null
      @@ -1 +0,0 @@
      -text
      diff --git a/x b/x
      new file mode 120000
      --- /dev/null
      +++ b/x
      @@ -0,0 +1 @@
      +target
      \\ No newline at end of file

      """
    let result = try apply(patch, to: MemoryTree(["x": "text\n"]))
    #expect(
      result.changes.map(\.after) == [TreeFile(mode: .symlink, content: Array("target".utf8))])
    // A patch for a link does not touch a file, nor the reverse.
    let link =
      "diff --git a/x b/x\nindex 1234567..7654321 120000\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-text\n+t\n"
    #expect(try apply(link, to: MemoryTree(["x": "text\n"])).patches[0].verdict == .conflict)
  }

  /// As with git: alone it does not count as a change, as nothing says from what.
  @Test func aNewModeMayStandBesideHunks() throws {
    let header = "diff --git a/x b/x\nnew mode 100755\n"
    #expect(throws: PatchFormatError.self) {
      try PatchDocument(parsing: Array(header.utf8)).requireSound()
    }
    let made = try apply(
      header + "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n", to: MemoryTree(["x": "1\n"]))
    #expect(made.changes.map(\.after?.mode) == [.executable])
  }

  @Test func modesOfFilesAreKept() throws {
    var tree = MemoryTree(["x": "1\n"])
    tree.files["x"]?.mode = .executable
    let plain = try apply("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n", to: tree)
    #expect(plain.changes.map(\.after?.mode) == [.executable])
  }

  @Test func oneFileMayBeChangedTwiceInOnePatch() throws {
    let change = { (old: String, new: String) in
      "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\(old)\n+\(new)\n"
    }
    let result = try apply(change("1", "2") + change("2", "3"), to: MemoryTree(["x": "1\n"]))
    #expect(result.changes.map(\.after?.content) == [Array("3\n".utf8)])
    let back = try apply(
      change("1", "2") + change("2", "3"), to: MemoryTree(["x": "3\n"]),
      ApplyOptions(isReversed: true))
    #expect(back.changes.map(\.after?.content) == [Array("1\n".utf8)])
  }

  @Test func aSeriesBuildsOnItself() throws {
    func mail(_ number: Int, _ diff: String) -> String {
      "From x Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] \(number)\n\n---\n"
        + diff + "-- \n2.39\n\n"
    }
    let good =
      mail(1, "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+1\n")
      + mail(2, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n")
    let result = try apply(good, to: MemoryTree())
    #expect(result.patches.map(\.verdict) == [.exact, .exact])
    #expect(result.changes.map(\.after?.content) == [Array("2\n".utf8)])
    let bad =
      good + mail(3, "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-1\n+2\n")
      + mail(4, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-2\n+3\n")
    let refused = try apply(bad, to: MemoryTree())
    #expect(refused.patches.map(\.verdict) == [.exact, .exact, .missingPath])
    #expect(refused.untried == 1 && refused.changes.isEmpty)
  }

  @Test func namesAreStrippedPlacedAndFiltered() throws {
    let patch =
      "--- x/y/f\n+++ x/y/f\n@@ -1 +1 @@\n-1\n+2\n--- x/z/g\n+++ x/z/g\n@@ -1 +1 @@\n-1\n+2\n"
    let tree = MemoryTree(["y/f": "1\n", "z/g": "1\n", "x/y/f": "1\n", "sub/y/f": "1\n"])
    func paths(_ options: ApplyOptions, _ filter: PathFilter = PathFilter()) throws -> [String] {
      var options = options
      options.filter = filter
      return try apply(patch, to: tree, options).changes.map(\.path.description)
    }
    #expect(try paths(ApplyOptions()) == ["y/f", "z/g"])
    let include = PathFilter(rules: [.init(pattern: "*/f", isInclude: true)])
    #expect(try paths(ApplyOptions(), include) == ["y/f"])
    let exclude = PathFilter(rules: [.init(pattern: "y/[a-f]", isInclude: false)])
    #expect(try paths(ApplyOptions(), exclude) == ["z/g"])
    #expect(try paths(ApplyOptions(strip: 0), include) == ["x/y/f"])
    #expect(try paths(ApplyOptions(directory: Array("sub".utf8)), include) == ["sub/y/f"])
    let missing = try apply(patch, to: MemoryTree(["x/y/f": "1\n"]))
    #expect(missing.patches[0].files[0].reason?.contains("with -p0") == true)
    #expect(throws: PatchkitError.self) { try paths(ApplyOptions(strip: 3)) }
  }

  /// `git diff --no-index a b` writes `a/a/x` and `b/b/x`, which is one file with -p2 only.
  @Test func namesAgreeWithTheRightStrip() throws {
    let patch = "diff --git a/a/x b/b/x\n--- a/a/x\n+++ b/b/x\n@@ -1 +1 @@\n-1\n+2\n"
    let tree = MemoryTree(["x": "1\n", "a/x": "1\n"])
    let error = #expect(throws: PatchkitError.self) { try apply(patch, to: tree) }
    #expect(error?.hint == "try -p2")
    let result = try apply(patch, to: tree, ApplyOptions(strip: 2))
    #expect(result.changes.map(\.path.description) == ["x"])
  }

  @Test(arguments: [
    "../x", "/etc/passwd", "a/../../x", ".git/config", ".GIT/hooks/x", "a/.git/x", "x\\ny",
    "\\001", ".patchkit-journal/plan",
  ])
  func hostileNamesAreRefused(_ name: String) throws {
    let quoted = "\"b/\(name)\""
    let new =
      "diff --git \"a/\(name)\" \(quoted)\nnew file mode 100644\n--- /dev/null\n"
      + "+++ \(quoted)\n@@ -0,0 +1 @@\n+2\n"
    let moved =
      "diff --git a/ok \(quoted)\nsimilarity index 90%\nrename from ok\n"
      + "rename to \"\(name)\"\n--- a/ok\n+++ \(quoted)\n@@ -1 +1 @@\n-1\n+2\n"
    let plain = "--- \"\(name)\"\n+++ \"\(name)\"\n@@ -1 +1 @@\n-1\n+2\n"
    #expect(throws: PatchkitError.self) { try apply(moved, to: MemoryTree(["ok": "1\n"])) }
    #expect(throws: PatchkitError.self) {
      try apply(plain, to: MemoryTree(["ok": "1\n"]), ApplyOptions(strip: 0))
    }
    // Taking `b/` off also takes a slash that follows it, as in git: what is left is relative.
    if !name.hasPrefix("/") {
      #expect(throws: PatchkitError.self) { try apply(new, to: MemoryTree()) }
    }
  }

  @Test func aDiffWithoutContextNeedsTheFlag() throws {
    let patch = "--- a/x\n+++ b/x\n@@ -2,0 +3 @@\n+new\n"
    let tree = MemoryTree(["x": "1\n2\n3\n"])
    #expect(try apply(patch, to: tree).patches[0].verdict == .conflict)
    let result = try apply(patch, to: tree, ApplyOptions(trustsLineNumbers: true))
    #expect(tree.applying(result.changes).texts["x"] == "1\n2\nnew\n3\n")
  }

  @Test func hunksOutOfOrderArePutInOrder() throws {
    let patch =
      "--- a/x\n+++ b/x\n@@ -7,3 +7,4 @@\n 7\n+seven\n 8\n 9\n@@ -1,3 +1,4 @@\n 1\n+one\n 2\n 3\n"
    let tree = MemoryTree(["x": "1\n2\n3\n4\n5\n6\n7\n8\n9\n"])
    let result = try apply(patch, to: tree)
    #expect(tree.applying(result.changes).texts["x"] == "1\none\n2\n3\n4\n5\n6\n7\nseven\n8\n9\n")
  }
}
