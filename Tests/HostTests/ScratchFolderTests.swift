// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Glibc
import Host
import TestSupport
import Testing

/// A scratch folder goes with all that foreign code may leave in it.
@Suite struct ScratchFolderTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func itGoesWithItsLastOwner() throws {
    var folder: ScratchFolder? = try ScratchFolder(below: scratch.file("a/b"))
    let path = try #require(folder?.path)
    #expect(path.hasPrefix(scratch.file("a/b/patchkit.")))
    try folder?.write(Array("text\n".utf8), to: "deep/er/file")
    #expect(folder?.read("deep/er/file") == Array("text\n".utf8))
    #expect(folder?.read("deep/er/other") == nil)
    folder = nil
    #expect(!InputFile.exists(path) && InputFile.exists(scratch.file("a/b")))
  }

  @Test func onlyItsOwnerLooksIntoIt() throws {
    for (isOpen, expected) in [(false, 0o700), (true, 0o755)] {
      let folder = try ScratchFolder(below: scratch.path, isOpen: isOpen)
      var info = stat()
      #expect(unsafe stat(folder.path, &info) == 0 && Int(info.st_mode & 0o777) == expected)
    }
  }

  /// The path is longer than a path may be, and no stack or number of descriptors is as deep.
  @Test func foldersOfAnyDepthAreRemoved() throws {
    let folder = try ScratchFolder(below: scratch.path)
    var open = unsafe Glibc.open(folder.path, O_RDONLY | O_DIRECTORY)
    for _ in 0..<3000 {
      #expect(unsafe mkdirat(open, "d", 0o755) == 0)
      close(unsafe openat(open, "f", O_CREAT | O_WRONLY, 0o600))
      let next = unsafe openat(open, "d", O_RDONLY | O_DIRECTORY)
      close(open)
      open = next
    }
    close(open)
    try folder.clear()
    #expect(try InputFile.names(in: folder.path).isEmpty)
  }

  @Test func linksOfForeignCodeAreNotFollowed() throws {
    try scratch.write("outside/file", "old\n")
    let folder = try ScratchFolder(below: scratch.path)
    #expect(unsafe symlink(scratch.file("outside/file"), folder.path + "/file") == 0)
    #expect(unsafe symlink(scratch.file("outside"), folder.path + "/folder") == 0)
    try folder.write(Array("new\n".utf8), to: "file")
    #expect(throws: PatchkitError.self) { try folder.write([0x0A], to: "folder/file") }
    #expect(folder.read("file") == Array("new\n".utf8))
    try folder.clear()
    #expect(try scratch.read("outside/file") == Array("old\n".utf8))
  }
}
