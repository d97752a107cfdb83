// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A file, or standard input, that is read piece by piece.
package final class InputPieces {
  private let path: String
  private let descriptor: Int32
  /// The size of the file; 0 where it is none, such as standard input.
  package let size: Int

  /// Opens a file, or standard input for `-`.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` where it cannot be read.
  package init(_ path: String) throws(PatchkitError) {
    self.path = path
    let opened = try InputFile.open(path, .filesAndStreams)
    descriptor = opened.descriptor
    size = opened.size ?? 0
  }

  deinit { if descriptor > 0 { close(descriptor) } }

  /// The next bytes, no more than 256 KiB; nil at the end.
  package func next() throws(PatchkitError) -> [UInt8]? {
    var failure: Int32 = 0
    let piece = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, filled in
      var count: Int
      repeat {
        count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      } while count < 0 && errno == EINTR
      if count < 0 { failure = errno }
      filled = max(count, 0)
    }
    if failure != 0 { throw InputFile.unreadable(path, failure) }
    return piece.isEmpty ? nil : piece
  }

  /// Throws where more bytes than a limit were read and none could be used yet.
  package func requireRoom(for count: Int, largest: Int) throws(PatchkitError) {
    if count > largest { throw InputFile.tooLarge(path, count, largest) }
  }
}
