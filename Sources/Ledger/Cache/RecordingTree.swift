// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

/// Files of one tree that were read, for the next job of the same thread: many patches touch the same ones.
final class ReadFiles {
  private var files: [TreePath: TreeFile?] = [:]
  private var size = 0

  /// More bytes than this are not kept.
  private static let room = 8 << 20

  func file(at path: TreePath, of tree: any KernelTree) throws(PatchkitError) -> TreeFile? {
    if let known = files[path] { return known }
    let file = try tree.file(at: path)
    size += file?.content.count ?? 0
    if size > Self.room {
      files.removeAll(keepingCapacity: true)
      size = file?.content.count ?? 0
    }
    files[path] = .some(file)
    return file
  }
}

/// A tree that notes which of its files are looked at: what a result depends on.
final class RecordingTree: KernelTree {
  private let base: any KernelTree
  /// The paths that were looked at, whether or not something was there.
  private(set) var paths: Set<TreePath> = []
  /// Whether something was asked that single paths do not answer: a search of the tree or of its
  /// history, or a blob by its id.
  private(set) var isWide = false

  private let files: ReadFiles

  init(_ base: any KernelTree, _ files: ReadFiles) {
    self.base = base
    self.files = files
  }

  var name: String { base.name }

  func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    paths.insert(path)
    return try files.file(at: path, of: base)
  }

  func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]? {
    isWide = true
    return try base.blob(named: id)
  }

  func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    isWide = true
    return try base.paths(named: name)
  }

  func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    isWide = true
    return try base.files(in: folder)
  }

  func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    isWide = true
    return try base.allFiles(below: folder)
  }

  func laterName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    isWide = true
    return try base.laterName(of: path)
  }

  func formerName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    isWide = true
    return try base.formerName(of: path)
  }

  func listing(where isWanted: ([UInt8]) -> Bool) throws(PatchkitError) -> [ListedFile] {
    isWide = true
    return try base.listing(where: isWanted)
  }

  func content(of file: ListedFile) throws(PatchkitError) -> [UInt8]? { try base.content(of: file) }
}
