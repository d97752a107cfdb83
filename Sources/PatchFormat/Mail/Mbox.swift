// SPDX-License-Identifier: GPL-2.0-only

/// Patches one after the other, so that each is read as a patch of its own.
package enum PatchList {
  /// The line that git writes before a mail, for a patch without a commit.
  private static let separator = Array(
    "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n".utf8)

  /// Joins the texts of patches to a mailbox; a single one stays as it is.
  package static func joined(_ patches: [[UInt8]]) -> [UInt8] {
    if patches.count == 1 { return patches[0] }
    var text: [UInt8] = []
    for patch in patches {
      if let last = text.last, last != 0x0A { text.append(0x0A) }
      if !Mbox.isFromLine(patch, patch.line(at: 0, limit: patch.count)) {
        text += separator
        if !startsWithHeader(patch) { text.append(0x0A) }
      }
      text += patch
    }
    return text
  }

  /// Whether the first line is a field of a mail's header, such as `Subject: `.
  private static func startsWithHeader(_ patch: [UInt8]) -> Bool {
    let name = patch.prefix { $0 != UInt8(ascii: ":") && $0 != 0x0A && $0 != 0x20 }
    return !name.isEmpty && name.endIndex < patch.count
      && patch[name.endIndex] == UInt8(ascii: ":")
  }
}

/// Finds the mails of a mailbox by their `From ` lines.
enum Mbox {
  /// The starts of the mails in a range; empty where the text is not a mailbox.
  static func messageStarts(_ bytes: [UInt8], _ range: Range<Int>) -> [Int] {
    // Blank lines may come before the first mail; they belong to it.
    let first = bytes.textStart(from: range.lowerBound, limit: range.upperBound)
    guard isFromLine(bytes, bytes.line(at: first, limit: range.upperBound)) else { return [] }
    var starts: [Int] = []
    var position = first
    while position < range.upperBound {
      let line = bytes.line(at: position, limit: range.upperBound)
      if isFromLine(bytes, line) { starts.append(position) }
      position = line.end
    }
    return starts
  }

  /// Whether a line separates mails: `From someone`, a time with colons, a year at the end.
  static func isFromLine(_ bytes: [UInt8], _ line: Line) -> Bool {
    guard bytes.line(line, hasPrefix: "From ") else { return false }
    let content = bytes[line.start..<bytes.contentEndWithoutCR(line)]
    guard content.count >= 20, content.count < 1024,
      let colon = content.lastIndex(of: UInt8(ascii: ":")),
      colon >= content.startIndex + 2, colon + 2 < content.endIndex
    else { return false }
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    guard isDigit(content[colon - 1]), isDigit(content[colon - 2]), isDigit(content[colon + 1]),
      isDigit(content[colon + 2])
    else { return false }
    // `12:30:00 2001`, perhaps with a zone before or after the year.
    return content[(colon + 3)...].split(separator: 0x20).contains { word in
      word.count == 4 && word.allSatisfy(isDigit)
    }
  }
}
