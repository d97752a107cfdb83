// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// The hunks between two versions of a file, with as many of a patch's own as can stay.
///
/// A hunk is unchanged if its text is in the old version, its result is at the same line of the new
/// version, and no other change is so near that their contexts would touch. All other hunks are
/// rewritten with three lines of context.
struct HunkRefresh {
  private static let context = 3

  private let before: LineTable
  private let after: LineTable
  private let partners: LinePartners

  /// Compares two versions of a file.
  init(before: [UInt8], after: [UInt8]) {
    self.before = LineTable(before)
    self.after = LineTable(after)
    partners = SequenceDiff().partners(self.before, self.after)
  }

  /// Removed lines and the ones that replace them, both from 0.
  private struct Change {
    var old: Range<Int>
    var new: Range<Int>
    /// The patch's own hunk that says all this, context included.
    var hunk: Hunk?
  }

  /// The hunks, in order.
  ///
  /// - Parameter own: the hunks of the patch.
  func hunks(keeping own: [Hunk]) -> [RewrittenHunk] {
    if let same = sameHunks(own) { return same }
    var kept = placed(own)
    while true {
      let changes = changes(around: kept)
      // Contexts that touch are one hunk, so a hunk with a change next to it is rewritten.
      let crowded = kept.indices.filter { index in
        changes.contains { Self.meets($0, kept[index]) }
          || (index > 0 && kept[index].old.lowerBound < kept[index - 1].old.upperBound)
      }
      if crowded.isEmpty { return written(kept, changes) }
      for index in crowded.reversed() { kept.remove(at: index) }
    }
  }

  /// Whether hunks make the version after of the one before.
  func isMade(by hunks: [RewrittenHunk]) -> Bool { hunks.make(after.bytes, of: before) }

  /// All of a patch's hunks at their present positions, if they make the new version; nil if
  /// they do not.
  ///
  /// Asked first, as a comparison may take other lines than the patch for the changed ones where a file
  /// repeats itself.
  private func sameHunks(_ own: [Hunk]) -> [RewrittenHunk]? {
    let placements = placements(of: own)
    var placed: [(hunk: Hunk, line: Int)] = []
    for (hunk, placement) in zip(own, placements) {
      guard case .placed(let line, _) = placement else { return nil }
      placed.append((hunk, line))
    }
    placed.sort { $0.line < $1.line }
    var growth = 0
    let hunks = placed.map { hunk, line in
      defer { growth += hunk.newCount - hunk.oldCount }
      // A range of no lines is named by the line before it.
      return RewrittenHunk.kept(
        hunk, oldStart: line + (hunk.oldCount == 0 ? 0 : 1),
        newStart: line + growth + (hunk.newCount == 0 ? 0 : 1))
    }
    return !hunks.isEmpty && hunks.make(after.bytes, of: before) ? hunks : nil
  }

  /// The positions of a patch's hunks, whose texts are made one at a time: a patch may have a million hunks.
  private func placements(of own: [Hunk]) -> [Placement] {
    HunkLocator(target: before, trustsLineNumbers: false).locate(count: own.count) {
      HunkShape(own[$0], trusting: false)
    }
  }

  private static func meets(_ change: Change, _ hunk: Change) -> Bool {
    change.old.lowerBound - context < hunk.old.upperBound
      && change.old.upperBound + context > hunk.old.lowerBound
  }

  /// The patch's hunks that are in both versions.
  private func placed(_ own: [Hunk]) -> [Change] {
    let placements = placements(of: own)
    var kept: [Change] = []
    for (hunk, placement) in zip(own, placements) {
      guard case .placed(let line, _) = placement else { continue }
      let shape = HunkShape(hunk, trusting: false)
      let old = line..<(line + shape.preCount)
      guard let start = partner(of: line, hasContext: hunk.leadingContext > 0) else { continue }
      let new = start..<(start + shape.postCount)
      guard old.upperBound <= before.count, new.upperBound <= after.count,
        after.bytes[after.start(of: new.lowerBound)..<after.start(of: new.upperBound)]
          == shape.postImage[...],
        old.upperBound == before.count
          ? new.upperBound == after.count : partners[old.upperBound] == new.upperBound
      else { continue }
      kept.append(Change(old: old, new: new, hunk: hunk))
    }
    return kept.sorted { $0.old.lowerBound < $1.old.lowerBound }
  }

  private func partner(of line: Int, hasContext: Bool) -> Int? {
    if hasContext { return line < before.count ? partners[line] : nil }
    return line == 0 ? 0 : partners[line - 1].map { $0 + 1 }
  }

