// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Inputs that are given as patches and are something else: each is named, and none is passed over.
@Suite struct ForeignFormatTests {
  static let diff = """
    diff --git a/f.c b/f.c
    --- a/f.c
    +++ b/f.c
    @@ -1,3 +1,3 @@
     one
    -two
    +zwei
     three

    """

  private static func each(_ change: (Substring) -> String) -> [UInt8] {
    Array(diff.split(separator: "\n").map { change($0) + "\n" }.joined().utf8)
  }

  static let forms: [ForeignFormat: [UInt8]] = [
    .gzip: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], .xz: [0xFD] + Array("7zXZ".utf8) + [0, 0, 4],
    .bzip2: Array("BZh91AY&SY123".utf8), .zstd: [0x28, 0xB5, 0x2F, 0xFD, 4, 0],
    .lzma: [0x5D, 0, 0, 0x80, 0], .lzip: Array("LZIP\u{1}".utf8), .lz4: [4, 0x22, 0x4D, 0x18, 1],
    .compress: [0x1F, 0x9D, 0x90, 0x64], .zip: Array("PK\u{3}\u{4}\u{14}".utf8),
    .sevenZip: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4],
    .tar: Array("f.c".utf8) + [UInt8](repeating: 0, count: 254) + Array("ustar  ".utf8),
    .pdf: Array("%PDF-1.4\n".utf8), .bundle: Array("# v2 git bundle\n".utf8),
    .lfsPointer: Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n".utf8),
    .annexPointer: Array("/annex/objects/SHA256E-s1--abc\n".utf8),
    .binaryData: [0x7F] + Array("ELF".utf8) + [2, 1, 1, 0, 0, 3, 5, 7],
    .utf16: [0xFF, 0xFE] + diff.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
    .utf32: [0xFF, 0xFE, 0, 0] + diff.utf8.flatMap { [$0, 0, 0, 0] },
    .html: Array("<!DOCTYPE html>\n<html><body>404</body></html>\n".utf8),
    .json: Array("{\"message\": \"Not Found\"}\n".utf8), .xml: Array("<?xml version='1'?>\n".utf8),
    .encrypted: Array("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n".utf8),
    .outlookData: [0x78, 0x9F, 0x3E, 0x22, 1], .edScript: Array("2c\nzwei\n.\n".utf8),
    .normalDiff: Array("2c2\n< two\n---\n> zwei\n".utf8),
    .rcsDiff: Array("d2 1\na2 1\nzwei\n".utf8),
    .quotedDiff: each { "> " + $0 }, .indentedDiff: each { "    " + $0 },
    .colouredDiff: each { "\u{1B}[1m\($0)\u{1B}[m" },
    .base64: Array("ZGlmZiAtLWdpdCBhL2YuYyBiL2YuYwotLS0gYS9mLmMKKysrIGIvZi5jCg==\n".utf8),
    .uuencoded: Array("begin 644 f.patch\n#0V%T\n`\nend\n".utf8),
    .carriageReturns: Array(diff.replacing("\n", with: "\r").utf8),
  ]

  @Test(arguments: forms.keys.sorted { $0.rawValue < $1.rawValue })
  func eachFormIsNamed(_ format: ForeignFormat) throws {
    let bytes = try #require(Self.forms[format])
    let document = PatchDocument(parsing: bytes, name: "x.patch")
    let found = try #require(document.diagnostics.first, "\(format) is passed over")
    #expect(found.id == .foreignFormat && found.severity == .refused)
    #expect(found.message.contains(format.name))
    #expect(found.hint?.isEmpty == false)
    #expect(document.serialized() == bytes)
    let error = #expect(throws: PatchFormatError.self) { try document.requireSound() }
    #expect(error?.diagnostic == found)
    #expect(document.absence == found)
  }

  /// Every form is known as a part of a series, too: as it is, and in base64.
  @Test(arguments: forms.keys.sorted { $0.rawValue < $1.rawValue })
  func aPartOfASeriesInAnotherFormIsNamed(_ format: ForeignFormat) throws {
    let bytes = try #require(Self.forms[format])
    let encoded = Base64.encode(bytes)
    let head = "From a Mon Sep 17 00:00:00 2001\nFrom: A <a@b.c>\nSubject: [PATCH 2/3] x\n"
    let type = "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n"
    let mail = Array((head + type + encoded).utf8)
    let found = try #require(PatchDocument(parsing: mail).diagnostics.first)
    #expect(found.id == .foreignFormat && found.severity == .refused)
    #expect(found.message.hasPrefix("part 2/3") && found.message.contains(format.name))
    let lenient = PatchDocument(parsing: mail, options: ParseOptions(allowsIncomplete: true))
    #expect(lenient.diagnostics.map(\.severity) == [.assumed])
  }

  @Test func utf16WithoutAMarkIsNamed() {
    for isBigEndian in [false, true] {
      let bytes = Self.diff.utf16.flatMap { unit -> [UInt8] in
        let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
        return isBigEndian ? [high, low] : [low, high]
      }
      #expect(
        PatchDocument(parsing: bytes).diagnostics.first?.message.contains("UTF-16") == true)
    }
  }

  @Test(arguments: ["> ", ">", "| ", ">> ", "> > "]) func everyQuoteMarkIsSeen(_ mark: String) {
    let bytes = Array(
      Self.diff.split(separator: "\n").map { mark + $0 + "\n" }.joined().utf8)
    let found = PatchDocument(parsing: bytes).diagnostics.first
    #expect(found?.message.contains("quoted diff") == true)
  }

  /// Text that only looks a little like another form, and files that hold such data as content.
  @Test(arguments: [
    "A description of 2c changes.\n", "[PATCH] x\n", "begin with this\nand more\n",
    "404: Not Found\n",
    "> a reader asked why\n\nBecause.\n", "    indented prose\n",
  ])
  func proseIsNoOtherForm(_ text: String) {
    let document = PatchDocument(parsing: Array(text.utf8))
    #expect(document.diagnostics.isEmpty)
    #expect(document.absence?.id == .noDiff)
  }

  @Test func aDiffOfSuchDataIsADiff() throws {
    for content in ["<html>", "> --- a/x", "2c2", "{\"a\": 1}", "\u{1B}[1m@@ -1 +1 @@"] {
      let text = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n \(content)\n-a\n+b\n"
      try PatchDocument(parsing: Array(text.utf8)).requireSound(.strict)
    }
  }

  @Test func anEmptyInputIsSaidToBeEmpty() {
    for (text, word) in [("", "empty"), ("\n \n", "blanks"), ("\u{FEFF}", "blanks")] {
      let document = PatchDocument(parsing: Array(text.utf8))
      #expect(document.absence?.message.contains(word) == true)
      #expect(document.isBlankOrLetter)
    }
  }

  @Test func hintsQuoteNamesForTheShell() {
    let gzip = Self.forms[.gzip] ?? []
    let cases = [
      ("a.patch.gz", "gzip -dc a.patch.gz > a.patch"), ("it's.gz", #"gzip -dc 'it'\''s.gz' > "#),
      ("-f.gz", "gzip -dc '-f.gz' > '-f.patch'"), ("patch", "gzip -dc patch > patch.patch"),
    ]
    for (name, command) in cases {
      let hint = PatchDocument(parsing: gzip, name: name).diagnostics.first?.hint
      #expect(hint?.contains(command) == true, "\(hint ?? "")")
    }
  }
}

/// Base64 as mailers write it.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
      for position in 0..<4 {
        text.append(position <= group.count ? alphabet[value >> (18 - 6 * position) & 63] : "=")
      }
      if start % 57 == 54 { text.append("\n") }
    }
    return text + "\n"
  }
}
