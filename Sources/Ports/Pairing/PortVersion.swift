// SPDX-License-Identifier: GPL-2.0-only

/// Which version of a patch's functions a scenario runs.
package enum PortVersion: Sendable, Hashable, CustomStringConvertible {
  /// The functions before the patch.
  case before
  /// The functions as the patch leaves them.
  case after
  /// The functions as the patch leaves them, with the named change.
  case variant(String)

  /// The version on one side of the patch.
  package init(_ side: PatchSide) { self = side == .before ? .before : .after }

  /// `before`, `after` or the variant's name.
  package var description: String {
    switch self {
    case .before: "before"
    case .after: "after"
    case .variant(let name): name
    }
  }
}
