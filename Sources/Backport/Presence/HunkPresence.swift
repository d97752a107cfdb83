// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// The test whether a file already has the result of a hunk, in the same lines or nearly the same.
///
/// `apply` and `backport` ask it before a strategy applies a hunk, `analyze` and `verify` to show
/// what a tree has of a patch, so that all of them answer alike.
///
/// The file has a hunk if it has what the hunk makes, in its order, and not what the hunk removes;
/// white space apart, and whatever else changed around it. That it could be reverse-applied is not
/// asked: a hunk that only adds a line which the file has elsewhere could be, too.
struct HunkPresence {
  /// Fewer of the lines that a hunk adds than this share are not the hunk's result.
  private static let leastAdded = 0.75
  /// More of the lines that it removes than this share are not its result either.
  private static let mostRemoved = 0.34

  private let target: SolidLines
  private let functions: NamedSections
  /// The lines that the file patch adds somewhere: one that it only moves is in the file before and
  /// after it.
  private let moved: Set<Int>
  /// The lines that the file patch moves and that the file still has where a hunk removes them.
  private let toMove: Set<Int>

  /// Prepares the test for the hunks of a file patch on a file.
  init(_ hunks: [Hunk], in table: LineTable) {
    functions = NamedSections(table)
    target = SolidLines(
      table, wanted: hunks.flatMap { hunk in hunk.lines.map { hunk.content(of: $0) } })
    let moved = Set(
      hunks.flatMap { hunk in
        hunk.lines.filter { $0.kind == .added }.map { Self.solid($0, hunk) }
      })
    var toMove: Set<Int> = []
    for hunk in hunks {
      let removed = hunk.lines.filter { $0.kind == .removed }.map { Self.solid($0, hunk) }
        .filter { $0 != SolidLines.empty && moved.contains($0) }
      if !removed.isEmpty, !Self.isGone(hunk, in: target) { toMove.formUnion(removed) }
    }
    self.moved = moved
    self.toMove = toMove
  }

  private static func solid(_ line: HunkLine, _ hunk: Hunk) -> Int {
    SolidLines.number(hunk.content(of: line))
  }

  /// Whether no removed line of a hunk is between the context lines around it.
  private static func isGone(_ hunk: Hunk, in target: SolidLines) -> Bool {
    let image = hunk.lines.filter { $0.kind != .noNewlineMarker }
    let context = image.filter { $0.kind == .context }
    let partners = target.partners(of: context.map { solid($0, hunk) })
    var number = 0
    var last: Int?
    var removed: Set<Int> = []
    for line in image {
      let text = solid(line, hunk)
      if line.kind == .removed, text != SolidLines.empty { removed.insert(text) }
      guard line.kind == .context else { continue }
      let partner = partners[number]
      number += 1
      guard let partner else { continue }
      if !removed.isEmpty {
        let start = last ?? max(0, partner - removed.count)
        if target.numbers[start..<partner].contains(where: removed.contains) { return false }
        removed = []
      }
      last = partner
    }
    guard let last, !removed.isEmpty else { return true }
    let end = min(target.numbers.count, last + 1 + removed.count)
    return !target.numbers[last..<end].contains(where: removed.contains)
  }

  /// How far from a position its result may be, in lines.
  private static let reach = 20

  /// What shows that a hunk would be applied a second time at a position; nil where not enough does.
  ///
  /// Lines elsewhere in the file do not count: another function may have the same check. Nor
  /// does a hunk that only removes lines: the strategy that found the position found them there.
  func repetition(of hunk: Hunk, near span: ClosedRange<Int>) -> String? {
    guard hunk.lines.contains(where: { $0.kind == .added }) else { return nil }
    let near = (span.lowerBound - Self.reach)...(span.upperBound + Self.reach)
    guard let function = function(of: hunk), function.contains(span.lowerBound) else {
      return evidence(for: hunk, near: near)
    }
    return evidence(for: hunk, near: near.clamped(to: function))
  }

  /// The lines of the file, from 0, of the function that a hunk's header names; nil where the file has no such
  /// function or several, and where the hunk reaches out of it.
  private func function(of hunk: Hunk) -> ClosedRange<Int>? {
    guard hunk.section.last != UInt8(ascii: ":"), let name = FunctionName(hunk.section) else {
      return nil
    }
    let lines: [UInt8] = hunk.lines.flatMap { hunk.content(of: $0) + [0x0A] }
    let image = LineTable(lines)
    guard !(0..<image.count).contains(where: { image.isHeading($0) }) else { return nil }
    return functions.only(named: name)
  }

  /// What shows that the file has the result of a hunk in the function that the header names; nil where not
  /// enough does, and where the file still has what the hunk changes, as it is.
  ///
  /// - Parameter proposal: what a strategy found; its position is more than a function.
  func evidence(for hunk: Hunk, orAt proposal: Proposal?) -> String? {
    let image: [UInt8] = hunk.image(.removed).flatMap { hunk.content(of: $0) + [0x0A] }
    if functions.table.holdsLines(image) { return nil }
    return proposal?.presence ?? evidence(for: hunk, near: function(of: hunk))
  }

  private static func endsCondition(_ line: ArraySlice<UInt8>) -> Bool {
    LineText(Array(line)).solidBytes.starts(with: Array("#endif".utf8))
  }

  private static func counts(_ line: ArraySlice<UInt8>) -> Bool {
    LineText(Array(line)).saysSomething && !endsCondition(line)
  }

