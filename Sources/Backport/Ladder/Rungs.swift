// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// The hunk with the context that is left, every line that it finds byte for byte.
struct ReducedContextRung: Rung {
  let name = RungName.reducedContext
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    AlignmentRung(name: name, tolerance: .none).attempt(hunk, on: target, around)
  }
}

/// The hunk where lines differ in white space; what it adds gets the target's indent.
struct WhitespaceRung: Rung {
  let name = RungName.whitespace
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    AlignmentRung(name: name, tolerance: .blanks).attempt(hunk, on: target, around)
  }
}

/// The hunk where lines differ in words: merged word by word, in the manner of wiggle.
struct WordMergeRung: Rung {
  let name = RungName.wordMerge
  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    AlignmentRung(name: name, tolerance: .words).attempt(hunk, on: target, around)
  }
}

/// The hunk carried over through the file that it was made for: where its lines went in the target is
/// known from all lines of that file, not from the hunk's few.
struct ThreeWayRung: Rung {
  let name = RungName.threeWay

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
    return AlignmentRung.merge(
      hunk, alignment, on: target, around, rung: name, margin: 1, others: [])
  }

  /// The lines of the target between the partners of the pre-image's lines before and behind the
  /// hunk.
  private func bounds(_ start: Int, _ count: Int, _ all: [Int?], _ target: TargetText)
    -> Range<Int>?
  {
    let before = all[..<start].last { $0 != nil } ?? nil
    let behind = all[min(all.count, start + count)...].first { $0 != nil } ?? nil
    let low = before.map { $0 + 1 } ?? 0
    let high = behind ?? target.index.lines.count
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

/// The hunk with names that the target has in place of the patch's own.
///
/// The names are learned from the lines that both have in other words; a name is taken only if all of
/// them agree, the target does not know the old one, and the patch brings it into new lines.
struct RenamedNamesRung: Rung {
  let name = RungName.renamedNames

  func attempt(_ hunk: HunkText, on target: TargetText, _ around: Surroundings) -> Attempt {
    let inner =
      target.preImage == nil
      ? WordMergeRung().attempt(hunk, on: target, around)
      : ThreeWayRung().attempt(hunk, on: target, around)
    guard case .proposed(var proposal) = inner, !proposal.edits.isEmpty else { return .nothing }
    let names = NameMap(hunk, on: target)
    guard !names.isEmpty else { return .nothing }
    let known = Set(hunk.base.map(\.bytes))
    proposal.edits = proposal.edits.map { edit in
      LineEdit(
        edit.range, edit.replacement.map { known.contains($0.bytes) ? $0 : names.applied(to: $0) })
    }
    guard !names.used.isEmpty else { return .nothing }
    proposal.renamed = names.used
    proposal.rung = name
    return .proposed(proposal)
  }
}
