// SPDX-License-Identifier: GPL-2.0-only

internal import CMbedcrypto
internal import Host

/// The SHA-256 of bytes, as `sha256sum` prints it.
enum Checksum {
  /// 64 hex digits.
  static func sha256(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    let code = unsafe mbedtls_sha256_ret(bytes, bytes.count, &digest, 0)
    precondition(code == 0, "a hash of memory cannot fail")
    return Hex.text(digest)
  }

  /// One for several texts in their order.
  static func sha256(_ texts: [String]) -> String {
    sha256(Array(texts.map { "\($0.utf8.count) \($0)\n" }.joined().utf8))
  }
}
