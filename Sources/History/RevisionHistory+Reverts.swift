// SPDX-License-Identifier: GPL-2.0-only

/// Which commits are reverted.
extension RevisionHistory {
  /// A revert of a revert of a revert … deeper than this is not followed.
  private static let depth = 16

  /// The commit that reverts another, if the revert is not reverted itself.
  ///
  /// A message names what it reverts by id, in whatever words, or by title alone: then the newest
  /// commit before it with that title is meant. A revert that names the upstream commit reverts the
  /// backport of it, too. Partial reverts do not count.
  package func revert(of commit: Int) throws -> Int? { try revert(of: commit, depth: 0) }

  private func revert(of commit: Int, depth: Int) throws -> Int? {
    if depth > Self.depth { return nil }
    for revert in try reverts(of: commit).reversed()
    where try self.revert(of: revert, depth: depth + 1) == nil {
      return revert
    }
    return nil
  }

  /// The commits that revert another, the oldest first, whether they are reverted themselves or not.
  package func reverts(of commit: Int) throws -> [Int] {
    let own = try self.commit(commit)
    var found: Set<Int> = []
    let origins = try mentions(by: commit).filter(\.role.isOrigin).map(\.id)
    for id in [own.id.description] + origins {
      for (other, mention) in try mentions(of: id)
      where mention.role == .reverts && other > commit {
        found.insert(other)
      }
    }
    for (other, role) in try mentions(ofTitle: own.subject)
    where role == .reverts && other > commit && !found.contains(other) {
      if try isNewest(commit, titled: own.subject, before: other),
        try !namesAnother(other, commit)
      {
        found.insert(other)
      }
    }
    return found.sorted()
  }

  private func isNewest(_ commit: Int, titled title: String, before other: Int) throws -> Bool {
    try commits(titled: title).last { $0 < other } == commit
  }

  /// Whether a revert names by id a commit of this history that is not the given one.
  private func namesAnother(_ revert: Int, _ commit: Int) throws -> Bool {
    for mention in try mentions(by: revert)
    where mention.role == .reverts || mention.role == .partlyReverts {
      let named = try commits(withID: mention.id)
      if !named.isEmpty, !named.contains(commit) { return true }
    }
    return false
  }
}
