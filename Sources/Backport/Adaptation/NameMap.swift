// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import TextAlign

/// Names of a file patch that the target has under other names or not at all.
///
/// Learned from the lines of all hunks that differ in the target: a name is mapped only
/// if two lines or more agree, none contradicts, and the target does not have the patch's name.
package final class NameMap {
  private typealias Name = ArraySlice<UInt8>
  private let hunks: [HunkText]
  private let target: TargetText
  private lazy var names = learned()
  /// Names in the patch's context.
  private lazy var contextNames = Set(
    hunks.lazy.flatMap(\.base).flatMap { Self.names(in: $0) })

  /// Learns from the hunks of a file patch, once a name is asked for that the target does not have.
  package init(_ hunks: [HunkText], on target: TargetText) {
    self.hunks = hunks
    self.target = target
  }

  private func learned() -> [Name: Name] {
    var seen: [Name: [Name: Int]] = [:]
    for hunk in hunks {
      let found = target.alignments(of: hunk.base, expected: hunk.statedLine).first
      for (name, to) in Self.pairs(hunk.base, found?.partners ?? [], in: target) {
        seen[name, default: [:]].merge(to, uniquingKeysWith: +)
      }
    }
    // One line in other words is a line in other words; two that agree are a name.
    return seen.compactMapValues { to in
      guard to.count == 1, let (name, lines) = to.first, lines >= 2 else { return nil }
      return name
    }
  }

  /// The target's name for one of the patch's that it does not have; nil where it has the name, or where
  /// none was learned.
  private func replacement(of name: Name) -> Name? {
    guard Self.isName(name), !target.holds(name: name) else { return nil }
    return names[name]
  }

  /// The names of lines, each with those that their partners in the target have at the same position, and in how
  /// many lines.
  static func pairs(
    _ lines: [LineText], _ partners: [HunkAlignment.Partner?], in target: TargetText
  ) -> [ArraySlice<UInt8>: [ArraySlice<UInt8>: Int]] {
    var seen: [Name: [Name: Int]] = [:]
    for (line, partner) in zip(lines, partners) {
      if let partner { learn(line, target.index.lines[partner.line], &seen) }
    }
    return seen
  }

  private static func learn(_ mine: LineText, _ theirs: LineText, _ seen: inout [Name: [Name: Int]])
  {
    let (old, new) = (Words(mine.bytes).solid, Words(theirs.bytes).solid)
    guard old.count == new.count, !isInclude(old) else { return }
    for (from, to) in zip(old, new) where isName(from) && isName(to) {
      seen[from, default: [:]][to, default: 0] += 1
    }
  }

  /// Whether the words are an `#include`, whose names are those of files.
  private static func isInclude(_ words: [Name]) -> Bool {
    words.first == [UInt8(ascii: "#")] && words.dropFirst().first == Name(Array("include".utf8))
  }

  private static func isName(_ word: ArraySlice<UInt8>) -> Bool {
    word.first.map(Words.isNameStart) ?? false
  }

  /// The names in a line.
  package static func names(in line: LineText) -> [ArraySlice<UInt8>] {
    Words(line.bytes).texts.filter(isName)
  }

  /// The names in the code of a line, without those in texts and comments.
  static func codeNames(in line: LineText) -> [ArraySlice<UInt8>] {
    // A directive is one token.
    if line.solidBytes.first == UInt8(ascii: "#") { return names(in: line) }
    return Lexer().tokens(of: line.bytes).filter { $0.kind == .identifier }
      .map { line.bytes[$0.range] }
  }

  /// The functions, fields and constants that the code of a line names, without its variables and types.
  static func tellingNames(in line: LineText) -> [ArraySlice<UInt8>] {
    let tokens = Lexer().tokens(of: line.bytes)
    func sign(_ index: Int) -> ArraySlice<UInt8> {
      tokens.indices.contains(index) ? line.bytes[tokens[index].range] : []
    }
    return tokens.indices.filter { index in
      guard tokens[index].kind == .identifier else { return false }
      let name = line.bytes[tokens[index].range]
      let isConstant =
        name.count > 2 && !name.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
      let before = sign(index - 1)
      return isConstant || sign(index + 1) == [UInt8(ascii: "(")] || before == [UInt8(ascii: ".")]
        || before == [UInt8(ascii: "-"), UInt8(ascii: ">")]
    }.map { line.bytes[tokens[$0].range] }
  }

  /// The names of a line that would be replaced, and by what.
  package func replacements(in line: LineText) -> [String: String] {
    var found: [String: String] = [:]
    if Self.isInclude(Words(line.bytes).solid) { return found }
    for word in Words(line.bytes).texts {
      if let other = replacement(of: word) {
        found[String(decoding: word, as: UTF8.self)] = String(decoding: other, as: UTF8.self)
      }
    }
    return found
  }

  /// The names of a line that the target has not and the patch does not bring.
  package func lostNames(in line: LineText) -> [String] {
    // What a comment speaks of is not needed.
    let start = line.solidBytes.prefix(2)
    if start.first == UInt8(ascii: "*") || start == [UInt8(ascii: "/"), UInt8(ascii: "*")]
      || start == [UInt8(ascii: "/"), UInt8(ascii: "/")]
    {
      return []
    }
    // What an include names is a file.
    if Self.isInclude(Words(line.bytes).solid) { return [] }
    return Self.names(in: line).filter {
      contextNames.contains($0) && !target.holds(name: $0)
    }.map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The line with the target's names.
  package func applied(to line: LineText) -> LineText {
    if Self.isInclude(Words(line.bytes).solid) { return line }
    return LineText(Words(line.bytes).texts.flatMap { replacement(of: $0) ?? $0 })
  }
}
