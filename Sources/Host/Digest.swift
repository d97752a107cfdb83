// SPDX-License-Identifier: GPL-2.0-only

internal import CGcrypt

/// SHA functions of bytes in memory.
package enum Digest {
  private static let isReady = patchkit_start_hashing() == 1

  static func start() { precondition(isReady, "libgcrypt starts") }

  /// Returns the twenty bytes of the SHA-1.
  package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
    precondition(isReady, "libgcrypt starts")
    var digest = [UInt8](repeating: 0, count: 20)
    unsafe patchkit_sha1(bytes, bytes.count, &digest)
    return digest
  }

  /// Returns the twenty bytes of the SHA-1 of some bytes with others after them.
  package static func sha1(_ head: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    let digest = StreamedSHA1()
    unsafe head.withUnsafeBytes { unsafe digest.add($0) }
    unsafe bytes.withUnsafeBytes { unsafe digest.add($0) }
    return digest.finish()
  }

  /// Returns the 32 bytes of the SHA-256.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    precondition(isReady, "libgcrypt starts")
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe patchkit_sha256(bytes, bytes.count, &digest)
    return digest
  }
}

/// A SHA-1 of bytes that come in pieces.
@safe final class StreamedSHA1 {
  private let state: UnsafeMutableRawPointer?

  init() {
    Digest.start()
    unsafe state = patchkit_start_sha1()
  }

  func add(_ bytes: UnsafeRawBufferPointer) {
    unsafe patchkit_add_sha1(state, bytes.baseAddress, bytes.count)
  }

  /// Returns the twenty bytes; nothing can be added after that.
  func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 20)
    unsafe patchkit_read_sha1(state, &digest)
    return digest
  }

  deinit { unsafe patchkit_end_sha1(state) }
}
