// SPDX-License-Identifier: GPL-2.0-only

internal import CDeflate

/// Data in zlib's format that another program made.
package enum CompressedData {
  /// What data unpacks to; nil where it is not whole or does not unpack to just so many bytes.
  ///
  /// Asked before libgit2 1.5 gets it, which unpacks some damaged data for ever.
  package static func unpacked(_ data: [UInt8], size: Int) -> [UInt8]? {
    // No data unpacks to more than about a thousand times its size.
    guard size >= 0, size <= data.count * 1100 + 64 else { return nil }
    guard let unpacker = unsafe libdeflate_alloc_decompressor() else { return nil }
    defer { unsafe libdeflate_free_decompressor(unpacker) }
    var code = LIBDEFLATE_BAD_DATA
    let output = unsafe [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, filled in
      unsafe data.withUnsafeBytes {
        unsafe code = libdeflate_zlib_decompress(
          unpacker, $0.baseAddress, $0.count, buffer.baseAddress, size, nil)
      }
      filled = code == LIBDEFLATE_SUCCESS ? size : 0
    }
    return code == LIBDEFLATE_SUCCESS ? output : nil
  }

  /// The size of what a deflated delta makes, as the delta says it itself; nil where it is damaged.
  ///
  /// Source: git's Documentation/gitformat-pack, "deltified representation".
  package static func deltaSize(_ data: [UInt8], size: Int) -> Int? {
    guard var rest = unpacked(data, size: size)?[...] else { return nil }
    var made = 0
    for _ in 0..<2 {
      var shift = 0
      made = 0
      while true {
        guard let byte = rest.popFirst(), shift < 63 else { return nil }
        made |= Int(byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 == 0 { break }
      }
    }
    return made
  }
}
