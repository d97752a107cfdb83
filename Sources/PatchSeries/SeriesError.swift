// SPDX-License-Identifier: GPL-2.0-only

/// A series that cannot be worked on as asked.
package struct SeriesError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kinds of failure.
  package enum Kind: Sendable, Hashable {
    /// There is nothing of that name, or nothing left to do.
    case nothing
    /// What is there would be lost or is in the way.
    case inTheWay
    /// An input that cannot be used.
    case badInput
  }

  /// The kind of failure.
  package var kind: Kind
  /// What happened, as one sentence without a full stop.
  package var message: String
  /// What to do about it, where that can be said.
  package var hint: String?

  init(_ kind: Kind, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }

  /// The failure as one line.
  package var description: String { message }
}
