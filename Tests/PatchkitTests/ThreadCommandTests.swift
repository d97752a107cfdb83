// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// A mailbox that holds a discussion, from the command line.
@Suite struct ThreadCommandTests {
  private static func mail(
    _ subject: String, _ id: String, answers: String? = nil, from: String = "Ann <ann@example.org>",
    _ body: String
  ) -> String {
    "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: \(from)\nDate: Mon, 2 Jan 2023 10:00:00 +0000\n"
      + "Subject: \(subject)\nMessage-ID: <\(id)@x>\n"
      + (answers.map { "In-Reply-To: <\($0)@x>\n" } ?? "") + "\n\(body)\n"
  }

  private static func diff(_ word: String) -> String {
    "Why.\n\nSigned-off-by: Ann <ann@example.org>\n---\n"
      + "--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,3 @@\n one\n-two\n+\(word)\n three\n"
  }

  private static let thread =
    mail("[PATCH] fs: f", "p", diff("TWO"))
    + mail(
      "Re: [PATCH] fs: f", "r", answers: "p", from: "Rev <rev@example.com>",
      "Use another word.\n\nReported-by: Other <other@example.com>\n")
    + mail("[PATCH v2] fs: f", "q", answers: "p", diff("ZWEI"))
    + mail(
      "Re: [PATCH v2] fs: f", "s", answers: "q", from: "Rev <rev@example.com>",
      "Thanks.\n\nReviewed-by: Rev <rev@example.com>\n")

