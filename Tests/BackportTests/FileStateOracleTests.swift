// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// git as the oracle of file states.
///
/// Random histories of modes, links, empty and binary files, renames, copies, and files that become
/// folders: each commit's diff makes its tree, and reverse-applied its parent's.
@Suite struct FileStateOracleTests {
  private struct File: Equatable {
    var mode: String
    var content: [UInt8]
  }
  private typealias Files = [String: File]

  private static let folders = ["", "d/", "d/e/", "x y/", "q/"]
  private static let names = ["a", "b", "c.c", "né", "link", "empty"]

  private static func content(_ mode: String, _ random: inout SeededRandom) -> [UInt8] {
    if mode == "120000" { return Array("to/\(Int.random(in: 0..<9, using: &random))".utf8) }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return []
    case 1: return (0..<80).map { _ in UInt8.random(in: 0...255, using: &random) } + [0]
    default: break
    }
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: 1...30, using: &random) {
      text += "line \(Int.random(in: 0..<6, using: &random))\n".utf8
    }
    if Int.random(in: 0..<4, using: &random) == 0 { text.removeLast() }
    return text
  }

  private static func path(_ random: inout SeededRandom) -> String {
    let folder = folders.randomElement(using: &random) ?? ""
    return folder + (names.randomElement(using: &random) ?? "a")
  }

  private static func edited(_ content: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var lines = content.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    let at = Int.random(in: 0..<lines.count, using: &random)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: lines.remove(at: at)
    case 1: lines.insert(Array("new".utf8), at: at)
    default: lines[at] = Array("changed \(at)".utf8)
    }
    return Array(lines.joined(separator: [0x0A]))
  }

  /// A step of a history: a few changes of files.
  private static func step(_ files: inout Files, _ random: inout SeededRandom) {
    let modes = ["100644", "100644", "100755", "120000"]
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let known = files.keys.sorted().randomElement(using: &random)
      let fresh = path(&random)
      guard let known, let file = files[known] else {
        let mode = modes.randomElement(using: &random) ?? "100644"
        files[fresh] = File(mode: mode, content: content(mode, &random))
        continue
      }
      switch Int.random(in: 0..<11, using: &random) {
      case 0, 1:
        let mode = modes.randomElement(using: &random) ?? "100644"
        files[fresh] = File(mode: mode, content: content(mode, &random))
      case 2: files[known] = nil
      case 3 where file.mode != "120000":
        files[known]?.mode = file.mode == "100644" ? "100755" : "100644"
      case 4:
        let mode = file.mode == "120000" ? "100644" : "120000"
        files[known] = File(mode: mode, content: content(mode, &random))
      case 5:
        files[known] = nil
        files[fresh] = file
      case 6: files[fresh] = file
      case 7:
        // A file becomes a folder of its name, or the folder a file.
        if let slash = known.lastIndex(of: "/"), Bool.random(using: &random) {
          let folder = String(known[..<slash])
          files = files.filter { !$0.key.hasPrefix(folder + "/") }
          files[folder] = file
        } else {
          files[known] = nil
          files[known + "/inside"] = file
        }
      case 8:
        if let other = files[fresh] { (files[fresh], files[known]) = (file, other) }
      default:
        if file.mode != "120000" { files[known]?.content = edited(file.content, &random) }
      }
    }
    // No file is on the way to another.
    for path in files.keys.sorted() where files.keys.contains(where: { $0.hasPrefix(path + "/") }) {
      files[path] = nil
    }
  }

  private static func commit(_ files: Files, _ number: Int) -> [UInt8] {
    func data(_ bytes: [UInt8]) -> [UInt8] {
      Array("data \(bytes.count)\n".utf8) + bytes + [0x0A]
    }
    var text = Array(
      "commit refs/heads/main\ncommitter x <x@example.org> \(number + 1) +0000\n".utf8)
    text += data(Array("\(number)".utf8)) + Array("deleteall\n".utf8)
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      text += Array("M \(file.mode) inline \(path)\n".utf8) + data(file.content)
    }
    return text
  }

  @Test(arguments: 0..<12)
  func everyCommitMakesItsTreeAndGoesBack(seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed) + 4100)
    let steps = 40
    let scratch = try Scratch()
    _ = try await git("init", "-q", "-b", "main", in: scratch.path)
    var files: Files = [:]
    var stream: [UInt8] = []
    for number in 0...steps {
      Self.step(&files, &random)
      stream += Self.commit(files, number)
    }
    let made = try await git("fast-import", "--quiet", in: scratch.path, input: stream)
    #expect(made.code == 0, "\(made.errors)")
    for number in 0..<steps {
      let (old, new) = ("main~\(steps - number)", "main~\(steps - number - 1)")
      let similar = seed % 3 == 0 ? [] : ["-M30%", "-C", "--find-copies-harder"]
      let diff = try await run(
        "git", ["diff", "--binary", "-U\([0, 1, 3][seed % 3])"] + similar + [old, new],
        in: scratch.path)
      if diff.output.isEmpty { continue }
      for isReversed in [false, true] {
        let (from, to) = isReversed ? (new, old) : (old, new)
        let tree = try RevisionTree(repositoryPath: scratch.path, revision: from)
        let wanted = try RevisionTree(repositoryPath: scratch.path, revision: to)
        var options = ApplyOptions(isReversed: isReversed)
        options.trustsLineNumbers = true
        let outcome = try apply(diff.output, to: tree, options)
        #expect(
          outcome.applies,
          "\(seed), \(from) to \(to): \(outcome.patches.flatMap(\.details)) \(diff.text)")
        if !outcome.applies { return }
        let author = CommitRequest.Author(name: "x", email: "x@example.org", date: nil)
        let result = try tree.commit(
          [CommitRequest(changes: outcome.changes, message: "m\n", author: author)], branch: nil,
          isForced: false)
        #expect(result.tree == wanted.treeID, "\(seed), \(from) to \(to): \(diff.text)")
      }
    }
  }
}
