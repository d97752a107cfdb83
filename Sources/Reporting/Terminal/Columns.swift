// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import PatchFormat

/// Texts side by side, each in a column of its own.
struct Columns {
  /// A line of a column.
  struct Line {
    /// How it is dressed.
    enum Kind {
      case plain, added, removed, header, faint, marked
    }

    /// What stands before the text, a line number for instance; tabs of the text count from behind it.
    var prefix = ""
    var text: String
    var kind = Kind.plain

    /// Lines that are not shown.
    static func gap(_ count: Int? = nil) -> Line {
      Line(text: "      ..." + (count.map { " \(plural($0, "line"))" } ?? ""), kind: .faint)
    }
  }

  private static let separator = " | "
  /// A column narrower than this shows too little of a line of C.
  private static let narrowest = 34

  let width: Int
  let style: TextStyle

  /// The columns, as many beside each other as the width has room for, the rest below.
  func text(_ columns: [[Line]]) -> String {
    let room = max(1, (width + Self.separator.count) / (Self.narrowest + Self.separator.count))
    var text = ""
    for start in stride(from: 0, to: columns.count, by: room) {
      let row = Array(columns[start..<min(columns.count, start + room)])
      if start > 0 { text += "\n" }
      let own = max(20, (width - (row.count - 1) * Self.separator.count) / row.count)
      for index in 0..<(row.map(\.count).max() ?? 0) {
        let cells = row.enumerated().map { number, column in
          let line = index < column.count ? column[index] : Line(text: "")
          return dressed(cell(line, own, isLast: number == row.count - 1), line.kind)
        }
        text += cells.joined(separator: Self.separator) + "\n"
      }
    }
    return text
  }

  private func dressed(_ cell: String, _ kind: Line.Kind) -> String {
    switch kind {
    case .plain: cell
    case .added: style.added(cell)
    case .removed: style.removed(cell)
    case .header: style.hunk(cell)
    case .faint: style.dim(cell)
    case .marked: style.warning(cell)
    }
  }

  /// A line cut to the width of a column and, but for the last one, filled to it.
  ///
  /// Tabs are as wide as the kernel has them, or half of that where a column is narrow.
  private func cell(_ line: Line, _ width: Int, isLast: Bool) -> String {
    let tab = width < 72 ? 4 : 8
    var text = line.prefix
    var column = 0
    var room = width - line.prefix.count
    for character in TextStyle.harmless(line.text) {
      let piece =
        character == "\t"
        ? String(repeating: " ", count: tab - column % tab) : String(character)
      if piece.count > room { break }
      text += piece
      column += piece.count
      room -= piece.count
    }
    return isLast ? text : text + String(repeating: " ", count: max(0, room))
  }
}

extension Columns.Line {
  /// The lines with long runs of one kind cut down to their ends.
  static func shortened(_ lines: [Self]) -> [Self] {
    let (longest, kept) = (12, (first: 4, last: 3))
    var short: [Self] = []
    var start = 0
    while start < lines.count {
      var end = start
      while end < lines.count, lines[end].kind == lines[start].kind { end += 1 }
      if end - start > longest {
        short += lines[start..<(start + kept.first)]
        short.append(.gap(end - start - kept.first - kept.last))
        short += lines[(end - kept.last)..<end]
      } else {
        short += lines[start..<end]
      }
      start = end
    }
    return short
  }

  /// The lines of a hunk as a diff shows them.
  static func lines(of hunk: Hunk) -> [Self] { lines(of: ShownHunk(hunk)) }

  /// The lines of a hunk that an outcome shows.
  static func lines(of hunk: ShownHunk) -> [Self] {
    let old = hunk.lines.count { $0.kind != "+" }
    let new = hunk.lines.count { $0.kind != "-" }
    let header = "@@ -\(hunk.oldStart),\(old) +\(hunk.newStart),\(new) @@"
    return [Self(text: header, kind: .header)]
      + hunk.lines.map { line in
        switch line.kind {
        case "-": Self(prefix: "-", text: line.text, kind: .removed)
        case "+": Self(prefix: "+", text: line.text, kind: .added)
        default: Self(prefix: " ", text: line.text)
        }
      }
  }
}
