// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// Files below a folder that are read in one step, where nothing but a file is in the way.
@Suite struct FolderReadingTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("t/a/b/f", "content")
    try scratch.write("t/empty", "")
    try scratch.write("outside/f", "outside")
  }

  private func found(_ path: String) throws -> (status: Folder.Status, content: [UInt8])? {
    let folder = try Folder.open(scratch.file("t"))
    return folder.fileBelow(Array(path.utf8))
  }

  private func content(_ path: String) throws -> [UInt8]? { try found(path)?.content }

  @Test func aFileIsRead() throws {
    #expect(try content("a/b/f") == Array("content".utf8))
    #expect(try content("empty") == [])
    let status = try #require(try found("a/b/f")?.status)
    #expect(status.isRegular && status.permissions & 0o100 == 0)
    #expect(unsafe chmod(scratch.file("t/a/b/f"), 0o755) == 0)
    #expect(try found("a/b/f")?.status.permissions == 0o755)
  }

  @Test func nothingElseIs() throws {
    #expect(unsafe symlink("f", scratch.file("t/a/b/link")) == 0)
    #expect(unsafe symlink("../outside", scratch.file("t/out")) == 0)
    #expect(unsafe symlink("a", scratch.file("t/within")) == 0)
    for path in [
      "a/b/link", "out/f", "within/b/f", "../outside/f", scratch.file("outside/f"), "a/b", "a/b/g",
      "g/f", "a/b/f/g", "",
    ] {
      #expect(try content(path) == nil, "\(path)")
    }
  }

  /// Opening a device may have effects; only root can make devices, so a pipe is looked at here.
  @Test func aPipeIsNotEvenOpened() throws {
    let pipe = scratch.file("t/a/pipe")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    let watch = inotify_init1(Int32(IN_NONBLOCK))
    defer { close(watch) }
    #expect(unsafe inotify_add_watch(watch, pipe, UInt32(IN_OPEN)) >= 0)
    #expect(try content("a/pipe") == nil)
    var events = [UInt8](repeating: 0, count: 4096)
    let count = unsafe events.withUnsafeMutableBytes {
      unsafe read(watch, $0.baseAddress, $0.count)
    }
    #expect(count < 0, "the pipe was opened")
  }
}