  private func scratch() async throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/f.c", "one\ntwo\nthree\n")
    try scratch.write("t.mbox", Self.thread)
    _ = try await git("init", "-q", "-b", "main", in: scratch.file("t"))
    _ = try await git("add", ".", in: scratch.file("t"))
    _ = try await git("commit", "-qm", "base", in: scratch.file("t"))
    return scratch
  }

  @Test(arguments: [false, true]) func theCommitHasTheNewestVersionAndItsTrailers(
    isPipe: Bool
  ) async throws {
    let scratch = try await scratch()
    let result = try await patchkit(
      "apply", "--commit", "--onto", "t", isPipe ? "-" : "t.mbox", in: scratch.path,
      input: isPipe ? Array(Self.thread.utf8) : [])
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.errors.contains("the patch of version 1 is left out: version 2 is there"))
    #expect(result.errors.contains("'Reviewed-by: Rev <rev@example.com>' of a reply is added"))
    #expect(result.errors.contains("hint: --no-thread takes every mail as it is"))
    #expect(try scratch.read("t/f.c") == Array("one\nZWEI\nthree\n".utf8))
    let message = try await git("log", "-1", "--format=%B", in: scratch.file("t")).text
    #expect(
      message == """
        fs: f

        Why.

        Signed-off-by: Ann <ann@example.org>
        Reviewed-by: Rev <rev@example.com>


        """)
  }

  /// git repeats a Signed-off-by that others follow; b4 moves it.
  @Test func yourOwnSignOffMovesBelowWhatRepliesGave() async throws {
    let scratch = try await scratch()
    let own = Self.thread.replacing(
      "Signed-off-by: Ann <ann@example.org>",
      with:
        "Signed-off-by: Ann <ann@example.org>\nSigned-off-by: C O Mitter <committer@example.org>")
    try scratch.write("t.mbox", own)
    let result = try await patchkit(
      "apply", "--commit", "--signoff", "--onto", "t", "t.mbox", in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let message = try await git("log", "-1", "--format=%B", in: scratch.file("t")).text
    #expect(
      message.hasSuffix(
        """

        Signed-off-by: Ann <ann@example.org>
        Reviewed-by: Rev <rev@example.com>
        Signed-off-by: C O Mitter <committer@example.org>


        """), "\(message)")
  }

  /// What is added is written as the mail is: with its line ends, and in a charset that has the letters.
  @Test func trailersAreWrittenInTheFormOfTheMail() async throws {
    let scratch = try await scratch()
    let crlf = Self.thread.replacing("\n", with: "\r\n")
    try scratch.write("t/f.c", "one\r\ntwo\r\nthree\r\n")
    _ = try await git("commit", "-qam", "CR LF", in: scratch.file("t"))
    try scratch.write("crlf.mbox", crlf)
    let windows = try await patchkit(
      "backport", "--onto", "t", "--output", "-", "crlf.mbox", in: scratch.path)
    #expect(windows.code == 0, "\(windows.errors)")
    #expect(windows.text.contains("\r\nReviewed-by: Rev <rev@example.com>\r\n"))
    let lines = windows.output.split(separator: 0x0A, omittingEmptySubsequences: false)
    let message = lines.prefix { !$0.starts(with: "diff ".utf8) }
    #expect(message.count == 12 && message.allSatisfy { $0.last == 0x0D })

    _ = try await git("reset", "-q", "--hard", "HEAD~1", in: scratch.file("t"))
    var bytes: [UInt8] = []
    let mail = Self.thread.replacing("Why.", with: "Gr\u{FC}n.")
      .replacing(
        "Message-ID: <q@x>\n",
        with:
          "Message-ID: <q@x>\nContent-Type: text/plain; charset=ISO-8859-1\n"
          + "Content-Transfer-Encoding: 8bit\n"
      )
      .replacing("Reviewed-by: Rev", with: "Reviewed-by: R\u{17E}")
      .replacing("From: Rev <rev@example.com>", with: "From: =?UTF-8?q?R=C5=BE?= <rev@example.com>")
    for letter in mail.unicodeScalars {
      // The patch is in Latin-1, the reply in UTF-8.
      bytes += letter.value == 0xFC ? [0xFC] : Array(String(letter).utf8)
    }
    try scratch.write("latin.mbox", bytes)
    let latin = try await patchkit(
      "backport", "--onto", "t", "--output", "out.mbox", "latin.mbox", in: scratch.path)
    #expect(latin.code == 0, "\(latin.errors)")
    let info = try await run(
      "git", ["mailinfo", "msg", "patch"], in: scratch.path, input: try scratch.read("out.mbox"))
    #expect(info.code == 0)
    let text = String(decoding: try scratch.read("msg"), as: UTF8.self)
    #expect(text.contains("Gr\u{FC}n."), "\(text)")
    #expect(text.contains("Reviewed-by: R\u{17E} <rev@example.com>"), "\(text)")
  }

  @Test func theAdaptedPatchAndTheImportedOneHaveThem() async throws {
    let scratch = try await scratch()
    let result = try await patchkit(
      "backport", "--onto", "t", "--output", "out", "--add-link", "t.mbox", in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let added =
      "Signed-off-by: Ann <ann@example.org>\nReviewed-by: Rev <rev@example.com>\n"
      + "Link: https://patch.msgid.link/q@x\n---\n"
    let text = String(decoding: try scratch.read("out"), as: UTF8.self)
    #expect(text.contains(added), "\(text)")
    #expect(text.contains("+ZWEI\n") && !text.contains("+TWO\n"))
    try scratch.write("Patches/series", "")
    let imported = try await patchkit(
      "series", "import", "--patches", "Patches", "t.mbox", in: scratch.path)
    #expect(imported.code == 0, "\(imported.errors)")
    let names = try Files.snapshot(scratch.file("Patches")).keys.filter { $0 != "series" }
    #expect(names.count == 1)
    let patch = try scratch.read("Patches/" + (names.first ?? ""))
    #expect(
      String(decoding: patch, as: UTF8.self).contains("\nReviewed-by: Rev <rev@example.com>\n"))
  }

  @Test func theMailsCanBeTakenAsTheyAre() async throws {
    let scratch = try await scratch()
    let result = try await patchkit(
      "show", "--no-thread", "t.mbox", in: scratch.path)
    #expect(result.text.contains("+TWO") == result.text.contains("+ZWEI"))
    let count = try await patchkit("stat", "--json", "--no-thread", "t.mbox", in: scratch.path)
    let thread = try await patchkit("stat", "--json", "t.mbox", in: scratch.path)
    #expect(count.text != thread.text)
    let usage = try await patchkit(
      "show", "--no-thread", "--sloppy-trailers", "t.mbox", in: scratch.path)
    #expect(usage.code == 2)
  }

  @Test func aLinkMaskOfB4sIsUsed() async throws {
    let scratch = try await scratch()
    _ = try await git("config", "b4.linkmask", "https://l.example.org/%s", in: scratch.file("t"))
    let result = try await patchkit(
      "apply", "--commit", "--add-link", "../t.mbox", in: scratch.file("t"))
    #expect(result.code == 0, "\(result.errors)")
    let message = try await git("log", "-1", "--format=%B", in: scratch.file("t")).text
    #expect(message.contains("\nLink: https://l.example.org/q@x\n"))
    _ = try await git("config", "b4.linkmask", "https://l.example.org/", in: scratch.file("t"))
    let wrong = try await patchkit("show", "--add-link", "../t.mbox", in: scratch.file("t"))
    #expect(wrong.code == 2)
    #expect(wrong.errors.contains("sets link-mask to 'https://l.example.org/'"))
  }

  /// The target has the lines of the hunk twice by now: only the file that the patch was made for shows which
  /// of them are meant, and the diff names it by its base alone.
  @Test func theBaseOfAMailIsThePreImage() async throws {
    let scratch = try Scratch()
    func function(_ name: String) -> String {
      "int \(name)(void)\n{\n\tint a = 0;\n\n\tcall(a);\n\tcall(a);\n\treturn 0;\n}\n\n"
    }
    let start = (1...20).map { "int v\($0);\n" }.joined()
    try scratch.write("t/f.c", start + function("old"))
    _ = try await git("init", "-q", "-b", "main", in: scratch.file("t"))
    _ = try await git("add", ".", in: scratch.file("t"))
    _ = try await git("commit", "-qm", "base", in: scratch.file("t"))
    let base = try await git("rev-parse", "HEAD", in: scratch.file("t")).line
    try scratch.write("t/f.c", function("new") + "int w;\n" + start + function("old"))
    _ = try await git("commit", "-qam", "more", in: scratch.file("t"))
    let patch = Self.mail(
      "[PATCH] fs: f", "p",
      "Why.\n---\n--- a/f.c\n+++ b/f.c\n@@ -24,5 +24,5 @@\n \n \tcall(a);\n \tcall(a);\n-\treturn 0;\n"
        + "+\treturn 1;\n }\n\nbase-commit: BASE\n-- \n2.39.2\n")
    func outcome(_ id: String) async throws -> ProcessResult {
      try scratch.write("p.mbox", patch.replacing("BASE", with: id))
      return try await patchkit(
        "backport", "--check", "--onto", "t@main", "p.mbox", in: scratch.path)
    }
    let with = try await outcome(base)
    let without = try await outcome(String(repeating: "0", count: 40))
    #expect(with.code == 0 && with.text.contains("at line 34"), "\(with.text)\(with.errors)")
    #expect(without.code == 1, "\(without.text)\(without.errors)")
  }
}
