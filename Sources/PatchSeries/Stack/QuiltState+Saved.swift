// SPDX-License-Identifier: GPL-2.0-only

internal import Host
package import KernelTree

extension QuiltState {
  /// What `.pc` has of a patch on the tree.
  struct Saved: Sendable {
    /// The patch.
    let patch: [UInt8]
    /// The files below its folder.
    let files: [(path: TreePath, file: TreeFile)]
    /// The files that were empty or not there before the patch, if patchkit applied it.
    let record: [TreePath: Recorded]
    /// The files that the patch has kept, as they were before it; nil where there was none.
    let kept: [TreePath: TreeFile?]
  }

  /// What is saved of patches on the tree; each file is read once.
  ///
  /// - Throws: `PatchkitError` of kind `symlinkInTheWay` where the record of a patch is a link.
  func saved(by patches: [[UInt8]]) throws -> [Saved] {
    let homes = try patches.map { try Self.path(of: $0, []) }
    // The files of a patch such as `a/b` lie in the folder of `a`, and are not its own.
    let others = try Set(applied.map { try Self.path(of: $0, []) })
    let contents = try tree.contents(below: homes, excluding: others)
    return try zip(patches, contents).map { try Saved($0, $1, in: tree) }
  }

  /// The files that a patch on the tree has kept, as they were before it; nil where there was none.
  package func kept(by patch: [UInt8]) throws -> [TreePath: TreeFile?] {
    try saved(by: [patch]).first?.kept ?? [:]
  }
}

extension QuiltState.Saved {
  init(
    _ patch: [UInt8], _ files: [(path: TreePath, file: TreeFile)], in tree: DirectoryTree
  ) throws {
    self.patch = patch
    self.files = files
    let home = try QuiltState.path(of: patch, [])
    let own = files.map { path, file in (path.bytes.dropFirst(home.bytes.count + 1), path, file) }
    var record: [TreePath: QuiltState.Recorded] = [:]
    if let (_, path, file) = own.first(where: { $0.0.elementsEqual(QuiltState.timestamp) }) {
      try QuiltState.requireNoLink(file, at: path, in: tree)
      record = QuiltState.record(file.content)
    }
    var kept: [TreePath: TreeFile?] = [:]
    for (name, _, file) in own where !name.elementsEqual(QuiltState.timestamp) {
      guard let path = try? TreePath(Array(name)) else { continue }
      let isNone = file.content.isEmpty && record[path] != .empty
      kept[path] = .some(isNone ? nil : file)
    }
    // A missing file, if a folder is saved there or a file above it.
    for (path, state) in record where state == .absent && kept[path] == nil {
      kept[path] = .some(nil)
    }
    self.record = record
    self.kept = kept
  }
}
