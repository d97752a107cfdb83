// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A lock that a process holds on a file; it ends with the process.
package final class FileLock: Sendable {
  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Opens the file of a lock, and makes it where there is no such file; nil where that fails.
  package convenience init?(_ path: String) {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    if descriptor < 0 { return nil }
    self.init(descriptor)
  }

  /// Opens the file of a lock in a folder.
  ///
  /// - Parameter makes: whether the file is made, for this user alone, where there is no such file.
  /// - Throws: `PatchkitError` of kind `system` where there is none, or a link.
  package convenience init(
    _ child: [UInt8], in folder: borrowing Folder, makes: Bool
  ) throws(PatchkitError) {
    let flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (makes ? O_CREAT : 0)
    let descriptor = child.withCString { unsafe openat(folder.descriptor, $0, flags, 0o600) }
    if descriptor < 0 { throw PatchkitError.system(errno, "lock \(folder.name)") }
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

  /// Takes the lock, or changes how it is held, and waits for other processes.
  ///
  /// The wait ends early where the program was asked to stop.
  ///
  /// - Parameters:
  ///   - isExclusive: whether no other process may hold it at the same time.
  ///   - milliseconds: how long to wait for the others, in steps of 20.
  package func take(isExclusive: Bool, waiting milliseconds: Int) -> Attempt {
    var attempt = take(isExclusive: isExclusive)
    for _ in 0..<(milliseconds / 20) where attempt == .heldByAnother && !StopRequest.isMade {
      Machine.pause(microseconds: 20_000)
      attempt = take(isExclusive: isExclusive)
    }
    return attempt
  }
}
