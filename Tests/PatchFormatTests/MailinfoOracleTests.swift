// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Random mails, read by `git mailinfo` and by patchkit: the same author, date, subject and message.
///
/// Two things differ on purpose: a `From:` or `Date:` in the text that names no author or no date stays
/// text, and a day that no month has is not a date. The generator makes neither.
@Suite(.enabled(if: Project.hasProgram("git"), "git is not installed")) struct MailinfoOracleTests {
  static let names = [
    "A U Thor", "\"Thor, A U\"", "J\u{F6}rn B", "\"A \\\"Nick\\\" U\"", "A", "",
    "john (the man) doe",
    "O'Neil \"x\" y", "a.b@c.d", "Very " + String(repeating: "Long ", count: 14) + "Name",
    "A <B> C",
    "=?UTF-8?q?J=C3=B6rn?= X", "=?ISO-8859-1?Q?J=F6rn_B?=",
    "=?utf-8?b?SsO2cm4=?= =?utf-8?q?_B=C3=B6?=", "=?utf-8?q?a=0Ab?=", "(comment) Foo", "Foo (x)",
  ]
  static let addresses = [
    "<a@b.c>", "a@b.c", "<a.u+t@ex-ample.org>", "<bogus>", "<a@b> <c@d>", "a@b.c (Some Name)",
    "<a@b.c> (Comment)", "< a@b.c >",
  ]
  static let dates = [
    "Mon, 7 Feb 2011 10:20:30 -0500", "Mon Feb 7 10:20:30 2011 -0500", "2011-02-07 10:20:30 +0100",
    "2011-02-07T10:20:30Z", "2011-02-07T10:20:30+05:45", "7 Feb 2011 10:20:30 GMT",
    "Mon, 7 Feb 2011 10:20:30 EST", "Mon, 7 Feb 11 10:20:30 PDT", "1297092030 +0200",
    "@1297092030 +0200", "Mon, 7 Feb 2011 10:20 -0500", "02/07/2011 10:20:30 +0000",
    "7.2.2011 10:20:30 +0000", "Fri, 01 Apr 05 1:2:3 -0700", "20110207T102030Z",
    "20110207 102030 +0100", "Mon, 7 Feb 2011 10:20:30 -0500 (EST)",
    "7 February 2011 1:20:30 pm -0100", "Mon, 07 Feb 2011 10:20:30 +1400",
    "2011/02/07 10:20:30 -1130", "Mon, 7 Feb 2011 24:00:00 +0000",
    "2011-02-07 10:20:30.123456 +0100", "Mon, 7 Feb 2011 10:20:30", "07-Feb-2011 10:20:30 +0000",
    "Sat, 1 Jan 2050 00:00:00 +0000", "Thu, 1 Jan 1970 00:00:10 +0000", "garbage",
  ]
  static let subjects = [
    "[PATCH] a fix", "[PATCH 2/3] ext4: [x] y", "Re: [PATCH] re: foo", "ext4: a fix",
    "[a] [PATCH v2] b", "RE:RE: x", "=?utf-8?q?a=0Ab=0A=0ASigned-off-by=3A_x?=",
    "[PATCH] =?UTF-8?q?caf=C3=A9?= x", "  : x",
    "[PATCH] long subject\n that is folded\n\tover lines",
    "[unclosed x", "Re:", "refs: foo", "[PATCH]\n  foo", "a\tb   c", "[[PATCH] x] y",
    "=?utf-8?q?=5BPATCH=5D_x?=",
  ]
  static let texts = [
    "text\n", "\n\n text\n\n\n\nmore  \n\t\nend\n", "From: Other One <o@x.y>\n\ntext\n",
    "\n\nFrom: Other One <o@x.y>\nSubject: other subject\nDate: Tue, 8 Feb 2011 10:00:00 +0000\n\nt\n",
    "From: =?utf-8?q?J=C3=B6rn?= <j@x>\nSubject: folded\n subject here\n\nfoo\n",
    "[PATCH] sub in body\n\ntext\n", "[PATCH 1/2] sub in body\n\ntext\n",
    ">From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
      + "From: Q <q@q.q>\nDate: Tue, 8 Feb 2011 10:00:00 +0000\nSubject: [PATCH] qq\n\nbody\n",
    "hello\n\nFrom: Z <z@z>\n", "Subject: x\nFrom: A2 <a2@b>\nno blank\n",
    "From: First <f@f>\nFrom: Second <s@s>\n\nx\n", "Index of things\n--\nfoo\n---x\n",
    "SUBJECT: upper\nfrom: lower <l@l>\n\nz\n", "caf\u{E9} na\u{EF}ve\n", "",
    "[PATCH] s\n\nFrom: B <b@b.b>\n\ntext\n", " From: no <n@n>\ntext\n",
  ]
  static let diff =
    "---\n a | 2 +-\n\ndiff --git a/a b/a\nindex 111..222 100644\n--- a/a\n+++ b/a\n"
    + "@@ -1,2 +1,2 @@\n x\n-y\n+z\n-- \n2.1\n"

  static func mail(_ random: inout SeededRandom) -> [UInt8] {
    func one(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
    var fields = [
      "From: \(one(names)) \(one(addresses))", "Date: \(one(dates))", "Subject: \(one(subjects))",
    ]
    if Int.random(in: 0..<5, using: &random) == 0 { fields.shuffle(using: &random) }
    if Int.random(in: 0..<5, using: &random) == 0 { fields.insert("X-Odd.Name!: x", at: 0) }
    if Int.random(in: 0..<5, using: &random) == 0 {
      fields.insert("Received: from x\n\tby y; Mon, 7 Feb 2011", at: 1)
    }
    let encoding = one(["", "8bit", "quoted-printable", "base64"])
    fields.append("Content-Type: text/plain; charset=utf-8")
    if !encoding.isEmpty { fields.append("Content-Transfer-Encoding: \(encoding)") }
    var body = one(texts) + diff
    if encoding == "base64" { body = Base64.encode(Array(body.utf8)) }
    if encoding == "quoted-printable" { body = AttachedPatchTests.quotedPrintable(body) }
    if Bool.random(using: &random) {
      fields.insert(
        "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001", at: 0)
    }
    return Array((fields.joined(separator: "\n") + "\n\n" + body).utf8)
  }

  @Test(arguments: 0..<6) func randomMailsAreReadAsGitReadsThem(_ round: Int) async throws {
    var random = SeededRandom(seed: UInt64(round))
    let scratch = try Scratch()
    for number in 0..<8 {
      let mail = Self.mail(&random)
      let said = try await run("git", ["mailinfo", "m", "p"], in: scratch.path, input: mail)
      guard said.code == 0 else { continue }
      let info = Dictionary(
        said.text.split(separator: "\n").compactMap { line -> (String, String)? in
          guard let colon = line.firstRange(of: ": ") else { return nil }
          return (String(line[..<colon.lowerBound]), String(line[colon.upperBound...]))
        }, uniquingKeysWith: { first, _ in first })
      let text = Array("\(info["Subject"] ?? "")\n\n".utf8) + (try Files.read(scratch.file("m")))
      let message = try await run("git", ["stripspace"], in: scratch.path, input: text).text
      let document = PatchDocument(parsing: mail)
      let description = try #require(document.patchMessages.first).description()
      let shown = "round \(round), mail \(number): \(String(decoding: mail, as: UTF8.self))"
      #expect(description.commitMessage == message, "\(shown)")
      #expect(description.author?.name ?? "" == info["Author"] ?? "", "\(shown)")
      #expect(description.author?.email ?? "" == info["Email"] ?? "", "\(shown)")
      let dated = try await run(
        "git", ["var", "GIT_AUTHOR_IDENT"], in: scratch.path,
        environment: ["GIT_AUTHOR_DATE": info["Date"] ?? "garbage"])
      let words = dated.line.split(separator: " ").suffix(2)
      let zone = (Int(words.last ?? "") ?? 0)
      let expected =
        dated.code == 0
        ? Int64(words.first ?? "").map {
          MailDate(seconds: $0, zoneMinutes: zone / 100 * 60 + zone % 100)
        } : nil
      #expect(description.date == expected, "\(shown)")
    }
  }
}
