// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// Reading waits for nothing without end, and takes only what the caller allows.
@Suite struct InputFileTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func aPipeInATreeIsRefusedAtOnce() throws {
    let path = scratch.path + "/pipe"
    #expect(unsafe mkfifo(path, 0o600) == 0)
    let start = ContinuousClock.now
    let error = #expect(throws: PatchkitError.self) { try InputFile.read(path) }
    #expect(error?.kind == .badInput && error?.message.contains("not a file") == true)
    #expect(ContinuousClock.now - start < .seconds(5))
  }

  @Test func aDeviceInATreeIsRefused() throws {
    for path in ["/dev/zero", "/dev/null"] {
      #expect(throws: PatchkitError.self, "\(path)") { try InputFile.read(path) }
    }
  }

  @Test func anEndlessStreamEndsAtTheLimit() throws {
    let error = #expect(throws: PatchkitError.self) {
      try InputFile.read("/dev/zero", largest: 1 << 20, kinds: .filesAndStreams)
    }
    #expect(error?.message.contains("more than") == true)
  }

  @Test func aPipeOfTheCallersIsReadAfterItsWriterClosedIt() throws {
    var ends: [Int32] = [-1, -1]
    #expect(unsafe pipe(&ends) == 0)
    let text = Array("text\n".utf8)
    #expect(unsafe write(ends[1], text, text.count) == text.count)
    close(ends[1])
    defer { close(ends[0]) }
    #expect(try InputFile.read("/dev/fd/\(ends[0])", kinds: .filesAndStreams) == text)
  }

  @Test func aFolderIsNotRead() throws {
    let error = #expect(throws: PatchkitError.self) { try InputFile.read(scratch.path) }
    #expect(error?.hint == "name a file in it")
  }

  @Test func aLinkInAFolderOfOursRedirectsNothing() throws {
    try scratch.write("outside", "secret\n")
    try scratch.write("tree/.own/x", "")
    #expect(unsafe symlink("../../outside", scratch.path + "/tree/.own/list") == 0)
    #expect(unsafe symlink("../..", scratch.path + "/tree/.own/deeper") == 0)
    let own = OwnFolder(in: scratch.path + "/tree", [".own"])
    #expect(throws: PatchkitError.self) { try own.read("list") }
    #expect(throws: PatchkitError.self) { try own.write([], to: "list") }
    #expect(throws: PatchkitError.self) { try own.folder("deeper").write([], to: "outside") }
    #expect(throws: PatchkitError.self) { try own.requireNoLinks(depth: 2) }
    #expect(try Files.read(scratch.path + "/outside") == Array("secret\n".utf8))
    try own.write(Array("y".utf8), to: "x")
    #expect(try own.read("x") == Array("y".utf8))
    #expect(try own.read("none") == nil)
  }
}
