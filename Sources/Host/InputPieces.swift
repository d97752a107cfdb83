// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A file, or standard input, that is read piece by piece, gzip data unpacked.
package final class InputPieces {
  private let path: String
  private let descriptor: Int32
  /// The size of the file, unpacked; 0 where it is not known, as for standard input.
  package private(set) var size: Int
  private let largest: Int
  private let largestUnpacked: Int
  private var isStarted = false
  /// What is left of data that was unpacked as a whole.
  private var unpacked: ArraySlice<UInt8>?
  /// What was read ahead.
  private var peeked: ArraySlice<UInt8> = []

  /// Opens a file, or standard input for `-`.
  ///
  /// - Parameters:
  ///   - largest: the most bytes of gzip data that are read.
  ///   - unpacked: the most bytes that gzip data may unpack to.
  /// - Throws: `PatchkitError` of kind `badInput` where it cannot be read.
  package init(_ path: String, largest: Int, unpacked: Int) throws(PatchkitError) {
    self.path = path
    let opened = try InputFile.open(path, .filesAndStreams)
    descriptor = opened.descriptor
    size = opened.size ?? 0
    self.largest = largest
    largestUnpacked = unpacked
  }

  deinit { if descriptor > 0 { close(descriptor) } }

  /// The first bytes, which are given out again after that: for an input that cannot be read twice.
  ///
  /// - Parameter limit: how many bytes are enough.
  package func peek(limit: Int) throws(PatchkitError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit, let more = try next() { bytes += more }
    peeked = bytes[...]
    return bytes
  }

  /// The next bytes, no more than 256 KiB; nil at the end.
  package func next() throws(PatchkitError) -> [UInt8]? {
    if !peeked.isEmpty {
      let piece = Array(peeked.prefix(1 << 18))
      peeked = peeked.dropFirst(piece.count)
      return piece
    }
    if !isStarted {
      isStarted = true
      guard var bytes = try read() else { return nil }
      // A piece of a pipe may be shorter than what shows the format.
      while bytes.count < 3, let more = try read() { bytes += more }
      guard InputFile.isPacked(bytes) else { return bytes }
      while let more = try read() {
        bytes += more
        try requireRoom(for: bytes.count, largest: largest)
      }
      let whole = try InputFile.unpacked(bytes, of: path, largest: largestUnpacked)
      size = whole.count
      unpacked = whole[...]
    }
    guard let left = unpacked else { return try read() }
    unpacked = left.dropFirst(1 << 18)
    return left.isEmpty ? nil : Array(left.prefix(1 << 18))
  }

  private func read() throws(PatchkitError) -> [UInt8]? {
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
