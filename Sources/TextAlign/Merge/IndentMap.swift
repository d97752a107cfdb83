// SPDX-License-Identifier: GPL-2.0-only

/// What the indent of the hunk's lines is in the target, where all lines that were found agree.
struct IndentMap {
  private var moves: [ArraySlice<UInt8>: ArraySlice<UInt8>] = [:]

  init(_ base: [LineText], _ partners: [HunkAlignment.Partner?], _ index: LineIndex) {
    var seen: [ArraySlice<UInt8>: Set<ArraySlice<UInt8>>] = [:]
    for (line, partner) in zip(base, partners) where !line.isBlank {
      guard let partner, partner.match == .same || partner.match == .blanks else { continue }
      seen[line.indent, default: []].insert(index.lines[partner.line].indent)
    }
    for (from, to) in seen where to.count == 1 {
      if let only = to.first, only != from { moves[from] = only }
    }
  }

  /// The line with the indent that the target has.
  func moved(_ line: LineText) -> LineText {
    guard !moves.isEmpty, let indent = moves[line.indent] else { return line }
    return LineText(Array(indent) + Array(line.bytes.dropFirst(line.indent.count)))
  }
}
