// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// A conflict in a file, between markers.
package struct MarkedConflict: Sendable, Hashable {
  /// The lines of the file, from 0, from the first marker to the last.
  package var lines: Range<Int>
  /// What the tree has, line by line.
  package var ours: [[UInt8]]
  /// What the patch expects, where that was written too.
  package var base: [[UInt8]]?
  /// What the patch wants.
  package var theirs: [[UInt8]]

  /// The conflicts of a file, in their order; pairs of markers that are not whole are left out.
  package static func all(in content: [UInt8]) -> [MarkedConflict] {
    let table = LineTable(content)
    var found: [MarkedConflict] = []
    var open: MarkedConflict?
    var side = 0
    for number in 0..<table.count {
      let bytes = Array(content[table.range(of: number)])
      if isMark(bytes, "<<<<<<<") {
        open = MarkedConflict(lines: number..<number, ours: [], base: nil, theirs: [])
        side = 0
      } else if isMark(bytes, "|||||||"), open != nil, side == 0 {
        open?.base = []
        side = 1
      } else if bytes == Array("=======\n".utf8), open != nil, side < 2 {
        side = 2
      } else if isMark(bytes, ">>>>>>>"), var whole = open, side == 2 {
        whole.lines = whole.lines.lowerBound..<(number + 1)
        found.append(whole)
        open = nil
      } else {
        switch side {
        case 0: open?.ours.append(bytes)
        case 1: open?.base?.append(bytes)
        default: open?.theirs.append(bytes)
        }
      }
    }
    return found
  }

  /// The file with lines in place of the markers and all between them.
  package func resolved(with chosen: [[UInt8]], in content: [UInt8]) -> [UInt8] {
    let table = LineTable(content)
    return Array(content[..<table.start(of: lines.lowerBound)]) + chosen.joined()
      + content[table.start(of: lines.upperBound)...]
  }

  private static func isMark(_ line: [UInt8], _ sign: String) -> Bool {
    line.starts(with: Array((sign + " ").utf8))
  }

  /// How the user resolved each conflict of a file.
  ///
  /// - Parameters:
  ///   - marked: the file as it was written, with markers.
  ///   - resolved: the file as the user left it.
  /// - Returns: the lines that replaced each pair of markers, in order; nil if markers remain or the
  ///   lines around them changed.
  package static func decisions(marked: [UInt8], resolved: [UInt8]) -> [[UInt8]?] {
    let (old, new) = (LineIndex(LineTable(marked)).lines, LineIndex(LineTable(resolved)).lines)
    let partners = SequenceDiff().partners(old, new)
    var decisions: [[UInt8]?] = []
    var start: Int?
    for (index, line) in old.enumerated() {
      if isMark(line.bytes, "<<<<<<<") { start = index }
      guard let first = start, isMark(line.bytes, ">>>>>>>") else { continue }
      start = nil
      let before = first == 0 ? -1 : partners[first - 1]
      let following = index + 1 == old.count ? new.count : partners[index + 1]
      guard let before, let following, before < following else {
        decisions.append(nil)
        continue
      }
      let lines = new[(before + 1)..<following]
      let isOpen = lines.contains { isMark($0.bytes, "<<<<<<<") || isMark($0.bytes, ">>>>>>>") }
      decisions.append(isOpen ? nil : lines.flatMap(\.bytes))
    }
    return decisions
  }
}
