// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// The hunk with the context that is left, every line that it finds byte for byte.
struct ReducedContextStrategy: HunkStrategy {
  let name = StrategyName.reducedContext
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    AlignmentStrategy(name: name, tolerance: .none).attempt(hunk, on: target, around)
  }
}

/// The hunk where lines differ in white space; what it adds gets the target's indent.
struct WhitespaceStrategy: HunkStrategy {
  let name = StrategyName.whitespace
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    AlignmentStrategy(name: name, tolerance: .blanks).attempt(hunk, on: target, around)
  }
}

/// The hunk where lines differ in words: merged word by word, in the manner of wiggle.
struct WordMergeStrategy: HunkStrategy {
  let name = StrategyName.wordMerge
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    AlignmentStrategy(name: name, tolerance: .words).attempt(hunk, on: target, around)
  }
}

/// The hunk carried over through the file that it was made for: where its lines went in the target is
/// known from all lines of that file, not from the hunk's few.
struct ThreeWayStrategy: HunkStrategy {
  let name = StrategyName.threeWay

  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    guard let preImage = target.preImage else { return .nothing }
    let start = hunk.statedLine
    let lines = preImage.index.lines
    guard start + hunk.base.count <= lines.count,
      zip(lines[start...], hunk.base).allSatisfy({ $0.bytes == $1.bytes })
    else { return .nothing }
    let all = preImage.partners(in: target)
    var partners: [HunkAlignment.Partner?] = hunk.base.indices.map { offset in
      all[start + offset].map { HunkAlignment.Partner(line: $0, match: .same) }
    }
    guard let bounds = bounds(start, hunk.base.count, all, target) else { return .nothing }
    fill(&partners, hunk.base, bounds, target.index)
    let weights = hunk.base.map(target.index.weight)
    let total = max(weights.reduce(0, +), 0.01)
    let found = zip(partners, weights).reduce(0.0) { $0 + ($1.0 == nil ? 0 : $1.1) }
    let alignment = HunkAlignment(
      partners: partners, coverage: found / total, score: found / total)
    return AlignmentStrategy.merge(
      hunk, alignment, on: target, around, strategy: name, margin: 1, others: [])
  }

  /// The lines of the target between the partners of the pre-image's lines before and after the
  /// hunk.
  private func bounds(_ start: Int, _ count: Int, _ all: [Int?], _ target: TargetText)
    -> Range<Int>?
  {
    let before = all[..<start].last { $0 != nil } ?? nil
    let following = all[min(all.count, start + count)...].first { $0 != nil } ?? nil
    let low = before.map { $0 + 1 } ?? 0
    let high = following ?? target.index.lines.count
    return low <= high ? low..<high : nil
  }

  /// Finds partners by likeness for lines that the diff left alone, between those that it found.
  private func fill(
    _ partners: inout [HunkAlignment.Partner?], _ base: [LineText], _ bounds: Range<Int>,
    _ index: LineIndex
  ) {
    var position = 0
    var low = bounds.lowerBound
    while position < base.count {
      if let partner = partners[position] {
        low = partner.line + 1
        position += 1
        continue
      }
      var end = position
      while end < base.count, partners[end] == nil { end += 1 }
      let high = end < base.count ? partners[end]?.line ?? bounds.upperBound : bounds.upperBound
      if low < high, high - low <= 400 {
        let part = LineIndex(Array(index.lines[low..<high]))
        let found = HunkAligner(part, tolerance: .words)
          .alignments(of: Array(base[position..<end]), expected: 0).first
        for (offset, partner) in (found?.partners ?? []).enumerated() {
          if let partner {
            partners[position + offset] = .init(line: low + partner.line, match: partner.match)
          }
        }
      }
      position = end
    }
  }
}

/// A hunk that another strategy placed, with names that the target has in place of the patch's own.
///
/// The names are learned from the lines that both have in other words.
struct RenamedNamesStrategy {
  let names: NameMap

  /// The names that the lines it brings need and the target has not, after renaming.
  func lostNames(_ hunk: HunkText, _ proposal: Proposal) -> [String] {
    Set(brought(hunk, proposal).flatMap { names.lostNames(in: names.applied(to: $0)) }).sorted()
  }

  /// The proposal with the target's names in the added lines; nil if no name differs.
  func renamed(_ hunk: HunkText, _ proposal: Proposal) -> Proposal? {
    let used = brought(hunk, proposal).reduce(into: [String: String]()) { all, line in
      all.merge(names.replacements(in: line)) { first, _ in first }
    }
    guard !used.isEmpty else { return nil }
    var renamed = proposal
    let known = Set(hunk.base.map(\.bytes))
    renamed.edits = proposal.edits.map { edit in
      LineEdit(
        edit.range, edit.replacement.map { known.contains($0.bytes) ? $0 : names.applied(to: $0) })
    }
    renamed.renamed = used
    renamed.strategy = .renamedNames
    return renamed
  }

  private func brought(_ hunk: HunkText, _ proposal: Proposal) -> [LineText] {
    let known = Set(hunk.base.map(\.bytes))
    return proposal.edits.flatMap(\.replacement).filter { !known.contains($0.bytes) }
  }
}
