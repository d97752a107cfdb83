// SPDX-License-Identifier: GPL-2.0-only

/// A commit's object, taken apart but not copied.
package struct CommitObject: Sendable {
  /// A person with a date, as a commit's header has them.
  package struct Person: Sendable, Hashable {
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
  package let author: Person
  /// Who made the commit.
  package let committer: Person
  /// The name of the message's encoding, where the commit names one.
  package let encoding: String?
  /// The message's bytes.
  package let message: ArraySlice<UInt8>

  /// Takes a commit's content apart; nil where it is no commit.
  package init?(_ content: [UInt8]) {
    var place = 0
    func line() -> ArraySlice<UInt8>? {
      guard place < content.count else { return nil }
      let end = content[place...].firstIndex(of: 0x0A) ?? content.count
      defer { place = end + 1 }
      return content[place..<end]
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
    var author: Person?
    var committer: Person?
    var encoding: String?
    while let line = line(), !line.isEmpty {
      if let parent = id(line, after: "parent ") {
        parents.append(parent)
      } else if author == nil, Self.starts(line, "author ") {
        author = Self.person(line.dropFirst(7))
      } else if committer == nil, Self.starts(line, "committer ") {
        committer = Self.person(line.dropFirst(10))
      } else if Self.starts(line, "encoding ") {
        encoding = String(decoding: line.dropFirst(9), as: UTF8.self)
      }
    }
    let nobody = Person(name: [], seconds: 0, zoneMinutes: 0)
    self.parents = parents
    self.author = author ?? nobody
    self.committer = committer ?? author ?? nobody
    self.encoding = encoding
    message = place < content.count ? content[place...] : []
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
  private static func person(_ line: ArraySlice<UInt8>) -> Person {
    guard let end = line.lastIndex(of: UInt8(ascii: ">")) else {
      return Person(name: line, seconds: 0, zoneMinutes: 0)
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
    return Person(
      name: line[...end], seconds: numbers.first.map { $0.isNegative ? -$0.value : $0.value } ?? 0,
      zoneMinutes: zone.isNegative ? -minutes : minutes)
  }
}
