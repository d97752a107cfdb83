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

  /// A stopped run, at every step of its plan: finishing and rolling back both give whole trees.
  @Test(arguments: 0...4, [false, true])
  func aStoppedRunIsRecovered(_ done: Int, _ rollingBack: Bool) throws {
    let scratch = try Scratch()
    let old = ["a": "1", "gone": "2", "sub/b": "3"]
    for (name, text) in old { try scratch.write("t/\(name)", text) }
    let before = try scratch.snapshot("t")
    // The journal as a landing leaves it that was stopped behind `done` of its four steps.
    try scratch.write(
      "t/.patchkit-journal/plan",
      "patchkit journal 1\nold new a\nold none gone\nold new sub/b\nnone new fresh/c\nend\n")
    for (number, name) in ["a", "gone", "sub/b"].enumerated() {
      try scratch.write("t/.patchkit-journal/old.\(number)", old[name] ?? "")
    }
    for (number, name) in [(0, "a"), (2, "sub/b"), (3, "fresh/c")] {
      let isDone = done > (number == 0 ? 1 : number)
      try scratch.write(isDone ? "t/\(name)" : "t/.patchkit-journal/new.\(number)", "new")
    }
    if done >= 1 { _ = try removeFile(scratch.file("t/gone")) }
    #expect(throws: PatchkitError.self) {
      try DirectoryTree(path: scratch.file("t")).requireIdle()
    }
    let result = try DirectoryTree.recover(at: scratch.file("t"), rollingBack: rollingBack)
    #expect(result == (rollingBack ? .rolledBack : .finished))
    let after = try scratch.snapshot("t")
    if rollingBack {
      #expect(after == before)
    } else {
      #expect(after == ["a": "- 6e 65 77", "sub/b": "- 6e 65 77", "fresh/c": "- 6e 65 77"])
    }
    #expect(try DirectoryTree.recover(at: scratch.file("t"), rollingBack: false) == .nothing)
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

  @Test func aPlanThatLeadsOutIsRefused() throws {
    let scratch = try Scratch()
    try scratch.write("t/a", "1")
    try scratch.write(
      "t/.patchkit-journal/plan", "patchkit journal 1\nnone new ../evil\nend\n")
    try scratch.write("t/.patchkit-journal/new.0", "x")
    #expect(throws: PatchkitError.self) {
      try DirectoryTree.recover(at: scratch.file("t"), rollingBack: false)
    }
    #expect(try scratch.snapshot().keys.allSatisfy { $0.hasPrefix("t/") })
  }
}
