// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// A commit as history shows it.
package struct HistoryCommit: Sendable, Hashable {
  /// The commit's id.
  package var id: ObjectID
  /// Its tree.
  package var tree: ObjectID
  /// Its first parent; nil where it has none.
  package var parent: ObjectID?
  /// How many parents it has.
  package var parentCount: Int
  /// The message's bytes.
  package var message: [UInt8]
}

/// A path that differs between two trees.
package struct TreeDifference: Sendable, Hashable {
  /// The path before; nil where it is new.
  package var oldPath: [UInt8]?
  /// The path after; nil where it is gone.
  package var newPath: [UInt8]?
  /// The blob before.
  package var oldID: ObjectID?
  /// The blob after.
  package var newID: ObjectID?
}

extension Repository {
  /// Whether a commit was made on another one, directly or over others.
  package func descends(_ commit: ObjectID, from other: ObjectID) throws(GitError) -> Bool {
    var (commit, other) = (commit.raw, other.raw)
    let code = unsafe git_graph_descendant_of(handle.pointer, &commit, &other)
    try check(code, "compare two commits")
    return code == 1
  }

  /// Calls `body` for the commits of a range, newest first, until it returns false.
  ///
  /// - Parameters:
  ///   - range: a revision, for all that it holds, or `A..B`.
  ///   - followsFirstParents: whether a merge leads to its first parent alone.
  /// - Throws: `GitError` of kind `notFound` where the range names nothing.
  package func walk(
    _ range: String, followsFirstParents: Bool = false, _ body: (HistoryCommit) throws -> Bool
  ) throws {
    let walk = try Handle.make(
      "walk the history", free: { unsafe git_revwalk_free($0) },
      { unsafe git_revwalk_new(&$0, self.handle.pointer) })
    try check(
      unsafe git_revwalk_sorting(walk.pointer, GIT_SORT_TOPOLOGICAL.rawValue), "sort the history")
    if followsFirstParents {
      try check(unsafe git_revwalk_simplify_first_parent(walk.pointer), "walk the history")
    }
    if range.contains("..") {
      try check(unsafe git_revwalk_push_range(walk.pointer, range), "find the range '\(range)'")
    } else {
      guard let commit = try resolve(range).commit else {
        throw GitError("walk the history", "'\(range)' is not a commit")
      }
      var id = commit.raw
      try check(unsafe git_revwalk_push(walk.pointer, &id), "find '\(range)'")
    }
    var oid = git_oid()
    while true {
      let code = unsafe git_revwalk_next(&oid, walk.pointer)
      if code == GIT_ITEROVER.rawValue { return }
      try check(code, "walk the history")
      guard try body(try commit(ObjectID(oid))) else { return }
    }
  }

  /// A commit.
  package func commit(_ id: ObjectID) throws(GitError) -> HistoryCommit {
    let commit = try openCommit(id)
    let parents = Int(unsafe git_commit_parentcount(commit.pointer))
    let parent = unsafe git_commit_parent_id(commit.pointer, 0)
    guard let tree = unsafe git_commit_tree_id(commit.pointer) else {
      throw GitError("read the commit \(id)", "it has no tree")
    }
    var message: [UInt8] = []
    if let text = unsafe git_commit_message_raw(commit.pointer) {
      var length = 0
      while unsafe text[length] != 0 { length += 1 }
      message = unsafe UnsafeBufferPointer(start: text, count: length).map(UInt8.init(bitPattern:))
    }
    return unsafe HistoryCommit(
      id: id, tree: ObjectID(tree.pointee),
      parent: parents > 0 ? parent.map { unsafe ObjectID($0.pointee) } : nil, parentCount: parents,
      message: message)
  }

  /// The commit that an id, abbreviated or not, names; nil where there is none or several.
  package func commit(abbreviated id: String) throws(GitError) -> HistoryCommit? {
    var oid = git_oid()
    guard id.utf8.count <= 40, unsafe git_oid_fromstrn(&oid, id, id.utf8.count) == 0 else {
      return nil
    }
    var found: OpaquePointer?
    guard
      unsafe git_commit_lookup_prefix(&found, handle.pointer, &oid, id.utf8.count) == 0,
      let commit = unsafe found, let full = unsafe git_commit_id(commit)
    else {
      git_error_clear()
      return nil
    }
    let whole = unsafe ObjectID(full.pointee)
    unsafe git_commit_free(commit)
    return try self.commit(whole)
  }

  /// The paths in which two trees differ, renames found by content.
  package func differences(
    from old: ObjectID, to new: ObjectID, findsRenames: Bool
  ) throws(GitError) -> [TreeDifference] {
    let diff = try diff(from: old, to: new, findsRenames: findsRenames)
    var differences: [TreeDifference] = []
    for index in 0..<(unsafe git_diff_num_deltas(diff.pointer)) {
      guard let delta = unsafe git_diff_get_delta(diff.pointer, index)?.pointee else { continue }
      func path(_ file: git_diff_file) -> [UInt8]? {
        guard let text = unsafe file.path else { return nil }
        return unsafe Array(String(cString: text).utf8)
      }
      let isNew = unsafe delta.status == GIT_DELTA_ADDED
      let isGone = unsafe delta.status == GIT_DELTA_DELETED
      differences.append(
        unsafe TreeDifference(
          oldPath: isNew ? nil : path(delta.old_file), newPath: isGone ? nil : path(delta.new_file),
          oldID: isNew ? nil : ObjectID(delta.old_file.id),
          newID: isGone ? nil : ObjectID(delta.new_file.id)))
    }
    return differences
  }

