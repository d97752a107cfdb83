// SPDX-License-Identifier: GPL-2.0-only

import Host
import KernelTree
import TestSupport
import Testing

@Suite struct GitTreeTests {
  private func path(_ text: String) throws -> TreePath { try TreePath(Array(text.utf8)) }

  private func repository() async throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("r/fs/a.c", "one\n")
    try scratch.write("r/fs/sub/b.c", "two\n")
    try scratch.write("r/tools/run", "#!/bin/sh\n")
    _ = try await run("chmod", ["755", "r/tools/run"], in: scratch.path)
    _ = try await run("ln", ["-s", "fs/a.c", "r/link"], in: scratch.path)
    for arguments in [
      ["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "first"],
    ] {
      let result = try await run("git", arguments, in: scratch.file("r"))
      #expect(result.code == 0, "\(result.errors)")
    }
    try await setCommitter(ofRepository: scratch.file("r"))
    return scratch
  }

  @Test func aRevisionIsReadLikeAFolder() async throws {
    let scratch = try await repository()
    let tree = try RevisionTree(repositoryPath: scratch.file("r"), revision: "main")
    let folder = try DirectoryTree(path: scratch.file("r"))
    #expect(folder.isWorkTree)
    for name in ["fs/a.c", "fs/sub/b.c", "tools/run", "link", "none", "fs/none"] {
      #expect(try tree.file(at: path(name)) == folder.file(at: path(name)), "\(name)")
    }
    #expect(throws: PatchkitError.self) { try tree.file(at: path("fs")) }
    let error = #expect(throws: PatchkitError.self) { try tree.file(at: path("link/x")) }
    #expect(error?.kind == .symlinkInTheWay)
    #expect(throws: PatchkitError.self) { try tree.file(at: path("fs/a.c/x")) }
  }

  @Test func missingTreesAreNamed() async throws {
    let scratch = try await repository()
    for name in ["nowhere", scratch.file("none"), scratch.file("r") + "@none"] {
      let error = #expect(throws: PatchkitError.self) { try OpenedTree.named(name) }
      #expect(error?.kind == .badInput)
    }
  }

