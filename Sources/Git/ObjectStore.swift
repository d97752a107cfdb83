// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// The objects of a repository, of its own folder and of those that it borrows from, for reading by
/// several threads.
///
/// It shows what was there when it was opened, and loose objects that came since.
package final class ObjectStore: Sendable {
  /// The folders that hold objects: the repository's own first, then its alternates.
  package let folders: [String]
  let packs: [PackFile]

  /// git follows alternates of alternates so deep.
  private static let depth = 5

  /// Opens the objects of a repository.
  package convenience init(of repository: Repository) {
    self.init(folder: repository.commonFolder + "objects")
  }

  /// Opens a folder of objects with its alternates; as in git, an alternate that is gone is left out.
  package init(folder: String) {
    (folders, root) = Self.folders(from: folder)
    packs = folders.flatMap { folder in
      ((try? InputFile.names(in: "\(folder)/pack")) ?? []).sorted()
        .compactMap { PackFile(index: "\(folder)/pack/\($0)") }
    }
  }

  /// A folder of objects with those that it borrows from, and the end of the first alternates.
  static func folders(from folder: String) -> (folders: [String], root: String) {
    var folders: [String] = []
    var root = folder
    var open = [(path: folder, depth: 0)]
    while let (path, depth) = open.popLast() {
      guard let path = InputFile.realPath(path), !folders.contains(path) else { continue }
      folders.append(path)
      // The first alternate of a folder comes next.
      if depth == folders.count - 1 { root = path }
      guard depth < Self.depth, let bytes = MappedFile("\(path)/info/alternates") else { continue }
      let text = unsafe bytes.withBytes { unsafe String(decoding: $0, as: UTF8.self) }
      for line in text.split(whereSeparator: \.isNewline).reversed() where line.first != "#" {
        open.append((line.first == "/" ? String(line) : "\(path)/\(line)", depth + 1))
      }
    }
    return (folders, root)
  }

  /// The folder that repositories which share objects have in common: the end of the first alternates.
  package let root: String

  /// How many objects the packs hold; loose ones are not counted.
  package var packedCount: Int { packs.reduce(0) { $0 + $1.count } }

  /// Lets the system reclaim the memory that the packs' pages use.
  package func releasePages() { for pack in packs { pack.releasePages() } }
}
