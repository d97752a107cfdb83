// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// The history of a commit's paths, as far as it was read.
struct KnownHistory {
  var commit: ObjectID
  var limit: Int
  var history: PathHistory
}

/// The files that have other names in two trees.
struct KnownRenames {
  var old: ObjectID
  var new: ObjectID
  var renames: [TreeDifference]
}

extension Repository {
  /// Where a path came from or went to, by the history of a commit.
  ///
  /// The first parents are followed. Only the entry of the path is looked up in each tree; where it
  /// comes or goes, the renames of that one commit are found by content. What was read of the history
  /// is kept for the next path.
  ///
  /// - Parameters:
  ///   - path: the path.
  ///   - commit: the commit to start from.
  ///   - isOrigin: whether the path is in the commit and its old name is asked for; else it is gone
  ///     by then and its new name is asked for.
  ///   - limit: how many commits are looked at.
  /// - Returns: the other name; nil where the history within the limit shows none.
  package func rename(
    of path: [UInt8], from commit: ObjectID, isOrigin: Bool, limit: Int
  ) throws(GitError) -> [UInt8]? {
    let history = try pathHistory(of: commit, limit: limit)
    let found: PathHistory.Change?
    do { found = try history.change(of: path, isPresent: isOrigin) } catch {
      var error = error
      unsafe error.explainMissing(in: handle.pointer)
      throw error
    }
    guard let change = found else { return nil }
    let match = try renames(from: change.old, to: change.new).first {
      isOrigin ? $0.newPath == path : $0.oldPath == path
    }
    return isOrigin ? match?.oldPath : match?.newPath
  }

  private func pathHistory(of commit: ObjectID, limit: Int) throws(GitError) -> PathHistory {
    if let known = knownHistory, known.commit == commit, known.limit == limit {
      return known.history
    }
    let history = PathHistory(from: commit, limit: limit) {
      [objects] (id: ObjectID) throws(GitError) -> ObjectReader.Object? in try objects.read(id)
    }
    knownHistory = KnownHistory(commit: commit, limit: limit, history: history)
    return history
  }

  /// The files that another name has in a newer tree, kept for the next path: a folder that moved took
  /// all its files along.
  private func renames(
    from old: ObjectID, to new: ObjectID
  ) throws(GitError) -> [TreeDifference] {
    if let known = knownRenames, known.old == old, known.new == new { return known.renames }
    let renames = try differences(from: old, to: new, findsRenames: true).filter {
      $0.oldPath != nil && $0.newPath != nil && $0.oldPath != $0.newPath
    }
    knownRenames = KnownRenames(old: old, new: new, renames: renames)
    return renames
  }

  /// The id of a folder of a tree; nil where there is none.
  package func folder(at path: [UInt8], inTree tree: ObjectID) throws(GitError) -> ObjectID? {
    if path.isEmpty { return tree }
    guard let entry = try entry(at: path, inTree: tree), entry.mode == nil else { return nil }
    return entry.id
  }

  /// The names of the files directly in a tree.
  package func files(ofTree tree: ObjectID) throws(GitError) -> [[UInt8]] {
    let folder = try self.tree(tree)
    var names: [[UInt8]] = []
    for index in 0..<(unsafe git_tree_entrycount(folder.pointer)) {
      guard let entry = unsafe git_tree_entry_byindex(folder.pointer, index),
        unsafe git_tree_entry_type(entry) == GIT_OBJECT_BLOB,
        let name = unsafe git_tree_entry_name(entry)
      else { continue }
      unsafe names.append(Array(String(cString: name).utf8))
    }
    return names
  }
}
