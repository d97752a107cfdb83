// SPDX-License-Identifier: GPL-2.0-only

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
