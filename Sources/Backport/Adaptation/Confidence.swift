// SPDX-License-Identifier: GPL-2.0-only

/// How sure a position or a merge is, in levels that the user chooses between.
///
/// What share of each level agrees with what maintainers did is measured, by `patchkit evaluate`.
public enum Confidence: String, Sendable, Hashable, Comparable, Codable, CaseIterable {
  /// Something fits, and as much speaks against it.
  case doubtful
  /// More is for it than against it, but the user should check.
  case plausible
  /// Nothing speaks against it: the default of `backport`.
  case likely
  /// The text is there unchanged, and nowhere else.
  case certain

  /// The less sure comes first.
  public static func < (a: Confidence, b: Confidence) -> Bool { a.order < b.order }

  private var order: Int {
    switch self {
    case .doubtful: 0
    case .plausible: 1
    case .likely: 2
    case .certain: 3
    }
  }
}
