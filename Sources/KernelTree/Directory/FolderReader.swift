// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Reads the files below a folder, and knows nothing of git: any thread may use it.
final class FolderReader: KernelTree, Sendable {
  /// The folder as the user named it.
  let name: String
  let root: Folder

  /// Opens a folder.
  ///
  /// - Throws: `TreeError` of kind `noTree` where there is no such folder.
  init(path: String) throws(TreeError) {
    name = path
    do { root = try Folder.open(path) } catch {
      throw TreeError(.noTree, path: path, error.message)
    }
  }

  /// The file at a path; nil where there is none.
  func file(at path: TreePath) throws(TreeError) -> TreeFile? {
    let components = path.components
    guard let name = components.last else { return nil }
    if components.count == 1 { return try Self.file(name, in: root, path) }
    guard let first = try root.folder(components[0], path: path) else { return nil }
    var folder = first
    for component in components.dropFirst().dropLast() {
      guard let next = try folder.folder(component, path: path) else { return nil }
      folder = next
    }
    return try Self.file(name, in: folder, path)
  }

  private static func file(
    _ name: [UInt8], in folder: borrowing Folder, _ path: TreePath
  ) throws(TreeError) -> TreeFile? {
    guard let status = try folder.status(of: name) else { return nil }
    if status.isFolder {
      throw TreeError(.wrongKind, path: path.description, "is a folder and no file")
    }
    guard status.isRegular || status.isLink else {
      throw TreeError(
        .notAFile, path: path.description, "is a device, a pipe or a socket, and no file")
    }
    let content = try folder.read(name, status, path: path)
    let mode: TreeFile.Mode =
      status.isLink ? .symlink : status.permissions & 0o100 != 0 ? .executable : .regular
    return TreeFile(mode: mode, content: content)
  }
}
