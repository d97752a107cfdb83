// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import KernelTree
package import Ports

/// What is read of a tree to compile files of it: the sources that a scenario may reach, and the headers that they
/// include.
package struct TreeSources: Sendable {
  /// A file of the tree.
  package typealias File = (path: String, content: [UInt8])

  /// Which headers are read.
  package enum Headers: Sendable {
    /// Those that the files include, and those that these include, whatever the `#if` around a line.
    ///
    /// A header whose name a macro forms is not read.
    case included
    /// All of `include` and `arch/x86/include`.
    case all
  }

  /// The tree's name in messages.
  package let name: String
  /// Which headers were read.
  let headers: Headers
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
    of scenario: CScenario, in tree: any KernelTree, _ changes: [TreeChange], name: String,
    headers: Headers
  ) throws {
    self.name = name
    self.headers = headers
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
    @discardableResult func take(_ path: TreePath) -> File? {
      guard !known.contains(path.description), let file = Self.read(path, of: tree) else {
        return nil
      }
      known.insert(path.description)
      files.append(file)
      return file
    }
    for folder in folders {
      for path in (try? tree.files(in: TreePath(Array(folder.utf8)).bytes)) ?? [] {
        take(path)
      }
    }
    for name in Self.computing { take(try TreePath(Array(name.utf8))) }
    var shared: [String: TreePath] = [:]
    for folder in Self.headerFolders {
      for path in (try? tree.allFiles(below: TreePath(Array(folder.utf8)))) ?? [] {
        shared[path.description] = path
      }
    }
    switch headers {
    case .all:
      for path in shared.values.sorted(by: { $0.description < $1.description }) { take(path) }
    case .included:
      // What patchkit's own files include is needed, too.
      var queue: [File] = files + WorldBuild.ownFiles(scenario)
      for change in changes {
        for content in [change.before?.content, change.after?.content].compactMap(\.self) {
          queue.append((change.path.description, content))
        }
      }
      for name in WorldBuild.generatedNames {
        if let path = shared["include/" + name], let file = take(path) { queue.append(file) }
      }
      var done = 0
      while done < queue.count {
        let file = queue[done]
        done += 1
        for include in Self.includes(in: file.content) {
          for path in Self.candidates(include, from: file.path) {
            if let found = shared[path], let file = take(found) { queue.append(file) }
          }
        }
      }
    }
    self.files = files
  }

  private static let headerFolders = ["include", "arch/x86/include"]

  /// Where a header may be; the compiler takes the first, and which one that is need not be known.
  private static func candidates(_ include: CInclude, from path: String) -> [String] {
    let folder = folder(of: path)
    let names = [folder + "/" + include.name, include.name]
    return (names + headerFolders.map { $0 + "/" + include.name }).map(WorldBuild.normalized)
  }

  /// What a file includes, by its lines.
  private static func includes(in content: [UInt8]) -> [CInclude] {
    content.split(separator: UInt8(ascii: "\n")).compactMap { CInclude($0) }
  }

  private static func read(_ path: TreePath, of tree: any KernelTree) -> File? {
    let name = path.description
    guard name.hasSuffix(".c") || name.hasSuffix(".h"), let file = try? tree.file(at: path) else {
      return nil
    }
    return (name, file.content)
  }

  /// Files of lib/ that compute only, and files of fs/ whose functions file systems call: they are linked where the
  /// tasks reach them.
  static let computing = [
    "lib/rbtree.c", "lib/radix-tree.c", "lib/list_sort.c", "lib/sort.c", "lib/crc16.c",
    "lib/iov_iter.c", "lib/llist.c", "lib/bitmap.c", "fs/attr.c", "fs/buffer.c",
  ]

  /// The folder of a path; empty for the top.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// The files on one side of the patch.
  package subscript(_ side: PatchSide) -> [File] {
    files
      + changes.compactMap { change in
        (side == .before ? change.before : change.after).map {
          (change.path.description, $0.content)
        }
      }
  }
}
