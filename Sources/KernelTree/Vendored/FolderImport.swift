// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host

/// Reads the files below a folder into an import; links are taken as links and never followed.
struct FolderImport: ~Copyable {
  private let path: String
  private let root: Folder
  private let selection: PathSelection

  init(path: String, wanted: [TreePath]) throws(PatchkitError) {
    self.path = path
    do { root = try Folder.open(path) } catch {
      throw PatchkitError(.badInput, path: path, error.message)
    }
    selection = PathSelection(wanted)
  }

  /// Imports every wanted file; returns how many there were.
  func run(into importer: TreeImporter, _ progress: WorkProgress?) throws(PatchkitError) -> Int {
    // Counted first if progress is shown: listing costs little compared with reading.
    var total: Int?
    if progress != nil {
      var found = 0
      try walk(root, below: []) { (_, _, _, _) in found += 1 }
      total = found
    }
    var count = 0
    try walk(root, below: []) { (folder, name, status, path) throws(PatchkitError) in
      let content = try folder.read(name, status, path: path)
      let mode: FileMode =
        status.isLink ? .symlink : status.permissions & 0o100 != 0 ? .executable : .regular
      try convertingGitErrors {
        try importer.add(GitFile(mode: mode, content: content), at: path.bytes)
      }
      count += 1
      progress?(count, total)
    }
    try selection.requireFound(count, in: path)
    return count
  }

  /// Calls a body for every wanted file.
  private func walk(
    _ folder: borrowing Folder, below prefix: [UInt8],
    _ body: (borrowing Folder, [UInt8], Folder.Status, TreePath) throws(PatchkitError) -> Void
  ) throws(PatchkitError) {
    for name in try folder.children() {
      if prefix.isEmpty, name == Array(".git".utf8) || name.starts(with: ".patchkit".utf8) {
        continue
      }
      let path = prefix + name
      guard let status = try folder.status(of: name) else { continue }
      let safe: TreePath
      do { safe = try TreePath(path) } catch {
        throw PatchkitError(
          .badInput, path: String(decoding: path, as: UTF8.self),
          "cannot be imported: the path \(error.reason.rawValue)",
          hint: "remove it from the folder, or import parts of the folder with --path")
      }
      if status.isFolder {
        guard selection.mayHold(path), let child = try folder.folder(name, path: safe) else {
          continue
        }
        try walk(child, below: path + [0x2F], body)
      } else if status.isRegular || status.isLink, selection.takes(path) {
        try body(folder, name, status, safe)
      }
    }
  }
}
