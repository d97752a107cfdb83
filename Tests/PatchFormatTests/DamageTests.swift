// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Each kind of damage: where it is found, what is assumed, what the strict mode does.
@Suite struct DamageTests {
  private func read(_ text: String, recount: Bool = false) -> PatchDocument {
    PatchDocument(
      parsing: Array(text.utf8), name: "x.patch", options: ParseOptions(recount: recount))
  }

  private let header = "diff --git a/x b/x\n--- a/x\n+++ b/x\n"

  /// Checks one finding, and that strictness refuses an assumed one and leniency does not.
  private func expect(
    _ document: PatchDocument, _ id: DiagnosticID, _ severity: Diagnostic.Severity, line: Int,
    location: PatchFormat.SourceLocation? = nil,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    let found = try #require(
      document.diagnostics.first { $0.id == id }, "\(document.diagnostics)",
      sourceLocation: sourceLocation)
    #expect(found.severity == severity, sourceLocation: sourceLocation)
    #expect(found.location.line == line, sourceLocation: sourceLocation)
    if let location { #expect(found.location == location, sourceLocation: sourceLocation) }
    #expect(!found.message.isEmpty && !id.summary.isEmpty, sourceLocation: sourceLocation)
    #expect(document.serialized() == document.source, sourceLocation: sourceLocation)
    switch severity {
    case .assumed:
      #expect(found.assumption != nil, sourceLocation: sourceLocation)
      #expect(throws: PatchFormatError.self, sourceLocation: sourceLocation) {
        try document.requireSound(.strict)
      }
      #expect(throws: PatchFormatError.self, sourceLocation: sourceLocation) {
        try document.requireSound(Strictness(refused: [id]))
      }
    case .refused:
      let error = #expect(throws: PatchFormatError.self, sourceLocation: sourceLocation) {
        try document.requireSound()
      }
      #expect(error?.input == "x.patch", sourceLocation: sourceLocation)
    case .note: break
    }
  }

  @Test func theSeedHasLostItsLastNewline() throws {
    let source = try Files.read(Project.seed)
    let document = PatchDocument(parsing: source, name: "x.patch")
    try expect(
      document, .missingFinalNewline, .assumed, line: 130,
      location: PatchFormat.SourceLocation(line: 130, offset: 4427))
    try document.requireSound()
    let last = try #require(document.files.first?.hunks.last?.lines.last)
    #expect(last.hasNewline)
    #expect(document.diagnostics.count == 1)
  }

  @Test func emptyContextMayLoseItsSpace() throws {
    let document = read(header + "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n")
    try expect(document, .contextLostSpace, .assumed, line: 6)
    try document.requireSound()
    #expect(document.files[0].hunks[0].lines.map(\.kind) == [.context, .context, .removed, .added])
  }

  @Test func carriageReturnsOfTheTransportAreTakenOff() throws {
    let text =
      (header + "@@ -1,2 +1,2 @@ f()\n a\n-b\n+c\n").split(separator: "\n")
      .joined(separator: "\r\n") + "\r\n"
    let document = read(text)
    try expect(document, .crlfTransport, .assumed, line: 1)
    try document.requireSound()
    let file = try #require(document.files.first)
    #expect(file.newName == Array("b/x".utf8))
    #expect(file.hunks[0].section == Array("f()".utf8))
    for line in file.hunks[0].lines { #expect(!file.hunks[0].content(of: line).contains(0x0D)) }
  }

  @Test func carriageReturnsOfTheFileAreKept() throws {
    let document = read(header + "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n")
    #expect(document.diagnostics.isEmpty)
    let hunk = try #require(document.files.first?.hunks.first)
    #expect(hunk.lines.allSatisfy { hunk.content(of: $0).last == 0x0D })
  }

  @Test func wrongCountsAreMendedWhereABoundaryIsCertain() throws {
    let next = "@@ -10 +10 @@\n-x\n+y\n"
    let document = read(header + "@@ -1,9 +1,3 @@\n a\n-b\n+c\n+d\n" + next)
    try expect(document, .hunkCountMismatch, .assumed, line: 4)
    try document.requireSound()
    let hunks = document.files[0].hunks
    #expect(hunks.count == 2)
    #expect(hunks[0].oldCount == 2 && hunks[0].newCount == 3)
  }

  @Test func wrongCountsBeforeOtherTextAreRefused() throws {
    let document = read(header + "@@ -1,9 +1,9 @@\n a\n-b\n+c\nSome text.\n")
    try expect(document, .hunkCountMismatch, .refused, line: 4)
  }

  @Test func moreLinesThanCountedAreRefusedUnlessRecounted() throws {
    let text = header + "@@ -1,2 +1,2 @@\n a\n-b\n+c\n+d\n+e\n"
    try expect(read(text), .hunkLinesBeyondCount, .refused, line: 8)
    let recounted = read(text, recount: true)
    try recounted.requireSound(.strict)
    #expect(recounted.files[0].hunks[0].newCount == 4)
  }

  @Test func aSignatureIsNoRemovedLine() throws {
    let document = read(header + "@@ -1,2 +1,2 @@\n a\n-b\n+c\n-- \n2.39.5\n")
    #expect(document.diagnostics.isEmpty)
    #expect(document.files[0].removedCount == 1)
  }

  @Test(arguments: 1...3) func blankContextMayBeCutOffAtTheEnd(_ lost: Int) throws {
    let document = read(header + "@@ -1,\(2 + lost) +1,\(2 + lost) @@\n a\n-b\n+c\n")
    try expect(document, .trailingBlankContextLost, .assumed, line: 4)
    let hunk = document.files[0].hunks[0]
    #expect(hunk.trailingContext == lost)
    #expect(hunk.oldCount == 2 + lost && hunk.newCount == 2 + lost)
  }

  @Test func moreThanThreeMissingLinesAreATruncation() throws {
    try expect(
      read(header + "@@ -1,6 +1,6 @@\n a\n-b\n+c\n"), .truncatedHunk, .refused, line: 4)
    try expect(read(header + "@@ -1,2 +1,3 @@\n a\n-b\n"), .truncatedHunk, .refused, line: 4)
  }

  @Test func aWrappedLineIsRefused() throws {
    let document = read(
      header + "@@ -1,3 +1,3 @@\n a\n-b\n+a line that a mailer\nbroke in two\n d\n")
    try expect(document, .wrappedLine, .refused, line: 8)
    #expect(document.diagnostics.count == 1)
  }

  @Test func aWrappedLineOfFlowedTextIsJoined() throws {
    let mail = """
      From: A <a@example.org>
      Subject: [PATCH] x
      Content-Type: text/plain; charset=us-ascii; format=flowed

      diff --git a/x b/x
      --- a/x
      +++ b/x
      @@ -1,3 +1,3 @@
       a
      -b
      +a line that a mailer\u{20}
      broke in two
       d

      """
    let document = read(mail)
    try expect(document, .wrappedLine, .assumed, line: 12)
    try document.requireSound()
    let hunk = try #require(document.files.first?.hunks.first)
    #expect(
      hunk.lines.contains {
        hunk.content(of: $0).elementsEqual("a line that a mailer broke in two".utf8)
      })
  }

  @Test func numbersBeyondReasonAreRefused() throws {
    for number in ["9223372036854775808", "9223372036854775807", "99999999999999999999999"] {
      try expect(
        read(header + "@@ -1,\(number) +1 @@\n-a\n+b\n"), .numberTooLarge, .refused, line: 4)
    }
  }

  @Test func aHeaderThatIsNoneIsRefused() throws {
    try expect(read(header + "@@ -1,x +1 @@\n-a\n+b\n"), .badHunkHeader, .refused, line: 4)
    try expect(read("@@ -1 +1 @@\n-a\n+b\n"), .fragmentWithoutHeader, .refused, line: 1)
  }

  @Test func combinedAndContextDiffsAreRefusedByName() throws {
    try expect(read(Samples.combined), .combinedDiff, .refused, line: 1)
    try expect(read(Samples.context), .contextDiff, .refused, line: 1)
  }

  @Test func binaryFilesNeedTheirData() throws {
    let notice =
      "diff --git a/l b/l\nindex 1111111..2222222 100644\nBinary files a/l and b/l differ\n"
    try expect(read(notice), .binaryWithoutData, .note, line: 3)
    let broken = Samples.binary.replacing("IcmZPo000310RR91", with: "IcmZPo00031ORR9")
    try expect(read(broken), .binaryDamaged, .refused, line: 6)
    let cut = String(Samples.binary.dropLast(2))
    try expect(read(cut), .binaryDamaged, .refused, line: 9)
  }

  @Test func headersThatContradictThemselvesAreRefused() throws {
    try expect(
      read("diff --git a/x b/y\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"), .inconsistentNames,
      .refused, line: 1)
    try expect(
      read("diff --git a/x b/x\nnew file mode 100644\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+b\n"),
      .inconsistentNames, .refused, line: 1)
    try expect(
      read(
        "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
      .inconsistentChange, .refused, line: 1)
    try expect(
      read("diff --git a/x b/x\nold mode 104755\nnew mode 100644\n"), .badMode, .refused, line: 2)
    try expect(read("diff --git a/x b/x\n"), .emptyFilePatch, .refused, line: 1)
    try expect(
      read("diff --git a/x y b/z w\nold mode 100644\nnew mode 100755\n"), .missingName, .refused,
      line: 1)
  }

  @Test func mailsWithDamagedEncodingsSayWhere() throws {
    func mail(_ fields: String, _ body: String) -> PatchDocument {
      read("From: a@example.org\nSubject: x\n\(fields)\n\n\(body)")
    }
    try expect(
      mail("Content-Transfer-Encoding: uuencode", "x\n"), .unknownTransferEncoding, .refused,
      line: 5)
    try expect(
      mail("Content-Transfer-Encoding: base64", "ZGlm\n!ZiA=\n"), .base64Damaged, .refused, line: 6)
    try expect(
      mail(
        "Content-Transfer-Encoding: quoted-printable", "a =zz\n" + header + "@@ -1 +1 @@\n-a\n+b\n"),
      .quotedPrintableDamaged, .assumed, line: 5)
    try expect(
      mail(
        "Content-Type: multipart/mixed; boundary=q", "--q\n\n" + header + "@@ -1 +1 @@\n-a\n+b\n"),
      .mimeUnclosed, .assumed, line: 5)
    var nested = header
    for level in 0..<20 {
      nested =
        "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" + nested
        + "\n--b\(level)--\n"
    }
    let deep = read("From: a@example.org\n" + nested)
    #expect(deep.diagnostics.contains { $0.id == .overLimit })
  }

  @Test func damageInDecodedTextIsPlacedInTheMail() throws {
    let mail = """
      From: a@example.org
      Subject: x
      Content-Transfer-Encoding: quoted-printable

      diff --git a/x b/x
      --- a/x
      +++ b/x
      @@ -1,3 +1,3 @@
       a =3D =
      b

      -c
      +d

      """
    let document = read(mail)
    try expect(document, .contextLostSpace, .assumed, line: 11)
  }

  @Test func anInputWithoutADiffIsRefused() throws {
    let error = #expect(throws: PatchFormatError.self) { try read("hello\n").requireSound() }
    #expect(error?.diagnostic.id == .noDiff)
  }
}

