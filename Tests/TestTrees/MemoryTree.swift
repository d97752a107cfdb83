// SPDX-License-Identifier: GPL-2.0-only

package import Host
package import KernelTree

/// A tree that is a dictionary.
package struct MemoryTree: KernelTree {
  package var name = "memory"
  package var files: [String: TreeFile] = [:]

  /// A tree of regular files with these texts, by their paths.
  package init(_ texts: [String: String] = [:]) {
    self.init(contents: texts.mapValues { Array($0.utf8) })
  }

  /// A tree of regular files with these bytes, by their paths.
  package init(contents: [String: [UInt8]]) {
    files = contents.mapValues { TreeFile(mode: .regular, content: $0) }
  }

  package func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
    files[path.description]
  }

  package func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try every { $0.components.last == name }
  }

  package func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try every { $0.components.dropLast().joined(separator: [0x2F]).elementsEqual(folder) }
  }

  package func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    try every { $0.bytes.starts(with: folder.bytes + [0x2F]) }
  }

  private func every(_ isWanted: (TreePath) -> Bool) throws(PatchkitError) -> [TreePath] {
    files.keys.sorted().compactMap { try? TreePath(Array($0.utf8)) }.filter(isWanted)
  }

  /// The tree with changes made.
  package func applying(_ changes: [TreeChange]) -> MemoryTree {
    var copy = self
    for change in changes { copy.files[change.path.description] = change.after }
    return copy
  }

  /// The texts of the files.
  package var texts: [String: String] {
    files.mapValues { String(decoding: $0.content, as: UTF8.self) }
  }
}
