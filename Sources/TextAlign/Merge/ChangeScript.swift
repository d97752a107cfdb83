// SPDX-License-Identifier: GPL-2.0-only

/// What a hunk does to each line of its pre-image, and what it puts between them.
package struct ChangeScript: Sendable {
  /// What becomes of a line of the pre-image.
  package enum Fate: Sendable, Hashable {
    /// It stays: context.
    case kept
    /// It goes.
    case removed
    /// It is removed, and a similar line replaces it.
    case changed(LineText)
  }

  /// The pre-image.
  package private(set) var base: [LineText] = []
  /// What becomes of each of its lines.
  package private(set) var fates: [Fate] = []
  /// The lines that come before each line of the pre-image, and after the last.
  package private(set) var insertions: [[LineText]] = [[]]

  /// One line of a hunk.
  package enum Entry: Sendable, Hashable {
    /// A line that stays.
    case context(LineText)
    /// A line that goes.
    case removed(LineText)
    /// A line that comes.
    case added(LineText)
  }

  /// Reads the lines of a hunk.
  ///
  /// If removed and added lines are next to each other, similar ones are paired: the one became
  /// the other.
  package init(_ entries: [Entry]) {
    var removed: [LineText] = []
    var added: [LineText] = []
    for entry in entries {
      switch entry {
      case .removed(let line): removed.append(line)
      case .added(let line): added.append(line)
      case .context(let line):
        close(&removed, &added)
        base.append(line)
        fates.append(.kept)
        insertions.append([])
      }
    }
    close(&removed, &added)
  }

  private mutating func close(_ removed: inout [LineText], _ added: inout [LineText]) {
    let pairs = Self.pairs(removed, added)
    var next = 0
    for (index, line) in removed.enumerated() {
      if let partner = pairs[index] {
        insertions[insertions.count - 1] += added[next..<partner]
        fates.append(.changed(added[partner]))
        next = partner + 1
      } else {
        fates.append(.removed)
      }
      base.append(line)
      insertions.append([])
    }
    insertions[insertions.count - 1] += added[next...]
    removed = []
    added = []
  }

  /// For each removed line the added one that it became: the pairing in order with the most likeness.
  private static func pairs(_ removed: [LineText], _ added: [LineText]) -> [Int?] {
    var pairs = [Int?](repeating: nil, count: removed.count)
    let (n, m) = (removed.count, added.count)
    guard n > 0, m > 0, n * m <= 10_000 else { return pairs }
    var best = [[Double]](repeating: [Double](repeating: 0, count: m + 1), count: n + 1)
    var likeness = [[Double]](repeating: [Double](repeating: 0, count: m), count: n)
    for i in 1...n {
      for j in 1...m {
        let (a, b) = (removed[i - 1], added[j - 1])
        if a.saysSomething, b.saysSomething {
          let alike = a.similarity(to: b)
          likeness[i - 1][j - 1] = alike >= HunkAligner.leastLikeness ? alike : 0
        }
        best[i][j] = max(
          best[i - 1][j], best[i][j - 1],
          likeness[i - 1][j - 1] > 0 ? best[i - 1][j - 1] + likeness[i - 1][j - 1] : 0)
      }
    }
    var (i, j) = (n, m)
    while i > 0, j > 0 {
      if likeness[i - 1][j - 1] > 0, best[i][j] == best[i - 1][j - 1] + likeness[i - 1][j - 1] {
        pairs[i - 1] = j - 1
        i -= 1
        j -= 1
      } else if best[i][j] == best[i - 1][j] {
        i -= 1
      } else {
        j -= 1
      }
    }
    return pairs
  }

  /// The lines of a range of the base as the hunk leaves them, with those that it adds before each and, at
  /// the end, with those that it adds after the last.
  package func result(of range: Range<Int>, insertionsFrom first: Int, through last: Int)
    -> [LineText]
  {
    var lines: [LineText] = []
    for index in range.lowerBound...range.upperBound {
      if index >= first, index <= last { lines += insertions[index] }
      guard index < range.upperBound else { break }
      switch fates[index] {
      case .kept: lines.append(base[index])
      case .removed: break
      case .changed(let line): lines.append(line)
      }
    }
    return lines
  }
}
