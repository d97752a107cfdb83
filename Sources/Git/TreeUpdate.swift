// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Glibc

/// Makes trees from others with some paths changed: only the folders on the way are read and written anew.
///
/// It is here because libgit2's own looks for each new tree among the repository's packs, twice, and keeps a table of
/// all names of a folder: together a fourth of the time that a series of commits took.
struct TreeUpdate {
  /// A path with its new entry; nil removes it.
  typealias Change = (path: ArraySlice<UInt8>, entry: TreeEntry?)

  /// Reads the content of a tree.
  let read: (ObjectID) throws(GitError) -> [UInt8]
  /// Writes a tree, and gives its id.
  let write: ([UInt8]) throws(GitError) -> ObjectID

  /// Makes a tree; a folder that is left empty goes away.
  ///
  /// - Parameter tree: the one to start from; nil for an empty one.
  /// - Returns: nil where nothing is left.
  /// - Throws: `GitError` where a path goes through a file, a file would replace a folder or a submodule, what is to be
  ///   removed is not there or is a folder, or a tree is damaged.
  func updated(_ tree: ObjectID?, _ changes: [Change]) throws(GitError) -> ObjectID? {
    let content = TreeContent(try tree.map(read) ?? [])
    var own: [[UInt8]: TreeEntry?] = [:]
    var inner: [[UInt8]: [Change]] = [:]
    for (path, entry) in changes {
      let name = Array(path.prefix { $0 != 0x2F })
      guard !name.isEmpty, !Self.refused.contains(name.lowercased) else {
        throw Self.error("a path has the component '\(String(decoding: name, as: UTF8.self))'")
      }
      if name.count < path.count {
        inner[name, default: []].append((path.dropFirst(name.count + 1), entry))
        continue
      }
      let old = content.entry(named: name[...])
      if entry == nil, old == nil { throw Self.error("there is no '\(Self.text(path))'") }
      if let old, old.mode == nil { throw Self.error("'\(Self.text(path))' is a folder") }
      if old?.mode == .gitlink { throw Self.error("'\(Self.text(path))' is a submodule") }
      own[name] = .some(entry)
    }
    for (name, changes) in inner.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let old = content.entry(named: name[...])
      if own[name] != nil || old != nil && old?.mode != nil {
        throw Self.error("'\(Self.text(name[...]))' is a file")
      }
      let made = try updated(old?.id, changes)
      own[name] = .some(made.map { TreeEntry(id: $0, mode: nil) })
    }
    guard let bytes = content.updated(with: own) else {
      throw Self.error("the tree \(tree.map { "\($0)" } ?? "") is damaged")
    }
    return bytes.isEmpty ? nil : try write(bytes)
  }

  /// Components that are refused.
  private static let refused = [[0x2E], [0x2E, 0x2E], Array(".git".utf8)]

  private static func text(_ path: ArraySlice<UInt8>) -> String {
    String(decoding: path, as: UTF8.self)
  }

  private static func error(_ message: String) -> GitError { GitError("make a tree", message) }
}

extension [UInt8] {
  /// The bytes with ASCII letters in lower case.
  fileprivate var lowercased: [UInt8] { map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 } }
}

extension TreeContent {
  /// The content with entries replaced, put in or, where they are nil, taken out, in git's order; nil where the content
  /// is damaged.
  func updated(with entries: [[UInt8]: TreeEntry?]) -> [UInt8]? {
    // git sorts a folder as if its name ended with a slash.
    var new = entries.compactMap { name, entry in
      entry.map { (key: $0.mode == nil ? name + [0x2F] : name, bytes: Self.bytes(name, $0)) }
    }.sorted { $0.key.lexicographicallyPrecedes($1.key) }[...]
    let names = entries.keys.sorted { $0.lexicographicallyPrecedes($1) }
    var content: [UInt8] = []
    content.reserveCapacity(size + new.reduce(0) { $0 + $1.bytes.count })
    let isDamaged = unsafe forEach { entry in
      while let next = new.first, unsafe Self.precedes(next.key, entry) {
        content += next.bytes
        new.removeFirst()
      }
      if unsafe !Self.contains(entry.name, names) {
        // Some old trees have zeros before a mode, which are not written again.
        let digits = unsafe entry.mode.drop { $0 == UInt8(ascii: "0") }
        unsafe content += digits.isEmpty ? entry.mode.suffix(1) : digits
        unsafe content += entry.rest
      }
      return true
    }
    for (_, bytes) in new { content += bytes }
    return isDamaged ? nil : content
  }

  private static func bytes(_ name: [UInt8], _ entry: TreeEntry) -> [UInt8] {
    let mode = entry.mode.map { String($0.rawValue, radix: 8) } ?? "40000"
    return Array(mode.utf8) + [0x20] + name + [0] + entry.id.bytes
  }

  /// Whether a name with its slash, if it has one, is sorted before an entry.
  private static func precedes(_ key: [UInt8], _ entry: Entry) -> Bool {
    let order = unsafe compare(key, entry.name)
    if order != 0 { return order < 0 }
    let count = unsafe entry.name.count
    if key.count < count { return true }
    if key.count == count { return unsafe entry.isFolder }
    return unsafe entry.isFolder && key[count] < 0x2F
  }

  /// Whether sorted names contain one.
  private static func contains(_ name: UnsafeRawBufferPointer, _ names: [[UInt8]]) -> Bool {
    var (low, high) = (0, names.count)
    while low < high {
      let middle = (low + high) / 2
      let order = unsafe compare(names[middle], name)
      if order == 0, names[middle].count == name.count { return true }
      if order < 0 || order == 0 && names[middle].count < name.count {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return false
  }

  /// The order of two names as far as the shorter one goes.
  private static func compare(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Int32 {
    unsafe a.withUnsafeBytes { a in
      guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
      return unsafe memcmp(first, second, min(a.count, b.count))
    }
  }
}
