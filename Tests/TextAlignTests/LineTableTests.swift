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

  private func check(_ bytes: [UInt8], _ what: String) {
    let table = LineTable(bytes)
    let expected = starts(bytes)
    #expect(table.count == expected.count - 1, "\(what)")
    guard table.count == expected.count - 1 else { return }
    #expect((0..<expected.count).map { table.start(of: $0) } == expected, "\(what)")
    let ranges = zip(expected, expected.dropFirst()).map { $0..<$1 }
    #expect((0..<table.count).map { table.range(of: $0) } == ranges, "\(what)")
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
    for position in [0, 1, 62, 63, 64, 127, 130] {
      var bytes: [UInt8] = []
      for line in 0..<131 {
        bytes += [UInt8](repeating: 0x61, count: line == position ? 65_536 : 1) + [0x0A]
      }
      check(bytes, "\(position)")
      check(bytes.dropLast(), "\(position), no newline at the end")
    }
  }
}
