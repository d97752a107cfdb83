// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Forms that other tools write or take: read as they mean them, or refused by name.
@Suite struct PeerFormTests {
  private func read(_ text: String) -> PatchDocument {
    PatchDocument(parsing: Array(text.utf8), name: "x.patch")
  }

  private func text(_ file: FilePatch, _ line: Int) -> String {
    String(decoding: file.hunks[0].content(of: Array(file.hunks[0].lines)[line]), as: UTF8.self)
  }

  private static let hunk = "@@ -1 +1 @@\n-a\n+b\n"

  // MARK: Text above the diff

  @Test(arguments: [
    "@@ -508,8 +508,8 @@ static inline int f(void)\n\nwas lost.\n",
    "@@ -1 +1 @@\n-a\n+b\n\nis what it was.\n", "@@ -1,3 +1,3 @@\n- one thing\n- another\n",
  ])
  func aHunkHeaderInAMessageIsText(_ quoted: String) throws {
    let mail = "From: A <a@b>\nSubject: s\n\nThe hunk\n\n\(quoted)---\n f | 2\n\n--- a/f\n+++ b/f\n"
    let document = read(mail + Self.hunk)
    try document.requireSound(.strict)
    #expect(document.files.count == 1 && document.diagnostics.isEmpty)
    let body = document.messages[0].description().body
    #expect(body.contains("@@ -"))
  }

  @Test func aHunkHeaderInOtherTextIsSaid() throws {
    let document = read("Text\n@@ -508,8 +508,8 @@ f()\nmore\n--- a/f\n+++ b/f\n" + Self.hunk)
    #expect(document.diagnostics.map(\.id) == [.hunkHeaderInText])
    try document.requireSound(.strict)
    let between = read(
      "--- a/f\n+++ b/f\n\(Self.hunk)\nnext\n\n@@ -5,2 +5,2 @@\n\ntext\n--- a/g\n+++ b/g\n\(Self.hunk)"
    )
    #expect(between.diagnostics.map(\.id) == [.hunkHeaderInText] && between.files.count == 2)
  }

