// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// The loops that move bytes through a file descriptor: the only ones in the program.
package enum Descriptor {
  /// Writes all bytes; returns 0, or the system's error.
  static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var written = 0
    while written < bytes.count {
      let count = unsafe Glibc.write(
        descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        // Another program may have made a shared terminal or pipe non-blocking.
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe _ = poll(&waiting, 1, -1)
        continue
      }
      if count < 0 { return errno }
      if count == 0 { return EIO }
      written += count
    }
    return 0
  }

  /// Writes all bytes; returns 0, or the system's error.
  package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    unsafe bytes.withUnsafeBytes { unsafe writeAll($0, to: descriptor) }
  }

  /// The number of the descriptor that a path such as `/dev/fd/3` or `/dev/stdout` names; nil for
  /// every other path.
  ///
  /// What the caller of the program opened is used as it is: opening such a path again would fail for
  /// a socket, and would start a file from its beginning.
  static func number(in path: String) -> Int32? {
    switch path {
    case "/dev/stdin": return 0
    case "/dev/stdout": return 1
    case "/dev/stderr": return 2
    default: break
    }
    for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
      let digits = path.dropFirst(prefix.count)
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
      }
      return Int32(digits)
    }
    return nil
  }
}
