// SPDX-License-Identifier: GPL-2.0-only

/// Words such as `=?ISO-8859-1?Q?J=F6rn?=` in header fields (RFC 2047).
enum EncodedWord {
  /// A word whose bytes are not text of the character set that it names.
  struct Misread {
    /// The word as it is written.
    var word: String
    /// Whether its bytes were read as ISO-8859-1; otherwise the word was not changed.
    var isLatin1: Bool
  }

  /// Decodes every encoded word of a field; what cannot be decoded is not changed.
  ///
  /// A word that is labeled UTF-8 or ASCII and is neither is read as ISO-8859-1: some mail programs labeled
  /// their words wrongly.
  static func decode(_ value: [UInt8]) -> (text: String, misread: [Misread]) {
    var output = ""
    var misread: [Misread] = []
    var plainStart = 0
    var index = 0
    var lastWasWord = false
    func plain(_ end: Int) -> String {
      let bytes = Array(value[plainStart..<end])
      return Charset.decode(bytes, as: "utf-8") ?? Charset.decode(bytes, as: "iso-8859-1")
        ?? String(lossy: bytes)
    }
    while index < value.count {
      guard value[index] == UInt8(ascii: "="), let word = word(value, at: index) else {
        index += 1
        continue
      }
      let between = value[plainStart..<index]
      // Blanks between two encoded words only separate them.
      let isGap = lastWasWord && between.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A }
      if !isGap { output += plain(index) }
      if let text = Charset.decode(word.content, as: word.charset) {
        output += oneLine(text)
        lastWasWord = true
      } else {
        let written = String(lossy: value[index..<word.end])
        let latin1 =
          Charset.isUnicode(word.charset) ? Charset.decode(word.content, as: "iso-8859-1") : nil
        output += latin1.map(oneLine) ?? written
        misread.append(Misread(word: written, isLatin1: latin1 != nil))
        lastWasWord = latin1 != nil
      }
      index = word.end
      plainStart = index
    }
    return (output + plain(value.count), misread)
  }

  /// A word without line ends: a header field is one line however it is encoded, as with git, or an
  /// encoded newline would start a line of a commit message or of a report.
  private static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isLineEnd) else { return text }
    var output = ""
    for scalar in text.unicodeScalars {
      output.unicodeScalars.append(isLineEnd(scalar) ? " " : scalar)
    }
    return output
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  private static func word(
    _ value: [UInt8], at start: Int
  ) -> (charset: String, content: [UInt8], end: Int)? {
    guard value.hasPrefix("=?", at: start, limit: value.count) else { return nil }
    let question = UInt8(ascii: "?")
    // RFC 2047 keeps a word under 76 letters; writers exceed that, but not without end.
    let reach = value[..<min(value.count, start + 1024)]
    guard let charsetEnd = reach[(start + 2)...].firstIndex(of: question),
      charsetEnd + 2 < reach.endIndex, reach[charsetEnd + 2] == question
    else { return nil }
    let textStart = charsetEnd + 3
    guard textStart <= reach.endIndex,
      let textEnd = reach[textStart...].firstIndex(of: question), textEnd + 1 < reach.endIndex,
      reach[textEnd + 1] == UInt8(ascii: "=")
    else { return nil }
    var text = Array(reach[textStart..<textEnd])
    let content: [UInt8]
    switch reach[charsetEnd + 1] {
    case UInt8(ascii: "q"), UInt8(ascii: "Q"):
      for index in text.indices where text[index] == UInt8(ascii: "_") { text[index] = 0x20 }
      content = TransferEncoding.quotedPrintable.decode(text, 0..<text.count).decoded
    case UInt8(ascii: "b"), UInt8(ascii: "B"):
      content = TransferEncoding.base64.decode(text, 0..<text.count).decoded
    default: return nil
    }
    // A language may follow the charset (RFC 2231): `utf-8*en`.
    let charset = String(lossy: reach[(start + 2)..<charsetEnd].prefix { $0 != UInt8(ascii: "*") })
    return (charset, content, textEnd + 2)
  }
}
