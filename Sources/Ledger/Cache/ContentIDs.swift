// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Host
internal import KernelTree
internal import Synchronization

/// The blob ids of a tree's files, read again only if a file's stamp differs: what git's index
/// does for a work tree.
///
/// A git tree has the ids itself. Ids that were taken so soon after a file's change that another change
/// could have the same time are not kept.
final class ContentIDs: Sendable {
  private struct Entry: Codable {
    var stamp: [UInt8]
    var id: String
  }

  private let known: Mutex<(entries: [String: Entry], isChanged: Bool)>
  private let cache: VerificationCache
  private let name: String

  /// Opens the cache of a tree.
  init(_ tree: String, _ cache: VerificationCache) {
    self.cache = cache
    name = "ids-" + Checksum.sha256([tree])
    known = Mutex((cache.read(name, as: [String: Entry].self) ?? [:], false))
  }

  /// Files that were changed no longer ago than this may change again within the same tick.
  private static let settled = 2

  /// The id of the file at a path, with its kind before it; an empty text if there is none, or if
  /// the path is not a file.
  func id(at path: TreePath, in tree: any KernelTree) -> String {
    guard let stamp = try? tree.stamp(at: path) else { return "" }
    if stamp.blob != nil { return String(decoding: stamp.bytes, as: UTF8.self) }
    let key = path.description
    if let entry = known.withLock({ $0.entries[key] }), entry.stamp == stamp.bytes {
      return entry.id
    }
    guard let file = try? tree.file(at: path), let blob = try? file.blobID else { return "" }
    let id = "\(file.mode.rawValue) \(blob)"
    let now = Machine.secondsSince1970
    if let changed = stamp.changed, now - changed > Self.settled {
      known.withLock {
        $0.entries[key] = Entry(stamp: stamp.bytes, id: id)
        $0.isChanged = true
      }
    }
    return id
  }

  /// Keeps what was read.
  func save() {
    let (entries, isChanged) = known.withLock { $0 }
    if isChanged { cache.write(entries, as: name) }
  }
}
