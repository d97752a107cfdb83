// SPDX-License-Identifier: GPL-2.0-only

internal import Git
public import Host

/// A tree of plain files below a folder: a kernel tree as it is unpacked, or a git work tree.
public final class DirectoryTree: KernelTree {
  /// The folder as the user named it.
  public let path: String
  let reader: FolderReader
  let repository: Repository?
  /// The way from the work tree's root to the folder; empty or ended by a slash.
  let prefix: [UInt8]
  let head: (commit: ObjectID, tree: ObjectID)?

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

  /// The files and links below each of some folders, with what is in them: several folders are read at a time, and
  /// each is opened once.
  ///
  /// - Parameter excluded: folders that are not entered.
  package func contents(
    below folders: [TreePath], excluding excluded: Set<TreePath> = []
  ) throws(PatchkitError) -> [[(path: TreePath, file: TreeFile)]] {
    try WorkerPool.map(count: folders.count) { [reader] index throws(PatchkitError) in
      try reader.contents(below: folders[index], excluding: excluded)
    }
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

  /// What is at several paths; opens a folder once for consecutive paths in it.
  package func states(at paths: [TreePath]) -> [FileState] { reader.states(at: paths) }

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
  ///
  /// They are asked side by side: a kernel has 5,000.
  package func holds(_ folders: FolderStamps) -> Bool {
    let pieces = folders.pieces(of: 256)
    return !pieces.isEmpty
      && WorkerPool.map(count: pieces.count) { [reader] in
        folders.hold(in: reader.root, pieces[$0])
      }.allSatisfy(\.self)
  }

  /// Any thread may read the files.
  public var opener: (@Sendable () throws(PatchkitError) -> any KernelTree)? {
    { [reader] () throws(PatchkitError) -> any KernelTree in reader }
  }

  /// Reads the same files from any thread.
  public var concurrentReader: (any KernelTree & Sendable)? { filesAlone }

  /// The same files without the repository, for any thread.
  package var filesAlone: any KernelTree & Sendable { reader }

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
