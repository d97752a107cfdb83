// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import Backport
import CSource
import History
import KernelTree
import PatchFormat
import Symbols
import TestSupport
import Testing

/// Input that is random, or made to do harm: nothing traps.
@Suite struct HostileTests {
  @Test func anyTextIsAnalysed() throws {
    let tree = try DirectoryTree(path: Project.lab("half"))
    let index = SymbolIndex(tree)
    let before = try Files.read(Project.lab("base") + "/fs/ext4/file.c")
    let after = try Files.read(Project.lab("applied") + "/fs/ext4/file.c")
    let patch = try Files.read(Project.seed)
    var random = SeededRandom(seed: 11)
    func damaged(_ bytes: [UInt8]) -> [UInt8] {
      var bytes = bytes
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = Array("(){};,=*#\"/\n ".utf8).randomElement(using: &random) ?? 0
        case 1: bytes.remove(at: at)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
        }
      }
      return bytes
    }
    let path = try TreePath(Array("fs/ext4/file.c".utf8))
    for _ in 0..<150 {
      let change = TreeChange(
        path: path, before: TreeFile(mode: .regular, content: before),
        after: TreeFile(mode: .regular, content: damaged(after)))
      var risks = try RiskSearch(index)
      _ = risks.notes(on: [change])
      _ = ChangedItem.among([change])
      let files = PatchDocument(parsing: damaged(patch)).files
      var search = try MissingSymbols(index)
      _ = try search.find(in: files.map { ($0, "fs/ext4/file.c") })
      for file in files { _ = ChangedFunction.inHunks(of: file, path: "x.c") }
      _ = PatchComparison(upstream: files, backport: PatchDocument(parsing: patch).files)
      _ = PatchIdentity(files)
    }
  }

  /// An index that was damaged on purpose leads nowhere outside of it.
  @Test func aDamagedIndexIsNoHarm() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("half"), to: "t")
    func analyze() async throws -> ProcessResult {
      try await run(
        Project.program, ["analyze", "--quiet", "--onto", "t", Project.seed], in: scratch.path,
        environment: ["XDG_CACHE_HOME": scratch.file("cache")])
    }
    let good = try await analyze()
    #expect(good.code == 1)
    let name = try #require(try scratch.snapshot("cache").keys.first)
    let bytes = try scratch.read("cache/" + name)
    var random = SeededRandom(seed: 3)
    for round in 0..<25 {
      var copy = bytes
      for _ in 0..<(1 << (round % 8)) {
        // The names of files and their stamps lie last: leave them, so that the index is taken.
        let at = Int.random(in: 40..<(copy.count - 600), using: &random)
        copy[at] = UInt8.random(in: 0...255, using: &random)
      }
      try scratch.write("cache/" + name, copy)
      let result = try await analyze()
      #expect(result.code == 1 || result.code == 0, "\(result.errors)")
    }
    try scratch.write("cache/" + name, Array(bytes.prefix(1000)))
    #expect(try await analyze().text == good.text)
  }
}
