// SPDX-License-Identifier: GPL-2.0-only

internal import Git
public import Host

/// A tree of plain files below a folder: a kernel tree as it is unpacked, or a git work tree.
public final class DirectoryTree: KernelTree {
  /// The folder as the user named it.
  public let path: String
  private let reader: FolderReader
  private let repository: Repository?
  /// The way from the work tree's root to the folder; empty or ended by a slash.
  private let prefix: [UInt8]
  private let head: (commit: ObjectID, tree: ObjectID)?

  /// Opens a folder, and the repository whose work tree it lies in, if there is one.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` where there is no such folder.
  public init(path: String) throws(PatchkitError) {
    self.path = path
    let location = try convertingGitErrors { try Self.location(of: path) }
    (repository, prefix, head) = (location?.repository, location?.prefix ?? [], location?.head)
    reader = try FolderReader(
      path: path,
      skipped: location.map { SkippedFiles(gitFolder: $0.repository.gitFolder, prefix: $0.prefix) })
  }

  private typealias Location = (
    repository: Repository, prefix: [UInt8], head: (commit: ObjectID, tree: ObjectID)?
  )

  /// The repository whose work tree a folder lies in, and the way from its root to the folder.
  private static func location(of path: String) throws -> Location? {
    guard let found = try Repository.discover(from: path), let real = InputFile.realPath(path)
    else { return nil }
    let gitFolder = InputFile.realPath(found.gitFolder) ?? found.gitFolder
    if real == gitFolder || real.hasPrefix(gitFolder + "/") {
      throw PatchkitError(
        .badInput, path: path, "is a git repository's own folder, not a tree of files",
        hint:
          "name a revision, such as \(Shell.quoted(path + "@HEAD")), or the work tree of the repository"
      )
    }
    guard let workTree = found.workTree else { return nil }
    let base = InputFile.realPath(workTree) ?? workTree
    if real == base { return (found, [], try found.head()) }
    guard real.hasPrefix(base + "/") else { return nil }
    return (found, Array((real.dropFirst(base.count + 1) + "/").utf8), try found.head())
  }

  /// The folder as the user named it.
  public var name: String { path }

  /// The folder's path from the root of the file system, links resolved.
  package var absolutePath: String { InputFile.realPath(path) ?? path }

  /// Whether the folder lies in a git work tree.
  package var isWorkTree: Bool { repository != nil }

