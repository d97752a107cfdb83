// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import TextAlign
import Testing

/// The lines of a file, compared with a search for each newline.
@Suite struct LineTableTests {
  private func starts(_ bytes: [UInt8]) -> [Int] {
    var starts = [0]
    for (index, byte) in bytes.enumerated() where byte == 0x0A { starts.append(index + 1) }
    if starts.last != bytes.count { starts.append(bytes.count) }
    return starts
  }

  /// Checks a table that records the start of each line, and one that does not, as of a file with millions of lines.
  private func check(_ bytes: [UInt8], _ what: String) {
    for many in [LineTable.fewestOfMany, 0] { check(bytes, what, many: many) }
  }

  private func check(_ bytes: [UInt8], _ what: String, many: Int) {
    let table = LineTable(bytes, many: many)
    let expected = starts(bytes)
    #expect(table.count == expected.count - 1, "\(what)")
    guard table.count == expected.count - 1 else { return }
    #expect((0..<expected.count).map { table.start(of: $0) } == expected, "\(what)")
    let ranges = zip(expected, expected.dropFirst()).map { $0..<$1 }
    #expect((0..<table.count).map { table.range(of: $0) } == ranges, "\(what)")
    let contents = ranges.map { bytes[$0].last == 0x0A ? bytes[$0].dropLast() : bytes[$0] }
    #expect((0..<table.count).map { table.content(of: $0) } == contents, "\(what)")
  }

  @Test func everyNumberOfLinesBeforeTheEnd() {
    for count in 0...40 {
      let bytes = (0..<count).flatMap { [UInt8](repeating: 0x61, count: $0 % 3) + [0x0A] }
      check(bytes, "\(count)")
      check(bytes + [0x62], "\(count), no newline at the end")
    }
  }

  @Test func shortTexts() {
    for text in ["", "\n", "a", "a\n", "\n\n", "a\nb", "\na\n\nb\n", "12345678", "1234567\n8"] {
      check(Array(text.utf8), text)
    }
  }

  @Test func linesOfAllLengths() {
    var random = SeededRandom(seed: 26)
    // Lines that two bytes can reach within their block, and blocks that they cannot.
    for longest in [1, 3, 80, 2000, 70_000] {
      var bytes: [UInt8] = []
      for _ in 0..<140 {
        let length = Int.random(in: 0..<longest, using: &random)
        bytes += [UInt8](repeating: 0x61, count: length) + [0x0A]
      }
      check(bytes, "up to \(longest)")
      check(bytes + [0x62], "up to \(longest), no newline at the end")
    }
  }

  @Test func aLongLineAtEachPlaceOfABlock() {
    for position in [0, 1, 7, 8, 62, 63, 64, 127, 130] {
      var bytes: [UInt8] = []
      for line in 0..<131 {
        bytes += [UInt8](repeating: 0x61, count: line == position ? 65_536 : 1) + [0x0A]
      }
      check(bytes, "\(position)")
      check(bytes.dropLast(), "\(position), no newline at the end")
    }
  }
}
