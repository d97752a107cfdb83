// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Who wrote a patch and when, in the headers of many tools.
@Suite struct AuthorshipTests {
  static let diff = "--- a/f.c\n+++ b/f.c\n@@ -1 +1 @@\n-a\n+b\n"
  static let author = MailAddress(name: "Real Author", email: "real@example.org")
  static let date = MailDate(seconds: 1_609_750_800, zoneMinutes: 60)

  private func read(_ text: String) -> PatchDocument {
    PatchDocument(parsing: Array(text.utf8), name: "x.patch")
  }

  static let from = "From: Real Author <real@example.org>"
  static let when = "Date: Mon, 4 Jan 2021 10:00:00 +0100"

  /// Headers that name the author, the date, and the message `subject`, `text`.
  static let headers: [String: String] = [
    "mercurial": """
    # HG changeset patch
    # User Real Author <real@example.org>
    # Date 1609750800 -3600
    # Node ID 0123456789abcdef0123456789abcdef01234567
    # Parent  fedcba9876543210fedcba9876543210fedcba98
    subject

    text

    """,
    "StGit": "subject\n\n\(from)\n\(when)\n\ntext\n---\n",
    "StGit with Author":
      "subject\n\nAuthor: Real Author <real@example.org>\n\(when)\n\ntext\n---\n",
    "blank lines between": "subject\n\n\(from)\n\n\(when)\n\ntext\n---\n",
    "blank line first": "\n\(from)\n\(when)\nSubject: subject\n\ntext\n---\n",
    "byte order mark": "\u{FEFF}\(from)\n\(when)\nSubject: [PATCH] subject\n\ntext\n---\n",
    "byte order mark, mailbox":
      "\u{FEFF}From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
      + "\(from)\n\(when)\nSubject: subject\n\ntext\n---\n",
    "quoted separator":
      ">From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
      + "\(from)\n\(when)\nSubject: subject\n\ntext\n---\n",
    "odd field first":
      "X.Odd!Name: x\n\(from)\n\(when)\nSubject: subject\n\ntext\n---\n",
    "git log": """
    commit 0123456789abcdef0123456789abcdef01234567
    Author: Real Author <real@example.org>
    Date:   Mon Jan 4 10:00:00 2021 +0100

        subject

        text

    """,
    "in the body":
      "From: Other <o@x>\nDate: Tue, 5 Jan 2021 10:00:00 +0000\nSubject: [PATCH] subject\n\n"
      + "\n\n\(from)\n\(when)\n\ntext\n---\n",
    "Mercurial in a mail":
      "From: Other <o@x>\nSubject: [PATCH 1 of 2] subject\n\n# HG changeset patch\n"
      + "# User Real Author <real@example.org>\n# Date 1609750800 -3600\nsubject\n\ntext\n",
    "DEP-3": "Description: subject\n text\n\(from)\n\(when)\nForwarded: no\n\n",
    "DEP-3, author below": "Description: subject\n text\nForwarded: no\n\n\(from)\n\(when)\n\n",
    "lower case": "from: Real Author <real@example.org>\ndate: Mon, 4 Jan 2021 10:00:00 +0100\n"
      + "subject: subject\n\ntext\n---\n",
  ]