/// A header that says one thing twice, and differently.
@Suite struct TwoNamesTests {
  @Test(arguments: [
    "rename from a\nrename to x\nrename to y\n", "copy from a\ncopy from b\ncopy to x\n",
  ])
  func twoNamesForOneFileAreRefused(_ lines: String) {
    let document = PatchDocument(parsing: Array(("diff --git a/a b/x\n" + lines).utf8))
    #expect(document.diagnostics.contains { $0.id == .inconsistentNames })
    #expect(throws: PatchFormatError.self) { try document.requireSound() }
  }
}

/// `\ No newline at end of file` where a side continues after it.
@Suite struct EndMarkerTests {
  @Test(arguments: [
    "@@ -1,3 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n 3\n",
    "@@ -1,2 +1,2 @@\n 1\n\\ No newline at end of file\n-2\n+x\n",
    "@@ -1 +1,2 @@\n-1\n+1\n\\ No newline at end of file\n+2\n",
    // What is taken for cut off continues after it too.
    "@@ -1,3 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n",
  ]) func aMarkerThatIsNotAtTheEndIsRefused(_ hunk: String) {
    let document = PatchDocument(parsing: Array(("--- a/x\n+++ b/x\n" + hunk).utf8))
    #expect(document.diagnostics.contains { $0.id == .misplacedEndMarker })
    #expect(throws: PatchFormatError.self) { try document.requireSound() }
  }

