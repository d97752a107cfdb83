// SPDX-License-Identifier: GPL-2.0-only

import KernelTree
import TestSupport
import Testing

@Suite struct TreePathTests {
  @Test(arguments: [
    "fs/ext4/file.c", "a", ".gitignore", ".gitattributes", "git/x", "x.git/y", "a b/c", ".github/x",
    "drivers/gpu/aux.c", "ä/ö", "...", "a/..b", "gitx~1", ".gitx",
  ])
  func ordinaryPathsAreTaken(_ path: String) throws {
    #expect(try TreePath(Array(path.utf8)).description == path)
  }

  @Test(arguments: [
    ("", TreePath.Reason.empty), ("a//b", .empty), ("a/", .empty), ("/etc/passwd", .absolute),
    ("../x", .tries), ("a/../../x", .tries), ("a/./b", .tries), ("..", .tries),
    (".git/config", .gitFolder), ("a/.git/hooks/x", .gitFolder), (".GIT/config", .gitFolder),
    (".Git", .gitFolder), (".git./x", .gitFolder), (".git /x", .gitFolder),
    (".git::$INDEX_ALLOCATION/x", .gitFolder), ("git~1/x", .gitFolder), ("GIT~1", .gitFolder),
    (".g\u{200C}it/config", .gitFolder), ("\u{FEFF}.git/config", .gitFolder),
    (".gi\u{202E}t/x", .gitFolder), ("a\nb", .controlCharacter), ("a\u{1B}[2Jb", .controlCharacter),
    ("a\0b", .controlCharacter), ("a\u{7F}", .controlCharacter),
    (".patchkit-journal/plan", .journal), (".patchkit/store.git/HEAD", .journal),
    (".patchkit.yaml", .journal), (".PatchKit.YAML", .journal), (".PATCHKIT/x", .journal),
    (".patchkit-anything", .journal), (".patch\u{200C}kit.yaml", .journal),
    (".git\\config", .gitFolder), ("a\\.GIT\\config", .gitFolder), ("a/git~1\\x", .gitFolder),
  ])
  func hostilePathsAreRefused(_ path: String, _ reason: TreePath.Reason) {
    let refusal = #expect(throws: TreePath.Refusal.self) { try TreePath(Array(path.utf8)) }
    #expect(refusal?.reason == reason)
  }

  /// Most paths are taken without a look at their components.
  ///
  /// One that starts with a tilde never is, so that a path and the same path below such a folder have to be taken or
  /// refused alike.
  @Test func pathsAreTakenAlikeWhicheverWayTheyAreLookedAt() {
    var random = SeededRandom(seed: 26)
    let parts = [
      "a", "B", ".", "..", "/", "git", ".git", "GIT", "~", "1", ":", "\\", " ", "\u{200C}", "é",
      "pc", "\u{7F}", "\t", String(repeating: "x", count: 128), String(repeating: "x", count: 127),
    ]
    func reason(_ path: String) -> TreePath.Reason? {
      do {
        _ = try TreePath(ofPatch: Array(path.utf8))
        return nil
      } catch { return error.reason }
    }
    var (taken, unlike): (Int, [String]) = (0, [])
    for _ in 0..<20_000 {
      let count = Int.random(in: 1...6, using: &random)
      let path = (0..<count).map { _ in parts.randomElement(using: &random) ?? "a" }.joined()
      // A path of the root has another reason.
      if path.utf8.first == 0x2F { continue }
      let found = reason(path)
      if found != reason("~/" + path) { unlike.append(path) }
      if found == nil { taken += 1 }
    }
    #expect(unlike == [] && taken > 1000)
  }

  @Test(arguments: [".pc/applied-patches", ".PC/x", ".pc", ".Pc /x", "fs/.pc/series"])
  func aPatchMayNotNameQuiltsFolder(_ path: String) throws {
    let refusal = #expect(throws: TreePath.Refusal.self) {
      try TreePath(ofPatch: Array(path.utf8))
    }
    #expect(refusal?.reason == .quilt)
    // Quilt's own state is read and written there.
    #expect(try TreePath(Array(path.utf8)).description == path)
    #expect(try TreePath(ofPatch: Array("fs/.pcx/y".utf8)).description == "fs/.pcx/y")
  }

  /// What is patchkit's own in a folder of the tree counts for whoever works there.
  @Test(arguments: [
    "sub/.patchkit.yaml", "sub/.patchkit/decisions/x", "a/b/.patchkit-journal/plan",
    "sub/.PatchKit.yaml",
  ])
  func aPatchMayNotNamePatchkitsFilesInAFolder(_ path: String) throws {
    let refusal = #expect(throws: TreePath.Refusal.self) {
      try TreePath(ofPatch: Array(path.utf8))
    }
    #expect(refusal?.reason == .journal)
    // Such a tree can still be read.
    #expect(try TreePath(Array(path.utf8)).description == path)
  }

  @Test func lengthIsBounded() {
    #expect(throws: TreePath.Refusal.self) { try TreePath([UInt8](repeating: 0x61, count: 256)) }
    let deep = Array(String(repeating: "a/", count: 2100).utf8) + [0x61]
    #expect(throws: TreePath.Refusal.self) { try TreePath(deep) }
  }
}
