// SPDX-License-Identifier: GPL-2.0-only

extension BinaryPatch.Block {
  /// The bytes that the block's lines encode, still compressed; nil where a line says no such.
  ///
  /// git's base 85: each line begins with a letter for its length, five letters encode four bytes.
  package var compressed: [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(encoded.count / 5 * 4)
    var rest = encoded
    while let end = rest.firstIndex(of: 0x0A) ?? (rest.isEmpty ? nil : rest.endIndex) {
      let line = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      if line.isEmpty { continue }
      guard Base85.isLine(line), let first = line.first else { return nil }
      var length = Int(first) - (first >= 0x61 ? 0x61 - 27 : 0x41 - 1)
      var index = line.startIndex + 1
      while index < line.endIndex {
        var group: UInt32 = 0
        for offset in 0..<5 {
          group = group &* 85 &+ UInt32(Base85.values[Int(line[index + offset])])
        }
        for shift in [24, 16, 8, 0] where length > 0 {
          output.append(UInt8(truncatingIfNeeded: group >> UInt32(shift)))
          length -= 1
        }
        index += 5
      }
    }
    return output
  }
}
