// SPDX-License-Identifier: GPL-2.0-only

/// How a mail part's bytes were encoded for the way (RFC 2045).
package enum TransferEncoding: String, Sendable, Hashable {
  /// 7bit, 8bit and binary: the bytes are what they are.
  case identity
  /// Quoted-printable.
  case quotedPrintable = "quoted-printable"
  /// Base64.
  case base64

  /// Decodes `range` of `bytes`.
  ///
  /// - Returns: the decoded bytes, the way back to source offsets, and the offsets of damage.
  func decode(_ bytes: [UInt8], _ range: Range<Int>) -> (
    decoded: [UInt8], map: OffsetMap, damage: [Int]
  ) {
    switch self {
    case .identity:
      var map = OffsetMap()
      map.add(decoded: 0, source: range.lowerBound)
      return (Array(bytes[range]), map, [])
    case .quotedPrintable: return Self.decodeQuotedPrintable(bytes, range)
    case .base64: return Self.decodeBase64(bytes, range)
    }
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
  }

  private static func decodeQuotedPrintable(
    _ bytes: [UInt8], _ range: Range<Int>
  ) -> ([UInt8], OffsetMap, [Int]) {
    var output: [UInt8] = []
    output.reserveCapacity(range.count)
    var map = OffsetMap()
    var damage: [Int] = []
    var index = range.lowerBound
    map.add(decoded: 0, source: index)
    while index < range.upperBound {
      let byte = bytes[index]
      if byte != UInt8(ascii: "=") {
        output.append(byte)
        index += 1
        continue
      }
      // A soft line break: `=`, perhaps blanks that the transport added, and the line end.
      var end = index + 1
      while end < range.upperBound, bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
      if end < range.upperBound, bytes[end] == 0x0D { end += 1 }
      if end >= range.upperBound || bytes[end] == 0x0A {
        index = min(end + 1, range.upperBound)
      } else if index + 2 < range.upperBound, let high = hex(bytes[index + 1]),
        let low = hex(bytes[index + 2])
      {
        output.append(high << 4 | low)
        index += 3
      } else {
        damage.append(index)
        output.append(byte)
        index += 1
      }
      map.add(decoded: output.count, source: index)
    }
    return (output, map, damage)
  }

  private static let base64Values: [Int8] = {
    var table = [Int8](repeating: -1, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    for (value, letter) in alphabet.enumerated() { table[Int(letter)] = Int8(value) }
    return table
  }()

  private static func decodeBase64(
    _ bytes: [UInt8], _ range: Range<Int>
  ) -> ([UInt8], OffsetMap, [Int]) {
    var output: [UInt8] = []
    output.reserveCapacity(range.count / 4 * 3)
    var map = OffsetMap()
    var damage: [Int] = []
    var group = 0
    var letters = 0
    var startsLine = true
    for index in range {
      let byte = bytes[index]
      if byte == 0x0A {
        startsLine = true
        continue
      }
      let value = base64Values[Int(byte)]
      if value < 0 {
        let isFiller = byte == UInt8(ascii: "=") || byte == 0x0D || byte == 0x20 || byte == 0x09
        if !isFiller { damage.append(index) }
        continue
      }
      if startsLine, letters == 0 {
        map.add(decoded: output.count, source: index, decodedUnit: 3, sourceUnit: 4)
        startsLine = false
      }
      group = group << 6 | Int(value)
      letters += 1
      if letters == 4 {
        output += [UInt8(group >> 16), UInt8(group >> 8 & 0xFF), UInt8(group & 0xFF)]
        group = 0
        letters = 0
      }
    }
    switch letters {
    case 2: output.append(UInt8(group >> 4 & 0xFF))
    case 3: output += [UInt8(group >> 10 & 0xFF), UInt8(group >> 2 & 0xFF)]
    case 1: damage.append(range.upperBound)
    default: break
    }
    return (output, map, damage)
  }
}
