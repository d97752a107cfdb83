// SPDX-License-Identifier: GPL-2.0-only

extension LineText {
  fileprivate var isInclude: Bool { solidBytes.starts(with: Array("#include".utf8)) }
}

/// The partners of a hunk's lines, completed where the lines before and after leave no choice.
///
/// Between two lines that were found, as many lines of the target as of the hunk are the same lines in other
/// words, if each is like its own: they are paired one by one. Lines that have the same words with other line
/// breaks are left to be merged as a block.
struct PinnedLines {
  /// For each line of the pre-image the line of the target.
  private(set) var partners: [HunkAlignment.Partner?]

  /// The most lines that are paired at once.
  private static let longest = 3
  /// The least likeness of two lines, their names taken apart at underscores.
  private static let leastLikeness = 0.6
  /// The least share of the shorter line that the longer one has.
  ///
  /// A call of another function is a different line, even if the arguments are nearly the same.
  private static let leastShare = 0.9

  init(_ script: ChangeScript, _ partners: [HunkAlignment.Partner?], in index: LineIndex) {
    self.partners = partners
    func isFirm(_ base: Int) -> Bool {
      partners[base].map { $0.match == .same || $0.match == .blanks } ?? false
    }
    let firm = partners.indices.filter(isFirm)
    for (before, after) in zip(firm, firm.dropFirst()) where after > before + 1 {
      let base = (before + 1)..<after
      guard let start = partners[before]?.line, let end = partners[after]?.line,
        base.contains(where: { script.fates[$0] != .kept })
      else { continue }
      let target = (start + 1)..<end
      if Self.isReflowed(script.base[base], index.lines[target]) {
        for line in base { self.partners[line] = nil }
        continue
      }
      guard base.count == target.count, base.count <= Self.longest,
        !Self.replaces(base, script)
      else { continue }
      let likenesses = zip(script.base[base], index.lines[target]).map(Self.likeness)
      guard likenesses.allSatisfy({ $0 >= Self.leastLikeness }) else { continue }
      for (offset, likeness) in likenesses.enumerated() {
        let (mine, line) = (base.lowerBound + offset, target.lowerBound + offset)
        switch partners[mine]?.match {
        case .same, .blanks: continue
        case .like(let found):
          self.partners[mine] = .init(line: line, match: .like(max(found, likeness)))
        case nil:
          let isSame = script.base[mine].bytes == index.lines[line].bytes
          let match: HunkAlignment.Match = likeness == 1 ? .blanks : .like(likeness)
          self.partners[mine] = .init(line: line, match: isSame ? .same : match)
        }
      }
    }
  }

  /// Whether the hunk puts lines in the stead of others that it removes: the target's words would be lost.
  private static func replaces(_ base: Range<Int>, _ script: ChangeScript) -> Bool {
    base.contains { script.fates[$0] == .removed }
      && (base.lowerBound...base.upperBound).contains { !script.insertions[$0].isEmpty }
  }

  /// How alike two lines are that may be one in other words; 0 where they are two.
  private static func likeness(_ mine: LineText, _ theirs: LineText) -> Double {
    if mine.solidBytes == theirs.solidBytes { return 1 }
    // An include with another name is one of another file.
    if mine.isInclude || theirs.isInclude { return 0 }
    let (likeness, share) = mine.inCommon(with: theirs)
    return share >= leastShare ? likeness : 0
  }

  /// Whether lines have the same words as others, with other line breaks.
  private static func isReflowed(_ base: ArraySlice<LineText>, _ target: ArraySlice<LineText>)
    -> Bool
  {
    base.count != target.count && base.contains(where: \.saysSomething)
      && base.flatMap(\.solidBytes) == target.flatMap(\.solidBytes)
  }
}
