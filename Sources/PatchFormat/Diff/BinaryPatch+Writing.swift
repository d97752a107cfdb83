// SPDX-License-Identifier: GPL-2.0-only

extension BinaryPatch.Block {
  /// Makes a block that holds a whole file.
  ///
  /// - Parameters:
  ///   - compressed: the file's bytes in zlib's format.
  ///   - size: the number of the file's bytes.
  package init(literal compressed: [UInt8], size: Int) {
    var encoded: [UInt8] = []
    var start = 0
    while start < compressed.count {
      let end = min(start + 52, compressed.count)
      let count = end - start
      encoded.append(UInt8(count <= 26 ? 0x40 + count : 0x60 + count - 26))
      for group in stride(from: start, to: end, by: 4) {
        var value = (0..<4).reduce(UInt32(0)) { value, offset in
          value << 8 | (group + offset < end ? UInt32(compressed[group + offset]) : 0)
        }
        var letters: [UInt8] = []
        for _ in 0..<5 {
          letters.append(Base85.alphabet[Int(value % 85)])
          value /= 85
        }
        encoded += letters.reversed()
      }
      encoded.append(0x0A)
      start = end
    }
    self.init(method: .literal, size: size, encoded: encoded[...])
  }
}

extension BinaryPatch {
  /// Makes a patch of two whole files.
  package init(forward: Block, reverse: Block) {
    self.init(forward: forward, reverse: .some(reverse))
  }
}
