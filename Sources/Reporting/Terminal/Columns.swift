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
    /// The words, as ranges of the text, that the line's partner in the other column does not have.
    var marks: [Range<Int>] = []
    /// Whether the other column has another line in this row, or none.
    var differs = false

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

  private static let separator: LabeledText = " | "
  /// The separator of a row whose columns differ, so that it is found without colors, too.
  private static let difference: LabeledText = " ~ "
  /// In a column narrower than this, most lines of C are broken.
  private static let narrowest = 50

  let width: Int

  /// How many columns fit side by side.
  var room: Int {
    max(1, (width + Self.separator.width) / (Self.narrowest + Self.separator.width))
  }

  /// The columns, as many side by side as the width allows, the rest below.
  func text(_ columns: [[Line]]) -> LabeledText {
    let gap = Self.separator.width
    var text = LabeledText()
    for start in stride(from: 0, to: columns.count, by: room) {
      var row = Array(columns[start..<min(columns.count, start + room)])
      // Alone, a column needs no line where only another one has text.
      if room == 1 { row = row.map { $0.filter { !($0.prefix.isEmpty && $0.text.isEmpty) } } }
      if start > 0 { text += "\n" }
      let own = max(20, (width - (row.count - 1) * gap) / row.count)
      for index in 0..<(row.map(\.count).max() ?? 0) {
        text += self.row(row.map { index < $0.count ? $0[index] : Line(text: "") }, own)
      }
    }
    return text
  }

  /// One line of each column, in as many rows of the screen as the longest of them needs.
  private func row(_ lines: [Line], _ width: Int) -> LabeledText {
    let cells = lines.map { (label: $0.label, parts: broken($0, width)) }
    let separator = lines.contains(where: \.differs) ? Self.difference : Self.separator
    var text = LabeledText()
    for part in 0..<(cells.map(\.parts.count).max() ?? 0) {
      text += cells.enumerated().map { number, cell in
        var shown = part < cell.parts.count ? cell.parts[part] : LabeledText()
        // The filling is a span of its own: marks end with their words.
        if number < cells.count - 1 { shown += LabeledText().padded(to: width - shown.width) }
        return cell.label.map { "\($0, shown)" } ?? shown
      }.joined(separator: separator)
      text += "\n"
    }
    return text
  }

  /// A line broken at the width of a column; the rest is indented more.
  private func broken(_ line: Line, _ width: Int) -> [LabeledText] {
    var rest = laidOut(line, width)
    let plain = rest.plain
    let lead = plain.dropFirst(line.prefix.count).prefix { $0 == " " }.count + line.prefix.count
    let margin = LabeledText().padded(to: min(lead + 4, width / 2))
    var parts: [LabeledText] = []
    while true {
      let room = width - (parts.isEmpty ? 0 : margin.width)
      let start = parts.isEmpty ? LabeledText() : margin
      if rest.width <= room { return parts + [start + rest] }
      var first = rest.cut(to: room)
      var skipped = 0
      // Not within a name: at a blank near the edge, else after the sign that is nearest to it.
      let text = first.plain
      let near = text.index(text.startIndex, offsetBy: text.count * 2 / 3)
      let blank = text[near...].lastIndex(of: " ")
      if let sign = blank
        ?? text.lastIndex(where: { !($0.isLetter || $0.isNumber || $0 == "_") })
      {
        let isBlank = text[sign] == " "
        let columns = DisplayWidth.of(String(isBlank ? text[..<sign] : text[...sign]))
        if columns > room / 2, !parts.isEmpty || columns > lead {
          first = rest.cut(to: columns)
          skipped = isBlank ? 1 : 0
        }
      }
      if first.isEmpty { return parts + [start + rest] }
      parts.append(start + first)
      rest = rest.tail(rest.width - first.width - skipped)
      if rest.plain.first == " " { rest = rest.tail(rest.width - 1) }
    }
  }

  /// A line with its tabs as blanks and its differing words marked.
  ///
  /// Tabs are as wide as the kernel has them, or half of that where a column is narrow.
  private func laidOut(_ line: Line, _ width: Int) -> LabeledText {
    let tab = width < 72 ? 4 : 8
    let mark: LabeledText.Label =
      switch line.label {
      case .added: .addedWord
      case .removed: .removedWord
      default: .changedWord
      }
    let edges = Set(line.marks.flatMap { [$0.lowerBound, $0.upperBound] })
    var text: LabeledText = "\(line.prefix)"
    var (position, column) = (0, 0)
    while position < line.text.count {
      let label = line.marks.contains { $0.contains(position) } ? mark : nil
      var part: LabeledText
      if line.text[position] == 0x09 {
        part = "\(label, bytes: [UInt8](repeating: 0x20, count: tab - column % tab))"
        position += 1
      } else {
        let start = position
        repeat {
          position += 1
        } while position < line.text.count && line.text[position] != 0x09
          && !edges.contains(position)
        part = "\(label, bytes: line.text[start..<position])"
      }
      text += part
      column += part.width
    }
    return text
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

  /// Two columns in one: a row that both have in common once, else the left line after `<`, the right one after
  /// `>`.
  static func stacked(_ left: [Self], _ right: [Self]) -> [Self] {
    var lines: [Self] = []
    var others: [Self] = []
    func marked(_ line: Self, _ sign: String) -> Self {
      var line = line
      line.prefix = sign + " " + line.prefix
      return line
    }
    for (own, other) in zip(left, right) {
      let isSame = own.prefix == other.prefix && own.text == other.text
      if isSame {
        lines += others + [marked(own, " ")]
        others = []
        continue
      }
      // A row without a line on one side is empty there, prefix and all.
      if !(own.prefix.isEmpty && own.text.isEmpty) { lines.append(marked(own, "<")) }
      if !(other.prefix.isEmpty && other.text.isEmpty) { others.append(marked(other, ">")) }
    }
    return lines + others
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
