// SPDX-License-Identifier: GPL-2.0-only

/// Blanks as git counts them: space, tab, and the two characters of line ends.
enum Whitespace {
  /// Whether a byte is a blank.
  static func contains(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  /// The bytes without blanks at both ends.
  static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var rest = bytes
    while let first = rest.first, contains(first) { rest.removeFirst() }
    while let last = rest.last, contains(last) { rest.removeLast() }
    return Array(rest)
  }

  /// The bytes with each run of blanks as one space.
  static func collapsed(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    for byte in bytes {
      if contains(byte) {
        if output.last != 0x20 { output.append(0x20) }
      } else {
        output.append(byte)
      }
    }
    return output
  }

  /// Whether a line holds nothing but blanks.
  static func isBlank(_ line: Substring) -> Bool { line.utf8.allSatisfy(contains) }
}

extension String {
  /// The parts between the characters LF, as `split(separator:)` makes them in ten times the time; a CR LF is a
  /// character of its own.
  var lines: [Substring] {
    var lines: [Substring] = []
    var (start, index) = (utf8.startIndex, utf8.startIndex)
    var last: UInt8 = 0
    while index < utf8.endIndex {
      let byte = utf8[index]
      let next = utf8.index(after: index)
      if byte == 0x0A, last != 0x0D {
        lines.append(self[start..<index])
        start = next
      }
      (last, index) = (byte, next)
    }
    lines.append(self[start...])
    return lines
  }

  /// The text on one line, each run of blanks and line ends as one space, none at both ends.
  ///
  /// git does the same to the words of a mail's header, so an encoded newline starts no new line. A
  /// NUL, which no commit can hold, goes.
  var onOneLine: String {
    String(lossy: Whitespace.trimmed(Whitespace.collapsed(utf8.filter { $0 != 0 })[...]))
  }

  /// The text as git cleans commit messages up: no blanks at line ends, no two blank lines in a row,
  /// none at both ends, no newline at the end.
  var cleanedUp: String {
    var output: [UInt8] = []
    var blankLines = 0
    for line in utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
      var line = line
      while let last = line.last, Whitespace.contains(last) { line.removeLast() }
      if line.isEmpty {
        blankLines += 1
        continue
      }
      if !output.isEmpty { output += blankLines > 0 ? [0x0A, 0x0A] : [0x0A] }
      blankLines = 0
      output += line
    }
    return String(lossy: output)
  }
}