  /// The paths in which the work tree, its index included, differs from a tree: also those that are not
  /// tracked and not ignored.
  package func changedPaths(since tree: ObjectID) throws(GitError) -> [[UInt8]] {
    let old = try self.tree(tree)
    if let workTree { try RepositoryFiles.checkSettings(in: workTree) }
    var options = unsafe git_diff_options()
    unsafe git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    unsafe options.flags =
      GIT_DIFF_INCLUDE_UNTRACKED.rawValue | GIT_DIFF_RECURSE_UNTRACKED_DIRS.rawValue
    let diff = try Handle.make(
      "compare the work tree with \(tree)", free: { unsafe git_diff_free($0) },
      { pointer in
        unsafe git_diff_tree_to_workdir_with_index(
          &pointer, self.handle.pointer, old.pointer, &options)
      })
    var paths: [[UInt8]] = []
    for index in 0..<(unsafe git_diff_num_deltas(diff.pointer)) {
      guard let delta = unsafe git_diff_get_delta(diff.pointer, index)?.pointee else { continue }
      if let text = unsafe delta.old_file.path {
        paths.append(unsafe Array(String(cString: text).utf8))
      }
      if let text = unsafe delta.new_file.path {
        paths.append(unsafe Array(String(cString: text).utf8))
      }
    }
    return paths
  }

  /// The difference of two trees as a git patch with three lines of context and whole ids.
  ///
  /// - Parameters:
  ///   - old: the tree before; nil for one without files.
  ///   - slides: whether hunks that may slide are where git's indent heuristic puts them, as in mailed patches;
  ///     the ids that git computes itself, such as those of `format-patch --base`, are of hunks that do not.
  package func patch(
    from old: ObjectID?, to new: ObjectID, slides: Bool = true
  ) throws(GitError) -> [UInt8] {
    let diff = try diff(from: old, to: new, findsRenames: true, slides: slides)
    var buffer = unsafe git_buf()
    defer { unsafe git_buf_dispose(&buffer) }
    let code = unsafe git_diff_to_buf(&buffer, diff.pointer, GIT_DIFF_FORMAT_PATCH)
    if code < 0 { throw unsafe GitError(code, "print a difference", in: handle.pointer) }
    return unsafe Array(
      UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
  }

  private func diff(
    from old: ObjectID?, to new: ObjectID, findsRenames: Bool, slides: Bool = false
  ) throws(GitError) -> Handle {
    let diff: Handle
    if let old {
      let before = try tree(old)
      diff = try unsafe compare(before.pointer, with: new, slides: slides)
    } else {
      diff = try unsafe compare(nil, with: new, slides: slides)
    }
    if findsRenames {
      var find = unsafe git_diff_find_options()
      unsafe git_diff_find_options_init(&find, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION))
      unsafe find.flags = GIT_DIFF_FIND_RENAMES.rawValue
      let code = unsafe git_diff_find_similar(diff.pointer, &find)
      if code < 0 { throw unsafe GitError(code, "find renames", in: handle.pointer) }
    }
    return diff
  }

  private func compare(
    _ before: OpaquePointer?, with new: ObjectID, slides: Bool
  ) throws(GitError) -> Handle {
    let after = try tree(new)
    var options = unsafe git_diff_options()
    unsafe git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    unsafe options.flags = GIT_DIFF_SHOW_BINARY.rawValue
    if slides { unsafe options.flags |= GIT_DIFF_INDENT_HEURISTIC.rawValue }
    unsafe options.id_abbrev = 40
    let old = unsafe before.flatMap { unsafe git_tree_id($0) }.map { unsafe ObjectID($0.pointee) }
    let paths = old.flatMap { differingPaths($0, new) } ?? []
    if !paths.isEmpty {
      unsafe options.flags |= GIT_DIFF_DISABLE_PATHSPEC_MATCH.rawValue
    }
    return try unsafe Self.withCStrings(paths) { strings throws(GitError) -> Handle in
      unsafe options.pathspec = unsafe strings
      return try unsafe Handle.object(
        new, "compare two trees", in: handle.pointer, free: { unsafe git_diff_free($0) },
        { pointer, _ in
          unsafe git_diff_tree_to_tree(
            &pointer, self.handle.pointer, before, after.pointer, &options)
        })
    }
  }

  /// More paths than this make libgit2's search for each of them slower than a pass over both trees.
  private static let mostDifferingPaths = 20_000

  /// The paths in which two trees differ; nil where libgit2 has to look for itself.
  ///
  /// libgit2 reads every folder of both trees where nothing names the paths that differ.
  private func differingPaths(_ old: ObjectID, _ new: ObjectID) -> [[UInt8]]? {
    guard objects.substitutes == nil, let reader = try? objects.reader() else { return nil }
    var comparison = TreeComparison(reader)
    var paths: [[UInt8]] = []
    do {
      try comparison.compare(new, with: [old]) { path, _ in paths.append(Array(path)) }
    } catch { return nil }
    return paths.count <= Self.mostDifferingPaths ? paths : nil
  }

  /// Calls `body` with texts as C strings, which live as long as the call.
  private static func withCStrings<Failure: Error>(
    _ texts: [[UInt8]], _ body: (git_strarray) throws(Failure) -> Handle
  ) throws(Failure) -> Handle {
    let bytes = UnsafeMutablePointer<CChar>.allocate(
      capacity: max(1, texts.reduce(0) { $0 + $1.count + 1 }))
    let strings = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: max(1, texts.count))
    defer {
      unsafe bytes.deallocate()
      unsafe strings.deallocate()
    }
    var next = unsafe bytes
    for (index, text) in texts.enumerated() {
      unsafe (strings + index).initialize(to: next)
      for byte in text {
        unsafe next.initialize(to: CChar(bitPattern: byte))
        unsafe next += 1
      }
      unsafe next.initialize(to: 0)
      unsafe next += 1
    }
    return try unsafe body(git_strarray(strings: strings, count: texts.count))
  }
}
