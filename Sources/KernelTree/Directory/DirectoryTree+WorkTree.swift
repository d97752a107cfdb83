// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// What a cherry-pick needs of a work tree.
extension DirectoryTree {
  /// Opens the work tree that a folder is in, at its root.
  ///
  /// - Throws: `PatchkitError` where there is none.
  package static func workTree(around path: String) throws(PatchkitError) -> DirectoryTree {
    guard let found = try convertingGitErrors({ try Repository.discover(from: path) }),
      let root = found.workTree
    else {
      throw PatchkitError(
        .badInput, path: path, "not in a git work tree", hint: "run it in a clone with files")
    }
    return try DirectoryTree(path: root.count > 1 ? String(root.dropLast()) : root)
  }

  /// The repository's own folder; nil where there is no repository.
  package var gitFolder: String? { repository?.gitFolder }

  /// The id of the commit that HEAD is at.
  ///
  /// - Throws: `PatchkitError` where there is no commit.
  package func requireHead() throws(PatchkitError) -> String {
    guard let head else { throw Self.noCommit(path) }
    return head.commit.description
  }

  /// The branch that HEAD is on, without `refs/heads/`; nil where HEAD is detached.
  package var headName: String? {
    get throws(PatchkitError) {
      try convertingGitErrors { try repository?.headBranch() }.map {
        $0.hasPrefix("refs/heads/") ? String($0.dropFirst(11)) : $0
      }
    }
  }

  /// How files differ from HEAD's: `before` is what HEAD has, `after` what a commit gets, which is the staged file,
  /// or, where nothing is staged, the one on disk as `git add` stores it.
  ///
  /// - Throws: `PatchkitError` also where something other than a file is staged, or only git can store it.
  package func changesSinceHead(at paths: [TreePath]) throws(PatchkitError) -> [TreeChange] {
    let old = try headTree()
    var changes: [TreeChange] = []
    for path in paths {
      let before = try old.file(at: path)
      let after = try hasStagedChange(at: path) ? stagedFile(at: path) : storedFile(at: path)
      if before != nil || after != nil {
        changes.append(TreeChange(path: path, before: before, after: after))
      }
    }
    return changes
  }

  /// The file that is staged; nil where its removal is.
  private func stagedFile(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    try convertingGitErrors {
      guard let repository, let entry = try repository.stagedFile(at: prefix + path.bytes) else {
        return nil
      }
      guard let mode = TreeFile.Mode(rawValue: entry.mode) else {
        throw PatchkitError(
          .wrongKind, path: path.description, "a submodule is staged, which only git can commit",
          consequence: "nothing was committed",
          hint: "'git commit' commits what is staged; '--continue' then picks the commits after it")
      }
      return TreeFile(mode: mode, content: try repository.blob(entry.id))
    }
  }

  /// The file on disk, with the bytes that git stores of it.
  private func storedFile(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    guard let repository, let file = try file(at: path) else { return nil }
    if file.mode == .symlink { return file }
    do {
      let id = try repository.storeFile(at: prefix + path.bytes)
      return TreeFile(mode: file.mode, content: try repository.blob(id))
    } catch {
      throw PatchkitError(
        .refused, path: path.description, error.description, consequence: "nothing was committed",
        hint: "'git add' stages it")
    }
  }

  /// The files that are staged otherwise than HEAD has them; git takes names that no `TreePath` has.
  package func stagedNames() throws(PatchkitError) -> [[UInt8]] {
    guard let repository, let head else { return [] }
    return own(try convertingGitErrors { try repository.stagedPaths(since: head.tree) })
  }

  /// The tracked files that the folder has otherwise than the index, or not at all.
  package func editedNames() throws(PatchkitError) -> [[UInt8]] {
    guard let repository else { return [] }
    return own(try convertingGitErrors { try repository.editedPaths() })
  }

  /// Paths of the repository as paths of this folder.
  func own(_ paths: [[UInt8]]) -> [[UInt8]] {
    paths.filter { $0.starts(with: prefix) }.map { Array($0.dropFirst(prefix.count)) }
  }

