// SPDX-License-Identifier: GPL-2.0-only

/// The names of parameters in declarations: they are of no concern to callers.
package enum ParameterNames {
  /// Words that follow a parameter's name.
  private static let annotations: Set<String> = [
    "__maybe_unused", "__always_unused", "__unused",
  ]
  /// Words that are a type without a name, or a part of one.
  private static let typeWords: Set<String> = [
    "void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "bool",
    "_Bool",
  ]
  /// Words that a type can begin with and that are none.
  private static let qualifiers: Set<String> = [
    "const", "volatile", "register", "restrict", "__restrict",
  ]

  /// A declaration without the names of its parameters, and of the parameters of these.
  ///
  /// - Parameter depth: how many parentheses are around it; more than C has in use are left as they are.
  package static func removed(from words: [String], depth: Int = 0) -> [String] {
    if depth > 32 { return words }
    var kept: [String] = []
    var index = 0
    while index < words.count {
      guard words[index] == "(" else {
        kept.append(words[index])
        index += 1
        continue
      }
      let end = closing(index, words)
      let inside = Array(words[(index + 1)..<end])
      // Of a declarator, as in `(*name)(int a)`, or a list of parameters.
      let isDeclarator = inside.first == "*" || inside.first == "^"
      kept.append("(")
      if isDeclarator {
        kept += removed(from: inside, depth: depth + 1)
      } else {
        let parameters = split(inside).map { parameter($0, depth) }
        kept += Array(parameters.joined(separator: [","]))
      }
      if end < words.count { kept.append(")") }
      index = end + 1
    }
    return kept
  }

  /// The position of the parenthesis that closes one, or the end.
  private static func closing(_ open: Int, _ words: [String]) -> Int {
    var depth = 0
    for index in open..<words.count {
      if words[index] == "(" { depth += 1 }
      if words[index] == ")" { depth -= 1 }
      if depth == 0 { return index }
    }
    return words.count
  }

  private static func split(_ words: [String]) -> [[String]] {
    var parts: [[String]] = [[]]
    var depth = 0
    for word in words {
      if word == "(" || word == "[" || word == "{" { depth += 1 }
      if word == ")" || word == "]" || word == "}" { depth -= 1 }
      if word == ",", depth == 0 {
        parts.append([])
      } else {
        parts[parts.count - 1].append(word)
      }
    }
    return parts
  }

  private static func parameter(_ words: [String], _ depth: Int) -> [String] {
    var words = words
    while let last = words.last, annotations.contains(last) { words.removeLast() }
    // `int (*name)(long b)`: the name is in the declarator.
    if let open = words.firstIndex(of: "("), open + 1 < words.count, words[open + 1] == "*" {
      let end = closing(open, words)
      if let name = words[open..<end].lastIndex(where: isName), !isTag(name, words) {
        words.remove(at: name)
      }
      return removed(from: words, depth: depth + 1)
    }
    var end = words.count
    while end > 0, words[end - 1] == "]" {
      guard let open = words[..<end].lastIndex(of: "[") else { return words }
      end = open
    }
    guard end > 0, isName(words[end - 1]), !isTag(end - 1, words),
      words[..<(end - 1)].contains(where: { isName($0) || typeWords.contains($0) })
    else { return words }
    words.remove(at: end - 1)
    return words
  }

  private static func isName(_ word: String) -> Bool {
    guard let first = word.unicodeScalars.first, first.properties.isAlphabetic || first == "_"
    else { return false }
    return !typeWords.contains(word) && !qualifiers.contains(word)
      && !["struct", "union", "enum"].contains(word)
  }

  /// Whether a word is the name of a struct, union or enum.
  private static func isTag(_ index: Int, _ words: [String]) -> Bool {
    index > 0 && ["struct", "union", "enum"].contains(words[index - 1])
  }
}
