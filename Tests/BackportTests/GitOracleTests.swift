// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// git as the oracle: patches that git makes give what git says, over generated trees and edits.
@Suite struct GitOracleTests {
  /// A tree of odd names and contents, random but the same for a seed.
  private static func tree(_ random: inout SeededRandom) -> [String: [UInt8]] {
    let names = [
      "a.c", "dir/b.c", "dir/sub/c d.c", "é.c", "q\"uote.c", "tab\u{9}.c", "bin", "empty",
    ]
    var files: [String: [UInt8]] = [:]
    for name in names where !name.contains("\u{9}") {
      if Int.random(in: 0..<5, using: &random) == 0 { continue }
      files[name] = content(name, &random)
    }
    return files
  }

  private static func content(_ name: String, _ random: inout SeededRandom) -> [UInt8] {
    if name == "empty" { return [] }
    if name == "bin" {
      return (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) } + [0]
    }
    let words = [
      "{", "}", "\tx = 1;", "\treturn 0;", "", "\t", "int f(void)", "caf\u{E9}", " a ", "\u{C}",
    ]
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      text += (words.randomElement(using: &random) ?? "").unicodeScalars.map { UInt8($0.value) }
      text.append(0x0A)
    }
    // Some files end without a newline.
    if Bool.random(using: &random), text.count > 1 { text.removeLast() }
    return text
  }

  private static func edit(
    _ files: [String: [UInt8]], _ random: inout SeededRandom
  ) -> [String: [UInt8]] {
    var edited = files
    for name in files.keys.sorted() {
      switch Int.random(in: 0..<8, using: &random) {
      case 0: edited[name] = nil
      case 1:
        edited["moved/" + name] = files[name]
        edited[name] = nil
      case 2: edited["copy-" + name] = files[name]
      case 3, 4, 5:
        var lines = (files[name] ?? []).split(separator: 0x0A, omittingEmptySubsequences: false)
        for _ in 0..<Int.random(in: 1...4, using: &random) where !lines.isEmpty {
          let at = Int.random(in: 0..<lines.count, using: &random)
          switch Int.random(in: 0..<3, using: &random) {
          case 0: lines.remove(at: at)
          case 1: lines.insert(ArraySlice("new \(at)".utf8), at: at)
          default: lines[at] = ArraySlice("changed \(at)".utf8)
          }
        }
        edited[name] = Array(lines.joined(separator: [0x0A]))
      default: continue
      }
    }
    if Bool.random(using: &random) { edited["fresh/new.c"] = content("new", &random) }
    return edited
  }

  private static func write(_ files: [String: [UInt8]], to scratch: Scratch) async throws {
    _ = try await run("sh", ["-c", "rm -rf r/*"], in: scratch.path)
    for (name, content) in files { try scratch.write("r/" + name, content) }
    _ = try await git("add", "-A", in: scratch.file("r"))
  }

  @Test(arguments: 0..<24) func anyEditAppliesToItsOwnBaseExactly(_ seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed) + 77)
    let scratch = try Scratch()
    _ = try await git("init", "-q", "r", in: scratch.path)
    let base = Self.tree(&random)
    try await Self.write(base, to: scratch)
    _ = try await git("commit", "-q", "--allow-empty", "-m", "base", in: scratch.file("r"))
    let edited = Self.edit(base, &random)
    try await Self.write(edited, to: scratch)
    let context = ["-U0", "-U1", "-U3", "-U3", "-U8"][seed % 5]
    let made = try await run(
      "git",
      ["diff", "--cached", "--binary", context, "HEAD"]
        + (seed % 2 == 0 ? ["-M", "-C", "--find-copies-harder"] : []), in: scratch.file("r"))
    if made.output.isEmpty { return }
    let document = PatchDocument(parsing: made.output)
    #expect(document.serialized() == made.output)
    #expect(document.diagnostics.isEmpty, "\(document.diagnostics)")
    // The counts are git's.
    let counts = try await git(
      "apply", "--numstat", "-z", "-", in: scratch.path, input: made.output)
    let ours = document.files.compactMap { DiffStat($0) }.flatMap { stat -> [UInt8] in
      Array((stat.isBinary ? "-\t-\t" : "\(stat.added)\t\(stat.removed)\t").utf8) + stat.path + [0]
    }
    #expect(ours == counts.output)
    // The result is the tree that git compared with, and reverse-applying it gives the base.
    var tree = MemoryTree()
    tree.files = base.mapValues { TreeFile(mode: .regular, content: $0) }
    let options = ApplyOptions(trustsLineNumbers: context == "-U0")
    let result = try apply(made.output, to: tree, options)
    #expect(result.applies, "\(result.patches.flatMap(\.files))")
    #expect(result.patches.allSatisfy { $0.verdict == .exact })
    let after = tree.applying(result.changes)
    #expect(after.files.mapValues(\.content) == edited)
    let back = try apply(
      made.output, to: after, ApplyOptions(isReversed: true, trustsLineNumbers: context == "-U0"))
    let problems = back.patches.flatMap(\.files).filter { !$0.verdict.applies }
    if !back.applies {
      Issue.record("\(problems.map { ($0.path, $0.reason ?? "", $0.hunks.map(\.reason)) })")
      return
    }
    let restored = after.applying(back.changes).files.mapValues(\.content)
    #expect(restored.keys.sorted() == base.keys.sorted(), "\(back.patches[0].files)")
    for (name, content) in base { #expect(restored[name] == content, "\(name)") }
    // The adapted patch is taken by git.
    let adapted = try #require(try result.patches[0].adaptedPatch())
    _ = try await git("reset", "-q", "--hard", in: scratch.file("r"))
    let taken = try await git(
      "apply", "--index", context == "-U0" ? "--unidiff-zero" : "--verbose", "-",
      in: scratch.file("r"), input: adapted)
    #expect(taken.code == 0, "\(taken.errors)")
    let diff = try await git("diff", "--cached", "--binary", "HEAD", in: scratch.file("r"))
    try await Self.write(edited, to: scratch)
    let expected = try await git("diff", "--cached", "--binary", "HEAD", in: scratch.file("r"))
    #expect(diff.output == expected.output)
  }

  /// After unrelated edits elsewhere a patch gives the same meaning, or is refused: where git apply
  /// and patchkit both take it, they agree; and two runs never differ.
  @Test(arguments: 0..<16) func unrelatedEditsDoNotChangeTheMeaning(_ seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed) + 991)
    let scratch = try Scratch()
    // All lines differ, so there is one right position for each hunk.
    var lines = (0..<200).map { "line \($0) of the file" }
    try scratch.write("a/x", lines.map { $0 + "\n" }.joined())
    var edited = lines
    for at in [150, 90, 40] { edited[at] = "changed \(seed)" }
    try scratch.write("b/x", edited.map { $0 + "\n" }.joined())
    let made = try await git("diff", "--no-index", "a/x", "b/x", in: scratch.path)
    // Edits that stay away from the hunks' lines, on the base and on what is expected.
    for _ in 0..<6 {
      let at = [10, 20, 60, 70, 110, 120, 180].randomElement(using: &random) ?? 10
      if Bool.random(using: &random) {
        lines[at] += " and more"
        edited[at] += " and more"
      } else {
        lines[at] += "\nan inserted line"
        edited[at] += "\nan inserted line"
      }
    }
    let target = lines.map { $0 + "\n" }.joined()
    let tree = MemoryTree(["x": target])
    let patch = Array(
      made.text.replacing("a/a/x", with: "a/x").replacing("b/b/x", with: "b/x").utf8)
    let result = try apply(patch, to: tree)
    #expect(result.applies)
    #expect(tree.applying(result.changes).texts["x"] == edited.map { $0 + "\n" }.joined())
    let again = try apply(patch, to: tree)
    #expect(again.changes == result.changes)
    try scratch.write("t/x", target)
    _ = try await git("apply", "-", in: scratch.file("t"), input: patch)
    #expect(try scratch.read("t/x") == result.changes.first?.after?.content)
  }

  /// On files full of repeated lines: whatever patchkit takes, git takes too, and no hunk that
  /// patchkit applies in doubt is applied silently.
  @Test(arguments: 0..<16) func doubtIsRefusedAndTheRestAgreesWithGit(_ seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed) + 4242)
    let scratch = try Scratch()
    let words = ["{", "}", "\tx();", "\ty();", ""]
    for round in 0..<6 {
      func lines(_ count: Int) -> [String] {
        (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
      }
      let base = lines(40)
      var edited = base
      edited.insert("inserted", at: Int.random(in: 5..<35, using: &random))
      try scratch.write("a/x", base.map { $0 + "\n" }.joined())
      try scratch.write("b/x", edited.map { $0 + "\n" }.joined())
      let made = try await git("diff", "--no-index", "a/x", "b/x", in: scratch.path)
      let patch = Array(
        made.text.replacing("a/a/x", with: "a/x").replacing("b/b/x", with: "b/x").utf8)
      let target = (lines(Int.random(in: 0...4, using: &random)) + base).map { $0 + "\n" }.joined()
      try scratch.write("t\(round)/x", target)
      let ours = try apply(patch, to: MemoryTree(["x": target]))
      let theirs = try await git("apply", "-", in: scratch.file("t\(round)"), input: patch)
      if ours.applies {
        #expect(theirs.code == 0, "\(theirs.errors)")
        #expect(try scratch.read("t\(round)/x") == ours.changes[0].after?.content)
      } else {
        #expect(ours.patches[0].files[0].hunks.contains { !$0.verdict.applies })
      }
    }
  }
}
