// SPDX-License-Identifier: GPL-2.0-only

extension LabeledText {
  /// The text with lines longer than a number of columns broken at blanks, the rest indented by two more.
  ///
  /// After a word and a wide gap, such as a verdict and what it is about, the rest is below what follows the gap. A path
  /// that is longer than a line is broken after a slash.
  /// A command in single quotes stays on one line if that is wide enough; else it is broken between words with
  /// backslashes, so that it works as copied.
  package func wrapped(to width: Int) -> LabeledText {
    guard width > 0 else { return self }
    var text = LabeledText()
    for (index, line) in lines.enumerated() {
      if index > 0 { text += "\n" }
      if line.width <= width { text += line } else { line.wrap(to: width, into: &text) }
    }
    return text
  }

  /// The lines without their newlines; after a last newline there is an empty one.
  private var lines: [LabeledText] {
    var lines = [LabeledText()]
    for span in spans {
      for (index, part) in span.text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        if index > 0 { lines.append(LabeledText()) }
        lines[lines.count - 1].append(String(part), span.label)
      }
    }
    return lines
  }

  /// Breaks one line that is longer than the width.
  private func wrap(to width: Int, into text: inout LabeledText) {
    let cells = spans.flatMap { span in span.text.map { (character: $0, label: span.label) } }
    let columns = cells.map { DisplayWidth.of(String($0.character)) }
    let indent = cells.prefix { $0.character == " " }.count
    let hanging =
      Self.column(cells.map(\.character), after: indent, within: width / 3)
      ?? min(indent + 2, width / 2)
    let quoted = Self.quoted(cells.map(\.character))
    let commands = Self.commands(cells.map(\.character), quoted)
    var start = 0
    while start < cells.count {
      let room = start == 0 ? width : width - hanging
      var (end, used) = (start, 0)
      while end < cells.count, used + columns[end] <= room {
        used += columns[end]
        end += 1
      }
      var next = end
      var isContinued = false
      if end < cells.count, commands[start], commands[min(end, cells.count - 1)] {
        // The backslash needs a blank and a column; a word that is longer than the line is not broken.
        let blank =
          (start + 1..<max(end - 1, start + 1)).reversed().first { cells[$0].character == " " }
          ?? (start + 1..<cells.count).first { cells[$0].character == " " || !commands[$0] }
          ?? cells.count
        end = blank
        next = blank
        if blank < cells.count, cells[blank].character == " " { next = blank + 1 }
        isContinued = blank < cells.count && commands[blank]
      } else if end < cells.count {
        let first = start + (start == 0 ? indent : 0) + 1
        let blanks = first..<max(end + 1, first)
        // The last blank outside of quotes, else the last blank, else the edge.
        let blank =
          blanks.reversed().first { cells[$0].character == " " && !quoted[$0] }
          ?? (quoted[start] ? blanks.reversed().first { cells[$0].character == " " } : nil)
        if let blank {
          end = blank
          next = blank + 1
          while end > first, cells[end - 1].character == " " { end -= 1 }
          while next < cells.count, cells[next].character == " " { next += 1 }
        } else if let slash = (first..<max(end, first)).reversed().first(where: {
          cells[$0].character == "/"
        }) {
          end = slash + 1
          next = end
        } else if end == start {
          end = start + 1
          next = end
        }
      }
      if start > 0 { text += "\n" + LabeledText().padded(to: hanging) }
      for cell in cells[start..<end] { text.append(String(cell.character), cell.label) }
      if isContinued { text += " \\" }
      start = next
    }
  }

  /// The column after the first word and a gap of two blanks or more; nil if there is none so near.
  private static func column(
    _ text: [Character], after indent: Int, within limit: Int
  ) -> Int? {
    let gap = indent + text[indent...].prefix { $0 != " " }.count
    let column = gap + text[gap...].prefix { $0 == " " }.count
    return column >= gap + 2 && column < text.count && column <= limit ? column : nil
  }

  /// Whether each character is in a quoted command.
  private static func commands(_ text: [Character], _ quoted: [Bool]) -> [Bool] {
    var commands = [Bool](repeating: false, count: text.count)
    var start = 0
    while start < text.count {
      let end = (start..<text.count).first { !quoted[$0] } ?? text.count
      let words = String(text[start..<end])
      if words.hasPrefix("'patchkit ") || words.hasPrefix("'git ") {
        for position in start..<end { commands[position] = true }
      }
      start = max(end, start + 1)
    }
    return commands
  }

  /// Whether each character is inside of single quotes; an apostrophe within a word does not count.
  private static func quoted(_ text: [Character]) -> [Bool] {
    var quoted = [Bool](repeating: false, count: text.count)
    var start: Int?
    for (index, character) in text.enumerated() where character == "'" {
      let before = index == 0 ? " " : text[index - 1]
      let after = index + 1 == text.count ? " " : text[index + 1]
      if let open = start, !after.isLetter {
        for position in open...index { quoted[position] = true }
        start = nil
      } else if start == nil, before == " " || before == "(" {
        start = index
      }
    }
    return quoted
  }
}
