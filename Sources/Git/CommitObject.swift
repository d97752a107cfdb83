// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat

/// A commit's object, taken apart but not copied.
package struct CommitObject: Sendable {
  /// A name, an address and a date, as in a commit's header.
  package struct Identity: Sendable, Hashable {
    /// `Name <address>`, as written.
    package var name: ArraySlice<UInt8>
    /// Seconds since 1970 in UTC.
    package var seconds: Int64
    /// Minutes east of UTC.
    package var zoneMinutes: Int
  }

  /// The tree.
  package let tree: ObjectID
  /// The parents, in their order.
  package let parents: [ObjectID]
  /// Who wrote the change.
  package let author: Identity
  /// Who made the commit.
  package let committer: Identity
  /// The name of the message's encoding, where the commit names one.
  package let encoding: String?
  /// The message's bytes.
  package let message: ArraySlice<UInt8>

  /// Parses a commit's content; nil if it is not a commit.
  package init?(_ content: [UInt8]) {
    var position = 0
    func line() -> ArraySlice<UInt8>? {
      guard position < content.count else { return nil }
      let end = content[position...].firstIndex(of: 0x0A) ?? content.count
      defer { position = end + 1 }
      return content[position..<end]
    }
    func id(_ line: ArraySlice<UInt8>, after prefix: StaticString) -> ObjectID? {
      guard line.count == prefix.utf8CodeUnitCount + 40, Self.starts(line, prefix) else {
        return nil
      }
      return ObjectID(hexDigits: line.dropFirst(prefix.utf8CodeUnitCount))
    }
    guard let first = line(), let tree = id(first, after: "tree ") else { return nil }
    self.tree = tree
    var parents: [ObjectID] = []
    var author: Identity?
    var committer: Identity?
    var encoding: String?
    while let line = line(), !line.isEmpty {
      if let parent = id(line, after: "parent ") {
        parents.append(parent)
      } else if author == nil, Self.starts(line, "author ") {
        author = Self.identity(line.dropFirst(7))
      } else if committer == nil, Self.starts(line, "committer ") {
        committer = Self.identity(line.dropFirst(10))
      } else if Self.starts(line, "encoding ") {
        encoding = String(decoding: line.dropFirst(9), as: UTF8.self)
      }
    }
    let unknown = Identity(name: [], seconds: 0, zoneMinutes: 0)
    self.parents = parents
    self.author = author ?? unknown
    self.committer = committer ?? author ?? unknown
    self.encoding = encoding
    message = position < content.count ? content[position...] : []
  }

  /// Bytes of the commit as text: in the encoding that it names, else in UTF-8, else in Latin-1.
  package func text(_ bytes: ArraySlice<UInt8>) -> String {
    if let text = Charset.decode(Array(bytes), as: encoding ?? "UTF-8") { return text }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    return String(decoding: bytes.map { UInt16($0) }, as: UTF16.self)
  }

  private static func starts(_ line: ArraySlice<UInt8>, _ prefix: StaticString) -> Bool {
    let count = prefix.utf8CodeUnitCount
    guard line.count >= count else { return false }
    for index in 0..<count where unsafe line[line.startIndex + index] != prefix.utf8Start[index] {
      return false
    }
    return true
  }

  /// Takes `Name <address> seconds zone` apart.
  private static func identity(_ line: ArraySlice<UInt8>) -> Identity {
    guard let end = line.lastIndex(of: UInt8(ascii: ">")) else {
      return Identity(name: line, seconds: 0, zoneMinutes: 0)
    }
    var numbers: [(value: Int64, isNegative: Bool)] = []
    for word in line[(end + 1)...].split(separator: 0x20) {
      var value: Int64 = 0
      var isNegative = false
      for byte in word {
        switch byte {
        case UInt8(ascii: "-"): isNegative = true
        case 0x30...0x39 where value < 1 << 50: value = value * 10 + Int64(byte - 0x30)
        default: break
        }
      }
      numbers.append((value, isNegative))
    }
    let zone = numbers.count > 1 ? numbers[1] : (value: 0, isNegative: false)
    let minutes = Int(zone.value / 100 % 100 * 60 + zone.value % 100)
    return Identity(
      name: line[...end], seconds: numbers.first.map { $0.isNegative ? -$0.value : $0.value } ?? 0,
      zoneMinutes: zone.isNegative ? -minutes : minutes)
  }
}
