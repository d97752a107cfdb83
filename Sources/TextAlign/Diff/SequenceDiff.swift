// SPDX-License-Identifier: GPL-2.0-only

/// Finds which elements of two sequences belong together: the longest runs first, in order.
///
/// Elements are numbers that represent lines or words: equal numbers, equal text. Elements that
/// occur exactly once on both sides divide the problem (Bram Cohen's patience diff); the rest is
/// compared by Eugene Myers' O(ND) algorithm (Algorithmica 1, 1986) with a bound on D, beyond which a part
/// counts as entirely different. So the cost is bounded by the size times that bound.
package struct SequenceDiff: Sendable {
  /// The most edits that one part may have before it counts as wholly different.
  private let mostEdits: Int

  /// Makes a diff with a bound on the edits of one part between two anchors.
  package init(mostEdits: Int = 400) {
    self.mostEdits = mostEdits
  }

  /// The partner of each element of `old` in `new`, from 0; nil where it has none.
  ///
  /// - Returns: as many entries as `old` has; the ones that are not nil rise.
  package func partners(_ old: [Int], _ new: [Int]) -> [Int?] {
    var partners = [Int?](repeating: nil, count: old.count)
    var parts = [Part(old: old.startIndex..<old.endIndex, new: new.startIndex..<new.endIndex)]
    while var part = parts.popLast() {
      while let a = part.old.first, let b = part.new.first, old[a] == new[b] {
        partners[a] = b
        part = Part(old: (a + 1)..<part.old.upperBound, new: (b + 1)..<part.new.upperBound)
      }
      while let a = part.old.last, let b = part.new.last, old[a] == new[b] {
        partners[a] = b
        part = Part(old: part.old.lowerBound..<a, new: part.new.lowerBound..<b)
      }
      if part.old.isEmpty || part.new.isEmpty { continue }
      let anchors = Self.anchors(old, new, part)
      if anchors.isEmpty {
        myers(old, new, part, &partners)
        continue
      }
      var start = (part.old.lowerBound, part.new.lowerBound)
      for (a, b) in anchors {
        partners[a] = b
        parts.append(Part(old: start.0..<a, new: start.1..<b))
        start = (a + 1, b + 1)
      }
      parts.append(Part(old: start.0..<part.old.upperBound, new: start.1..<part.new.upperBound))
    }
    return partners
  }

  /// The same for lines, which are equal if their bytes are.
  package func partners(_ old: [LineText], _ new: [LineText]) -> [Int?] {
    var numbering = Numbering()
    let numbers = old.map { numbering.number($0.bytes[...]) }
    return partners(numbers, new.map { numbering.number($0.bytes[...]) })
  }

  /// The same for the lines of two files.
  package func partners(_ old: LineTable, _ new: LineTable) -> [Int?] {
    var numbering = Numbering()
    func numbers(_ table: LineTable) -> [Int] {
      (0..<table.count).map { numbering.number(table.bytes[table.range(of: $0)]) }
    }
    let numbered = numbers(old)
    return partners(numbered, numbers(new))
  }

  private struct Part {
    var old: Range<Int>
    var new: Range<Int>
  }

  /// Elements that occur once on both sides, the longest rising row of them.
  private static func anchors(_ old: [Int], _ new: [Int], _ part: Part) -> [(Int, Int)] {
    // A count of 2 means "more than once".
    var seen: [Int: (oldCount: Int, old: Int, newCount: Int, new: Int)] = [:]
    for index in part.old {
      var entry = seen[old[index]] ?? (0, 0, 0, 0)
      entry.oldCount += 1
      entry.old = index
      seen[old[index]] = entry
    }
    for index in part.new {
      guard var entry = seen[new[index]] else { continue }
      entry.newCount += 1
      entry.new = index
      seen[new[index]] = entry
    }
    let unique = seen.values.filter { $0.oldCount == 1 && $0.newCount == 1 }
      .map { ($0.old, $0.new) }.sorted { $0.0 < $1.0 }
    return longestRising(unique)
  }

  /// The longest row of pairs that rises on both sides (patience sorting).
  private static func longestRising(_ pairs: [(Int, Int)]) -> [(Int, Int)] {
    var tops: [Int] = []
    var previous = [Int](repeating: -1, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      var low = 0
      var high = tops.count
      while low < high {
        let middle = (low + high) / 2
        if pairs[tops[middle]].1 < pair.1 { low = middle + 1 } else { high = middle }
      }
      previous[index] = low > 0 ? tops[low - 1] : -1
      if low == tops.count { tops.append(index) } else { tops[low] = index }
    }
    var row: [(Int, Int)] = []
    var index = tops.last ?? -1
    while index >= 0 {
      row.append(pairs[index])
      index = previous[index]
    }
    return row.reversed()
  }

  private func myers(_ old: [Int], _ new: [Int], _ part: Part, _ partners: inout [Int?]) {
    let (n, m) = (part.old.count, part.new.count)
    let (a, b) = (part.old.lowerBound, part.new.lowerBound)
    let bound = min(n + m, mostEdits)
    var furthest = [Int](repeating: 0, count: 2 * bound + 3)
    let middle = bound + 1
    var trace: [[Int]] = []
    for edits in 0...bound {
      trace.append(Array(furthest[(middle - edits)...(middle + edits)]))
      for diagonal in stride(from: -edits, through: edits, by: 2) {
        let isDown =
          diagonal == -edits
          || (diagonal != edits
            && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1])
        var x = isDown ? furthest[middle + diagonal + 1] : furthest[middle + diagonal - 1] + 1
        var y = x - diagonal
        while x < n, y < m, old[a + x] == new[b + y] {
          x += 1
          y += 1
        }
        furthest[middle + diagonal] = x
        if x >= n, y >= m {
          walkBack(trace, edits, (n, m), (a, b), &partners)
          return
        }
      }
    }
  }

  private func walkBack(
    _ trace: [[Int]], _ edits: Int, _ end: (Int, Int), _ start: (Int, Int),
    _ partners: inout [Int?]
  ) {
    var (x, y) = end
    for step in stride(from: edits, through: 0, by: -1) {
      // trace[step] holds the diagonals -step...step as they were before the step.
      let row = trace[step]
      func at(_ diagonal: Int) -> Int {
        let index = diagonal + step
        return row.indices.contains(index) ? row[index] : 0
      }
      let diagonal = x - y
      let isDown =
        diagonal == -step || (diagonal != step && at(diagonal - 1) < at(diagonal + 1))
      let before = isDown ? diagonal + 1 : diagonal - 1
      let beforeX = step == 0 ? 0 : at(before)
      let beforeY = step == 0 ? 0 : beforeX - before
      while x > beforeX, y > beforeY {
        x -= 1
        y -= 1
        partners[start.0 + x] = start.1 + y
      }
      if step > 0 { (x, y) = (beforeX, beforeY) }
    }
  }
}
