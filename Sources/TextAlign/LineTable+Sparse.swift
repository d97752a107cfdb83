// SPDX-License-Identifier: GPL-2.0-only

/// Files with millions of lines, of which the start of every eighth line is recorded: the starts of all lines would
/// take as much memory as a quarter of a file of short lines.
extension LineTable {
  /// The number of lines from which on not all starts are recorded.
  package static let fewestOfMany = 1 << 22
  /// The number of lines in a block, as a power of two; a word has no more newlines than a block has lines.
  private static let blockShift = 3
  /// The bytes of a block that is not too long to be searched for each of its lines.
  private static let longestBlock = 1 << 14

  /// Where each block starts, and the end of the file if that starts one; nil where a block is too long.
  static func sparseBlocks(_ bytes: UnsafeRawBufferPointer, _ lines: Int) -> [UInt32]? {
    guard bytes.count <= UInt32.max else { return nil }
    var blocks: [UInt32] = [0]
    blocks.reserveCapacity(lines >> blockShift + 1)
    let whole = bytes.count & ~7
    // The lines of the block that have ended.
    var ended = 0
    for position in stride(from: 0, to: whole, by: 8) {
      var found = unsafe newlines(word(bytes, position))
      let count = found.nonzeroBitCount
      ended &+= count
      guard ended >= 1 << blockShift else { continue }
      ended &-= 1 << blockShift
      for _ in ended..<(count - 1) { found &= found &- 1 }
      guard append(position &+ (found.trailingZeroBitCount >> 3) &+ 1, to: &blocks) else {
        return nil
      }
    }
    for index in whole..<bytes.count where unsafe bytes[index] == 0x0A {
      ended += 1
      guard ended == 1 << blockShift else { continue }
      ended = 0
      guard append(index + 1, to: &blocks) else { return nil }
    }
    if blocks.count <= lines >> blockShift, !append(bytes.count, to: &blocks) { return nil }
    return bytes.count - Int(blocks[blocks.count - 1]) <= longestBlock ? blocks : nil
  }

  /// Appends the start of a block; false where the block before it is too long.
  private static func append(_ start: Int, to blocks: inout [UInt32]) -> Bool {
    guard start - Int(blocks[blocks.count - 1]) <= longestBlock else { return false }
    blocks.append(UInt32(truncatingIfNeeded: start))
    return true
  }

  /// Where a line starts, counted from the start of its block; `count` gives the end of the file.
  func sparseStart(of line: Int) -> Int {
    let block = Int(sparse[line >> Self.blockShift])
    return unsafe bytes.withUnsafeBytes { bytes in
      unsafe Self.end(of: line & (1 << Self.blockShift - 1), from: block, bytes)
    }
  }

  /// The bytes of a line, its newline included.
  func sparseRange(of line: Int) -> Range<Int> {
    let start = sparseStart(of: line)
    return start..<sparseEnd(ofLineAt: start)
  }

  /// The end of the line that starts at an offset.
  func sparseEnd(ofLineAt start: Int) -> Int {
    unsafe bytes.withUnsafeBytes { unsafe Self.end(of: 1, from: start, $0) }
  }

  /// The end of so many lines, or that of the file.
  private static func end(
    of lines: Int, from start: Int, _ bytes: UnsafeRawBufferPointer
  ) -> Int {
    var (left, position) = (lines, start)
    while left > 0, position &+ 8 <= bytes.count {
      var found = unsafe newlines(word(bytes, position))
      let count = found.nonzeroBitCount
      if count >= left {
        for _ in 1..<left { found &= found &- 1 }
        return position &+ (found.trailingZeroBitCount >> 3) &+ 1
      }
      left &-= count
      position &+= 8
    }
    while left > 0, position < bytes.count {
      if unsafe bytes[position] == 0x0A { left &-= 1 }
      position &+= 1
    }
    return position
  }
}
