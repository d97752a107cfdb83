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

  /// So many lines of two files are compared by the lines that occur once before all of them get numbers.
  private let fewestOfLarge: Int

  /// Makes a diff with a bound on the edits of one part between two anchors.
  package init(mostEdits: Int = 400, fewestOfLarge: Int = 1 << 16) {
    self.mostEdits = mostEdits
    self.fewestOfLarge = fewestOfLarge
  }

  /// The partner of each element of `old` in `new`, from 0; nil where it has none.
  ///
  /// - Returns: as many entries as `old` has; the ones that are not nil rise.
  package func partners(_ old: [Int], _ new: [Int]) -> [Int?] {
    var numbers: [Int: Int32] = [:]
    return partners(old, new) { element in
      let next = Int32(truncatingIfNeeded: numbers.count)
      if let number = numbers[element] { return number }
      numbers[element] = next
      return next
    }
  }

  /// The same for lines, which are equal if their bytes are.
  package func partners(_ old: [LineText], _ new: [LineText]) -> [Int?] {
    var numbering = Numbering()
    return partners(old, new) { Int32(truncatingIfNeeded: numbering.number($0.bytes[...])) }
  }

  /// The same for elements that get their numbers one by one.
  private func partners<Element>(
    _ old: [Element], _ new: [Element], _ number: (Element) -> Int32
  ) -> [Int?] {
    let numbers = (old: old.map(number), new: new.map(number))
    var limit: Int32 = 0
    for other in numbers.old { limit = max(limit, other + 1) }
    for other in numbers.new { limit = max(limit, other + 1) }
    return numbered(numbers.old, numbers.new, limit: Int(limit)).map { $0 < 0 ? nil : Int($0) }
  }

  /// The same for the lines of two files, of which only those between their first and their last difference are
  /// compared.
  package func partners(_ old: LineTable, _ new: LineTable) -> LinePartners {
    let shorter = min(old.count, new.count)
    var (before, after) = (0, 0)
    while before < shorter, old.isSame(before, new, before) { before += 1 }
    while after < shorter - before, old.isSame(old.count - 1 - after, new, new.count - 1 - after) {
      after += 1
    }
    return LinePartners(
      count: old.count, before: before, after: after, shift: new.count - old.count,
      between: between(old, before..<(old.count - after), new, before..<(new.count - after)))
  }

  /// The partners of lines of two files, of which the first ones differ, and the last ones; from the first line
  /// of each range, and -1 for none.
  ///
  /// Where the lines that both have once are in the same order, they are anchors, and lines get numbers only
  /// between two of them. That is as a rule so, and takes a third of the memory.
  private func between(
    _ old: LineTable, _ oldLines: Range<Int>, _ new: LineTable, _ newLines: Range<Int>
  ) -> [Int32] {
    if oldLines.isEmpty || newLines.isEmpty { return [Int32](repeating: -1, count: oldLines.count) }
    guard oldLines.count + newLines.count >= fewestOfLarge,
      var partners = LinePositions.risingPairs(of: old, oldLines, new, newLines)
    else { return numbered(old, oldLines, new, newLines) }
    var (start, other) = (0, 0)
    for index in 0...partners.count {
      let isLast = index == partners.count
      if !isLast, partners[index] < 0 { continue }
      let partner = isLast ? newLines.count : Int(partners[index])
      if start < index, other < partner {
        let part = numbered(
          old, (oldLines.lowerBound + start)..<(oldLines.lowerBound + index),
          new, (newLines.lowerBound + other)..<(newLines.lowerBound + partner))
        for (line, found) in part.enumerated() where found >= 0 {
          partners[start + line] = Int32(truncatingIfNeeded: other) + found
        }
      }
      (start, other) = (index + 1, partner + 1)
    }
    return partners
  }

  /// The same for any lines, each of which gets a number.
  private func numbered(
    _ old: LineTable, _ oldLines: Range<Int>, _ new: LineTable, _ newLines: Range<Int>
  ) -> [Int32] {
    if oldLines.count == 1, newLines.count == 1 {
      return [old.isSame(oldLines.lowerBound, new, newLines.lowerBound) ? 0 : -1]
    }
    let numbers = LinePositions.numbers(of: old, oldLines, new, newLines)
    return numbered(numbers.old, numbers.new, limit: numbers.old.count)
  }

  /// The part of both sequences that is compared next.
  private struct Part {
    private var bounds: (Int32, Int32, Int32, Int32)
    var old: Range<Int> { Int(bounds.0)..<Int(bounds.1) }
    var new: Range<Int> { Int(bounds.2)..<Int(bounds.3) }

    init(old: Range<Int>, new: Range<Int>) {
      // Four bytes are enough for every input, and a file may have very many parts.
      bounds = (
        Int32(truncatingIfNeeded: old.lowerBound), Int32(truncatingIfNeeded: old.upperBound),
        Int32(truncatingIfNeeded: new.lowerBound), Int32(truncatingIfNeeded: new.upperBound)
      )
    }
  }

  /// The partner of each element of `old`, or -1.
  ///
  /// - Parameter limit: what all numbers are below; an element of `new` that `old` does not have may be -1.
  private func numbered(_ old: [Int32], _ new: [Int32], limit: Int) -> [Int32] {
    var partners = [Int32](repeating: -1, count: old.count)
    var parts = [Part(old: 0..<old.count, new: 0..<new.count)]
    var anchors = Anchors(limit: limit)
    while let next = parts.popLast() {
      var (a, b) = (next.old.lowerBound, next.new.lowerBound)
      var (endA, endB) = (next.old.upperBound, next.new.upperBound)
      while a < endA, b < endB, old[a] == new[b] {
        partners[a] = Int32(truncatingIfNeeded: b)
        (a, b) = (a + 1, b + 1)
      }
      while a < endA, b < endB, old[endA - 1] == new[endB - 1] {
        (endA, endB) = (endA - 1, endB - 1)
        partners[endA] = Int32(truncatingIfNeeded: endB)
      }
      if a == endA || b == endB { continue }
      let part = Part(old: a..<endA, new: b..<endB)
      // Parts without an element on one side have nothing to be compared.
      let hasAnchors = anchors.forEach(old, new, a..<endA, b..<endB) { anchor, partner in
        partners[anchor] = Int32(truncatingIfNeeded: partner)
        if anchor > a, partner > b { parts.append(Part(old: a..<anchor, new: b..<partner)) }
        (a, b) = (anchor + 1, partner + 1)
      }
      if !hasAnchors {
        myers(old, new, part, &partners)
      } else if a < endA, b < endB {
        parts.append(Part(old: a..<endA, new: b..<endB))
      }
    }
    return partners
  }

  private func myers(_ old: [Int32], _ new: [Int32], _ part: Part, _ partners: inout [Int32]) {
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
    _ partners: inout [Int32]
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
        partners[start.0 + x] = Int32(truncatingIfNeeded: start.1 + y)
      }
      if step > 0 { (x, y) = (beforeX, beforeY) }
    }
  }
}
