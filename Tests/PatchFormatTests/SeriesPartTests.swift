// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Numbered series: no part is lost in silence.
@Suite struct SeriesPartTests {
  /// A mail; without a diff where `body` says so.
  static func mail(_ subject: String, file: Int = 1, body: String? = nil) -> String {
    let text =
      body
      ?? "Text.\n---\n f | 2 +-\n\n--- a/f\(file)\n+++ b/f\(file)\n@@ -1 +1 @@\n-a\n+b\n-- \n2.30\n\n"
    return "From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001\n"
      + "From: A <a@example.org>\nDate: Mon, 4 Jan 2021 10:00:00 +0100\nSubject: \(subject)\n\n\(text)"
  }

  private func read(_ mails: [String], allowsIncomplete: Bool = false) -> PatchDocument {
    PatchDocument(
      parsing: Array(mails.joined().utf8), name: "x.mbox",
      options: ParseOptions(allowsIncomplete: allowsIncomplete))
  }

  private func findings(_ mails: [String]) -> [String] {
    read(mails).diagnostics.map { "\($0.severity.rawValue): \($0.message)" }
  }

  @Test func aPartWithoutADiffIsRefused() throws {
    let mails = [
      Self.mail("[PATCH 1/3] a"), Self.mail("[PATCH 2/3] b", body: "Text.\n---\n f | 2 +-\n\n"),
      Self.mail("[PATCH 3/3] c", file: 3),
    ]
    #expect(findings(mails) == ["refused: part 2/3 has no diff"])
    let found = try #require(read(mails).diagnostics.first)
    #expect(found.id == .missingPart && found.location.line == 18)
    #expect(found.hint?.contains("--allow-incomplete") == true)
    let lenient = read(mails, allowsIncomplete: true)
    try lenient.requireSound()
    #expect(lenient.diagnostics.map(\.assumption) == ["it is left out"])
    #expect(lenient.patchMessages.count == 2)
  }

  @Test func aHoleIsRefused() throws {
    let one = Self.mail("[PATCH v2 1/4] a")
    let four = Self.mail("[PATCH v2 4/4] d", file: 4)
    #expect(findings([one, four]) == ["refused: parts 2/4, 3/4 are missing from the series"])
    #expect(
      findings([Self.mail("[PATCH 2/2] b"), Self.mail("[PATCH 0/2] letter", body: "Hi\n")])
        == ["refused: part 1/2 is missing from the series"])
    try read([one, four], allowsIncomplete: true).requireSound(.strict)
  }

  @Test func wholeSeriesAndSinglePartsAreTaken() throws {
    let letter = Self.mail("[PATCH 0/2] letter", body: "Hi\n")
    let (one, two) = (Self.mail("[PATCH 1/2] a"), Self.mail("[PATCH 2/2] b", file: 2))
    for mails in [
      [letter, one, two], [two, one], [one], [two], [one, two, one, two],
      [one, two, Self.mail("[PATCH v2 1/2] a"), Self.mail("[PATCH v2 2/2] b")],
      [one, two, Self.mail("[PATCH 1/1] c")], [Self.mail("[PATCH] a"), Self.mail("b")],
      [Self.mail("[PATCH 07/1] a"), Self.mail("[PATCH 1/x] a")],
    ] {
      try read(mails).requireSound(.strict)
    }
  }

  @Test func answersAreNoParts() throws {
    let answer = Self.mail(
      "Re: [PATCH 1/2] a", body: "> --- a/f\n> +++ b/f\n> @@ -1 +1 @@\nFine.\n")
    let mails = [Self.mail("[PATCH 1/2] a"), answer, Self.mail("[PATCH 2/2] b", file: 2)]
    try read(mails).requireSound(.strict)
    // An answer does not replace the patch that it is about.
    let other = Self.mail("Re: [PATCH 2/2] b", body: "> diff --git a/f b/f\nFine.\n")
    #expect(
      findings([Self.mail("[PATCH 0/2] x", body: "Hi\n"), Self.mail("[PATCH 1/2] a"), other])
        == ["refused: part 2/2 is missing from the series"])
  }

  @Test func otherMailsWithoutADiffAreNamed() throws {
    let found = read([Self.mail("[PATCH] a"), Self.mail("thanks all", body: "Bye.\n")]).diagnostics
    #expect(found.map(\.severity) == [.note] && found[0].message.contains("thanks all"))
    let lost = read([Self.mail("[PATCH] a"), Self.mail("[PATCH] b", body: "Text.\n")]).diagnostics
    #expect(lost.map(\.severity) == [.refused])
    let hidden = read([Self.mail("[PATCH] a"), Self.mail("b", body: "> diff --git a/f b/f\n")])
    #expect(hidden.diagnostics.map(\.id) == [.foreignFormat])
  }

  @Test func aLetterIsNoPatchAndNoDamage() throws {
    let document = read([Self.mail("[PATCH 0/2] letter", body: "Hi\n")])
    #expect(document.diagnostics.isEmpty && document.absence == nil && document.isBlankOrLetter)
    #expect(throws: PatchFormatError.self) { try document.requireSound() }
  }

  /// What is found in a whole mailbox is found mail by mail, too.
  @Test func mailsReadOneByOneAreCounted() {
    var numbering = SeriesNumbering()
    var splitter = MailboxSplitter()
    let mails = [Self.mail("[PATCH 1/3] a"), Self.mail("[PATCH 3/3] c")]
    for part in splitter.feed(Array(mails.joined().utf8)) + splitter.finish() {
      let document = PatchDocument(parsing: part.bytes, name: "m", origin: part.origin)
      #expect(document.diagnostics.isEmpty)
      numbering.add(document)
    }
    #expect(numbering.gaps.map(\.diagnostic.message) == ["part 2/3 is missing from the series"])
    #expect(numbering.gaps.first?.input == "m")
  }
}
