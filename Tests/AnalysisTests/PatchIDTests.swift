// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import PatchFormat
import TestSupport
import Testing

/// `git patch-id --stable` as the oracle.
@Suite struct PatchIDTests {
  private func ours(_ text: [UInt8]) -> String? {
    PatchDocument(parsing: text).messages.first.flatMap { GitPatchID($0)?.text }
  }

  private func gits(_ text: [UInt8], in folder: String) async throws -> String? {
    let result = try await git("patch-id", "--stable", in: folder, input: text)
    return result.text.split(separator: " ").first.map(String.init)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
  func gitSaysTheSameOfWhatGitMakes(_ seed: UInt64) async throws {
    let scratch = try Scratch()
    var random = SeededRandom(seed: seed)
    func lines() -> [UInt8] {
      (0..<Int.random(in: 0...40, using: &random)).flatMap { _ in
        Array(
          "\(["a b", "", "\tx", "}", "-- ", "diff --git", "\r", "\u{0C}", "\u{0B}x"].randomElement(using: &random) ?? "") "
            .utf8) + Array("\(Int.random(in: 0...3, using: &random))\n".utf8)
      } + (Bool.random(using: &random) ? Array("no newline".utf8) : [])
    }
    _ = try await git("init", "-q", in: scratch.path)
    for name in ["one", "two", "d/three", "gone", "moved"] { try scratch.write(name, lines()) }
    try scratch.write("binary", (0..<200).map { UInt8($0) })
    _ = try await git("add", "-A", in: scratch.path)
    _ = try await git("commit", "-qm", "base", in: scratch.path)
    for name in ["one", "two", "d/three"] { try scratch.write(name, lines()) }
    try removeFile(scratch.file("gone"))
    _ = try await git("mv", "moved", "elsewhere", in: scratch.path)
    try scratch.write("binary", (0..<200).map { UInt8(255 - $0) })
    try scratch.write("new", lines() + Array("x\n".utf8))
    _ = try await run("chmod", ["755", "one"], in: scratch.path)
    _ = try await git("add", "-A", in: scratch.path)
    _ = try await git(
      "commit", "-qm", "change\n\nSome text.\n\n- a list\n  diff -u is not a diff", in: scratch.path
    )
    for arguments in [["-1"], ["-1", "--binary"], ["-1", "-U0"], ["-1", "--no-renames"]] {
      let patch = try await run(
        "git", ["format-patch", "--stdout"] + arguments, in: scratch.path)
      let expected = try await gits(patch.output, in: scratch.path)
      #expect(expected != nil && ours(patch.output) == expected, "\(arguments)")
    }
  }

  @Test func theSeedAndPlainDiffs() async throws {
    let scratch = try Scratch()
    let seed = try Files.read(Project.seed)
    #expect(ours(seed) == (try await gits(seed, in: scratch.path)))
    let plain = Array("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n".utf8)
    #expect(ours(plain) == nil)
    #expect(try await gits(plain, in: scratch.path) == nil)
  }
}
