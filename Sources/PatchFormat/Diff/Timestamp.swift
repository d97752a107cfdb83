// SPDX-License-Identifier: GPL-2.0-only

/// The time after a name in a plain diff: `2011-02-12 08:12:18.000000000 -0500`.
enum Timestamp {
  /// Where a timestamp with the spaces before it starts, if the range ends with one.
  static func start(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
    guard let parts = parse(bytes, range) else {
      // A tab separates the name from the rest, even if the rest is not a time.
      return bytes[range].contains(0x09) ? nil : looseStart(bytes, range)?.start
    }
    var start = parts.start
    if start > range.lowerBound, bytes[start - 1] == 0x09 { return start - 1 }
    while start > range.lowerBound, bytes[start - 1] == UInt8(ascii: " ") { start -= 1 }
    return start
  }

  /// Whether the range ends with the first moment of 1970 in some zone, which means a file
  /// that does not exist, as `diff -N` writes it.
  static func isEpoch(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    guard let parts = parse(bytes, range) else { return looseStart(bytes, range)?.isEpoch ?? false }
    return parts.secondsUTC == 0
  }

  private struct Parts {
    var start: Int
    /// Seconds since 1970, known for the two dates that the epoch can fall on; else another number.
    var secondsUTC: Int
  }

  private static func parse(_ bytes: [UInt8], _ range: Range<Int>) -> Parts? {
    var index = range.upperBound
    func digits(_ count: Int) -> Int? {
      guard index - count >= range.lowerBound else { return nil }
      var value = 0
      for byte in bytes[(index - count)..<index] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      index -= count
      return value
    }
    func take(_ letter: UInt8) -> Bool {
      guard index > range.lowerBound, bytes[index - 1] == letter else { return false }
      index -= 1
      return true
    }
    guard let zoneMinutes = digits(2) else { return nil }
    _ = take(UInt8(ascii: ":"))
    guard let zoneHours = digits(2) else { return nil }
    let east: Bool
    if take(UInt8(ascii: "+")) {
      east = true
    } else if take(UInt8(ascii: "-")) {
      east = false
    } else {
      return nil
    }
    guard take(UInt8(ascii: " ")) else { return nil }
    let fractionEnd = index
    while index > range.lowerBound, (0x30...0x39).contains(bytes[index - 1]) { index -= 1 }
    var fractionIsZero = true
    if index > range.lowerBound, bytes[index - 1] == UInt8(ascii: "."), index < fractionEnd {
      fractionIsZero = bytes[index..<fractionEnd].allSatisfy { $0 == 0x30 }
      index -= 1
    } else {
      index = fractionEnd
    }
    guard let second = digits(2), take(UInt8(ascii: ":")), let minute = digits(2),
      take(UInt8(ascii: ":")), let hour = digits(2), take(UInt8(ascii: " ")), let day = digits(2),
      take(UInt8(ascii: "-")), let month = digits(2), take(UInt8(ascii: "-")),
      let year = digits(4)
    else { return nil }
    let ofDay = (hour * 60 + minute) * 60 + second
    let zone = (zoneHours * 60 + zoneMinutes) * 60 * (east ? 1 : -1)
    let seconds: Int
    switch (year, month, day) {
    case (1970, 1, 1): seconds = ofDay - zone
    case (1969, 12, 31): seconds = ofDay - 86_400 - zone
    default: seconds = Int.max
    }
    return Parts(start: index, secondsUTC: fractionIsZero ? seconds : Int.max)
  }
}
