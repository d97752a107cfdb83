// SPDX-License-Identifier: GPL-2.0-only

package import Host

/// A tree with changes above it that are not written yet: what a series sees of its earlier patches.
package struct Overlay: KernelTree {
  private let base: any KernelTree
  /// The changes above the base.
  package private(set) var staged: StagedFiles

  /// Starts with nothing changed, or with what was staged before.
  package init(_ base: any KernelTree, staged: StagedFiles = StagedFiles()) {
    self.base = base
    self.staged = staged
  }

  /// The base's name.
  package var name: String { base.name }

  /// The base's blob.
  package func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]? {
    try base.blob(named: id)
  }

  /// The base's paths; those of changes are not among them.
  package func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try base.paths(named: name)
  }

  /// The base's files; those of changes are not among them.
  package func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try base.files(in: folder)
  }

  /// By the base's history.
  package func laterName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    try base.laterName(of: path)
  }

  /// By the base's history.
  package func formerName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    try base.formerName(of: path)
  }

  /// The base with the changes above it, where the base can be opened once more.
  package var opener: (@Sendable () throws(PatchkitError) -> any KernelTree)? {
    let reader = base.concurrentReader
    let open = base.opener
    guard reader != nil || open != nil else { return nil }
    return { [staged] () throws(PatchkitError) -> any KernelTree in
      if let reader { return Overlay(reader, staged: staged) }
      guard let open else { throw PatchkitError(.badInput, "the tree cannot be opened once more") }
      return Overlay(try open(), staged: staged)
    }
  }

  /// The file as the changes leave it.
  package func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    if let changed = staged.files[path] { return changed }
    for folder in path.folders {
      guard let folder = try? TreePath(folder), let changed = staged.files[folder] else { continue }
      if changed != nil {
        throw PatchkitError(
          .wrongKind, path: path.description, "'\(folder)' is a file by now and no folder")
      }
      // A file that went away leaves room for a folder of its name.
      return nil
    }
    return try base.file(at: path)
  }

  /// Puts changes above the ones there are.
  package mutating func stage(_ changes: [TreeChange]) { staged.stage(changes) }

  /// All changes against the base, by path; a path that ended as it began is not among them.
  package var changes: [TreeChange] { staged.changes }
}

/// Changes of files above a tree, one on the other.
package struct StagedFiles: Sendable {
  fileprivate var files: [TreePath: TreeFile?] = [:]
  private var originals: [TreePath: TreeFile?] = [:]

  /// Starts with nothing changed.
  package init() {}

  /// Puts changes above the ones there are.
  package mutating func stage(_ changes: [TreeChange]) {
    for change in changes {
      if originals[change.path] == nil { originals[change.path] = .some(change.before) }
      files[change.path] = .some(change.after)
    }
  }

  /// All changes, by path; a path that ended as it began is not among them.
  package var changes: [TreeChange] {
    files.keys.sorted().compactMap { path in
      let before = originals[path] ?? nil
      let after = files[path] ?? nil
      return before == after ? nil : TreeChange(path: path, before: before, after: after)
    }
  }
}
