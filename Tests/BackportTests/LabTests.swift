// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// The seed patch, unmodified, on the lab trees.
@Suite struct LabTests {
  private func seed() throws -> [UInt8] { try Files.read(Project.seed) }

  private func outcome(on lab: String) throws -> SeriesOutcome {
    try apply(try seed(), to: try DirectoryTree(path: Project.lab(lab)))
  }

  private func content(_ lab: String) throws -> [UInt8] {
    try Files.read(Project.lab(lab) + "/fs/ext4/file.c")
  }

  @Test func itGoesOnTheBaseAtItsStatedLines() throws {
    let result = try outcome(on: "base")
    let patch = try #require(result.patches.first)
    #expect(result.applies && patch.verdict == .exact)
    #expect(patch.files.map(\.path) == ["fs/ext4/file.c"])
    #expect(patch.files[0].hunks.map(\.line) == [55, 78])
    #expect(patch.files[0].hunks.map(\.evidence) == [.stated, .stated])
    #expect(result.changes.map(\.after?.content) == [try content("applied")])
  }

  @Test func itGoesWhereTheTextMoved() throws {
    let shifted = try outcome(on: "shifted")
    #expect(shifted.patches[0].verdict == .offset)
    #expect(shifted.patches[0].files[0].hunks.map(\.offset) == [12, 12])
    let moved = try outcome(on: "moved")
    #expect(moved.patches[0].verdict == .offset)
    #expect(moved.patches[0].files[0].hunks.map(\.offset) == [9, 14])
    #expect(moved.changes.count == 1)
  }

  @Test func itIsNotAppliedTwice() throws {
    let result = try outcome(on: "applied")
    #expect(result.patches[0].verdict == .alreadyApplied)
    #expect(!result.applies && result.changes.isEmpty)
    #expect(result.patches[0].files[0].hunks.map(\.line) == [55, 114])
  }

  @Test func itIsRefusedWhereTheContextDiffers() throws {
    let result = try outcome(on: "conflict")
    #expect(result.patches[0].verdict == .conflict)
    #expect(result.patches[0].files[0].hunks.map(\.verdict) == [.offset, .conflict])
    #expect(result.changes.isEmpty && result.patches[0].changes.isEmpty)
  }

  @Test func itIsRefusedWhereItsTextStandsTwice() throws {
    let result = try outcome(on: "twice")
    #expect(result.patches[0].verdict == .ambiguous)
    let hunks = result.patches[0].files[0].hunks
    #expect(hunks.map { $0.candidates.map(\.line) } == [[58, 109], [81, 132]])
    #expect(result.changes.isEmpty)
  }

  @Test func takingItBackGivesTheBase() throws {
    for lab in ["base", "shifted", "moved"] {
      let forward = try outcome(on: lab)
      let tree = MemoryTree().applying(forward.changes)
      let back = try apply(try seed(), to: tree, ApplyOptions(isReversed: true))
      #expect(back.applies)
      #expect(back.changes.map(\.after?.content) == [try content(lab)])
    }
  }

  /// The adapted patch is what git itself accepts, and gives the same file.
  @Test(arguments: ["base", "shifted", "moved"])
  func gitTakesTheAdaptedPatch(_ lab: String) async throws {
    let result = try outcome(on: lab)
    let adapted = try #require(try result.patches[0].adaptedPatch())
    let scratch = try Scratch()
    try scratch.copy(Project.lab(lab), to: "t")
    let applied = try await git("apply", "-", in: scratch.file("t"), input: adapted)
    #expect(applied.code == 0, "\(applied.errors)")
    #expect(try scratch.read("t/fs/ext4/file.c") == result.changes[0].after?.content)
    // It needs no tolerance any more, keeps the message, and its ids are the target's own blobs.
    let again = PatchDocument(parsing: adapted)
    #expect(again.diagnostics.isEmpty)
    #expect(again.messages[0].description().trailers.count == 2)
    let id = try await git("hash-object", "fs/ext4/file.c", in: Project.lab(lab))
    if lab != "base" {
      #expect(id.line.hasPrefix(String(decoding: again.files[0].oldID ?? [], as: UTF8.self)))
    }
    let exact = try apply(adapted, to: try DirectoryTree(path: Project.lab(lab)))
    #expect(exact.patches[0].verdict == .exact)
  }

  @Test func gitItselfRejectsTheSeed() async throws {
    let result = try await git("apply", "--check", Project.seed, in: Project.lab("base"))
    #expect(result.code != 0)
    #expect(result.errors.contains("corrupt patch at line 130"))
  }

  /// All four kinds of tree give the same blob.
  @Test func everyKindOfTreeGivesTheSameFile() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("base"), to: "r")
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: scratch.file("r"))
    }
    _ = try await git("clone", "-q", "--bare", "r", "bare.git", in: scratch.path)
    let store = try VendoredStore.findOrCreate(in: scratch.path)
    _ = try await store.add("lab", from: .folder(Project.lab("base")))
    let trees: [any KernelTree] = [
      try DirectoryTree(path: Project.lab("base")), try DirectoryTree(path: scratch.file("r")),
      try RevisionTree(repositoryPath: scratch.file("bare.git"), revision: "main"),
      try store.tree("lab"),
    ]
    let expected = try content("applied")
    for tree in trees {
      let result = try apply(try seed(), to: tree)
      #expect(result.changes.map(\.after?.content) == [expected], "\(tree.name)")
    }
  }
}
