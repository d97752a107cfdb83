// SPDX-License-Identifier: GPL-2.0-only

package import TextAlign

/// Names of a file patch that the target has under other names or not at all.
///
/// Learned from the lines of all hunks that differ in the target: a name is mapped only
/// if two lines or more agree, none contradicts, and the target does not have the patch's name.
package final class NameMap {
  private typealias Name = ArraySlice<UInt8>
  private var names: [Name: Name] = [:]
  /// Names in the patch's context that the target does not have.
  private var lost: Set<Name> = []

  /// Learns from the hunks of a file patch.
  package init(_ hunks: [HunkText], on target: TargetText) {
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
    for (from, to) in seen where to.count == 1 {
      if let (name, lines) = to.first, lines >= 2, !target.names.contains(from) {
        names[from] = name
      }
    }
    lost = Set(hunks.lazy.flatMap(\.base).flatMap { Self.names(in: $0) })
      .subtracting(target.names)
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
      if let other = names[word] {
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
    return Self.names(in: line).filter { lost.contains($0) }.map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The line with the target's names.
  package func applied(to line: LineText) -> LineText {
    if Self.isInclude(Words(line.bytes).solid) { return line }
    return LineText(Words(line.bytes).texts.flatMap { names[$0] ?? $0 })
  }
}
