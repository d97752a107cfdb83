// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// Reads the files below a folder: any thread may use it.
final class FolderReader: KernelTree, Sendable {
  /// The folder as the user named it.
  let name: String
  let root: Folder
  /// What git keeps out of the folder; nil outside of work trees.
  private let skipped: SkippedFiles?

  /// Opens a folder.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` where there is no such folder.
  init(path: String, skipped: SkippedFiles?) throws(PatchkitError) {
    name = path
    self.skipped = skipped
    do { root = try Folder.open(path) } catch {
      throw PatchkitError(.badInput, path: path, error.message)
    }
  }

  /// Any thread may read.
  var concurrentReader: (any KernelTree & Sendable)? { self }

  /// The file at a path; nil where there is none.
  func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    if let found = root.fileBelow(path.bytes) {
      return TreeFile(mode: Self.mode(of: found.status), content: found.content)
    }
    let file = try withFolder(of: path) { folder, name throws(PatchkitError) in
      try Self.file(name, in: folder, path)
    }
    if let file = file ?? nil { return file }
    try skipped?.requireCheckedOut(path)
    return nil
  }

  /// What shows whether the file at a path is the same later: its size, change time, inode and device.
  func stamp(at path: TreePath) throws(PatchkitError) -> FileStamp? {
    try withFolder(of: path) { folder, name throws(PatchkitError) in
      try folder.status(of: name).flatMap(Self.stamp)
    } ?? nil
  }

  /// The stamp of a file or a link; nil for anything else.
  static func stamp(of status: Folder.Status) -> FileStamp? {
    guard status.isRegular || status.isLink else { return nil }
    let isExecutable = status.permissions & 0o100 != 0
    let head = status.isLink ? linkHead : isExecutable ? executableHead : regularHead
    return FileStamp(bytes: head + status.stamp, changed: status.changed.tv_sec)
  }

  // What a stamp says of a file's kind.
  private static let regularHead = Array("file ".utf8)
  private static let executableHead = Array("executable ".utf8)
  private static let linkHead = Array("link ".utf8)

  /// Whether every file of the tree is in the folder: git keeps none out of it.
  var isWhole: Bool { skipped == nil }

  /// A stamp of the list of a folder's files; nil where there is no such folder.
  func stamp(ofFolder path: [UInt8]) throws(PatchkitError) -> FileStamp? {
    let open = path.isEmpty ? nil : try? TreePath(path)
    if !path.isEmpty, open == nil { return nil }
    return try within(open?.components[...] ?? [], of: root, path: open) {
      folder throws(PatchkitError) in
      let status = try folder.ownStatus()
      return FileStamp(bytes: status.stamp, changed: status.changed.tv_sec)
    }
  }

  /// Lets a body look into the folder that a path's last component is in; nil where there is none.
  func withFolder<Result>(
    of path: TreePath,
    _ body: (borrowing Folder, _ name: [UInt8]) throws(PatchkitError) -> Result
  ) throws(PatchkitError) -> Result? {
    guard let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) else {
      return try body(root, path.bytes)
    }
    let name = Array(path.bytes[(slash + 1)...])
    if let folder = root.folderBelow(Array(path.bytes[..<slash])) { return try body(folder, name) }
    let components = path.components
    guard let first = try root.folder(components[0], path: path) else { return nil }
    var folder = first
    for component in components.dropFirst().dropLast() {
      guard let next = try folder.folder(component, path: path) else { return nil }
      folder = next
    }
    return try body(folder, name)
  }

  /// Reads several files; those that follow each other in one folder are read from it at once.
  func readFiles(
    _ paths: some Sequence<TreePath>, _ body: ([UInt8]?) -> Bool
  ) throws(PatchkitError) {
    let paths = Array(paths)
    var index = 0
    while index < paths.count {
      var end = index + 1
      while end < paths.count, paths[end].folder == paths[index].folder { end += 1 }
      let group = paths[index..<end]
      let goesOn = try withFolder(of: paths[index]) { folder, _ throws(PatchkitError) in
        for path in group {
          guard let name = path.components.last else { continue }
          if !body(try Self.file(name, in: folder, path)?.content) { return false }
        }
        return true
      }
      if goesOn == false || goesOn == nil && !group.allSatisfy({ _ in body(nil) }) { return }
      index = end
    }
  }

  private static func file(
    _ name: [UInt8], in folder: borrowing Folder, _ path: TreePath
  ) throws(PatchkitError) -> TreeFile? {
    guard let status = try folder.status(of: name) else { return nil }
    if status.isFolder {
      throw PatchkitError(.wrongKind, path: path.description, "is a folder, not a file")
    }
    guard status.isRegular || status.isLink else {
      throw PatchkitError(
        .notAFile, path: path.description, "is a device, a pipe or a socket, not a file")
    }
    let content = try folder.read(name, status, path: path)
    return TreeFile(mode: mode(of: status), content: content)
  }

  private static func mode(of status: Folder.Status) -> TreeFile.Mode {
    status.isLink ? .symlink : status.permissions & 0o100 != 0 ? .executable : .regular
  }

  /// Every file whose path is wanted, links left out, git's folders not entered.
  func listing(where isWanted: (_ path: [UInt8]) -> Bool) throws(PatchkitError) -> [ListedFile] {
    var found: [ListedFile] = []
    try Self.walk(root, prefix: [], isWanted) { folder, name, path throws(PatchkitError) in
      if let status = try folder.status(of: name), status.isRegular {
        found.append(
          ListedFile(path: path, stamp: status.stamp, changed: status.changed.tv_sec))
      }
    }
    return found
  }

  /// Calls `body` for every wanted path that is neither a folder nor a link, by what the folders say.
  private static func walk(
    _ folder: borrowing Folder, prefix: [UInt8], _ isWanted: (_ path: [UInt8]) -> Bool,
    _ body: (borrowing Folder, _ name: [UInt8], TreePath) throws(PatchkitError) -> Void
  ) throws(PatchkitError) {
    for entry in try folder.entries() where !entry.isLink {
      let name = entry.name
      let whole = prefix + name
      if entry.isFolder {
        guard name != Array(".git".utf8), let path = try? TreePath(whole),
          let inner = try folder.folder(name, path: path)
        else { continue }
        try walk(inner, prefix: whole + [0x2F], isWanted, body)
      } else if isWanted(whole), let path = try? TreePath(whole) {
        try body(folder, name, path)
      }
    }
  }

  /// The files directly in a folder of the tree.
  func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    let open = folder.isEmpty ? nil : try? TreePath(folder)
    if !folder.isEmpty, open == nil { return [] }
    return try within(open?.components[...] ?? [], of: root, path: open) {
      inner throws(PatchkitError) in
      let prefix = folder.isEmpty ? [] : folder + [0x2F]
      var files: [TreePath] = []
      for name in try inner.children() {
        guard try inner.status(of: name)?.isRegular ?? false,
          let path = try? TreePath(prefix + name)
        else { continue }
        files.append(path)
      }
      return files
    } ?? []
  }

  /// The files and links below a folder of the tree, with what is in them, those of one folder after each other.
  ///
  /// - Parameter excluded: folders that are not entered.
  func contents(
    below folder: TreePath, excluding excluded: Set<TreePath>
  ) throws(PatchkitError) -> [(path: TreePath, file: TreeFile)] {
    var found: [(path: TreePath, file: TreeFile)] = []
    try within(folder.components[...], of: root, path: folder) { inner throws(PatchkitError) in
      try Self.read(inner, prefix: folder.bytes + [0x2F], excluding: excluded, &found)
    }
    return found
  }

  private static func read(
    _ folder: borrowing Folder, prefix: [UInt8], excluding excluded: Set<TreePath>,
    _ found: inout [(path: TreePath, file: TreeFile)]
  ) throws(PatchkitError) {
    var folders: [([UInt8], TreePath)] = []
    for entry in try folder.entries() {
      guard let path = try? TreePath(prefix + entry.name) else { continue }
      if entry.isFolder {
        if !excluded.contains(path) { folders.append((entry.name, path)) }
      } else if let file = try file(entry.name, in: folder, path) {
        found.append((path, file))
      }
    }
    for (name, path) in folders {
      guard let inner = try folder.folder(name, path: path) else { continue }
      try read(inner, prefix: path.bytes + [0x2F], excluding: excluded, &found)
    }
  }

  /// The files and links below a folder of the tree, in no special order.
  func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    var found: [TreePath] = []
    try within(folder.components[...], of: root, path: folder) { inner throws(PatchkitError) in
      try Self.collect(inner, prefix: folder.bytes + [0x2F], &found)
    }
    return found
  }

  private static func collect(
    _ folder: borrowing Folder, prefix: [UInt8], _ found: inout [TreePath]
  ) throws(PatchkitError) {
    for entry in try folder.entries() {
      guard let path = try? TreePath(prefix + entry.name) else { continue }
      if !entry.isFolder {
        found.append(path)
      } else if let inner = try folder.folder(entry.name, path: path) {
        try collect(inner, prefix: prefix + entry.name + [0x2F], &found)
      }
    }
  }

  /// Lets a body look into a folder; nil where there is none.
  func within<Result>(
    _ components: ArraySlice<[UInt8]>, of folder: borrowing Folder, path: TreePath?,
    _ body: (borrowing Folder) throws(PatchkitError) -> Result
  ) throws(PatchkitError) -> Result? {
    guard let first = components.first, let path else { return try body(folder) }
    guard let next = try folder.folderIfAny(first) else { return nil }
    return try within(components.dropFirst(), of: next, path: path, body)
  }
}
