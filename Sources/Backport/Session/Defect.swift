// SPDX-License-Identifier: GPL-2.0-only

/// A defect of patchkit's own: something that cannot happen did.
public struct Defect: Error, Sendable, Hashable, CustomStringConvertible {
  /// What happened, as one sentence for a report of the defect.
  public var description: String

  package init(_ description: String) { self.description = description }
}
