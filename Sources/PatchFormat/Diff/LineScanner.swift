// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A line of an input: where it starts, where its content ends, and where the next one starts.
struct Line {
  var start: Int
  /// The end without `\n`; a CR before it still belongs to the content.
  var contentEnd: Int
  /// The end with `\n`; the same as `contentEnd` on a last line without one.
  var end: Int

  var isTerminated: Bool { end > contentEnd }
  var isEmpty: Bool { contentEnd == start }
}

extension [UInt8] {
  /// The line that starts at `start`, looking no further than `limit`.
  @inline(__always)
  func line(at start: Int, limit: Int) -> Line {
    let newline = unsafe withUnsafeBufferPointer { buffer -> Int in
      guard let base = buffer.baseAddress, start < limit else { return limit }
      guard let found = unsafe memchr(base + start, 0x0A, limit - start) else { return limit }
      return unsafe UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
    return Line(start: start, contentEnd: newline, end: newline < limit ? newline + 1 : limit)
  }

  /// Whether the ASCII text `prefix` is at `index` and ends no later than `limit`.
  @inline(__always)
  func hasPrefix(_ prefix: StaticString, at index: Int, limit: Int) -> Bool {
    let length = prefix.utf8CodeUnitCount
    guard limit - index >= length else { return false }
    return unsafe withUnsafeBufferPointer { buffer -> Bool in
      guard let base = buffer.baseAddress else { return length == 0 }
      return unsafe memcmp(base + index, prefix.utf8Start, length) == 0
    }
  }

  /// Whether the ASCII text `prefix` starts the line.
  @inline(__always)
  func line(_ line: Line, hasPrefix prefix: StaticString) -> Bool {
    hasPrefix(prefix, at: line.start, limit: line.contentEnd)
  }

  /// Whether UTF-8's byte order mark is at `index`.
  func hasByteOrderMark(at index: Int) -> Bool {
    count - index >= 3 && self[index] == 0xEF && self[index + 1] == 0xBB && self[index + 2] == 0xBF
  }

  /// Where the text from `start` on begins: after a byte order mark, blanks and empty lines.
  func textStart(from start: Int, limit: Int) -> Int {
    var index = start
    if limit - index >= 3, hasByteOrderMark(at: index) { index += 3 }
    while index < limit, Whitespace.contains(self[index]) { index += 1 }
    return index
  }

  /// The end of a line's content without the CR of a CR LF line end.
  func contentEndWithoutCR(_ line: Line) -> Int {
    line.contentEnd > line.start && self[line.contentEnd - 1] == 0x0D
      ? line.contentEnd - 1 : line.contentEnd
  }
}

extension ArraySlice<UInt8> {
  /// Whether a byte is among these: `contains` looks at one after the other.
  func holds(_ byte: UInt8) -> Bool {
    unsafe withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return false }
      return unsafe memchr(base, Int32(byte), bytes.count) != nil
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Whether a range of the bytes is the same as others from an offset on; both are long enough.
  @inline(__always)
  func isSame(_ range: Range<Int>, as other: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    guard !range.isEmpty, let start = baseAddress, let second = other.baseAddress else {
      return true
    }
    return unsafe memcmp(start + range.lowerBound, second + offset, range.count) == 0
  }
}

extension StringProtocol {
  /// The text's bytes.
  var bytes: [UInt8] { Array(utf8) }
}

extension String {
  /// Bytes as text, each byte that is not UTF-8 replaced: for messages, never for content.
  init(lossy bytes: some Collection<UInt8>) {
    self = String(decoding: bytes, as: UTF8.self)
  }
}
