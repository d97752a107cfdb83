// SPDX-License-Identifier: GPL-2.0-only

/// The lines of a target that match a hunk's pre-image, if the pre-image is not there unchanged.
package struct HunkAlignment: Sendable, Hashable {
  /// How a line of the pre-image is found.
  package enum Match: Sendable, Hashable {
    /// The same bytes.
    case same
    /// The same but for white space.
    case blanks
    /// A line like it; how alike, from 0 to 1.
    case like(Double)
  }

  /// A line of the target and how it fits.
  package struct Partner: Sendable, Hashable {
    /// The line, from 0.
    package var line: Int
    /// How it fits.
    package var match: Match

    /// Makes a partner.
    package init(line: Int, match: Match) {
      self.line = line
      self.match = match
    }
  }

  /// For each line of the pre-image the line of the target, in rising order; nil where there is none.
  package var partners: [Partner?]
  /// The weight of what was found over the weight of the whole pre-image, from 0 to 1.
  package var coverage: Double
  /// The score of the alignment compared with others of the same hunk: coverage less gaps.
  package var score: Double

  /// Makes an alignment from all of its parts.
  package init(partners: [Partner?], coverage: Double, score: Double) {
    self.partners = partners
    self.coverage = coverage
    self.score = score
  }

  /// The lines of the target from the first partner to the last; nil where there is none.
  package var span: ClosedRange<Int>? {
    let lines = partners.compactMap { $0?.line }
    guard let first = lines.first, let last = lines.last else { return nil }
    return first...last
  }
}

/// How tolerant an alignment is of single lines.
package enum Tolerance: Int, Sendable, Hashable, Comparable, CaseIterable {
  /// The same bytes alone.
  case none
  /// Other white space too.
  case blanks
  /// Lines that are alike too.
  case words

  /// Stricter comes first.
  package static func < (a: Tolerance, b: Tolerance) -> Bool { a.rawValue < b.rawValue }
}

