// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import TextAlign

/// The names that the target's function has in place of names of a hunk's own, such as those of locals.
///
/// A name counts if two lines or more of the hunk are in the target with the same other name instead, none
/// contradicts, the target's function does not have the hunk's name, and the hunk not the target's.
struct LocalNames {
  /// So many lines have to show a name.
  private static let fewestWitnesses = 2

  /// The target's names by the hunk's.
  let replacements: [String: String]

  /// Learns from the lines of a hunk; nil where no name differs.
  init?(_ hunk: HunkText, expected: Int, on target: TargetText) {
    let found = target.alignments(of: hunk.base, expected: expected).first
    guard let found, let span = found.span else { return nil }
    let own = target.words(around: span)
    let mine = Set((hunk.base + hunk.result).flatMap { Words($0.bytes).texts })
    var names: [String: String] = [:]
    for (from, to) in NameMap.pairs(hunk.base, found.partners, in: target) {
      guard to.count == 1, let (name, lines) = to.first, lines >= Self.fewestWitnesses,
        name != from, !own.contains(from), !mine.contains(name)
      else { continue }
      let text = String(decoding: from, as: UTF8.self)
      if !CText.isBuiltIn(text) { names[text] = String(decoding: name, as: UTF8.self) }
    }
    if names.isEmpty { return nil }
    replacements = names
  }

  /// A hunk with the target's names in all of its lines, where they can be names of variables: not in texts in
  /// quotes, as fields, or as labels.
  func applied(to hunk: HunkText) -> HunkText {
    hunk.mapped { line in LineText(renamed(line.bytes)) }
  }

  private func renamed(_ line: some Collection<UInt8>) -> [UInt8] {
    let words = Words(line)
    var renamed: [UInt8] = []
    var quote: UInt8?
    var isEscaped = false
    // The words right before this one, without blanks.
    var last: [UInt8] = []
    for (text, kind) in zip(words.texts, words.kinds) {
      let sign = kind == .sign ? text.first : nil
      if quote != nil {
        renamed += text
        if !isEscaped, sign == quote { quote = nil }
        isEscaped = !isEscaped && sign == UInt8(ascii: "\\")
        continue
      }
      if sign == UInt8(ascii: "\"") || sign == UInt8(ascii: "'") { quote = sign }
      let isField = last.suffix(1) == Array(".".utf8) || last.suffix(2) == Array("->".utf8)
      if kind == .name, !isField, last != Array("goto".utf8),
        let name = replacements[String(decoding: text, as: UTF8.self)]
      {
        renamed += name.utf8
      } else {
        renamed += text
      }
      if kind == .name { last = Array(text) }
      if kind == .sign { last = last.suffix(1) + text }
    }
    return renamed
  }
}
