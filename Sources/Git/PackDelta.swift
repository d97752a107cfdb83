// SPDX-License-Identifier: GPL-2.0-only

/// How one object differs from another, as a pack keeps it (Documentation/gitformat-pack.txt): one run of
/// bytes that is other, between a beginning and an end that both have.
///
/// Nothing is searched for: a series changes a file in few lines, and one id in a folder's list. An object
/// that is stored this way need not be compressed again.
package enum PackDelta {
  /// A difference that is larger than this share of the object is not worth one.
  private static let worth = 2

  /// The difference; nil where the two have too little in common.
  package static func between(_ base: [UInt8], _ new: [UInt8]) -> [UInt8]? {
    let most = min(base.count, new.count)
    var start = 0
    while start < most, base[start] == new[start] { start += 1 }
    var end = 0
    while end < most - start, base[base.count - 1 - end] == new[new.count - 1 - end] { end += 1 }
    let middle = new[start..<(new.count - end)]
    guard middle.count * worth < new.count else { return nil }
    var delta = size(base.count) + size(new.count)
    copy(0, start, &delta)
    var rest = middle
    while !rest.isEmpty {
      let piece = rest.prefix(127)
      delta.append(UInt8(piece.count))
      delta += piece
      rest = rest.dropFirst(127)
    }
    copy(base.count - end, end, &delta)
    return delta
  }

  private static func size(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var left = count
    repeat {
      bytes.append(UInt8(left & 0x7F) | (left > 0x7F ? 0x80 : 0))
      left >>= 7
    } while left > 0
    return bytes
  }

  /// Appends the instruction to copy bytes of the base; at most 64 KiB each, as every reader takes.
  private static func copy(_ offset: Int, _ count: Int, _ delta: inout [UInt8]) {
    var (offset, left) = (offset, count)
    while left > 0 {
      let piece = min(left, 0xFFFF)
      var code: UInt8 = 0x80
      var bytes: [UInt8] = []
      for position in 0..<4 where offset >> (8 * position) & 0xFF != 0 {
        code |= 1 << UInt8(position)
        bytes.append(UInt8(offset >> (8 * position) & 0xFF))
      }
      for position in 0..<2 where piece >> (8 * position) & 0xFF != 0 {
        code |= 0x10 << UInt8(position)
        bytes.append(UInt8(piece >> (8 * position) & 0xFF))
      }
      delta.append(code)
      delta += bytes
      offset += piece
      left -= piece
    }
  }
}
