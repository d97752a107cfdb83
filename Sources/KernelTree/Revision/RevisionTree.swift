// SPDX-License-Identifier: GPL-2.0-only

internal import Git
public import Host

/// A revision of a git repository, bare or not, or a vendored tree: nothing of it is ever changed,
/// what comes of it are new commits.
public final class RevisionTree: KernelTree {
  /// What to call the tree in messages.
  public let name: String
  /// The id of the revision's commit; nil where the revision is a tree.
  package var commitID: String? { commit?.description }
  /// The id of the revision's tree.
  package var treeID: String { tree.description }

  /// What the repository reads in the place of other objects, in a fixed order; nil where that is nothing.
  package var substitutes: String? { repository.substitutes }
  /// The folder of the repository that linked work trees share, ended by a slash.
  package var commonFolder: String { repository.commonFolder }

  let repository: Repository
  let commit: ObjectID?
  let tree: ObjectID

  init(repository: Repository, revision: String, name: String) throws(PatchkitError) {
    self.repository = repository
    self.name = name
    (commit, tree) = try convertingGitErrors { try repository.resolve(revision) }
  }

  /// Opens a revision of the repository at a path.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` where there is no such repository or revision.
  package convenience init(repositoryPath: String, revision: String) throws(PatchkitError) {
    let found = try convertingGitErrors { try Repository.discover(from: repositoryPath) }
    guard let repository = found else {
      throw PatchkitError(
        .badInput, path: repositoryPath, "not a git repository",
        hint: "name a folder inside a repository, or REPO@REVISION")
    }
    try self.init(
      repository: repository, revision: revision, name: "\(repositoryPath)@\(revision)")
  }

  /// How many commits are looked at for a rename.
  static let renameLimit = 20_000

