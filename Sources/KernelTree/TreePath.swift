// SPDX-License-Identifier: GPL-2.0-only

/// A path below a tree's root that is safe to use: relative, plain, and never git's own.
///
/// A path that a patch names becomes one only if it is made of ordinary components: none is empty,
/// `.` or `..`, none is `.git` in any of the spellings that some file system takes for it, and no
/// byte is a control character.
public struct TreePath: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The bytes, components joined by `/`.
  public let bytes: [UInt8]

  /// Why a path is not taken.
  public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The path as it was named.
    public var path: [UInt8]
    /// What is wrong with it.
    package var reason: Reason

    /// The path and what is wrong with it, as one sentence without a full stop.
    public var description: String {
      "'\(String(decoding: path, as: UTF8.self))' \(reason.rawValue)"
    }
  }

  /// What is wrong with a path.
  package enum Reason: String, Sendable, Hashable {
    /// There is nothing in it, or an empty component.
    case empty = "is empty or has an empty component"
    /// It starts at the root of the file system.
    case absolute = "is absolute"
    /// It has a component `.` or `..`.
    case tries = "has a component '.' or '..', which can lead out of the tree"
    /// It has a component that some file system takes for `.git`.
    case gitFolder = "is in git's own folder"
    /// It is one of patchkit's own: settings, store, journal.
    case journal = "is in patchkit's own folder"
    /// It is in the folder where quilt keeps its state.
    case quilt = "is in quilt's own folder"
    /// It has a newline or another control character in it.
    case controlCharacter = "has a control character"
    /// It is longer than a file system takes.
    case tooLong = "is longer than 4096 bytes, or has a component longer than 255"
  }

  /// Checks a path.
  ///
  /// - Throws: `Refusal` with the path and what is wrong with it.
  public init(_ bytes: [UInt8]) throws(Refusal) {
    if Self.isOrdinary(bytes) {
      self.bytes = bytes
      return
    }
    func refuse(_ reason: Reason) -> Refusal { Refusal(path: bytes, reason: reason) }
    if bytes.isEmpty { throw refuse(.empty) }
    if bytes[0] == 0x2F { throw refuse(.absolute) }
    if bytes.count > 4096 { throw refuse(.tooLong) }
    if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw refuse(.controlCharacter) }
    for (number, component) in bytes.split(separator: 0x2F, omittingEmptySubsequences: false)
      .enumerated()
    {
      if component.isEmpty { throw refuse(.empty) }
      if component.elementsEqual([0x2E]) || component.elementsEqual([0x2E, 0x2E]) {
        throw refuse(.tries)
      }
      if component.count > 255 { throw refuse(.tooLong) }
      // To some file systems a backslash is a slash, and libgit2 refuses what would be git's there.
      if component.split(separator: 0x5C).contains(where: Self.isGitFolder) {
        throw refuse(.gitFolder)
      }
      if number == 0, Self.isOwn(component) { throw refuse(.journal) }
    }
    self.bytes = bytes
  }

  /// Checks a path that a patch names, which may not be in patchkit's or quilt's own folders, of the tree or
  /// of a folder in it: they count for whoever works there.
  ///
  /// - Throws: `Refusal` with the path and what is wrong with it.
  public init(ofPatch bytes: [UInt8]) throws(Refusal) {
    try self.init(bytes)
    if Self.isOrdinary(bytes) { return }
    for component in bytes.split(separator: 0x2F) {
      if Self.isOwn(component) { throw Refusal(path: bytes, reason: .journal) }
      if Self.plain(component).elementsEqual(".pc".utf8) {
        throw Refusal(path: bytes, reason: .quilt)
      }
    }
  }

  /// Whether a path has nothing in it that could be refused, as nearly all have: none of its components starts with
  /// a dot, and none has a byte that a file system may take for another one, or for none.
  private static func isOrdinary(_ bytes: [UInt8]) -> Bool {
    if bytes.isEmpty || bytes.count > 4096 { return false }
    // The bytes of the component so far.
    var length = 0
    for byte in bytes {
      switch byte {
      case 0x2F:
        if length == 0 { return false }
        length = 0
        continue
      case 0x2E where length == 0: return false
      case 0..<0x20, UInt8(ascii: ":"), UInt8(ascii: "\\"), UInt8(ascii: "~"), 0x7F...: return false
      default: length += 1
      }
      if length > 255 { return false }
    }
    return length > 0
  }

  /// Whether a component is one of patchkit's own: settings, store, journal.
  private static func isOwn(_ component: ArraySlice<UInt8>) -> Bool {
    plain(component).starts(with: ".patchkit".utf8)
  }

  /// Whether the last component is one of git's settings that may not be a link, as in git (CVE-2018-11235
  /// and `fsck`'s `gitmodulesSymlink`).
  package var mayNotBeLink: Bool {
    guard let last = bytes.split(separator: 0x2F).last else { return false }
    let name = Self.plain(last)
    return name.elementsEqual(".gitmodules".utf8) || name.elementsEqual("gitmod~1".utf8)
  }

  /// Whether some file system takes a component for `.git`: letter case, NTFS' short name, trailing
  /// dots and blanks and streams, HFS+'s ignored code points (git's CVE-2014-9390, CVE-2019-1353).
  private static func isGitFolder(_ component: ArraySlice<UInt8>) -> Bool {
    let letters = plain(component)
    return letters.elementsEqual(".git".utf8) || letters.elementsEqual("git~1".utf8)
  }

  /// A component as file systems that are not strict compare it: lower case, without what they
  /// ignore.
  private static func plain(_ component: ArraySlice<UInt8>) -> [UInt8] {
    var letters: [UInt8] = []
    var index = component.startIndex
    while index < component.endIndex {
      let byte = component[index]
      if index + 2 < component.endIndex {
        let next = (component[index + 1], component[index + 2])
        switch (byte, next.0, next.1) {
        case (0xE2, 0x80, 0x8C...0x8F), (0xE2, 0x80, 0xAA...0xAE), (0xE2, 0x81, 0xAA...0xAF),
          (0xEF, 0xBB, 0xBF):
          index += 3
          continue
        default: break
        }
      }
      if byte == UInt8(ascii: ":") { break }
      letters.append((0x41...0x5A).contains(byte) ? byte + 0x20 : byte)
      index += 1
    }
    while let last = letters.last, last == 0x2E || last == 0x20 { letters.removeLast() }
    return letters
  }

  /// A path as an include writes it, its components `.` and `..` resolved; `..` at the root is left out.
  package static func withoutDots(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/" as Character) {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return parts.joined(separator: "/")
  }

  /// The folder that the last component is in; empty for the tree's root.
  package var folder: ArraySlice<UInt8> {
    bytes[..<(bytes.lastIndex(of: 0x2F) ?? bytes.startIndex)]
  }

  /// The folders on the way, outermost first, without the last component.
  package var folders: [[UInt8]] {
    bytes.indices.filter { bytes[$0] == 0x2F }.map { Array(bytes[..<$0]) }
  }

  /// The same folders as paths, each made when it is asked for: what the whole path has passed is not checked again.
  package var parents: some Sequence<TreePath> {
    bytes.indices.lazy.filter { bytes[$0] == 0x2F }.map { TreePath(checked: Array(bytes[..<$0])) }
  }

  private init(checked bytes: [UInt8]) { self.bytes = bytes }

  /// The components.
  package var components: [[UInt8]] { bytes.split(separator: 0x2F).map(Array.init) }

  /// The path as text, bytes that are not UTF-8 replaced.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) { bytes.hashInOneStep(into: &hasher) }

  /// Paths in the order of their bytes.
  public static func < (a: TreePath, b: TreePath) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }
}
