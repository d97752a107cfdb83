// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import Host
import KernelTree
import TestSupport
import Testing

import Ledger

/// The report that `verify` keeps: it is taken as a whole while nothing that it depends on changes, and no longer.
@Suite struct KeptReportTests {
  private static let tree = "int a;\nint b;\nint c;\n"

  private static func patch(_ subject: String, _ old: String, _ new: String) -> String {
    "Subject: \(subject)\n\nWhy.\n---\n--- a/file.c\n+++ b/file.c\n@@ -1,3 +1,3 @@\n int a;\n-int \(old);\n+int \(new);\n int c;\n"
  }

  private func collection() throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.file("cache"), withIntermediateDirectories: true)
    try scratch.write("tree/file.c", Self.tree)
    try scratch.write("tree/lib/other.c", "int other;\n")
    try scratch.write("Patches/one/a.patch", Self.patch("a: applies", "b", "d"))
    try scratch.write("Patches/two/b.patch", Self.patch("b: is refused", "x", "y"))
    try scratch.write("Patches/two/adapted/own.patch", Self.patch("b: for the tree", "b", "y"))
    try scratch.write("Patches/two/patch.yaml", "title: \"b: is refused\"\n")
    try scratch.write("Patches/patch.yaml", "trees:\n  - {name: tree, at: ../tree}\n")
    return scratch
  }

  private func verify(
    _ scratch: Scratch, usesCache: Bool = true, _ change: (inout VerifyOptions) -> Void = { _ in }
  ) async throws -> (report: String, isKept: Bool) {
    var options = VerifyOptions()
    options.usesCache = usesCache
    options.symbols = .none
    change(&options)
    let verifier = Verifier(options, cacheFolder: scratch.file("cache"))
    let found = try await verifier.run(try PatchFolder.all(in: [scratch.file("Patches")]))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (String(decoding: try encoder.encode(found), as: UTF8.self), verifier.isKept)
  }

  @Test func aRunWithNothingNewTakesTheReport() async throws {
    let scratch = try collection()
    let first = try await verify(scratch)
    let second = try await verify(scratch)
    #expect(!first.isKept && second.isKept)
    #expect(second.report == first.report)
    #expect(second.report == (try await verify(scratch, usesCache: false)).report)
    #expect(first.report.contains(#""verdict":"exact""#))
  }

  /// A change of what a run reads, and whether the report depends on it.
  struct Change: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var isSeen = true
    var make: @Sendable (Scratch) throws -> Void

    init(_ name: String, isSeen: Bool = true, _ make: @escaping @Sendable (Scratch) throws -> Void)
    {
      (testDescription, self.isSeen, self.make) = (name, isSeen, make)
    }
  }

  static let changes: [Change] = [
    Change("a patch's subject") {
      try $0.write("Patches/one/a.patch", Self.patch("a: another subject", "b", "d"))
    },
    Change("a patch's lines") {
      try $0.write("Patches/one/a.patch", Self.patch("a: applies", "b", "e"))
    },
    Change("a patch more") {
      try $0.write("Patches/one/c.patch", Self.patch("c", "c", "d"))
    },
    Change("a patch less") {
      try removeFile($0.file("Patches/one/a.patch"))
    },
    Change("a manifest") {
      try $0.write("Patches/two/patch.yaml", "title: something else\n")
    },
    Change("a manifest that cannot be read") {
      try $0.write("Patches/two/patch.yaml", "title: [\n")
    },
    Change("the manifest above") {
      try $0.write(
        "Patches/patch.yaml", "trees:\n  - {name: tree, at: ../tree, expect: refused}\n")
    },
    Change("a lock") {
      try $0.write("Patches/two/patch.lock", "patches:\n  - label: gone.patch\n")
    },
    Change("a series") {
      try $0.write("Patches/one/series", "a.patch -p1\n")
    },
    Change("a file that a patch changes") {
      try $0.write("tree/file.c", "int a;\nint x;\nint c;\n")
    },
    Change("a file that no patch changes", isSeen: false) {
      try $0.write("tree/lib/other.c", "int different;\n")
    },
    Change("a file next to the patches", isSeen: false) {
      try $0.write("Patches/one/notes.txt", "To do.\n")
    },
  ]

  @Test(arguments: changes) func aChangeMakesTheReportAnew(_ change: Change) async throws {
    let scratch = try collection()
    _ = try await verify(scratch)
    let before = try await verify(scratch)
    #expect(before.isKept)
    try change.make(scratch)
    let after = try await verify(scratch)
    #expect(after.isKept == !change.isSeen)
    #expect(after.report == (try await verify(scratch, usesCache: false)).report)
    #expect((after.report == before.report) == !change.isSeen)
  }

  @Test func aTreesOwnPatchIsReadAnew() async throws {
    let scratch = try collection()
    try scratch.write(
      "Patches/two/patch.yaml",
      "trees:\n  - {name: tree, at: ../../tree, patch: adapted/own.patch}\n")
    _ = try await verify(scratch)
    #expect(try await verify(scratch).isKept)
    try scratch.write("Patches/two/adapted/own.patch", Self.patch("b: for the tree", "b", "z"))
    let after = try await verify(scratch)
    #expect(!after.isKept)
    #expect(after.report == (try await verify(scratch, usesCache: false)).report)
  }

  @Test func aNameOfTheTreeIsLookedUpAnew() async throws {
    let scratch = try collection()
    func all(_ options: inout VerifyOptions) { options.symbols = .all }
    // Until then, a later change could have the same stamp.
    try await Task.sleep(for: .seconds(3.2))
    _ = try await verify(scratch, all)
    #expect(try await verify(scratch, all).isKept)
    try scratch.write("tree/lib/other.c", "int different;\n")
    #expect(try await !verify(scratch, all).isKept)
  }

  @Test func otherOptionsMakeAnotherReport() async throws {
    let scratch = try collection()
    _ = try await verify(scratch)
    #expect(try await !verify(scratch) { $0.skipped = [.apply] }.isKept)
    #expect(try await !verify(scratch) { $0.symbols = .all }.isKept)
    #expect(try await !verify(scratch) { $0.keepsText = true }.isKept)
    #expect(try await !verify(scratch) { $0.shard = Shard(index: 1, count: 2) }.isKept)
    #expect(try await !verify(scratch) { $0.changed = [] }.isKept)
    #expect(try await !verify(scratch) { $0.searchesHistory = true }.isKept)
    #expect(try await !verify(scratch) { $0.buildLimit = 1 }.isKept)
    #expect(try await verify(scratch).isKept)
  }

  @Test func aLockThatIsToBeWrittenIsMadeAnew() async throws {
    let scratch = try collection()
    _ = try await verify(scratch)
    #expect(try await !verify(scratch) { $0.updates = true }.isKept)
  }

  @Test func aReportThatIsDamagedIsNotTaken() async throws {
    let scratch = try collection()
    let first = try await verify(scratch)
    let folder = scratch.file("cache")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder).first {
        $0.hasPrefix("report-")
      })
    let path = "\(folder)/\(name)"
    let bytes = try InputFile.read(path)
    let end = try #require(bytes.firstIndex(of: 0x0A))
    let content = Array(bytes[(end + 1)...])
    // With a checksum that is right: only what it says is wrong.
    func forge(_ text: [UInt8]) throws {
      let head = "patchkit verification 3 \(Hex.text(Digest.sha256(text)))\n"
      try AtomicFile.write(Array(head.utf8) + text, to: path)
    }
    let line = try #require(content.firstIndex(of: 0x0A))
    let json = String(decoding: content[..<line], as: UTF8.self)
    #expect(json.contains(#""start":0"#))
    for start in ["-1", "9223372036854775807", "99999"] {
      let forged = json.replacing(#""start":0"#, with: #""start":\#(start)"#)
      try forge(Array(forged.utf8) + content[line...])
      #expect(try await verify(scratch).report == first.report, "start \(start)")
    }
    try forge([])
    #expect(try await verify(scratch).report == first.report)
    try forge(Array(content[..<line]))
    #expect(try await verify(scratch).report == first.report)
    try AtomicFile.write(Array(bytes.dropLast()), to: path)
    let cut = try await verify(scratch)
    #expect(!cut.isKept && cut.report == first.report)
    #expect(try await verify(scratch).isKept)
  }
}
