// SPDX-License-Identifier: GPL-2.0-only

/// How sure a place or a merge is, in levels that a person can choose between.
///
/// What share of each level agrees with what maintainers did is measured, by `patchkit evaluate`.
public enum Confidence: String, Sendable, Hashable, Comparable, Codable, CaseIterable {
  /// Something fits, and as much speaks against it.
  case doubtful
  /// More speaks for it than against it, but a person should look.
  case plausible
  /// Nothing speaks against it: the default of `backport`.
  case likely
  /// The text stands there as it is, and nowhere else.
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
