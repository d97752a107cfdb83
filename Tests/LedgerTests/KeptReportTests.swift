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
    let scratch = try KeptCollection.empty()
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
    let run = try await KeptCollection.verify(scratch, usesCache: usesCache, change)
    return (run.report, run.isKept)
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
    Change("an empty lock") {
      try $0.write("Patches/two/patch.lock", "")
    },
    Change("an empty manifest") {
      try $0.write("Patches/one/patch.yaml", "")
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

  /// Two names that look the same are two files.
  @Test func namesThatLookTheSameAreTwoFiles() async throws {
    let scratch = try KeptCollection.empty()
    let names = ["\u{E9}.c", "e\u{301}.c"]
    for (index, name) in names.enumerated() {
      try scratch.write("tree/\(name)", Self.tree)
      let patch = Self.patch("\(index)", "b", "d").replacing("file.c", with: name)
      try scratch.write("Patches/\(index).patch", patch)
    }
    try scratch.write(
      "Patches/patch.yaml", "order: independent\ntrees:\n  - {name: tree, at: ../tree}\n")
    for name in names {
      _ = try await verify(scratch)
      #expect(try await verify(scratch).isKept)
      try scratch.write("tree/\(name)", "int x;\n")
      let after = try await verify(scratch)
      #expect(!after.isKept)
      #expect(after.report == (try await verify(scratch, usesCache: false)).report)
    }
  }

  @Test func aMissingTreeIsPartOfTheReport() async throws {
    let scratch = try collection()
    try scratch.write(
      "Patches/patch.yaml",
      "trees:\n  - {name: tree, at: ../tree}\n  - {name: other, at: ../other, optional: true}\n")
    _ = try await verify(scratch)
    #expect(try await verify(scratch).isKept)
    try scratch.write("other/file.c", Self.tree)
    let with = try await verify(scratch)
    #expect(!with.isKept && with.report.contains(#""tree":"other""#))
    #expect(try await verify(scratch).isKept)
    try FileManager.default.removeItem(atPath: scratch.file("other"))
    let without = try await verify(scratch)
    #expect(!without.isKept)
    #expect(without.report == (try await verify(scratch, usesCache: false)).report)
  }

  @Test func eachSetOfOptionsHasItsReport() async throws {
    let scratch = try collection()
    let sets: [(inout VerifyOptions) -> Void] = [
      { $0.skipped = [.apply] }, { $0.keepsText = true }, { $0.shard = Shard(index: 1, count: 2) },
      { _ in }, { $0.skipped = [.reverse] },
    ]
    for set in sets {
      let first = try await verify(scratch, set)
      let second = try await verify(scratch, set)
      #expect(!first.isKept && second.isKept)
      #expect(second.report == first.report)
      #expect(second.report == (try await verify(scratch, usesCache: false, set)).report)
    }
  }

  @Test func whatIsLookedAtInEachRunIsMadeAnew() async throws {
    let scratch = try collection()
    try scratch.write(
      "Patches/patch.yaml", "trees:\n  - {name: tree, at: ../tree, build: \"true\"}\n")
    _ = try await verify(scratch)
    #expect(try await verify(scratch).isKept)
    let sets: [(inout VerifyOptions) -> Void] = [
      { $0.changed = ["/"] }, { $0.searchesHistory = true }, { $0.buildLimit = 5 },
      { $0.updates = true },
    ]
    for set in sets {
      #expect(try await !verify(scratch, set).isKept)
      #expect(try await !verify(scratch, set).isKept)
    }
  }

  /// A report belongs to the inputs of its own run.
  @Test func theReportOfAnotherRunIsNotTaken() async throws {
    let scratch = try collection()
    _ = try await verify(scratch)
    let folder = scratch.file("cache")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder).first {
        $0.hasPrefix("report-")
      })
    let old = try InputFile.read("\(folder)/\(name)")
    try scratch.write("Patches/one/a.patch", Self.patch("a: another subject", "b", "d"))
    let new = try await verify(scratch)
    #expect(try await verify(scratch).isKept)
    try AtomicFile.write(old, to: "\(folder)/\(name)")
    let after = try await verify(scratch)
    #expect(!after.isKept && after.report == new.report)
  }

  @Test func aTreeThatWasRemovedIsReported() async throws {
    let scratch = try collection()
    func all(_ options: inout VerifyOptions) { options.symbols = .all }
    try await Task.sleep(for: .seconds(3.2))
    _ = try await verify(scratch, all)
    #expect(try await verify(scratch, all).isKept)
    try FileManager.default.removeItem(atPath: scratch.file("tree"))
    let without = try await verify(scratch, all)
    #expect(!without.isKept)
    #expect(without.report == (try await verify(scratch, usesCache: false, all)).report)
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
    let inputsPath = "\(folder)/inputs-\(name.dropFirst("report-".count))"
    let inputs = (path: inputsPath, bytes: try InputFile.read(inputsPath))
    let end = try #require(bytes.firstIndex(of: 0x0A))
    let content = Array(bytes[(end + 1)...])
    // With a checksum that is right: only what it says is wrong.
    func forge(_ text: [UInt8]) throws {
      try AtomicFile.write(inputs.bytes, to: inputs.path)
      let head = "patchkit verification 4 \(Hex.text(Digest.sha256(text)))\n"
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
    try AtomicFile.write(inputs.bytes, to: inputs.path)
    try AtomicFile.write(Array(bytes.dropLast()), to: path)
    let cut = try await verify(scratch)
    #expect(!cut.isKept && cut.report == first.report)
    #expect(try await verify(scratch).isKept)
  }
}
