// SPDX-License-Identifier: GPL-2.0-only

internal import Git

/// Is told how much of long work is done, and of how much; nil where nobody knows.
///
/// It is called often, and from several threads.
package typealias WorkProgress = @Sendable (_ done: Int, _ total: Int?) -> Void

/// Ending long work before it is done.
package enum LongWork {
  /// Asks it to take back what it began, and to end with an error.
  package static func stop() { StopRequest.make() }
}
