// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// Commits on top of a revision, made as their changes become known; the branch is moved last.
package final class CommitStream {
  private let origin: RevisionTree
  private let run: CommitRun
  private let committer: Signature
  private let branch: String?
  private let expected: ObjectID?
  private var lastSubject = "apply"
  private var isFinished = false
  private var reference: String? { branch.map { "refs/heads/\($0)" } }

  /// Starts on a revision.
  ///
  /// - Parameters:
  ///   - tree: the revision.
  ///   - branch: the branch to make or to move, without `refs/heads/`; nil moves nothing.
  ///   - isForced: move a branch that points elsewhere than at the revision.
  /// - Throws: `PatchkitError` where the branch cannot be the one to move.
  package init(onto tree: RevisionTree, branch: String?, isForced: Bool) throws(PatchkitError) {
    origin = tree
    self.branch = branch
    expected = try convertingGitErrors { try Self.target(of: branch, tree, isForced) }
    let repository = tree.repository
    committer = try convertingGitErrors { try repository.committer() }
    let committer = committer
    run = try convertingGitErrors {
      try CommitRun(in: repository, onto: tree.commit, tree: tree.tree, committer: committer)
    }
  }

  /// What the branch points at; nil where it is to be made.
  private static func target(
    of branch: String?, _ tree: RevisionTree, _ isForced: Bool
  ) throws -> ObjectID? {
    guard let branch else { return nil }
    guard tree.commit != nil else {
      throw PatchkitError(
        .badInput, "\(tree.name) is a tree without a commit, so a branch cannot begin there",
        hint: "name a commit, or leave --branch out")
    }
    let repository = tree.repository
    let reference = "refs/heads/\(branch)"
    guard Repository.isReferenceName(reference), branch != "HEAD", !branch.hasPrefix("-") else {
      throw PatchkitError(
        .badInput, "'\(branch)' is not a valid branch name",
        hint: "'git check-ref-format --branch \(Shell.quoted(branch))' checks a name")
    }
    try DirectoryTree.requireUnlocked(
      repository, [reference, Repository.notesReference], usesIndex: false)
    let target = try repository.target(ofReference: reference)
    if let target, target != tree.commit, !isForced {
      throw PatchkitError(
        .git, "the branch '\(branch)' exists and is not at \(tree.name)",
        hint: "choose another name, or move it with --force")
    }
    if repository.isCheckedOut(reference) {
      throw PatchkitError(
        .git, "the branch '\(branch)' is checked out in a work tree of \(tree.name)",
        hint: "apply to the work tree with --commit, or choose another branch")
    }
    return target
  }

  /// Makes commits on the ones before.
  package func add(_ requests: [CommitRequest]) throws(PatchkitError) {
    try convertingGitErrors { try run.add(requests.map { $0.draft(committer: committer) }) }
    lastSubject = requests.last?.subject ?? lastSubject
  }

  /// The tree as the commits leave it, where they went to disk because there were many; nil while they
  /// are in memory.
  package func settled() throws(PatchkitError) -> RevisionTree? {
    try convertingGitErrors {
      guard try run.landIfLarge() else { return nil }
      let again = try Repository(openingAt: origin.repository.gitFolder)
      return try RevisionTree(
        repository: again, revision: run.tree.description, name: origin.name)
    }
  }

  /// Writes what is left, and moves the branch.
  ///
  /// - Returns: the ids of the commits, and of the last one's tree.
  package func finish() throws(PatchkitError) -> (commits: [String], tree: String) {
    try convertingGitErrors {
      let made = try run.finish()
      isFinished = true
      let repository = origin.repository
      var moves = [made.notes].compactMap(\.self)
      if let reference, let last = made.commits.last {
        moves.append(ReferenceMove(name: reference, from: expected, to: last))
      }
      try Self.move(moves, in: repository, log: "patchkit: \(lastSubject)")
      return (made.commits.map(\.description), made.tree.description)
    }
  }

  /// A run that ends early leaves nothing on disk.
  deinit { if !isFinished { run.discard() } }
}

extension CommitStream {
  /// Moves references of a repository together: a run that is killed is completed or rolled back by `recover`.
  ///
  /// The journal is for the git directory, and changes no file.
  private static func move(
    _ moves: [ReferenceMove], in repository: Repository, log: String
  ) throws(PatchkitError) {
    if moves.isEmpty { return }
    let folder = repository.gitFolder
    try Journal.waiting(in: folder, gitFolder: folder).land([], moves: moves) {
      moves, _, isUndo throws(PatchkitError) in
      try carryOut(moves, in: repository, log: log, isUndo: isUndo)
    }
  }

  private static func carryOut(
    _ moves: [ReferenceMove], in repository: Repository, log: String, isUndo: Bool
  ) throws(PatchkitError) {
    try convertingGitErrors {
      try RepositoryMove(in: repository, moves, paths: nil, number: "references")
        .carryOut(log: log, isUndo: isUndo)
    }
  }

  /// Completes or rolls back a move of a repository's references that was stopped.
  static func recover(
    _ repository: Repository, rollingBack: Bool
  ) throws(PatchkitError) -> DirectoryTree.Recovered {
    let folder = repository.gitFolder
    let state = try Journal.recover(
      folder, rollingBack ? .rollBack : .finish, gitFolder: folder
    ) { moves, _, isUndo throws(PatchkitError) in
      try carryOut(moves, in: repository, log: "patchkit: apply", isUndo: isUndo)
    }
    return DirectoryTree.Recovered(state, rollingBack: rollingBack)
  }

  /// Throws where a move of a repository's references was stopped.
  static func requireIdle(_ repository: Repository) throws(PatchkitError) {
    let folder = repository.gitFolder
    if try Journal.isStopped(in: folder, gitFolder: folder) { throw Journal.busy(folder) }
  }
}
