// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

@Suite struct DescriptionTests {
  private func messages(_ text: String) -> [Message] {
    PatchDocument(parsing: Array(text.utf8)).messages
  }

  @Test func theSeedIsPlainText() throws {
    let document = PatchDocument(parsing: try Files.read(Project.seed))
    let description = document.messages[0].description()
    #expect(description.style == .plain)
    #expect(description.subject == "ext4: serialize unaligned asynchronous DIO")
    #expect(description.author == nil)
    #expect(
      description.trailers.map(\.value) == [
        "Eric Sandeen <sandeen@redhat.com>", "\"Theodore Ts'o\" <tytso@mit.edu>",
      ])
    #expect(description.trailers[1].address?.name == "Theodore Ts'o")
    #expect(description.body.hasPrefix("ext4 has a data corruption case"))
    #expect(description.commitMessage.hasSuffix("<tytso@mit.edu>\n"))
  }

  @Test(arguments: Samples.all.keys.sorted())
  func theSubjectAloneIsTheSame(_ name: String) {
    for message in messages(Samples.all[name] ?? "") {
      #expect(message.subject == message.description().subject)
    }
  }

  @Test func aMailboxHasItsMails() throws {
    let all = messages(Samples.mailbox)
    #expect(all.count == 3)
    #expect(all.map(\.isCoverLetter) == [true, false, false])
    let first = all[1].description()
    #expect(first.style == .mail)
    #expect(first.subject == "fs: make café work over two lines")
    #expect(first.subjectPrefixes == ["PATCH v2 1/2"])
    #expect(first.seriesPosition?.number == 1 && first.seriesPosition?.count == 2)
    #expect(first.author == MailAddress(name: "Jörn Example", email: "joern@example.org"))
    #expect(first.date == MailDate(seconds: 1_297_092_031, zoneMinutes: -300))
    #expect(first.commit == "1123456789abcdef0123456789abcdef01234567")
    #expect(
      first.references.map(\.commit) == ["89abcdef0123456789abcdef0123456789abcdef"])
    #expect(first.references.map(\.form) == [.commitUpstream])
    #expect(
      first.trailers.map(\.token) == ["Fixes", "Cc", "Signed-off-by", "Signed-off-by"])
    #expect(first.trailers[0].fixes?.commit == "372a03e01853")
    #expect(first.trailers[0].fixes?.title == "ext4: test")
    #expect(first.trailers[1].stableVersion == "5.4.x")
    #expect(!first.body.contains("a.c | 2"))
  }

  @Test func theTextOverrulesTheMailsAuthor() throws {
    let second = messages(Samples.mailbox)[2]
    let description = second.description()
    #expect(description.author?.email == "real@example.org")
    #expect(description.body.hasPrefix("Text with = and a long line"))
    #expect(description.body.contains("on and is broken."))
    let hunk = try #require(second.files.first?.hunks.first)
    #expect(
      hunk.lines.map { String(decoding: hunk.content(of: $0), as: UTF8.self) }
        == ["int a = 1;", "int a = 2;", "café"])
  }

  @Test func anAttachmentIsFound() throws {
    let message = try #require(messages(Samples.multipart).first)
    #expect(message.description().subject == "with an attachment")
    #expect(message.description().body == "The text of the mail.")
    #expect(message.files.count == 1)
    #expect(message.files[0].hunks[0].oldCount == 2)
  }

  @Test func aDebianHeaderIsRead() throws {
    let description = messages(Samples.dep3)[0].description()
    #expect(description.style == .dep3)
    #expect(description.subject == "make it build")
    #expect(description.body.hasPrefix("on more machines\n\nA second paragraph."))
    #expect(description.author?.name == "Debian Writer")
    #expect(description.references.map(\.form) == [.origin])
    #expect(description.trailers.map(\.token) == ["Reviewed-by"])
  }

  @Test func aSUSEHeaderIsRead() throws {
    let description = messages(Samples.suse)[0].description()
    #expect(description.style == .suse)
    #expect(description.subject == "ext4: a fix")
    #expect(description.references.first?.commit == "e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d")
    #expect(description.trailers.map(\.token) == ["Acked-by"])
  }

  @Test func theOutputOfGitShowIsRead() throws {
    let text = """
      commit e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d
      Author: Eric Sandeen <sandeen@redhat.com>
      Date:   Sat Feb 12 08:17:34 2011 -0500

          ext4: a subject

          A text.

      diff --git a/x b/x
      --- a/x
      +++ b/x
      @@ -1 +1 @@
      -a
      +b

      """
    let description = messages(text)[0].description()
    #expect(description.style == .gitLog)
    #expect(description.commit == "e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d")
    #expect(description.subject == "ext4: a subject" && description.body == "A text.")
    #expect(description.date == MailDate(seconds: 1_297_516_654, zoneMinutes: -300))
  }

  @Test(arguments: [
    ("commit 0123456789ab upstream.", UpstreamReference.Form.commitUpstream),
    ("[ Upstream commit 0123456789ab ]", .upstreamCommit),
    ("(cherry picked from commit 0123456789ab)", .cherryPicked),
    ("(backported from commit 0123456789ab)", .backported),
    ("(backported from commit 0123456789ab linux-next)", .backported),
  ])
  func theWordsForAnUpstreamCommitAreKnown(
    _ line: String, _ form: UpstreamReference.Form
  ) throws {
    let text = "subject\n\n\(line)\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    let references = messages(text)[0].description().references
    #expect(references.map(\.form) == [form])
    #expect(references.map(\.commit) == ["0123456789ab"])
  }

  @Test func scissorsCutOnlyWhenAsked() throws {
    let text =
      "From: a@example.org\nSubject: s\n\nHello,\n\n-- >8 --\nSubject: real\n\nText.\n\n"
      + "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    let message = messages(text)[0]
    #expect(message.description().body.contains("Hello"))
    #expect(message.description(scissors: true).subject == "real")
    #expect(message.description(scissors: true).body == "Text.")
  }

  @Test func latin1MessagesBecomeText() throws {
    let mail: [UInt8] =
      Array(
        "From: a@example.org\nSubject: s\nContent-Type: text/plain; charset=ISO-8859-1\n\n".utf8)
      + [0x4A, 0xF6, 0x72, 0x6E, 0x0A] + Array("---\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+".utf8)
      + [0xF6, 0x0A]
    let document = PatchDocument(parsing: mail)
    #expect(document.messages[0].description().body == "Jörn")
    // The diff's bytes are the file's and stay as they are.
    let hunk = try #require(document.files.first?.hunks.first)
    #expect(hunk.lines.last.map { Array(hunk.content(of: $0)) } == [0xF6])
  }

  @Test(arguments: [
    ("A Writer <a@example.org>", "A Writer", "a@example.org"),
    ("\"Writer, A\" <a@example.org>", "Writer, A", "a@example.org"),
    ("A (zzz) Writer <a@example.org> (Comment)", "A (zzz) Writer (Comment)", "a@example.org"),
    ("<a@example.org> (A Writer)", "A Writer", "a@example.org"),
    ("a@example.org (A Writer)", "A Writer", "a@example.org"),
    ("a@example.org", "", "a@example.org"),
  ])
  func addressesOfAllFormsAreRead(_ text: String, _ name: String, _ email: String) {
    #expect(MailAddress(text) == MailAddress(name: name, email: email))
  }

  @Test func fieldsInTheTextMayBeFolded() {
    let text =
      "From: Relay <r@example.org>\nSubject: other\n\nFrom: Another\n <a@example.org>\n"
      + "Subject: one with\n\ttwo lines\n\nText with a \r inside.\r\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    let description = messages(text)[0].description()
    #expect(description.author == MailAddress(name: "Another", email: "a@example.org"))
    #expect(description.subject == "one with two lines")
    #expect(description.body == "Text with a \r inside.")
  }

  @Test func blankLinesMayStandBeforeAMailbox() {
    let source = Array(("  \n\n" + Samples.mailbox).utf8)
    let document = PatchDocument(parsing: source)
    #expect(document.messages.count == 3 && document.serialized() == source)
  }

  @Test func datesOfAllFormsAreRead() throws {
    let same = MailDate(seconds: 1_297_092_030, zoneMinutes: -300)
    #expect(MailDate("Mon, 7 Feb 2011 10:20:30 -0500") == same)
    #expect(MailDate("Mon Feb 7 10:20:30 2011 -0500") == same)
    #expect(MailDate("2011-02-07 10:20:30 -0500") == same)
    #expect(MailDate("7 Feb 2011 15:20:30 GMT")?.seconds == same.seconds)
    #expect(MailDate("yesterday") == nil)
    #expect(MailDate("Thu, 29 Feb 2024 12:00:00 +0000")?.seconds == 1_709_208_000)
  }

  @Test func seriesFilesKeepOptionsAndComments() throws {
    let text = "# head\n\nfixes/a.patch\nb.patch -p0 # why\nc.patch -R\nd.patch -p ab\n"
    let series = try Series(parsing: Array(text.utf8))
    #expect(series.serialized() == Array(text.utf8))
    #expect(series.entries.map(\.strip) == [1, 0, 1, 1])
    #expect(series.entries.map(\.isReversed) == [false, false, true, false])
    #expect(series.entries.map(\.line) == [3, 4, 5, 6])
    #expect(series.entries[1].comment == Array(" why".utf8))
    let error = #expect(throws: PatchFormatError.self) {
      try Series(parsing: Array("a.patch\nb.patch --fuzz\n".utf8))
    }
    #expect(error?.diagnostic.location.line == 2)
  }
}
