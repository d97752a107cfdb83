// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Patches that travel as attachments, or in forwarded mails: each keeps its author and its message.
@Suite struct AttachedPatchTests {
  static func patch(_ subject: String, author: String = "Real Author", file: String = "f.c")
    -> String
  {
    """
    From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001
    From: \(author) <real@example.org>
    Date: Mon, 4 Jan 2021 10:00:00 +0100
    Subject: [PATCH] \(subject)

    The real message = caf\u{E9}.

    Signed-off-by: \(author) <real@example.org>
    ---
     \(file) | 2 +-

    diff --git a/\(file) b/\(file)
    --- a/\(file)
    +++ b/\(file)
    @@ -1,2 +1,2 @@
     one
    -two
    +zwei
    -- \n2.30

    """
  }

  static func quotedPrintable(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var output = ""
      for byte in line.utf8 {
        let isPlain = (33...126).contains(byte) && byte != 61 || byte == 32
        output +=
          isPlain
          ? String(UnicodeScalar(byte))
          : "=" + (byte < 16 ? "0" : "") + String(byte, radix: 16).uppercased()
        if output.split(separator: "\n").last.map({ $0.count >= 72 }) ?? false { output += "=\n" }
      }
      return output.hasSuffix(" ") ? output.dropLast() + "=20" : output
    }.joined(separator: "\n")
  }

  /// A mail with a text and parts below it.
  static func mail(_ parts: [(head: String, body: String)], text: String = "Hi,\n\nsee attached.")
    -> String
  {
    "From: Mail Sender <sender@example.org>\nDate: Mon, 4 Jan 2021 12:00:00 +0100\n"
      + "Subject: fix for the crash\nMIME-Version: 1.0\n"
      + "Content-Type: multipart/mixed; boundary=\"BB\"\n\n--BB\nContent-Type: text/plain\n\n\(text)\n"
      + parts.map { "--BB\n\($0.head)\n\n\($0.body)\n" }.joined() + "--BB--\n"
  }

  static func part(_ type: String, _ encoding: String, _ text: String) -> (
    head: String, body: String
  ) {
    let body =
      switch encoding {
      case "base64": Base64.encode(Array(text.utf8))
      case "quoted-printable": quotedPrintable(text)
      default: text
      }
    return (
      "Content-Type: \(type)\nContent-Disposition: attachment\nContent-Transfer-Encoding: \(encoding)",
      body
    )
  }

  @Test(
    arguments: [
      "text/x-patch", "text/x-diff", "text/plain; charset=utf-8", "application/octet-stream",
      "application/mbox", "message/rfc822", "application/x-patch",
    ], ["base64", "quoted-printable", "8bit", "7bit", "binary"])
  func anAttachedPatchKeepsItsAuthor(_ type: String, _ encoding: String) throws {
    let text = Self.mail([Self.part(type, encoding, Self.patch("real subject"))])
    let document = PatchDocument(parsing: Array(text.utf8), name: "x.eml")
    try document.requireSound(.strict)
    #expect(document.serialized() == document.source)
    let patches = document.patchMessages
    #expect(patches.count == 1)
    let description = try #require(patches.first).description()
    #expect(description.author == MailAddress(name: "Real Author", email: "real@example.org"))
    #expect(description.date == MailDate(seconds: 1_609_750_800, zoneMinutes: 60))
    #expect(
      description.commitMessage
        == "real subject\n\nThe real message = café.\n\nSigned-off-by: Real Author <real@example.org>\n"
    )
  }

  @Test func severalAttachmentsAreSeveralPatches() throws {
    let text = Self.mail([
      Self.part("text/x-patch", "base64", Self.patch("first", file: "a.c")),
      Self.part("text/plain", "8bit", Self.patch("second", author: "Other", file: "b.c")),
    ])
    let document = PatchDocument(parsing: Array(text.utf8))
    #expect(document.patchMessages.map(\.subject) == ["first", "second"])
    #expect(
      document.patchMessages.map { $0.description().author?.name } == ["Real Author", "Other"])
    #expect(document.files.map(\.newName) == ["b/a.c", "b/b.c"].map { Array($0.utf8) })
    #expect(document.messages.count == 1 && document.messages[0].hasDiff)
  }

  @Test func anAttachedMailboxIsItsMails() throws {
    let both = Self.patch("first", file: "a.c") + "\n" + Self.patch("second", file: "b.c")
    let text = Self.mail([Self.part("application/octet-stream", "base64", both)])
    let document = PatchDocument(parsing: Array(text.utf8))
    #expect(document.patchMessages.map(\.subject) == ["first", "second"])
  }

  @Test func aForwardedMailIsReadInItsParts() throws {
    let inner = Self.mail([Self.part("text/x-patch", "base64", Self.patch("deep"))])
    let text = Self.mail([("Content-Type: message/rfc822", inner.replacing("BB", with: "CC"))])
    let document = PatchDocument(parsing: Array(text.utf8))
    #expect(document.patchMessages.map(\.subject) == ["deep"])
    #expect(document.patchMessages[0].description().author?.name == "Real Author")
  }

  @Test func aDigestIsItsMails() throws {
    let text =
      "From: L <l@x>\nSubject: digest\nContent-Type: multipart/digest; boundary=B\n\n"
      + "--B\n\n\(Self.patch("one", file: "a"))\n--B\n\n\(Self.patch("two", file: "b"))\n--B--\n"
    let document = PatchDocument(parsing: Array(text.utf8))
    #expect(document.patchMessages.map(\.subject) == ["one", "two"])
  }

  @Test func aBareDiffIsThePatchOfItsMail() throws {
    let bare =
      "Below the text.\n\nSigned-off-by: S <s@x>\n---\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
    let text = Self.mail([Self.part("text/x-diff", "base64", bare)])
    let description = try #require(
      PatchDocument(parsing: Array(text.utf8)).patchMessages.first
    ).description()
    #expect(description.author?.name == "Mail Sender")
    // git mailinfo puts the texts of all parts together.
    #expect(
      description.commitMessage
        == "fix for the crash\n\nHi,\n\nsee attached.\nBelow the text.\n\nSigned-off-by: S <s@x>\n")
  }

  @Test func aBodyThatIsAPatchFileKeepsItsAuthor() throws {
    let text =
      "From: Mail Sender <s@x>\nSubject: the patch\nContent-Type: text/x-patch; name=a.patch\n"
      + "Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n"
      + Base64.encode(Array(Self.patch("real").utf8))
    let description = try #require(
      PatchDocument(parsing: Array(text.utf8)).patchMessages.first
    ).description()
    #expect(description.subject == "real" && description.author?.name == "Real Author")
  }

  @Test func findingsStandWhereTheyAreInTheInput() throws {
    let damaged = Self.patch("real").replacing("-two\n", with: "broken\n-two\n")
    for encoding in ["8bit", "base64"] {
      let document = PatchDocument(
        parsing: Array(Self.mail([Self.part("text/x-patch", encoding, damaged)]).utf8))
      let found = try #require(document.diagnostics.first { $0.severity == .refused })
      let lines = String(decoding: document.source, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      if encoding == "8bit" {
        #expect(
          lines[found.location.line - 1].hasPrefix("@@ -1,2")
            || lines[found.location.line - 1] == "broken")
      } else {
        #expect(found.location.line > 14 && found.location.line < lines.count)
      }
    }
  }

  /// Mails in mails in mails end at a limit.
  @Test func endlessNestingIsRefused() {
    let level = "Content-Type: message/rfc822\n\n"
    let text =
      "From: A <a@b>\nSubject: x\n" + String(repeating: level, count: 5000) + Self.patch("x")
    let document = PatchDocument(parsing: Array(text.utf8))
    #expect(document.diagnostics.contains { $0.id == .overLimit })
    #expect(document.serialized() == document.source)
  }
}
