// SPDX-License-Identifier: GPL-2.0-only

/// Finds where the hunks of one file belong in a target, without any tolerance in their lines.
///
/// A hunk applies at its stated line if its pre-image is there, else at the only line where it
/// occurs. Between several candidates the function that the header names decides, then the shift of the
/// neighboring hunks, then their order. A tie remains a tie: `git apply` and GNU patch use the
/// nearest candidate, which is a guess.
package struct HunkLocator {
  private let target: LineTable
  private let search: LineSearch
  /// Whether hunks without context go to the line they state, as `git apply --unidiff-zero` allows.
  private let trustsLineNumbers: Bool

  /// At most this many candidates are searched for: a tie is a tie.
  static let mostCandidates = 256

  /// Makes a locator for one target file.
  package init(target: LineTable, trustsLineNumbers: Bool = false) {
    self.target = target
    search = LineSearch(target)
    self.trustsLineNumbers = trustsLineNumbers
  }

  /// Finds the positions of hunks that are made one at a time, each by its index.
  ///
  /// - Parameter present: a hunk that was found at the line that it states without its images, which take as
  ///   much memory as the hunk; nil where its position must be searched for.
  package func locate(
    count: Int, present: (Int) -> PresentHunk? = { _ in nil }, _ shape: (Int) -> HunkShape
  ) -> [Placement] {
    var extents: [Extent] = []
    var undecided: [Int: HunkShape] = [:]
    var placements: [Placement] = []
    extents.reserveCapacity(count)
    placements.reserveCapacity(count)
    for index in 0..<count {
      if let found = present(index), isCertain(found) {
        extents.append(Extent(found))
        placements.append(.placed(line: found.line, evidence: .stated))
        continue
      }
      let hunk = shape(index)
      let placement = certainPlacement(hunk)
      if placement == nil { undecided[placements.count] = hunk }
      extents.append(Extent(hunk))
      placements.append(placement ?? .absent(.notFound))
    }
    decideTies(undecided, extents, &placements)
    refuseOverlaps(extents, &placements)
    return placements
  }

  /// A hunk whose pre-image is at the line that its header states.
  package struct PresentHunk {
    /// The line, from 0.
    package var line: Int
    /// The number of lines of the pre-image.
    package var preCount: Int
    /// The line of the enclosing function as the header names it; empty where it names none.
    package var heading: [UInt8]

    /// Makes one from all of its parts.
    package init(line: Int, preCount: Int, heading: [UInt8]) {
      (self.line, self.preCount, self.heading) = (line, preCount, heading)
    }
  }

  /// Whether no other position has to be asked for.
  private func isCertain(_ hunk: PresentHunk) -> Bool {
    trustsLineNumbers || hunk.heading.isEmpty || headingMatches(hunk.heading, at: hunk.line)
  }

  /// What is still needed of a hunk whose position is certain.
  private struct Extent {
    private let stated: Int32
    private let length: Int32
    /// The line that the header states, from 0.
    var statedLine: Int { Int(stated) }
    /// The number of lines of the pre-image.
    var preCount: Int { Int(length) }

    init(_ hunk: HunkShape) {
      (stated, length) = (Int32(clamping: hunk.statedLine), Int32(clamping: hunk.preCount))
    }

    init(_ hunk: PresentHunk) {
      (stated, length) = (Int32(clamping: hunk.line), Int32(clamping: hunk.preCount))
    }
  }

  /// The placement that does not depend on the other hunks; nil if several candidates remain.
  private func certainPlacement(_ hunk: HunkShape) -> Placement? {
    if hunk.preCount == 0 {
      // Nothing to match: an insertion into an empty file, or a hunk without context.
      if target.count == 0 { return .placed(line: 0, evidence: .stated) }
      guard trustsLineNumbers, hunk.statedLine <= target.count else { return .absent(.noContext) }
      return .placed(line: hunk.statedLine, evidence: .stated)
    }
    if matches(hunk, at: hunk.statedLine) {
      guard !trustsLineNumbers, !hunk.heading.isEmpty,
        !headingMatches(hunk, at: hunk.statedLine)
      else {
        return .placed(line: hunk.statedLine, evidence: .stated)
      }
      // The text is at the stated line, in a different function than the header names. That is
      // only a doubt if the same text is also in the named function.
      let named = candidates(hunk).filter { headingMatches(hunk, at: $0.line) }
      return named.isEmpty ? .placed(line: hunk.statedLine, evidence: .stated) : nil
    }
    let positions = candidates(hunk)
    let results = hunk.addsLines ? resultCandidates(hunk) : []
    switch (positions.count, results.count) {
    case (0, 0):
      if search.isExhausted { return .absent(.tooManyCandidates) }
      return .absent(
        occurrences(hunk.preImage, hunk.preCount).isEmpty ? .notFound : .notAtEdge)
    case (0, _):
      let nearest = results.filter { !isElsewhere(hunk, $0) }.min {
        abs($0.line - hunk.statedLine) < abs($1.line - hunk.statedLine)
      }
      return nearest.map { .alreadyApplied(line: $0.line) } ?? .absent(.notFound)
    case (1, 0): return .placed(line: positions[0].line, evidence: .unique)
    default: return nil
    }
  }

  /// A hunk with several candidates, and the ones that are still possible.
  private struct Tie {
    var all: [Candidate]
    var remaining: [Candidate]
  }

  /// Decides between several candidates by the function named, by the neighbors' shift, by the order of
  /// the hunks; the rest is a tie.
  private func decideTies(
    _ undecided: [Int: HunkShape], _ hunks: [Extent], _ placements: inout [Placement]
  ) {
    var ties: [Int: Tie] = [:]
    // In their order: the search stops at a limit for all of them.
    for (index, hunk) in undecided.sorted(by: { $0.key < $1.key }) {
      // A candidate that already has the result competes: the hunk may belong there.
      let all = candidates(hunk) + (hunk.addsLines ? resultCandidates(hunk) : [])
      let named = hunk.heading.isEmpty ? [] : all.filter { headingMatches(hunk, at: $0.line) }
      if let stated = all.first(where: { $0.image == .preImage && $0.line == hunk.statedLine }) {
        // The stated line and the function name different candidates: the neighbors decide.
        ties[index] = Tie(all: [stated] + named, remaining: [stated] + named)
      } else if let placement = only(named, .function) {
        placements[index] = placement
      } else {
        ties[index] = Tie(all: all, remaining: named.isEmpty ? all : named)
      }
    }
    if ties.isEmpty { return }
    let following = nearestBehind(hunks, placements)
    var before: (line: Int, hunk: Int)?
    for index in hunks.indices where !ties.isEmpty {
      if let placed = line(placements[index], index) { before = placed }
      guard let tie = ties[index] else { continue }
      let shifts = Set(
        [before, following[index]].compactMap { $0 }.map { $0.line - hunks[$0.hunk].statedLine })
      guard shifts.count == 1, let shift = shifts.first else { continue }
      let alike = tie.remaining.filter { $0.line - hunks[index].statedLine == shift }
      if let placement = only(alike, .neighbours) {
        placements[index] = placement
        ties[index] = nil
        before = line(placement, index) ?? before
      }
    }
    keepOrder(hunks, placements, &ties)
    for (index, tie) in ties {
      placements[index] = only(tie.remaining, .order) ?? .ambiguous(tie.all)
    }
  }

  private func only(_ kept: [Candidate], _ evidence: Placement.Evidence) -> Placement? {
    guard kept.count == 1 else { return nil }
    return kept[0].image == .preImage
      ? .placed(line: kept[0].line, evidence: evidence) : .alreadyApplied(line: kept[0].line)
  }

  /// For each hunk the nearest one after it that has a position.
  private func nearestBehind(
    _ hunks: [Extent], _ placements: [Placement]
  ) -> [(line: Int, hunk: Int)?] {
    var following = [(line: Int, hunk: Int)?](repeating: nil, count: hunks.count)
    var nearest: (line: Int, hunk: Int)?
    for index in hunks.indices.reversed() {
      following[index] = nearest
      nearest = line(placements[index], index) ?? nearest
    }
    return following
  }

  /// Removes the candidates that no choice for the other hunks could bring into order.
  ///
  /// Two passes: forwards each hunk starts no earlier than the hunks before it can end, backwards it
  /// ends no later than the hunks after it can start. A patch that is not in order is left out.
  private func keepOrder(
    _ hunks: [Extent], _ placements: [Placement], _ ties: inout [Int: Tie]
  ) {
    guard !ties.isEmpty,
      zip(hunks, hunks.dropFirst()).allSatisfy({ $0.statedLine <= $1.statedLine })
    else { return }
    var earliest = 0
    for index in hunks.indices {
      if let placed = line(placements[index], index) {
        earliest = placed.line + hunks[index].preCount
      } else if var tie = ties[index] {
        tie.remaining.removeAll { $0.line < earliest }
        ties[index] = tie
        if let first = tie.remaining.map(\.line).min() { earliest = first + hunks[index].preCount }
      }
    }
    var latest = target.count
    for index in hunks.indices.reversed() {
      if let placed = line(placements[index], index) {
        latest = placed.line
      } else if var tie = ties[index] {
        tie.remaining.removeAll { $0.line + hunks[index].preCount > latest }
        ties[index] = tie
        if let last = tie.remaining.map(\.line).max() { latest = last }
      }
    }
  }

  private func line(_ placement: Placement, _ hunk: Int) -> (line: Int, hunk: Int)? {
    guard case .placed(let line, _) = placement else { return nil }
    return (line, hunk)
  }

  /// Two hunks that claim the same lines: the later one of the patch is refused.
  private func refuseOverlaps(_ hunks: [Extent], _ placements: inout [Placement]) {
    var before: (line: Int, hunk: Int)?
    func compare(_ next: (line: Int, hunk: Int)) {
      if let before, before.line + hunks[before.hunk].preCount > next.line {
        placements[max(before.hunk, next.hunk)] = .absent(.overlaps)
      }
      before = next
    }
    if isInOrder(placements) {
      // As a rule; a million hunks need no second list then.
      for index in placements.indices {
        if let next = line(placements[index], index) { compare(next) }
      }
      return
    }
    let placed = placements.indices.compactMap { line(placements[$0], $0) }
      .sorted { ($0.line, $0.hunk) < ($1.line, $1.hunk) }
    for next in placed { compare(next) }
  }

  /// Whether the positions of the hunks rise.
  private func isInOrder(_ placements: [Placement]) -> Bool {
    var last = 0
    for case .placed(let line, _) in placements {
      if line < last { return false }
      last = line
    }
    return true
  }

  /// Whether the pre-image is at a line, edges respected.
  private func matches(_ hunk: HunkShape, at line: Int) -> Bool {
    guard line >= 0, line + hunk.preCount <= target.count else { return false }
    let start = target.start(of: line)
    return target.has(hunk.preImage, at: start) && edgesHold(hunk, line: line, start: start)
  }

  private func edgesHold(_ hunk: HunkShape, line: Int, start: Int) -> Bool {
    if hunk.isAtStart, line != 0 { return false }
    let end = start + hunk.preImage.count
    return !(hunk.isAtEnd || hunk.preImageEndsFile) || end == target.bytes.count
  }

  /// Every line where the pre-image occurs, edges respected.
  private func candidates(_ hunk: HunkShape) -> [Candidate] {
    occurrences(hunk.preImage, hunk.preCount)
      .filter { edgesHold(hunk, line: $0, start: target.start(of: $0)) }
      .map { candidate($0, .preImage) }
  }

  /// Every line where the post-image occurs.
  private func resultCandidates(_ hunk: HunkShape) -> [Candidate] {
    occurrences(hunk.postImage, hunk.postCount).filter { line in
      let end = target.start(of: line) + hunk.postImage.count
      return (!hunk.isAtStart || line == 0) && (!hunk.isAtEnd || end == target.bytes.count)
    }.map { candidate($0, .postImage) }
  }

  private func occurrences(_ text: [UInt8], _ lineCount: Int) -> [Int] {
    search.occurrences(of: text, lineCount: lineCount, limit: Self.mostCandidates)
  }

  private func candidate(_ line: Int, _ image: Candidate.Image) -> Candidate {
    Candidate(line: line, image: image, heading: search.heading(before: line, takesLabels: false))
  }

  /// Whether a result is in another function than the header names, and the file has that function: the same
  /// change in another function is not this one.
  ///
  /// A hunk that reaches out of its function is not asked: what is around it may have moved.
  private func isElsewhere(_ hunk: HunkShape, _ result: Candidate) -> Bool {
    guard !hunk.heading.isEmpty, !headingMatches(hunk, at: result.line) else { return false }
    let image = LineTable(hunk.postImage)
    guard !(0..<image.count).contains(where: { image.isHeading($0) }) else { return false }
    return search.hasHeading(named: hunk.heading)
  }

  /// Whether the function around a line is the one that the header names.
  private func headingMatches(_ hunk: HunkShape, at line: Int) -> Bool {
    headingMatches(hunk.heading, at: line)
  }

  private func headingMatches(_ text: [UInt8], at line: Int) -> Bool {
    // git takes a label for a heading unless it knows that the file is C.
    let heading = search.heading(before: line, takesLabels: text.last == UInt8(ascii: ":"))
    return !heading.isEmpty && Self.isNamed(heading, by: text)
  }

  /// Whether the text of a header names a heading: git cuts it at 80 bytes and GNU diff at 40; older tools
  /// at other lengths.
  private static func isNamed(_ heading: [UInt8], by text: [UInt8]) -> Bool {
    heading.starts(with: text) || (text.count >= 40 && text.starts(with: heading))
  }
}
