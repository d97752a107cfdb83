// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// What has to hold for every patch that is written anew, as git decides it.
@Suite struct RefreshPropertyTests {
  private static func lines(_ count: Int, _ random: inout SeededRandom) -> [String] {
    (0..<count).map { number in
      Int.random(in: 0..<4, using: &random) == 0
        ? ["}", "", "\treturn ret;", "{"].randomElement(using: &random) ?? ""
        : "\tcall_\(number % 23)(lamp, \(Int.random(in: 0..<9, using: &random)));"
    }
  }

  private static func edited(
    _ lines: [String], _ count: Int, _ random: inout SeededRandom
  ) -> [String] {
    var lines = lines
    for _ in 0..<count {
      let start = Int.random(in: 0...lines.count, using: &random)
      let end = min(lines.count, start + Int.random(in: 0...3, using: &random))
      let new = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        "\tnew_\(Int.random(in: 0..<50, using: &random))();"
      }
      lines.replaceSubrange(start..<end, with: new)
    }
    return lines
  }

  private static func text(_ lines: [String], _ random: inout SeededRandom) -> String {
    let isEnded = Int.random(in: 0..<6, using: &random) > 0
    return lines.joined(separator: "\n") + (isEnded && !lines.isEmpty ? "\n" : "")
  }

  private func difference(_ old: String, _ new: String, in scratch: Scratch) async throws -> String
  {
    try scratch.write("old/f", old)
    try scratch.write("new/f", new)
    return try await git(
      "diff", "--no-index", "--src-prefix=", "--dst-prefix=", "old", "new", in: scratch.path
    ).text.replacing("old/f", with: "a/f").replacing("new/f", with: "b/f")
  }

  /// Git makes the version after of the version before, and a patch that still says it all keeps its text.
  @Test(arguments: 0..<12)
  func gitMakesTheVersionAfter(_ block: Int) async throws {
    let scratch = try Scratch()
    for seed in 0..<12 {
      var random = SeededRandom(seed: UInt64(block * 100 + seed))
      let base = Self.lines(Int.random(in: 0...90, using: &random), &random)
      let fixed = Self.edited(base, Int.random(in: 1...5, using: &random), &random)
      let old = Self.text(base, &random)
      let patch = try await difference(old, Self.text(fixed, &random), in: scratch)
      if !patch.contains("@@") { continue }
      let header = "Subject line \(seed)\n\nText that stays.\n---\n"
      let document = PatchDocument(parsing: Array((header + patch + "-- \n2.39\n").utf8))
      // The tree moved on under the patch, and the user changed what the patch makes.
      let drift = Int.random(in: 0...2, using: &random)
      let before = Self.text(Self.edited(base, drift, &random), &random)
      let after = Self.text(
        Self.edited(fixed, Int.random(in: 0...2, using: &random), &random), &random)
      let path = try TreePath(Array("f".utf8))
      func file(_ text: String) -> TreeFile { TreeFile(mode: .regular, content: Array(text.utf8)) }
      let refreshed = String(
        decoding: try PatchRefresh.text(
          of: document, options: ApplyOptions(),
          versions: [path: PatchRefresh.Versions(before: file(before), after: file(after))]),
        as: UTF8.self)
      #expect(refreshed.hasPrefix(header) && refreshed.hasSuffix("-- \n2.39\n"))
      if before == after {
        #expect(!refreshed.contains("@@"))
        continue
      }
      try scratch.write("t/f", before)
      let applied = try await git(
        "apply", "--unidiff-zero", "--whitespace=nowarn", "-", in: scratch.file("t"),
        input: Array(refreshed.utf8))
      #expect(applied.code == 0, "seed \(block * 100 + seed): \(applied.errors)\n\(refreshed)")
      #expect(try scratch.read("t/f") == Array(after.utf8), "seed \(block * 100 + seed)")
      // What git writes for the patch's own two versions comes back byte for byte.
      let own = try PatchRefresh.text(
        of: document, options: ApplyOptions(),
        versions: [
          path: PatchRefresh.Versions(
            before: file(old),
            after: file(String(decoding: try scratch.read("new/f"), as: UTF8.self)))
        ])
      #expect(own == document.source)
    }
  }

  /// What is put after an encoded text would be decoded as well.
  @Test func anEncodedTextWithoutADiffIsRefused() throws {
    let path = try TreePath(Array("f".utf8))
    let versions = PatchRefresh.Versions(
      before: TreeFile(mode: .regular, content: Array("a\n".utf8)),
      after: TreeFile(mode: .regular, content: Array("=\n".utf8)))
    func text(_ head: String) throws -> [UInt8] {
      try PatchRefresh.text(
        of: PatchDocument(parsing: Array(head.utf8)), options: ApplyOptions(),
        versions: [path: versions])
    }
    #expect(throws: PatchkitError.self) {
      try text("From: a@example.org\nContent-Transfer-Encoding: quoted-printable\n\nwords\n")
    }
    #expect(try text("From: a@example.org\n\nwords\n").suffix(6).elementsEqual("-a\n+=\n".utf8))
  }
}
