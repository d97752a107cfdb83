// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

extension Repository {
  /// Where a path came from or went to, by the history of a commit.
  ///
  /// The first parents are followed. Only the entry of the path is looked up in each tree; where it
  /// comes or goes, the renames of that one commit are found by content.
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
    var current = try self.commit(commit)
    var isThere = try entry(at: path, inTree: current.tree) != nil
    if isThere != isOrigin { return nil }
    for _ in 0..<limit {
      guard let id = current.parent else { return nil }
      let parent = try self.commit(id)
      let wasThere = try entry(at: path, inTree: parent.tree) != nil
      if wasThere != isThere {
        let renames = try differences(from: parent.tree, to: current.tree, findsRenames: true)
        let match = renames.first {
          guard let old = $0.oldPath, let new = $0.newPath, old != new else { return false }
          return isOrigin ? new == path : old == path
        }
        return isOrigin ? match?.oldPath : match?.newPath
      }
      (current, isThere) = (parent, wasThere)
    }
    return nil
  }

  /// Every path of a tree that `isWanted` takes, from the tree's root, in the order of the tree.
  package func paths(
    inTree tree: ObjectID, _ isWanted: ([UInt8]) -> Bool
  ) throws(GitError) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var open: [(id: ObjectID, prefix: [UInt8])] = [(tree, [])]
    while let (id, prefix) = open.popLast() {
      let folder = try self.tree(id)
      for index in 0..<(unsafe git_tree_entrycount(folder.pointer)) {
        guard let entry = unsafe git_tree_entry_byindex(folder.pointer, index),
          let name = unsafe git_tree_entry_name(entry), let child = unsafe git_tree_entry_id(entry)
        else { continue }
        let path = unsafe prefix + Array(String(cString: name).utf8)
        switch unsafe git_tree_entry_type(entry) {
        case GIT_OBJECT_TREE: unsafe open.append((ObjectID(child.pointee), path + [0x2F]))
        case GIT_OBJECT_BLOB where isWanted(path): found.append(path)
        default: break
        }
      }
    }
    return found
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