/// Finds the position of a hunk's pre-image with lines missing, added or changed.
///
/// Lines that are rare in the target vote for a shift; around the shifts with the most votes the
/// pre-image is aligned with the target by dynamic programming, gaps costing a little. The cost is
/// that of the pre-image times a window around it, for a handful of windows.
package struct HunkAligner: Sendable {
  private let index: LineIndex
  private let tolerance: Tolerance
  /// The least likeness for which two lines may be partners.
  package static let leastLikeness = 0.55
  /// The most windows that are tried.
  private static let mostWindows = 6
  /// The most pairs of lines that are compared word by word in one window.
  private static let mostComparisons = 120_000
  /// The longest pre-image that is aligned; a longer one is a rewritten file.
  private static let longestHunk = 1500

  /// Makes an aligner for one target.
  package init(_ index: LineIndex, tolerance: Tolerance) {
    self.index = index
    self.tolerance = tolerance
  }

  /// The alignments of a pre-image, best first, no two over the same lines.
  ///
  /// - Parameters:
  ///   - lines: the pre-image.
  ///   - expected: the line, from 0, where the pre-image's first line would be if it moved as its
  ///     neighbours did.
  package func alignments(of lines: [LineText], expected: Int) -> [HunkAlignment] {
    guard !lines.isEmpty, lines.count <= Self.longestHunk, !index.lines.isEmpty else { return [] }
    let weights = lines.map(index.weight)
    let total = weights.reduce(0, +)
    guard total > 0 else { return [] }
    var found: [(alignment: HunkAlignment, shift: Int)] = []
    var texts = NumberedLines()
    func add(_ alignment: HunkAlignment?, _ shift: Int) {
      guard let alignment, let span = alignment.span else { return }
      if let other = found.firstIndex(where: { $0.alignment.span?.overlaps(span) ?? false }) {
        if found[other].alignment.score < alignment.score { found[other] = (alignment, shift) }
      } else {
        found.append((alignment, shift))
      }
    }
    for shift in shifts(lines, weights, expected) {
      add(align(lines, weights, total, at: shift, without: nil, &texts), shift)
    }
    // Repeated text may occur again in the same window: search it without the best's lines.
    if let best = found.max(by: { $0.alignment.score < $1.alignment.score }) {
      add(
        align(lines, weights, total, at: best.shift, without: best.alignment.span, &texts),
        best.shift)
    }
    return found.map(\.alignment).sorted {
      ($0.score, -distance($0, expected)) > ($1.score, -distance($1, expected))
    }
  }

  private func distance(_ alignment: HunkAlignment, _ expected: Int) -> Int {
    abs((alignment.span?.lowerBound ?? 0) - expected)
  }

  /// A line with more positions than this says nothing of where a hunk belongs.
  private static let mostPositions = 200

  /// The lines at which the pre-image may start: those that the most weight of lines speaks for.
  private func shifts(_ lines: [LineText], _ weights: [Double], _ expected: Int) -> [Int] {
    var votes: [Int: Double] = [:]
    for (offset, line) in lines.enumerated() where line.saysSomething {
      let positions =
        tolerance == .none
        ? index.positions(of: line, most: Self.mostPositions) : index.solidPlaces(of: line)
      if positions.count > Self.mostPositions { continue }
      for position in positions { votes[position - offset, default: 0] += weights[offset] }
    }
    let reach = 8
    let sorted = votes.keys.sorted()
    // The votes around each shift, as lines may be missing or added in between.
    var around: [(shift: Int, votes: Double)] = []
    var low = 0
    var high = 0
    var sum = 0.0
    for shift in sorted {
      while high < sorted.count, sorted[high] <= shift + reach {
        sum += votes[sorted[high]] ?? 0
        high += 1
      }
      while sorted[low] < shift - reach {
        sum -= votes[sorted[low]] ?? 0
        low += 1
      }
      around.append((shift, sum + 0.01 * (votes[shift] ?? 0)))
    }
    around.sort { ($0.votes, -abs($0.shift - expected)) > ($1.votes, -abs($1.shift - expected)) }
    var chosen: [Int] = []
    for (shift, _) in around where !chosen.contains(where: { abs($0 - shift) <= reach }) {
      chosen.append(shift)
      if chosen.count == Self.mostWindows { break }
    }
    if !chosen.contains(where: { abs($0 - expected) <= reach }) { chosen.append(expected) }
    return chosen
  }

  /// Aligns the pre-image with the lines around a shift.
  ///
  /// Gotoh's affine gaps (J. Mol. Biol. 162, 1982): a gap costs to open, little to extend, more if
  /// it leaves a function, and nothing before the first and after the last partner.
  private func align(
    _ lines: [LineText], _ weights: [Double], _ total: Double, at shift: Int,
    without taken: ClosedRange<Int>?, _ texts: inout NumberedLines
  ) -> HunkAlignment? {
    let n = lines.count
    let slack = max(14, min(60, n))
    let start = max(0, min(index.lines.count, shift - slack))
    let end = max(start, min(index.lines.count, shift + n + slack))
    let window = start..<end
    let m = window.count
    guard m > 0 else { return nil }
    let comparesWords = tolerance == .words && n * m <= Self.mostComparisons
    let mine = comparesWords ? lines.indices.map { texts.own($0, lines[$0]) } : []
    let theirs = comparesWords ? window.map { texts.target($0, index.lines[$0]) } : []
    // Most pairs of lines differ in what is known of each alone.
    let (myShapes, theirShapes) = (mine.map(\.shape), theirs.map(\.shape))
    let myKeys = lines.map(Self.key)
    let theirKeys = window.map { Self.key(index.lines[$0]) }
    let opening = 0.06
    let going = 0.004
    // The end of a function between two partners: the one before it is of another, similar function.
    let closings = window.map { index.lines[$0].bytes.first == UInt8(ascii: "}") ? 0.6 : 0 }
    // matched[i][j]: best with line i and line j partners; gap[i][j]: best of the first i and j lines.
    let width = m + 1
    var matched = [Double](repeating: -Double.infinity, count: (n + 1) * width)
    var gap = [Double](repeating: -Double.infinity, count: (n + 1) * width)
    var fits = [Double](repeating: 0, count: n * m)
    for j in 0...m { gap[j] = 0 }
    for i in 1...n {
      gap[i * width] = 0
      for j in 1...m {
        let cell = i * width + j
        let isTaken = taken?.contains(start + j - 1) ?? false
        let mayFit = !isTaken && myKeys[i - 1] == theirKeys[j - 1]
        var fit = mayFit ? fit(lines[i - 1], index.lines[start + j - 1]) : 0
        if fit == 0, comparesWords, !isTaken,
          myShapes[i - 1].mayBeLike(theirShapes[j - 1], atLeast: Self.leastLikeness)
        {
          let likeness = texts.likeness(mine[i - 1], theirs[j - 1], atLeast: Self.leastLikeness)
          fit = likeness * 0.8
        }
        fits[(i - 1) * m + j - 1] = fit
        if fit > 0 {
          let before = max(matched[cell - width - 1], gap[cell - width - 1])
          // A run of partners is worth more than scattered ones.
          let run = matched[cell - width - 1] > -.infinity ? 0.02 : 0
          matched[cell] = before + fit * weights[i - 1] + fit * run
        }
        let skipOld = max(gap[cell - width], matched[cell - width] - opening)
        let cost = i == n ? 0 : going + closings[j - 1]
        let open = i == n ? 0 : opening + closings[j - 1]
        let skipNew = max(gap[cell - 1] - cost, matched[cell - 1] - open)
        gap[cell] = max(skipOld, skipNew)
      }
    }
    var partners = [HunkAlignment.Partner?](repeating: nil, count: n)
    var (i, j) = (n, m)
    var best = max(matched[n * width + m], gap[n * width + m])
    for column in 0...m where matched[n * width + column] > best {
      best = matched[n * width + column]
      j = column
    }
    var isMatch = matched[i * width + j] >= gap[i * width + j]
    var weight = 0.0
    while i > 0, j > 0 {
      let cell = i * width + j
      if isMatch {
        let fit = fits[(i - 1) * m + j - 1]
        partners[i - 1] = .init(line: start + j - 1, match: match(lines[i - 1], start + j - 1, fit))
        weight += fit * weights[i - 1]
        i -= 1
        j -= 1
        isMatch = matched[i * width + j] >= gap[i * width + j]
        continue
      }
      let skipOld = max(gap[cell - width], matched[cell - width] - opening)
      let cost = i == n ? 0 : going + closings[j - 1]
      let open = i == n ? 0 : opening + closings[j - 1]
      if gap[cell] == skipOld {
        isMatch = matched[cell - width] - opening >= gap[cell - width]
        i -= 1
      } else {
        isMatch = matched[cell - 1] - open >= gap[cell - 1] - cost
        j -= 1
      }
    }
    let coverage = weight / total
    return HunkAlignment(partners: partners, coverage: coverage, score: best / total)
  }

  /// A number that two lines with the same bytes, white space apart, have in common.
  private static func key(_ line: LineText) -> UInt64 {
    let bytes = line.solidBytes
    guard let first = bytes.first, let last = bytes.last else { return 0 }
    return UInt64(bytes.count) << 24 | UInt64(first) << 16 | UInt64(last) << 8
      | UInt64(bytes[bytes.count / 2])
  }

  /// How well two lines fit that are the same or differ in white space: 0 for not at all.
  private func fit(_ a: LineText, _ b: LineText) -> Double {
    if a.bytes == b.bytes { return 1 }
    guard tolerance >= .blanks else { return 0 }
    if a.solidBytes == b.solidBytes { return a.isBlank ? 0.5 : 0.95 }
    return 0
  }

  private func match(_ a: LineText, _ line: Int, _ fit: Double) -> HunkAlignment.Match {
    let b = index.lines[line]
    if a.bytes == b.bytes { return .same }
    return a.solidBytes == b.solidBytes ? .blanks : .like(fit / 0.8)
  }
}

