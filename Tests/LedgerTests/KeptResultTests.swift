// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import Glibc
import Host
import KernelTree
import TestSupport
import Testing

import Ledger

/// Results that `verify` keeps: they are used while the tree answers what the trial asked it, and no longer.
@Suite struct KeptResultTests {
  /// A tree, and patches whose trials search it: a file that moved to another folder, one that has another name in its
  /// folder, a function that moved to a file next to it, a file that is removed already, and one that is found at once.
  private func collection() throws -> Scratch {
    let scratch = try KeptCollection.empty()
    try scratch.write("tree/new/dir/moved.c", KeptCollection.text("moved"))
    try scratch.write("tree/spelled/ring_buffer.c", KeptCollection.text("spelled"))
    try scratch.write("tree/lib/first.c", "int first;\n")
    try scratch.write("tree/lib/second.c", "int before;\n" + KeptCollection.text("function"))
    try scratch.write("tree/fs/exact.c", KeptCollection.text("exact"))
    try scratch.write("tree/gone/rest.c", "int rest;\n")
    try scratch.write("Patches/a-moved.patch", KeptCollection.patch("old/dir/moved.c", "moved"))
    try scratch.write(
      "Patches/b-spelled.patch", KeptCollection.patch("spelled/RingBuffer.c", "spelled"))
    try scratch.write("Patches/c-function.patch", KeptCollection.patch("lib/first.c", "function"))
    try scratch.write("Patches/d-exact.patch", KeptCollection.patch("fs/exact.c", "exact"))
    try scratch.write("Patches/e-lost.patch", KeptCollection.patch("lost/nowhere.c", "lost"))
    try scratch.write(
      "Patches/f-removed.patch",
      "Subject: f\n\nWhy.\n---\n--- a/gone/file.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-int file;\n")
    try scratch.write(
      "Patches/patch.yaml",
      "order: independent\ntrees:\n  - {name: adapted, at: ../tree, expect: relocated}\n"
        + "  - {name: strict, at: ../tree}\n")
    return scratch
  }

  /// The report as text, each verdict by its patch and tree, and how many trials it took.
  private func verify(
    _ scratch: Scratch, usesCache: Bool = true
  ) async throws -> (report: String, verdicts: [String: String], trials: Int) {
    let run = try await KeptCollection.verify(scratch, usesCache: usesCache)
    let verdicts = run.cells.map { label, cell in
      ("\(label.prefix(1)) \(cell.tree)", cell.outcome?.verdict.rawValue ?? "none")
    }
    return (run.report, Dictionary(verdicts, uniquingKeysWith: { $1 }), run.trials)
  }

  /// A change of the tree, and the patches whose verdicts it changes.
  struct Change: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Patch and tree, and the verdict after the change; nil where only the trial has to run again.
    var verdicts: [String: String] = [:]
    /// Whether the change concerns a trial at all.
    var isSeen = true
    var make: @Sendable (Scratch) throws -> Void

