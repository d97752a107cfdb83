// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A lock that a process holds on a file; it ends with the process.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Takes over the descriptor of a file, and closes it in the end.
  package init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Opens the file of a lock, and makes it where there is no such file; nil where that fails.
  package convenience init?(_ path: String) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    if descriptor < 0 { return nil }
    self.init(descriptor)
  }

  deinit {
    // A program that another thread is just starting has the descriptor, too, until it is executed.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Whether a lock could be taken.
  package enum Attempt: Sendable {
    case taken, heldByAnother, failed
  }

  /// Takes the lock, or changes how it is held, without waiting.
  ///
  /// - Parameter isExclusive: whether no other process may hold it at the same time.
  package func take(isExclusive: Bool) -> Attempt {
    if flock(descriptor, (isExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 { return .taken }
    return errno == EWOULDBLOCK || errno == EINTR ? .heldByAnother : .failed
  }
}
