// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// How two versions of a C file that are not equal byte for byte resemble each other.
package enum CodeLikeness: Sendable, Hashable {
  /// The same tokens: only comments, white space, or an order without meaning differ.
  case same
  /// The same lines in another order, which may matter.
  case reordered
  /// Something else.
  case different

  /// Compares two versions of a file.
  package init(_ a: [UInt8], _ b: [UInt8]) {
    let (first, second) = (CSourceFile(a), CSourceFile(b))
    if Self.units(of: first) == Self.units(of: second) {
      self = .same
    } else if Self.lines(of: first) == Self.lines(of: second) {
      self = .reordered
    } else {
      self = .different
    }
  }

  // MARK: Same

  /// A part of a file at its outermost level.
  private struct Unit {
    enum Kind { case include, definition, other }
    var kind: Kind
    var text: String
  }

  /// The file as texts, with those sorted whose order does not matter.
  ///
  /// Neighboring includes may, and so may neighboring definitions and declarations: each is looked up by
  /// its name, and one that comes too late does not compile. A condition (`#if`) ends a row of neighbors.
  private static func units(of file: CSourceFile) -> [String] {
    let items = file.items.filter { $0.parent < 0 }.sorted { $0.firstToken < $1.firstToken }
    var units: [Unit] = []
    var token = 0
    func takeDirectives(upTo end: Int) {
      while token < end {
        let words = file.words(in: token..<(token + 1))
        let isInclude = words.count > 1 && words[0] == "#" && words[1] == "include"
        units.append(Unit(kind: isInclude ? .include : .other, text: words.joined(separator: " ")))
        token += 1
      }
    }
    for item in items where Int(item.firstToken) >= token {
      takeDirectives(upTo: Int(item.firstToken))
      var end = Int(item.endToken)
      // The semicolon after a declaration belongs to it, wherever the outline ends it.
      if end < file.tokens.count, file.text(of: file.tokens[end]) == ";" { end += 1 }
      let words = file.words(in: token..<end)
      let lines =
        item.kind == .function
        ? sortedDeclarations(StatementLines(words).lines) : [words.joined(separator: " ")]
      units.append(Unit(kind: .definition, text: lines.joined(separator: "\n")))
      token = end
    }
    takeDirectives(upTo: file.tokens.count)
    var texts: [String] = []
    var row: [Unit] = []
    func close() {
      texts += row.first?.kind == .other ? row.map(\.text) : row.map(\.text).sorted()
      row = []
    }
    for unit in units {
      if let first = row.first, first.kind != unit.kind { close() }
      row.append(unit)
    }
    close()
    return texts
  }

  /// Sorts neighboring declarations of local variables that call nothing.
  private static func sortedDeclarations(_ lines: [String]) -> [String] {
    var sorted: [String] = []
    var row: [String] = []
    for line in lines {
      if isDeclaration(line) {
        row.append(line)
      } else {
        sorted += row.sorted() + [line]
        row = []
      }
    }
    return sorted + row.sorted()
  }

  private static let statementWords: Set<String> = [
    "return", "goto", "case", "default", "else", "break", "continue", "if", "while", "for", "do",
    "switch", "sizeof",
  ]

  /// Whether a statement declares variables, and calls nothing.
  private static func isDeclaration(_ line: String) -> Bool {
    let words = line.split(separator: " ").map(String.init)
    guard words.last == ";", words.count >= 3, !words.contains("("), let first = words.first,
      isName(first), !statementWords.contains(first)
    else { return false }
    // A type and a name in a row: `int a`, `struct x * p`, `u8 a`.
    var index = 1
    while index < words.count, isName(words[index]) || words[index] == "*" { index += 1 }
    return index >= 2 && isName(words[index - 1]) && [";", "=", ",", "["].contains(words[index])
  }

  private static func isName(_ word: String) -> Bool {
    word.utf8.first.map { $0 == 0x5F || $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x41 && $0 <= 0x5A }
      ?? false
  }

  // MARK: Reordered

  /// How often each line occurs, white space and comments apart.
  private static func lines(of file: CSourceFile) -> [String: Int] {
    var counts: [String: Int] = [:]
    var start = 0
    for index in file.tokens.indices {
      let isLast =
        index + 1 == file.tokens.count || file.tokens[index + 1].line != file.tokens[index].line
      if isLast {
        counts[file.words(in: start..<(index + 1)).joined(separator: " "), default: 0] += 1
        start = index + 1
      }
    }
    return counts
  }
}