  /// The changes that no kept hunk says.
  private func changes(around kept: [Change]) -> [Change] {
    var changes: [Change] = []
    var (old, new) = (0, 0)
    for hunk in kept {
      append(old..<hunk.old.lowerBound, new..<hunk.new.lowerBound, to: &changes)
      (old, new) = (hunk.old.upperBound, hunk.new.upperBound)
    }
    append(old..<before.count, new..<after.count, to: &changes)
    return changes
  }

  private func append(_ old: Range<Int>, _ new: Range<Int>, to changes: inout [Change]) {
    guard old.lowerBound <= old.upperBound else { return }
    var (o, n) = (old.lowerBound, new.lowerBound)
    for line in old.lowerBound...old.upperBound {
      let partner = line == old.upperBound ? new.upperBound : partners[line]
      guard let partner, partner >= n, partner <= new.upperBound else { continue }
      if line > o || partner > n { changes.append(Change(old: o..<line, new: n..<partner)) }
      (o, n) = (line + 1, partner + 1)
    }
  }

  private func written(_ kept: [Change], _ changes: [Change]) -> [RewrittenHunk] {
    var groups: [[Change]] = []
    for change in changes {
      let isNear =
        groups.last?.last.map { last in
          change.old.lowerBound - last.old.upperBound <= 2 * Self.context
            && !kept.contains {
              $0.old.lowerBound >= last.old.upperBound && $0.old.upperBound <= change.old.lowerBound
            }
        } ?? false
      if isNear { groups[groups.count - 1].append(change) } else { groups.append([change]) }
    }
    groups += kept.map { [$0] }
    groups.sort {
      ($0[0].old.lowerBound, $0[0].old.upperBound) < ($1[0].old.lowerBound, $1[0].old.upperBound)
    }
    var growth = 0
    return groups.map { group in
      let hunk: RewrittenHunk
      if let own = group[0].hunk {
        let line = group[0].old.lowerBound
        hunk = .kept(
          own, oldStart: line + (own.oldCount == 0 ? 0 : 1),
          newStart: line + growth + (own.newCount == 0 ? 0 : 1))
      } else {
        hunk = .made(made(group, growth))
      }
      growth += hunk.hunk.newCount - hunk.hunk.oldCount
      return hunk
    }
  }

  private func made(_ group: [Change], _ growth: Int) -> Hunk {
    let start = max(0, (group.first?.old.lowerBound ?? 0) - Self.context)
    let end = min(before.count, (group.last?.old.upperBound ?? 0) + Self.context)
    func lines(
      _ table: LineTable, _ range: Range<Int>, _ kind: HunkLine.Kind
    ) -> [(kind: HunkLine.Kind, bytes: [UInt8])] {
      range.map { (kind, Array(table.bytes[table.range(of: $0)])) }
    }
    var written: [(kind: HunkLine.Kind, bytes: [UInt8])] = []
    var position = start
    for change in group {
      written += lines(before, position..<change.old.lowerBound, .context)
      written += lines(before, change.old, .removed)
      written += lines(after, change.new, .added)
      position = change.old.upperBound
    }
    written += lines(before, position..<end, .context)
    let newCount = written.count { $0.kind != .removed }
    return Hunk(
      oldStart: start + (end > start ? 1 : 0), newStart: start + growth + (newCount > 0 ? 1 : 0),
      section: Array(before.heading(before: start).prefix(80)), lines: written)
  }
}

extension [RewrittenHunk] {
  /// Whether the hunks make one file of another at their stated lines.
  ///
  /// The file is compared piece by piece and not made, as it may be large.
  func make(_ after: [UInt8], of before: LineTable) -> Bool {
    var made = 0
    func makes(_ text: ArraySlice<UInt8>) -> Bool {
      guard text.count <= after.count - made else { return false }
      defer { made += text.count }
      return text == after[made..<(made + text.count)]
    }
    var position = 0
    for hunk in lazy.map(\.hunk) {
      let shape = HunkShape(hunk, trusting: true)
      let line = shape.statedLine
      guard line >= position, line + shape.preCount <= before.count else { return false }
      let (start, end) = (before.start(of: line), before.start(of: line + shape.preCount))
      guard before.bytes[start..<end] == shape.preImage[...],
        makes(before.bytes[before.start(of: position)..<start]), makes(shape.postImage[...])
      else { return false }
      position = line + shape.preCount
    }
    return makes(before.bytes[before.start(of: position)...]) && made == after.count
  }
}
