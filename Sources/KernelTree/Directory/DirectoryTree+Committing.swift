// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

extension DirectoryTree {
  /// Checks what a commit needs and no patch decides: a work tree on a commit, no operation of git's in progress,
  /// no lock, and a committer.
  package func requireCommittable() throws(PatchkitError) {
    _ = try convertingGitErrors { try committable() }
  }

  private func committable() throws -> (
    Repository, head: (commit: ObjectID, tree: ObjectID), branch: String, committer: Signature
  ) {
    guard let repository, let head else {
      throw PatchkitError(
        .badInput, path: path, "not a git work tree with a commit",
        hint: "run without --commit, or name a work tree")
    }
    if let operation = repository.unfinishedOperation {
      throw PatchkitError(
        .refused, path: path,
        "\(operation == "am" ? "an" : "a") \(operation) is in progress, and a commit would become part of it",
        hint: "complete it, or stop it with 'git \(operation) --abort'")
    }
    // A detached HEAD moves itself, as with git.
    let branch = try repository.headBranch() ?? "HEAD"
    try Self.requireUnlocked(repository, [branch], usesIndex: true)
    return (repository, head, branch, try repository.committer())
  }

  /// Commits changes on the branch that the work tree is on, with files and index brought along.
  ///
  /// The objects are written first, then the files land, then the index and last the branch.
  ///
  /// - Parameters:
  ///   - drafts: one commit each, their changes in the tree's paths.
  ///   - changes: the changes of all drafts together.
  ///   - isStored: whether the changes have the bytes that git stores, and not those on disk.
  ///   - willMove: called with the last commit's id before anything but objects is written.
  /// - Returns: the ids of the commits.
  package func commit(
    _ drafts: [CommitRequest], landing changes: [TreeChange], isStored: Bool = false,
    willMove: (String) throws -> Void = { _ in }
  ) throws(PatchkitError) -> [String] {
    return try convertingGitErrors {
      let (repository, head, branch, committer) = try committable()
      if drafts.contains(where: { $0.note != nil }) {
        try Self.requireUnlocked(repository, [Repository.notesReference], usesIndex: false)
      }
      for change in changes where change.before == nil {
        try requireNoSubmodule(on: change.path, repository, head.tree)
      }
      var checkout = try CheckoutForm(changes) { path throws(GitError) in
        try repository.entry(at: prefix + path.bytes, inTree: head.tree)
          .map { entry throws(GitError) in try repository.blob(entry.id) }
      }
      let gitDrafts = drafts.map { draft in
        var draft = draft
        if !isStored { draft.changes = checkout.committed(draft.changes) }
        return draft.draft(committer: committer, prefix: prefix)
      }
      let made = try repository.commit(
        gitDrafts, onto: head.commit, tree: head.tree, committer: committer)
      guard let last = made.commits.last else { return [] }
      try willMove(last.description)
      // The branch comes last: a note on a commit that no branch has yet changes nothing.
      let moves =
        [made.notes].compactMap(\.self) + [ReferenceMove(name: branch, from: head.commit, to: last)]
      try Journal(in: path, gitFolder: repository.gitFolder).land(
        changes, moves: moves, moveReferences: moveReferences)
      return made.commits.map(\.description)
    }
  }

  /// Throws where a new file would be inside a submodule: it belongs to another repository.
  private func requireNoSubmodule(
    on path: TreePath, _ repository: Repository, _ tree: ObjectID
  ) throws {
    for folder in path.folders {
      guard let entry = try repository.entry(at: prefix + folder, inTree: tree) else { return }
      guard entry.mode == .gitlink else { continue }
      let name = String(decoding: folder, as: UTF8.self)
      throw PatchkitError(
        .refused, path: path.description, "is inside of the submodule '\(name)'",
        hint:
          "apply the patch in the submodule, with --onto \(Shell.quoted(self.path + "/" + name))"
      )
    }
  }

  /// Updates the index for some paths, and moves references, the branch last; other entries stay.
  func moveReferences(
    _ moves: [ReferenceMove], _ paths: [TreePath], _ isUndo: Bool
  ) throws(PatchkitError) {
    try convertingGitErrors {
      guard let repository else {
        throw PatchkitError(.badInput, path: path, "the repository of the stopped run is gone")
      }
      let number = "\(try reader.root.ownStatus().inode)"
      try RepositoryMove(
        in: repository, moves, paths: paths.map { prefix + $0.bytes }, number: number
      ).carryOut(log: "patchkit: apply", isUndo: isUndo)
    }
  }

  /// Throws where a lock of another git command is in the way, before anything is changed.
  static func requireUnlocked(
    _ repository: Repository, _ references: [String], usesIndex: Bool
  ) throws(PatchkitError) {
    try CommitStream.requireIdle(repository)
    for lock in repository.lockFiles(ofReferences: references, usesIndex: usesIndex) {
      guard let age = NamedFile.age(of: lock) else { continue }
      throw PatchkitError(
        .busy, path: lock, "another git command holds this lock, which is \(age) old",
        consequence: "nothing was changed",
        hint: "wait for the command to end; if none is running, remove the file")
    }
  }

  /// Whether there is a file at a path that HEAD does not have: git does not track it, or it was
  /// only added with `git add -N`.
  package func isUntracked(at path: TreePath) throws(PatchkitError) -> Bool {
    guard let repository, let head else { return false }
    let whole = prefix + path.bytes
    guard try file(at: path) != nil else { return false }
    return try convertingGitErrors { try repository.entry(at: whole, inTree: head.tree) == nil }
  }

  /// Whether the file in the index differs from HEAD's: something is staged that a commit of this
  /// path would mix in.
  package func hasStagedChange(at path: TreePath) throws(PatchkitError) -> Bool {
    guard let repository, let head else { return false }
    let whole = prefix + path.bytes
    return try convertingGitErrors {
      try repository.indexEntry(at: whole)
        != repository.entry(at: whole, inTree: head.tree)?.id
    }
  }
}
