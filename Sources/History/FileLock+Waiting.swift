// SPDX-License-Identifier: GPL-2.0-only

internal import Host

extension FileLock {
  /// Takes the lock, or changes how it is held.
  ///
  /// - Parameters:
  ///   - isExclusive: whether no other process may hold it at the same time.
  ///   - seconds: how long to wait for others.
  /// - Returns: whether it is held now.
  /// - Throws: `HistoryStop.asked`.
  func take(isExclusive: Bool, seconds: Int) throws -> Bool {
    switch take(isExclusive: isExclusive, waiting: seconds * 1000) {
    case .taken: return true
    case .failed: return false
    case .heldByAnother:
      if StopRequest.isMade { throw HistoryStop.asked }
      return false
    }
  }
}
