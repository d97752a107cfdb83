// SPDX-License-Identifier: GPL-2.0-only

extension PackDelta {
  /// The object that a delta makes of its base; nil where the delta is damaged.
  ///
  /// Source: git's Documentation/gitformat-pack, "deltified representation".
  package static func apply(_ delta: [UInt8], to base: [UInt8]) -> [UInt8]? {
    unsafe delta.withUnsafeBytes { delta in
      unsafe base.withUnsafeBytes { base in unsafe apply(delta, to: base) }
    }
  }

  private static func apply(
    _ delta: UnsafeRawBufferPointer, to base: UnsafeRawBufferPointer
  ) -> [UInt8]? {
    var position = 0
    func size() -> Int? {
      var value = 0
      var shift = 0
      while position < delta.count, shift < 56 {
        let byte = unsafe delta[position]
        position += 1
        value |= Int(byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 == 0 { return value }
      }
      return nil
    }
    // A copy takes at least two bytes and makes at most 16 MiB.
    guard size() == base.count, let result = size(), result >> 24 <= delta.count else { return nil }
    var isGood = false
    let made = unsafe [UInt8](unsafeUninitializedCapacity: max(result, 1)) { output, count in
      var filled = 0
      defer {
        isGood = filled == result && position == delta.count
        count = isGood ? filled : 0
      }
      guard let target = UnsafeMutableRawPointer(output.baseAddress) else { return }
      while position < delta.count {
        let command = unsafe delta[position]
        position += 1
        let length: Int
        let source: UnsafeRawPointer?
        if command & 0x80 != 0 {
          var offset = 0
          var size = 0
          for bit in 0..<7 where command >> UInt8(bit) & 1 == 1 {
            guard position < delta.count else { return }
            let byte = Int(unsafe delta[position])
            position += 1
            if bit < 4 { offset |= byte << (bit * 8) } else { size |= byte << ((bit - 4) * 8) }
          }
          length = size == 0 ? 0x10000 : size
          guard offset + length <= base.count else { return }
          unsafe source = base.baseAddress.map { unsafe $0 + offset }
        } else {
          length = Int(command)
          guard length > 0, position + length <= delta.count else { return }
          unsafe source = delta.baseAddress.map { unsafe $0 + position }
          position += length
        }
        guard filled + length <= result, let source = unsafe source else { return }
        unsafe (target + filled).copyMemory(from: source, byteCount: length)
        filled += length
      }
    }
    return isGood ? made : nil
  }
}
