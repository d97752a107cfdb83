// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// A file as git keeps it: mode and bytes.
package struct GitFile: Sendable, Hashable {
  /// The mode.
  package var mode: FileMode
  /// The bytes; for a symbolic link, its target.
  package var content: [UInt8]

  /// Makes a file from a mode and bytes.
  package init(mode: FileMode, content: [UInt8]) {
    self.mode = mode
    self.content = content
  }
}

/// libgit2's own apply, which tries one position and accepts no difference, on a small tree in
/// memory that holds only the files a patch touches.
///
/// The tree's size is the patch's: `git_apply_to_tree` copies its tree into an index, which for a
/// whole kernel would be 80,000 entries a patch.
@safe package final class StrictApplier {
  private let repository: Handle
  private let store: Handle
  private let objects = MemoryObjects()

  /// Sets up an empty repository in memory.
  package init() throws(GitError) {
    try Libgit2.setUp()
    objects.readsLargeOnce = true
    repository = try Handle.make(
      "make a repository in memory", free: { unsafe git_repository_free($0) },
      { unsafe git_repository_new(&$0) })
    store = try Handle.make(
      "make an object store in memory", free: { unsafe git_odb_free($0) },
      { unsafe git_odb_new(&$0) })
    try check(
      unsafe git_odb_add_backend(store.pointer, objects.makeBackend(), 1), "use the store in memory"
    )
    try check(
      unsafe git_repository_set_odb(repository.pointer, store.pointer), "use the store in memory")
  }

  /// Applies the text of a patch of one file.
  ///
  /// - Parameters:
  ///   - patch: gives a git patch, its hunks at the very lines they state; it may be large, and libgit2 needs
  ///     it no longer once it has read it.
  ///   - before: the file that the patch reads; nil where it creates one. The content of a large one is freed once
  ///     libgit2 has read it, where nothing else holds it.
  ///   - old: its path.
  ///   - path: the path of the file after.
  /// - Returns: the file after; nil where the path is gone.
  /// - Throws: `GitError`, of kind `applyFailed` where a hunk's text is not at the line it
  ///   states.
  func apply(
    _ patch: @autoclosure () -> [UInt8], to before: consuming GitFile?, at old: [UInt8],
    resultAt path: [UInt8]
  ) throws(GitError) -> GitFile? {
    defer { objects.removeAll() }
    let diff = try Handle.make(
      "read the adapted patch", free: { unsafe git_diff_free($0) },
      { pointer in
        unsafe patch().withUnsafeBytes { bytes in
          unsafe git_diff_from_buffer(
            &pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
      })
    let tree = try tree(of: before.take(), at: old)
    let index = try Handle.make(
      "apply the adapted patch", free: { unsafe git_index_free($0) },
      { unsafe git_apply_to_tree(&$0, self.repository.pointer, tree.pointer, diff.pointer, nil) })
    let entry = path.withCString { unsafe git_index_get_bypath(index.pointer, $0, 0) }
    guard let entry = unsafe entry else { return nil }
    guard let mode = unsafe FileMode(rawValue: entry.pointee.mode) else {
      throw GitError("apply the adapted patch", "it made a file of an unknown mode")
    }
    guard let content = unsafe objects.content(ObjectID(entry.pointee.id)) else {
      throw GitError("apply the adapted patch", "its result is not in memory")
    }
    return GitFile(mode: mode, content: content)
  }

  private func tree(of file: consuming GitFile?, at path: [UInt8]) throws(GitError) -> Handle {
    let index = try Handle.make(
      "make an index", free: { unsafe git_index_free($0) }, { unsafe git_index_new(&$0) })
    if let file = file.take() {
      try index.add(objects.add(file.content), mode: file.mode, at: path)
    }
    var oid = git_oid()
    try check(
      unsafe git_index_write_tree_to(&oid, index.pointer, repository.pointer), "make a tree")
    return try Handle.make(
      "read the tree", free: { unsafe git_tree_free($0) },
      { unsafe git_tree_lookup(&$0, self.repository.pointer, &oid) })
  }
}
