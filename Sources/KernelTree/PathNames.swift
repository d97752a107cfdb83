// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
package import Host
internal import Synchronization

/// The paths of a tree's files in one piece of memory, made to be searched by their last component.
package struct PathNames: Sendable {
  /// A slash before each path, and a zero after it.
  private var bytes: [UInt8] = []
  /// The folders that were listed, where the tree is one of plain files.
  package var folders = FolderStamps()

  /// Starts with no path.
  package init() {}

  /// Adds the path of a file.
  package mutating func append(_ folder: [UInt8], _ name: some Collection<UInt8>) {
    bytes.append(0x2F)
    bytes += folder
    bytes += name
    bytes.append(0)
  }

  /// Adds all paths of another listing, and its folders.
  package mutating func append(_ other: PathNames) {
    bytes += other.bytes
    folders.append(other.folders)
  }

  /// The paths whose last component is `name`, in the order in which they were added.
  package func paths(named name: [UInt8]) -> [[UInt8]] {
    if name.isEmpty || name.contains(0) || name.contains(0x2F) { return [] }
    let wanted = [0x2F] + name + [0]
    var found: [[UInt8]] = []
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var position = 0
      unsafe wanted.withUnsafeBytes { wanted in
        while position < bytes.count,
          let hit = unsafe memmem(
            base + position, UInt(bytes.count - position), wanted.baseAddress, UInt(wanted.count))
        {
          let slash = unsafe UnsafeRawPointer(hit) - base
          let end = slash + wanted.count - 1
          var start = slash
          while start > 0, unsafe bytes[start - 1] != 0 { start -= 1 }
          found.append(unsafe Array(bytes[(start + 1)..<end]))
          position = end
        }
      }
    }
    return found
  }
}

extension PathNames {
  /// What a listing is of.
  package enum Key: Hashable, Sendable {
    /// A git tree, by its id and what the repository reads instead of other objects.
    case tree([UInt8])
    /// A folder with what shows that it is the same, after so many changes of this process.
    case folder(device: UInt64, stamp: [UInt8], changes: Int)
  }

  private static let made = Mutex<[(key: Key, names: PathNames)]>([])
  private static let changeCount = Atomic<Int>(0)

  /// The listings that are kept: a command works on few trees at a time.
  private static let most = 4

  /// How often this process changed a folder.
  package static var changes: Int { changeCount.load(ordering: .acquiring) }

  /// Notes that this process changes a folder, or that others may have: listings of before do not hold any more.
  package static func noteChange() { changeCount.add(1, ordering: .acquiringAndReleasing) }

  /// A listing that was made before, by any thread, or one made now.
  ///
  /// A patch, or a series, may name many files that the tree does not have; the tree is listed once for
  /// all of them.
  package static func shared(
    _ key: Key, _ make: () throws(PatchkitError) -> PathNames
  ) throws(PatchkitError) -> PathNames {
    try made.withLock { made throws(PatchkitError) -> PathNames in
      if let known = made.first(where: { $0.key == key }) { return known.names }
      let names = try make()
      if made.count >= most { made.removeFirst() }
      made.append((key, names))
      return names
    }
  }
}
