// SPDX-License-Identifier: GPL-2.0-only

internal import Host
package import KernelTree

/// A copy of a tree to build in, removed with its last owner.
package struct ScratchTree: Sendable {
  /// The folder that foreign code may write in: it has the copy, and what the code prints.
  let scratch: ScratchFolder
  /// The folder that is still to be copied; nil for a revision, whose files are written at once.
  private let source: String?
  /// The copy.
  package var path: String { scratch.path + "/tree" }

  /// What is not copied: patchkit's folder, and git's, which is often larger than all files.
  private static let leftOut: Set<String> = [".git", ".patchkit"]

  /// Makes an empty copy of a folder, to be filled later, or a whole one of a revision.
  ///
  /// - Throws: `PatchkitError` where the tree is neither a folder nor a revision, or cannot be read.
  package init(of tree: any KernelTree) throws {
    scratch = try ScratchFolder()
    if let directory = tree as? DirectoryTree {
      source = directory.absolutePath
    } else if let revision = tree as? RevisionTree {
      source = nil
      try InputFile.makeFolder(path)
      try revision.export(to: path)
    } else {
      throw PatchkitError(.badInput, "'\(tree.name)' cannot be copied to build in")
    }
  }

  /// Copies the folder with everything that was built in it; once.
  ///
  /// - Throws: `PatchkitError` where it cannot be copied.
  package func fill() async throws {
    guard let source, InputFile.kind(of: path) != .folder else { return }
    try InputFile.makeFolder(path)
    let entries = try Folder.open(source).children().map { String(decoding: $0, as: UTF8.self) }
      .filter { !Self.leftOut.contains($0) }.sorted().map { "\(source)/\($0)" }
    if entries.isEmpty { return }
    // A copy that shares its blocks where the file system can.
    let made = try await SystemProgram(["cp", "-a", "--reflink=auto", "--"] + entries + [path])
      .run(errors: 1 << 16)
    guard made.status.isSuccess else {
      throw PatchkitError(
        .system, path: source,
        "cannot be copied to build in: \(made.errors.split(separator: "\n").first ?? "cp failed")",
        hint: "TMPDIR names the folder that copies are made in")
    }
  }

  /// Puts changes into the copy.
  ///
  /// They are newer than what was built before, however coarse the file system's clock is.
  package func land(_ changes: [TreeChange]) async throws {
    try await Task.sleep(for: .milliseconds(20))
    try requireUntouched()
    try DirectoryTree(path: path).land(changes)
  }

  /// Throws where foreign code has replaced the copy, or has made it part of a repository.
  ///
  /// If it were a link by now, changes would be written where that leads. The code has ended, so it stays as it is.
  private func requireUntouched() throws {
    let git = Array(".git".utf8)
    let outer = try Folder.open(scratch.path)
    guard try outer.status(of: Array("tree".utf8))?.isFolder == true,
      try outer.status(of: git) == nil, try Folder.open(path).status(of: git) == nil
    else {
      throw PatchkitError(
        .refused, "the build replaced its copy of the tree, or made a '.git' in it",
        consequence: "nothing was changed", hint: "read what the build runs before you run it again"
      )
    }
  }
}
