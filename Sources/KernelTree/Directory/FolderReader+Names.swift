// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// The names of all files, for what is looked for in the whole tree.
extension FolderReader {
  /// The paths whose last component is `name`; links are not followed, git's folders not entered.
  ///
  /// The folders are listed once. Only files of that name are looked at; all others by what their folder
  /// says of them.
  func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try paths(named: name, in: names())
  }

  /// The paths whose last component is `name`, by a listing of the folders.
  func paths(named name: [UInt8], in names: PathNames) throws(PatchkitError) -> [TreePath] {
    var found: [TreePath] = []
    for path in names.paths(named: name) {
      guard let path = try? TreePath(path) else { continue }
      let isRegular = try withFolder(of: path) { folder, name throws(PatchkitError) in
        try folder.status(of: name)?.isRegular ?? false
      }
      if isRegular == true { found.append(path) }
    }
    return found.sorted { a, b in
      a.components.lexicographicallyPrecedes(b.components) { $0.lexicographicallyPrecedes($1) }
    }
  }

  /// The names of all files, as the folders have them.
  func names() throws(PatchkitError) -> PathNames {
    let status = try root.ownStatus()
    let key = PathNames.Key.folder(
      device: UInt64(status.device), stamp: status.stamp, changes: PathNames.changes)
    return try PathNames.shared(key) { () throws(PatchkitError) -> PathNames in
      try listedNames()
    }
  }

  /// So many levels below the root are listed first; each folder below them, such as `drivers/net`, is one piece of work.
  private static let depthOfPieces = 1

  /// Lists the upper folders, then on all processors each folder below them with all that is in it.
  private func listedNames() throws(PatchkitError) -> PathNames {
    var names = PathNames()
    var lower: [[UInt8]] = []
    try Self.collectNames(
      try root.again(), prefix: [], depth: Self.depthOfPieces, &names, &lower)
    let pieces = try WorkerPool.helped(count: lower.count) {
      [self, lower] index throws(PatchkitError) in
      var names = PathNames()
      guard let path = try? TreePath(lower[index].dropLast()) else { return names }
      try within(path.components[...], of: root, path: path) { folder throws(PatchkitError) in
        var deeper: [[UInt8]] = []
        try Self.collectNames(folder, prefix: lower[index], depth: .max, &names, &deeper)
      }
      return names
    }
    for piece in pieces { names.append(piece) }
    return names
  }

  /// Adds the files of a folder that was just opened, and of those in it down to some depth; what is deeper comes into
  /// `lower`.
  private static func collectNames(
    _ folder: borrowing Folder, prefix: [UInt8], depth: Int, _ names: inout PathNames,
    _ lower: inout [[UInt8]]
  ) throws(PatchkitError) {
    // Before the folder is read: what changes meanwhile changes its stamp.
    names.folders.append(prefix, try folder.ownStatus())
    for entry in try folder.ownEntries() where !entry.isLink {
      let name = entry.name
      if !entry.isFolder {
        names.append(prefix, name)
        continue
      }
      guard name != Array(".git".utf8), (try? TreePath(prefix + name)) != nil else { continue }
      let inner = prefix + name + [0x2F]
      if depth == 0 {
        lower.append(inner)
      } else if let folder = try folder.folderIfAny(name) {
        // What another process has replaced by a link or a file meanwhile is left out.
        try collectNames(folder, prefix: inner, depth: depth - 1, &names, &lower)
      }
    }
  }
}
