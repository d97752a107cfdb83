// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

/// A tree of a collection, as any thread can open it.
struct TreeTarget: Sendable {
  /// The tree as the manifest has it.
  var tree: PatchManifest.Tree
  /// Opens it for one thread.
  var open: @Sendable () throws -> any KernelTree
  /// What distinguishes this tree from every other.
  var identity: String
  /// The id of the whole tree where git has one.
  var treeID: String?
  /// A digest of what git reads instead of other objects; nil where that is nothing.
  var substitutes: String?
  /// What distinguishes the files of the tree from others where git has an id of them.
  var contentID: String? { treeID.map { $0 + (substitutes.map { " " + $0 } ?? "") } }
  /// What distinguishes the tree with its history from others; nil where it has none, or one that may change.
  var revisionID: String?
  /// The history that the tree belongs to; nil if it has none.
  var history: History?

  /// A revision in a history.
  struct History: Sendable {
    var repository: String
    var revision: String
  }

  /// Finds the tree, and takes a tarball into the store the first time.
  ///
  /// - Throws: `PatchkitError` where it is not there.
  init(_ tree: PatchManifest.Tree) async throws {
    self.tree = tree
    let location = tree.location
    if Self.isTarball(location), InputFile.exists(location) {
      let vendored = try await Self.vendored(tree)
      guard let opener = vendored.opener else { throw Self.notThere(location) }
      open = { try opener() }
      (identity, treeID) = (Checksum.sha256(["tree", vendored.treeID]), vendored.treeID)
      // Its only commit has no parents.
      revisionID = vendored.treeID
      return
    }
    switch try OpenedTree.named(location) {
    case .directory(let directory):
      open = { try DirectoryTree(path: location) }
      // Two different paths can be equal as texts: Swift compares those by canonical equivalence.
      let status = try Folder.open(location).ownStatus()
      identity = Checksum.sha256(["\(status.device) \(status.inode)", directory.absolutePath])
      treeID = nil
      if directory.isWorkTree { history = History(repository: location, revision: "HEAD") }
    case .revision(let revision):
      guard let opener = revision.opener else { throw Self.notThere(location) }
      open = { try opener() }
      treeID = revision.treeID
      substitutes = revision.substitutes.map { Checksum.sha256([$0]) }
      // Trials may ask the repository for more than the tree: for other blobs, and for renames.
      let repository = InputFile.realPath(revision.commonFolder) ?? revision.commonFolder
      let own = [revision.treeID, substitutes ?? "", revision.commitID ?? "no commit", repository]
      identity = Checksum.sha256(["tree"] + own)
      revisionID = revision.commitID == nil ? nil : identity
      // A vendored tree is a commit without a history.
      if revision.commitID != nil, let at = location.lastIndex(of: "@") {
        let repository = String(location[..<at])
        history = History(
          repository: repository.isEmpty ? "." : repository,
          revision: String(location[location.index(after: at)...]))
      }
    }
  }

  private static func notThere(_ location: String) -> PatchkitError {
    PatchkitError(.badInput, "'\(location)' cannot be opened a second time")
  }

  private static let packings = [".tar", ".tar.xz", ".tar.gz", ".tgz", ".tar.bz2", ".tar.zst"]

  private static func isTarball(_ location: String) -> Bool {
    packings.contains { location.hasSuffix($0) }
  }

  /// The tree of a tarball: imported once, under a name that holds what it is made of.
  private static func vendored(_ tree: PatchManifest.Tree) async throws -> RevisionTree {
    guard let cache = CacheFolder.ofUser("tarballs") else {
      throw PatchkitError(
        .system, path: tree.location, "there is no folder to unpack it in",
        hint: "set HOME or XDG_CACHE_HOME")
    }
    let identity = InputFile.identity(of: tree.location) ?? tree.location
    let hash = Checksum.sha256([identity] + tree.paths)
    let base = String(tree.location.split(separator: "/" as Character).last ?? "")
    let packing = packings.filter { base.hasSuffix($0) }.max { $0.count < $1.count } ?? ""
    let plain = base.dropLast(packing.count).filter { VendoredStore.isName("x\($0)") }
    let name = "t\(plain)-\(hash.prefix(12))"
    let store = try VendoredStore.findOrCreate(in: cache, looksAbove: false)
    if try !store.has(name) {
      var paths: [TreePath] = []
      for path in tree.paths { paths.append(try TreePath(Array(path.utf8))) }
      _ = try await store.add(name, from: .tarball(tree.location), paths: paths)
    }
    return try store.tree(name)
  }
}
