// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// Lines without a newline, at the end of the file or of the patch: two lines never become one.
@Suite struct JoinedLineTests {
  private func backport(
    _ patch: String, to text: String, accept: Confidence = .doubtful
  ) throws -> (outcome: PatchOutcome, result: String?) {
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: accept))
    let outcome = try SeriesSession(on: MemoryTree(["f.c": text])).apply(queue)
    let patch = try #require(outcome.patches.first)
    guard patch.applies else { return (patch, nil) }
    let after = outcome.changes.first?.after.map { String(decoding: $0.content, as: UTF8.self) }
    return (patch, after ?? text)
  }

  private let header = "--- a/f.c\n+++ b/f.c\n"
  private let noEnd = "\\ No newline at end of file\n"

  @Test func aLineIsNotAddedToTheLastOne() throws {
    let hunk = "@@ -1,4 +1,5 @@\n int a;\n int b;\n int c;\n int d;\n+int e;\n"
    let made = try backport(header + hunk, to: "int a;\nint b;\nint c;\nint d;")
    #expect(made.outcome.verdict == .conflict && made.result == nil, "\(made)")
    #expect(
      made.outcome.files[0].hunks[0].reason
        == "a line without a newline, at the end of the file or of the patch, would not be the last one"
    )
    // Where the last line is replaced, nothing is joined.
    let change = "@@ -1,4 +1,4 @@\n int a;\n int b;\n int c;\n-int d;\n+int e;\n"
    let changed = try backport(header + change, to: "int a;\nint b;\nint c;\nint d;")
    #expect(changed.result == "int a;\nint b;\nint c;\nint e;\n", "\(changed)")
  }

  @Test func theLastLineOfAPatchIsNotPutBeforeOthers() throws {
    let text = "int a;\nint b;\nint c;\nint d;\n"
    for hunk in [
      "@@ -1,3 +1,4 @@\n int a;\n int b;\n int c;\n+int e;\n\(noEnd)",
      "@@ -1,3 +1,3 @@\n int a;\n int b;\n-int c;\n+int e;\n\(noEnd)",
      "@@ -1,3 +1,3 @@\n int a;\n int b;\n-int c;\n\(noEnd)+int e;\n\(noEnd)",
    ] {
      let made = try backport(header + hunk, to: text)
      #expect(!made.outcome.applies && made.result == nil, "\(hunk) \(made)")
    }
  }

  /// Hunks without context are applied where they say; git joins the lines there, or refuses the patch.
  @Test func hunksWithoutContextJoinNoLines() throws {
    for (hunk, text) in [
      ("@@ -1 +1 @@\n-b\n+c\n\(noEnd)", "b\nb\n"), ("@@ -2,0 +3 @@\n+c\n", "a\nb"),
      ("@@ -1,0 +2 @@\n+c\n\(noEnd)", "a\nb\n"),
    ] {
      let document = PatchDocument(parsing: Array((header + hunk).utf8), name: "test.patch")
      for accept in [nil, Confidence.doubtful] {
        var options = ApplyOptions(accept: accept)
        options.trustsLineNumbers = true
        let outcome = try SeriesSession(on: MemoryTree(["f.c": text]))
          .apply(try PatchQueue(document, options: options))
        #expect(!outcome.applies && outcome.changes.isEmpty, "\(hunk) \(outcome)")
      }
    }
  }

  /// Random changes of files with and without a last newline, adapted to other ones: every line of the result is a
  /// line of the file or of the patch, and only the last one may be without a newline.
  @Test(arguments: 0..<12) func noLineIsMadeOfTwo(_ seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed) + 41)
    let words = ["int a;", "int b;", "\tcall(x);", "}", "{", "return 0;", "long c;", "  call(x);"]
    func changed(_ lines: [String], _ random: inout SeededRandom) -> [String] {
      var lines = lines
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let line = words.randomElement(using: &random) ?? ""
        let at =
          Bool.random(using: &random)
          ? lines.count : Int.random(in: 0...lines.count, using: &random)
        if at < lines.count, Bool.random(using: &random) {
          lines[at] = line
        } else {
          lines.insert(line, at: at)
        }
      }
      return lines
    }
    func text(_ lines: [String], _ random: inout SeededRandom) -> String {
      lines.joined(separator: "\n") + (Bool.random(using: &random) ? "\n" : "")
    }
    var made = 0
    for _ in 0..<25 {
      let base = (0..<Int.random(in: 3...9, using: &random)).map { index in
        (words.randomElement(using: &random) ?? "") + (index % 2 == 0 ? " // \(index)" : "")
      }
      let (old, new) = (text(base, &random), text(changed(base, &random), &random))
      let target = text(changed(base, &random), &random)
      if old == new { continue }
      let patch = try await StrategyTests.diff(old, new, path: "f.c")
      for accept in [Confidence.doubtful, .likely] {
        let result: String?
        do { result = try backport(patch, to: target, accept: accept).result } catch {
          Issue.record("\(error)\n\(patch)\n\(target)")
          continue
        }
        guard let result else { continue }
        made += 1
        let known = Set(
          (target + "\n" + new).split(separator: "\n").map { $0.filter { !$0.isWhitespace } })
        for line in result.split(separator: "\n") {
          #expect(
            known.contains(line.filter { !$0.isWhitespace }), "\(patch)\n\(target)\n\(result)")
        }
      }
    }
    #expect(made > 5)
  }
}
