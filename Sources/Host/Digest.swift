// SPDX-License-Identifier: GPL-2.0-only

internal import CGcrypt

/// SHA functions of bytes in memory, and bytes as hex digits.
package enum Digest {
  private static let isReady = patchkit_start_hashing() == 1

  /// Returns the twenty bytes of the SHA-1.
  package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
    precondition(isReady, "libgcrypt starts")
    var digest = [UInt8](repeating: 0, count: 20)
    unsafe patchkit_sha1(bytes, bytes.count, &digest)
    return digest
  }

  /// Returns the 32 bytes of the SHA-256.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    precondition(isReady, "libgcrypt starts")
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe patchkit_sha256(bytes, bytes.count, &digest)
    return digest
  }

  /// Writes each byte as two hex digits in lower case.
  package static func hex(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// Reads pairs of hex digits of either case; nil where the text is anything else.
  package static func bytes(hex text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.map(value)
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index], let low = digits[index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