/// The lines of a hunk and of a target with a number for each word, made once for all windows.
private struct NumberedLines {
  /// A line as numbers: equal words have the same.
  struct Line {
    var words: [Int] = []
    var lengths: [Int] = []
    /// A bit for each number, modulo 64.
    var mask: UInt64 = 0
    /// The bytes of all words.
    var size = 0
    /// Whether the line may be like another one.
    var saysSomething = false

    var shape: Shape { Shape(mask: mask, size: saysSomething ? size : 0) }
  }

  /// What shows at once that most lines are not alike.
  struct Shape {
    var mask: UInt64
    /// The bytes of all words; 0 for a line that is not like any other.
    var size: Int

    /// Whether the likeness of two lines may reach a bound: they share at most the shorter line, and nothing unless
    /// they may share a word.
    func mayBeLike(_ other: Shape, atLeast least: Double) -> Bool {
      mask & other.mask != 0
        && Double(2 * min(size, other.size)) / Double(size + other.size) >= least
    }
  }

  private var numbering = Numbering()
  private var own: [Int: Line] = [:]
  private var target: [Int: Line] = [:]
  private var row: [Int] = []

  mutating func own(_ index: Int, _ text: LineText) -> Line {
    if let known = own[index] { return known }
    let line = line(text)
    own[index] = line
    return line
  }

  mutating func target(_ index: Int, _ text: LineText) -> Line {
    if let known = target[index] { return known }
    let line = line(text)
    target[index] = line
    return line
  }

  private mutating func line(_ text: LineText) -> Line {
    var line = Line()
    line.saysSomething = text.saysSomething
    guard line.saysSomething else { return line }
    Words.forEachSolid(in: text.bytes) { word, kind in
      // A sign is one byte, and needs no table.
      let number =
        kind == .sign ? ~Int(word[word.startIndex]) : numbering.number(word)
      line.words.append(number)
      line.lengths.append(word.count)
      line.mask |= 1 << UInt64(number & 63)
      line.size += word.count
    }
    return line
  }

  /// How alike two lines are, as `LineText.similarity(to:)` says; 0 where that is less than a bound.
  mutating func likeness(_ a: Line, _ b: Line, atLeast least: Double) -> Double {
    guard a.saysSomething, b.saysSomething else { return 0 }
    let total = a.size + b.size
    func share(_ common: Int) -> Double { Double(2 * common) / Double(total) }
    // No more than the whole shorter line, and the words that may be in both, can be in common.
    guard share(min(a.size, b.size)) >= least, a.words.count * b.words.count <= 40_000 else {
      return 0
    }
    var most = 0
    for (word, length) in zip(a.words, a.lengths) where b.mask >> UInt64(word & 63) & 1 == 1 {
      most += length
    }
    guard share(most) >= least else { return 0 }
    row.removeAll(keepingCapacity: true)
    row.append(contentsOf: repeatElement(0, count: b.words.count + 1))
    for (word, length) in zip(a.words, a.lengths) {
      var diagonal = 0
      for index in b.words.indices {
        let old = row[index + 1]
        row[index + 1] = word == b.words[index] ? diagonal + length : max(old, row[index])
        diagonal = old
      }
    }
    let likeness = share(row.last ?? 0)
    return likeness >= least ? likeness : 0
  }
}
