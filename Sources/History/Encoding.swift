// SPDX-License-Identifier: GPL-2.0-only

/// Writes numbers in seven bits a byte, the lowest first.
struct NumberList {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ number: Int) {
    var rest = UInt64(bitPattern: Int64(number))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// The numbers of bytes; nil where they are damaged.
  static func numbers(_ bytes: some Collection<UInt8>) -> [Int]? {
    var numbers: [Int] = []
    var number: UInt64 = 0
    var shift: UInt64 = 0
    for byte in bytes {
      guard shift < 63 else { return nil }
      number |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 != 0 {
        shift += 7
      } else {
        guard number <= UInt64(UInt32.max) << 3 else { return nil }
        numbers.append(Int(number))
        (number, shift) = (0, 0)
      }
    }
    return shift == 0 ? numbers : nil
  }

  /// The bytes of ascending numbers, each as its distance to the one before.
  static func ascending(_ numbers: some Sequence<Int>) -> [UInt8] {
    var list = NumberList()
    var last = 0
    for number in numbers {
      list.append(number - last)
      last = number
    }
    return list.bytes
  }

  /// The ascending numbers of bytes; nil where they are damaged.
  static func ascendingNumbers(_ bytes: some Collection<UInt8>) -> [Int]? {
    guard var numbers = numbers(bytes) else { return nil }
    for index in numbers.indices.dropFirst() { numbers[index] += numbers[index - 1] }
    return numbers
  }
}

/// A checksum after bytes that decide what is reported: SQLite itself does not notice a changed bit.
enum Checksum {
  /// FNV-1a (Fowler, Noll and Vo) over eight bytes at a time.
  private static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      var position = 0
      while position + 8 <= bytes.count {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
          .littleEndian
        hash = (hash ^ word) &* 0x100_0000_01B3
        hash ^= hash >> 32
        position += 8
      }
      while position < bytes.count {
        hash = (hash ^ UInt64(unsafe bytes[position])) &* 0x100_0000_01B3
        position += 1
      }
      return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }
  }

  /// The bytes with their checksum.
  static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    let sum = of(bytes[...])
    return bytes + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) }
  }

  /// The bytes without their checksum; nil where it is not theirs.
  static func opened(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    guard bytes.count >= 4 else { return nil }
    let content = bytes.dropLast(4)
    let sum = of(content)
    let stored = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return sum == stored ? content : nil
  }
}

/// Numbers that represent texts in the index's tables.
enum TextKey {
  private static func hash(_ bytes: some Sequence<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return Int(truncatingIfNeeded: hash)
  }

  /// The key of a text, byte for byte.
  static func of(_ text: [UInt8]) -> Int { hash(text) }

  /// The key of a title; case, runs of blanks and a full stop at the end do not count.
  static func ofTitle(_ title: [UInt8]) -> Int {
    var plain: [UInt8] = []
    for byte in title {
      if byte <= 0x20 {
        if let last = plain.last, last != 0x20 { plain.append(0x20) }
      } else {
        plain.append(byte.lowercased)
      }
    }
    while let last = plain.last, last == 0x20 || last == UInt8(ascii: ".") { plain.removeLast() }
    return hash(plain)
  }

  /// The key of an id, abbreviated or not: its first seven digits.
  ///
  /// A link has one beyond all of them.
  static func ofID(_ id: String) -> Int {
    let digits = id.utf8.prefix(7)
    guard digits.count == 7, let number = Int(String(Substring(digits)), radix: 16),
      id.utf8.allSatisfy(\.isHexDigit)
    else { return hash(id.utf8) | 1 << 40 }
    return number
  }
}
