// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Glibc

/// Reads the files below a folder into an import; links are taken as links and never followed.
struct FolderImport: ~Copyable {
  private let path: String
  private let root: Folder
  private let selection: PathSelection

  init(path: String, wanted: [TreePath]) throws(TreeError) {
    self.path = path
    do { root = try Folder.open(path) } catch {
      throw TreeError(.noTree, path: path, error.message)
    }
    selection = PathSelection(wanted)
  }

  /// Imports every wanted file; returns how many there were.
  func run(into importer: TreeImporter) throws(TreeError) -> Int {
    let count = try add(root, below: [], to: importer)
    try selection.requireFound(count, in: path)
    return count
  }

  private func add(
    _ folder: borrowing Folder, below prefix: [UInt8], to importer: TreeImporter
  ) throws(TreeError) -> Int {
    var count = 0
    for name in try folder.children() {
      if prefix.isEmpty, name == Array(".git".utf8) || name == Array(".patchkit".utf8) { continue }
      let path = prefix + name
      guard let status = try folder.status(of: name) else { continue }
      let safe: TreePath
      do { safe = try TreePath(path) } catch {
        throw TreeError(
          .system, path: String(decoding: path, as: UTF8.self),
          "cannot be imported: the path \(error.reason.rawValue)")
      }
      if status.isFolder {
        guard selection.mayHold(path), let child = try folder.folder(name, path: safe) else {
          continue
        }
        count += try add(child, below: path + [0x2F], to: importer)
      } else if status.isRegular || status.isLink {
        guard selection.takes(path) else { continue }
        let content = try folder.read(name, status, path: safe)
        let mode: FileMode =
          status.isLink ? .symlink : status.permissions & 0o100 != 0 ? .executable : .regular
        try asTreeErrors { try importer.add(GitFile(mode: mode, content: content), at: path) }
        count += 1
      }
    }
    return count
  }
}
