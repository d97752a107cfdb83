// SPDX-License-Identifier: GPL-2.0-only

/// Finds texts and headings in one file.
///
/// A few texts are looked for line by line, which is fastest. Once a file was gone through a few times, it gets
/// an index of its lines, so that the time of many hunks grows with what they are and not with the file.
final class LineSearch {
  private let target: LineTable
  /// The lines by their text.
  private lazy var positions = LinePositions(target, 0..<target.count)
  /// For each line the nearest line before it that starts a function, or -1; labels count in the second.
  private var headings: [[Int32]?] = [nil, nil]
  private var passes = 0
  private var headingSteps = 0
  /// How many comparisons are left; after that nothing is found any more.
  private var budget: Int
  /// Whether the file and the texts repeat themselves so much that the search was given up.
  private(set) var isExhausted = false

  /// Passes over the file before it gets an index.
  private static let freePasses = 8
  /// Comparisons that every file may cost, and more for each of its lines.
  private static let leastBudget = 50_000_000
  private static let budgetPerLine = 500

  init(_ target: LineTable) {
    self.target = target
    budget = Self.leastBudget + Self.budgetPerLine * target.count
  }

  /// The lines, from 0, at which `text` of `lineCount` lines occurs; at most `limit` of them.
  func occurrences(of text: [UInt8], lineCount: Int, limit: Int) -> [Int] {
    guard !isExhausted else { return [] }
    passes += 1
    guard passes > Self.freePasses, target.count > 64 else {
      return target.occurrences(of: text, lineCount: lineCount, limit: limit)
    }
    return indexed(text, lineCount, limit)
  }

  private func indexed(_ text: [UInt8], _ lineCount: Int, _ limit: Int) -> [Int] {
    guard lineCount > 0, lineCount <= target.count else { return [] }
    let own = LineTable(text)
    // A last line without a newline can match a part of a line of the file.
    let whole = text.last == 0x0A ? own.count : own.count - 1
    guard whole > 0 else {
      budget -= target.count
      if budget < 0 { isExhausted = true }
      return target.occurrences(of: text, lineCount: lineCount, limit: limit)
    }
    var (rarest, offset): (ArraySlice<Int32>, Int) = ([], 0)
    for line in 0..<whole {
      let found = positions.lines(like: own, line)
      if found.isEmpty { return [] }
      if line == 0 || found.count < rarest.count { (rarest, offset) = (found, line) }
    }
    var found: [Int] = []
    for position in rarest {
      let line = positions.line(position) - offset
      guard line >= 0, line + lineCount <= target.count else { continue }
      budget -= 1
      if target.has(text, at: target.start(of: line)) {
        found.append(line)
        if found.count == limit { break }
      }
    }
    if budget < 0 { isExhausted = true }
    return found
  }

  /// The line that starts the function around a line, as git writes it after `@@`.
  func heading(before line: Int, takesLabels: Bool) -> [UInt8] {
    let kind = takesLabels ? 1 : 0
    if let known = headings[kind] {
      let found = known[max(0, min(line, target.count))]
      return found < 0 ? [] : target.trimmed(Int(found))
    }
    var index = min(line, target.count) - 1
    while index >= 0 {
      headingSteps += 1
      if target.isHeading(index, takesLabels) { return target.trimmed(index) }
      // Looked at more lines than the file has by now: every line's heading is found at once.
      if headingSteps > 2 * target.count + 10_000 {
        headings[kind] = makeHeadings(takesLabels)
        return heading(before: line, takesLabels: takesLabels)
      }
      index -= 1
    }
    return []
  }

  /// The headings of what has a body, sorted.
  private lazy var sortedHeadings: [[UInt8]] = target.sections { _ in true }
    .map { target.trimmed($0.lowerBound) }.sorted { $0.lexicographicallyPrecedes($1) }

  /// Whether the text of a hunk's header names a heading of the file: git cuts it at 80 bytes and GNU diff at 40;
  /// older tools at other lengths.
  func hasHeading(named text: [UInt8]) -> Bool {
    func first(_ text: some Sequence<UInt8>) -> [UInt8]? {
      var (start, end) = (0, sortedHeadings.count)
      while start < end {
        let middle = (start + end) / 2
        if sortedHeadings[middle].lexicographicallyPrecedes(text) {
          start = middle + 1
        } else {
          end = middle
        }
      }
      return start < sortedHeadings.count ? sortedHeadings[start] : nil
    }
    if first(text)?.starts(with: text) == true { return true }
    guard text.count >= 40 else { return false }
    return text.indices.contains { first(text[..<$0])?.elementsEqual(text[..<$0]) == true }
  }

  private func makeHeadings(_ takesLabels: Bool) -> [Int32] {
    var known: [Int32] = []
    known.reserveCapacity(target.count + 1)
    var nearest: Int32 = -1
    for line in 0..<target.count {
      known.append(nearest)
      if target.isHeading(line, takesLabels) { nearest = Int32(truncatingIfNeeded: line) }
    }
    known.append(nearest)
    return known
  }
}

extension LineTable {
  /// The line that starts the function around a line, as git writes it after `@@`: the nearest line
  /// before it that starts with a letter, `_` or `$`, except labels.
  ///
  /// Blanks at its end are cut.
  package func heading(before line: Int) -> [UInt8] {
    LineSearch(self).heading(before: line, takesLabels: false)
  }

  /// The line that starts the function around a line, by the rule that another heading was made by.
  ///
  /// git takes a label for one unless it knows that the file is C.
  package func heading(before line: Int, like other: [UInt8]) -> [UInt8] {
    LineSearch(self).heading(before: line, takesLabels: other.last == UInt8(ascii: ":"))
  }

  /// The parts of the file below headings, each from its heading to the line before the next one, from 0.
  ///
  /// Prototypes are left out: the header of a hunk names what has a body.
  ///
  /// - Parameter isNamed: which headings count, labels apart.
  package func sections(where isNamed: ([UInt8]) -> Bool) -> [ClosedRange<Int>] {
    var found: [ClosedRange<Int>] = []
    var start: Int?
    for line in 0...count where line == count || isHeading(line, false) {
      if let start { found.append(start...(line - 1)) }
      start = nil
      if line == count { break }
      let heading = trimmed(line)
      if heading.last != UInt8(ascii: ";"), isNamed(heading) { start = line }
    }
    return found
  }

  /// Whether a line is a heading, labels apart.
  package func isHeading(_ line: Int) -> Bool { isHeading(line, false) }

  /// A line without blanks at its end.
  fileprivate func trimmed(_ line: Int) -> [UInt8] {
    var content = self.content(of: line)
    while let last = content.last, last == 0x20 || last == 0x09 || last == 0x0D {
      content.removeLast()
    }
    return Array(content)
  }

  fileprivate func isHeading(_ line: Int, _ takesLabels: Bool) -> Bool {
    let range = self.range(of: line)
    guard let first = bytes[range].first,
      (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first) || first == 0x5F
        || first == 0x24
    else { return false }
    return takesLabels || trimmed(line).last != UInt8(ascii: ":")
  }
}