  @Test func aHunkWithoutAHeaderIsRefused() {
    for text in [
      Self.hunk, "text\n\n" + Self.hunk, "@@ -1,9 +1,9 @@\n a\n-b\n+c\n",
      "--- a/f\n+++ b/f\n\(Self.hunk)text\n\(Self.hunk)",
    ] {
      #expect(
        read(text + "--- a/g\n+++ b/g\n" + Self.hunk).diagnostics.first?.id
          == .fragmentWithoutHeader)
    }
  }

  // MARK: Names

  @Test(arguments: [
    "--- a/f.c\n+++ b/dev/null\n@@ -1 +0,0 @@\n-a\n",
    "--- a/dev/null\n+++ b/f.c\n@@ -0,0 +1 @@\n+a\n",
    "--- dev/null\n+++ b/f.c\n@@ -0,0 +1 @@\n+a\n",
    "diff --git a/f b/f\nnew file mode 100644\n--- a/dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n",
    "--- a/f.c=20\n+++ b/f.c=20\n@@ -1 +1 @@\n-a\n+b\n",
  ])
  func damagedNamesAreADamagedHeader(_ text: String) {
    #expect(read(text).diagnostics.contains { $0.id == .damagedName && $0.severity == .refused })
  }

  @Test func aBlankBehindOneNameIsTakenOff() throws {
    let document = read("--- a/f.c \n+++ b/f.c\n" + Self.hunk)
    #expect(document.diagnostics.map(\.id) == [.damagedName])
    try document.requireSound()
    #expect(document.files[0].paths(strip: 1)?.old == Array("f.c".utf8))
  }

  @Test func componentsThatLeadNowhereAreTakenOff() throws {
    let cases: [(old: String, new: String, strip: Int, path: String?)] = [
      ("./sub/f.c.orig", "./sub/f.c", 0, "sub/f.c"), ("./f.c", "./f.c", 1, "f.c"),
      ("a/./sub//f.c", "b/./sub//f.c", 1, "sub/f.c"), ("././f", "././f", 0, "f"),
      ("a/.hidden/..f", "b/.hidden/..f", 1, ".hidden/..f"), ("a/../f", "b/../f", 1, "../f"),
      ("/f", "/f", 0, "/f"), ("a/.", "b/.", 1, nil), ("a/./", "b/./", 1, nil),
    ]
    for (old, new, strip, path) in cases {
      let file = try #require(read("--- \(old)\n+++ \(new)\n" + Self.hunk).files.first)
      #expect(file.paths(strip: strip)?.shown == path.map { Array($0.utf8) }, "\(old)")
    }
  }

  @Test(arguments: [
    "2011-02-12 08:12:18", "2011-02-12 08:12:18.123", "2011/02/12 08:12:18",
    "2011/02/12 08:12:18 GMT",
    "Sat Feb 12 08:12:18 2011", "Sat Feb  2 08:12:18 EST 2011", "Sat, 12 Feb 2011 08:12:18 +0100",
    "12 Feb 2011 08:12:18 -0000", "2011-02-12 08:12:18 +0100", "(revision 12)", "(working copy)",
  ])
  func aTimeBehindABlankIsNotTheName(_ time: String) {
    for gap in [" ", "  ", "\t"] {
      let file = read("--- a/my f.c\(gap)\(time)\n+++ b/my f.c\(gap)\(time)\n" + Self.hunk).files
        .first
      #expect(file?.oldName == Array("a/my f.c".utf8), "\(gap)\(time)")
      #expect(file?.change == .modify)
    }
  }

  @Test(arguments: [
    "a/2011", "a/f 12", "a/Feb 12", "a/f (new)", "a/report 2011-02-12", "a/my file.c", "08:12:18",
  ])
  func namesLikeTimesAreNames(_ name: String) {
    #expect(read("--- \(name)\n+++ \(name)\n" + Self.hunk).files.first?.oldName == Array(name.utf8))
  }

  @Test(arguments: [
    "Thu Jan  1 00:00:00 1970", "1970-01-01 00:00:00", "Thu, 01 Jan 1970 01:00:00 +0100",
    "1970-01-01 00:00:00.000000000 +0000",
  ])
  func theEpochStandsForNoFile(_ time: String) {
    for gap in ["\t", " "] {
      let file = read("--- a/f\(gap)\(time)\n+++ b/f\t2011-02-12 08:12:18\n@@ -0,0 +1 @@\n+a\n")
        .files.first
      #expect(file?.change == .create, "\(time)")
    }
  }

  // MARK: The index line

  @Test(arguments: [
    "new file mode 100644\nindex 0000000..1234567\n",
    "deleted file mode 100644\nindex 1234567..0000000\n", "index 1234567..89abcde 100644\n",
    "old mode 100644\nnew mode 100755\nindex 1234567..89abcde\n",
    "similarity index 90%\nrename from f\nrename to g\nindex 1234567..89abcde 100644\n",
  ])
  func contentThatIsNotThereIsRefused(_ header: String) throws {
    let name = header.contains("rename") ? "g" : "f"
    let document = read("diff --git a/f b/\(name)\n\(header)")
    #expect(document.diagnostics.first?.id == .missingContent)
    #expect(throws: PatchFormatError.self) { try document.requireSound() }
  }

  @Test(arguments: [
    "new file mode 100644\nindex 0000000..e69de29\n", "new file mode 100644\n",
    "deleted file mode 100644\nindex e69de29bb2..0000000\n",
    "old mode 100644\nnew mode 100755\n", "new file mode 100644\nindex 000..e69de29bb2d1d643\n",
    "index 1234567..89abcde 100644\nBinary files a/f and b/f differ\n",
  ])
  func headersWithoutContentAreTaken(_ header: String) {
    #expect(!read("diff --git a/f b/f\n\(header)").diagnostics.contains { $0.severity == .refused })
  }

  @Test func aContradictionIsSaid() {
    for header in [
      "new file mode 100644\nindex 1234567..89abcde\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n",
      "index 0000000..89abcde\n--- a/f\n+++ b/f\n" + Self.hunk,
    ] {
      let document = read("diff --git a/f b/f\n\(header)")
      #expect(document.diagnostics.map(\.id) == [.indexMismatch])
    }
  }

  // MARK: Lost and added spaces

  @Test func aSpaceLostBeforeATabIsContext() throws {
    let document = read(
      "--- a/f\n+++ b/f\n@@ -3,5 +3,6 @@\n\tif (a)\n\t\tx;\n\n+\th();\n\tg();\n\ty;\n")
    try document.requireSound()
    #expect(document.diagnostics.map(\.id) == Array(repeating: .contextLostSpace, count: 5))
    let file = document.files[0]
    #expect(
      (0..<6).map { text(file, $0) } == ["\tif (a)", "\t\tx;", "", "\th();", "\tg();", "\ty;"])
    #expect(document.serialized() == document.source)
    #expect(throws: PatchFormatError.self) { try document.requireSound(.strict) }
  }

  @Test func aTabInTextBehindAHunkIsText() throws {
    let document = read("--- a/f\n+++ b/f\n\(Self.hunk)\ttext\n")
    try document.requireSound(.strict)
    for damaged in [
      "@@ -1,9 +1,9 @@\n\ta\n-b\n+c\n", "@@ -1,2 +1,2 @@\n a\n\tb\n-c\n+d\n e\n",
    ] {
      #expect(
        read("--- a/f\n+++ b/f\n\(damaged)--- a/g\n+++ b/g\n\(Self.hunk)").diagnostics
          .contains { $0.severity == .refused }, "\(damaged)")
    }
  }

  private static func flowed(_ body: String) -> String {
    "From: A <a@b>\nSubject: s\nContent-Type: text/plain; format=flowed\n\n" + body
  }

  @Test func stuffedSpacesAreTakenOff() throws {
    // Stuffing (RFC 3676, 4.4) puts a space before each line that starts with one.
    let body =
      "---\n  f | 2 +-\n\n--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n  one\n-two\n+zwei\n  \tthree\n-- \n2.30\n"
    let document = read(Self.flowed(body))
    try document.requireSound(.strict)
    #expect([0, 3].map { text(document.files[0], $0) } == ["one", "\tthree"])
    #expect(document.serialized() == document.source)
  }

  @Test func textThatIsNotStuffedStaysAsItIs() throws {
    let body = "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n   three\n"
    let document = read(Self.flowed(body))
    try document.requireSound(.strict)
    #expect([0, 3].map { text(document.files[0], $0) } == ["one", "  three"])
  }

  @Test func stuffedAndBrokenLinesAreBothRight() throws {
    let body = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n  a long line \nthat continues\n-two\n+zwei\n"
    for (parameter, line) in [
      ("", "a long line that continues"), ("; delsp=yes", "a long linethat continues"),
    ] {
      let document = read(Self.flowed(body).replacing("flowed", with: "flowed" + parameter))
      #expect(document.diagnostics.map(\.id) == [.wrappedLine])
      try document.requireSound()
      #expect(text(document.files[0], 0) == line)
    }
  }

  @Test func aByteOrderMarkHidesNoHeader() throws {
    let document = read(
      "\u{FEFF}diff --git a/f b/f\nold mode 100644\nnew mode 100755\n--- a/f\n+++ b/f\n" + Self.hunk
    )
    try document.requireSound(.strict)
    #expect(document.files[0].newMode == 0o100755 && document.serialized() == document.source)
  }
}
