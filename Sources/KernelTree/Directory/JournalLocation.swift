// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// Where a tree's journal is: in the git directory of its work tree, else at its root.
///
/// Files are renamed from the journal into the tree, so the git directory is taken only if both are in the
/// same mount of one file system.
struct JournalLocation: Sendable {
  /// The folder that the journal's own folder is in.
  let parent: String
  /// The name of the journal's own folder.
  let name: [UInt8]
  let isInGitFolder: Bool

  /// The journal's path, for messages.
  var path: String { parent + "/" + String(decoding: name, as: UTF8.self) }

  /// Opens the folder that the journal's own folder is in.
  func open() throws(PatchkitError) -> Folder { try Folder.open(parent) }

  private static func atRoot(_ rootPath: String) -> JournalLocation {
    JournalLocation(parent: rootPath, name: Array(Journal.folder.utf8), isInGitFolder: false)
  }

  /// A work tree may have runs in several of its folders, so the name has the folder's number.
  private static func inGitFolder(
    _ gitFolder: String, _ root: borrowing Folder
  ) throws(PatchkitError) -> JournalLocation {
    let parent = gitFolder.hasSuffix("/") ? String(gitFolder.dropLast()) : gitFolder
    return JournalLocation(
      parent: parent, name: name(for: try root.ownStatus().inode), isInGitFolder: true)
  }

  private static let prefix = Array("patchkit-journal-".utf8)

  /// The name of the journal in the git directory for the folder of an inode.
  static func name(for inode: UInt) -> [UInt8] { prefix + Array("\(inode)".utf8) }

  /// The names of the other journals in the git directory.
  func others() -> [[UInt8]] {
    let names = (try? open().children()) ?? []
    return names.filter { $0.starts(with: Self.prefix) && $0 != name }
  }

  /// Where a new journal is to be.
  static func forNew(
    root: borrowing Folder, _ rootPath: String, gitFolder: String?
  ) throws(PatchkitError) -> JournalLocation {
    guard let gitFolder, let mount = root.mount else { return atRoot(rootPath) }
    let location = try inGitFolder(gitFolder, root)
    guard let folder = try? location.open(), folder.mount == mount, folder.isWritable else {
      return atRoot(rootPath)
    }
    return location
  }

  /// Where there is a journal; nil where there is none.
  static func existing(
    root: borrowing Folder, _ rootPath: String, gitFolder: String?
  ) throws(PatchkitError) -> JournalLocation? {
    if let gitFolder {
      let location = try inGitFolder(gitFolder, root)
      if let folder = try? location.open(), try folder.status(of: location.name) != nil {
        return location
      }
    }
    let location = atRoot(rootPath)
    return try root.status(of: location.name) == nil ? nil : location
  }
}