    init(
      _ name: String, _ verdicts: [String: String] = [:], isSeen: Bool = true,
      _ make: @escaping @Sendable (Scratch) throws -> Void
    ) {
      (testDescription, self.verdicts, self.isSeen, self.make) = (name, verdicts, isSeen, make)
    }
  }

  private static func require(_ result: Int32) throws { try #require(result == 0) }

  private static func move(_ path: String, _ other: String) throws {
    try require(unsafe rename(path, other))
  }

  private static func link(_ path: String, to target: String) throws {
    try require(unsafe symlink(target, path))
  }

  static let changes: [Change] = [
    Change("a found file is changed", ["a adapted": "missing-path"]) {
      try $0.write("tree/new/dir/moved.c", KeptCollection.text("different"))
    },
    Change("a found file is removed", ["a adapted": "missing-path"]) {
      try removeFile($0.file("tree/new/dir/moved.c"))
    },
    Change("a found file is renamed", ["a adapted": "missing-path"]) {
      try Self.move($0.file("tree/new/dir/moved.c"), $0.file("tree/new/dir/other.c"))
    },
    Change("a found file is moved on", ["a adapted": "relocated"]) {
      try $0.write("tree/third/moved.c", KeptCollection.text("moved"))
      try removeFile($0.file("tree/new/dir/moved.c"))
    },
    Change("a found file is made a link", ["a adapted": "missing-path"]) {
      try $0.write("tree/elsewhere.txt", KeptCollection.text("moved"))
      try removeFile($0.file("tree/new/dir/moved.c"))
      try Self.link($0.file("tree/new/dir/moved.c"), to: "../../elsewhere.txt")
    },
    Change("the folder of a found file is made a link", ["a adapted": "missing-path"]) {
      try Self.move($0.file("tree/new"), $0.file("hidden"))
      try Self.link($0.file("tree/new"), to: "../hidden")
    },
    Change("a found file gets another mode", ["a adapted": "relocated"]) {
      try Self.require(unsafe chmod($0.file("tree/new/dir/moved.c"), 0o755))
    },
    Change("a second file has the name", ["a adapted": "ambiguous"]) {
      try $0.write("tree/far/away/moved.c", KeptCollection.text("moved"))
    },
    Change("the missing file appears", ["a adapted": "exact", "a strict": "exact"]) {
      try $0.write("tree/old/dir/moved.c", KeptCollection.text("moved"))
    },
    Change("a folder has the path of the missing file") {
      try $0.write("tree/old/dir/moved.c/inside.c", KeptCollection.text("inside"))
    },
    Change("a file has the path of the missing folder") {
      try $0.write("tree/old", "a file\n")
    },
    Change("the file that was not found appears elsewhere", ["e adapted": "relocated"]) {
      try $0.write("tree/fs/nowhere.c", KeptCollection.text("lost"))
    },
    Change("the respelled file is changed", ["b adapted": "missing-path"]) {
      try $0.write("tree/spelled/ring_buffer.c", KeptCollection.text("different"))
    },
    Change("the respelled file is removed", ["b adapted": "missing-path"]) {
      try removeFile($0.file("tree/spelled/ring_buffer.c"))
    },
    Change("a file is added to a folder that was searched") {
      try $0.write("tree/spelled/ring-buffer.c", KeptCollection.text("spelled"))
    },
    Change("a file that was read for its text is changed", ["c adapted": "conflict"]) {
      try $0.write("tree/lib/second.c", KeptCollection.text("different"))
    },
    Change("a file is added that has the text, too") {
      try $0.write("tree/lib/third.c", "int third;\n" + KeptCollection.text("function"))
    },
    Change("the folder of a removed file is removed", ["f strict": "missing-path"]) {
      try removeFile($0.file("tree/gone/rest.c"))
      try Self.require(unsafe rmdir($0.file("tree/gone")))
    },
    Change("the removed file is there", ["f strict": "exact"]) {
      try $0.write("tree/gone/file.c", "int file;\n")
    },
    Change("what no trial asked for is changed", isSeen: false) {
      try $0.write("tree/unused/file.txt", "nothing\n")
    },
  ]

  /// Each change, with stamps that are kept from run to run, and with answers that are too new for that.
  @Test(arguments: changes, [false, true])
  func aResultIsUsedUntilTheTreeAnswersDifferently(_ change: Change, isSettled: Bool) async throws {
    let scratch = try collection()
    if isSettled { try await Task.sleep(for: .seconds(3.2)) }
    let first = try await verify(scratch)
    #expect(first.trials > 0)
    let again = try await verify(scratch)
    #expect(again.trials == 0 && again.report == first.report)
    let kept = try FileManager.default.contentsOfDirectory(atPath: scratch.file("cache"))
    // Otherwise the machine may have been too slow for answers that are too new.
    if isSettled { #expect(kept.contains { $0.hasPrefix("folders-") }) }
    try change.make(scratch)
    let after = try await verify(scratch)
    let fresh = try await verify(scratch, usesCache: false)
    #expect(after.report == fresh.report)
    if change.isSeen { #expect(after.trials > 0) } else { #expect(after.trials == 0) }
    #expect(after.trials < fresh.trials, "trials that the change does not concern are not repeated")
    for (cell, verdict) in change.verdicts {
      #expect(after.verdicts[cell] == verdict, "\(cell): was \(first.verdicts[cell] ?? "none")")
    }
    // What is kept now is what the tree answers now.
    let last = try await verify(scratch)
    #expect(last.trials == 0 && last.report == fresh.report)
  }

  /// The searches of this collection find what they are meant to find.
  @Test func theCollectionIsSearched() async throws {
    let verdicts = try await verify(try collection()).verdicts
    #expect(
      verdicts == [
        "a adapted": "relocated", "a strict": "missing-path", "b adapted": "relocated",
        "b strict": "missing-path", "c adapted": "relocated", "c strict": "conflict",
        "d adapted": "exact", "d strict": "exact", "e adapted": "missing-path",
        "e strict": "missing-path", "f adapted": "already-applied",
        "f strict": "already-applied",
      ])
  }

  private static func removeReports(in scratch: Scratch) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: scratch.file("cache"))
    where name.hasPrefix("report-") {
      try removeFile(scratch.file("cache/\(name)"))
    }
  }

  /// State that is damaged anywhere is not used: the trials run again, with the same verdicts.
  @Test func damagedStateIsNotUsed() async throws {
    let scratch = try collection()
    try await Task.sleep(for: .seconds(3.2))
    let first = try await verify(scratch)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("cache"))
      .filter { $0.hasSuffix(".state") }.sorted()
    #expect(names.count >= 4)
    for name in names {
      let bytes = try scratch.read("cache/\(name)")
      var damaged: [[UInt8]] = [[], Array(bytes.dropLast()), bytes + [0x20], Array("{".utf8)]
      for position in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 12)) {
        var copy = bytes
        copy[position] ^= 0x01
        damaged.append(copy)
      }
      for copy in damaged {
        try scratch.write("cache/\(name)", copy)
        // The report as a whole would be taken without a look at its parts.
        if !name.hasPrefix("report-"), !name.hasPrefix("inputs-") {
          try Self.removeReports(in: scratch)
        }
        let found = try await verify(scratch)
        #expect(found.report == first.report)
        if name.hasPrefix("cells-") { #expect(found.trials > 0) }
      }
    }
    // A file of the layout before, and one with the right checksum and nonsense in it.
    for name in names {
      for content in ["\n", "a\tb\tc\nfile ../x\t00\tnone\n", "[{}]", "x\u{0}y"] {
        let sum = Hex.text(Digest.sha256(Array(content.utf8)))
        for number in 1...4 {
          try Self.removeReports(in: scratch)
          try scratch.write("cache/\(name)", "patchkit verification \(number) \(sum)\n\(content)")
          #expect(try await verify(scratch).report == first.report)
        }
      }
    }
    #expect(try await verify(scratch).trials == 0)
    // Patches that there are not.
    for name in names where name.hasPrefix("cells-") {
      let text = String(decoding: try scratch.read("cache/\(name)").dropFirst(89), as: UTF8.self)
      for (old, new) in [("\"index\":0", "\"index\":99"), ("\"index\":1", "\"index\":-1")] {
        let forged = text.replacing(old, with: new)
        let sum = Hex.text(Digest.sha256(Array(forged.utf8)))
        try Self.removeReports(in: scratch)
        try scratch.write("cache/\(name)", "patchkit verification 4 \(sum)\n\(forged)")
        // Numbers inside of an outcome are forged with it; here, only a trap or a lost patch is a fault.
        #expect(try await verify(scratch).verdicts.keys == first.verdicts.keys)
      }
    }
  }

  /// A question is read from its text as it was written, and no other text is one.
  @Test func questionsAreKeptAsText() throws {
    let path = try TreePath(Array("fs/a file.c".utf8))
    for question in [
      TreeQuestion.file(path), .paths(named: path.components[1]), .files(in: []),
      .files(in: path.components[0]), .allFiles(below: path), .blob(Array("0123abc".utf8)),
      .committed(path, "0123abc"), .history,
    ] {
      #expect(question.text.flatMap { TreeQuestion($0) } == question)
    }
    for text in ["", "file", "file ", "file ../x", "commit abc", "below /", "other x"] {
      #expect(TreeQuestion(text) == nil, "\(text)")
    }
    // Two names that are not UTF-8 may look the same as text.
    #expect(TreeQuestion.paths(named: [0x61, 0xFF]).text == nil)
    #expect(TreeQuestion.paths(named: [0x61, 0x09]).text == nil)
  }

  /// What changed within two seconds before it was read may change again with the same stamp.
  @Test func stampsSettle() {
    let stamp = FileStamp(bytes: [1], changed: 100)
    #expect(!stamp.isSettled(at: 100) && !stamp.isSettled(at: 102) && stamp.isSettled(at: 103))
    #expect(!FileStamp(bytes: [1]).isSettled(at: 103))
    // Those of an earlier run say nothing of this one.
    let folders = FolderStamps(Array("fs".utf8) + [UInt8](repeating: 0, count: 41))
    #expect(folders?.isSettled == false)
    #expect(FolderStamps([]) == nil && FolderStamps(Array("fs".utf8) + [0, 1]) == nil)
  }

  /// In a work tree, what a history answers is asked anew: the commits may have changed.
  @Test func aSearchOfAHistoryIsMadeAnew() async throws {
    let scratch = try collection()
    _ = try await git("init", "-q", in: scratch.file("tree"))
    try await setCommitter(ofRepository: scratch.file("tree"))
    for command in [["add", "-A"], ["commit", "-qm", "x"]] {
      #expect(try await run("git", command, in: scratch.file("tree")).code == 0)
    }
    let first = try await verify(scratch)
    let again = try await verify(scratch)
    #expect(again.report == first.report)
    #expect(again.trials > 0 && again.trials < first.trials)
    let renamed = try await git(
      "mv", "fs/exact.c", "lib/elsewhere.c", in: scratch.file("tree"))
    try #require(renamed.code == 0, "\(renamed.errors)")
    _ = try await git("commit", "-qm", "y", in: scratch.file("tree"))
    let after = try await verify(scratch)
    #expect(after.verdicts["d adapted"] == "relocated")
    #expect(after.report == (try await verify(scratch, usesCache: false).report))
  }
}
