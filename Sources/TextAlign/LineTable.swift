// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A file's bytes with the offset of every line.
///
/// A line's start is recorded in two bytes, from the start of its block of 64 lines: a file may have very
/// many lines, and most of them are short. Of a file with millions of lines, only the start of every eighth line is
/// recorded, and the others are counted from there.
package struct LineTable: Sendable {
  /// The bytes of the file.
  package let bytes: [UInt8]
  /// The number of lines.
  package let count: Int
  /// Where each line starts, and the end of the file after the last: from the start of its block; empty where not all
  /// starts are recorded.
  private let starts: [UInt16]
  /// Where each block starts; of one that is longer than two bytes can say, the complement of where its
  /// starts are in `longStarts`.
  private let blocks: [Int]
  /// Where the lines of the longer blocks start.
  private let longStarts: [Int]
  /// Where some lines start, if not all starts are recorded.
  let sparse: [UInt32]

  /// The number of lines in a block, as a power of two.
  private static let shift = 6

  /// Finds the lines; a last line without a newline counts.
  ///
  /// - Parameter many: the number of lines from which on not all starts are recorded.
  package init(_ bytes: [UInt8], many: Int = fewestOfMany) {
    self.bytes = bytes
    let count = unsafe bytes.withUnsafeBytes { unsafe Self.lines($0) }
    self.count = count
    if count >= many,
      let sparse = unsafe bytes.withUnsafeBytes({ unsafe Self.sparseBlocks($0, count) })
    {
      (self.sparse, starts, blocks, longStarts) = (sparse, [], [], [])
      return
    }
    sparse = []
    var blocks: [Int] = []
    var long: [Int] = []
    blocks.reserveCapacity(count >> Self.shift + 1)
    starts = unsafe [UInt16](unsafeUninitializedCapacity: count + 1) { table, filled in
      filled = count + 1
      unsafe bytes.withUnsafeBytes { unsafe Self.fill(table, &blocks, &long, $0, count) }
    }
    (self.blocks, longStarts) = (blocks, long)
  }

  /// The offsets after newlines among eight bytes, the first in the lowest byte: the highest bit of each
  /// byte that is a newline, and no other.
  static func newlines(_ bytes: UInt64) -> UInt64 {
    let low = bytes ^ 0x0A0A_0A0A_0A0A_0A0A
    let seven: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    return ~(((low & seven) &+ seven) | low | seven)
  }

  /// The number of lines: eight bytes at a time, as kernel lines are so short that a call of memchr for
  /// each takes longer.
  private static func lines(_ bytes: UnsafeRawBufferPointer) -> Int {
    let whole = bytes.count & ~7
    var count = 0
    var position = 0
    // Sums of bytes stay below 256 for 255 words.
    while position < whole {
      var sums: UInt64 = 0
      let end = min(whole, position + 255 * 8)
      while position < end {
        sums &+= unsafe newlines(word(bytes, position)) >> 7
        position &+= 8
      }
      let pairs = (sums & 0x00FF_00FF_00FF_00FF) &+ ((sums >> 8) & 0x00FF_00FF_00FF_00FF)
      count += Int((pairs &* 0x0001_0001_0001_0001) >> 48)
    }
    for index in whole..<bytes.count where unsafe bytes[index] == 0x0A { count += 1 }
    let isEnded = unsafe bytes.last.map { $0 == 0x0A } ?? true
    return count + (isEnded ? 0 : 1)
  }

  static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// Records where each line starts, and the end.
  private static func fill(
    _ table: UnsafeMutableBufferPointer<UInt16>, _ blocks: inout [Int], _ long: inout [Int],
    _ bytes: UnsafeRawBufferPointer, _ lines: Int
  ) {
    let whole = bytes.count & ~7
    // The bytes after the last whole word, with zeros after them.
    var rest: UInt64 = 0
    for index in whole..<bytes.count {
      rest |= UInt64(unsafe bytes[index]) << UInt64(8 * (index - whole))
    }
    // The current word, and its newlines that are not used yet.
    var (position, found) = (-8, UInt64(0))
    var (line, start) = (0, 0)
    while line <= lines {
      let (first, block) = (line, start)
      let end = min(line + 1 << shift, lines + 1)
      var isLong = false
      blocks.append(block)
      while line < end {
        let distance = start &- block
        if distance > UInt16.max, !isLong {
          // The starts so far of a block that turns out to be long.
          isLong = true
          blocks[first >> shift] = ~long.count
          for other in first..<line { unsafe long.append(block &+ Int(table[other])) }
        }
        if isLong { long.append(start) }
        unsafe table[line] = UInt16(truncatingIfNeeded: distance)
        line &+= 1
        if line >= lines {
          start = bytes.count
          continue
        }
        while found == 0, position <= whole {
          position &+= 8
          found = unsafe newlines(position < whole ? word(bytes, position) : rest)
        }
        start = position &+ (found.trailingZeroBitCount >> 3) &+ 1
        found &= found &- 1
      }
    }
  }

  /// Where a line starts; `count` gives the end of the file.
  package func start(of line: Int) -> Int {
    if starts.isEmpty { return sparseStart(of: line) }
    let block = blocks[line >> Self.shift]
    if block >= 0 { return block &+ Int(starts[line]) }
    return longStarts[~block &+ line & (1 << Self.shift - 1)]
  }

  /// The bytes of a line, its newline included.
  package func range(of line: Int) -> Range<Int> {
    starts.isEmpty ? sparseRange(of: line) : start(of: line)..<start(of: line + 1)
  }

  /// Gives lines with their bytes, one after the other.
  func forEachLine(in lines: Range<Int>, _ body: (_ line: Int, _ bytes: Range<Int>) -> Void) {
    if lines.isEmpty { return }
    var start = start(of: lines.lowerBound)
    for line in lines {
      let end = starts.isEmpty ? sparseEnd(ofLineAt: start) : self.start(of: line + 1)
      body(line, start..<end)
      start = end
    }
  }

  /// A line's content without its newline.
  package func content(of line: Int) -> ArraySlice<UInt8> {
    let range = range(of: line)
    let isEnded = !range.isEmpty && bytes[range.upperBound - 1] == 0x0A
    return bytes[range.lowerBound..<(range.upperBound - (isEnded ? 1 : 0))]
  }

  /// Whether `text` is at a byte offset.
  func has(_ text: [UInt8], at offset: Int) -> Bool {
    guard !text.isEmpty, text.count <= bytes.count - offset else { return false }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe text.withUnsafeBufferPointer { other in
        guard let base = buffer.baseAddress, let start = other.baseAddress else { return true }
        return unsafe memcmp(base + offset, start, other.count) == 0
      }
    }
  }

  /// Whether `text` is at a byte offset.
  package func has(_ text: ArraySlice<UInt8>, at offset: Int) -> Bool {
    guard text.count <= bytes.count - offset else { return false }
    return bytes[offset..<(offset + text.count)] == text
  }

  /// Whether a line has the same bytes as a line of another table.
  func isSame(_ line: Int, _ other: LineTable, _ otherLine: Int) -> Bool {
    isSame(line, other, other.range(of: otherLine))
  }

  /// Whether a line has the bytes of a line of another table.
  func isSame(_ line: Int, _ other: LineTable, _ text: Range<Int>) -> Bool {
    let start = start(of: line)
    guard !text.isEmpty, text.count <= bytes.count - start else { return false }
    let isSame = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe other.bytes.withUnsafeBufferPointer { others in
        guard let base = buffer.baseAddress, let other = others.baseAddress else { return true }
        return unsafe memcmp(base + start, other + text.lowerBound, text.count) == 0
      }
    }
    // A text with a newline is the whole line.
    return isSame
      && (other.bytes[text.upperBound - 1] == 0x0A || range(of: line).count == text.count)
  }

  /// Whether a line of this content, without its newline, is in the file.
  package func holds(_ content: [UInt8]) -> Bool {
    (0..<count).contains { line in
      range(of: line).count - content.count <= 1 && has(content, at: start(of: line))
        && self.content(of: line).count == content.count
    }
  }

  /// Whether whole lines, with their newlines, are in the file, one after the other.
  package func holdsLines(_ text: [UInt8]) -> Bool {
    !occurrences(of: text, lineCount: LineTable(text).count, limit: 1).isEmpty
  }

  /// The lines, from 0, at which `text` of `lineCount` lines occurs; at most `limit` of them.
  ///
  /// One pass over the lines, in which the length of the text's longest line is compared first: few lines
  /// of a file have it.
  func occurrences(of text: [UInt8], lineCount: Int, limit: Int) -> [Int] {
    guard lineCount > 0, lineCount <= count else { return [] }
    let own = LineTable(text)
    let lengths = (0..<own.count).map { own.range(of: $0).count }
    // A last line without a newline can match only the end of the file, and is less specific.
    let isEnded = text.last == 0x0A
    guard
      let longest = lengths.indices.dropLast(isEnded ? 0 : 1).max(by: { lengths[$0] < lengths[$1] })
    else {
      return (0...(count - lineCount)).lazy.filter { has(text, at: start(of: $0)) }.prefix(limit)
        .map(\.self)
    }
    let length = lengths[longest]
    var found: [Int] = []
    var end = start(of: longest)
    for line in 0...(count - lineCount) {
      let start = end
      end = self.start(of: line + longest + 1)
      guard end - start == length, has(text, at: self.start(of: line)) else { continue }
      found.append(line)
      if found.count == limit { break }
    }
    return found
  }
}
