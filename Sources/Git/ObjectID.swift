// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// The SHA-1 id of a git object.
package struct ObjectID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The twenty bytes.
  let bytes: [UInt8]

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  init(_ oid: git_oid) {
    var oid = oid
    bytes = unsafe withUnsafeBytes(of: &oid.id) { unsafe Array($0) }
  }

  /// Reads forty hex digits; nil where the text is something else.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count == 40, let bytes = Hex.bytes(text) else { return nil }
    self.bytes = bytes
  }

  var raw: git_oid {
    var oid = git_oid()
    unsafe withUnsafeMutableBytes(of: &oid.id) { unsafe $0.copyBytes(from: bytes) }
    return oid
  }

  /// The forty hex digits.
  package var description: String {
    Hex.text(bytes)
  }

  /// Ids in the order of their hex digits.
  package static func < (a: ObjectID, b: ObjectID) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }

  /// The SHA-1 of bytes as they are, without git's header of an object before them.
  package static func hash(of bytes: [UInt8]) -> ObjectID { ObjectID(bytes: Digest.sha1(bytes)) }

  /// The sum of two as git adds ids up: byte by byte from the first, with a carry.
  package static func + (a: ObjectID, b: ObjectID) -> ObjectID {
    var carry: UInt16 = 0
    return ObjectID(
      bytes: zip(a.bytes, b.bytes).map { a, b in
        carry += UInt16(a) + UInt16(b)
        defer { carry >>= 8 }
        return UInt8(truncatingIfNeeded: carry)
      })
  }

  /// The id that git gives a blob of these bytes.
  ///
  /// - Throws: `GitError` where libgit2 cannot hash, which means that it is broken.
  package static func ofBlob(_ content: [UInt8]) throws(GitError) -> ObjectID {
    try Libgit2.setUp()
    var oid = git_oid()
    let code = unsafe content.withUnsafeBytes { bytes in
      unsafe git_odb_hash(&oid, bytes.baseAddress, bytes.count, GIT_OBJECT_BLOB)
    }
    try check(code, "hash a blob")
    return ObjectID(oid)
  }
}

/// The modes that git knows for what a tree holds.
package enum FileMode: UInt32, Sendable, Hashable, Codable {
  /// A file.
  case regular = 0o100644
  /// A file that its owner may run.
  case executable = 0o100755
  /// A symbolic link; its content is the target.
  case symlink = 0o120000
  /// A submodule's commit; its content is not in the repository.
  case gitlink = 0o160000

  var raw: git_filemode_t { git_filemode_t(rawValue) }
}
