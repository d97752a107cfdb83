// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// A name that is looked for in C files.
struct SearchedName: Sendable {
  let text: String
  let bytes: [UInt8]
  /// Its number in a `NameSet`.
  let hash: UInt32

  init(_ name: String) {
    text = name
    bytes = Array(name.utf8)
    hash = NameSet.hash(bytes)
  }

  /// Whether it occurs in a text as a whole word: in code, a comment or a string.
  ///
  /// Far faster than taking the text apart, which a text without the name does not need.
  func occurs(in text: [UInt8]) -> Bool {
    var from = 0
    while let start = text.firstIndex(of: bytes, from: from) {
      let end = start + bytes.count
      if (start == 0 || !Self.isNameByte(text[start - 1]))
        && (end == text.count || !Self.isNameByte(text[end]))
      {
        return true
      }
      from = start + 1
    }
    return false
  }

  /// Whether a text has `##` next to a word that is a part of the name, so that a macro may put the name
  /// together: every name that a macro forms has such a part.
  func mayBePasted(in text: [UInt8]) -> Bool {
    var from = 0
    while let start = text.firstIndex(of: Self.paste, from: from) {
      from = start + 2
      var before = start
      while before > 0, Self.isBlank(text[before - 1]) { before -= 1 }
      var first = before
      while first > 0, Self.isNameByte(text[first - 1]) { first -= 1 }
      var after = from
      while after < text.count, Self.isBlank(text[after]) { after += 1 }
      var last = after
      while last < text.count, Self.isNameByte(text[last]) { last += 1 }
      if has(text[first..<before]) || has(text[after..<last]) { return true }
      // After a comment, the word is not looked for.
      let isAfterComment = before > 0 && text[before - 1] == UInt8(ascii: "/")
      if isAfterComment || after < text.count && text[after] == UInt8(ascii: "/") { return true }
    }
    return false
  }

  private static let paste = Array("##".utf8)

  /// Whether a word is a part of the name.
  private func has(_ word: ArraySlice<UInt8>) -> Bool {
    guard !word.isEmpty, word.count < bytes.count else { return false }
    return bytes.firstIndex(of: Array(word)) != nil
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D || byte == UInt8(ascii: "\\")
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
      true
    default: false
    }
  }
}
