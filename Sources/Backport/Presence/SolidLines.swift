// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// The lines of a file without their white space, as numbers: equal lines have the same.
///
/// A hunk is searched for among its own lines: the time depends on the hunk and on how often its
/// lines are in the file, and on the size of the file only once, to number it.
struct SolidLines {
  /// A number a line.
  let numbers: [Int]
  /// The indexes of the wanted lines, by their numbers.
  private var indexes: [Int: [Int]] = [:]

  private static let start: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01B3

  /// The number of a line without anything in it.
  static let empty = number([])

  /// The number of a line: FNV-1a over its bytes above the blank (Fowler, Noll and Vo).
  ///
  /// That two lines of one file have the same by chance is one case in thousands of millions.
  static func number(_ line: ArraySlice<UInt8>) -> Int {
    var hash = start
    for byte in line where byte > 0x20 { hash = (hash ^ UInt64(byte)) &* prime }
    return Int(bitPattern: UInt(hash))
  }

  /// Numbers the lines of a file; after a last newline there is an empty one.
  ///
  /// Most lines are not wanted, as their first and their last byte show: those are not
  /// numbered, and have the number of an empty line.
  ///
  /// - Parameter wanted: the lines that will be looked for.
  init(_ table: LineTable, wanted: [ArraySlice<UInt8>]) {
    let content = table.bytes
    var ends = [UInt64](repeating: 0, count: 1024)
    var isWanted: Set<Int> = []
    for line in wanted {
      guard let first = line.first(where: { $0 > 0x20 }), let last = line.last(where: { $0 > 0x20 })
      else { continue }
      ends[Int(first) << 2 | Int(last) >> 6] |= 1 << UInt64(last & 63)
      isWanted.insert(Self.number(line))
    }
    var numbers = [Int](repeating: Self.empty, count: table.count + 1)
    for index in 0..<table.count {
      let range = table.range(of: index)
      var (start, end) = (range.lowerBound, range.upperBound)
      while start < end, content[start] <= 0x20 { start += 1 }
      while start < end, content[end - 1] <= 0x20 { end -= 1 }
      guard start < end else { continue }
      let (first, last) = (content[start], content[end - 1])
      guard ends[Int(first) << 2 | Int(last) >> 6] >> UInt64(last & 63) & 1 == 1 else { continue }
      let number = Self.number(content[start..<end])
      guard isWanted.contains(number) else { continue }
      numbers[index] = number
      indexes[number, default: []].append(index)
    }
    self.numbers = numbers
  }

  /// Whether the file has a wanted line.
  func has(_ number: Int) -> Bool { indexes[number] != nil }

  /// The index of each of some wanted lines in the file, in their order; nil if one has none.
  ///
  /// - Parameter near: the indexes that count; nil for the whole file.
  func partners(of lines: [Int], near: ClosedRange<Int>? = nil) -> [Int?] {
    var among = Set(lines).flatMap { indexes[$0] ?? [] }
    if let near { among.removeAll { !near.contains($0) } }
    among.sort()
    return SequenceDiff().partners(lines, among.map { numbers[$0] }).map { $0.map { among[$0] } }
  }
}
