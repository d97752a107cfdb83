// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// The lines of a file without their white space, as numbers: equal lines have the same.
///
/// A hunk is looked for among the lines that it has itself: the time goes by the hunk and by how often its
/// lines stand in the file, and not by the file.
struct SolidLines {
  /// A number a line.
  let numbers: [Int]
  private let places: [Int: [Int]]

  /// The number of a line without anything in it.
  static let empty = number([])

  /// The number of a line: FNV-1a over its bytes above the blank (Fowler, Noll and Vo). That two lines of
  /// one file have the same by chance is one case in thousands of millions.
  static func number(_ line: ArraySlice<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in line where byte > 0x20 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(bitPattern: UInt(hash))
  }

  /// Takes the lines of a file; behind a last newline there is an empty one.
  init(_ content: [UInt8]) {
    var numbers: [Int] = []
    numbers.reserveCapacity(content.count / 24 + 2)
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in content {
      if byte > 0x20 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
      } else if byte == 0x0A {
        numbers.append(Int(bitPattern: UInt(hash)))
        hash = 0xCBF2_9CE4_8422_2325
      }
    }
    numbers.append(Int(bitPattern: UInt(hash)))
    self.numbers = numbers
    var places: [Int: [Int]] = [:]
    places.reserveCapacity(numbers.count)
    for (place, number) in numbers.enumerated() { places[number, default: []].append(place) }
    self.places = places
  }

  /// The place of each of some lines in the file, in their order; nil where one has none.
  func partners(of lines: [Int]) -> [Int?] {
    let among = Set(lines).flatMap { places[$0] ?? [] }.sorted()
    return SequenceDiff().partners(lines, among.map { numbers[$0] }).map { $0.map { among[$0] } }
  }
}
