// SPDX-License-Identifier: GPL-2.0-only

import Host
import TestSupport
import Testing

/// Locks on a file, and locks that are the name of a file.
@Suite struct LockTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func take(_ file: String, _ names: [String]) throws(LockNames.Refusal) {
    try LockNames(of: scratch.file(file)).take(names.map(scratch.file)) { _ in false }
  }

  @Test func allNamesAreTakenOrNone() throws {
    try take("mine", ["a.lock", "refs/b.lock"])
    let refusal = #expect(throws: LockNames.Refusal.self) {
      try take("theirs", ["c.lock", "refs/b.lock"])
    }
    #expect(refusal?.isHeld == true && refusal?.name == scratch.file("refs/b.lock"))
    #expect(!InputFile.exists(scratch.file("c.lock")) && !InputFile.exists(scratch.file("theirs")))
  }

  /// The file of a run that was killed is still there.
  @Test func theNextRunHasTheLocksOfOneThatWasKilled() throws {
    try take("mine", ["a.lock"])
    try take("mine", ["a.lock", "b.lock"])
    let locks = LockNames(of: scratch.file("mine"))
    locks.release([scratch.file("a.lock"), scratch.file("b.lock")]) { _ in false }
    #expect(try InputFile.names(in: scratch.path).isEmpty)
  }

  @Test func othersLocksAndFullFoldersStay() throws {
    try scratch.write("refs/x/other.lock", "")
    try take("mine", ["refs/x/y/z.lock"])
    LockNames(of: scratch.file("mine")).release(
      [scratch.file("refs/x/y/z.lock"), scratch.file("refs/x/other.lock")]
    ) { $0.hasPrefix(scratch.file("refs/")) }
    #expect(InputFile.exists(scratch.file("refs/x/other.lock")))
    #expect(!InputFile.exists(scratch.file("refs/x/y")))
  }

  @Test func aMissingFolderIsAnError() throws {
    try scratch.write("file", "")
    let refusal = #expect(throws: LockNames.Refusal.self) { try take("file/mine", ["a.lock"]) }
    #expect(refusal?.isHeld == false && refusal?.name == nil)
  }

  @Test func aLockOnAFileIsSharedOrExclusive() throws {
    let path = scratch.file("lock")
    let first = try #require(FileLock(path))
    let second = try #require(FileLock(path))
    #expect(first.take(isExclusive: false) == .taken && second.take(isExclusive: false) == .taken)
    #expect(first.take(isExclusive: true, waiting: 40) == .heldByAnother)
  }

  @Test func theFileOfALockIsMadeOnlyOnRequest() throws {
    let folder = try Folder.open(scratch.path)
    let name = Array("lock".utf8)
    #expect(throws: PatchkitError.self) { try FileLock(name, in: folder, makes: false) }
    #expect(try FileLock(name, in: folder, makes: true).take(isExclusive: true) == .taken)
    #expect(InputFile.exists(scratch.file("lock")))
  }
}
