// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat
package import TextAlign

/// A hunk as the strategies see it: its lines as text, and where it says to belong.
package struct HunkText {
  /// The hunk's number in its file patch, from 1.
  package let number: Int
  /// What it does to each line of its pre-image.
  package let script: ChangeScript
  /// The line, from 0, at which the pre-image starts by the header.
  package let statedLine: Int
  /// The text after `@@`, usually the line that starts the enclosing function.
  package let section: [UInt8]
  private let entries: [ChangeScript.Entry]

  package init(_ hunk: Hunk, number: Int) {
    self.init(
      number: number, statedLine: hunk.oldCount == 0 ? hunk.oldStart : max(0, hunk.oldStart - 1),
      section: hunk.section, entries: hunk.entries)
  }

  private init(number: Int, statedLine: Int, section: [UInt8], entries: [ChangeScript.Entry]) {
    (self.number, self.statedLine, self.section) = (number, statedLine, section)
    self.entries = entries
    script = ChangeScript(entries)
  }

  /// The hunk with other lines.
  func mapped(_ transform: (LineText) -> LineText) -> HunkText {
    HunkText(
      number: number, statedLine: statedLine, section: section,
      entries: entries.map { entry in
        switch entry {
        case .context(let line): .context(transform(line))
        case .removed(let line): .removed(transform(line))
        case .added(let line): .added(transform(line))
        }
      })
  }

  package var base: [LineText] { script.base }

  /// The post-image.
  package var result: [LineText] {
    script.result(
      of: 0..<base.count, insertionsFrom: 0, through: base.count)
  }
}

extension Hunk {
  /// The hunk's lines as text, newlines included.
  var entries: [ChangeScript.Entry] {
    lines.compactMap { line in
      let text = LineText(Array(content(of: line)) + (line.hasNewline ? [0x0A] : []))
      return switch line.kind {
      case .context: .context(text)
      case .removed: .removed(text)
      case .added: .added(text)
      case .noNewlineMarker: nil
      }
    }
  }
}

/// A file that hunks are applied to, prepared for the strategies.
package final class TargetText {
  package let table: LineTable
  /// Its lines with the positions of every text; made when a strategy first needs them.
  package private(set) lazy var index = LineIndex(table)
  /// Which names it has, of those that were asked for.
  private var known: [ArraySlice<UInt8>: Bool] = [:]
  /// The alignments that were asked for, by the expected lines.
  private var aligned: [Int: [(lines: [LineText], found: [HunkAlignment])]] = [:]
  /// The lines of the true pre-image and their partners here, where there is one.
  package let preImage: PreImage?

  package init(_ table: LineTable, preImage: LineTable? = nil) {
    self.table = table
    self.preImage = preImage.map { PreImage($0) }
  }

  /// Whether a name occurs in it as a whole word.
  ///
  /// A hunk has few names, and a search for one is far cheaper than the names of all lines.
  package func holds(name: ArraySlice<UInt8>) -> Bool {
    if let known = known[name] { return known }
    let holds = table.bytes.holds(word: Array(name))
    known[name] = holds
    return holds
  }

  /// The alignments of the pre-image of a hunk with lines that are alike, best first.
  ///
  /// A strategy and the names that differ are found by the same alignments, which take the most time of all.
  func alignments(of lines: [LineText], expected: Int) -> [HunkAlignment] {
    if let known = aligned[expected]?.first(where: { $0.lines == lines }) { return known.found }
    let found = HunkAligner(index, tolerance: .words).alignments(of: lines, expected: expected)
    aligned[expected, default: []].append((lines, found))
    return found
  }

  /// The parts of the file below headings, in their order; found once for all hunks.
  private lazy var sections = table.sections { _ in true }

  /// The part of the file below a heading that a line, from 0, is in; nil where it is in none.
  func section(around line: Int) -> ClosedRange<Int>? {
    var (start, end) = (0, sections.count)
    while start < end {
      let middle = (start + end) / 2
      if sections[middle].lowerBound <= line { start = middle + 1 } else { end = middle }
    }
    guard start > 0, sections[start - 1].contains(line) else { return nil }
    return sections[start - 1]
  }

  /// The words of the function around some lines, from 0, and of those lines.
  func words(around span: ClosedRange<Int>) -> Set<ArraySlice<UInt8>> {
    let section = section(around: span.lowerBound) ?? span
    let end = table.range(of: max(section.upperBound, span.upperBound)).upperBound
    return Set(Words(table.bytes[table.start(of: section.lowerBound)..<end]).texts)
  }

  /// The file that the patch was made for.
  package final class PreImage {
    package let table: LineTable
    package private(set) lazy var index = LineIndex(table)
    private var cached: [Int?]?

    package init(_ table: LineTable) { self.table = table }

    /// The partner of each of its lines in the target.
    package func partners(in target: TargetText) -> [Int?] {
      if let cached { return cached }
      let found = SequenceDiff().partners(index.lines, target.index.lines)
      cached = found
      return found
    }
  }
}

/// What the hunks around a hunk show about its position.
struct Surroundings {
  /// The line, from 0, where the pre-image would start if it moved as its neighbours did.
  var expected: Int
  /// The lines that lie between the hunk's neighbours.
  var limits: Range<Int>
  /// Whether a neighbor has a position, so that `expected` is known.
  var isAnchored: Bool
  /// Whether the user chose the position of the nearest neighbor.
  var isNextToChosen = false
  /// The line, from 0, that the user chose among equally good positions.
  var chosen: Int?
}
