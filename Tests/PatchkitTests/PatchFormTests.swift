// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// The forms that a patch comes in, as the commands take or refuse them.
@Suite struct PatchFormTests {
  private static let lines = (1...10).map { "line \($0)\n" }.joined()
  private static let diff =
    "--- a/f.c\n+++ b/f.c\n@@ -2,5 +2,5 @@\n line 2\n line 3\n-line 4\n+line four\n line 5\n line 6\n"

  private static func mail(_ subject: String, _ body: String) -> String {
    "From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001\n"
      + "From: Real Author <real@example.org>\nDate: Mon, 4 Jan 2021 10:00:00 +0100\n"
      + "Subject: \(subject)\n\nText.\n\nSigned-off-by: Real Author <real@example.org>\n---\n\n\(body)"
      + "-- \n2.30\n\n"
  }

  private func folder() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/f.c", Self.lines)
    try scratch.write("t/g.c", Self.lines)
    return scratch
  }

  private func repository() async throws -> Scratch {
    let scratch = try folder()
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: scratch.file("t"))
    }
    return scratch
  }

  // MARK: Parts that are missing

  @Test func noCommandPassesOverAPartWithoutADiff() async throws {
    let scratch = try folder()
    let other = Self.diff.replacing("f.c", with: "g.c")
    try scratch.write(
      "lost.mbox",
      Self.mail("[PATCH 1/3] a", Self.diff) + Self.mail("[PATCH 2/3] b", "")
        + Self.mail("[PATCH 3/3] c", other))
    try scratch.write(
      "hole.mbox", Self.mail("[PATCH 1/3] a", Self.diff) + Self.mail("[PATCH 3/3] c", other))
    let before = try scratch.snapshot()
    let inputs: [(input: String, message: String)] = [
      ("lost.mbox", "part 2/3 has no diff"), ("hole.mbox", "part 2/3 is missing from the series"),
    ]
    for (input, message) in inputs {
      let commands: [[String]] = [
        ["apply", "--onto", "t"], ["backport", "--onto", "t"], ["stat"],
        ["analyze", "--no-symbols", "--onto", "t"], ["lint"],
      ]
      for command in commands {
        let result = try await run(Project.program, command + [input], in: scratch.path)
        #expect(result.code == (command[0] == "lint" ? 1 : 2), "\(command): \(result.errors)")
        #expect((result.text + result.errors).contains(message), "\(command): \(result.errors)")
      }
      #expect(try scratch.snapshot() == before)
    }
    let allowed = try await patchkit(
      "apply", "--allow-incomplete", "--onto", "t", "lost.mbox", in: scratch.path)
    #expect(allowed.code == 0 && allowed.errors.contains("it is left out"), "\(allowed.errors)")
  }

  /// The file of a series says which patches it needs; their subjects are from another series.
  @Test func aSeriesFileMayPickPartsOfANumberedSeries() async throws {
    let scratch = try folder()
    let other = Self.diff.replacing("f.c", with: "g.c")
    try scratch.write("p/one.patch", Self.mail("[PATCH 3/8] a", Self.diff))
    try scratch.write("p/two.patch", Self.mail("[PATCH 7/8] c", other))
    try scratch.write("p/series", "one.patch\ntwo.patch\n")
    for command in ["apply", "backport"] {
      for input in ["p", "p/series"] {
        let result = try await patchkit(command, "--check", "--onto", "t", input, in: scratch.path)
        #expect(result.code == 0, "\(command) \(input): \(result.errors)")
      }
    }
    let pushed = try await patchkit(
      "series", "push", "--all", "--onto", "t", "--patches", "p", in: scratch.path)
    #expect(pushed.code == 0, "\(pushed.errors)")
  }

  /// Inputs that are not patches, by what has to be named.
  private static let noPatches: [String: String] = [
    "HTML": "<html>404 Not Found</html>\n",
    "git-lfs": "version https://git-lfs.github.com/spec/v1\n", "ed script": "2c\ntwo\n.\n",
    "normal diff": "2c2\n< a\n---\n> b\n", "no diff": "404: Not Found\n",
    "quoted diff": marked("> ", ""), "--no-color": marked("\u{1B}[1m", "\u{1B}[m"),
  ]

  /// The diff with something before and after each line.
  private static func marked(_ before: String, _ after: String) -> String {
    var text = ""
    for line in diff.split(separator: "\n") { text += "\(before)\(line)\(after)\n" }
    return text
  }

  @Test(arguments: noPatches.keys.sorted())
  func whatIsNoPatchIsNamedEverywhere(_ name: String) async throws {
    let scratch = try folder()
    try scratch.write("t/patches/p.patch", try #require(Self.noPatches[name]))
    try scratch.write("t/patches/series", "p.patch\n")
    let before = try scratch.snapshot()
    let commands: [[String]] = [
      ["series", "push", "--onto", "t"],
      ["series", "rebase", "--onto", "t", "--patches", "t/patches", "--check"],
      ["apply", "--onto", "t", "t/patches/p.patch"],
      ["backport", "--onto", "t", "t/patches/p.patch"],
      ["stat", "t/patches/p.patch"],
      ["series", "import", "--onto", "t", "--patches", "t/patches", "t/patches/p.patch"],
      ["verify", "--no-cache", "t/patches", "--onto", "t"], ["lint", "t/patches/p.patch"],
    ]
    for command in commands {
      let result = try await run(Project.program, command, in: scratch.path)
      let shown = result.text + result.errors
      #expect(result.code == 1 || result.code == 2, "\(command): \(shown)")
      #expect(shown.contains(name), "\(command): \(shown)")
      #expect(try scratch.snapshot() == before, "\(command)")
    }
  }

  @Test func anEmptyFileOfASeriesIsAPatchOfNothing() async throws {
    let scratch = try folder()
    try scratch.write("t/patches/p.patch", "")
    try scratch.write("t/patches/series", "p.patch\n")
    let pushed = try await patchkit("series", "push", "--onto", "t", in: scratch.path)
    #expect(pushed.code == 0, "\(pushed.errors)")
    let linted = try await patchkit("lint", "t/patches/p.patch", in: scratch.path)
    #expect(linted.code == 1 && linted.text.contains("no-diff"))
  }

  // MARK: Compressed data

  @Test(.enabled(if: Project.hasProgram("gzip"), "gzip is not installed"))
  func gzipDataIsReadEverywhere() async throws {
    let scratch = try folder()
    try scratch.write("t/patches/p.patch", Self.diff)
    _ = try await run("gzip", ["p.patch"], in: scratch.file("t/patches"))
    try scratch.write("t/patches/series", "p.patch.gz\n")
    let packed = try scratch.read("t/patches/p.patch.gz")
    let commands: [[String]] = [
      ["apply", "--check", "--onto", "t", "t/patches/p.patch.gz"],
      ["stat", "t/patches/p.patch.gz"],
      ["backport", "--check", "--onto", "t", "t/patches/p.patch.gz"],
      ["lint", "t/patches/p.patch.gz"],
      ["verify", "--no-cache", "t/patches", "--onto", "t"], ["show", "t/patches/p.patch.gz"],
    ]
    for command in commands {
      let result = try await run(Project.program, command, in: scratch.path)
      #expect(result.code == 0, "\(command): \(result.errors)")
    }
    let piped = try await patchkit(
      "apply", "--check", "--onto", "t", in: scratch.path, input: packed)
    #expect(piped.code == 0, "\(piped.errors)")
    let small = try await patchkit(
      "apply", "--check", "--limit", "unpacked-size=20", "--onto", "t", "t/patches/p.patch.gz",
      in: scratch.path)
    #expect(small.code == 2 && small.errors.contains("unpacked-size"))
    let cut = try await patchkit(
      "apply", "--check", "--onto", "t", in: scratch.path, input: Array(packed.dropLast(6)))
    #expect(cut.code == 2 && cut.errors.contains("gzip"))
    // A refreshed patch is packed again, as quilt does.
    let pushed = try await patchkit("series", "push", "--onto", "t", in: scratch.path)
    #expect(pushed.code == 0, "\(pushed.errors)")
    try scratch.write("t/f.c", Self.lines.replacing("line 4\n", with: "line vier\n"))
    let refreshed = try await patchkit("series", "refresh", "--onto", "t", in: scratch.path)
    #expect(refreshed.code == 0, "\(refreshed.errors)")
    let again = try await run("gzip", ["-dc", "p.patch.gz"], in: scratch.file("t/patches"))
    #expect(again.code == 0 && again.text.contains("+line vier\n"))
  }

  // MARK: Attached patches

  @Test func attachedPatchesAreCommitsWithTheirAuthors() async throws {
    let scratch = try await repository()
    let other = Self.diff.replacing("f.c", with: "g.c")
    try scratch.write(
      "two.eml",
      "From: Mail Sender <s@example.org>\nSubject: fixes\nMIME-Version: 1.0\n"
        + "Content-Type: multipart/mixed; boundary=BB\n\n--BB\n\nsee attached\n"
        + "--BB\nContent-Type: text/x-patch\n\n\(Self.mail("[PATCH] first", Self.diff))"
        + "--BB\nContent-Type: message/rfc822\n\n\(Self.mail("[PATCH] second", other))--BB--\n")
    let result = try await patchkit(
      "apply", "--commit", "--onto", "t", "two.eml", in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let log = try await git("log", "--format=%an|%s|%b", "-2", in: scratch.file("t"))
    #expect(
      log.text
        == "Real Author|second|Text.\n\nSigned-off-by: Real Author <real@example.org>\n\n"
        + "Real Author|first|Text.\n\nSigned-off-by: Real Author <real@example.org>\n\n")
  }

  /// The commit of a mail has the id that git am gives it.
  @Test(arguments: [
    "[PATCH] a  fix", "Re: [PATCH 2/3] [x] a fix", "=?utf-8?q?a=0Afix?=", "[PATCH] caf\u{E9}",
  ])
  func commitIDsAreThoseOfGitAm(_ subject: String) async throws {
    let scratch = try await repository()
    let body = "\n\n text  \n\n\n\nmore\t\n"
    try scratch.write(
      "p.mbox", Self.mail(subject, Self.diff).replacing("Text.\n", with: body))
    _ = try await git("branch", "other", in: scratch.file("t"))
    let own = try await patchkit("apply", "--commit", "--onto", "t", "p.mbox", in: scratch.path)
    #expect(own.code == 0, "\(own.errors)")
    let id = try await git("rev-parse", "HEAD", in: scratch.file("t")).line
    _ = try await git("checkout", "-q", "other", in: scratch.file("t"))
    let am = try await git("am", "-q", "../p.mbox", in: scratch.file("t"))
    #expect(am.code == 0, "\(am.errors)")
    #expect(try await git("rev-parse", "HEAD", in: scratch.file("t")).line == id)
  }

  // MARK: Line ends

  private static func crlf(_ text: String) -> String { text.replacing("\n", with: "\r\n") }

  @Test func aPatchInCRLFFitsAFileInCRLF() async throws {
    let scratch = try Scratch()
    try scratch.write("t/f.c", Self.crlf(Self.lines))
    try scratch.write("p.patch", Self.crlf(Self.diff))
    let result = try await patchkit("apply", "--onto", "t", "p.patch", in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let expected = Self.crlf(Self.lines.replacing("line 4", with: "line four"))
    #expect(try scratch.read("t/f.c") == Array(expected.utf8))
    let back = try await patchkit("apply", "-R", "--onto", "t", "p.patch", in: scratch.path)
    #expect(back.code == 0, "\(back.errors)")
    #expect(try scratch.read("t/f.c") == Array(Self.crlf(Self.lines).utf8))
  }

  @Test(arguments: ["apply", "backport"])
  func addedLinesTakeTheFilesLineEnds(_ command: String) async throws {
    for isFileCRLF in [true, false] {
      let scratch = try Scratch()
      try scratch.write("t/f.c", isFileCRLF ? Self.crlf(Self.lines) : Self.lines)
      // Only the lines of the hunks end with CR LF, as in a diff of such a file.
      var patch = ""
      for (index, line) in Self.diff.split(separator: "\n").enumerated() {
        patch += line + (isFileCRLF || index < 3 ? "\n" : "\r\n")
      }
      try scratch.write("p.patch", patch)
      let result = try await patchkit(command, "--onto", "t", "p.patch", in: scratch.path)
      #expect(result.code == 0, "\(result.errors)")
      #expect(result.text.contains("as all lines of the file end"))
      let expected = Self.lines.replacing("line 4", with: "line four")
      #expect(
        try scratch.read("t/f.c") == Array((isFileCRLF ? Self.crlf(expected) : expected).utf8))
    }
  }

  /// git keeps LF and checks out CR LF: the commit has LF, as with git am.
  @Test func aWorkTreeWithAutocrlfIsCommittedAsGitDoes() async throws {
    let scratch = try await repository()
    let tree = scratch.file("t")
    _ = try await git("config", "core.autocrlf", "true", in: tree)
    _ = try await git("rm", "-q", "--cached", "-r", ".", in: tree)
    _ = try await git("reset", "-q", "--hard", in: tree)
    #expect(try scratch.read("t/f.c").contains(0x0D))
    try scratch.write("p.mbox", Self.mail("[PATCH] a fix", Self.diff))
    _ = try await git("branch", "other", in: tree)
    let own = try await patchkit("apply", "--commit", "--onto", "t", "p.mbox", in: scratch.path)
    #expect(own.code == 0, "\(own.errors)")
    #expect(try await git("status", "--porcelain", in: tree).text.isEmpty)
    let id = try await git("rev-parse", "HEAD", in: tree).line
    _ = try await git("checkout", "-q", "other", in: tree)
    let am = try await git("am", "-q", "../p.mbox", in: tree)
    #expect(am.code == 0, "\(am.errors)")
    #expect(try await git("rev-parse", "HEAD", in: tree).line == id)
  }

  @Test(arguments: ["apply", "backport"])
  func mixedLineEndsAreNamedAndNotMixedMore(_ command: String) async throws {
    let scratch = try Scratch()
    try scratch.write("t/f.c", Self.crlf(Self.lines) + "last\n")
    try scratch.write("p.patch", Self.diff)
    let before = try scratch.snapshot()
    let result = try await patchkit(command, "--onto", "t", "p.patch", in: scratch.path)
    #expect(result.code == 1, "\(result.text)")
    #expect(result.errors.contains("line ends"), "\(result.errors)")
    #expect(try scratch.snapshot() == before)
  }

  // MARK: No context

  @Test func hunksWithoutContextNameTheOptionThatTakesThem() async throws {
    let scratch = try await repository()
    try scratch.write("p.patch", "--- a/f.c\n+++ b/f.c\n@@ -4 +4 @@\n-line 4\n+line four\n")
    let refused = try await patchkit("apply", "--onto", "t", "p.patch", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("--unidiff-zero"), "\(refused.errors)")
    let written = try await patchkit(
      "apply", "--unidiff-zero", "--check", "--output", "o.patch", "--onto", "t", "p.patch",
      in: scratch.path)
    #expect(written.code == 0, "\(written.errors)")
    #expect(try await git("apply", "--check", "../o.patch", in: scratch.file("t")).code == 0)
    let own = try await patchkit("apply", "--check", "--onto", "t", "o.patch", in: scratch.path)
    #expect(own.code == 0, "\(own.errors)")
    try scratch.write("t/patches/p.patch", try scratch.read("p.patch"))
    try scratch.write("t/patches/series", "p.patch\n")
    let pushed = try await patchkit(
      "series", "push", "--unidiff-zero", "--onto", "t", in: scratch.path)
    #expect(pushed.code == 0, "\(pushed.errors)")
  }
}
