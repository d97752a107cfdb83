// SPDX-License-Identifier: GPL-2.0-only

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
    let aligner = HunkAligner(target.index, tolerance: .words)
    var seen: [Name: [Name: Int]] = [:]
    for hunk in hunks {
      let found = aligner.alignments(of: hunk.base, expected: hunk.statedLine).first
      for (line, partner) in zip(hunk.base, found?.partners ?? []) {
        guard let partner else { continue }
        Self.learn(line, target.index.lines[partner.line], &seen)
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
