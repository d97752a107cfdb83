// SPDX-License-Identifier: GPL-2.0-only

internal import CDeflate

/// Data in zlib's format (RFC 1950), as git's objects and binary patches have it.
package enum ZlibData {
  /// Bytes as zlib data, at zlib's usual level.
  package static func packed(_ bytes: [UInt8]) -> [UInt8] {
    guard let packer = unsafe libdeflate_alloc_compressor(6) else { return [] }
    defer { unsafe libdeflate_free_compressor(packer) }
    let bound = unsafe libdeflate_zlib_compress_bound(packer, bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
      unsafe bytes.withUnsafeBytes {
        unsafe filled = libdeflate_zlib_compress(
          packer, $0.baseAddress, $0.count, buffer.baseAddress, bound)
      }
    }
  }
}
