// SPDX-License-Identifier: GPL-2.0-only

/// Finds keys that are not words, before the text is read.
///
/// Yams compares and hashes keys as wholes: time grows twofold with every mapping that is the key of another,
/// and ninefold with every anchor of a list of nine. Nothing that is read here has such keys.
enum YAMLKeys {
  /// Whether a text may have more keys of that kind than can be read in a moment; linear in the text.
  static func areTangled(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var complexKeys = 0
    var hasAnchor = false
    var hasAliasAsKey = false
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "?") where startsToken(bytes, index) && isBlank(bytes, index + 1):
        complexKeys += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if isColon(bytes, following: index + 1) { complexKeys += 1 }
      case UInt8(ascii: "&") where startsToken(bytes, index):
        hasAnchor = hasAnchor || wordEnd(bytes, index + 1) > index + 1
      case UInt8(ascii: "*") where startsToken(bytes, index):
        let end = wordEnd(bytes, index + 1)
        if end > index + 1, isColon(bytes, following: end) { hasAliasAsKey = true }
      default: break
      }
    }
    return complexKeys > 8 || hasAnchor && (hasAliasAsKey || complexKeys > 0)
  }

  private static func startsToken(_ bytes: [UInt8], _ index: Int) -> Bool {
    index == 0 || isBlank(bytes, index - 1)
      || [UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ",")].contains(bytes[index - 1])
  }

  private static func isBlank(_ bytes: [UInt8], _ index: Int) -> Bool {
    index >= bytes.count || bytes[index] <= 0x20
      // YAML 1.1 has line breaks outside ASCII too.
      || bytes[index] >= 0x80
  }

  private static func isColon(_ bytes: [UInt8], following start: Int) -> Bool {
    var index = start
    // A key before a colon is not longer than that.
    while index < min(bytes.count, start + 1024), bytes[index] == 0x20 || bytes[index] == 0x09 {
      index += 1
    }
    return index < bytes.count && bytes[index] == UInt8(ascii: ":")
  }

  private static func wordEnd(_ bytes: [UInt8], _ start: Int) -> Int {
    bytes[min(start, bytes.count)...].firstIndex {
      !(0x30...0x39).contains($0) && !(0x41...0x5A).contains($0) && !(0x61...0x7A).contains($0)
        && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "_")
    } ?? bytes.count
  }
}
