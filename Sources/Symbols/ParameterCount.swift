// SPDX-License-Identifier: GPL-2.0-only

package import CSource

/// How many arguments a function or a macro takes.
package struct ParameterCount: Sendable, Hashable {
  /// The fixed ones.
  package var fixed: Int
  /// Whether more may follow.
  package var isVariadic: Bool

  /// Whether a call with so many arguments fits.
  package func takes(_ arguments: Int) -> Bool {
    isVariadic ? arguments >= fixed : arguments == fixed
  }

  /// The parameters of a function, a prototype, or a macro that has some; nil for anything else.
  package init?(of item: CItem, in file: CSourceFile) {
    switch item.kind {
    case .function where !item.isMadeByMacro, .prototype:
      guard
        let open = file.tokens[item.tokens].firstIndex(where: {
          $0.start >= item.nameEnd && $0.kind == .sign
            && file.bytes[Int($0.start)] == UInt8(ascii: "(")
        })
      else { return nil }
      self.init(file.tokens[open..<Int(item.endToken)].map { file.text(of: $0) })
    case .macro:
      guard Int(item.nameEnd) < file.bytes.count,
        file.bytes[Int(item.nameEnd)] == UInt8(ascii: "(")
      else { return nil }
      self.init(Self.words(after: item, in: file).map { file.text(of: $0) })
    default: return nil
    }
  }

  /// Counts what is between the first parenthesis and its partner.
  private init?(_ words: [String]) {
    guard words.first == "(" else { return nil }
    var depth = 0
    var parts: [[String]] = [[]]
    scan: for word in words {
      switch word {
      case "(", "[", "{":
        depth += 1
        if depth > 1 { parts[parts.count - 1].append(word) }
      case ")", "]", "}":
        depth -= 1
        if depth == 0 { break scan }
        parts[parts.count - 1].append(word)
      case "," where depth == 1: parts.append([])
      default: parts[parts.count - 1].append(word)
      }
    }
    guard depth == 0 else { return nil }
    isVariadic = parts.last?.contains("...") ?? false
    if isVariadic { parts.removeLast() }
    fixed = parts == [[]] || parts == [["void"]] ? 0 : parts.count
  }

  /// The words of a macro after its name.
  private static func words(after macro: CItem, in file: CSourceFile) -> [CToken] {
    var words: [CToken] = []
    Lexer().words(of: file.tokens[Int(macro.firstToken)], in: file.bytes.span, into: &words)
    return words.filter { $0.start >= macro.nameEnd }
  }

  // MARK: Definitions

  /// What a file defines or declares under a name outside of functions and types.
  struct Definitions: Sendable {
    /// The parameters of the functions and macros of that name.
    var counts: [ParameterCount] = []
    /// Whether it is the name of a variable, or of a macro without parameters, whose text may be a
    /// function's name: it may be called with any arguments.
    var isOpen = false

    /// Whether a call with so many arguments fits one of them.
    func take(_ arguments: Int) -> Bool { isOpen || counts.contains { $0.takes(arguments) } }
  }

  /// What a file defines or declares under a name outside of functions and types; nil where it defines no
  /// such name.
  static func definitions(of name: SearchedName, in file: CSourceFile) -> Definitions? {
    var found: Definitions?
    // Tags and fields have a space of names of their own.
    for item in file.items
    where ![.member, .structure, .union, .enumeration].contains(item.kind) {
      if file.bytes[Int(item.nameStart)..<Int(item.nameEnd)].elementsEqual(name.bytes) {
        var definitions = found ?? Definitions()
        if let count = ParameterCount(of: item, in: file) {
          definitions.counts.append(count)
        } else if item.kind == .macro || item.kind == .variable {
          definitions.isOpen = true
        }
        found = definitions
      }
      if item.kind == .macroCall,
        arguments(of: item, in: file).contains(where: {
          file.bytes[$0.range].elementsEqual(name.bytes)
        })
      {
        found = found ?? Definitions()
      }
    }
    return found
  }

  /// The names that are arguments of a macro: `DECLARE_PER_CPU(int, x)` may declare each of them.
  private static func arguments(of call: CItem, in file: CSourceFile) -> [CToken] {
    var depth = 0
    return file.tokens[call.tokens].filter { token in
      if token.kind == .sign, token.first == UInt8(ascii: "(") { depth += 1 }
      if token.kind == .sign, token.first == UInt8(ascii: ")") { depth -= 1 }
      return token.kind == .identifier && depth == 1
    }
  }

  /// What the macros of a name do with what they are called with.
  ///
  /// - Returns: whether one of them joins it with something, or makes a text of it; and the macros that
  ///   those with parameters call.
  static func pasting(
    of name: SearchedName, in file: CSourceFile
  ) -> (pastes: Bool, calls: [SearchedName]) {
    var calls: [SearchedName] = []
    for macro in file.items
    where macro.kind == .macro
      && file.bytes[Int(macro.nameStart)..<Int(macro.nameEnd)].elementsEqual(name.bytes)
    {
      if !PastedName.patterns(of: file, macro).isEmpty { return (true, []) }
      guard ParameterCount(of: macro, in: file) != nil else { continue }
      let words = words(after: macro, in: file)
      for (word, next) in zip(words, words.dropFirst())
      where word.kind == .identifier && next.kind == .sign && next.first == UInt8(ascii: "(") {
        calls.append(SearchedName(file.text(of: word)))
      }
    }
    return (false, calls)
  }
}
