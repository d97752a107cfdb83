// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// Commits that were made and that no reference names yet.
package struct MadeCommits: Sendable {
  /// The ids of the commits, in order.
  package var commits: [ObjectID]
  /// The id of the last one's tree.
  package var tree: ObjectID
  /// The move of `Repository.notesReference`; nil where no commit has a note.
  package var notes: ReferenceMove?
}

/// Makes commits, each on the one before, as they come.
///
/// Objects wait in memory and go to disk as a pack when there are many; no reference names them before
/// the caller moves one, so a run that ends early leaves a repository as it was.
package final class CommitRun {
  /// Objects of more bytes than this do not wait any longer.
  private static let room = 32 << 20

  private let repository: Repository
  private let staging: ObjectStaging
  private let committer: Signature
  private lazy var isSigning = Result { () throws(GitError) -> Bool in
    try CommitSigner.isConfigured(in: repository.gitFolder)
  }
  private var signer: CommitSigner?
  private var parent: ObjectID?
  private var made: [ObjectID] = []
  private var notes: [(commit: ObjectID, text: [UInt8]?)] = []
  /// The tree of the last commit.
  package private(set) var tree: ObjectID

  /// Starts on a commit, or on a tree without history.
  package init(
    in repository: Repository, onto parent: ObjectID?, tree: ObjectID, committer: Signature
  ) throws(GitError) {
    self.repository = repository
    staging = try ObjectStaging(of: repository)
    self.parent = parent
    self.tree = tree
    self.committer = committer
  }

  /// Makes commits.
  package func add(_ drafts: [CommitDraft]) throws(GitError) {
    var ids = try Self.ids(of: drafts.flatMap { $0.changes.map(\.after?.content) })[...]
    for draft in drafts {
      tree = try staging.update(
        tree: tree, with: draft.changes, ids: Array(ids.prefix(draft.changes.count)))
      ids = ids.dropFirst(draft.changes.count)
      let commit = try staging.commit(
        draft, tree: tree, parent: parent, committer: committer, signer: try signer(for: draft))
      made.append(commit)
      if draft.note != nil { notes.append((commit, draft.note)) }
      parent = commit
    }
  }

  /// What signs a commit; nil where it is not to be signed.
  private func signer(for draft: CommitDraft) throws(GitError) -> CommitSigner? {
    switch draft.signing {
    case .never: return nil
    case .configured: guard try isSigning.get() else { return nil }
    case .always: break
    }
    if let signer { return signer }
    let made = try CommitSigner(in: repository.gitFolder, committer: committer)
    signer = made
    return made
  }

  /// The ids of blobs, hashed side by side: libgit2's hash looks for collisions and takes its time.
  private static func ids(of contents: [[UInt8]?]) throws(GitError) -> [ObjectID?] {
    try WorkerPool.map(count: contents.count) { (index) throws(GitError) -> ObjectID? in
      guard let content = contents[index] else { return nil }
      return try ObjectID.ofBlob(content)
    }
  }

  /// Writes what waits to disk where that is much.
  ///
  /// - Returns: whether it did, so that the last commit's tree can be read by others.
  package func landIfLarge() throws(GitError) -> Bool {
    guard staging.bytes > Self.room else { return false }
    try staging.land()
    return true
  }

  /// Writes what is left to disk.
  ///
  /// - Returns: the commits. No reference is moved.
  package func finish() throws(GitError) -> MadeCommits {
    let noted = try staging.notes(notes, committer)
    try staging.land()
    return MadeCommits(commits: made, tree: tree, notes: noted)
  }

  /// Removes the packs that were written: nothing needs them.
  package func discard() { staging.discard() }
}

extension ObjectStaging {
  /// Makes a commit of all notes that there are and these, each named by its commit.
  ///
  /// A note that a commit has already stays, and the new one comes below it, as with `git notes append`.
  func notes(
    _ notes: [(commit: ObjectID, text: [UInt8]?)], _ committer: Signature
  ) throws(GitError) -> ReferenceMove? {
    if notes.allSatisfy({ $0.text == nil }) { return nil }
    let parent = try repository.target(ofReference: Repository.notesReference)
    let base =
      if let parent { try repository.commit(parent).tree } else { try put([], GIT_OBJECT_TREE) }
    var changes: [GitChange] = []
    for case (let commit, let text?) in notes {
      let known = try repository.note(on: commit, in: base)
      var content = text
      if var old = known?.text, !old.isEmpty {
        if old.firstRange(of: text) != nil { continue }
        while old.last == 0x0A { old.removeLast() }
        content = old + [0x0A, 0x0A] + text
      }
      changes.append(
        GitChange(
          path: known?.path ?? Array(commit.description.utf8),
          after: GitFile(mode: .regular, content: content)))
    }
    if changes.isEmpty { return nil }
    let draft = CommitDraft(
      changes: changes, message: "Notes added by 'patchkit'\n", author: committer)
    let made = try commit(
      draft, tree: try update(tree: base, with: changes), parent: parent, committer: committer)
    return ReferenceMove(name: Repository.notesReference, from: parent, to: made)
  }
}
