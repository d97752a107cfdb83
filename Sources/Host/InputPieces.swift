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
    while bytes.count < limit, try read(to: &bytes) {}
    peeked = bytes[...]
    return bytes
  }

  /// The most bytes that are read at a time.
  private static let most = 1 << 18
  /// Memory is added to an array with less free space than this.
  package static let leastFree = 1 << 12

  /// Appends the next bytes, no more than 256 KiB.
  ///
  /// - Returns: false at the end of the input.
  package func read(to output: inout [UInt8]) throws(PatchkitError) -> Bool {
    if !peeked.isEmpty {
      output += peeked.prefix(Self.most)
      peeked = peeked.dropFirst(Self.most)
      return true
    }
    if !isStarted {
      isStarted = true
      var bytes: [UInt8] = []
      // A piece of a pipe may be shorter than what shows the format.
      while bytes.count < 3, try readOn(to: &bytes) {}
      guard InputFile.isPacked(bytes) else {
        output += bytes
        return !bytes.isEmpty
      }
      while try readOn(to: &bytes) { try requireRoom(for: bytes.count, largest: largest) }
      let whole = try InputFile.unpacked(bytes, of: path, largest: largestUnpacked)
      size = whole.count
      unpacked = whole[...]
    }
    guard let left = unpacked else { return try readOn(to: &output) }
    output += left.prefix(Self.most)
    unpacked = left.dropFirst(Self.most)
    return !left.isEmpty
  }

  /// Reads from the file into the array's own memory.
  private func readOn(to output: inout [UInt8]) throws(PatchkitError) -> Bool {
    var failure: Int32 = 0
    var count = 0
    // An array that holds the whole input must not grow for the read that finds its end.
    let free = output.capacity - output.count
    let room = free >= Self.leastFree ? min(free, Self.most) : Self.most
    output.append(addingCapacity: room) { free in
      unsafe free.withUnsafeMutableBufferPointer { buffer, filled in
        repeat {
          count = unsafe Glibc.read(descriptor, buffer.baseAddress, room)
        } while count < 0 && errno == EINTR
        if count < 0 { failure = errno }
        filled = max(count, 0)
      }
    }
    if failure != 0 { throw InputFile.unreadable(path, failure) }
    return count > 0
  }

  /// Throws where more bytes than a limit were read and none could be used yet.
  package func requireRoom(for count: Int, largest: Int) throws(PatchkitError) {
    if count > largest { throw InputFile.tooLarge(path, count, largest) }
  }
}
