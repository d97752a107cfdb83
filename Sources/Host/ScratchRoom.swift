// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// The room on the disk that a program may fill: it is ended before none is left.
package enum ScratchRoom {
  /// A program ends where the file system has less room than this left, in bytes.
  private static let least: UInt64 = 1 << 30

  /// Runs a body that waits for a program, and cancels it where the disk runs full.
  ///
  /// - Parameter folder: where the program writes.
  /// - Returns: what the body gave; nil where it was cancelled.
  package static func kept<Result: Sendable>(
    for folder: String, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result? {
    try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        // Ctrl-C reaches patchkit alone: what was started for it ends with this group.
        while has(folder), !StopRequest.isMade { try await Task.sleep(for: .milliseconds(100)) }
        return nil
      }
      defer { group.cancelAll() }
      let first = try await group.next() ?? nil
      if first == nil, StopRequest.isMade { throw CancellationError() }
      return first
    }
  }

  /// Whether a folder's file system has room left, or does not say.
  private static func has(_ path: String) -> Bool {
    var info = statvfs()
    guard unsafe statvfs(path, &info) == 0 else { return true }
    return UInt64(info.f_bavail) * UInt64(info.f_frsize) >= least
  }
}
