// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import Synchronization

/// The objects of a repository, of its own folder and of those that it borrows from, for reading by
/// several threads.
///
/// It shows what was there when it was opened, and loose objects that came since.
package final class ObjectStore: Sendable {
  /// The folders that hold objects: the repository's own first, then its alternates.
  package let folders: [String]
  let packs: [PackFile]
  /// The names of what the folders of packs hold.
  private let names: [[String]]

  /// A store that is in use.
  private struct Open: Sendable {
    weak let store: ObjectStore?
  }

  /// The stores that are in use, by their first folder.
  private static let open = Mutex<[String: Open]>([:])

  /// The objects of a repository, opened once for all that use them at a time.
  ///
  /// A command opens a repository for each thread and each purpose; the pages of a pack's index that are
  /// read count once for each time that it is mapped.
  package static func shared(of repository: Repository) -> ObjectStore {
    shared(folder: repository.commonFolder + "objects")
  }

  /// The objects of a folder, opened once for all that use them at a time.
  static func shared(folder: String) -> ObjectStore {
    open.withLock { open in
      if let known = open[folder]?.store, known.names == names(in: known.folders) { return known }
      let store = ObjectStore(folder: folder)
      open = open.filter { $0.value.store != nil }
      open[folder] = Open(store: store)
      return store
    }
  }

  /// git follows alternates of alternates so deep.
  private static let depth = 5

  /// Opens a folder of objects with its alternates; as in git, an alternate that is gone is left out.
  package init(folder: String) {
    (folders, root) = Self.folders(from: folder)
    names = Self.names(in: folders)
    packs = zip(folders, names).flatMap { folder, names in
      names.compactMap { PackFile(index: "\(folder)/pack/\($0)") }
    }
  }

  private static func names(in folders: [String]) -> [[String]] {
    folders.map { ((try? InputFile.names(in: "\($0)/pack")) ?? []).sorted() }
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

  /// The ids of objects, packed or loose, that start with some hex digits, two at least.
  func ids(startingWith digits: String) -> [ObjectID] {
    let loose = folders.flatMap { folder in
      ((try? InputFile.names(in: "\(folder)/\(digits.prefix(2))")) ?? []).compactMap {
        ObjectID("\(digits.prefix(2))\($0)")
      }
    }
    let all = Set(loose + packs.flatMap { $0.ids(startingWith: digits) })
    return all.filter { $0.description.hasPrefix(digits) }
  }

  /// How many objects the packs hold; loose ones are not counted.
  package var packedCount: Int { packs.reduce(0) { $0 + $1.count } }

  /// Lets the system reclaim the memory that the packs' pages use.
  package func releasePages() { for pack in packs { pack.releasePages() } }
}
