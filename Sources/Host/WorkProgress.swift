// SPDX-License-Identifier: GPL-2.0-only

/// Receives how much of long work is done, and of how much; nil where the total is not known.
///
/// It is called often, and from several threads.
package typealias WorkProgress = @Sendable (_ done: Int, _ total: Int?) -> Void
