// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// A change of one path of a tree: the file after, or nil where it goes away.
package struct GitChange: Sendable {
  /// The path from the tree's root.
  package var path: [UInt8]
  /// The file after; nil deletes.
  package var after: GitFile?

  /// Makes a change of one path.
  package init(path: [UInt8], after: GitFile?) {
    self.path = path
    self.after = after
  }
}

/// A commit to be made.
package struct CommitDraft: Sendable {
  /// The changes against the commit before.
  package var changes: [GitChange]
  /// The message, in UTF-8.
  package var message: String
  /// The author.
  package var author: Signature
  /// The bytes of a note to put on the commit; nil for none.
  package var note: [UInt8]?
  /// Whether it is signed.
  package var signing: CommitSigning

  /// Makes a draft from all of its parts.
  package init(
    changes: [GitChange], message: String, author: Signature, note: [UInt8]? = nil,
    signing: CommitSigning = .configured
  ) {
    self.changes = changes
    self.message = message
    self.author = author
    self.note = note
    self.signing = signing
  }
}

extension Repository {
  /// Makes commits, each on the one before, and writes them to disk together.
  ///
  /// Only the folders on the way to changed paths are read and written anew.
  ///
  /// - Parameters:
  ///   - drafts: what to commit, in order.
  ///   - parent: the commit to build on, or nil to start from a tree without history.
  ///   - tree: the parent's tree.
  ///   - committer: who commits.
  /// - Returns: the ids of the commits, of the last one's tree, and of the commit that holds the
  ///   notes of all, where there are any. No reference is moved.
  package func commit(
    _ drafts: [CommitDraft], onto parent: ObjectID?, tree: ObjectID, committer: Signature
  ) throws(GitError) -> MadeCommits {
    let run = try CommitRun(in: self, onto: parent, tree: tree, committer: committer)
    try run.add(drafts)
    return try run.finish()
  }

  /// Moves a reference, or makes it.
  ///
  /// - Parameters:
  ///   - name: the full name, such as `refs/heads/main`.
  ///   - target: the commit to point at.
  ///   - expected: what it has to point at now; nil where it must not exist yet.
  ///   - log: the line for the reflog.
  /// - Throws: `GitError` of kind `exists` where it points at something else by now.
  package func moveReference(
    _ name: String, to target: ObjectID, from expected: ObjectID?, log: String
  ) throws(GitError) {
    var new = target.raw
    var reference: OpaquePointer?
    let code: Int32
    patchkit_flush_names(1)
    defer { patchkit_flush_names(0) }
    // What is flushed is decided when a repository is opened.
    let again = try Repository(openingAt: gitFolder)
    if let expected {
      var old = expected.raw
      code = unsafe git_reference_create_matching(
        &reference, again.handle.pointer, name, &new, 1, &old, log)
    } else {
      code = unsafe git_reference_create(&reference, again.handle.pointer, name, &new, 0, log)
    }
    unsafe git_reference_free(reference)
    try check(code, "move \(name)")
  }

  /// What a reference points at; nil where it does not exist.
  package func target(ofReference name: String) throws(GitError) -> ObjectID? {
    var oid = git_oid()
    let code = unsafe git_reference_name_to_id(&oid, handle.pointer, name)
    if code == GIT_ENOTFOUND.rawValue {
      git_error_clear()
      return nil
    }
    try check(code, "read \(name)")
    return ObjectID(oid)
  }

  /// Removes a reference.
  package func removeReference(_ name: String) throws(GitError) {
    try check(unsafe git_reference_remove(handle.pointer, name), "remove \(name)")
  }

