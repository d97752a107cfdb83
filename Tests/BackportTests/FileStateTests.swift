// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// The states of files: absent, empty, mode and type, one file patch after the other.
@Suite struct FileStateTests {
  private func outcome(
    _ patch: String, on tree: any KernelTree, _ options: ApplyOptions = ApplyOptions()
  ) throws -> (patch: PatchOutcome, changes: [TreeChange]) {
    let outcome = try apply(patch, to: tree, options)
    return (try #require(outcome.patches.first), outcome.changes)
  }

  private static func rename(_ old: String, _ new: String) -> String {
    "diff --git a/\(old) b/\(new)\nsimilarity index 100%\nrename from \(old)\nrename to \(new)\n"
  }

  private static let create = """
    diff --git a/n b/n
    new file mode 100644
    --- /dev/null
    +++ b/n
    @@ -0,0 +1,2 @@
    +one
    +two

    """

  // MARK: Modes

  @Test(arguments: ["rename", "copy"], [TreeFile.Mode.executable, .symlink])
  func aPureRenameOrCopyKeepsTheMode(change: String, mode: TreeFile.Mode) throws {
    var tree = MemoryTree()
    tree.files["x"] = TreeFile(mode: mode, content: Array("target".utf8))
    let patch = Self.rename("x", "y").replacing("rename", with: change)
    let (found, changes) = try outcome(patch, on: tree)
    #expect(found.verdict == .exact && found.applies)
    let after = tree.applying(changes)
    #expect(after.files["y"] == tree.files["x"])
    #expect((after.files["x"] == nil) == (change == "rename"))
    // And back.
    let back = try outcome(patch, on: after, ApplyOptions(isReversed: true))
    #expect(after.applying(back.changes).files == tree.files)
  }

  @Test func aModeThatIsThereIsAlreadyApplied() throws {
    var tree = MemoryTree(["f": "1\n"])
    tree.files["e"] = TreeFile(mode: .executable, content: [])
    let mode = "diff --git a/e b/e\nold mode 100644\nnew mode 100755\n"
    let (found, changes) = try outcome(mode, on: tree)
    #expect(found.verdict == .alreadyApplied && !found.applies && changes.isEmpty)
    #expect(found.files[0].reason == "the file already has the mode 100755")
    // With something that applies it is a part that the tree has.
    let both = mode + "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+2\n"
    #expect(try outcome(both, on: tree).patch.verdict == .partlyApplied)
    let loose = try outcome(both, on: tree, ApplyOptions(accept: .likely))
    #expect(loose.patch.applies && tree.applying(loose.changes).texts["f"] == "2\n")
    // Where it is not there it is set, and taken off again.
    tree.files["e"]?.mode = .regular
    let set = try outcome(mode, on: tree)
    #expect(set.patch.verdict == .exact && set.changes[0].after?.mode == .executable)
    let back = try outcome(
      mode, on: tree.applying(set.changes), ApplyOptions(isReversed: true))
    #expect(back.changes[0].after == tree.files["e"])
  }

  /// The path and the mode change although the file has the text of every hunk already.
  @Test(arguments: ["rename", "copy", "mode"]) func aPathOrAModeChangesWithoutItsHunks(
    change: String
  ) throws {
    let head =
      change == "mode"
      ? "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n"
      : Self.rename("x", "y").replacing("100%", with: "70%").replacing("rename", with: change)
    let hunk = "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n"
    let patch = head + "--- a/x\n+++ b/\(change == "mode" ? "x" : "y")\n" + hunk
    let other = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
    let tree = MemoryTree(["x": "1\ntwo\n3\n", "f": "a\n"])
    for text in [patch, patch + other] {
      let (found, changes) = try outcome(text, on: tree, ApplyOptions(accept: .likely))
      #expect(found.applies && found.files[0].verdict == .partlyApplied)
      #expect(found.files[0].hunks.map(\.verdict) == [.alreadyApplied])
      let after = tree.applying(changes)
      let made = try #require(after.files[change == "mode" ? "x" : "y"])
      #expect(made.content == tree.files["x"]?.content)
      #expect(made.mode == (change == "mode" ? .executable : .regular))
      #expect((after.files["x"] == nil) == (change == "rename"))
      // The adapted patch says the same, and is undone like any other.
      let adapted = String(decoding: try #require(try found.adaptedPatch()), as: UTF8.self)
      let again = try outcome(adapted, on: tree)
      #expect(again.patch.verdict == .exact && tree.applying(again.changes).files == after.files)
      let back = try outcome(adapted, on: after, ApplyOptions(isReversed: true))
      #expect(after.applying(back.changes).files == tree.files)
      // Without the strategies it is refused, as by git, and not taken for one that is there.
      let strict = try outcome(text, on: tree).patch
      #expect(!strict.applies && strict.files[0].verdict == .partlyApplied)
      #expect(try Presence(of: strict, in: tree).state == .part)
      let certain = try outcome(text, on: tree, ApplyOptions(accept: .certain)).patch
      #expect(!certain.applies && certain.verdict != .alreadyApplied)
      // On the result it is there, path and mode included.
      if text == patch, change != "rename" {
        let done = try outcome(text, on: after, ApplyOptions(accept: .likely)).patch
        #expect(done.verdict == .alreadyApplied && !done.applies)
      }
    }
  }

  /// A hunk without context that removes and adds the same line changes nothing; the mode does change.
  @Test(arguments: [false, true]) func aModeChangesWithHunksThatChangeNothing(isReversed: Bool)
    throws
  {
    var tree = MemoryTree(["f": "a\nb\n"])
    if isReversed { tree.files["f"]?.mode = .executable }
    let patch =
      "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n--- a/f\n+++ b/f\n@@ -2 +2 @@\n-b\n+b\n"
    var options = ApplyOptions(isReversed: isReversed)
    options.trustsLineNumbers = true
    let (found, changes) = try outcome(patch, on: tree, options)
    #expect(found.verdict == .exact && found.applies)
    #expect(tree.applying(changes).files["f"]?.mode == (isReversed ? .regular : .executable))
    #expect(tree.applying(changes).texts["f"] == "a\nb\n")
  }

  @Test func aSubmoduleIsNoFile() throws {
    let patch = """
      diff --git a/m b/m
      new file mode 160000
      index 0000000..1234567
      --- /dev/null
      +++ b/m
      @@ -0,0 +1 @@
      +Subproject commit 1234567890123456789012345678901234567890

      """
    #expect(try !outcome(patch, on: MemoryTree()).patch.applies)
  }

  // MARK: Files that the patch itself makes

  @Test func aFileThatThePatchMakesIsRenamed() throws {
    let tree = MemoryTree(["b": "b\n"])
    for renames in [["m"], ["m", "k"]] {
      var (patch, from) = (Self.create, "n")
      for name in renames {
        patch += Self.rename(from, name)
        from = name
      }
      let (found, changes) = try outcome(patch, on: tree)
      #expect(found.applies, "\(found.details)")
      let after = tree.applying(changes)
      #expect(after.texts == ["b": "b\n", from: "one\ntwo\n"])
      let back = try outcome(patch, on: after, ApplyOptions(isReversed: true))
      #expect(after.applying(back.changes).texts == tree.texts)
    }
  }

  @Test func renamesAreFollowedOneAfterTheOther() throws {
    let edit = "--- a/n\n+++ b/n\n@@ -1,2 +1,2 @@\n-one\n+1\n two\n"
    let chain = edit + Self.rename("n", "m") + Self.rename("m", "k")
    let tree = MemoryTree(["n": "one\ntwo\n"])
    let (found, changes) = try outcome(chain, on: tree)
    #expect(found.applies && tree.applying(changes).texts == ["k": "1\ntwo\n"])
  }

  /// No tool takes a patch that moves what it made: what is written out says the same in one step.
  @Test func whatIsWrittenOutIsTakenByGit() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", in: scratch.path)
    try scratch.write("b", "b\n")
    let patch = Self.create + Self.rename("n", "m") + Self.rename("m", "k")
    let tree = try DirectoryTree(path: scratch.path)
    let (found, changes) = try outcome("Make k.\n\n" + patch, on: tree)
    let adapted = try #require(try found.adaptedPatch())
    try scratch.write("../\(URL(filePath: scratch.path).lastPathComponent)-o.patch", adapted)
    let name = "../\(URL(filePath: scratch.path).lastPathComponent)-o.patch"
    let applied = try await git("apply", name, in: scratch.path)
    #expect(applied.code == 0, "\(applied.errors)")
    #expect(try scratch.read("k") == Array("one\ntwo\n".utf8))
    try FileManager.default.removeItem(atPath: scratch.path + "/k")
    try FileManager.default.removeItem(atPath: scratch.path + "/" + name)
    #expect(String(decoding: adapted, as: UTF8.self).hasPrefix("Make k.\n"))
    // Read again, it makes the same change.
    let again = try apply(adapted, to: tree)
    #expect(again.applies && again.changes == changes)
  }

  @Test func filesThatExchangeTheirNamesStillDo() throws {
    let tree = MemoryTree(["a": "1\n", "b": "2\n", "c": "3\n"])
    let swap = Self.rename("a", "b") + Self.rename("b", "a")
    #expect(
      try tree.applying(outcome(swap, on: tree).changes).texts == [
        "a": "2\n", "b": "1\n", "c": "3\n",
      ])
    let circle = Self.rename("a", "b") + Self.rename("b", "c") + Self.rename("c", "a")
    let (found, changes) = try outcome(circle, on: tree)
    #expect(tree.applying(changes).texts == ["a": "3\n", "b": "1\n", "c": "2\n"])
    #expect(try found.adaptedPatch() == Array(circle.utf8))
  }