  @Test func oneAtTheEndOfEachSideIsNot() throws {
    let end = "\\ No newline at end of file\n"
    for hunk in ["-1\n\(end)+2\n\(end)", "-1\n\(end)+2\n", "-1\n+2\n\(end)"] {
      let patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n" + hunk
      try PatchDocument(parsing: Array(patch.utf8)).requireSound()
    }
  }
}

/// What is more than is read is refused with its line and the name of its limit.
@Suite struct InputLimitTests {
  private func over(
    _ text: String, _ name: InputLimits.Name, _ number: Int
  ) -> (message: String, line: Int, offset: Int)? {
    var options = ParseOptions()
    options.limits[name] = number
    let document = PatchDocument(parsing: Array(text.utf8), options: options)
    #expect(document.serialized() == Array(text.utf8))
    #expect(throws: (any Error).self) { try document.requireSound() }
    return document.diagnostics.first { $0.id == .overLimit }.map {
      ($0.message, $0.location.line, $0.location.offset)
    }
  }

  private let patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n@@ -5 +5 @@\n-c\n+d\n"

  @Test func eachLimitHolds() throws {
    let hunks = try #require(over(patch, .hunks, 1))
    #expect(
      hunks.message.contains("more hunks than the limit of 1")
        && hunks.message.contains("--limit hunks"))
    #expect(hunks.line == 6 && hunks.offset == 34)
    let files = try #require(over(patch + patch, .files, 1))
    #expect(files.line == 9 && files.offset == patch.utf8.count)
    let long = try #require(
      over(patch + "text\n" + String(repeating: "y", count: 200), .lineLength, 150))
    #expect(long.line == 10 && long.message.contains("a line has 200 bytes"))
    // Also where the line is there only after decoding.
    let folded = Array(repeating: String(repeating: "y", count: 60) + "=\n", count: 4).joined()
    let mail =
      "From: a@example.org\nContent-Transfer-Encoding: quoted-printable\n\n" + folded + "\n" + patch
    #expect(try #require(over(mail, .lineLength, 150)).message.contains("a line has 240 bytes"))
    let parts =
      "From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n"
      + Array(repeating: "--b\n\n" + patch, count: 3).joined() + "--b--\n"
    #expect(try #require(over(parts, .mimeParts, 2)).message.contains("more than 2 parts"))
    #expect(try #require(over(parts, .mimeDepth, 0)).line == 4)
  }

  @Test func whatIsWithinThemIsRead() throws {
    var options = ParseOptions()
    (options.limits[.hunks], options.limits[.files]) = (2, 1)
    options.limits[.lineLength] = 15
    let document = PatchDocument(parsing: Array(patch.utf8), options: options)
    try document.requireSound()
    #expect(document.files.map(\.hunks.count) == [2])
  }
}
