// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Host
import KernelTree
import TestSupport
import Testing

/// Stamps of folders show that a tree has the same paths, if no folder is too fresh for that.
@Suite struct FolderStampTests {
  private func stamps(_ scratch: Scratch) throws -> FolderStamps {
    // A command lists a tree once.
    PathNames.noteChange()
    return try DirectoryTree(path: scratch.file("t")).names().folders
  }

  private func holds(_ stamps: FolderStamps, _ scratch: Scratch) throws -> Bool {
    try DirectoryTree(path: scratch.file("t")).holds(stamps)
  }

  /// Stamps that are fresh after a change; tried some times, as a machine may take seconds for a step.
  private func freshStamps(
    _ scratch: Scratch, _ change: (Int) throws -> Void
  ) throws -> FolderStamps? {
    for attempt in 0..<20 {
      try change(attempt)
      let found = try stamps(scratch)
      if !found.isSettled { return found }
    }
    return nil
  }

  /// A folder that changed in the last two seconds may change again with the same time: the file system's clock has
  /// steps.
  @Test func aFreshFolderSettlesWithTime() async throws {
    let scratch = try Scratch()
    try scratch.write("t/c/file.c", "x\n")
    #expect(try freshStamps(scratch) { try scratch.write("t/a/b/file\($0).c", "x\n") } != nil)
    try await Task.sleep(for: .seconds(3.2))
    let settled = try stamps(scratch)
    #expect(try settled.isSettled && holds(settled, scratch))
    // One folder that is fresh is enough, however deep it is.
    let fresh = try #require(
      try freshStamps(scratch) { try scratch.write("t/a/b/new\($0).c", "x\n") })
    #expect(try holds(fresh, scratch) && !holds(settled, scratch))
    // What a file holds is not covered.
    try await Task.sleep(for: .seconds(3.2))
    try scratch.write("t/c/file.c", "other\n")
    #expect(try stamps(scratch).isSettled)
  }

  /// Those of an earlier run hold or do not, and are never kept anew.
  @Test func stampsThatWereReadAreNotSettled() async throws {
    let scratch = try Scratch()
    try scratch.write("t/a/file.c", "x\n")
    try await Task.sleep(for: .seconds(3.2))
    let made = try stamps(scratch)
    let read = try #require(FolderStamps(made.bytes))
    #expect(try made.isSettled && !read.isSettled && holds(read, scratch))
  }

  /// Many folders are asked in pieces, and a change is seen in each of them.
  @Test func manyFoldersAreAskedInPieces() throws {
    let scratch = try Scratch()
    for number in 0..<600 { try scratch.write("t/d\(number)/file.c", "x\n") }
    for number in [0, 300, 599] {
      let before = try stamps(scratch)
      usleep(20_000)
      #expect(try holds(before, scratch))
      try scratch.write("t/d\(number)/other.c", "x\n")
      #expect(try !holds(before, scratch), "\(number)")
    }
  }

  @Test func eachChangeOfAListIsSeen() throws {
    let changes: [@Sendable (Scratch) throws -> Void] = [
      { try $0.write("t/a/other.c", "x\n") },
      { try removeFile($0.file("t/a/file.c")) },
      {
        try FileManager.default.moveItem(atPath: $0.file("t/a/file.c"), toPath: $0.file("t/a/g.c"))
      },
      { try FileManager.default.moveItem(atPath: $0.file("t/a"), toPath: $0.file("t/b")) },
      {
        try FileManager.default.moveItem(atPath: $0.file("t/a"), toPath: $0.file("kept"))
        try FileManager.default.createSymbolicLink(
          atPath: $0.file("t/a"), withDestinationPath: "../kept")
      },
    ]
    for (number, change) in changes.enumerated() {
      let scratch = try Scratch()
      try scratch.write("t/a/file.c", "x\n")
      let before = try stamps(scratch)
      // The clock of the file system may not have moved since the folder was made.
      usleep(20_000)
      #expect(try holds(before, scratch), "\(number)")
      try change(scratch)
      #expect(try !holds(before, scratch), "\(number)")
    }
  }
}