  @Test(arguments: [TreeFile.Mode.regular, .symlink], ["", "target"])
  func aChangeOfTypeIsWrittenSoThatItApplies(mode: TreeFile.Mode, content: String) throws {
    if mode == .symlink, content.isEmpty { return }
    let other = TreeFile(mode: mode == .symlink ? .regular : .symlink, content: Array("x".utf8))
    let file = TreeFile(mode: mode, content: Array(content.utf8))
    let path = try TreePath(Array("f".utf8))
    let text = try PatchRefresh.text(
      of: PatchDocument(parsing: Array("Change the type.\n".utf8)), options: ApplyOptions(),
      versions: [path: PatchRefresh.Versions(before: file, after: other)])
    var tree = MemoryTree()
    tree.files["f"] = file
    let outcome = try apply(text, to: tree)
    #expect(outcome.applies, "\(outcome.patches.flatMap(\.details))")
    #expect(outcome.changes == [TreeChange(path: path, before: file, after: other)])
    let after = tree.applying(outcome.changes)
    let back = try apply(text, to: after, ApplyOptions(isReversed: true))
    #expect(back.applies && after.applying(back.changes).files == tree.files)
  }

  // MARK: Files and folders

  private static let toFolder = """
    diff --git a/d/f b/d/f
    deleted file mode 100644
    index 587be6b..0000000
    --- a/d/f
    +++ /dev/null
    @@ -1 +0,0 @@
    -x
    diff --git a/d/f/y b/d/f/y
    new file mode 100644
    index 0000000..975fbec
    --- /dev/null
    +++ b/d/f/y
    @@ -0,0 +1 @@
    +y

    """

