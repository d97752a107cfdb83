// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// The content of a git tree's object: the entries of one folder, read where they are.
struct TreeContent {
  /// An entry.
  @unsafe struct Entry {
    var name: UnsafeRawBufferPointer
    var id: ObjectID
    /// The octal digits of its mode.
    var mode: UnsafeRawBufferPointer
    /// The bytes after its mode: a space, the name, a zero, and the id.
    var rest: UnsafeRawBufferPointer

    /// The mode as a number; some old trees have zeros before it.
    private var bits: UInt32 { unsafe mode.reduce(0) { $0 << 3 | UInt32($1 & 7) } }

    /// Whether it is a folder.
    var isFolder: Bool { unsafe bits & 0o170000 == 0o040000 }

    /// The mode as git takes it: of old modes, only whether the owner may run the file is used.
    var fileMode: FileMode? {
      let bits = unsafe bits
      switch bits & 0o170000 {
      case 0o100000: return bits & 0o100 == 0 ? .regular : .executable
      case 0o120000: return .symlink
      case 0o160000: return .gitlink
      default: return nil
      }
    }
  }

  private let content: [UInt8]

  init(_ content: [UInt8]) { self.content = content }

  /// How many bytes it has.
  var size: Int { content.count }

  /// Calls `body` for each entry until it returns false, or the content is damaged.
  ///
  /// - Returns: whether the content is damaged.
  @discardableResult
  func forEach(_ body: (Entry) -> Bool) -> Bool {
    unsafe content.withUnsafeBytes { content in
      guard let base = content.baseAddress else { return false }
      var position = 0
      while position < content.count {
        // The digits of the mode, a space, the name, a zero, and twenty bytes of the id.
        let rest = content.count - position
        guard let space = unsafe memchr(base + position, 0x20, rest) else { return true }
        let start = unsafe UnsafeRawPointer(space) - base + 1
        let digits = unsafe content[position..<(start - 1)]
        guard unsafe !digits.isEmpty, unsafe digits.allSatisfy({ (0x30...0x37).contains($0) }),
          let zero = unsafe memchr(base + start, 0, content.count - start)
        else { return true }
        let end = unsafe UnsafeRawPointer(zero) - base
        guard end > start, end + 20 < content.count else { return true }
        let entry = unsafe Entry(
          name: UnsafeRawBufferPointer(rebasing: content[start..<end]),
          id: ObjectID(UnsafeRawBufferPointer(rebasing: content[(end + 1)..<(end + 21)])),
          mode: UnsafeRawBufferPointer(rebasing: content[position..<(start - 1)]),
          rest: UnsafeRawBufferPointer(rebasing: content[(start - 1)..<(end + 21)]))
        if unsafe !body(entry) { return false }
        position = end + 21
      }
      return false
    }
  }

  /// The entry of a name; nil where there is none.
  func entry(named name: ArraySlice<UInt8>) -> TreeEntry? {
    var found: TreeEntry?
    unsafe name.withUnsafeBytes { name in
      _ = unsafe forEach { entry in
        guard unsafe entry.name.count == name.count, let mine = unsafe entry.name.baseAddress,
          let wanted = name.baseAddress, unsafe memcmp(mine, wanted, name.count) == 0
        else { return true }
        found = unsafe TreeEntry(
          id: entry.id, mode: entry.isFolder ? nil : entry.fileMode ?? .regular)
        return false
      }
    }
    return found
  }
}

extension Repository {
  /// Calls `body` for every file and link below a tree, submodules left out, in no special order.
  ///
  /// - Throws: `GitError` of kind `missing` where the repository lacks a folder.
  package func forEachFile(
    inTree tree: ObjectID,
    _ body: (_ folder: [UInt8], _ name: UnsafeRawBufferPointer, TreeEntry) -> Void
  ) throws(GitError) {
    var open: [(id: ObjectID, folder: [UInt8])] = [(tree, [])]
    while let (id, folder) = open.popLast() {
      unsafe TreeContent(try content(of: id, .tree)).forEach { entry in
        if unsafe entry.isFolder {
          unsafe open.append((entry.id, folder + entry.name + [0x2F]))
        } else if let mode = unsafe entry.fileMode, mode != .gitlink {
          unsafe body(folder, entry.name, TreeEntry(id: entry.id, mode: mode))
        }
        return true
      }
    }
  }

  /// The content of an object, read without libgit2.
  ///
  /// - Throws: `GitError` of kind `missing` where the repository does not have it.
  func content(of id: ObjectID, _ kind: ObjectKind) throws(GitError) -> [UInt8] {
    guard let object = try objects.read(id) else {
      var error = GitError(
        "read the \(kind) \(id)", "object not found - no match for id (\(id))", .notFound)
      unsafe error.explainMissing(in: handle.pointer)
      throw error
    }
    guard object.kind == kind else {
      throw GitError("read the \(kind) \(id)", "it is a \(object.kind)")
    }
    return object.content
  }
}
