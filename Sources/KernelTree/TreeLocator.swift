// SPDX-License-Identifier: GPL-2.0-only

internal import Git
public import Host
internal import TextAlign

/// A tree that a user named with `--onto`.
public enum OpenedTree {
  /// A folder: plain, or in a git work tree.
  case directory(DirectoryTree)
  /// A revision of a repository, or a vendored tree.
  case revision(RevisionTree)

  /// The tree as what it has in common with the others.
  public var tree: any KernelTree {
    switch self {
    case .directory(let tree): tree
    case .revision(let tree): tree
    }
  }

  /// The folder whose git configuration applies to what is written to the tree.
  package var repositoryPath: String {
    switch self {
    case .directory(let tree): tree.path
    case .revision(let tree): tree.repository.gitFolder
    }
  }

  /// Checks what a commit needs and no patch decides, before the user is asked anything.
  ///
  /// - Parameter isSigned: whether the commit gets a Signed-off-by.
  /// - Throws: `PatchkitError` where the commit would be refused, or no committer is configured.
  package func requireCommittable(isSigned: Bool) throws(PatchkitError) {
    if isSigned { _ = try GitSettings.committer(in: repositoryPath) }
    switch self {
    case .directory(let tree): try tree.requireCommittable()
    case .revision(let tree): _ = try convertingGitErrors { try tree.repository.committer() }
    }
  }

  /// Keeps memory that was freed for the next file, in a process that reads many of a tree.
  package static func keepFreedMemory() { Libgit2.keepFreedMemory() }

  /// Opens the tree that a user names: a folder, `REPO@REVISION`, or a vendored tree's name.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` where the name fits none, or fits two.
  public static func named(_ name: String) throws(PatchkitError) -> OpenedTree {
    let isFolder = InputFile.kind(of: name) == .folder
    if VendoredStore.isName(name), let store = try VendoredStore.find(from: "."),
      try store.has(name)
    {
      if isFolder {
        throw PatchkitError(
          .badInput, "'\(name)' is both a folder here and a vendored tree",
          hint: "use './\(name)' for the folder")
      }
      return .revision(try store.tree(name))
    }
    if isFolder { return .directory(try DirectoryTree(path: name)) }
    if let at = name.lastIndex(of: "@") {
      let repository = String(name[..<at])
      let revision = String(name[name.index(after: at)...])
      let path = repository.isEmpty ? "." : repository
      if InputFile.kind(of: path) == .folder, !revision.isEmpty {
        return .revision(try RevisionTree(repositoryPath: path, revision: revision))
      }
    }
    let kept = (try? VendoredStore.find(from: ".")?.entries().map(\.name)) ?? []
    throw PatchkitError(
      .badInput,
      "cannot find a tree named '\(name)': not a folder, a vendored tree or REPO@REVISION",
      hint: SpellingSuggestion.nearest(to: name, among: kept).map { "did you mean '\($0)'?" }
        ?? "'patchkit tree list' shows the vendored trees")
  }
}
