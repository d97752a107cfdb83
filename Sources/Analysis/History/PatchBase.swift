// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import History
internal import PatchFormat

/// What a patch was made on, by the lines that `git format-patch --base` writes, and which of these commits the
/// histories contain.
package struct PatchBase: Sendable, Hashable {
  /// A patch between the base commit and the series.
  package struct Earlier: Sendable, Hashable {
    /// The patch-id that its `prerequisite-patch-id:` line gives, forty hex digits.
    package var patchID: String
    /// The commit in the target's own history.
    package var applied: FoundCommit?
    /// The commit in the upstream history; nil where the target's own has it.
    package var upstream: FoundCommit?
  }

  /// The base commit's id, as it is given.
  package var commit: String
  /// Whether the target's own history has it; nil where there is no history to ask.
  package var isInHistory: Bool?
  /// The patches that the series follows, in their order.
  package var earlier: [Earlier]
}

extension HistorySearch {
  /// The newest commits that are read for their patch-ids: each takes a comparison of two trees.
  private static let patchIDLimit = 1_000

  /// Finds a base commit, and commits after it by their patch-ids.
  ///
  /// Without the base commit, the newest commits of the revision are searched.
  ///
  /// - Returns: whether the base is an ancestor of the revision, and the commits by their patch-ids.
  /// - Throws: `PatchkitError` where the history cannot be read.
  func base(
    _ base: String, patchIDs: [String]
  ) throws -> (isThere: Bool, commits: [String: FoundCommit]) {
    try withHistory { history in
      let all = try history.commits(withID: base)
      let found = all.count == 1 ? all[0] : nil
      var open = Set(patchIDs)
      var commits: [String: FoundCommit] = [:]
      for number in history.newest(Self.patchIDLimit, after: found) where !open.isEmpty {
        // git computes the ids of hunks that do not slide; other tools those of the patches that they see.
        for slides in [false, true] {
          guard let text = try history.patch(of: number, slides: slides),
            let message = PatchDocument(parsing: text).messages.first,
            let id = GitPatchID(message)?.text, open.remove(id) != nil
          else { continue }
          commits[id] = FoundCommit(try history.commit(number))
        }
      }
      return (found != nil, commits)
    }
  }
}
