// SPDX-License-Identifier: GPL-2.0-only

/// The numbers and the text of a hunk header, `@@ -a,b +c,d @@ text`.
struct HunkHeader {
  var oldStart = 0
  var oldCount = 1
  var newStart = 0
  var newCount = 1
  var section: Range<Int>

  /// Why a line that starts with `@@ -` is not a hunk header.
  enum Failure: Error {
    case malformed
    case tooLarge(offset: Int)
  }

  /// No source file has a thousand million lines; past that a number is an attack or damage.
  static let largestNumber = 1_000_000_000

  /// Reads a hunk header; the line end (and a CR before it) is not part of the section.
  init(_ bytes: [UInt8], line: Line) throws(Failure) {
    let limit = bytes.contentEndWithoutCR(line)
    section = limit..<limit
    var index = line.start + 4
    oldStart = try Self.number(bytes, &index, limit)
    if index < limit, bytes[index] == UInt8(ascii: ",") {
      index += 1
      oldCount = try Self.number(bytes, &index, limit)
    }
    guard bytes.hasPrefix(" +", at: index, limit: limit) else { throw .malformed }
    index += 2
    newStart = try Self.number(bytes, &index, limit)
    if index < limit, bytes[index] == UInt8(ascii: ",") {
      index += 1
      newCount = try Self.number(bytes, &index, limit)
    }
    guard bytes.hasPrefix(" @@", at: index, limit: limit) else { throw .malformed }
    index += 3
    if index < limit, bytes[index] == UInt8(ascii: " ") { index += 1 }
    section = index..<limit
  }

  private static func number(
    _ bytes: [UInt8], _ index: inout Int, _ limit: Int
  ) throws(Failure) -> Int {
    let start = index
    var value = 0
    while index < limit, case let digit = bytes[index], digit >= 0x30, digit <= 0x39 {
      value = value * 10 + Int(digit - 0x30)
      if value > largestNumber { throw .tooLarge(offset: start) }
      index += 1
    }
    if index == start { throw .malformed }
    return value
  }
}
