// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// Whether the process was asked to end: long work looks at it between its steps, takes back what it began, and
/// ends.
package enum StopRequest {
  private static let wasMade = Atomic(false)

  /// Asks all long work to end.
  package static func make() { wasMade.store(true, ordering: .relaxed) }

  /// Goes on only where nobody asked.
  ///
  /// - Throws: `GitError` where somebody did.
  static func check() throws(GitError) {
    if wasMade.load(ordering: .relaxed) { throw GitError("stop", "was asked to") }
  }
}
