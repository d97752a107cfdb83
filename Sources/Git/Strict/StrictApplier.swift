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

  /// Applies the text of a patch to files.
  ///
  /// - Parameters:
  ///   - patch: gives a git patch, its hunks at the very lines they state; it may be large, and libgit2 needs
  ///     it no longer once it has read it.
  ///   - files: the files before, by path; every path that the patch reads has to be among them.
  /// - Returns: all files after; a path that is gone is not in it.
  /// - Throws: `GitError`, of kind `applyFailed` where a hunk's text is not at the line it
  ///   states.
  func apply(
    _ patch: @autoclosure () -> [UInt8], to files: [[UInt8]: GitFile]
  ) throws(GitError) -> [[UInt8]: GitFile] {
    defer { objects.removeAll() }
    let diff = try Handle.make(
      "read the adapted patch", free: { unsafe git_diff_free($0) },
      { pointer in
        unsafe patch().withUnsafeBytes { bytes in
          unsafe git_diff_from_buffer(
            &pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
      })
    let tree = try tree(of: files)
    let index = try Handle.make(
      "apply the adapted patch", free: { unsafe git_index_free($0) },
      { unsafe git_apply_to_tree(&$0, self.repository.pointer, tree.pointer, diff.pointer, nil) })
    var result: [[UInt8]: GitFile] = [:]
    let count = unsafe git_index_entrycount(index.pointer)
    for position in 0..<count {
      guard let entry = unsafe git_index_get_byindex(index.pointer, position) else { continue }
      let path = unsafe Array(UnsafeBufferPointer(start: entry.pointee.path, count: strlen(entry)))
        .map { UInt8(bitPattern: $0) }
      guard let mode = unsafe FileMode(rawValue: entry.pointee.mode) else {
        throw GitError("apply the adapted patch", "it made a file of an unknown mode")
      }
      guard let content = unsafe objects.content(ObjectID(entry.pointee.id)) else {
        throw GitError("apply the adapted patch", "its result is not in memory")
      }
      result[path] = GitFile(mode: mode, content: content)
    }
    return result
  }

  private func strlen(_ entry: UnsafePointer<git_index_entry>) -> Int {
    var length = 0
    while unsafe entry.pointee.path[length] != 0 { length += 1 }
    return length
  }

  private func tree(of files: [[UInt8]: GitFile]) throws(GitError) -> Handle {
    let index = try Handle.make(
      "make an index", free: { unsafe git_index_free($0) }, { unsafe git_index_new(&$0) })
    for (path, file) in files {
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