  /// The paths whose last component is `name`.
  public func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    let names = try PathNames.shared(.tree(tree.bytes + Array((substitutes ?? "").utf8))) {
      () throws(PatchkitError) -> PathNames in
      try convertingGitErrors {
        var names = PathNames()
        unsafe try repository.forEachFile(inTree: tree) { folder, name, _ in
          unsafe names.append(folder, name)
        }
        return names
      }
    }
    return names.paths(named: name).compactMap { try? TreePath($0) }.sorted()
  }

  /// The files directly in a folder.
  public func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    return try convertingGitErrors {
      guard let id = try repository.folder(at: folder, inTree: tree) else { return [] }
      let prefix = folder.isEmpty ? [] : folder + [0x2F]
      return try repository.files(ofTree: id).compactMap { try? TreePath(prefix + $0) }
    }
  }

  /// The files and links below a folder; empty where there is no such folder.
  public func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    try convertingGitErrors {
      guard let id = try repository.folder(at: folder.bytes, inTree: tree) else { return [] }
      let prefix = folder.bytes + [0x2F]
      var found: [TreePath] = []
      unsafe try repository.forEachFile(inTree: id) { folder, name, _ in
        if let path = unsafe try? TreePath(prefix + folder + name) { found.append(path) }
      }
      return found
    }
  }

  /// Where a path went, by the revision's history.
  public func laterName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    try rename(of: path, isOrigin: false)
  }

  /// What a path was called before, by the revision's history.
  public func formerName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    try rename(of: path, isOrigin: true)
  }

  private func rename(of path: TreePath, isOrigin: Bool) throws(PatchkitError) -> TreePath? {
    guard let commit else { return nil }
    let name = try convertingGitErrors {
      try repository.rename(
        of: path.bytes, from: commit, isOrigin: isOrigin, limit: Self.renameLimit)
    }
    return name.flatMap { try? TreePath($0) }
  }

  /// The content of a blob of the repository.
  public func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]? {
    try convertingGitErrors { try repository.blob(abbreviated: id) }
  }

  /// The content of a file as a commit of the repository has it.
  public func blob(at path: TreePath, inCommit id: String) throws(PatchkitError) -> [UInt8]? {
    try convertingGitErrors { try repository.blob(at: path.bytes, inCommit: id) }
  }

  /// Every file whose path is wanted, with its blob's id.
  public func listing(
    where isWanted: (_ path: [UInt8]) -> Bool
  ) throws(PatchkitError) -> [ListedFile] {
    try convertingGitErrors { try listing(inTree: tree, below: [], isWanted) }
  }

  /// The files below a folder whose path is wanted, with their blobs' ids.
  package func listing(
    below folder: TreePath, where isWanted: (_ path: [UInt8]) -> Bool
  ) throws(PatchkitError) -> [ListedFile] {
    try convertingGitErrors {
      guard let id = try repository.folder(at: folder.bytes, inTree: tree) else { return [] }
      return try listing(inTree: id, below: folder.bytes + [0x2F], isWanted)
    }
  }

  private func listing(
    inTree tree: ObjectID, below prefix: [UInt8], _ isWanted: (_ path: [UInt8]) -> Bool
  ) throws(GitError) -> [ListedFile] {
    var files: [ListedFile] = []
    unsafe try repository.forEachFile(inTree: tree) { folder, name, entry in
      guard entry.mode == .regular || entry.mode == .executable,
        case let path = unsafe prefix + folder + name, isWanted(path),
        let path = try? TreePath(path)
      else { return }
      files.append(ListedFile(path: path, stamp: Array(entry.id.description.utf8)))
    }
    return files
  }

  /// The blob of a file that was listed.
  public func content(of file: ListedFile) throws(PatchkitError) -> [UInt8]? {
    try convertingGitErrors {
      try ObjectID(String(decoding: file.stamp, as: UTF8.self)).map { try repository.blob($0) }
    }
  }

  /// The blob of a path, unread.
  public func stamp(at path: TreePath) throws(PatchkitError) -> FileStamp? {
    let entry = try convertingGitErrors { try repository.entry(at: path.bytes, inTree: tree) }
    guard let entry, let mode = entry.mode else { return nil }
    return FileStamp(
      bytes: Array("\(mode.rawValue) \(entry.id)".utf8), blob: entry.id.description)
  }

  /// The repository can be opened once more.
  public var opener: (@Sendable () throws(PatchkitError) -> any KernelTree)? {
    {
      [path = repository.gitFolder, revision = commitID ?? treeID, name] () throws(PatchkitError)
        -> any KernelTree
      in
      let again = try convertingGitErrors { try Repository(openingAt: path) }
      return try RevisionTree(repository: again, revision: revision, name: name)
    }
  }

  /// The file at a path; nil where there is none.
  public func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    return try convertingGitErrors {
      guard let entry = try repository.entry(at: path.bytes, inTree: tree) else {
        try refuseFileInTheWay(of: path)
        return nil
      }
      guard let mode = entry.mode else {
        throw PatchkitError(.wrongKind, path: path.description, "is a folder, not a file")
      }
      guard let kind = TreeFile.Mode(rawValue: mode.rawValue) else {
        throw PatchkitError(.notAFile, path: path.description, "is a submodule, not a file")
      }
      return TreeFile(mode: kind, content: try repository.blob(entry.id))
    }
  }

  private func refuseFileInTheWay(of path: TreePath) throws {
    for folder in path.folders {
      guard let entry = try repository.entry(at: folder, inTree: tree) else { return }
      guard let mode = entry.mode else { continue }
      let name = String(decoding: folder, as: UTF8.self)
      throw PatchkitError(
        mode == .symlink ? .symlinkInTheWay : .wrongKind, path: path.description,
        mode == .symlink
          ? "'\(name)' is a symbolic link and is not followed" : "'\(name)' is not a folder")
    }
  }

  /// Commits changes on top of the revision, all of them or none, and moves a branch if one is named.
  ///
  /// - Parameters:
  ///   - requests: one commit each.
  ///   - branch: the branch to make or to move, without `refs/heads/`; nil moves nothing.
  ///   - isForced: move a branch that points elsewhere than at the revision.
  /// - Returns: the ids of the commits, and of the last one's tree.
  package func commit(
    _ requests: [CommitRequest], branch: String?, isForced: Bool
  ) throws(PatchkitError) -> (commits: [String], tree: String) {
    let stream = try CommitStream(onto: self, branch: branch, isForced: isForced)
    try stream.add(requests)
    return try stream.finish()
  }
}
