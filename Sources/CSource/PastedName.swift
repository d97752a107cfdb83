// SPDX-License-Identifier: GPL-2.0-only

/// A name that a macro forms with `##` from one of its parameters: the text before and
/// after it, as `trace_` and nothing in `trace_##name`.
package struct PastedName: Hashable, Sendable {
  package var prefix: String
  package var suffix: String

  /// The pattern as it is kept: `trace_*`.
  package var text: String { "\(prefix)*\(suffix)" }

  package init(prefix: String, suffix: String) {
    self.prefix = prefix
    self.suffix = suffix
  }

  /// Nil if the text is not a pattern.
  package init?(_ text: String) {
    let parts = text.split(separator: "*" as Character, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    self.init(prefix: String(parts[0]), suffix: String(parts[1]))
  }

  /// The parameter that a name would be made with; nil where the name has another form, or where the
  /// pattern says too little.
  package func argument(in name: String) -> String? {
    guard prefix.count + suffix.count >= 3, name.count > prefix.count + suffix.count,
      name.hasPrefix(prefix), name.hasSuffix(suffix)
    else { return nil }
    return String(name.dropFirst(prefix.count).dropLast(suffix.count))
  }

  /// The names that a macro puts together.
  package static func patterns(of file: CSourceFile, _ macro: CItem) -> [PastedName] {
    let token = file.tokens[Int(macro.firstToken)]
    let span = file.bytes.span
    var hasPaste = false
    for index in Int(macro.nameEnd)..<max(Int(macro.nameEnd), Int(token.end) - 1)
    where unsafe span[unchecked: index] == 0x23
      || span[unchecked: index] == UInt8(ascii: "f")
        && span[unchecked: index + 1] == UInt8(ascii: "y")
    {
      hasPaste = true
      break
    }
    guard hasPaste, file.bytes[Int(macro.nameEnd)] == UInt8(ascii: "(") else { return [] }
    var tokens: [CToken] = []
    let inside = Array(file.bytes[Int(macro.nameEnd)..<Int(token.end)])
    Lexer().tokens(of: inside.span, takesDirectives: false, into: &tokens)
    let words = tokens.map { String(decoding: inside[$0.range], as: UTF8.self) }
    guard let close = words.firstIndex(of: ")") else { return [] }
    let parameters = Set(words[..<close].filter { $0 != "(" && $0 != "," })
    // What is pasted or made a text of need be no name: the macro is remembered by an empty pattern.
    let isPasting = words.indices.contains { position in
      guard position > close, parameters.contains(words[position]) else { return false }
      let before = words[position - 1]
      return before == "#" || before == "##"
        || position + 1 < words.count && words[position + 1] == "##"
        || before == "(" && words[position - 2] == "__stringify"
    }
    let chains = chains(words, close, parameters)
    return isPasting ? [PastedName(prefix: "", suffix: "")] + chains : chains
  }

  private static func chains(
    _ words: [String], _ close: Int, _ parameters: Set<String>
  ) -> [PastedName] {
    var patterns: Set<PastedName> = []
    var index = close + 1
    while index < words.count {
      guard index + 1 < words.count, words[index + 1] == "##" else {
        index += 1
        continue
      }
      // A chain a ## b ## c: one parameter in it is what varies.
      let before = words[index - 1]
      let beginsBody = index == close + 1
      var chain = [words[index]]
      while index + 2 < words.count, words[index + 1] == "##" {
        chain.append(words[index + 2])
        index += 2
      }
      index += 1
      // Only where the name is defined: a type comes before it, and it is not used.
      let following = index < words.count ? words[index] : ";"
      let isDefined =
        (beginsBody || before == "*" || before.first.map { $0.isLetter || $0 == "_" } ?? false)
        && !["return", "goto", "case", "else"].contains(before)
        && ["(", "[", "=", ";", ",", "\\"].contains(following)
      guard isDefined else { continue }
      for position in chain.indices where parameters.contains(chain[position]) {
        let before = chain[..<position]
        let following = chain[(position + 1)...]
        if before.contains(where: parameters.contains)
          || following.contains(where: parameters.contains)
        {
          continue
        }
        patterns.insert(PastedName(prefix: before.joined(), suffix: following.joined()))
      }
    }
    return patterns.filter { $0.prefix.count + $0.suffix.count >= 3 }
      .sorted { $0.text < $1.text }
  }
}