  @Test(arguments: headers.keys.sorted()) func everyHeaderNamesTheAuthor(_ name: String) throws {
    let document = read(try #require(Self.headers[name]) + Self.diff)
    try document.requireSound(.strict)
    #expect(document.serialized() == document.source)
    let description = try #require(document.patchMessages.first).description()
    #expect(description.author == Self.author)
    #expect(description.date == Self.date)
    #expect(description.commitMessage == "subject\n\ntext\n")
  }

  @Test func whatCannotBeReadIsSaid() throws {
    let mails: [(String, DiagnosticID, Int)] = [
      ("From: unknown\nSubject: s\n\nt\n---\n", .unreadableAuthor, 1),
      ("Subject: s\nFrom:\n\nt\n---\n", .unreadableAuthor, 2),
      ("From: A <a@b>\nDate: someday\nSubject: s\n\nt\n---\n", .unreadableDate, 2),
      (
        "From: A <a@b>\nDate: Mon, 32 Jan 2021 10:00:00 +0100\nSubject: s\n\nt\n", .unreadableDate,
        2
      ),
      (
        "Subject: s\nFrom: =?UTF-8?q?M=E1rton=20N=E9meth?= <a@b>\n\nt\n---\n", .unknownCharset, 2
      ),
      ("From: A <a@b>\nSubject: =?x-none?q?s=E1?= t\n\nt\n---\n", .unknownCharset, 2),
      ("From: A <a@b>\nSubject: s\n\nt\n\nFrom: B <b@c>\nt\n---\n", .headerInText, 6),
      (
        "From: A <a@b>\nSubject: s\n\nt\nmore\n\n# HG changeset patch\n# User x\n", .headerInText, 7
      ),
      ("subject\n\nSubject: other\n\ntext\n", .headerInText, 3),
      ("From: A <a@b>\nSubject: s\n\nContent-Type: text/plain\n\ntext\n", .headerInText, 4),
      // In the text of a DEP-3 header, which is a field, and below a SUSE header.
      ("Description: s\n Subject: other\n text\nForwarded: no\n\n", .headerInText, 6),
      (
        "From: A <a@b>\nSubject: s\nPatch-mainline: v6.1\n\nt\n\nFrom: B <b@c>\n---\n",
        .headerInText, 7
      ),
      ("Description: s\nAuthor: unknown\nForwarded: no\n\n", .unreadableAuthor, 2),
    ]
    for (text, id, line) in mails {
      let document = read(text + Self.diff)
      let found = try #require(document.diagnostics.first, "\(text)")
      #expect(found.id == id && found.severity == .assumed && found.location.line == line)
      try document.requireSound()
      #expect(throws: PatchFormatError.self) { try document.requireSound(.strict) }
    }
  }

  /// Mail programs labelled Latin-1 names as UTF-8: git keeps the bytes, which no tool shows.
  @Test(arguments: [
    ("=?UTF-8?q?M=E1rton=20N=E9meth?=", "M\u{E1}rton N\u{E9}meth"),
    ("=?utf-8?b?TeFydG9u?= =?UTF-8?Q?_N=C3=A9meth?=", "M\u{E1}rton N\u{E9}meth"),
    ("=?us-ascii?q?M=E1rton?=", "M\u{E1}rton"), ("=?x-none?q?M=E1rton?=", "=?x-none?q?M=E1rton?="),
  ]) func aWordWithTheWrongCharacterSetIsRead(_ written: String, _ name: String) throws {
    let document = read("From: \(written) <a@b>\nSubject: s\n\nt\n---\n" + Self.diff)
    let description = try #require(document.patchMessages.first).description()
    #expect(description.author == MailAddress(name: name, email: "a@b"))
    #expect(document.diagnostics.map(\.id).first == .unknownCharset)
    let message = try #require(document.diagnostics.first).message
    #expect(message.contains("the From field has a word that is not in the character set"))
  }

  @Test func textWithColonsIsText() throws {
    for text in [
      "From: A <a@b>\nSubject: s\n\nFrom the start it was broken: see below.\n\nFixes: abc\n",
      "ext4: fix a thing\n\nNote: this is text.\n\nReported-by: X <x@y>\n",
      "subject\n\nThe date: today.\nFrom: no one in particular\n",
    ] {
      try read(text + "---\n" + Self.diff).requireSound(.strict)
    }
  }

  /// A newline, or a field, inside an encoded word starts no line of the message.
  @Test(arguments: [
    "=?utf-8?q?a=0Ab?=", "=?utf-8?b?YQpi?=", "=?utf-8?q?a=0D=0Ab?=", "=?utf-8?q?a=00b?=",
    "=?utf-8?q?a?=\n =?utf-8?q?=0A?=\n =?utf-8?q?b?=",
  ])
  func anEncodedNewlineIsABlank(_ subject: String) {
    for text in [
      "From: =?utf-8?q?X=0AY?= <x@y>\nSubject: \(subject)\n\ntext\n",
      "From: X Y <x@y>\nSubject: s\n\nSubject: \(subject)\n\ntext\n",
      "Description: \(subject)\nForwarded: no\nFrom: =?utf-8?q?X=0AY?= <x@y>\n\n text\n",
    ] {
      let description = read(text + "---\n" + Self.diff).messages[0].description()
      #expect(!description.subject.utf8.contains { $0 < 0x20 })
      #expect(description.author?.name == "X Y")
      #expect(description.commitMessage.split(separator: "\n").count == 2)
    }
  }

  @Test func bracketsAreKeptAsAsked() {
    let cases: [(String, all: String, patch: String, none: String)] = [
      ("[PATCH 1/2] ext4: x", "ext4: x", "ext4: x", "[PATCH 1/2] ext4: x"),
      ("[PATCH][ext4] x", "x", "[ext4] x", "[PATCH][ext4] x"),
      ("Re: [RFC] [PATCH v2] x", "x", "[RFC] x", "Re: [RFC] [PATCH v2] x"),
      ("x [y]", "x [y]", "x [y]", "x [y]"), ("[unclosed", "[unclosed", "[unclosed", "[unclosed"),
    ]
    for (subject, all, patch, none) in cases {
      let message = read("From: A <a@b>\nSubject: \(subject)\n\nt\n---\n" + Self.diff).messages[0]
      #expect(message.description(cleaning: .allBrackets).subject == all)
      #expect(message.description(cleaning: .patchBrackets).subject == patch)
      #expect(message.description(cleaning: .none).subject == none)
    }
  }

  @Test func signOffsOfADebianHeaderAreInTheMessage() {
    let text =
      "Description: subject\n text\n .\n Signed-off-by: A <a@b>\nFrom: A <a@b>\n"
      + "Reviewed-by: R <r@r>\nSigned-off-by: A <a@b>\n\n"
    let description = read(text + Self.diff).messages[0].description()
    #expect(
      description.commitMessage
        == "subject\n\ntext\n\nSigned-off-by: A <a@b>\nReviewed-by: R <r@r>\n")
  }
}
