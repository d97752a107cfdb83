// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

extension Repository {
  /// Brings the index along for paths that a commit changed, and leaves every other entry alone.
  ///
  /// The stat data is left out, so that git looks at the files again once.
  package func updateIndex(_ paths: [[UInt8]], fromCommit commit: ObjectID) throws(GitError) {
    let tree = try resolve(commit.description).tree
    let index = try openIndex()
    for path in paths {
      if let entry = try entry(at: path, inTree: tree), let mode = entry.mode {
        try index.add(entry.id, mode: mode, at: path)
      } else {
        let code = path.withCString { unsafe git_index_remove(index.pointer, $0, 0) }
        if code != GIT_ENOTFOUND.rawValue { try check(code, "update the index") }
      }
    }
    try check(unsafe git_index_write(index.pointer), "write the index")
  }

  /// The blob that the index holds for a path; nil where it holds none.
  package func indexEntry(at path: [UInt8]) throws(GitError) -> ObjectID? {
    let index = try openIndex()
    return path.withCString { name in
      guard let entry = unsafe git_index_get_bypath(index.pointer, name, 0) else { return nil }
      return unsafe ObjectID(entry.pointee.id)
    }
  }

  /// Whether the index has a path that a sparse checkout keeps out of the work tree.
  package func skipsWorkTree(at path: [UInt8]) throws(GitError) -> Bool {
    let index = try openIndex()
    return path.withCString { name in
      guard let entry = unsafe git_index_get_bypath(index.pointer, name, 0) else { return false }
      let flags = unsafe UInt32(entry.pointee.flags_extended)
      return flags & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0
    }
  }

  private func openIndex() throws(GitError) -> Handle {
    try Handle.make(
      "open the index", free: { unsafe git_index_free($0) },
      { unsafe git_repository_index(&$0, self.handle.pointer) })
  }
}

extension Handle {
  /// For an index: adds an entry, or replaces the one at its path.
  func add(_ id: ObjectID, mode: FileMode, at path: [UInt8]) throws(GitError) {
    let code = path.withCString { name in
      var entry = unsafe git_index_entry()
      unsafe entry.path = name
      unsafe entry.mode = mode.rawValue
      unsafe entry.id = id.raw
      return unsafe git_index_add(pointer, &entry)
    }
    try check(code, "put \(String(decoding: path, as: UTF8.self)) into an index")
  }
}
