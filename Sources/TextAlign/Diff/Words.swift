// SPDX-License-Identifier: GPL-2.0-only

/// A line taken apart into words: identifiers and numbers, runs of blanks, and single other bytes.
///
/// Their bytes together are the line. Bytes above 127 count as letters.
package struct Words: Sendable {
  /// What a word is.
  package enum Kind: Sendable, Hashable {
    /// A name, a keyword or a number.
    case name
    /// Spaces, tabs and line ends.
    case blank
    /// One byte of anything else.
    case sign
  }
  /// The words in their order.
  package let texts: [ArraySlice<UInt8>]
  /// What each word is.
  package let kinds: [Kind]

  /// Takes a line apart.
  package init(_ line: some Collection<UInt8>) {
    let bytes = Array(line)
    var texts: [ArraySlice<UInt8>] = []
    var kinds: [Kind] = []
    var start = 0
    while start < bytes.count {
      let (end, kind) = Self.word(at: start, in: bytes)
      texts.append(bytes[start..<end])
      kinds.append(kind)
      start = end
    }
    self.texts = texts
    self.kinds = kinds
  }

  /// The end of the word that starts at a byte, and what it is.
  private static func word(at start: Int, in bytes: [UInt8]) -> (end: Int, kind: Kind) {
    let kind = kind(of: bytes[start])
    var end = start + 1
    while kind != .sign, end < bytes.count, Self.kind(of: bytes[end]) == kind { end += 1 }
    return (end, kind)
  }

  /// The words that are not blanks.
  package var solid: [ArraySlice<UInt8>] {
    var solid: [ArraySlice<UInt8>] = []
    solid.reserveCapacity(texts.count)
    for index in texts.indices where kinds[index] != .blank { solid.append(texts[index]) }
    return solid
  }

  /// Calls a body for each word of a line that is not blanks, in their order.
  static func forEachSolid(in line: [UInt8], _ body: (ArraySlice<UInt8>, Kind) -> Void) {
    var start = 0
    while start < line.count {
      let (end, kind) = word(at: start, in: line)
      if kind != .blank { body(line[start..<end], kind) }
      start = end
    }
  }

  /// What a byte belongs to.
  package static func kind(of byte: UInt8) -> Kind {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xFF:
      .name
    case 0x20, 0x09...0x0D: .blank
    default: .sign
    }
  }

  /// Whether a byte is a space, a tab or a line end.
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }
}

/// Numbers for texts: equal texts get equal numbers.
struct Numbering {
  private var numbers: [ArraySlice<UInt8>: Int] = [:]

  mutating func number(_ text: ArraySlice<UInt8>) -> Int {
    if let number = numbers[text] { return number }
    numbers[text] = numbers.count
    return numbers.count - 1
  }
}

extension Words {
  /// Whether a name, and no number, may start with the byte.
  package static func isNameStart(_ byte: UInt8) -> Bool {
    kind(of: byte) == .name && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
