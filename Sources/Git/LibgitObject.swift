// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// An object on its way to libgit2.
enum LibgitObject {
  /// Hands an object to libgit2; without `data` only its kind and size.
  ///
  /// - Returns: libgit2's code: 0, or -1 where there is no memory.
  @unsafe static func hand(
    _ content: ArraySlice<UInt8>, _ kind: ObjectKind,
    to backend: UnsafeMutablePointer<git_odb_backend>,
    _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ length: UnsafeMutablePointer<Int>?,
    _ type: UnsafeMutablePointer<git_object_t>?
  ) -> Int32 {
    if let data = unsafe data {
      guard let copy = unsafe git_odb_backend_data_alloc(backend, max(content.count, 1)) else {
        return -1
      }
      unsafe content.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress {
          unsafe copy.copyMemory(from: base, byteCount: bytes.count)
        }
      }
      unsafe data.pointee = copy
    }
    unsafe length?.pointee = content.count
    unsafe type?.pointee = git_object_t(Int32(kind.rawValue))
    return 0
  }
}
