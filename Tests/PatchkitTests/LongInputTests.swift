// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Inputs that are tried in parts: a patch of many files, a series of many patches.
@Suite struct LongInputTests {
  /// A tree of many files, and the patch that changes, moves, makes and deletes them, by git.
  private func tree() async throws -> Scratch {
    let scratch = try Scratch()
    for number in 0..<120 {
      try scratch.write(
        "t/d\(number % 7)/f\(number)",
        (1...40).map { "line \($0) of \(number)\n" }.joined())
    }
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "base"]] {
      _ = try await run("git", command, in: scratch.file("t"))
    }
    for number in 0..<120 {
      let name = "t/d\(number % 7)/f\(number)"
      let text = String(decoding: try scratch.read(name), as: UTF8.self)
      switch number % 10 {
      case 0:
        _ = try await git(
          "mv", "d\(number % 7)/f\(number)", "d\(number % 7)/moved\(number)", in: scratch.file("t"))
      case 1: _ = try await git("rm", "-q", "d\(number % 7)/f\(number)", in: scratch.file("t"))
      case 2: try scratch.write("t/new/n\(number)", "new \(number)\n")
      default:
        try scratch.write(name, text.replacing("line 20 of", with: "changed 20 of"))
      }
    }
    _ = try await git("add", "-A", in: scratch.file("t"))
    let patch = try await git("diff", "--cached", "-M", in: scratch.file("t"))
    try scratch.write("large.patch", patch.output)
    try scratch.copy(scratch.file("t"), to: "after")
    _ = try await git("reset", "-q", "--hard", in: scratch.file("t"))
    return scratch
  }

  @Test(arguments: [false, true])
  func aPatchOfManyFilesIsWholeOrNotAtAll(_ isWorkTree: Bool) async throws {
    let scratch = try await tree()
    if !isWorkTree { _ = try await run("rm", ["-rf", ".git"], in: scratch.file("t")) }
    let before = try scratch.snapshot("t")
    let check = try await patchkit(
      "apply", "--check", "--onto", "t", "large.patch", in: scratch.path)
    #expect(check.code == 0 && check.text.contains("would change"), "\(check.errors)")
    #expect(try scratch.snapshot("t") == before)
    try scratch.write("t/d6/f118", "something else\n")
    let broken = try scratch.snapshot("t")
    let refused = try await patchkit(
      "apply", "--force", "--onto", "t", "large.patch", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("d6/f118"))
    #expect(try scratch.snapshot("t") == broken)
    try scratch.write(
      "t/d6/f118", (1...40).map { "line \($0) of 118\n" }.joined())
    let apply = try await patchkit("apply", "--onto", "t", "large.patch", in: scratch.path)
    #expect(apply.code == 0, "\(apply.errors)")
    #expect(try scratch.snapshot("t") == scratch.snapshot("after"))
  }

  /// More patches than a batch holds, some of one file, as a mailbox and as a folder, against git am.
  @Test func aLongSeriesIsWhatGitMakesOfIt() async throws {
    let scratch = try await tree()
    var mailbox = ""
    var content: [Int: [String]] = [:]
    for number in 0..<150 {
      let file = number % 40
      var lines = content[file] ?? (1...40).map { "line \($0) of \(file)" }
      let at = number % 30 + 4
      var text =
        "--- a/d\(file % 7)/f\(file)\n+++ b/d\(file % 7)/f\(file)\n@@ -\(at - 1),5 +\(at - 1),5 @@\n"
      for line in (at - 2)...(at + 2) {
        text += line == at ? "-\(lines[line])\n+now \(number)\n" : " \(lines[line])\n"
      }
      lines[at] = "now \(number)"
      content[file] = lines
      mailbox +=
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
        + "From: A <a@example.org>\nDate: Mon, 7 Feb 2011 10:20:30 +0000\n"
        + "Subject: [PATCH] change \(number)\n\nBody.\n---\n\(text)-- \n2.39\n\n"
    }
    try scratch.write("all.mbox", mailbox)
    let apply = try await patchkit(
      "apply", "-q", "--onto", "t@main", "--branch", "made", "all.mbox", in: scratch.path)
    #expect(apply.code == 0, "\(apply.errors)")
    let am = try await git("am", "-q", "../all.mbox", in: scratch.file("t"))
    #expect(am.code == 0, "\(am.errors)")
    let ids = try await git("rev-parse", "HEAD^{tree}", "made^{tree}", in: scratch.file("t"))
    let trees = ids.text.split(separator: "\n")
    #expect(trees.count == 2 && trees[0] == trees[1])
    let count = try await git("rev-list", "--count", "main~150..made", in: scratch.file("t"))
    #expect(count.line == "150")
    // A refusal far after the first batch leaves neither a branch nor a pack.
    let packs = try scratch.snapshot("t/.git/objects/pack")
    try scratch.write("bad.mbox", mailbox.replacing("+now 140\n", with: "%now 140\n"))
    let bad = try await patchkit(
      "apply", "-q", "--onto", "t@main~150", "--branch", "bad", "bad.mbox", in: scratch.path)
    #expect(bad.code == 2 && bad.errors.contains("bad.mbox:"), "\(bad.code) \(bad.errors)")
    try scratch.write("worse.mbox", mailbox.replacing("-line 25 of 20\n", with: "-never there\n"))
    let worse = try await patchkit(
      "apply", "--onto", "t@main~150", "--branch", "bad", "worse.mbox", in: scratch.path)
    #expect(worse.code == 1 && worse.errors.contains("129 patches after the refused one"))
    #expect(try scratch.snapshot("t/.git/objects/pack") == packs)
    #expect(try await git("rev-parse", "-q", "--verify", "bad", in: scratch.file("t")).code != 0)
  }

  @Test func aMailboxComesApartWhereverItsPiecesEnd() {
    let mail = { (number: Int) in
      Array(
        "From a@b Mon Sep 17 00:00:00 2001\nSubject: \(number)\n\nFrom here\n--- a/x\n+++ b/x\n"
          .utf8)
    }
    let all: [UInt8] = Array("\n\n".utf8) + mail(1) + mail(22) + mail(333)
    // Found by fuzzing: blanks before the first line's `From`.
    var blank = MailboxSplitter()
    let input = Array("\t ".utf8) + mail(1) + mail(2)
    #expect((blank.feed(input) + blank.finish()).count == 2)
    for size in [1, 2, 3, 7, 64, 1000] {
      var splitter = MailboxSplitter()
      var parts: [MailboxSplitter.Part] = []
      var rest = all[...]
      while !rest.isEmpty {
        parts += splitter.feed(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      parts += splitter.finish()
      #expect(parts.count == 3)
      #expect(parts.flatMap(\.bytes) == all)
      #expect(parts.map(\.origin.mailsBefore) == [0, 1, 2])
      #expect(parts.map(\.origin.line) == [1, 9, 15])
    }
  }
}
