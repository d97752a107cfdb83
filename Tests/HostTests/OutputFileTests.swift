// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Glibc
import Host
import Synchronization
import TestSupport
import Testing

/// Special files are written into and never replaced; links to regular files are followed.
@Suite struct OutputFileTests {
  private let scratch: Scratch
  private let text = Array("text\n".utf8)

  init() throws { scratch = try Scratch() }

  private func kind(_ name: String) -> mode_t {
    var info = stat()
    guard unsafe lstat(scratch.path + "/" + name, &info) == 0 else { return 0 }
    return info.st_mode & S_IFMT
  }

  private func permissions(_ name: String) -> mode_t {
    var info = stat()
    guard unsafe stat(scratch.path + "/" + name, &info) == 0 else { return 0 }
    return info.st_mode & 0o7777
  }

  @Test func aDeviceIsWrittenInto() throws {
    let path = scratch.path + "/null"
    #expect(unsafe symlink("/dev/null", path) == 0)
    try OutputFile.write(text, to: path, refusing: { _ in })
    #expect(kind("null") == S_IFLNK)
    var info = stat()
    #expect(unsafe stat("/dev/null", &info) == 0 && info.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func aFullDeviceIsAnError() throws {
    let error = #expect(throws: PatchkitError.self) {
      try OutputFile.write(text, to: "/dev/full", refusing: { _ in })
    }
    #expect(error?.kind == .system)
  }

  /// What another thread read.
  private final class Reader: Sendable {
    let content = Mutex<[UInt8]?>(nil)
    let done = DispatchSemaphore(value: 0)
  }

  @Test func aPipeIsWrittenIntoAndItsReaderGetsAll() throws {
    let path = scratch.path + "/pipe"
    #expect(unsafe mkfifo(path, 0o600) == 0)
    let large = [UInt8](repeating: 0x61, count: 300_000)
    // A thread of its own reads: a task may not begin before the writer gives up on a busy machine.
    let reader = Reader()
    Thread.detachNewThread {
      let content = try? InputFile.read(path, kinds: .filesAndStreams)
      reader.content.withLock { $0 = content }
      reader.done.signal()
    }
    try OutputFile.write(large, to: path, refusing: { _ in })
    reader.done.wait()
    #expect(reader.content.withLock { $0 } == large)
    #expect(kind("pipe") == S_IFIFO)
  }

  @Test func aDescriptorIsWrittenIntoWhereItStands() throws {
    let file = scratch.path + "/log"
    try scratch.write("log", "first\n")
    let descriptor = unsafe open(file, O_WRONLY | O_APPEND)
    defer { close(descriptor) }
    try OutputFile.write(text, to: "/dev/fd/\(descriptor)", refusing: { _ in })
    #expect(try Files.read(file) == Array("first\ntext\n".utf8))
  }

  @Test func aSocketBehindADescriptorIsWrittenInto() throws {
    var ends: [Int32] = [-1, -1]
    #expect(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { ends.forEach { close($0) } }
    try OutputFile.write(text, to: "/dev/fd/\(ends[0])", refusing: { _ in })
    var buffer = [UInt8](repeating: 0, count: 16)
    let count = unsafe read(ends[1], &buffer, buffer.count)
    #expect(Array(buffer.prefix(max(0, count))) == text)
  }

  @Test func aLinkIsFollowedAndTheModeOfItsTargetStays() throws {
    try scratch.write("real", "old\n")
    #expect(unsafe chmod(scratch.path + "/real", 0o600) == 0)
    #expect(unsafe symlink("real", scratch.path + "/one") == 0)
    #expect(unsafe symlink("one", scratch.path + "/two") == 0)
    try OutputFile.write(text, to: scratch.path + "/two", refusing: { _ in })
    #expect(kind("one") == S_IFLNK && kind("two") == S_IFLNK)
    #expect(try Files.read(scratch.path + "/real") == text)
    #expect(permissions("real") == 0o600)
  }

  @Test func whatIsNeitherIsRefused() throws {
    #expect(unsafe symlink("gone", scratch.path + "/dangling") == 0)
    #expect(unsafe symlink("loop", scratch.path + "/loop") == 0)
    try scratch.write("folder/x", "")
    for name in ["dangling", "loop", "folder"] {
      #expect(throws: PatchkitError.self, "\(name)") {
        try OutputFile.write(text, to: scratch.path + "/" + name, refusing: { _ in })
      }
    }
    #expect(kind("dangling") == S_IFLNK && kind("gone") == 0)
  }

  @Test func aNewFileGetsThePermissionsThatTheMaskLeaves() throws {
    try OutputFile.write(text, to: scratch.path + "/new", refusing: { _ in })
    let mask = umask(0o022)
    umask(mask)
    #expect(permissions("new") == 0o666 & ~mask)
    // Nothing else is left in the folder.
    #expect(try InputFile.names(in: scratch.path) == ["new"])
  }
}
