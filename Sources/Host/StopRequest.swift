// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// Whether the process was asked to end: long work checks it between its steps, rolls back what it
/// began, and ends with an error.
package enum StopRequest {
  private static let flag = Atomic(false)

  /// Asks all long work to end.
  package static func make() { flag.store(true, ordering: .relaxed) }

  /// Whether long work is to end.
  package static var isMade: Bool { flag.load(ordering: .relaxed) }
}
