// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// Ways below a folder, each opened from where it parts from the one before.
@Suite struct FolderTrailTests {
  private let scratch: Scratch
  private let trail: FolderTrail

  init() throws {
    scratch = try Scratch()
    for name in ["a/b/c/f", "a/b/d/f", "e/f"] { try scratch.write(name, name) }
    trail = try FolderTrail(from: Folder.open(scratch.path))
  }

  private func names(_ path: String) -> [[UInt8]] {
    path.split(separator: "/").map { Array($0.utf8) }
  }

  /// The innermost folder of a way that exists as its depth, and the depths that were opened for it.
  private func follow(_ path: String) throws -> (found: Int, opened: [Int]) {
    var opened: [Int] = []
    let found = try trail.innermost(names(path)) { _, index throws(PatchkitError) in
      opened.append(index)
    }.found
    return (found, opened)
  }

  @Test func onlyWhatIsNotOpenIsOpened() throws {
    for (path, found, opened) in [
      ("a/b/c", 3, [0, 1, 2]), ("a/b/c", 3, []), ("a/b/d", 3, [2]), ("a/b/x/y", 2, []),
      ("a/b/d", 3, [2]), ("e", 1, [0]), ("", 0, []), ("a", 1, [0]), ("e/f", 1, [0]),
    ] {
      let result = try follow(path)
      #expect(result.found == found && result.opened == opened, "\(path)")
    }
    let file = try #require(try trail.folder(names("a/b/d")))
    #expect(try file.folder.status(of: Array("f".utf8))?.isRegular == true)
    #expect(try trail.folder(names("a/b/x")) == nil)
  }

  @Test func linksAreNotFollowed() throws {
    #expect(unsafe symlink("a", scratch.file("l")) == 0)
    #expect(try follow("l/b").found == 0)
    let error = #expect(throws: PatchkitError.self) {
      try trail.makeFolder(names("l/b"), path: "l/b/f")
    }
    #expect(error?.kind == .symlinkInTheWay)
  }

  @Test func foldersAreMadeAndRemovedWhereEmpty() throws {
    _ = try trail.makeFolder(names("a/n/m"), path: "a/n/m/f")
    #expect(try InputFile.names(in: scratch.file("a/n")) == ["m"])
    try trail.removeEmptyFolders(names("a/n/m"))
    #expect(try InputFile.names(in: scratch.file("a")) == ["b"])
    // The trail has no folder that is gone.
    _ = try trail.makeFolder(names("a/n/m"), path: "a/n/m/f")
    #expect(try InputFile.names(in: scratch.file("a/n")) == ["m"])
    try trail.removeEmptyFolders(names("a/b/c"))
    #expect(try InputFile.names(in: scratch.file("a/b")) == ["c", "d"])
  }
}