  @Test func aFileBecomesAFolderAndBack() throws {
    let scratch = try Scratch()
    try scratch.write("d/f", "x\n")
    try scratch.write("keep", "k\n")
    let before = try scratch.snapshot()
    let tree = try DirectoryTree(path: scratch.path)
    let made = try outcome(Self.toFolder, on: tree)
    #expect(made.patch.applies, "\(made.patch.details)")
    try tree.land(made.changes)
    #expect(try scratch.read("d/f/y") == Array("y\n".utf8))
    let back = try outcome(Self.toFolder, on: tree, ApplyOptions(isReversed: true))
    #expect(back.patch.applies, "\(back.patch.details)")
    try tree.land(back.changes)
    #expect(try scratch.snapshot() == before)
    // A folder with a file that stays leaves no room for one.
    try tree.land(made.changes)
    try scratch.write("d/f/z", "z\n")
    #expect(try !outcome(Self.toFolder, on: tree, ApplyOptions(isReversed: true)).patch.applies)
  }

  @Test func onARevisionToo() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "-b", "main", in: scratch.path)
    try await setCommitter(ofRepository: scratch.path)
    try scratch.write("d/f", "x\n")
    _ = try await git("add", ".", in: scratch.path)
    _ = try await git(
      "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "x", in: scratch.path)
    let tree = try RevisionTree(repositoryPath: scratch.path, revision: "main")
    let made = try outcome(Self.toFolder, on: tree)
    let author = CommitRequest.Author(name: "x", email: "x@example.org", date: nil)
    let there = try tree.commit(
      [CommitRequest(changes: made.changes, message: "m\n", author: author)], branch: "made",
      isForced: false)
    #expect(there.commits.count == 1)
    #expect(try await git("ls-tree", "-r", "--name-only", "made", in: scratch.path).line == "d/f/y")
    let folder = try RevisionTree(repositoryPath: scratch.path, revision: "made")
    let back = try outcome(Self.toFolder, on: folder, ApplyOptions(isReversed: true))
    let again = try folder.commit(
      [CommitRequest(changes: back.changes, message: "m\n", author: author)], branch: "back",
      isForced: false)
    #expect(again.tree == tree.treeID)
  }

  // MARK: What later patches see

  @Test func aLaterPatchFindsAFileThatAnEarlierOneRenamed() async throws {
    let base = (1...40).map { "int value_\($0) = \($0);\n" }.joined()
    let tree = MemoryTree(["drivers/old.c": base, "drivers/other.c": "int other;\n"])
    let edit = """
      --- a/drivers/old.c
      +++ b/drivers/old.c
      @@ -20,3 +20,3 @@
       int value_20 = 20;
      -int value_21 = 21;
      +int value_21 = 2100;
       int value_22 = 22;

      """
    let options = ApplyOptions(accept: .likely)
    func items(_ new: String) throws -> PatchQueue {
      PatchQueue(
        try [Self.rename("drivers/old.c", new), edit].map { text in
          let document = PatchDocument(parsing: Array(text.utf8), name: "p.patch")
          return PatchQueue.Item(patch: try #require(document.patches.first), options: options)
        })
    }
    // In the same folder by its text, in another one by its name.
    for new in ["drivers/new.c", "moved/old.c"] {
      let outcome = try SeriesSession(on: tree).apply(try items(new))
      #expect(outcome.applies, "\(outcome.patches.flatMap(\.details))")
      #expect(outcome.patches[1].files.map(\.path) == [new])
      let after = tree.applying(outcome.changes)
      #expect(after.texts[new]?.contains("2100") == true && after.texts["drivers/old.c"] == nil)
    }
  }

  @Test func anOverlayListsWhatIsStaged() throws {
    let tree = MemoryTree(["a/f": "1\n", "a/g": "2\n", "f": "3\n"])
    var overlay = Overlay(tree)
    func path(_ text: String) throws -> TreePath { try TreePath(Array(text.utf8)) }
    overlay.stage([
      TreeChange(path: try path("a/f"), before: tree.files["a/f"], after: nil),
      TreeChange(
        path: try path("b/f"), before: nil, after: TreeFile(mode: .regular, content: [])),
    ])
    func texts(_ paths: [TreePath]) -> [String] { paths.map(\.description) }
    #expect(texts(try overlay.paths(named: Array("f".utf8))) == ["b/f", "f"])
    #expect(texts(try overlay.files(in: Array("a".utf8))) == ["a/g"])
    #expect(texts(try overlay.files(in: Array("b".utf8))) == ["b/f"])
    #expect(texts(try overlay.files(in: [])) == ["f"])
    let listed = try overlay.listing { $0.starts(with: Array("b/".utf8)) }
    #expect(listed.map(\.path.description) == ["b/f"])
    #expect(try overlay.content(of: try #require(listed.first)) == [])
  }

  // MARK: A second time

  private static let head = "diff --git a/d/one b/d/two\nsimilarity index 60%\n"

  /// The result of a patch, applied for the second time.
  @Test(
    arguments: [
      (head + "rename from d/one\nrename to d/two\n", Verdict.alreadyApplied),
      (
        head
          + "rename from d/one\nrename to d/two\n--- a/d/one\n+++ b/d/two\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n",
        .alreadyApplied
      ),
      (
        "diff --git a/d/x b/d/two\nsimilarity index 60%\ncopy from d/x\ncopy to d/two\n",
        .alreadyApplied
      ),
      (
        "diff --git a/d/one b/d/one\ndeleted file mode 100644\n--- a/d/one\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
        .alreadyApplied
      ),
      ("diff --git a/d/one b/d/one\ndeleted file mode 100644\n", .alreadyApplied),
    ])
  func aSecondTimeIsAlreadyApplied(patch: String, verdict: Verdict) throws {
    let text = patch.contains("@@ -1,2") ? "a\nc\n" : "a\nb\n"
    let tree = MemoryTree(["d/two": text, "d/x": "a\nb\n"])
    let outcome = try #require(try apply(patch, to: tree).patches.first)
    #expect(outcome.verdict == verdict, "\(outcome.details)")
    #expect(!outcome.applies)
  }

  /// What only looks like it is refused: a file of another content, a folder that the tree lacks.
  @Test func whatIsNotTheResultIsNotAlreadyApplied() throws {
    let tree = MemoryTree(["d/two": "other\n", "d/x": "a\nb\n"])
    let moved =
      Self.head
      + "rename from d/one\nrename to d/two\n--- a/d/one\n+++ b/d/two\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    #expect(try apply(moved, to: tree).patches.first?.verdict == .conflict)
    let copied = "diff --git a/d/x b/d/two\nsimilarity index 100%\ncopy from d/x\ncopy to d/two\n"
    #expect(try apply(copied, to: tree).patches.first?.verdict == .conflict)
    let gone = "diff --git a/e/one b/e/one\ndeleted file mode 100644\n"
    #expect(try apply(gone, to: tree).patches.first?.verdict == .missingPath)
  }
}
