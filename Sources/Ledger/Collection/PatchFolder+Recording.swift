// SPDX-License-Identifier: GPL-2.0-only

package import Host
internal import KernelTree

extension PatchFolder {
  /// The tree of the folder's own manifest that a location names: by its name, or by where it is.
  ///
  /// - Parameter location: as `--onto` takes it.
  /// - Throws: `PatchkitError` where the folder has no manifest, or the manifest has no such tree.
  package func tree(at location: String) throws(PatchkitError) -> PatchManifest.Tree {
    try requireSound()
    if kind == .file {
      throw PatchkitError.ledger(
        path, "an adapted patch is recorded for a folder of patches, not for a file",
        hint: "name the folder")
    }
    guard hasManifest else {
      throw PatchkitError.ledger(
        path, "has no patch.yaml of its own, so no adapted patch can be recorded",
        hint: "write one with the tree: 'trees: [{name: NAME, at: LOCATION}]'")
    }
    func real(_ location: String) -> String {
      if let folder = InputFile.realPath(location) { return folder }
      guard let at = location.lastIndex(of: "@") else { return location }
      let repository = String(location[..<at])
      return (InputFile.realPath(repository) ?? repository) + location[at...]
    }
    let found =
      manifest.trees.first { $0.name == location }
      ?? manifest.trees.first { real($0.location) == real(location) }
    guard let found else {
      throw PatchkitError.ledger(
        manifestPath,
        "does not list the tree '\(location)', so no adapted patch can be recorded for it",
        hint:
          "add '- {name: NAME, at: \(location)}' to 'trees' in this file; a patch.yaml of a folder above is not enough"
      )
    }
    return found
  }

  /// Where the patches as they are adapted to a tree are kept.
  package struct Recording: Sendable {
    /// The path of the file in the folder.
    package var name: String
    /// The text of the manifest that names it; nil where it does already.
    var manifest: String?
  }

  /// Finds where the patches as they are adapted to a tree are to be kept; nothing is written.
  ///
  /// - Parameter tree: a tree of the manifest.
  /// - Throws: `PatchkitError` where the manifest cannot be changed to name the file.
  package func recording(for tree: PatchManifest.Tree) throws(PatchkitError) -> Recording {
    if let name = tree.patch { return Recording(name: name) }
    let word = String(
      tree.name.map {
        $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" as Character
      })
    let name = "\(Self.adaptedName)/\(word).patch"
    if let other = manifest.trees.first(where: { $0.patch == name }) {
      throw PatchkitError.ledger(
        "\(path)/\(name)",
        "already belongs to the tree '\(other.name)', so the patch for '\(tree.name)' cannot be recorded there",
        hint: "rename one of the two trees in patch.yaml")
    }
    let text = String(decoding: try InputFile.read(manifestPath, largest: 16 << 20), as: UTF8.self)
    let changed = try YAMLReader(text, file: manifestPath)
      .adding("patch", name, toEntryNamed: tree.name, of: "trees", in: text)
    // What was read is what is written, but for the one key.
    let read = changed.flatMap { try? PatchManifest($0, file: manifestPath) }
    var wanted = manifest
    for index in wanted.trees.indices where wanted.trees[index].name == tree.name {
      wanted.trees[index].patch = name
    }
    guard let changed, let read, read.trees == wanted.trees else {
      throw PatchkitError.ledger(
        manifestPath, "cannot be changed to name '\(name)' for the tree '\(tree.name)'",
        hint: "add 'patch: \(name)' to the tree, and run the command again")
    }
    return Recording(name: name, manifest: changed)
  }

  /// Records the patches as they were adapted to a tree: a file in the folder, named in the manifest.
  ///
  /// - Parameter isForced: whether another text that is recorded for the tree is replaced.
  /// - Returns: the path of the file.
  /// - Throws: `PatchkitError` where a file cannot be written.
  package func record(
    _ adapted: [UInt8], for tree: PatchManifest.Tree, isForced: Bool = false
  ) throws(PatchkitError) -> String {
    let recording = try recording(for: tree)
    try requireInside()
    // The collection may come from anywhere: none of its links redirects a write.
    let steps = recording.name.split(separator: "/").map(String.init)
    let (kept, name) = (OwnFolder(in: path, steps.dropLast()), steps.last ?? "")
    // It may have been edited by hand.
    if !isForced, let old = try kept.read(name), old != adapted {
      throw PatchkitError(
        .refused, path: "\(path)/\(recording.name)", "holds another adapted patch",
        consequence: "nothing was recorded for \(tree.name)", hint: "--force replaces it")
    }
    try kept.write(adapted, to: name)
    if let manifest = recording.manifest {
      try OwnFolder(in: path, []).write(Array(manifest.utf8), to: Self.manifestName)
    }
    return "\(path)/\(recording.name)"
  }
}
