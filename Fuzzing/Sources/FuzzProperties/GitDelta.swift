// SPDX-License-Identifier: GPL-2.0-only

/// git's delta, read a second time and in the plainest way: what libgit2 makes of one is held against it.
///
/// Source: git's Documentation/gitformat-pack, "deltified representation".
enum GitDelta {
  /// The file that a delta makes of another; nil where the delta is damaged.
  static func applied(_ delta: [UInt8], to base: [UInt8]) -> [UInt8]? {
    var rest = delta[...]
    guard size(&rest) == base.count, let wanted = size(&rest) else { return nil }
    var output: [UInt8] = []
    while let command = rest.popFirst() {
      if command & 0x80 != 0 {
        var (offset, count) = (0, 0)
        for bit in 0..<7 where command & (1 << UInt8(bit)) != 0 {
          guard let byte = rest.popFirst() else { return nil }
          if bit < 4 {
            offset |= Int(byte) << (8 * bit)
          } else {
            count |= Int(byte) << (8 * (bit - 4))
          }
        }
        if count == 0 { count = 0x10000 }
        guard offset + count <= base.count, output.count + count <= wanted else { return nil }
        output += base[offset..<(offset + count)]
      } else {
        let count = Int(command)
        guard count > 0, count <= rest.count, output.count + count <= wanted else { return nil }
        output += rest.prefix(count)
        rest = rest.dropFirst(count)
      }
    }
    return output.count == wanted ? output : nil
  }

  private static func size(_ rest: inout ArraySlice<UInt8>) -> Int? {
    var (size, shift) = (0, 0)
    while let byte = rest.popFirst() {
      guard shift < 63 else { return nil }
      size |= Int(byte & 0x7F) << shift
      shift += 7
      if byte & 0x80 == 0 { return size }
    }
    return nil
  }
}

/// The text of a binary patch around data that is stored, not compressed.
enum BinaryPatchText {
  static func of(delta: [UInt8], base: [UInt8]) -> [UInt8] {
    let id = String(repeating: "1", count: 40)
    return Array(
      "diff --git a/f b/f\nindex \(id)..\(id.replacing("1", with: "2")) 100644\nGIT binary patch\n"
        .utf8)
      + block("delta", delta) + block("literal", base)
  }

  private static func block(_ method: String, _ data: [UInt8]) -> [UInt8] {
    var output = Array("\(method) \(data.count)\n".utf8)
    let stored = stored(data)
    for start in stride(from: 0, to: stored.count, by: 52) {
      let line = stored[start..<min(start + 52, stored.count)]
      output.append(UInt8(line.count <= 26 ? 64 + line.count : 70 + line.count))
      let padded = Array(line) + [UInt8](repeating: 0, count: (4 - line.count % 4) % 4)
      for group in stride(from: 0, to: padded.count, by: 4) {
        var value = padded[group..<(group + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var letters: [UInt8] = []
        for _ in 0..<5 {
          letters.append(alphabet[Int(value % 85)])
          value /= 85
        }
        output += letters.reversed()
      }
      output.append(0x0A)
    }
    return output + [0x0A]
  }

  private static let alphabet = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~".utf8)

  /// zlib's format with stored blocks (RFC 1950, 1951).
  private static func stored(_ data: [UInt8]) -> [UInt8] {
    precondition(data.count < 1 << 16)
    let count = UInt16(data.count)
    var (low, high) = (UInt32(1), UInt32(0))
    for byte in data {
      low = (low + UInt32(byte)) % 65521
      high = (high + low) % 65521
    }
    let sum = high << 16 | low
    func littleEndian(_ value: UInt16) -> [UInt8] { [UInt8(value & 0xFF), UInt8(value >> 8)] }
    return [0x78, 0x01, 0x01] + littleEndian(count) + littleEndian(~count) + data
      + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) }
  }
}
