// SPDX-License-Identifier: GPL-2.0-only

package import TextAlign

/// Lines that a hunk and the target both change: the user has to decide.
package struct ConflictRegion: Sendable, Hashable {
  /// The lines of the target, from 0.
  package var range: Range<Int>
  /// What the target has there.
  package var ours: [LineText]
  /// What the hunk expects there.
  package var base: [LineText]
  /// What the hunk wants there.
  package var theirs: [LineText]

  /// Takes the lines that a hunk was aligned with, without those at both ends that all agree on.
  ///
  /// - Parameter edits: what is proposed there, which the lines that are taken hold.
  init?(
    _ hunk: HunkText, span: ClosedRange<Int>, holding edits: [LineEdit] = [], in index: LineIndex
  ) {
    let lines = index.lines
    let first = edits.map(\.range.lowerBound).min() ?? Int.max
    let last = edits.map(\.range.upperBound).max() ?? 0
    guard span.upperBound < lines.count else { return nil }
    var range = span.lowerBound..<(span.upperBound + 1)
    var ours = lines[range]
    var base = hunk.base[...]
    let whole = hunk.result
    var theirs = whole[...]
    while ours.startIndex < first, let a = ours.first, a == base.first, a == theirs.first {
      (ours, base, theirs) = (ours.dropFirst(), base.dropFirst(), theirs.dropFirst())
    }
    while ours.endIndex > last, let a = ours.last, a == base.last, a == theirs.last {
      (ours, base, theirs) = (ours.dropLast(), base.dropLast(), theirs.dropLast())
    }
    range = ours.startIndex..<ours.endIndex
    self.range = range
    self.ours = Array(ours)
    self.base = Array(base)
    self.theirs = Array(theirs)
  }

  /// Takes the lines that a hunk's edits change, and what they make of them.
  init(_ hunk: HunkText, edits: [LineEdit], in index: LineIndex) {
    let first = edits.map(\.range.lowerBound).min() ?? 0
    range = first..<(edits.map(\.range.upperBound).max() ?? first)
    ours = Array(index.lines[range])
    base = hunk.base
    theirs = []
    var line = first
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      theirs += index.lines[line..<edit.range.lowerBound] + edit.replacement
      line = edit.range.upperBound
    }
  }

  /// Makes a region for a hunk without a position: no lines of the target, at a line from 0.
  init(_ hunk: HunkText, at line: Int) {
    range = line..<line
    ours = []
    base = hunk.base
    theirs = hunk.result
  }

  /// The name of a conflict of these three texts, independent of its position.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  package func key() throws(Defect) -> String {
    try OpenQuestion.key("conflict", [ours, base, theirs].map { $0.flatMap(\.bytes) })
  }

  /// How the conflict is written into a file.
  package enum Markers: String, Sendable, Hashable, Codable {
    /// Both sides, as `git merge` writes them.
    case merge
    /// Both sides and what the hunk expected between them.
    case diff3
    /// No markers: the hunks without a position go into a file next to it, as with GNU patch.
    case reject
  }

  /// The lines with both sides between markers.
  func marked(_ markers: Markers, patch: String) -> [LineText] {
    func mark(_ text: String) -> LineText { LineText(Array((text + "\n").utf8)) }
    // A last line without a newline must not run into a marker.
    func closed(_ lines: [LineText]) -> [LineText] {
      guard let last = lines.last, last.bytes.last != 0x0A else { return lines }
      return lines.dropLast() + [LineText(last.bytes + [0x0A])]
    }
    var lines = [mark("<<<<<<< the tree")] + closed(ours)
    if markers == .diff3 { lines += [mark("||||||| expected by the patch")] + closed(base) }
    return lines + [mark("=======")] + closed(theirs) + [mark(">>>>>>> \(patch)")]
  }
}
