// SPDX-License-Identifier: GPL-2.0-only

extension CSourceFile {
  /// The words of an item: its tokens, directives taken apart, comments and spacing left out.
  package func words(of item: CItem) -> [String] { words(in: item.tokens) }

  /// The words of a range of tokens.
  package func words(in range: Range<Int>) -> [String] {
    var words: [String] = []
    for token in tokens[range] {
      if token.kind != .directive {
        words.append(text(of: token))
        continue
      }
      let inside = Array(bytes[token.range])
      var parts: [CToken] = []
      Lexer().tokens(of: inside.span, takesDirectives: false, into: &parts)
      words += parts.map { String(decoding: inside[$0.range], as: UTF8.self) }
    }
    return words
  }

  /// The identifiers that an item uses, keywords included, each with its first line.
  public func identifiers(of item: CItem) -> [(name: String, line: Int)] {
    var seen: Set<String> = []
    return tokens[item.tokens].filter { $0.kind == .identifier }.compactMap { token in
      let name = text(of: token)
      return seen.insert(name).inserted ? (name, Int(token.line)) : nil
    }
  }

  /// The names before parentheses in an item's body: what it calls, macros included.
  public func calls(of item: CItem) -> [String] {
    var seen: Set<String> = []
    var calls: [String] = []
    let body = max(Int(item.bodyToken), Int(item.firstToken))..<Int(item.endToken)
    for index in body where tokens[index].kind == .identifier && index + 1 < body.upperBound {
      guard tokens[index + 1].kind == .sign, tokens[index + 1].first == UInt8(ascii: "(") else {
        continue
      }
      let name = text(of: tokens[index])
      if !Self.keywords.contains(name), seen.insert(name).inserted { calls.append(name) }
    }
    return calls
  }

  /// The keywords of C that are not names.
  package static let keywords: Set<String> = [
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict",
    "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union",
    "unsigned", "void", "volatile", "while", "_Bool", "_Static_assert", "typeof", "__typeof__",
    "asm", "__asm__", "__attribute__", "__inline", "__inline__", "_Alignof", "__alignof__",
    "_Generic", "__extension__", "__signed__", "__volatile__", "__const", "__restrict",
  ]
}

/// The tokens of a function as lines that can be compared: one line for each statement.
package struct StatementLines: Sendable, Hashable {
  /// The lines, without newlines.
  package let lines: [String]

  /// Sets tokens in lines: a new one after each `;`, `{` and `}` outside of parentheses.
  package init(_ words: [String]) {
    var lines: [String] = []
    var line: [String] = []
    var depth = 0
    for word in words {
      line.append(word)
      switch word {
      case "(": depth += 1
      case ")": depth -= 1
      case ";" where depth <= 0, "{", "}":
        lines.append(line.joined(separator: " "))
        line = []
      default: break
      }
    }
    if !line.isEmpty { lines.append(line.joined(separator: " ")) }
    self.lines = lines
  }
}
