// SPDX-License-Identifier: GPL-2.0-only

/// Names in git's C-style quotes: `"a/caf\303\251"`.
enum QuotedName {
  /// Decodes a quoted name that starts at `start`; returns it and the offset after the closing
  /// quote, or nil if the quotes are not closed or an escape is invalid.
  static func decode(_ bytes: [UInt8], from start: Int, limit: Int) -> (name: [UInt8], end: Int)? {
    guard start < limit, bytes[start] == UInt8(ascii: "\"") else { return nil }
    var name: [UInt8] = []
    var index = start + 1
    while index < limit {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return (name, index) }
      if byte != UInt8(ascii: "\\") {
        name.append(byte)
        continue
      }
      guard index < limit else { return nil }
      let escape = bytes[index]
      index += 1
      if let plain = simpleEscapes[escape] {
        name.append(plain)
      } else if (0x30...0x33).contains(escape), index + 1 < limit,
        (0x30...0x37).contains(bytes[index]), (0x30...0x37).contains(bytes[index + 1])
      {
        name.append((escape - 0x30) << 6 | (bytes[index] - 0x30) << 3 | (bytes[index + 1] - 0x30))
        index += 2
      } else {
        return nil
      }
    }
    return nil
  }

  private static let simpleEscapes: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10,
    UInt8(ascii: "v"): 11, UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13, UInt8(ascii: "\""): 0x22,
    UInt8(ascii: "\\"): 0x5C,
  ]

  /// The name as git writes it: in quotes with escapes where a byte needs them, else as it is.
  static func encode(_ name: some Sequence<UInt8>) -> [UInt8] {
    var escaped: [UInt8] = []
    var needsQuotes = false
    for byte in name {
      switch byte {
      case 0x22, 0x5C:
        escaped += [0x5C, byte]
        needsQuotes = true
      case 7...13:
        escaped += [0x5C, Array("abtnvfr".utf8)[Int(byte) - 7]]
        needsQuotes = true
      case 0..<0x20, 0x7F...:
        escaped += [0x5C, 0x30 + byte >> 6, 0x30 + (byte >> 3) & 7, 0x30 + byte & 7]
        needsQuotes = true
      default: escaped.append(byte)
      }
    }
    return needsQuotes ? [0x22] + escaped + [0x22] : escaped
  }
}

extension FilePatch {
  /// A path as git shows it: in C-style quotes where a byte needs an escape.
  package static func quoted(_ path: some Sequence<UInt8>) -> [UInt8] {
    QuotedName.encode(path)
  }
}
