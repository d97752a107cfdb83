// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// The trees that a project keeps for its patches: a bare git repository in `.patchkit/`.
///
/// Each tree is a commit without history under `refs/patchkit/trees/NAME`; its message says where
/// the tree came from. Equal files of several trees are kept once.
package final class VendoredStore {
  /// The folder that holds a store.
  package static let folder = ".patchkit"
  private static let prefix = "refs/patchkit/trees/"

  /// The path of the store's folder.
  package let path: String
  private let repository: Repository

  /// The store's folder, opened without following links.
  package let own: OwnFolder

  private init(in folder: String, repository: Repository) {
    path = folder + "/" + Self.folder
    own = OwnFolder(in: folder, [Self.folder])
    self.repository = repository
  }

  /// Finds the store of a folder or of one above it; nil where there is none.
  ///
  /// - Throws: `PatchkitError` of kind `symlinkInTheWay` where a link is in the store: it came with a
  ///   tree, and would lead what is written elsewhere.
  package static func find(from start: String) throws(PatchkitError) -> VendoredStore? {
    guard var folder = InputFile.realPath(start) else { return nil }
    while true {
      let own = OwnFolder(in: folder, [Self.folder])
      if InputFile.exists(own.path + "/store.git/HEAD") {
        try requireSound(own)
        let repository = try convertingGitErrors {
          try Repository(openingAt: own.path + "/store.git")
        }
        try requireOwnObjects(repository, own)
        return VendoredStore(in: folder, repository: repository)
      }
      guard let slash = folder.lastIndex(of: "/"), folder != "/" else { return nil }
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
      if folder == "/" { return nil }
    }
  }

  /// Throws where the store, or what libgit2 would write into, is or has a link.
  private static func requireSound(_ own: OwnFolder) throws(PatchkitError) {
    guard try own.folder("store.git").exists() else { return }
    try own.folder("store.git").requireNoLinks(depth: 4)
  }

  /// Throws where files in the store have objects or references written into another repository.
  private static func requireOwnObjects(
    _ repository: Repository, _ own: OwnFolder
  ) throws(PatchkitError) {
    let store = InputFile.realPath(own.path + "/store.git")
    for (name, folder) in [
      ("commondir", repository.commonFolder), ("gitdir", repository.gitFolder),
    ] where InputFile.realPath(folder) != store {
      throw PatchkitError(
        .refused, path: "\(own.path)/store.git/\(name)", "leads out of the store of trees",
        consequence: "nothing was changed", hint: "remove that file")
    }
  }

  /// Finds the store of a folder or of one above it, and makes one in the folder where there is none.
  ///
  /// - Parameter looksAbove: whether a store of a folder above counts.
  package static func findOrCreate(
    in folder: String, looksAbove: Bool = true
  ) throws(PatchkitError) -> VendoredStore {
    let path = folder + "/" + Self.folder
    if looksAbove || InputFile.exists(path + "/store.git/HEAD"), let found = try find(from: folder)
    {
      return found
    }
    let own = OwnFolder(in: folder, [Self.folder])
    try own.make()
    try requireSound(own)
    let repository = try convertingGitErrors { try Repository(creatingBareAt: path + "/store.git") }
    return VendoredStore(in: folder, repository: repository)
  }

  /// A tree of the store.
  package struct Entry: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The id of the tree.
    package var tree: String
    /// The id of the commit that holds it.
    package var commit: String
    /// Where it was imported from.
    package var source: String
    /// The folders that were imported; empty for all.
    package var paths: [String]
    /// The number of files.
    package var files: Int
  }

  /// Whether a word may name a vendored tree: letters, digits, `.`, `_`, `+` and `-`.
  package static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else {
      return false
    }
    return name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || "._+-".utf8.contains($0)
    } && Repository.isReferenceName(prefix + name)
  }

  /// All trees, by name.
  package func entries() throws(PatchkitError) -> [Entry] {
    let names = try convertingGitErrors { try repository.references(startingWith: Self.prefix) }
    var entries: [Entry] = []
    for name in names { entries.append(try entry(String(name.dropFirst(Self.prefix.count)))) }
    return entries
  }

  /// A tree by its name.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` where there is none of that name.
  package func entry(_ name: String) throws(PatchkitError) -> Entry {
    guard try has(name) else { throw unknown(name) }
    return try convertingGitErrors {
      let (commit, tree) = try repository.resolve(Self.prefix + name)
      guard let commit else { throw PatchkitError(.git, "'\(name)' is not a commit") }
      var entry = Entry(
        name: name, tree: tree.description, commit: commit.description, source: "", paths: [],
        files: 0)
      for line in try repository.message(ofCommit: commit).split(separator: "\n") {
        if line.hasPrefix("Source: ") { entry.source = String(line.dropFirst(8)) }
        if line.hasPrefix("Path: ") { entry.paths.append(String(line.dropFirst(6))) }
        if line.hasPrefix("Files: ") { entry.files = Int(line.dropFirst(7)) ?? 0 }
      }
      return entry
    }
  }

  /// Whether there is a tree of that name.
  package func has(_ name: String) throws(PatchkitError) -> Bool {
    guard Self.isName(name) else { return false }
    return try convertingGitErrors { try repository.target(ofReference: Self.prefix + name) } != nil
  }

  /// Opens a tree.
  package func tree(_ name: String) throws(PatchkitError) -> RevisionTree {
    guard try has(name) else { throw unknown(name) }
    return try RevisionTree(repository: repository, revision: Self.prefix + name, name: name)
  }

  /// The paths of a tree's files, in git's order.
  package func paths(of name: String) throws(PatchkitError) -> [String] {
    guard try has(name) else { throw unknown(name) }
    return try convertingGitErrors {
      let tree = try repository.resolve(Self.prefix + name).tree
      return try repository.files(inTree: tree).map { String(decoding: $0.path, as: UTF8.self) }
    }
  }

  /// Removes a tree; its objects stay until git collects them.
  package func remove(_ name: String) throws(PatchkitError) {
    guard try has(name) else { throw unknown(name) }
    try convertingGitErrors { try repository.removeReference(Self.prefix + name) }
  }

  private func unknown(_ name: String) -> PatchkitError {
    PatchkitError(
      .badInput, "there is no vendored tree '\(name)'",
      hint: "'patchkit tree list' lists the vendored trees")
  }

  // MARK: Importing

  /// Where a tree is imported from.
  package enum Source: Sendable, Hashable {
    /// A folder of files; a `.git` in it is left out.
    case folder(String)
    /// A kernel tarball, packed in any way that `tar` knows.
    case tarball(String)
    /// A revision of a repository.
    case revision(repository: String, revision: String)

    var text: String {
      switch self {
      case .folder(let path), .tarball(let path): path
      case .revision(let repository, let revision): "\(repository)@\(revision)"
      }
    }
  }

  /// Imports a tree under a name: all of it, or the folders and files named.
  ///
  /// The name is given last; an import that ends early removes what it wrote.
  ///
  /// - Parameter progress: receives how many files were imported, and of how many.
  /// - Throws: `PatchkitError`; of kind `busy` where the name is taken, `badInput` where a path is not in
  ///   the source.
  package func add(
    _ name: String, from source: Source, paths: [TreePath] = [], progress: WorkProgress? = nil
  ) async throws -> Entry {
    guard Self.isName(name) else {
      throw PatchkitError(
        .badInput, "'\(name)' is not a valid name for a tree",
        hint: "use letters, digits, '.', '_', '+', '-'")
    }
    if try has(name) {
      throw PatchkitError(
        .taken, "a tree '\(name)' already exists",
        hint: "remove it with 'patchkit tree remove \(name)', or choose another name")
    }
    let importer = try convertingGitErrors { try TreeImporter(into: repository) }
    do {
      try await add(name, from: source, paths, into: importer, progress)
    } catch {
      importer.discard()
      throw error
    }
    return try entry(name)
  }

  /// Imports a tree; it has its name once this returns.

  private func add(
    _ name: String, from source: Source, _ paths: [TreePath], into importer: TreeImporter,
    _ progress: WorkProgress?
  ) async throws {
    let count: Int
    switch source {
    case .folder(let path):
      count = try FolderImport(path: path, wanted: paths).run(into: importer, progress)
    case .tarball(let path):
      let unpacked = try await Tarball.unpack(path, paths: paths, below: self.path)
      count = try FolderImport(path: unpacked.top, wanted: paths).run(into: importer, progress)
    case .revision(let path, let revision):
      count = try importRevision(path, revision, paths, into: importer, progress)
    }
    let lines =
      ["Source: \(source.text)"] + paths.map { "Path: \($0)" } + ["Files: \(count)"]
    let message = "vendored tree \(name)\n\n" + lines.joined(separator: "\n") + "\n"
    // The same tree always gives the same commit, which has a fixed author and time.
    let fixedAuthor = Signature(
      name: "patchkit", email: "patchkit@localhost", seconds: 0, zoneMinutes: 0)
    try convertingGitErrors {
      let made = try importer.finish(message: message, author: fixedAuthor)
      try repository.moveReference(
        Self.prefix + name, to: made.commit, from: nil, log: "patchkit: tree add \(name)")
    }
  }

  private func importRevision(
    _ path: String, _ revision: String, _ paths: [TreePath], into importer: TreeImporter,
    _ progress: WorkProgress?
  ) throws(PatchkitError) -> Int {
    try convertingGitErrors {
      guard let source = try Repository.discover(from: path) else {
        throw PatchkitError(
          .badInput, path: path, "not a git repository",
          hint: "name a folder inside a repository, or REPO@REVISION")
      }
      let tree = try source.resolve(revision).tree
      let selection = PathSelection(paths)
      var count = 0
      let files = try source.files(inTree: tree, where: selection.mayHold)
      for file in files {
        guard selection.takes(file.path), let mode = file.entry.mode, mode != .gitlink else {
          continue
        }
        let content = try source.blob(file.entry.id)
        try importer.add(GitFile(mode: mode, content: content), at: file.path)
        count += 1
        progress?(count, files.count)
      }
      try selection.requireFound(count, in: "\(path)@\(revision)")
      return count
    }
  }
}
