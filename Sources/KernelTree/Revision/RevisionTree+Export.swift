// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

extension RevisionTree {
  /// Writes every file and link of the revision below an empty folder.
  ///
  /// A name that no patch may have, such as `..` or `.git`, is left out.
  ///
  /// - Throws: `PatchkitError` where an object cannot be read or a file cannot be written.
  package func export(to folder: String) throws(PatchkitError) {
    var files: [(folder: [UInt8], name: [UInt8], entry: TreeEntry)] = []
    try convertingGitErrors {
      unsafe try repository.forEachFile(inTree: tree) { folder, name, entry in
        unsafe files.append((folder, Array(name), entry))
      }
    }
    var position = files.startIndex
    while position < files.endIndex {
      let folderName = files[position].folder
      let end = files[position...].firstIndex { $0.folder != folderName } ?? files.endIndex
      try export(files[position..<end], of: folderName, to: folder)
      position = end
    }
  }

  private func export(
    _ files: ArraySlice<(folder: [UInt8], name: [UInt8], entry: TreeEntry)>,
    of folderName: [UInt8], to base: String
  ) throws(PatchkitError) {
    let files = files.filter { (try? TreePath(folderName + $0.name)) != nil }
    // A tree of git's may hold any name: what leads out of the folder is left out.
    guard !files.isEmpty else { return }
    var folder = try Folder.open(base)
    for step in folderName.split(separator: 0x2F) {
      folder = try folder.makeFolder(Array(step), path: base)
    }
    for file in files {
      let content = try convertingGitErrors { try repository.blob(file.entry.id) }
      if file.entry.mode == .symlink {
        try folder.link(file.name, to: content)
      } else {
        try folder.create(
          file.name, content: content,
          permissions: file.entry.mode == .executable ? .executable : .usual, flushes: false)
      }
    }
  }
}
