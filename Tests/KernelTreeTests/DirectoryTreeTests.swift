// SPDX-License-Identifier: GPL-2.0-only

import Host
import KernelTree
import TestSupport
import Testing

@Suite struct DirectoryTreeTests {
  private func path(_ text: String) throws -> TreePath { try TreePath(Array(text.utf8)) }

  private func regular(_ text: String) -> TreeFile {
    TreeFile(mode: .regular, content: Array(text.utf8))
  }

  @Test func filesModesAndLinksAreRead() async throws {
    let scratch = try Scratch()
    try scratch.write("t/a/file", "text")
    try scratch.write("t/run", "#!/bin/sh\n")
    _ = try await run("chmod", ["755", "t/run"], in: scratch.path)
    _ = try await run("ln", ["-s", "../nowhere", "t/link"], in: scratch.path)
    let tree = try DirectoryTree(path: scratch.file("t"))
    #expect(try tree.file(at: path("a/file")) == regular("text"))
    #expect(try tree.file(at: path("run"))?.mode == .executable)
    #expect(
      try tree.file(at: path("link"))
        == TreeFile(mode: .symlink, content: Array("../nowhere".utf8)))
    #expect(try tree.file(at: path("none")) == nil)
    #expect(try tree.file(at: path("none/below")) == nil)
    #expect(!tree.isWorkTree)
  }

  /// By their last component alone, whole and exact; links and git's own files are left out.
  @Test func pathsByName() async throws {
    let scratch = try Scratch()
    for name in ["t/core.c", "t/a/core.c", "t/a/b/core.c", "t/a/xcore.c", "t/core.c.old/x"] {
      try scratch.write(name, "x")
    }
    try scratch.write("t/.git/core.c", "x")
    try scratch.write("t/a/core.h/core.c", "x")
    _ = try await run("ln", ["-s", "core.c", "t/a/link.c"], in: scratch.path)
    let tree = try DirectoryTree(path: scratch.file("t"))
    func found(_ name: String) throws -> [String] {
      try tree.paths(named: Array(name.utf8)).map(\.description)
    }
    #expect(try found("core.c") == ["a/b/core.c", "a/core.c", "a/core.h/core.c", "core.c"])
    for name in ["link.c", "core", "ore.c", "core.h", "a/core.c", "", "core.c.old"] {
      #expect(try found(name) == [], "\(name)")
    }
    // What this process changes is listed anew.
    try tree.land([
      TreeChange(path: path("a/b/new.c"), before: nil, after: regular("y")),
      TreeChange(path: path("a/core.c"), before: regular("x"), after: nil),
    ])
    #expect(try found("new.c") == ["a/b/new.c"])
    #expect(try found("core.c") == ["a/b/core.c", "a/core.h/core.c", "core.c"])
  }

  /// The lower folders are listed on several threads: every file is found, and every folder has its stamp.
  @Test func everyFolderIsListed() throws {
    let scratch = try Scratch()
    var wanted: [String] = []
    for upper in 0..<6 {
      for lower in 0..<12 {
        let folder = "\(upper)/\(lower)" + String(repeating: "/deep", count: lower)
        try scratch.write("t/\(folder)/file.c", "x")
        wanted.append("\(folder)/file.c")
      }
    }
    let tree = try DirectoryTree(path: scratch.file("t"))
    #expect(
      try Set(tree.paths(named: Array("file.c".utf8)).map(\.description)) == Set(wanted))
    // The root, six folders in it, and in each twelve with none to eleven below: a path, a zero and five words each.
    var (stamps, count) = (try tree.names().folders.bytes[...], 0)
    while let end = stamps.firstIndex(of: 0) {
      stamps = stamps[(end + 1)...].dropFirst(40)
      count += 1
    }
    #expect(count == 1 + 6 + 6 * (12 + 66))
  }

  /// A tree is listed once for all names that are asked for, whoever asks.
  @Test func aTreeIsListedOnce() throws {
    var count = 0
    func names(of id: UInt8) throws -> PathNames {
      try PathNames.shared(.tree([id])) { () throws(PatchkitError) -> PathNames in
        count += 1
        var names = PathNames()
        names.append(Array("a/".utf8), Array("file\(id)".utf8))
        return names
      }
    }
    for _ in 0..<5 {
      #expect(
        try names(of: 1).paths(named: Array("file1".utf8)) == [Array("a/file1".utf8)])
    }
    #expect(count == 1)
    #expect(try names(of: 2).paths(named: Array("file1".utf8)) == [])
    #expect(count == 2)
  }

  @Test func linksOnTheWayAreNotFollowed() async throws {
    let scratch = try Scratch()
    try scratch.write("outside/secret", "s")
    try scratch.write("t/file", "f")
    _ = try await run("ln", ["-s", "../outside", "t/dir"], in: scratch.path)
    let tree = try DirectoryTree(path: scratch.file("t"))
    let error = #expect(throws: PatchkitError.self) { try tree.file(at: path("dir/secret")) }
    #expect(error?.kind == .symlinkInTheWay)
    let change = TreeChange(path: try path("dir/new"), before: nil, after: regular("x"))
    #expect(throws: PatchkitError.self) { try tree.land([change]) }
    #expect(try scratch.snapshot("outside") == ["secret": "- 73"])
    #expect(try scratch.snapshot("t").count == 2)
  }

  @Test func whatIsNoFileIsNotOpened() async throws {
    let scratch = try Scratch()
    try scratch.write("t/x", "x")
    _ = try await run("mkfifo", ["t/pipe"], in: scratch.path)
    let tree = try DirectoryTree(path: scratch.file("t"))
    #expect(throws: PatchkitError.self) { try tree.file(at: path("pipe")) }
    let error = #expect(throws: PatchkitError.self) { try tree.file(at: path("x/y")) }
    #expect(error?.kind == .wrongKind)
  }

  @Test func changesLandTogether() async throws {
    let scratch = try Scratch()
    try scratch.write("t/a", "1")
    try scratch.write("t/old/deep/b", "2")
    try scratch.write("t/run", "3")
    _ = try await run("chmod", ["750", "t/run"], in: scratch.path)
    let tree = try DirectoryTree(path: scratch.file("t"))
    try tree.land([
      TreeChange(path: try path("a"), before: regular("1"), after: regular("one")),
      TreeChange(path: try path("old/deep/b"), before: regular("2"), after: nil),
      TreeChange(path: try path("new/deep/c"), before: nil, after: regular("three")),
      TreeChange(
        path: try path("run"), before: TreeFile(mode: .executable, content: [0x33]),
        after: TreeFile(mode: .executable, content: [0x34])),
      TreeChange(
        path: try path("l"), before: nil, after: TreeFile(mode: .symlink, content: [0x61])),
    ])
    #expect(
      try scratch.snapshot("t") == [
        "a": "- 6f 6e 65", "new/deep/c": "- 74 68 72 65 65", "run": "x 34", "l": "-> a",
      ])
    // Folders left empty go away, as in git; permissions stay.
    let listing = try await run("stat", ["-c", "%a", "t/run"], in: scratch.path)
    #expect(listing.line == "750")
    #expect(try await run("ls", ["-A", "t"], in: scratch.path).line == "a\nl\nnew\nrun")
  }

  @Test func aFileThatChangedMeanwhileStopsEverything() throws {
    let scratch = try Scratch()
    try scratch.write("t/a", "1")
    try scratch.write("t/b", "2")
    let before = try scratch.snapshot("t")
    let tree = try DirectoryTree(path: scratch.file("t"))
    let error = #expect(throws: PatchkitError.self) {
      try tree.land([
        TreeChange(path: try path("a"), before: regular("1"), after: regular("x")),
        TreeChange(path: try path("b"), before: regular("other"), after: regular("y")),
      ])
    }
    #expect(error?.kind == .changedMeanwhile)
    #expect(try scratch.snapshot("t") == before)
    #expect(throws: PatchkitError.self) {
      try tree.land([TreeChange(path: try path("a"), before: nil, after: regular("x"))])
    }
    #expect(try scratch.snapshot("t") == before)
  }

  @Test func aRunStoppedBeforeItsPlanChangedNothing() throws {
    let scratch = try Scratch()
    try scratch.write("t/a", "1")
    let before = try scratch.snapshot("t")
    try scratch.write("t/.patchkit-journal/new.0", "x")
    try scratch.write("t/.patchkit-journal/plan.new", "patchkit journal 1\n")
    let error = #expect(throws: PatchkitError.self) {
      try DirectoryTree(path: scratch.file("t")).land([
        TreeChange(path: try path("a"), before: regular("1"), after: regular("2"))
      ])
    }
    #expect(error?.kind == .busy)
    #expect(try DirectoryTree.recover(at: scratch.file("t"), rollingBack: false) == .unchanged)
    #expect(try scratch.snapshot("t") == before)
  }
}
