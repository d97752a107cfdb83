// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import TextAlign

/// A part of a file with its line numbers, below the line that begins the function around it.
struct Excerpt {
  private let table: LineTable
  /// The functions, in lines from 0.
  private let functions: [(name: String, lines: ClosedRange<Int>)]

  init(_ file: [UInt8]) {
    table = LineTable(file)
    let source = CSourceFile(file)
    functions = source.functions.map { item in
      let first = max(0, Int(item.firstLine) - 1)
      return (source.name(of: item), first...max(first, Int(item.lastLine) - 1))
    }
  }

  /// Whether the file defines a function.
  func hasFunction(_ name: String) -> Bool { functions.contains { $0.name == name } }

  /// The function around a line from 0.
  func function(at line: Int) -> (name: String, lines: ClosedRange<Int>)? {
    functions.last { $0.lines.contains(line) }
  }

  /// The lines around a position.
  ///
  /// - Parameters:
  ///   - stated: the lines, from 0, that it is about; those that the file has not are left out.
  ///   - edits: what becomes of them; lines in none of them are as they are.
  ///   - marks: the lines that are to be pointed at.
  ///   - isWhole: whether the whole function is shown.
  func lines(
    around stated: Range<Int>, edits: [LineEdit] = [], marks: Range<Int> = 0..<0, isWhole: Bool
  ) -> [Columns.Line] {
    let range = stated.clamped(to: 0..<table.count)
    let function = function(at: range.lowerBound) ?? function(at: max(range.upperBound - 1, 0))
    let reach = 4
    var shown = max(0, range.lowerBound - reach)..<min(table.count, range.upperBound + reach)
    var lines: [Columns.Line] = []
    if let function {
      let whole = function.lines.lowerBound..<min(table.count, function.lines.upperBound + 1)
      if isWhole {
        shown = min(shown.lowerBound, whole.lowerBound)..<max(shown.upperBound, whole.upperBound)
      } else if whole.lowerBound < shown.lowerBound {
        lines.append(line(whole.lowerBound, " ", .faint))
        if whole.lowerBound + 1 < shown.lowerBound { lines.append(.gap()) }
      }
    }
    let edits = edits.sorted { $0.range.lowerBound < $1.range.lowerBound }
    var position = shown.lowerBound
    func copy(to end: Int) {
      while position < min(end, shown.upperBound) {
        let isMarked = marks.contains(position)
        lines.append(line(position, isMarked ? "!" : " ", isMarked ? .warning : nil))
        position += 1
      }
    }
    for edit in edits where edit.range.lowerBound >= position {
      copy(to: edit.range.lowerBound)
      for removed in edit.range where removed < table.count {
        lines.append(line(removed, "-", .removed))
      }
      position = edit.range.upperBound
      lines += edit.replacement.map { text in
        Columns.Line(prefix: "      +", text: Self.shown(text.bytes[...]), label: .added)
      }
    }
    copy(to: shown.upperBound)
    if let function, function.lines.upperBound >= shown.upperBound { lines.append(.gap()) }
    return isWhole ? lines : Columns.Line.shortened(lines)
  }

  private func line(
    _ number: Int, _ sign: String, _ label: LabeledText.Label?
  ) -> Columns.Line {
    let digits = String(number + 1)
    let padding = String(repeating: " ", count: max(0, 5 - digits.count))
    return Columns.Line(
      prefix: "\(padding)\(digits) \(sign)", text: Self.shown(table.content(of: number)),
      label: label)
  }

  private static func shown(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    bytes.last == 0x0A ? bytes.dropLast() : bytes
  }
}
