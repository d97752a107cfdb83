// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Writes a file of patchkit's own piece by piece; it takes its name when it is whole.
package final class CacheWriter {
  private let descriptor: Int32
  private let draft: String
  private let path: String
  private var buffer: [UInt8] = []
  private var isGood = true

  private static let room = 1 << 20

  /// Opens a draft beside the file; nil where that is not possible.
  package init?(_ path: String) {
    self.path = path
    draft = "\(path).\(getpid()).new"
    descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    if descriptor < 0 { return nil }
    buffer.reserveCapacity(2 * Self.room)
  }

  /// Appends bytes.
  package func append(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count >= Self.room {
      flush()
      unsafe write(bytes)
      return
    }
    unsafe buffer.append(contentsOf: bytes)
    if buffer.count >= Self.room { flush() }
  }

  private func flush() {
    unsafe buffer.withUnsafeBytes { unsafe write($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    var written = 0
    while isGood, written < bytes.count {
      let count = unsafe Glibc.write(
        descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { isGood = false } else { written += count }
    }
  }

  /// Gives the file its name.
  ///
  /// - Returns: whether it is there as a whole; what was there before is else still there.
  package func finish() -> Bool {
    flush()
    close(descriptor)
    if isGood, unsafe rename(draft, path) == 0 { return true }
    unsafe _ = unlink(draft)
    return false
  }
}
