// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// The folder for what is kept between two runs, where no home folder is to be had.
@Suite struct StateFolderTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private var path: String { scratch.file("patchkit-\(geteuid())") }

  @Test func isThisUsersAlone() throws {
    for _ in 0..<2 { #expect(StateFolder.privateFolder(in: scratch.path) == path) }
    var status = stat()
    #expect(unsafe stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700 && status.st_uid == geteuid())
  }

  @Test(arguments: [0o720, 0o702, 0o777] as [mode_t])
  func thatOthersCanWriteIntoIsNotUsed(_ mode: mode_t) throws {
    try #require(unsafe mkdir(path, 0o700) == 0 && chmod(path, mode) == 0)
    #expect(StateFolder.privateFolder(in: scratch.path) == nil)
  }

  @Test(.enabled(if: geteuid() == 0, "needs root, to make another user's folder"))
  func ofAnotherUserIsNotUsed() throws {
    try #require(unsafe mkdir(path, 0o700) == 0 && chown(path, 65534, 65534) == 0)
    #expect(StateFolder.privateFolder(in: scratch.path) == nil)
  }

  @Test func thatIsALinkOrAFileIsNotUsed() throws {
    try #require(unsafe mkdir(scratch.file("other"), 0o700) == 0)
    try #require(unsafe symlink(scratch.file("other"), path) == 0)
    #expect(StateFolder.privateFolder(in: scratch.path) == nil)
    try removeFile(path)
    try scratch.write("patchkit-\(geteuid())", "a file")
    #expect(StateFolder.privateFolder(in: scratch.path) == nil)
  }
}
