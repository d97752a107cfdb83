// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// An object in a file of its own, as git keeps objects that are in no pack.
enum LooseObject {
  /// An object's kind, and its bytes with the header that git puts before the content.
  struct Whole {
    var kind: ObjectKind
    var bytes: [UInt8]
    /// Where the content starts.
    var start: Int
  }

  /// Reads an object from the first of the folders that has it; nil where none has.
  ///
  /// - Throws: `GitError` that names the file where it is damaged: cut off, empty, or with a content that
  ///   does not have the object's id.
  static func read(
    _ id: ObjectID, in folders: [String], with inflater: Inflater
  ) throws(GitError) -> Whole? {
    for folder in folders {
      let path = path(of: id, in: folder)
      guard let file = MappedFile(path) else {
        // A power cut leaves empty files.
        if InputFile.exists(path) { throw damaged(id, path, "is empty or unreadable") }
        continue
      }
      let bytes = unsafe file.withBytes { unsafe inflater.inflate($0) }
      guard let bytes, let whole = parse(bytes) else {
        throw damaged(id, path, "is damaged")
      }
      guard ObjectID.hash(of: bytes) == id else {
        throw damaged(id, path, "holds another object")
      }
      return whole
    }
    return nil
  }

  /// Whether one of the folders has a file of the object.
  static func exists(_ id: ObjectID, in folders: [String]) -> Bool {
    folders.contains { InputFile.exists(path(of: id, in: $0)) }
  }

  private static func path(of id: ObjectID, in folder: String) -> String {
    let name = id.description
    return "\(folder)/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  private static func damaged(_ id: ObjectID, _ path: String, _ why: String) -> GitError {
    GitError("read an object", "the loose object \(id) (stored in \(path)) \(why)")
  }

  /// Splits an object into header and content; nil where the header does not fit.
  private static func parse(_ bytes: [UInt8]) -> Whole? {
    guard let end = bytes.prefix(40).firstIndex(of: 0) else { return nil }
    let words = bytes[..<end].split(separator: 0x20, omittingEmptySubsequences: false)
    guard words.count == 2,
      Int(String(decoding: words[1], as: UTF8.self)) == bytes.count - end - 1
    else { return nil }
    let kind: ObjectKind? =
      switch String(decoding: words[0], as: UTF8.self) {
      case "commit": .commit
      case "tree": .tree
      case "blob": .blob
      case "tag": .tag
      default: nil
      }
    return kind.map { Whole(kind: $0, bytes: bytes, start: end + 1) }
  }
}
