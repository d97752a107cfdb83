// SPDX-License-Identifier: GPL-2.0-only

internal import CDeflate

/// Data in zlib's format that somebody else made.
public enum CompressedData {
  /// Whether data is whole and unpacks to just so many bytes.
  ///
  /// Asked before libgit2 1.5 gets it, which unpacks some damaged data for ever.
  public static func isWhole(_ data: [UInt8], size: Int) -> Bool {
    // No data unpacks to more than about a thousand times its size.
    guard size >= 0, size <= data.count * 1100 + 64 else { return false }
    guard let unpacker = unsafe libdeflate_alloc_decompressor() else { return false }
    defer { unsafe libdeflate_free_decompressor(unpacker) }
    var code = LIBDEFLATE_BAD_DATA
    _ = unsafe [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, filled in
      unsafe data.withUnsafeBytes {
        unsafe code = libdeflate_zlib_decompress(
          unpacker, $0.baseAddress, $0.count, buffer.baseAddress, size, nil)
      }
      filled = 0
    }
    return code == LIBDEFLATE_SUCCESS
  }
}