  @Test func onlyTouchedPathsAreCommitted() async throws {
    let scratch = try await repository()
    let tree = try RevisionTree(repositoryPath: scratch.file("r"), revision: "main")
    let before = try tree.file(at: path("fs/sub/b.c"))
    let made = try tree.commit(
      [
        CommitRequest(
          changes: [
            TreeChange(path: try path("fs/sub/b.c"), before: before, after: nil),
            TreeChange(
              path: try path("new/c.c"), before: nil,
              after: TreeFile(mode: .executable, content: Array("c\n".utf8))),
          ], message: "second\n",
          author: .init(name: "Author", email: "a@example.org", date: (1_297_092_030, -300)))
      ], branch: "topic", isForced: false)
    let folder = scratch.file("r")
    #expect(try await git("rev-parse", "topic", in: folder).line == made.commits[0])
    #expect(try await git("rev-parse", "topic^{tree}", in: folder).line == made.tree)
    #expect(
      try await git("ls-tree", "-r", "--name-only", "topic", in: folder).line
        == "fs/a.c\nlink\nnew/c.c\ntools/run")
    #expect(
      try await git("log", "-1", "--format=%an %ae %ad", "--date=raw", "topic", in: folder).line
        == "Author a@example.org 1297092030 -0500")
    #expect(try await git("fsck", "--strict", in: folder).code == 0)
    #expect(try await git("status", "--porcelain", in: folder).line == "")
    // A branch that is elsewhere is not moved by mistake, nor is one that is checked out.
    for branch in ["topic", "main"] {
      #expect(throws: PatchkitError.self) {
        try tree.commit(
          [CommitRequest(changes: [], message: "x\n", author: nil)], branch: branch,
          isForced: false)
      }
    }
    #expect(try await git("rev-parse", "topic", in: folder).line == made.commits[0])
  }

  @Test func manyObjectsLandAsOnePack() async throws {
    let scratch = try await repository()
    let tree = try RevisionTree(repositoryPath: scratch.file("r"), revision: "main")
    let requests = try (0..<60).map { number in
      CommitRequest(
        changes: [
          TreeChange(
            path: try path("fs/new\(number).c"), before: nil,
            after: TreeFile(mode: .regular, content: Array("\(number)\n".utf8)))
        ], message: "number \(number)\n", author: nil)
    }
    let made = try tree.commit(requests, branch: "many", isForced: false)
    #expect(made.commits.count == 60)
    let folder = scratch.file("r")
    #expect(try await git("rev-list", "--count", "many", in: folder).line == "61")
    #expect(try await git("fsck", "--strict", in: folder).code == 0)
    let packs = try await run("sh", ["-c", "ls .git/objects/pack/*.pack | wc -l"], in: folder)
    #expect(packs.line.filter(\.isNumber) == "1")
  }

  @Test func uncommittedChangesAreSeen() async throws {
    let scratch = try await repository()
    let tree = try DirectoryTree(path: scratch.file("r"))
    #expect(try !tree.hasUncommittedChange(at: path("fs/a.c")))
    try scratch.write("r/fs/a.c", "changed\n")
    try scratch.write("r/untracked", "u\n")
    #expect(try tree.hasUncommittedChange(at: path("fs/a.c")))
    #expect(try !tree.hasUncommittedChange(at: path("untracked")))
    // From a folder below, paths are that folder's.
    let below = try DirectoryTree(path: scratch.file("r/fs"))
    #expect(try below.hasUncommittedChange(at: path("a.c")))
    #expect(try !below.hasUncommittedChange(at: path("sub/b.c")))
  }

  @Test func everySourceGivesTheSameVendoredTree() async throws {
    let scratch = try await repository()
    let expected = try await git("rev-parse", "main^{tree}", in: scratch.file("r")).line
    _ = try await run(
      "tar", ["cJf", "linux.tar.xz", "--transform=s,^r,linux-1.0,", "--exclude=.git", "r"],
      in: scratch.path)
    try scratch.write("work/.keep", "")
    let store = try VendoredStore.findOrCreate(in: scratch.file("work"))
    let sources: [(String, VendoredStore.Source)] = [
      ("folder", .folder(scratch.file("r"))), ("tarball", .tarball(scratch.file("linux.tar.xz"))),
      ("revision", .revision(repository: scratch.file("r"), revision: "main")),
    ]
    for (name, source) in sources {
      let entry = try await store.add(name, from: source)
      #expect(entry.tree == expected, "\(name)")
      #expect(entry.files == 4)
      let part = try await store.add(name + "-fs", from: source, paths: [try path("fs/sub")])
      #expect(try store.paths(of: part.name) == ["fs/sub/b.c"], "\(name)")
    }
    #expect(try store.entries().map(\.name).count == 6)
    let found = try #require(try VendoredStore.find(from: scratch.file("work")))
    #expect(try found.tree("folder").file(at: path("fs/a.c"))?.content == Array("one\n".utf8))
    try found.remove("folder")
    #expect(try !found.has("folder"))
    #expect(throws: PatchkitError.self) { try found.tree("folder") }
    await #expect(throws: PatchkitError.self) {
      try await found.add("tarball", from: .folder(scratch.file("r")))
    }
    await #expect(throws: PatchkitError.self) {
      try await found.add("x", from: .folder(scratch.file("r")), paths: [try path("none")])
    }
    for name in ["../x", "", "a b", "-x", ".x", "a/b"] {
      await #expect(throws: PatchkitError.self) {
        try await found.add(name, from: .folder(scratch.file("r")))
      }
    }
    #expect(try await run("ls", ["-A", "work/.patchkit"], in: scratch.path).line == "store.git")
  }
}
