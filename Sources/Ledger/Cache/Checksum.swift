// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// The SHA-256 of bytes, as `sha256sum` prints it.
enum Checksum {
  /// Returns 64 hex digits.
  static func sha256(_ bytes: [UInt8]) -> String { Hex.text(Digest.sha256(bytes)) }

  /// Hashes several texts in their order.
  static func sha256(_ texts: [String]) -> String {
    sha256(Array(texts.map { "\($0.utf8.count) \($0)\n" }.joined().utf8))
  }
}
