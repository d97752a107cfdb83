// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A file's bytes with the place of every line.
public struct LineTable: Sendable {
  /// The bytes of the file.
  public let bytes: [UInt8]
  /// Where each line starts, and the end of the file behind the last.
  private let starts: [Int]

  /// Finds the lines; a last line without a newline counts.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var starts: [Int] = []
    starts.reserveCapacity(bytes.count / 24 + 2)
    unsafe bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var position = 0
      while position < buffer.count {
        starts.append(position)
        guard let found = unsafe memchr(base + position, 0x0A, buffer.count - position) else {
          break
        }
        position = unsafe UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found)) + 1
      }
    }
    starts.append(bytes.count)
    self.starts = starts
  }

  /// The number of lines.
  public var count: Int { starts.count - 1 }

  /// Where a line starts; `count` gives the end of the file.
  public func start(of line: Int) -> Int { starts[line] }

  /// The bytes of a line, its newline included.
  public func range(of line: Int) -> Range<Int> { starts[line]..<starts[line + 1] }

  /// A line's content without its newline.
  public func content(of line: Int) -> ArraySlice<UInt8> {
    let end = starts[line + 1]
    return bytes[starts[line]..<(end > starts[line] && bytes[end - 1] == 0x0A ? end - 1 : end)]
  }

  /// Whether `text` stands at a byte offset.
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
  public func holds(_ content: [UInt8]) -> Bool {
    (0..<count).contains { line in
      starts[line + 1] - starts[line] - content.count <= 1 && has(content, at: starts[line])
        && self.content(of: line).count == content.count
    }
  }

  /// The lines, from 0, at which `text` of `lineCount` lines stands; no more than `limit` of them.
  ///
  /// One pass over the lines; a comparison ends at the first byte that differs, and the last line of
  /// the text is compared first, so that long runs of equal lines cost little.
  func occurrences(of text: [UInt8], lineCount: Int, limit: Int) -> [Int] {
    guard lineCount > 0, lineCount <= count else { return [] }
    let lastLine = (text.dropLast().lastIndex(of: 0x0A) ?? -1) + 1
    let tail = Array(text[lastLine...])
    var found: [Int] = []
    for line in 0...(count - lineCount) {
      guard has(tail, at: starts[line + lineCount - 1]), has(text, at: starts[line]) else {
        continue
      }
      found.append(line)
      if found.count == limit { break }
    }
    return found
  }
}
