// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A file of patchkit's or git's own that is read where it lies, without copying it.
///
/// It is never written in place: a new one takes its name, and the old one lives until it is let go.
@safe package final class MappedFile: @unchecked Sendable {
  // The memory is never written, so any thread may read it.
  private let start: UnsafeMutableRawPointer
  /// The number of bytes.
  package let count: Int

  /// Maps a file; nil where there is none, where it is empty, or where it is a pipe or a device.
  package init?(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size > 0
    else { return nil }
    count = Int(info.st_size)
    guard let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe mapped != MAP_FAILED
    else { return nil }
    unsafe start = mapped
  }

  deinit { unsafe _ = munmap(start, count) }

  /// Lets the system reclaim the memory that was read; it is read again on demand.
  package func releasePages() { unsafe _ = madvise(start, count, MADV_DONTNEED) }

  /// Lets a body read the bytes.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
    -> Result
  {
    try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
  }
}
