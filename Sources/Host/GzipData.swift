// SPDX-License-Identifier: GPL-2.0-only

internal import CDeflate

/// Data in gzip's format (RFC 1952), of one member or several.
package enum GzipData {
  /// Why data is not unpacked.
  package enum Failure: Error {
    /// It is damaged or ends early.
    case damaged
    /// It unpacks to more bytes than are wanted.
    case tooLarge
  }

  /// Whether bytes start as gzip data does.
  package static func starts(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.starts(with: [0x1F, 0x8B, 0x08])
  }

  /// What data unpacks to.
  ///
  /// - Parameter largest: the most bytes that are unpacked.
  package static func unpacked(_ data: [UInt8], largest: Int) throws(Failure) -> [UInt8] {
    guard let unpacker = unsafe libdeflate_alloc_decompressor() else { throw .damaged }
    defer { unsafe libdeflate_free_decompressor(unpacker) }
    var output: [UInt8] = []
    var position = 0
    repeat {
      let rest = data[position...]
      // Deflate makes at most 1032 bytes of one; the last four bytes give the unpacked size.
      let most = rest.count * 1032 + 64
      let said = data.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      var room = min(max(said, 1 << 12), most, largest - output.count)
      while true {
        let (member, used, code) = unsafe Self.member(rest, room: room, unpacker)
        if code == LIBDEFLATE_SUCCESS {
          output += member
          position += used
          break
        }
        guard code == LIBDEFLATE_INSUFFICIENT_SPACE, room < most else { throw .damaged }
        guard room < largest - output.count else { throw .tooLarge }
        room = min(room * 4 + 1, most, largest - output.count)
      }
    } while starts(data[position...])
    return output
  }

  private static func member(
    _ data: ArraySlice<UInt8>, room: Int, _ unpacker: OpaquePointer
  ) -> (bytes: [UInt8], used: Int, code: libdeflate_result) {
    var code = LIBDEFLATE_BAD_DATA
    var used = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: max(room, 1)) { buffer, filled in
      unsafe data.withUnsafeBytes {
        unsafe code = libdeflate_gzip_decompress_ex(
          unpacker, $0.baseAddress, $0.count, buffer.baseAddress, max(room, 0), &used, &filled)
      }
      if code != LIBDEFLATE_SUCCESS { filled = 0 }
    }
    return (bytes, used, code)
  }

  /// Bytes as gzip data, at gzip's usual level.
  package static func packed(_ bytes: [UInt8]) -> [UInt8] {
    guard let packer = unsafe libdeflate_alloc_compressor(6) else { return [] }
    defer { unsafe libdeflate_free_compressor(packer) }
    let bound = unsafe libdeflate_gzip_compress_bound(packer, bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
      unsafe bytes.withUnsafeBytes {
        unsafe filled = libdeflate_gzip_compress(
          packer, $0.baseAddress, $0.count, buffer.baseAddress, bound)
      }
    }
  }
}
