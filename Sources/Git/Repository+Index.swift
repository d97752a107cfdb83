// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

extension Repository {
  /// The blob that the index holds for a path; nil where it holds none.
  package func indexEntry(at path: [UInt8]) throws(GitError) -> ObjectID? {
    try stagedFile(at: path)?.id
  }

  /// The blob and the mode that the index holds for a path; nil where it holds none.
  package func stagedFile(at path: [UInt8]) throws(GitError) -> (id: ObjectID, mode: UInt32)? {
    let index = try openIndex()
    return path.withCString { name in
      guard let entry = unsafe git_index_get_bypath(index.pointer, name, 0) else { return nil }
      return unsafe (ObjectID(entry.pointee.id), entry.pointee.mode)
    }
  }

  /// Stores a file of the work tree as `git add` would: with the line ends and identifiers that git keeps.
  ///
  /// - Throws: `GitError` also where the file has a filter of the user's, which only git runs.
  package func storeFile(at path: [UInt8]) throws(GitError) -> ObjectID {
    var oid = git_oid()
    let shown = String(decoding: path, as: UTF8.self)
    try requireOwnFilters(path)
    try check(
      path.withCString { unsafe git_blob_create_from_workdir(&oid, handle.pointer, $0) },
      "store \(shown)")
    return ObjectID(oid)
  }

  /// Throws where a file has a filter or an encoding that only git knows.
  func requireOwnFilters(_ path: [UInt8]) throws(GitError) {
    try RepositoryFiles.checkAttributes(of: path, in: workTree ?? "")
    for attribute in ["filter", "working-tree-encoding"] {
      var value: UnsafePointer<CChar>? = nil
      let shown = String(decoding: path, as: UTF8.self)
      try check(
        path.withCString { unsafe git_attr_get(&value, handle.pointer, 0, $0, attribute) },
        "read the attributes of \(shown)")
      if unsafe git_attr_value(value) == GIT_ATTR_VALUE_STRING {
        throw GitError(
          "convert \(shown)", "it has the attribute '\(attribute)', which only git handles")
      }
    }
  }

  /// The content of a blob as git writes it to a file of the work tree.
  ///
  /// - Throws: `GitError` also where the file has a filter of the user's, which only git runs.
  package func checkedOut(_ id: ObjectID, at path: [UInt8]) throws(GitError) -> [UInt8] {
    try requireOwnFilters(path)
    let blob = try unsafe Handle.object(
      id, "read the blob \(id)", in: handle.pointer, free: { unsafe git_blob_free($0) },
      { unsafe git_blob_lookup(&$0, self.handle.pointer, &$1) })
    var buffer = unsafe git_buf()
    defer { unsafe git_buf_dispose(&buffer) }
    let code = path.withCString { unsafe git_blob_filter(&buffer, blob.pointer, $0, nil) }
    try check(code, "read \(String(decoding: path, as: UTF8.self)) as it is checked out")
    guard let bytes = unsafe buffer.ptr else { return [] }
    return unsafe Array(
      UnsafeRawBufferPointer(start: bytes, count: buffer.size))
  }

  /// The paths that the index has and that are kept out of the work tree.
  package func skippedPaths() throws(GitError) -> [[UInt8]] {
    let index = try openIndex()
    return (0..<(unsafe git_index_entrycount(index.pointer))).compactMap { position in
      guard let entry = unsafe git_index_get_byindex(index.pointer, position),
        unsafe UInt32(entry.pointee.flags_extended) & GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue != 0,
        let path = unsafe entry.pointee.path
      else { return nil }
      return unsafe Array(String(cString: path).utf8)
    }
  }

  /// The paths that the index has otherwise than a tree: what a commit of the index would change.
  package func stagedPaths(since tree: ObjectID) throws(GitError) -> [[UInt8]] {
    let before = try self.tree(tree)
    return Self.paths(
      of: try Handle.make(
        "compare the index with a tree", free: { unsafe git_diff_free($0) },
        { unsafe git_diff_tree_to_index(&$0, self.handle.pointer, before.pointer, nil, nil) }))
  }

  /// The files of the index that the work tree has otherwise, or not at all; submodules and files that
  /// are not checked out do not count.
  package func editedPaths() throws(GitError) -> [[UInt8]] {
    var options = unsafe git_diff_options()
    unsafe git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    unsafe options.ignore_submodules = GIT_SUBMODULE_IGNORE_ALL
    if let workTree { try RepositoryFiles.checkSettings(in: workTree) }
    let index = try openIndex()
    let paths = Self.paths(
      of: try Handle.make(
        "compare the work tree with the index", free: { unsafe git_diff_free($0) },
        {
          unsafe git_diff_index_to_workdir(&$0, self.handle.pointer, index.pointer, &options)
        }))
    return paths.filter { path in
      let entry = path.withCString { unsafe git_index_get_bypath(index.pointer, $0, 0)?.pointee }
      guard let entry = unsafe entry else { return true }
      return unsafe entry.flags_extended & UInt16(GIT_INDEX_ENTRY_SKIP_WORKTREE.rawValue) == 0
    }
  }

  private static func paths(of diff: borrowing Handle) -> [[UInt8]] {
    (0..<(unsafe git_diff_num_deltas(diff.pointer))).compactMap { position in
      guard let delta = unsafe git_diff_get_delta(diff.pointer, position)?.pointee,
        let path = unsafe delta.new_file.path ?? delta.old_file.path
      else { return nil }
      return unsafe Array(String(cString: path).utf8)
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
