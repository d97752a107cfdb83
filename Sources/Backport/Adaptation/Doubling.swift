// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// Whether what a hunk adds is already close to the position that a strategy found: the sign of a fix
/// that came to the tree by another way.
enum Doubling {
  /// How far from the position it may be, in lines.
  private static let reach = 20
  /// Shorter lines are idioms (`goto out;`) and are everywhere.
  private static let shortest = 18

  /// What shows that the edits of a hunk add something for the second time; nil where nothing does.
  ///
  /// - Parameter known: the lines of the target that belong to the hunk's own pre-image.
  static func evidence(
    _ edits: [LineEdit], _ hunk: HunkText, knowing known: Set<Int>, in index: LineIndex
  ) -> String? {
    if isNearby(edits, in: index) { return "most of what it adds is close by" }
    if isReworded(edits, hunk, knowing: known, in: index) {
      return "the lines next to its position have what it adds in other words"
    }
    return nil
  }

  /// Whether most of the lines that edits bring are near them already, one after the other.
  private static func isNearby(_ edits: [LineEdit], in index: LineIndex) -> Bool {
    let edited = Set(edits.flatMap(\.range))
    for edit in edits {
      let gone = Set(index.lines[edit.range].map(\.solidBytes))
      let telling = edit.replacement.filter {
        $0.solidBytes.count >= shortest && !gone.contains($0.solidBytes)
      }
      guard telling.count >= 2 else { continue }
      let near = (edit.range.lowerBound - reach)...(edit.range.upperBound + reach)
      let found = telling.map { line in
        index.solidPlaces(of: line).first { near.contains($0) && !edited.contains($0) }
      }
      let lines = found.compactMap(\.self)
      let isInOrder = zip(lines, lines.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 <= 6 }
      if isInOrder, 4 * lines.count >= 3 * telling.count { return true }
    }
    return false
  }

  /// How many lines around an addition are next to it.
  private static let nextTo = 4
  /// How much of what an addition names has to be next to it, by length.
  private static let leastNamed = 0.75
  /// Fewer letters than this name nothing.
  private static let fewestLetters = 6

  /// Whether lines next to an addition, which the patch does not know, name all that it names.
  ///
  /// The same check, call or comment in slightly other words is about the same things: `if (!len)`
  /// and `if (len == 0)` both name `len`. An entry of a table next to another one does not.
  private static func isReworded(
    _ edits: [LineEdit], _ hunk: HunkText, knowing known: Set<Int>, in index: LineIndex
  ) -> Bool {
    let edited = Set(edits.flatMap(\.range))
    let base = Set(hunk.base.map(\.solidBytes))
    for edit in edits {
      // What the hunk replaces is still there as it is: a fix that came by another way would have changed it.
      if !edit.range.isEmpty,
        edit.range.allSatisfy({ base.contains(index.lines[$0].solidBytes) && known.contains($0) })
      {
        continue
      }
      let added = edit.replacement.filter { !base.contains($0.solidBytes) }
      let gone = edit.range.map { index.lines[$0] }
      let named = names(in: added).subtracting(names(in: gone))
      guard length(of: named) >= fewestLetters else { continue }
      let start = max(0, edit.range.lowerBound - nextTo)
      let end = min(index.lines.count, edit.range.upperBound + nextTo)
      let others = (start..<end).filter { !known.contains($0) && !edited.contains($0) }
      let there = names(in: others.map { index.lines[$0] })
      let found = named.filter { name in there.contains { isSame(name, $0) } }
      if Double(length(of: found)) >= leastNamed * Double(length(of: named)) { return true }
    }
    return false
  }

  /// The names of lines, in small letters, without the words that are everywhere.
  private static func names(in lines: [LineText]) -> Set<String> {
    var names: Set<String> = []
    for line in lines {
      let words = Words(line.bytes)
      for (text, kind) in zip(words.texts, words.kinds) where kind == .name {
        let name = String(decoding: text, as: UTF8.self).lowercased()
        if name.utf8.count > 1, !common.contains(name) { names.insert(name) }
      }
    }
    return names
  }

  /// Whether two names are one word in two forms, such as `finish` and `finishes`.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    if a == b { return true }
    let (short, long) = a.utf8.count < b.utf8.count ? (a, b) : (b, a)
    return short.utf8.count >= 4 && long.utf8.count <= short.utf8.count + 3
      && long.hasPrefix(short)
  }

  private static func length(of names: some Collection<String>) -> Int {
    names.reduce(0) { $0 + $1.utf8.count }
  }

  /// Words of C and of English that say nothing of what a line is about.
  private static let common: Set<String> = [
    "if", "else", "return", "goto", "break", "continue", "while", "for", "do", "switch", "case",
    "default", "null", "unlikely", "likely", "int", "unsigned", "long", "char", "void", "struct",
    "static", "const", "bool", "true", "false", "u8", "u16", "u32", "u64", "size_t", "sizeof",
    "inline", "extern", "define", "include", "ifdef", "ifndef", "endif", "the", "an", "to", "of",
    "in", "on", "it", "is", "be", "are", "as", "at", "by", "or", "and", "not", "no", "we", "that",
    "this", "with", "from", "when", "until", "so", "may", "can",
  ]
}
