// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
internal import Ports

/// What is read of a tree to compile files of it: its headers, and the sources that a scenario may reach.
package struct TreeSources: Sendable {
  /// A file of the tree.
  package typealias File = (path: String, content: [UInt8])

  /// The tree's name in messages.
  package let name: String
  /// The folders whose files may be linked.
  let folders: [String]
  private let files: [File]
  private let changes: [TreeChange]

  /// Reads what a scenario needs of a tree.
  ///
  /// - Parameters:
  ///   - changes: what the patch changes in the tree.
  ///   - name: the tree's name in messages.
  package init(
    of scenario: CScenario, in tree: any KernelTree, _ changes: [TreeChange], name: String
  ) throws {
    self.name = name
    self.changes = changes
    var folders = scenario.includes.map(Self.folder)
    for change in changes {
      let path = change.path.description
      if path.hasSuffix(".c") || path.hasSuffix(".h") { folders.append(Self.folder(of: path)) }
    }
    folders += scenario.links + ["fs/jbd2", "fs/quota"]
    var seen: Set<String> = []
    folders = folders.filter { seen.insert($0).inserted }
    self.folders = folders
    var known = Set(changes.map { $0.path.description })
    var files: [File] = []
    for folder in folders + ["include", "arch/x86/include"] {
      let path = try TreePath(Array(folder.utf8))
      let below =
        folders.contains(folder)
        ? ((try? tree.files(in: path.bytes)) ?? []) : ((try? tree.allFiles(below: path)) ?? [])
      for path in below where known.insert(path.description).inserted {
        if let file = try Self.read(path, of: tree) { files.append(file) }
      }
    }
    for name in Self.computing where known.insert(name).inserted {
      if let file = try Self.read(TreePath(Array(name.utf8)), of: tree) { files.append(file) }
    }
    self.files = files
  }

  private static func read(_ path: TreePath, of tree: any KernelTree) throws -> File? {
    let name = path.description
    guard name.hasSuffix(".c") || name.hasSuffix(".h"), let file = try? tree.file(at: path) else {
      return nil
    }
    return (name, file.content)
  }

  /// Files of lib/ that compute only: they are linked where the tasks reach them.
  static let computing = [
    "lib/rbtree.c", "lib/radix-tree.c", "lib/list_sort.c", "lib/sort.c", "lib/crc16.c",
    "lib/iov_iter.c", "lib/llist.c", "lib/bitmap.c",
  ]

  /// The folder of a path; empty for the top.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The files on one side of the patch.
  subscript(_ side: PatchSide) -> [File] {
    files
      + changes.compactMap { change in
        (side == .before ? change.before : change.after).map {
          (change.path.description, $0.content)
        }
      }
  }
}
