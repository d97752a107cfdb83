// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Compares the trees of a commit and its parents by their raw content.
///
/// Folders with the same id are not read; a history's folders differ in few entries from commit to
/// commit. Renames are not looked for.
package struct TreeComparison {
  /// How a path changed.
  package enum Change: UInt8, Sendable, Hashable {
    /// It is new.
    case added
    /// It is gone.
    case removed
    /// Its content differs.
    case modified
    /// Its content is the same, and its mode differs.
    case mode
  }

  private let reader: ObjectReader
  /// The path of the folder that is compared, ended by a slash.
  private var path: [UInt8] = []

  /// An entry of a tree's content.
  private struct Entry {
    /// Where the name starts and ends.
    var name: Range<Int>
    var mode: UInt32
    /// The end of the entry, after the twenty bytes of the id.
    var end: Int

    var isFolder: Bool { mode == 0o40000 }
  }

  /// A name that differs between two folders.
  private struct Difference {
    var name: ArraySlice<UInt8>
    var isFolder: Bool
    var change: Change
    /// The id in the new folder; nil where it does not have the name.
    var new: ObjectID?
    /// The ids in the old folders.
    var old: [ObjectID?]
  }

  /// Paths longer than this are taken as damage; no system has them.
  private static let longestPath = 1 << 16

  /// Makes a comparison that reads from a store.
  package init(_ reader: ObjectReader) { self.reader = reader }

  /// Calls `body` for every path that differs from all of some trees, in git's order.
  ///
  /// With one tree these are the paths that a commit changes; with none, all that there are; with the
  /// trees of a merge's parents, the paths that the merge took from neither.
  ///
  /// - Throws: `GitError`, of kind `notFound` where the store lacks a folder.
  package mutating func compare(
    _ new: ObjectID, with old: [ObjectID], _ body: (ArraySlice<UInt8>, Change) -> Void
  ) throws(GitError) {
    if old.contains(new) { return }
    path.removeAll(keepingCapacity: true)
    try compare(new, old.isEmpty ? [nil] : old, body)
  }

  /// Compares a folder with others, of which each may be missing.
  private mutating func compare(
    _ new: ObjectID?, _ old: [ObjectID?], _ body: (ArraySlice<UInt8>, Change) -> Void
  ) throws(GitError) {
    guard path.count < Self.longestPath else { throw Self.damaged("are nested too deep") }
    let content = try read(new)
    var differences = try Self.differences(content, try read(old[0]))
    for other in old.dropFirst() where !differences.isEmpty {
      let more = try Self.differences(content, try read(other))
      var next = 0
      // Both are in the order of the folders' names.
      differences = differences.compactMap { difference in
        guard
          let found = more[next...].firstIndex(where: {
            $0.name == difference.name && $0.isFolder == difference.isFolder
          })
        else { return nil }
        next = found + 1
        var difference = difference
        difference.old += more[found].old
        if difference.change != more[found].change { difference.change = .modified }
        return difference
      }
    }
    let length = path.count
    for difference in differences {
      path += difference.name
      if difference.isFolder {
        path.append(UInt8(ascii: "/"))
        try compare(difference.new, difference.old, body)
      } else {
        body(path[...], difference.change)
      }
      path.removeSubrange(length...)
    }
  }

  private func read(_ id: ObjectID?) throws(GitError) -> [UInt8] {
    guard let id else { return [] }
    return try reader.read(id, .tree)
  }

  /// The names that differ between two folders' contents, in git's order.
  private static func differences(
    _ new: [UInt8], _ old: [UInt8]
  ) throws(GitError) -> [Difference] {
    var differences: [Difference] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      // Most entries are the same bytes on both sides.
      let length = Self.lengthOfEqualEntries(old, left, new, right)
      left += length
      right += length
      let before = left < old.count ? try Self.entry(old, left) : nil
      let after = right < new.count ? try Self.entry(new, right) : nil
      var order = 0
      if let before, let after { order = Self.order(old, before, new, after) }
      let a = after == nil || order <= 0 ? before : nil
      let b = before == nil || order >= 0 ? after : nil
      if let a { left = a.end }
      if let b { right = b.end }
      guard let name = b.map({ new[$0.name] }) ?? a.map({ old[$0.name] }) else { break }
      let ids = (new: b.map { Self.id(new, $0) }, old: a.map { Self.id(old, $0) })
      if let a, let b, a.mode == b.mode, ids.new == ids.old { continue }
      differences.append(
        Difference(
          name: name, isFolder: (b ?? a)?.isFolder == true,
          change: ids.old == nil
            ? .added : ids.new == nil ? .removed : ids.new == ids.old ? .mode : .modified,
          new: ids.new, old: [ids.old]))
    }
    return differences
  }

  private static func damaged(_ what: String) -> GitError {
    GitError("compare folders", "they \(what)")
  }

  /// The length of the entries from these offsets on that both contents have; whole entries only.
  private static func lengthOfEqualEntries(
    _ a: [UInt8], _ left: Int, _ b: [UInt8], _ right: Int
  ) -> Int {
    unsafe a.withUnsafeBytes { a in
      unsafe b.withUnsafeBytes { b in
        guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
        let room = min(a.count - left, b.count - right)
        var length = 0
        while length < room {
          guard let zero = unsafe memchr(first + left + length, 0, room - length) else { break }
          let next = unsafe UnsafeRawPointer(zero) - (first + left) + 21
          guard next <= room,
            unsafe memcmp(first + left + length, second + right + length, next - length) == 0
          else { break }
          length = next
        }
        return length
      }
    }
  }

  private static func entry(_ content: [UInt8], _ start: Int) throws(GitError) -> Entry {
    var position = start
    var mode: UInt32 = 0
    while position < content.count, content[position] != 0x20 {
      guard (0x30...0x37).contains(content[position]), position - start < 8 else {
        throw damaged("are damaged")
      }
      mode = mode << 3 | UInt32(content[position] - 0x30)
      position += 1
    }
    let name = position + 1
    guard name < content.count, let end = content[name...].firstIndex(of: 0), end > name,
      end + 20 < content.count
    else { throw damaged("are damaged") }
    return Entry(name: name..<end, mode: mode, end: end + 21)
  }

  private static func id(_ content: [UInt8], _ entry: Entry) -> ObjectID {
    unsafe content.withUnsafeBytes { bytes in
      unsafe ObjectID(UnsafeRawBufferPointer(rebasing: bytes[(entry.end - 20)..<entry.end]))
    }
  }

  /// git's order of two entries: a folder's name counts as if it ended in a slash.
  private static func order(_ a: [UInt8], _ left: Entry, _ b: [UInt8], _ right: Entry) -> Int {
    func byte(_ content: [UInt8], _ entry: Entry, _ index: Int) -> Int {
      let position = entry.name.lowerBound + index
      if position < entry.name.upperBound { return Int(content[position]) }
      return position == entry.name.upperBound && entry.isFolder ? Int(UInt8(ascii: "/")) : -1
    }
    var index = 0
    while true {
      let (x, y) = (byte(a, left, index), byte(b, right, index))
      if x != y { return x - y }
      if x < 0 { return 0 }
      index += 1
    }
  }
}

extension TreeComparison {
  /// The id of an entry of a tree's content; nil where there is none, or the content is damaged.
  package static func entry(
    named name: ArraySlice<UInt8>, isFolder: Bool, in content: [UInt8]
  ) -> ObjectID? {
    var position = 0
    while position < content.count, let entry = try? entry(content, position) {
      if entry.isFolder == isFolder, content[entry.name] == name { return id(content, entry) }
      position = entry.end
    }
    return nil
  }
}