  /// What shows that the file has the result of a hunk; nil where not enough does.
  ///
  /// - Parameter near: the lines of the file, from 0, that count; nil for all.
  private func evidence(for hunk: Hunk, near: ClosedRange<Int>?) -> String? {
    func solid(_ line: HunkLine) -> Int { Self.solid(line, hunk) }
    func counts(_ line: HunkLine) -> Bool { Self.counts(hunk.content(of: line)) }
    func matched(_ side: HunkLine.Kind) -> (own: Double?, count: Int, all: Int) {
      // A brace is everywhere, and says nothing of where the others are.
      let image = hunk.image(side).filter(counts)
      let partners = target.partners(of: image.map(solid), near: near)
      let own = image.indices.filter {
        image[$0].kind == side && (side == .added || !moved.contains(solid(image[$0])))
      }
      // A line that is still where it is moved from is not where it is moved to.
      let found = own.count {
        partners[$0] != nil && !(side == .added && toMove.contains(solid(image[$0])))
      }
      let all = partners.count { $0 != nil }
      return (own.isEmpty ? nil : Double(found) / Double(own.count), found, all)
    }
    let added = matched(.added)
    // Every condition ends with the same line.
    let endsCondition = hunk.lines.contains {
      $0.kind == .added && Self.endsCondition(hunk.content(of: $0))
    }
    if added.own == nil, endsCondition {
      return nil
    }
    let removed = matched(.removed)
    if let share = added.own {
      // A removed line that an added one repeats in other words is in both.
      guard share >= Self.leastAdded,
        removed.own ?? 0 <= Self.mostRemoved || removed.count < added.count / 3,
        added.all > removed.all || removed.own == nil
      else { return nil }
      return "\(Int(share * 100)) % of what it adds is there"
        + (removed.own.map { ", \(Int($0 * 100)) % of what it removes" } ?? "")
    }
    // It only removes: nothing of that is there, and what was around it is. Lines that are moved are
    // looked for between their neighbours alone.
    guard removed.own.map({ $0 == 0 }) ?? Self.isGone(hunk, in: target) else { return nil }
    let context = hunk.lines.filter { $0.kind == .context && counts($0) }
    let standing = target.partners(of: context.map(solid), near: near).count { $0 != nil }
    guard context.count >= 2, standing * 3 >= context.count * 2 else { return nil }
    return "nothing of what it removes is there, and what was around it is"
  }
}

extension HunkPresence {
  /// Whether a file where a hunk has a position may have its result already, wherever in it; false is certain, and
  /// takes no strategy.
  ///
  /// There are two ways. `evidence` asks for most of the lines that the hunk adds. And a strategy that changes
  /// nothing takes the hunk for applied: then `HunkMerge` found every word that the hunk adds and does not have
  /// elsewhere, as it puts each added line into the file or finds it there; a line that replaces another one may
  /// be left out, but only where the file lacks a name of that one. `LocalNames` replaces names of the pre-image
  /// alone.
  static func isPossible(_ hunk: Hunk, in table: LineTable) -> Bool {
    let added = hunk.lines.filter { $0.kind == .added }.map { hunk.content(of: $0) }
    let counted = added.filter(counts)
    let target = SolidLines(table, wanted: counted)
    let found = counted.count { target.has(SolidLines.number($0)) }
    if counted.isEmpty || Double(found) / Double(counted.count) >= leastAdded { return true }
    return !bringsNewWord(hunk, to: table)
  }

  /// Whether a file lacks a word that a hunk adds, and has all names of the lines that the hunk removes there.
  private static func bringsNewWord(_ hunk: Hunk, to table: LineTable) -> Bool {
    // Two lines without their blanks may be equal where their words are not.
    let solid = LineText(table.bytes).solidBytes
    let known = hunk.image(.removed).flatMap { LineText(Array(hunk.content(of: $0))).solidBytes }
    var removed: [LineText] = []
    var isNew = false
    func ends() -> Bool {
      let names = removed.flatMap { NameMap.names(in: $0) }
      return isNew && names.allSatisfy { table.bytes.holds(word: Array($0)) }
    }
    for line in hunk.lines where line.kind != .noNewlineMarker {
      let text = LineText(Array(hunk.content(of: line)))
      switch line.kind {
      case .removed: removed.append(text)
      case .added:
        isNew =
          isNew
          || NameMap.names(in: text).contains { name in
            known.firstIndex(of: Array(name)) == nil && solid.firstIndex(of: Array(name)) == nil
          }
      default:
        if ends() { return true }
        (removed, isNew) = ([], false)
      }
    }
    return ends()
  }
}

/// The sections of a file by the names of their headings, found once.
private final class NamedSections {
  let table: LineTable
  private lazy var sections: [[UInt8]: [ClosedRange<Int>]] = {
    var found: [[UInt8]: [ClosedRange<Int>]] = [:]
    for section in table.sections(where: { _ in true }) {
      guard let name = FunctionName(Array(table.content(of: section.lowerBound))) else { continue }
      found[name.bytes, default: []].append(section)
    }
    return found
  }()

  init(_ table: LineTable) { self.table = table }

  /// The section of a name; nil where there is none, or several.
  func only(named name: FunctionName) -> ClosedRange<Int>? {
    sections[name.bytes].flatMap { $0.count == 1 ? $0[0] : nil }
  }
}
