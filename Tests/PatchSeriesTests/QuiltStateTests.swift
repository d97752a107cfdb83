// SPDX-License-Identifier: GPL-2.0-only

import Host
import KernelTree
import TestSupport
import Testing

import PatchSeries

/// What quilt keeps in `.pc`.
@Suite struct QuiltStateTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func file(_ text: String) -> TreeFile { TreeFile(mode: .regular, content: bytes(text)) }

  private func push(
    _ names: [String], keeping kept: [String: String?], on tree: DirectoryTree,
    isAdapted: Bool = false
  ) throws {
    let files = try Dictionary(
      uniqueKeysWithValues: kept.map { (try TreePath(bytes($0.key)), $0.value.map(file)) })
    let state = try QuiltState(of: tree)
    try tree.land(
      try state.pushing(
        names.map { (bytes($0), files, isAdapted) }, settings: [".version": "2"]))
  }

  @Test func aPushKeepsWhatAPopTakesAway() throws {
    let scratch = try Scratch()
    try scratch.write("t/f", "old\n")
    let before = try scratch.snapshot("t")
    let tree = try DirectoryTree(path: scratch.file("t"))
    try push(["a.patch"], keeping: ["f": "old\n", "new": nil], on: tree, isAdapted: true)
    let state = try QuiltState(of: tree)
    #expect(state.applied == [bytes("a.patch")])
    #expect(try state.needsRefresh(bytes("a.patch")))
    #expect(
      try state.kept(by: bytes("a.patch"))
        == [TreePath(bytes("f")): file("old\n"), TreePath(bytes("new")): nil])
    try tree.land(try state.popping(1))
    #expect(try QuiltState(of: tree).applied.isEmpty)
    let left = try scratch.snapshot("t").filter { $0.key != ".pc/.version" }
    #expect(left == before)
  }

  /// The files of `a/b` lie in the folder of `a`, and are not its own.
  @Test func aNameThatGoesOnWhereAnotherEndsIsAnotherPatch() throws {
    let scratch = try Scratch()
    try scratch.write("t/f", "x\n")
    let tree = try DirectoryTree(path: scratch.file("t"))
    try push(["a"], keeping: ["f": "1\n"], on: tree)
    try push(["a/b"], keeping: ["g": "2\n"], on: tree)
    let state = try QuiltState(of: tree)
    #expect(try state.kept(by: bytes("a")) == [TreePath(bytes("f")): file("1\n")])
    #expect(try state.kept(by: bytes("a/b")) == [TreePath(bytes("g")): file("2\n")])
  }

  @Test func anotherFormatIsRefused() throws {
    let scratch = try Scratch()
    try scratch.write("t/.pc/.version", "1\n")
    #expect(throws: PatchkitError.self) {
      try QuiltState(of: DirectoryTree(path: scratch.file("t")))
    }
  }
}
