// SPDX-License-Identifier: GPL-2.0-only

internal import Host
package import KernelTree

/// What quilt keeps in `.pc` about the patches that are on a tree, in its format 2.
///
/// `applied-patches` names them from the bottom up. `.pc/PATCH/FILE` is the file as it was before the
/// patch, empty if there was none. `.pc/PATCH~refresh` means that the patch was applied in a different form
/// than its file has.
///
/// quilt has no word for a file that was there and empty. patchkit writes which files were into
/// `.pc/PATCH/.timestamp`, of which quilt uses the time alone, and which it removes with the patch.
package struct QuiltState {
  package static let folder = Array(".pc".utf8)

  let tree: DirectoryTree
  /// The patches that are on the tree, the lowest first.
  package private(set) var applied: [[UInt8]]

  /// Reads the state of a tree; one without `.pc` has no patch on it.
  ///
  /// - Throws: `PatchkitError` where the state is in a format that is not known.
  package init(of tree: DirectoryTree) throws {
    self.tree = tree
    if let version = try Self.content(of: Self.path("/.version"), in: tree),
      String(decoding: version, as: UTF8.self).split(separator: "\n") != ["2"]
    {
      throw PatchkitError.series(
        .badInput, "the .pc folder of '\(tree.path)' does not have quilt's format 2",
        hint: "'quilt upgrade' converts it")
    }
    let list = try Self.content(of: Self.path("/applied-patches"), in: tree) ?? []
    applied = list.split(separator: 0x0A).map { Array($0) }
  }

  /// The bytes of a file of the state; nil where there is none.
  ///
  /// - Throws: `PatchkitError` of kind `symlinkInTheWay` where it is a link.
  private static func content(of path: TreePath, in tree: DirectoryTree) throws -> [UInt8]? {
    guard let file = try tree.file(at: path) else { return nil }
    try requireNoLink(file, at: path, in: tree)
    return file.content
  }

  /// Throws where a file of the state is a link.
  static func requireNoLink(_ file: TreeFile, at path: TreePath, in tree: DirectoryTree) throws {
    guard file.mode == .symlink else { return }
    throw PatchkitError(
      .symlinkInTheWay, path: "\(tree.path)/\(path)", "is a symbolic link and is not followed")
  }

  package static func path(_ rest: String) throws -> TreePath {
    try PatchesFolder.filePath(folder + rest.utf8)
  }

  package static func path(of patch: [UInt8], _ rest: [UInt8]) throws -> TreePath {
    try PatchesFolder.filePath(folder + [0x2F] + patch + rest)
  }

  /// One of the lines that say where the patches are, such as `.quilt_patches`; nil where there is none.
  static func setting(_ name: String, of tree: DirectoryTree) throws -> String? {
    let text = try content(of: path("/" + name), in: tree).map {
      String(decoding: $0, as: UTF8.self)
    }
    return text?.split(separator: "\n").first.map(String.init)
  }

  /// What a saved file without content means.
  enum Recorded: UInt8 {
    /// A file that was empty.
    case empty = 0x3D
    /// No file.
    case absent = 0x2D
  }

  static let timestamp = Array(".timestamp".utf8)

  /// The files that were empty or not there before a patch, if patchkit applied it.
  private func record(of patch: [UInt8]) throws -> [TreePath: Recorded] {
    let file = try Self.path(of: patch, [0x2F] + Self.timestamp)
    return Self.record(try Self.content(of: file, in: tree) ?? [])
  }

  static func record(_ bytes: [UInt8]) -> [TreePath: Recorded] {
    var record: [TreePath: Recorded] = [:]
    for line in bytes.split(separator: 0) {
      guard let state = line.first.flatMap(Recorded.init),
        let path = try? TreePath(Array(line.dropFirst()))
      else { continue }
      record[path] = state
    }
    return record
  }

  private static func text(_ record: [TreePath: Recorded]) -> [UInt8] {
    record.sorted { $0.key < $1.key }.flatMap { [$0.value.rawValue] + $0.key.bytes + [0] }
  }

  /// Whether a patch was applied in a different form than its file has.
  package func needsRefresh(_ patch: [UInt8]) throws -> Bool {
    try tree.file(at: Self.path(of: patch, Array("~refresh".utf8))) != nil
  }

  // MARK: Changes

  /// What puts patches on top of the others, with the files that they keep.
  package func pushing(
    _ patches: [(name: [UInt8], kept: [TreePath: TreeFile?], isAdapted: Bool)],
    settings: [String: String]
  ) throws -> [TreeChange] {
    var changes: [TreeChange] = []
    func put(_ path: TreePath, _ file: TreeFile, permissionsOf model: TreePath? = nil) throws {
      let before = try tree.file(at: path)
      if before == file { return }
      var change = TreeChange(path: path, before: before, after: file)
      change.permissionsOf = model
      changes.append(change)
    }
    for (name, text) in settings where try tree.file(at: Self.path("/" + name)) == nil {
      try put(Self.path("/" + name), TreeFile(mode: .regular, content: Array("\(text)\n".utf8)))
    }
    for (name, kept, isAdapted) in patches {
      var record = try record(of: name)
      let present = Set(kept.filter { $0.value != nil }.keys)
      let above = Set(present.flatMap(\.folders))
      // In the order of the folders, which the journal opens once then.
      for (path, file) in kept.sorted(by: { $0.key < $1.key }) {
        if file?.content.isEmpty ?? true { record[path] = file == nil ? .absent : .empty }
        // Where a file became a folder, or a folder a file, only one of them can be kept.
        if try file == nil && (above.contains(path.bytes) || isHidden(path, by: name, present)) {
          continue
        }
        try put(
          Self.path(of: name, [0x2F] + path.bytes), file ?? TreeFile(mode: .regular, content: []),
          permissionsOf: file == nil ? nil : path)
      }
      try put(
        Self.path(of: name, [0x2F] + Self.timestamp),
        TreeFile(mode: .regular, content: Self.text(record)))
      let mark = try Self.path(of: name, Array("~refresh".utf8))
      if isAdapted {
        try put(mark, TreeFile(mode: .regular, content: []))
      } else if let before = try tree.file(at: mark) {
        changes.append(TreeChange(path: mark, before: before, after: nil))
      }
    }
    let fresh = patches.map(\.name).filter { !applied.contains($0) }
    return changes + (try list(applied + fresh))
  }

  /// Whether a patch keeps a file where a path has a folder, or files where the path would be.
  private func isHidden(
    _ path: TreePath, by patch: [UInt8], _ present: Set<TreePath>
  ) throws -> Bool {
    if path.folders.contains(where: { folder in present.contains { $0.bytes == folder } }) {
      return true
    }
    do { _ = try tree.file(at: Self.path(of: patch, [0x2F] + path.bytes)) } catch {
      guard let error = error as? PatchkitError,
        error.kind == .wrongKind || error.kind == .symlinkInTheWay
      else { throw error }
      return true
    }
    return false
  }

  /// What takes the topmost patches away, with the files that they kept.
  package func popping(_ count: Int) throws -> [TreeChange] {
    try popping(saved(by: applied.suffix(count)))
  }

  /// What takes the topmost patches away, of which all that is saved was read.
  func popping(_ saved: [Saved]) throws -> [TreeChange] {
    var changes: [TreeChange] = []
    for one in saved {
      for (path, file) in one.files {
        changes.append(TreeChange(path: path, before: file, after: nil))
      }
      let mark = try Self.path(of: one.patch, Array("~refresh".utf8))
      if let before = try tree.file(at: mark) {
        changes.append(TreeChange(path: mark, before: before, after: nil))
      }
    }
    return changes + (try list(applied.dropLast(saved.count)))
  }

  /// What gives a patch on the tree another name.
  func renaming(_ patch: [UInt8], to name: [UInt8]) throws -> [TreeChange] {
    var changes: [TreeChange] = []
    let home = try Self.path(of: patch, []).bytes
    let mark = try Self.path(of: patch, Array("~refresh".utf8))
    var files = try saved(by: [patch]).flatMap(\.files)
    if let marked = try tree.file(at: mark) { files.append((mark, marked)) }
    for (old, file) in files {
      let new = try Self.path(of: name, Array(old.bytes.dropFirst(home.count)))
      changes.append(TreeChange(path: old, before: file, after: nil))
      var change = TreeChange(path: new, before: try tree.file(at: new), after: file)
      change.permissionsOf = old
      changes.append(change)
    }
    return try changes + list(applied.map { $0 == patch ? name : $0 })
  }

  private func list(_ names: [[UInt8]]) throws -> [TreeChange] {
    let path = try Self.path("/applied-patches")
    let before = try tree.file(at: path)
    let after = TreeFile(mode: .regular, content: names.flatMap { $0 + [0x0A] })
    if before == after { return [] }
    return [TreeChange(path: path, before: before, after: names.isEmpty ? nil : after)]
  }
}