  /// Whether HEAD has a file otherwise than another commit.
  package func headDiffers(from id: String, at paths: [TreePath]) throws(PatchkitError) -> Bool {
    guard let repository else { return false }
    let (new, old) = (
      try headTree(), try RevisionTree(repository: repository, revision: id, name: id)
    )
    for path in paths where try new.file(at: path) != old.file(at: path) { return true }
    return false
  }

  /// Whether HEAD is a commit that was made on another one.
  package func headDescends(from id: String) throws(PatchkitError) -> Bool {
    guard let repository, let head, let other = ObjectID(id) else { return false }
    return try convertingGitErrors { try repository.descends(head.commit, from: other) }
  }

  /// Commits files as they are staged, or as git stores what is on disk; the files stay as they are.
  ///
  /// - Parameter willMove: called with the commit's id before anything but objects is written.
  /// - Returns: the id of the commit.
  package func commitFiles(
    _ request: CommitRequest, willMove: (String) throws -> Void
  ) throws(PatchkitError) -> String {
    // Nothing changes on disk; the index is brought along for these paths.
    var same: [TreeChange] = []
    for change in request.changes {
      let file = try file(at: change.path)
      same.append(TreeChange(path: change.path, before: file, after: file))
    }
    return try commit([request], landing: same, isStored: true, willMove: willMove).first ?? ""
  }

  /// A file of a tree as git writes it to the work tree; nil where the tree has none.
  private func checkedOut(_ path: TreePath, of tree: ObjectID) throws(PatchkitError) -> TreeFile? {
    try convertingGitErrors { () throws(GitError) -> TreeFile? in
      let whole = prefix + path.bytes
      guard let repository, let entry = try repository.entry(at: whole, inTree: tree),
        let mode = entry.mode.flatMap({ TreeFile.Mode(rawValue: $0.rawValue) })
      else { return nil }
      let content =
        mode == .symlink
        ? try repository.blob(entry.id) : try repository.checkedOut(entry.id, at: whole)
      return TreeFile(mode: mode, content: content)
    }
  }

  /// Moves the branch, or a detached HEAD, to a commit, with the files that differ and the index.
  ///
  /// - Parameter discarded: files whose content on disk and in the index is given up.
  /// - Throws: `PatchkitError` of kind `changedMeanwhile` where any other file that differs has
  ///   uncommitted changes.
  package func move(to id: String, discarding discarded: [TreePath]) throws(PatchkitError) {
    guard let repository, let head else { throw Self.noCommit(path) }
    let new = try RevisionTree(repository: repository, revision: id, name: id)
    var paths = try convertingGitErrors {
      Set(
        try repository.differences(from: head.tree, to: new.tree, findsRenames: false)
          .flatMap { [$0.oldPath, $0.newPath].compactMap(\.self) }
          .compactMap { try? TreePath($0) })
    }
    for path in paths.subtracting(discarded)
    where try file(at: path) != checkedOut(path, of: head.tree) {
      throw Self.uncommitted(path)
    }
    for path in discarded {
      let isEdited = try file(at: path) != checkedOut(path, of: head.tree)
      let isStaged = try hasStagedChange(at: path)
      if isEdited || isStaged { paths.insert(path) }
    }
    if paths.isEmpty, head.commit.description == id { return }
    let changes = try paths.sorted().map { path throws(PatchkitError) in
      TreeChange(
        path: path, before: try file(at: path), after: try checkedOut(path, of: new.tree))
    }
    let branch = try convertingGitErrors { try repository.headBranch() ?? "HEAD" }
    try Self.requireUnlocked(repository, [branch], usesIndex: true)
    let move = ReferenceMove(name: branch, from: head.commit, to: ObjectID(id))
    try Journal(in: path, gitFolder: repository.gitFolder).land(
      changes, moves: [move], moveReferences: moveReferences)
  }

  private func headTree() throws(PatchkitError) -> RevisionTree {
    let id = try requireHead()
    guard let repository else { throw Self.noCommit(path) }
    return try RevisionTree(repository: repository, revision: id, name: "HEAD")
  }

  private static func noCommit(_ path: String) -> PatchkitError {
    PatchkitError(
      .badInput, path: path, "not a git work tree with a commit", hint: "commit something first")
  }
}
