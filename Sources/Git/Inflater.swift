// SPDX-License-Identifier: GPL-2.0-only

internal import CDeflate

/// libdeflate's decompressor, of one thread at a time.
@safe final class Inflater {
  private let pointer: OpaquePointer

  /// The most bytes that an object of a history may have; a larger one is taken as damaged.
  private static let limit = 1 << 30

  init?() {
    guard let made = unsafe libdeflate_alloc_decompressor() else { return nil }
    unsafe pointer = made
  }

  deinit { unsafe libdeflate_free_decompressor(pointer) }

  /// What data in zlib's format unpacks to; nil where it is damaged or has another size.
  ///
  /// - Parameter data: may be longer than the compressed data.
  func inflate(_ data: UnsafeRawBufferPointer, size: Int) -> [UInt8]? {
    // No data unpacks to more than about a thousand times its size.
    guard size >= 0, size <= Self.limit, size / 1100 <= data.count else { return nil }
    var isGood = false
    let output = unsafe [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, filled in
      let code = unsafe libdeflate_zlib_decompress(
        pointer, data.baseAddress, data.count, buffer.baseAddress, size, nil)
      isGood = code == LIBDEFLATE_SUCCESS
      filled = isGood ? size : 0
    }
    return isGood ? output : nil
  }

  /// What data in zlib's format unpacks to where the size is not known; nil where it is damaged.
  func inflate(_ data: UnsafeRawBufferPointer) -> [UInt8]? {
    var room = max(1024, data.count * 4)
    while room <= Self.limit, room / 1100 <= data.count + 1024 {
      var code = LIBDEFLATE_BAD_DATA
      let output = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        var count = 0
        unsafe code = libdeflate_zlib_decompress(
          pointer, data.baseAddress, data.count, buffer.baseAddress, room, &count)
        filled = code == LIBDEFLATE_SUCCESS ? count : 0
      }
      if code == LIBDEFLATE_SUCCESS { return output }
      guard code == LIBDEFLATE_INSUFFICIENT_SPACE else { return nil }
      room *= 4
    }
    return nil
  }
}
