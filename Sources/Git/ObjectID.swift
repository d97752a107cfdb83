// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// The SHA-1 id of a git object.
package struct ObjectID: Sendable, Hashable, Comparable, CustomStringConvertible {
  // The twenty bytes as big-endian words: comparing ids allocates nothing.
  private let high: UInt64
  private let middle: UInt64
  private let low: UInt32

  /// Makes an id from its first twenty bytes of memory.
  ///
  /// - Precondition: there are at least twenty.
  init(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count >= 20)
    high = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    middle = unsafe UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    low = unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
  }

  /// Makes an id from twenty bytes; nil where there are fewer or more.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 20 else { return nil }
    self = unsafe bytes.withUnsafeBytes { unsafe ObjectID($0) }
  }

  init(_ oid: git_oid) {
    var oid = oid
    self = unsafe withUnsafeBytes(of: &oid.id) { unsafe ObjectID($0) }
  }

  /// Reads forty hex digits; nil where the text is something else.
  package init?(_ text: some StringProtocol) {
    self.init(hexDigits: Array(text.utf8)[...])
  }

  /// Reads forty hex digits; nil where the bytes are something else.
  package init?(hexDigits digits: ArraySlice<UInt8>) {
    guard digits.count == 40 else { return nil }
    var words: (UInt64, UInt64, UInt32) = (0, 0, 0)
    var index = digits.startIndex
    for position in 0..<40 {
      guard let value = Hex.value(digits[index]) else { return nil }
      index += 1
      switch position {
      case 0..<16: words.0 = words.0 << 4 | UInt64(value)
      case 16..<32: words.1 = words.1 << 4 | UInt64(value)
      default: words.2 = words.2 << 4 | UInt32(value)
      }
    }
    (high, middle, low) = words
  }

  /// The twenty bytes.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20)
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: high >> UInt64(shift)))
    }
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: middle >> UInt64(shift)))
    }
    for shift in stride(from: 24, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: low >> UInt32(shift)))
    }
    return bytes
  }

  /// The first eight bytes as a number: hex digits in their order.
  package var prefix: UInt64 { high }

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
    if a.high != b.high { return a.high < b.high }
    return a.middle != b.middle ? a.middle < b.middle : a.low < b.low
  }

  /// The SHA-1 of bytes as they are, without git's header of an object before them.
  package static func hash(of bytes: [UInt8]) -> ObjectID {
    unsafe Digest.sha1(bytes).withUnsafeBytes { unsafe ObjectID($0) }
  }

  /// The sum of two as git adds ids up: byte by byte from the first, with a carry.
  package static func + (a: ObjectID, b: ObjectID) -> ObjectID {
    var carry: UInt16 = 0
    let sum = zip(a.bytes, b.bytes).map { a, b -> UInt8 in
      carry += UInt16(a) + UInt16(b)
      defer { carry >>= 8 }
      return UInt8(truncatingIfNeeded: carry)
    }
    return unsafe sum.withUnsafeBytes { unsafe ObjectID($0) }
  }

  /// The id that git gives a blob of these bytes.
  ///
  /// - Throws: `GitError` where libgit2 cannot hash, which means that it is broken.
  package static func ofBlob(_ content: [UInt8]) throws(GitError) -> ObjectID {
    try of(content, GIT_OBJECT_BLOB)
  }

  /// The id that git gives an object of these bytes.
  ///
  /// - Throws: `GitError` where libgit2 cannot hash, which means that it is broken.
  static func of(_ content: [UInt8], _ type: git_object_t) throws(GitError) -> ObjectID {
    try Libgit2.setUp()
    var oid = git_oid()
    let code = unsafe content.withUnsafeBytes { bytes in
      unsafe git_odb_hash(&oid, bytes.baseAddress, bytes.count, type)
    }
    try check(code, "hash an object")
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
