// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// An entry of a git tree.
package struct TreeEntry: Sendable, Hashable {
  /// The blob's id.
  package var id: ObjectID
  /// Its mode; nil for a folder.
  package var mode: FileMode?
}

extension Repository {
  /// The entry at a path of a tree; nil if there is none.
  ///
  /// Only the folders on the way are read.
  package func entry(
    at path: [UInt8], inTree tree: ObjectID
  ) throws(GitError) -> TreeEntry? {
    var found = TreeEntry(id: tree, mode: nil)
    for name in path.split(separator: 0x2F) {
      guard found.mode == nil, let entry = try folder(found.id).entry(named: name) else {
        return nil
      }
      found = entry
    }
    return found
  }

  /// A folder's content, which is kept for the next path.
  private func folder(_ id: ObjectID) throws(GitError) -> TreeContent {
    if let known = openFolders[id] { return known }
    if openFolders.count >= Self.mostOpenFolders { openFolders = [:] }
    let made = TreeContent(try treeBytes(id))
    openFolders[id] = made
    return made
  }

  /// The bytes of a tree's object.
  ///
  /// Trees that are only in memory come from libgit2.
  func treeBytes(_ id: ObjectID) throws(GitError) -> [UInt8] {
    if let object = try? objects.read(id), object.kind == .tree { return object.content }
    _ = try tree(id)
    let object = try Handle.make(
      "read the tree \(id)", free: { unsafe git_odb_object_free($0) },
      { pointer in
        var oid = id.raw
        guard let store = try? objectStore() else { return GIT_ENOTFOUND.rawValue }
        return unsafe git_odb_read(&pointer, store.pointer, &oid)
      })
    return unsafe Array(
      UnsafeRawBufferPointer(
        start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer)))
  }

  /// Opens a tree.
  ///
  /// - Throws: `GitError` of kind `missing` where the repository does not have it.
  func tree(_ id: ObjectID) throws(GitError) -> Handle {
    try unsafe Handle.object(
      id, "read the tree \(id)", in: handle.pointer, free: { unsafe git_tree_free($0) },
      { unsafe git_tree_lookup(&$0, self.handle.pointer, &$1) })
  }

  /// Opens a commit.
  ///
  /// - Throws: `GitError` of kind `missing` where the repository does not have it.
  func openCommit(_ id: ObjectID) throws(GitError) -> Handle {
    try unsafe Handle.object(
      id, "read the commit \(id)", in: handle.pointer, free: { unsafe git_commit_free($0) },
      { unsafe git_commit_lookup(&$0, self.handle.pointer, &$1) })
  }

  /// The bytes of a blob.
  ///
  /// libgit2 is asked only for what is in no pack and no file: it needs three times as long.
  package func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
    if let object = try? objects.read(id), object.kind == .blob { return object.content }
    let blob = try unsafe Handle.object(
      id, "read the blob \(id)", in: handle.pointer, free: { unsafe git_blob_free($0) },
      { unsafe git_blob_lookup(&$0, self.handle.pointer, &$1) })
    let count = Int(unsafe git_blob_rawsize(blob.pointer))
    let content = unsafe UnsafeRawBufferPointer(
      start: git_blob_rawcontent(blob.pointer), count: count)
    return unsafe Array(content)
  }

  /// The bytes of a file as a commit has it; nil where there is no such commit or no such file.
  ///
  /// - Parameter commit: an id, abbreviated or not.
  package func blob(at path: [UInt8], inCommit commit: String) throws(GitError) -> [UInt8]? {
    guard let commit = try self.commit(abbreviated: commit),
      let entry = try entry(at: path, inTree: commit.tree),
      entry.mode == .regular || entry.mode == .executable
    else { return nil }
    return try blob(entry.id)
  }

  /// The bytes of the blob whose id starts with the given hex digits; nil if there is none, if
  /// there are several, or if the object is not a blob.
  ///
  /// - Parameter id: at least seven hex digits, as an `index` line has them.
  package func blob(abbreviated id: [UInt8]) throws(GitError) -> [UInt8]? {
    guard (7...40).contains(id.count), !id.allSatisfy({ $0 == UInt8(ascii: "0") }) else {
      return nil
    }
    var oid = git_oid()
    guard id.withCString({ unsafe git_oid_fromstrn(&oid, $0, id.count) }) == 0 else {
      git_error_clear()
      return nil
    }
    var found: OpaquePointer?
    guard unsafe git_blob_lookup_prefix(&found, handle.pointer, &oid, id.count) == 0,
      let blob = unsafe found
    else {
      git_error_clear()
      return nil
    }
    defer { unsafe git_blob_free(blob) }
    let count = Int(unsafe git_blob_rawsize(blob))
    return unsafe Array(
      UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: count))
  }

  /// The id that the file of a work tree has after git's filters (line ends, `ident`).
  ///
  /// - Parameter path: the file's path from the work tree's root.
  package func filteredID(ofFile path: [UInt8]) throws(GitError) -> ObjectID {
    try requireOwnFilters(path)
    var oid = git_oid()
    let code = path.withCString {
      unsafe git_repository_hashfile(&oid, handle.pointer, $0, GIT_OBJECT_BLOB, nil)
    }
    try check(code, "hash \(String(decoding: path, as: UTF8.self))")
    return ObjectID(oid)
  }

  /// The paths of all files below a tree, in git's order, with their entries.
  ///
  /// - Parameter isWanted: false leaves out a folder with all below it; paths are whole.
  package func files(
    inTree tree: ObjectID, where isWanted: (_ folder: [UInt8]) -> Bool = { _ in true }
  ) throws(GitError) -> [(path: [UInt8], entry: TreeEntry)] {
    var found: [(path: [UInt8], entry: TreeEntry)] = []
    try appendFiles(of: tree, below: [], isWanted, to: &found)
    return found
  }

  private func appendFiles(
    of tree: ObjectID, below folder: [UInt8], _ isWanted: (_ folder: [UInt8]) -> Bool,
    to found: inout [(path: [UInt8], entry: TreeEntry)]
  ) throws(GitError) {
    let root = try self.tree(tree)
    let count = unsafe git_tree_entrycount(root.pointer)
    for index in 0..<count {
      guard let entry = unsafe git_tree_entry_byindex(root.pointer, index),
        let name = unsafe git_tree_entry_name(entry), let oid = unsafe git_tree_entry_id(entry)
      else { continue }
      let path = unsafe folder + Array(String(cString: name).utf8)
      let id = unsafe ObjectID(oid.pointee)
      if unsafe git_tree_entry_type(entry) == GIT_OBJECT_TREE {
        if isWanted(path) {
          try appendFiles(of: id, below: path + [0x2F], isWanted, to: &found)
        }
      } else {
        let mode = unsafe git_tree_entry_filemode(entry)
        found.append((path, TreeEntry(id: id, mode: FileMode(rawValue: mode.rawValue))))
      }
    }
  }
}

extension [UInt8] {
  /// Calls `body` with the bytes as a C string.
  @safe func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe (self + [0]).withUnsafeBytes { bytes in
      // The array has its closing zero, so it has a base address.
      unsafe body(bytes.bindMemory(to: CChar.self).baseAddress.unsafelyUnwrapped)
    }
  }
}
