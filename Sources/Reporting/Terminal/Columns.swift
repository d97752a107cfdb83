// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import PatchFormat

/// Texts side by side, each in a column of its own.
struct Columns {
  /// A line of a column.
  struct Line {
    /// What comes before the text, such as a line number; tabs of the text count from its end.
    var prefix = ""
    /// The text as the file has it.
    var text: [UInt8]
    /// What the line means; nil for a plain one.
    var label: LabeledText.Label?

    init(prefix: String = "", text: some Sequence<UInt8>, label: LabeledText.Label? = nil) {
      self.prefix = prefix
      self.text = Array(text)
      self.label = label
    }

    init(prefix: String = "", text: String, label: LabeledText.Label? = nil) {
      self.init(prefix: prefix, text: text.utf8, label: label)
    }

    /// Lines that are not shown.
    static func gap(_ count: Int? = nil) -> Line {
      Line(text: "      ..." + (count.map { " \(plural($0, "line"))" } ?? ""), label: .faint)
    }
  }

  private static let separator = " | "
  /// A column narrower than this shows too little of a line of C.
  private static let narrowest = 34

  let width: Int

  /// The columns, as many in a row as the width allows, the rest below.
  func text(_ columns: [[Line]]) -> LabeledText {
    let room = max(1, (width + Self.separator.count) / (Self.narrowest + Self.separator.count))
    var text = LabeledText()
    for start in stride(from: 0, to: columns.count, by: room) {
      let row = Array(columns[start..<min(columns.count, start + room)])
      if start > 0 { text += "\n" }
      let own = max(20, (width - (row.count - 1) * Self.separator.count) / row.count)
      for index in 0..<(row.map(\.count).max() ?? 0) {
        let cells = row.enumerated().map { number, column in
          let line = index < column.count ? column[index] : Line(text: "")
          return cell(line, own, isLast: number == row.count - 1)
        }
        text += cells.joined(separator: "\(Self.separator)") + "\n"
      }
    }
    return text
  }

  /// A line cut to the width of a column and, but for the last one, filled to it.
  ///
  /// Tabs are as wide as the kernel has them, or half of that where a column is narrow.
  private func cell(_ line: Line, _ width: Int, isLast: Bool) -> LabeledText {
    let tab = width < 72 ? 4 : 8
    var text: LabeledText = "\(line.prefix)"
    var column = 0
    for (index, part) in line.text.split(separator: 0x09, omittingEmptySubsequences: false)
      .enumerated()
    {
      if index > 0 {
        let next = column + tab - column % tab
        text = text.padded(to: text.width + next - column)
        column = next
      }
      let shown: LabeledText = "\(bytes: part)"
      text += shown
      column += shown.width
    }
    text = text.cut(to: width)
    if !isLast { text = text.padded(to: width) }
    return line.label.map { "\($0, text)" } ?? text
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
      while end < lines.count, lines[end].label == lines[start].label { end += 1 }
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
    return [Self(text: header, label: .hunkHeader)]
      + hunk.lines.map { line in
        switch line.kind {
        case "-": Self(prefix: "-", text: line.text, label: .removed)
        case "+": Self(prefix: "+", text: line.text, label: .added)
        default: Self(prefix: " ", text: line.text)
        }
      }
  }
}
