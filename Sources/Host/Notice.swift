// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// What a library did on its own account that users should know of, such as making a damaged cache again.
///
/// The program decides where it is shown; without a program it is dropped.
package enum Notice {
  private static let handler = Mutex<(@Sendable (String) -> Void)?>(nil)

  /// Sets what receives the notices.
  package static func send(to receiver: @escaping @Sendable (String) -> Void) {
    handler.withLock { $0 = receiver }
  }

  /// Gives a notice: a sentence without a full stop.
  package static func give(_ text: String) {
    let receiver = handler.withLock { $0 }
    receiver?(text)
  }
}