  /// The names of all references that start with a prefix, sorted.
  package func references(startingWith prefix: String) throws(GitError) -> [String] {
    var array = unsafe git_strarray()
    try check(unsafe git_reference_list(&array, handle.pointer), "list the references")
    defer { unsafe git_strarray_dispose(&array) }
    var names: [String] = []
    for index in unsafe 0..<array.count {
      guard let text = unsafe array.strings[index] else { continue }
      let name = unsafe String(cString: text)
      if name.hasPrefix(prefix) { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether a name may be a reference's.
  package static func isReferenceName(_ name: String) -> Bool {
    var valid: Int32 = 0
    return unsafe git_reference_name_is_valid(&valid, name) == 0 && valid == 1
  }

  /// The message of a commit.
  package func message(ofCommit id: ObjectID) throws(GitError) -> String {
    let commit = try openCommit(id)
    guard let text = unsafe git_commit_message(commit.pointer) else { return "" }
    return unsafe String(cString: text)
  }
}

extension ObjectStaging {
  /// Makes a tree from another with some paths changed; folders left empty go away.
  func update(tree: ObjectID, with changes: [GitChange], ids: [ObjectID?] = []) throws(GitError)
    -> ObjectID
  {
    guard Self.exchangesFolders(changes) else {
      return try updateAtOnce(tree: tree, with: changes, ids: ids)
    }
    let known = ids.isEmpty ? [ObjectID?](repeating: nil, count: changes.count) : ids
    let made = zip(changes, known).filter { $0.0.after != nil }
    let rest = try updateAtOnce(tree: tree, with: changes.filter { $0.after == nil }, ids: [])
    return try updateAtOnce(tree: rest, with: made.map(\.0), ids: made.map(\.1))
  }

  /// Whether a file replaces a folder, or a folder a file: the old one is removed first, as both have one name.
  private static func exchangesFolders(_ changes: [GitChange]) -> Bool {
    let gone = Set(changes.lazy.filter { $0.after == nil }.map(\.path))
    if gone.isEmpty || gone.count == changes.count { return false }
    let made = Set(changes.lazy.filter { $0.after != nil }.map(\.path))
    func isBelow(_ path: [UInt8], _ others: Set<[UInt8]>) -> Bool {
      path.indices.contains { path[$0] == 0x2F && others.contains(Array(path[..<$0])) }
    }
    return made.contains { isBelow($0, gone) } || gone.contains { isBelow($0, made) }
  }

  private func updateAtOnce(
    tree: ObjectID, with changes: [GitChange], ids: [ObjectID?]
  ) throws(GitError) -> ObjectID {
    if changes.isEmpty { return tree }
    var blobs: [ObjectID?] = []
    for change in changes {
      if let after = change.after {
        blobs.append(
          try addBlob(
            after.content, at: change.path, known: ids.isEmpty ? nil : ids[blobs.count]))
      } else {
        blobs.append(nil)
      }
    }
    let update = TreeUpdate(
      read: { id throws(GitError) in try self.treeBytes(id) },
      write: { content throws(GitError) in try self.put(content, GIT_OBJECT_TREE) })
    let entries = zip(changes, blobs).map { change, blob in
      (
        path: change.path[...],
        entry: blob.flatMap { id in change.after.map { TreeEntry(id: id, mode: $0.mode) } }
      )
    }
    if let made = try update.updated(tree, entries) { return made }
    return try put([], GIT_OBJECT_TREE)
  }

  /// Makes a commit.
  ///
  /// - Parameter signer: signs it; nil leaves it without a signature.
  func commit(
    _ draft: CommitDraft, tree: ObjectID, parent: ObjectID?, committer: Signature,
    signer: CommitSigner? = nil
  ) throws(GitError) -> ObjectID {
    var treeID = tree.raw
    let tree = try Handle.make(
      "read the new tree", free: { unsafe git_tree_free($0) },
      { unsafe git_tree_lookup(&$0, self.repository.handle.pointer, &treeID) })
    let author = try draft.author.make()
    let committer = try committer.make()
    guard let parent else {
      return try commit(draft.message, tree, author, committer, parents: unsafe [], signer)
    }
    var parentID = parent.raw
    let before = try Handle.make(
      "read the commit \(parent)", free: { unsafe git_commit_free($0) },
      { unsafe git_commit_lookup(&$0, self.repository.handle.pointer, &parentID) })
    return try commit(
      draft.message, tree, author, committer, parents: unsafe [before.pointer], signer)
  }

  @safe private func commit(
    _ message: String, _ tree: borrowing Handle, _ author: borrowing SignatureHandle,
    _ committer: borrowing SignatureHandle, parents: [OpaquePointer?], _ signer: CommitSigner?
  ) throws(GitError) -> ObjectID {
    var parents = unsafe parents
    var buffer = unsafe git_buf()
    defer { unsafe git_buf_dispose(&buffer) }
    try check(
      unsafe git_commit_create_buffer(
        &buffer, repository.handle.pointer, author.pointer, committer.pointer, nil, message,
        tree.pointer, parents.count, &parents), "make a commit")
    let content = unsafe Array(
      UnsafeRawBufferPointer(start: UnsafeRawPointer(buffer.ptr), count: buffer.size))
    guard let signer else { return try put(content, GIT_OBJECT_COMMIT) }
    var oid = git_oid()
    try check(
      unsafe git_commit_create_with_signature(
        &oid, repository.handle.pointer, String(decoding: content, as: UTF8.self),
        try signer.signature(of: content), "gpgsig"), "make a signed commit")
    return ObjectID(oid)
  }
}
