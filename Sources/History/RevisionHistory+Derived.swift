// SPDX-License-Identifier: GPL-2.0-only

package import Git
internal import PatchFormat

/// A path that a commit renames.
package struct PathRename: Sendable, Hashable {
  /// The path before.
  package var old: [UInt8]
  /// The path after.
  package var new: [UInt8]
}

/// What takes the contents of files: worked out for the commits that matter, and kept.
extension RevisionHistory {
  /// The identity of a commit's change against its only parent; nil where it has none.
  ///
  /// - Throws: `GitError` where the repository lacks the files.
  package func identity(of commit: Int) throws -> PatchIdentity? {
    let find = try statement("SELECT identity FROM identities WHERE number = ?")
    try find.bind(commit, at: 1)
    defer { find.reset() }
    if try find.step() {
      return find.isNull(0) ? nil : PatchIdentity(text: find.text(0))
    }
    if let new = newIdentities[commit] { return new }
    let identity = try patch(of: commit).flatMap { PatchIdentity(PatchDocument(parsing: $0).files) }
    newIdentities[commit] = .some(identity)
    return identity
  }

  /// A commit's change against its only parent, as a diff; nil where it has none or several.
  ///
  /// - Parameter slides: whether hunks are where git's indent heuristic puts them.
  /// - Throws: `GitError` where the repository lacks the files.
  package func patch(of commit: Int, slides: Bool = true) throws -> [UInt8]? {
    let parents = parents(of: commit)
    guard parents.count == 1 else { return nil }
    return try index.repository.patch(
      from: try tree(of: parents[0]), to: try tree(of: commit), slides: slides)
  }

  /// The paths that a commit renames, against its first parent.
  ///
  /// - Throws: `GitError` where the repository lacks the files.
  package func renames(of commit: Int) throws -> [PathRename] {
    let known = try statement("SELECT 1 FROM renamed WHERE number = ?")
    try known.bind(commit, at: 1)
    defer { known.reset() }
    if try known.step() {
      let find = try statement("SELECT old, new FROM renames WHERE number = ?")
      try find.bind(commit, at: 1)
      defer { find.reset() }
      var renames: [PathRename] = []
      while try find.step() { renames.append(PathRename(old: find.bytes(0), new: find.bytes(1))) }
      return renames
    }
    if let new = newRenames[commit] { return new }
    var renames: [PathRename] = []
    let changes = try paths(of: commit)?.map(\.change) ?? []
    if let parent = parents(of: commit).first, changes.contains(.added), changes.contains(.removed)
    {
      renames = try index.repository.differences(
        from: try tree(of: parent), to: try tree(of: commit), findsRenames: true
      ).compactMap { difference in
        guard let old = difference.oldPath, let new = difference.newPath, old != new else {
          return nil
        }
        return PathRename(old: old, new: new)
      }
    }
    newRenames[commit] = renames
    return renames
  }

  /// The other name of a path: where it came from, or where it went to.
  ///
  /// - Parameters:
  ///   - path: the path.
  ///   - isOrigin: whether the path is in the revision and its old name is asked for; else it is gone
  ///     by then and its new name is asked for.
  /// - Returns: the other name; nil where the history shows none.
  package func rename(of path: [UInt8], isOrigin: Bool) throws -> [UInt8]? {
    for commit in try commits(changing: path).reversed() {
      let change = try paths(of: commit)?.first { $0.path == path }?.change
      guard change == (isOrigin ? .added : .removed) else { continue }
      let match = try renames(of: commit).first { (isOrigin ? $0.new : $0.old) == path }
      if let match { return isOrigin ? match.old : match.new }
      if !isOrigin { return nil }
    }
    return nil
  }

  /// The tree of a commit.
  ///
  /// - Throws: `GitError` where the repository lacks the commit.
  package func tree(of commit: Int) throws -> ObjectID {
    let id = try self.commit(commit).id
    guard let object = CommitObject(try index.reader.read(id, .commit)) else {
      throw HistoryStop.damagedCommit(id)
    }
    return object.tree
  }
}
