// SPDX-License-Identifier: GPL-2.0-only

/// The parents of all commits of an index, in memory: eight bytes a commit.
///
/// Commits are numbered from 1, parents before their children, so what a commit is made of is found
/// in one pass downwards.
struct CommitGraph: Sendable {
  /// The first and second parent of each commit; 0 where there is none.
  private(set) var pairs: [UInt32] = []
  /// The further parents of merges with more than two.
  private(set) var others: [Int: [Int]] = [:]

  /// The number of commits.
  var count: Int { pairs.count / 2 }

  /// The parents of a commit, in their order.
  func parents(of commit: Int) -> [Int] {
    let pair = (Int(pairs[commit * 2 - 2]), Int(pairs[commit * 2 - 1]))
    if pair.0 == 0 { return [] }
    return pair.1 == 0 ? [pair.0] : [pair.0, pair.1] + (others[commit] ?? [])
  }

  /// Adds the next commit.
  mutating func append(parents: [Int]) {
    pairs.append(UInt32(parents.first ?? 0))
    pairs.append(UInt32(parents.count > 1 ? parents[1] : 0))
    if parents.count > 2 { others[count] = Array(parents[2...]) }
  }

  /// The commits that some commits are made of, themselves included.
  func ancestors(of tips: [Int]) -> CommitSet {
    var set = CommitSet(capacity: count)
    for tip in tips where (1...max(1, count)).contains(tip) { set.insert(tip) }
    guard let highest = tips.max(), highest <= count, highest > 0 else { return set }
    for commit in stride(from: highest, to: 0, by: -1) where set.contains(commit) {
      let (first, second) = (Int(pairs[commit * 2 - 2]), Int(pairs[commit * 2 - 1]))
      if first != 0 { set.insert(first) }
      if second != 0 {
        set.insert(second)
        for other in others[commit] ?? [] { set.insert(other) }
      }
    }
    return set
  }

  // MARK: As stored

  /// Commits in one stored piece.
  static let pieceSize = 4096

  /// The bytes of a piece, ended by their checksum.
  func piece(_ index: Int) -> [UInt8] {
    let start = index * Self.pieceSize * 2
    let end = min(pairs.count, start + Self.pieceSize * 2)
    var bytes: [UInt8] = []
    bytes.reserveCapacity((end - start) * 4 + 4)
    for word in pairs[start..<end] {
      for shift in [0, 8, 16, 24] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return Checksum.sealed(bytes)
  }

  /// Adds the commits of a piece; false where it is damaged.
  mutating func append(piece: [UInt8]) -> Bool {
    guard let bytes = Checksum.opened(piece), bytes.count % 8 == 0 else { return false }
    pairs.reserveCapacity(pairs.count + bytes.count / 4)
    var commit = count
    return unsafe bytes.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: bytes.count, by: 8) {
        commit += 1
        let first = unsafe UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let second = unsafe UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        guard first < commit, second < commit else { return false }
        pairs.append(first)
        pairs.append(second)
      }
      return true
    }
  }

  /// Sets the further parents of a merge.
  mutating func set(others parents: [Int], of commit: Int) -> Bool {
    guard commit <= count, parents.allSatisfy({ $0 > 0 && $0 < commit }) else { return false }
    others[commit] = parents
    return true
  }
}

/// A set of commits of an index.
package struct CommitSet: Sendable {
  private var words: [UInt64]
  /// The number of commits.
  package private(set) var count = 0

  init(capacity: Int) { words = [UInt64](repeating: 0, count: capacity / 64 + 1) }

  /// Whether a commit is in it.
  package func contains(_ commit: Int) -> Bool {
    commit >> 6 < words.count && words[commit >> 6] >> UInt64(commit & 63) & 1 == 1
  }

  mutating func insert(_ commit: Int) {
    let bit: UInt64 = 1 << UInt64(commit & 63)
    if words[commit >> 6] & bit == 0 {
      words[commit >> 6] |= bit
      count += 1
    }
  }
}
