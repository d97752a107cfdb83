// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

/// What quilt keeps in `.pc` about the patches that are on a tree, in its format 2.
///
/// `applied-patches` names them from the bottom up. `.pc/PATCH/FILE` is the file as it was before the
/// patch, empty if there was none. `.pc/PATCH~refresh` means that the patch was applied in a different form
/// than its file has.
struct QuiltState {
  static let folder = Array(".pc".utf8)

  private let tree: DirectoryTree
  /// The patches that are on the tree, the lowest first.
  private(set) var applied: [[UInt8]]

  /// Reads the state of a tree; one without `.pc` has no patch on it.
  ///
  /// - Throws: `PatchkitError` where the state is in a format that is not known.
  init(of tree: DirectoryTree) throws {
    self.tree = tree
    if let version = try tree.file(at: Self.path("/.version")),
      String(decoding: version.content, as: UTF8.self).split(separator: "\n") != ["2"]
    {
      throw PatchkitError.series(
        .badInput, "the .pc folder of '\(tree.path)' does not have quilt's format 2",
        hint: "'quilt upgrade' converts it")
    }
    let list = try tree.file(at: Self.path("/applied-patches"))?.content ?? []
    applied = list.split(separator: 0x0A).map { Array($0) }
  }

  static func path(_ rest: String) throws -> TreePath {
    try PatchesFolder.treePath(folder + rest.utf8)
  }

  static func path(of patch: [UInt8], _ rest: [UInt8]) throws -> TreePath {
    try PatchesFolder.treePath(folder + [0x2F] + patch + rest)
  }

  /// One of the lines that say where the patches are, such as `.quilt_patches`; nil where there is none.
  static func setting(_ name: String, of tree: DirectoryTree) throws -> String? {
    let text = try tree.file(at: path("/" + name)).map {
      String(decoding: $0.content, as: UTF8.self)
    }
    return text?.split(separator: "\n").first.map(String.init)
  }

  /// The files that a patch on the tree has kept, as they were before it; nil where there was none.
  func kept(by patch: [UInt8]) throws -> [TreePath: TreeFile?] {
    let home = try Self.path(of: patch, [])
    var files: [TreePath: TreeFile?] = [:]
    for saved in try savedFiles(of: patch) {
      let rest = Array(saved.bytes.dropFirst(home.bytes.count + 1))
      if rest.elementsEqual(".timestamp".utf8) { continue }
      guard let path = try? TreePath(rest), let file = try tree.file(at: saved) else { continue }
      files[path] = .some(file.content.isEmpty ? nil : file)
    }
    return files
  }

  /// The files below a patch's folder, without those of a patch whose name starts with this one's
  /// name, such as `a` and `a/b`.
  private func savedFiles(of patch: [UInt8]) throws -> [TreePath] {
    let inner = try applied.filter { $0.starts(with: patch + [0x2F]) }
      .map { try Self.path(of: $0, []).bytes + [0x2F] }
    return try tree.allFiles(below: Self.path(of: patch, [])).filter { saved in
      !inner.contains { saved.bytes.starts(with: $0) }
    }
  }

  /// Whether a patch was applied in a different form than its file has.
  func needsRefresh(_ patch: [UInt8]) throws -> Bool {
    try tree.file(at: Self.path(of: patch, Array("~refresh".utf8))) != nil
  }

  // MARK: Changes

  /// What puts patches on top of the others, with the files that they keep.
  func pushing(
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
      for (path, file) in kept {
        try put(
          Self.path(of: name, [0x2F] + path.bytes), file ?? TreeFile(mode: .regular, content: []),
          permissionsOf: file == nil ? nil : path)
      }
      try put(
        Self.path(of: name, Array("/.timestamp".utf8)), TreeFile(mode: .regular, content: []))
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

  /// What takes the topmost patches away, with the files that they kept.
  func popping(_ count: Int) throws -> [TreeChange] {
    var changes: [TreeChange] = []
    for patch in applied.suffix(count) {
      for saved in try savedFiles(of: patch) {
        changes.append(TreeChange(path: saved, before: try tree.file(at: saved), after: nil))
      }
      let mark = try Self.path(of: patch, Array("~refresh".utf8))
      if let before = try tree.file(at: mark) {
        changes.append(TreeChange(path: mark, before: before, after: nil))
      }
    }
    return changes + (try list(applied.dropLast(count)))
  }

  private func list(_ names: [[UInt8]]) throws -> [TreeChange] {
    let path = try Self.path("/applied-patches")
    let before = try tree.file(at: path)
    let after = TreeFile(mode: .regular, content: names.flatMap { $0 + [0x0A] })
    if before == after { return [] }
    return [TreeChange(path: path, before: before, after: names.isEmpty ? nil : after)]
  }
}
