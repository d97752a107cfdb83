// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

extension Repository {
  /// Brings the index along for paths that a commit changed, and leaves every other entry alone.
  ///
  /// The stat data is left out, so that git looks at the files again once.
  public func updateIndex(_ changes: [GitChange]) throws(GitError) {
    let index = try Handle.make(
      "open the index", free: { unsafe git_index_free($0) },
      { unsafe git_repository_index(&$0, self.handle.pointer) })
    for change in changes {
      if let after = change.after {
        let id = try ObjectID.ofBlob(after.content)
        let code = change.path.withCString { name in
          var entry = unsafe git_index_entry()
          unsafe entry.path = name
          unsafe entry.mode = after.mode.rawValue
          unsafe entry.id = id.raw
          return unsafe git_index_add(index.pointer, &entry)
        }
        try check(code, "update the index")
      } else {
        let code = change.path.withCString { unsafe git_index_remove(index.pointer, $0, 0) }
        if code != GIT_ENOTFOUND.rawValue { try check(code, "update the index") }
      }
    }
    try check(unsafe git_index_write(index.pointer), "write the index")
  }

  /// The blob that the index holds for a path; nil where it holds none.
  public func indexEntry(at path: [UInt8]) throws(GitError) -> ObjectID? {
    let index = try Handle.make(
      "open the index", free: { unsafe git_index_free($0) },
      { unsafe git_repository_index(&$0, self.handle.pointer) })
    return path.withCString { name in
      guard let entry = unsafe git_index_get_bypath(index.pointer, name, 0) else { return nil }
      return unsafe ObjectID(entry.pointee.id)
    }
  }
}
