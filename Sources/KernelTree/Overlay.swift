// SPDX-License-Identifier: GPL-2.0-only

package import Host

/// A tree with changes above it that are not written yet: what a series sees of its earlier
/// patches.
package struct Overlay: KernelTree {
  private let base: any KernelTree
  /// The changes above the base.
  package private(set) var staged: StagedFiles

  /// Starts with nothing changed, or with what was staged before.
  package init(_ base: any KernelTree, staged: StagedFiles = StagedFiles()) {
    self.base = base
    self.staged = staged
  }

  /// The tree below all overlays.
  package var underlying: any KernelTree { (base as? Overlay)?.underlying ?? base }

  /// The base's name.
  package var name: String { base.name }

  /// The base's blob.
  package func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]? {
    try base.blob(named: id)
  }

  /// The base's file.
  package func blob(at path: TreePath, inCommit id: String) throws(PatchkitError) -> [UInt8]? {
    try base.blob(at: path, inCommit: id)
  }

  /// The paths as the changes leave them.
  package func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    let ending = [0x2F] + name
    return changed(try base.paths(named: name)) {
      $0.bytes == name || $0.bytes.suffix(ending.count) == ending
    }
  }

  /// The files of a folder as the changes leave them.
  package func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    changed(try base.files(in: folder)) { ($0.folders.last ?? []) == folder }
  }

  /// The files and links below a folder as the changes leave them.
  package func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    let prefix = folder.bytes + [0x2F]
    return changed(try base.allFiles(below: folder)) { $0.bytes.starts(with: prefix) }
  }

  /// Paths of the base without those that went away, and with wanted ones that came.
  private func changed(_ paths: [TreePath], where isWanted: (TreePath) -> Bool) -> [TreePath] {
    if staged.files.isEmpty { return paths }
    var known = Set(paths)
    for (path, file) in staged.files {
      if file == nil {
        known.remove(path)
      } else if isWanted(path) {
        known.insert(path)
      }
    }
    return known.sorted()
  }

  /// The files as the changes leave them, links left out.
  package func listing(
    where isWanted: (_ path: [UInt8]) -> Bool
  ) throws(PatchkitError) -> [ListedFile] {
    var files = try base.listing(where: isWanted).filter { staged.files[$0.path] == nil }
    for (path, file) in staged.files {
      guard let file, file.mode != .symlink, isWanted(path.bytes) else { continue }
      files.append(ListedFile(path: path, stamp: Array("staged \(try file.blobID)".utf8)))
    }
    return files
  }

  /// Reads a file that was listed, as the changes leave it.
  package func content(of file: ListedFile) throws(PatchkitError) -> [UInt8]? {
    if let changed = staged.files[file.path] { return changed?.content }
    return try base.content(of: file)
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
      guard let open else { throw PatchkitError(.badInput, "the tree cannot be opened again") }
      return Overlay(try open(), staged: staged)
    }
  }

  /// The file as the changes leave it.
  package func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    if let changed = staged.files[path] { return changed }
    if staged.files.isEmpty { return try base.file(at: path) }
    for folder in path.parents {
      guard let changed = staged.files[folder] else { continue }
      if changed != nil {
        throw PatchkitError(
          .wrongKind, path: path.description, "'\(folder)' is now a file, not a folder")
      }
      // A file that went away leaves room for a folder of its name.
      return nil
    }
    do { return try base.file(at: path) } catch {
      if error.kind == .wrongKind, try isEmptied(path) { return nil }
      throw error
    }
  }

  /// Whether a folder of the base lost all its files, so that a file can replace it.
  private func isEmptied(_ folder: TreePath) throws(PatchkitError) -> Bool {
    guard staged.files.keys.contains(where: { $0.bytes.starts(with: folder.bytes + [0x2F]) }) else {
      return false
    }
    return try allFiles(below: folder).isEmpty
  }

  /// Puts changes above the ones there are.
  package mutating func stage(_ changes: [TreeChange]) { staged.stage(changes) }

  /// Puts files above what there is, without what they were before; nil is a file that is not there.
  package mutating func put(_ files: [TreePath: TreeFile?]) { staged.put(files) }

  /// All changes against the base, by path; a path that ended as it began is not among them.
  package var changes: [TreeChange] { staged.changes }
}

/// Changes of files above a tree, one on the other.
package struct StagedFiles: Sendable {
  package fileprivate(set) var files: [TreePath: TreeFile?] = [:]
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

  /// Puts files above what there is, without what they were before; nil is a file that is not there.
  package mutating func put(_ files: [TreePath: TreeFile?]) { self.files.merge(files) { $1 } }

  /// All changes that were staged, by path; a path that ended as it began is not among them.
  package var changes: [TreeChange] {
    originals.keys.sorted().compactMap { path in
      let before = originals[path] ?? nil
      let after = files[path] ?? nil
      return before == after ? nil : TreeChange(path: path, before: before, after: after)
    }
  }
}
