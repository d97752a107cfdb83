// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Host

/// The folders of a tree with a stamp each, in one piece of memory.
///
/// A file system changes the time of a folder when a child is added, removed, renamed or replaced by one of another
/// kind. So equal stamps of all folders mean that the tree has the same paths of the same kinds. What the files
/// hold is not covered.
package struct FolderStamps: Sendable {
  /// Of each folder: its path from the root, a zero, and five words: device, inode, seconds and nanoseconds of its
  /// last change, and its kind.
  package private(set) var bytes: [UInt8] = []
  /// When the folder that changed last was changed, in seconds since 1970.
  private var changed = Int.min
  /// When the first folder was read; nil for stamps of an earlier run.
  private let begun: Int?

  private static let words = 5

  /// Starts with no folder, before the first one is read.
  package init() { begun = Machine.secondsSince1970 }

  /// Whether every folder changed so long before it was read that a later change has another time.
  package var isSettled: Bool {
    begun.map { changed < $0 - FileStamp.settled } ?? false
  }

  /// Reads the stamps that an earlier run recorded; nil for other bytes.
  ///
  /// What is at a path is only asked for its status, so any path is taken.
  package init?(_ bytes: [UInt8]) {
    var position = 0
    while position < bytes.count {
      guard let end = bytes[position...].firstIndex(of: 0),
        bytes.count - end - 1 >= 8 * Self.words
      else { return nil }
      position = end + 1 + 8 * Self.words
    }
    if bytes.isEmpty { return nil }
    self.bytes = bytes
    begun = nil
  }

  /// Adds a folder.
  ///
  /// - Parameter path: the path from the root; empty, or ended by a slash.
  mutating func append(_ path: [UInt8], _ status: Folder.Status) {
    bytes += path.dropLast()
    bytes.append(0)
    unsafe withUnsafeBytes(of: Self.stamp(status)) { unsafe bytes.append(contentsOf: $0) }
    changed = max(changed, status.changed.tv_sec)
  }

  /// Adds the folders of a listing that was begun later.
  mutating func append(_ other: FolderStamps) {
    bytes += other.bytes
    changed = max(changed, other.changed)
  }

  private typealias Stamp = (UInt64, UInt64, Int64, Int64, UInt64)

  private static func stamp(_ status: Folder.Status) -> Stamp {
    (
      UInt64(status.device), UInt64(status.inode), Int64(status.changed.tv_sec),
      Int64(status.changed.tv_nsec), UInt64(status.kind)
    )
  }

  /// Ranges of the bytes with at most `count` folders each.
  func pieces(of count: Int) -> [Range<Int>] {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return [] }
      var pieces: [Range<Int>] = []
      var (start, position, folders) = (0, 0, 0)
      while position < bytes.count {
        let length = unsafe strlen((base + position).assumingMemoryBound(to: CChar.self))
        position += length + 1 + 8 * Self.words
        folders += 1
        if folders == count || position >= bytes.count {
          pieces.append(start..<position)
          (start, folders) = (position, 0)
        }
      }
      return pieces
    }
  }

  /// Whether the folders of a piece, below a root, still have these stamps.
  func hold(in root: borrowing Folder, _ piece: Range<Int>) -> Bool {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return false }
      var position = piece.lowerBound
      while position < piece.upperBound {
        let path = unsafe (base + position).assumingMemoryBound(to: CChar.self)
        let length = unsafe strlen(path)
        // A link that replaces a folder on the way changes the stamp of the folder that it is in.
        guard let status = length == 0 ? try? root.ownStatus() : unsafe root.status(at: path) else {
          return false
        }
        position += length + 1
        let isSame = unsafe withUnsafeBytes(of: Self.stamp(status)) { stamp in
          unsafe stamp.elementsEqual(
            UnsafeRawBufferPointer(start: base + position, count: stamp.count))
        }
        if !isSame { return false }
        position += 8 * Self.words
      }
      return true
    }
  }
}