  /// The paths whose last component is `name`, links not followed.
  public func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try reader.paths(named: name)
  }

  /// The files directly in a folder.
  public func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try reader.files(in: folder)
  }

  /// The files and links below a folder; empty where there is no such folder.
  public func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    try reader.allFiles(below: folder)
  }

  /// Where a path went, by the history of the work tree's HEAD.
  public func laterName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    try rename(of: path, isOrigin: false)
  }

  /// What a path was called before, by the history of the work tree's HEAD.
  public func formerName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    try rename(of: path, isOrigin: true)
  }

  private func rename(of path: TreePath, isOrigin: Bool) throws(PatchkitError) -> TreePath? {
    guard let repository, let head else { return nil }
    let name = try convertingGitErrors {
      try repository.rename(
        of: prefix + path.bytes, from: head.commit, isOrigin: isOrigin,
        limit: RevisionTree.renameLimit)
    }
    guard let name, name.starts(with: prefix) else { return nil }
    return try? TreePath(Array(name.dropFirst(prefix.count)))
  }

  /// The content of a blob of the repository.
  public func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]? {
    try convertingGitErrors { try repository?.blob(abbreviated: id) }
  }

  /// The content of a file as a commit of the repository has it.
  public func blob(at path: TreePath, inCommit id: String) throws(PatchkitError) -> [UInt8]? {
    try convertingGitErrors { try repository?.blob(at: prefix + path.bytes, inCommit: id) }
  }

  /// The file at a path; nil where there is none.
  public func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    try reader.file(at: path)
  }

  /// Every file whose path is wanted, git's folders not entered.
  public func listing(
    where isWanted: (_ path: [UInt8]) -> Bool
  ) throws(PatchkitError) -> [ListedFile] {
    try reader.listing(where: isWanted)
  }

  /// What shows whether a file is the same later: its size, change time, inode and device.
  public func stamp(at path: TreePath) throws(PatchkitError) -> FileStamp? {
    try reader.stamp(at: path)
  }

  /// The names of all files, as the folders have them now.
  package func names() throws(PatchkitError) -> PathNames { try reader.names() }

  /// The paths whose last component is `name`, by a listing that was made before.
  package func paths(named name: [UInt8], in names: PathNames) throws(PatchkitError) -> [TreePath] {
    try reader.paths(named: name, in: names)
  }

  /// A stamp of the list of a folder's files; nil where there is no such folder.
  package func stamp(ofFolder path: [UInt8]) throws(PatchkitError) -> FileStamp? {
    try reader.stamp(ofFolder: path)
  }

  /// Whether the folders have the same stamps as before: then none of them got, lost or renamed a child.
  package func holds(_ folders: FolderStamps) -> Bool { folders.hold(in: reader.root) }

  /// Any thread may read the files.
  public var opener: (@Sendable () throws(PatchkitError) -> any KernelTree)? {
    { [reader] () throws(PatchkitError) -> any KernelTree in reader }
  }

  /// Reads the same files from any thread.
  public var concurrentReader: (any KernelTree & Sendable)? { reader }

  /// Whether a path has changes that are not committed: the file differs from HEAD's, by content or
  /// by kind.
  ///
  /// A path that git does not track has none.
  ///
  /// Only the folders on the way are read: neither the index nor any other file of the tree.
  package func hasUncommittedChange(at path: TreePath) throws(PatchkitError) -> Bool {
    guard let repository, let head else { return false }
    let whole = prefix + path.bytes
    return try convertingGitErrors {
      guard let entry = try repository.entry(at: whole, inTree: head.tree) else { return false }
      guard let file = try file(at: path) else { return true }
      if let mode = entry.mode, mode.rawValue != file.mode.rawValue {
        if file.mode != .symlink, mode == .regular || mode == .executable,
          try repository.ignoresModes()
        {
          throw PatchkitError(
            .git, path: path.description,
            "has another mode than in its commit, which git ignores here (core.fileMode is false)",
            hint: "apply to a commit instead: --onto REPO@REVISION")
        }
        return true
      }
      if try ObjectID.ofBlob(file.content) == entry.id { return false }
      return try repository.filteredID(ofFile: whole) != entry.id
    }
  }

  /// Puts changes on disk: all of them, or none.
  ///
  /// - Throws: `PatchkitError`; of kind `busy` where another run is at work or was stopped, of kind
  ///   `changedMeanwhile` where a file is no longer the one that was read.
  public func land(_ changes: [TreeChange]) throws(PatchkitError) {
    if changes.isEmpty { return }
    let journal = try Journal(in: path, gitFolder: repository?.gitFolder)
    try journal.land(changes)
  }

  /// Starts to put changes on disk that come one by one.
  package func landing() -> Landing {
    Landing(in: path, gitFolder: repository?.gitFolder)
  }

  /// Throws where a run is at work on the folder or was stopped in it.
  package func requireIdle() throws(PatchkitError) {
    try Journal.requireNone(in: path, gitFolder: repository?.gitFolder)
  }

  /// How a recovery ended.
  package enum Recovered: String, Sendable, Codable {
    /// There was nothing to recover.
    case nothing
    /// No file had to be changed: the run was stopped before its first change, or after its last one.
    case unchanged
    /// Every change is in place.
    case finished
    /// Every change was rolled back.
    case rolledBack = "rolled-back"
  }

  /// Brings a folder to its new state, or back to its old one, after a run was stopped in it.
  ///
  /// - Parameter rollingBack: undo the changes instead of finishing them.
  /// - Throws: `PatchkitError` of kind `busy` where a run is at work.
  package static func recover(at path: String, rollingBack: Bool) throws(PatchkitError) -> Recovered
  {
    let repository = try convertingGitErrors { try Repository.discover(from: path) }
    var found: [Recovered] = []
    if let repository {
      found.append(try CommitStream.recover(repository, rollingBack: rollingBack))
      let own = InputFile.realPath(repository.gitFolder)
      if own == nil || own == InputFile.realPath(path) { return found[0] }
    }
    let state = try Journal.recover(
      path, rollingBack ? .rollBack : .finish,
      gitFolder: try DirectoryTree(path: path).repository?.gitFolder
    ) { moves, paths, isUndo throws(PatchkitError) in
      try DirectoryTree(path: path).moveReferences(moves, paths, isUndo)
    }
    found.append(Recovered(state, rollingBack: rollingBack))
    return found.last { $0 != .nothing && $0 != .unchanged } ?? found.last { $0 != .nothing }
      ?? .nothing
  }
}

extension DirectoryTree.Recovered {
  init(_ state: Journal.State, rollingBack: Bool) {
    self =
      switch state {
      case .none: .nothing
      case .prepared: .unchanged
      case .planned: rollingBack ? .rolledBack : .finished
      }
  }
}

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
  private func moveReferences(
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
  private func own(_ paths: [[UInt8]]) -> [[UInt8]] {
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
