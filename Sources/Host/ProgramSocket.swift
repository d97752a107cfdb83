// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A socket between this process and a program that it starts, for one thread of this process.
package final class ProgramSocket: @unchecked Sendable {
  // Closed once, by the thread that talks to the program.
  private var descriptor: Int32
  /// The program's end, as its standard input and as its standard output: whoever starts it closes both.
  package let ends: (input: Int32, output: Int32)

  /// What was received.
  package enum Received: Sendable {
    /// So many bytes.
    case bytes(Int)
    /// Nothing within the time.
    case late
    /// The program closed its end.
    case ended
  }

  /// Makes a socket.
  ///
  /// - Throws: `PatchkitError` of kind `system` where there can be none.
  package init() throws(PatchkitError) {
    var ends: [Int32] = [-1, -1]
    guard
      unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else { throw PatchkitError.system(errno, "make a socket") }
    let second = fcntl(ends[1], F_DUPFD_CLOEXEC, 3)
    guard second >= 0 else {
      let code = errno
      for end in ends { Glibc.close(end) }
      throw PatchkitError.system(code, "make a second descriptor of a socket")
    }
    descriptor = ends[0]
    self.ends = (ends[1], second)
  }

  /// Closes this process's end.
  package func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  /// Sets how many seconds are waited for bytes.
  package func waits(atMost seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Sends bytes; returns whether the program can have them all.
  package func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          descriptor, $0.baseAddress.map { unsafe $0 + sent }, bytes.count - sent,
          Int32(truncatingIfNeeded: Int(MSG_NOSIGNAL)))
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      sent += count
    }
    return true
  }

  /// Waits for bytes.
  ///
  /// - Parameter start: where in the buffer the first one goes.
  package func receive(into buffer: inout [UInt8], from start: Int) -> Received {
    let room = buffer.count - start
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe recv(descriptor, $0.baseAddress.map { unsafe $0 + start }, room, 0)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return .late }
      return count <= 0 ? .ended : .bytes(count)
    }
  }
}
