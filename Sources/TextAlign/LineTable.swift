// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A file's bytes with the offset of every line.
package struct LineTable: Sendable {
  /// The bytes of the file.
  package let bytes: [UInt8]
  /// Where each line starts, and the end of the file after the last.
  private let starts: [Int]

  /// Finds the lines; a last line without a newline counts.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    starts = unsafe bytes.withUnsafeBytes { unsafe Self.starts($0) }
  }

  /// The offsets after newlines among eight bytes, the first in the lowest byte: the highest bit of each
  /// byte that is a newline, and no other.
  private static func newlines(_ bytes: UInt64) -> UInt64 {
    let low = bytes ^ 0x0A0A_0A0A_0A0A_0A0A
    let seven: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    return ~(((low & seven) &+ seven) | low | seven)
  }

  /// Where each line starts, and the end: eight bytes at a time, as kernel lines are so short that a call
  /// of memchr for each takes longer.
  private static func starts(_ bytes: UnsafeRawBufferPointer) -> [Int] {
    func word(_ position: Int) -> UInt64 {
      unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
    // Counted first, so that the table has its room. Sums of bytes stay below 256 for 255 words.
    let whole = bytes.count & ~7
    var count = 0
    var position = 0
    while position < whole {
      var sums: UInt64 = 0
      let end = min(whole, position + 255 * 8)
      while position < end {
        sums &+= newlines(word(position)) >> 7
        position &+= 8
      }
      let pairs = (sums & 0x00FF_00FF_00FF_00FF) &+ ((sums >> 8) & 0x00FF_00FF_00FF_00FF)
      count += Int((pairs &* 0x0001_0001_0001_0001) >> 48)
    }
    for index in whole..<bytes.count where unsafe bytes[index] == 0x0A { count += 1 }
    let isEnded = unsafe bytes.last.map { $0 == 0x0A } ?? true
    let lines = count + (isEnded ? 0 : 1)
    return unsafe [Int](unsafeUninitializedCapacity: lines + 1) { table, filled in
      filled = lines + 1
      unsafe table[0] = 0
      var line = 0
      var position = 0
      while position < whole {
        var found = newlines(word(position))
        while found != 0 {
          line &+= 1
          unsafe table[line] = position &+ (found.trailingZeroBitCount >> 3) &+ 1
          found &= found &- 1
        }
        position &+= 8
      }
      for index in whole..<bytes.count where unsafe bytes[index] == 0x0A {
        line &+= 1
        unsafe table[line] = index + 1
      }
      unsafe table[lines] = bytes.count
    }
  }

  /// The number of lines.
  package var count: Int { starts.count - 1 }

  /// Where a line starts; `count` gives the end of the file.
  package func start(of line: Int) -> Int { starts[line] }

  /// The bytes of a line, its newline included.
  package func range(of line: Int) -> Range<Int> { starts[line]..<starts[line + 1] }

  /// A line's content without its newline.
  package func content(of line: Int) -> ArraySlice<UInt8> {
    let end = starts[line + 1]
    return bytes[starts[line]..<(end > starts[line] && bytes[end - 1] == 0x0A ? end - 1 : end)]
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

  /// Whether a line of this content, without its newline, is in the file.
  package func holds(_ content: [UInt8]) -> Bool {
    (0..<count).contains { line in
      starts[line + 1] - starts[line] - content.count <= 1 && has(content, at: starts[line])
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
      return (0...(count - lineCount)).lazy.filter { has(text, at: starts[$0]) }.prefix(limit)
        .map(\.self)
    }
    let length = lengths[longest]
    var found: [Int] = []
    for line in 0...(count - lineCount) {
      guard starts[line + longest + 1] - starts[line + longest] == length,
        has(text, at: starts[line])
      else { continue }
      found.append(line)
      if found.count == limit { break }
    }
    return found
  }
}
