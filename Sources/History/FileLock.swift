// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Host

/// A lock that processes hold on a file; it ends with the process.
final class FileLock {
  private let descriptor: Int32

  /// Opens the file of a lock; nil where it cannot be made.
  init?(_ path: String) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    if descriptor < 0 { return nil }
  }

  deinit {
    // A program that another thread is just starting has the descriptor, too, until it is executed.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Takes the lock, or changes how it is held.
  ///
  /// - Parameters:
  ///   - isExclusive: whether no other process may hold it at the same time.
  ///   - seconds: how long to wait for others.
  /// - Returns: whether it is held now.
  /// - Throws: `HistoryStop.asked`.
  func take(isExclusive: Bool, seconds: Int) throws -> Bool {
    let operation = (isExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB
    for _ in 0...(seconds * 20) {
      if flock(descriptor, operation) == 0 { return true }
      guard errno == EWOULDBLOCK || errno == EINTR else { return false }
      if StopRequest.isMade { throw HistoryStop.asked }
      usleep(50_000)
    }
    return false
  }
}
