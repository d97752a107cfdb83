// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// A C file of a result, with its words in a row: those of directives taken apart.
struct ResultFile {
  let source: CSourceFile
  let words: [CWord]
  /// The words of each function with a body, by its name.
  let functions: [(name: String, lines: ClosedRange<Int>, words: Range<Int>)]
  /// Every name in it.
  let names: Set<String>

  init(_ bytes: [UInt8]) {
    let source = CSourceFile(bytes)
    var words: [CWord] = []
    // Where the words of each token begin.
    var starts: [Int] = []
    for token in source.tokens {
      starts.append(words.count)
      if token.kind != .directive {
        words.append(
          CWord(
            text: source.text(of: token), line: Int(token.line),
            isName: token.kind == .identifier, isInDirective: false))
        continue
      }
      let inside = Array(bytes[token.range])
      var parts: [CToken] = []
      Lexer().tokens(of: inside.span, line: Int(token.line), takesDirectives: false, into: &parts)
      for part in parts {
        words.append(
          CWord(
            text: String(decoding: inside[part.range], as: UTF8.self), line: Int(part.line),
            isName: part.kind == .identifier, isInDirective: true))
      }
    }
    starts.append(words.count)
    functions = source.functions.map { item in
      (
        source.name(of: item), item.lines,
        starts[Int(item.firstToken)]..<starts[min(Int(item.endToken), starts.count - 1)]
      )
    }
    names = Set(words.lazy.filter(\.isName).map(\.text))
    self.source = source
    self.words = words
  }

  /// The function that a line is in.
  func function(at line: Int) -> (name: String, lines: ClosedRange<Int>, words: Range<Int>)? {
    functions.first { $0.lines.contains(line) }
  }

  /// Words that are names of nothing in a tree.
  static func isBuiltIn(_ name: String) -> Bool {
    builtIns.contains(name) || CSourceFile.keywords.contains(name)
      || name.hasPrefix("__builtin_") || name.hasPrefix("CONFIG_") || name.hasPrefix("__GCC")
  }

  private static let builtIns: Set<String> = [
    "NULL", "__func__", "__FUNCTION__", "__FILE__", "__LINE__", "__VA_ARGS__", "defined", "true",
    "false", "__VA_OPT__", "_Pragma", "__COUNTER__", "__has_attribute", "__has_builtin", "bool",
    "KBUILD_MODNAME", "KBUILD_BASENAME", "KBUILD_MODFILE", "va_list", "va_start", "va_end",
    "va_arg",
    "va_copy", "size_t", "current", "__attribute", "L", "U", "UL", "__asm", "__KERNEL__", "likely",
    "unlikely",
  ]

  /// The names that macros declare: `LIST_HEAD(list)`, `DEFINE_PER_CPU(int, x)`.
  func declaredByMacros(in range: Range<Int>) -> Set<String> {
    var names: Set<String> = []
    for index in range.dropLast() where words[index].isName && words[index + 1].text == "(" {
      let macro = words[index].text
      guard !macro.contains(where: \.isLowercase),
        ["DEFINE", "DECLARE", "_HEAD", "DEF_"].contains(where: macro.contains)
      else { continue }
      var at = index + 2
      var depth = 1
      while at < range.upperBound, depth > 0 {
        if words[at].text == "(" { depth += 1 }
        if words[at].text == ")" { depth -= 1 }
        if words[at].isName, depth == 1 { names.insert(words[at].text) }
        at += 1
      }
    }
    return names
  }

  /// The names on some lines of a part of a file that may be those of an enum: each begins a line, outside
  /// of parentheses, and a comma, a value or the end of the enum follows.
  func enumerators(on lines: Set<Int>) -> Set<String> {
    var names: Set<String> = []
    var depth = 0
    for (index, word) in words.enumerated() {
      if word.text == "(" { depth += 1 }
      if word.text == ")" { depth -= 1 }
      let isFirst = index == 0 || words[index - 1].line < word.line
      guard word.isName, depth <= 0, isFirst, lines.contains(word.line), !word.isInDirective,
        index + 1 < words.count, [",", "=", "}"].contains(words[index + 1].text),
        index == 0 || [",", "{"].contains(words[index - 1].text) || words[index - 1].isInDirective
      else { continue }
      names.insert(word.text)
    }
    return names
  }

  private static let typeWords: Set<String> = [
    "int", "char", "void", "float", "double", "long", "short", "unsigned", "signed", "const",
    "static", "register", "volatile", "extern", "inline", "struct", "union", "enum", "_Bool",
    "auto", "__signed__", "__const", "__inline", "__inline__", "__volatile__", "typedef",
  ]

  /// Whether the word at a position is being declared: a type is before it, and what follows a
  /// declared name is after it.
  func isDeclared(at index: Int) -> Bool { Self.isDeclared(words, at: index) }

  static func isDeclared(_ words: [CWord], at index: Int) -> Bool {
    guard words[index].isName, index > 0 else { return false }
    let before = words[index - 1]
    if before.text == "define" { return true }
    let following = index + 1 < words.count ? words[index + 1].text : ";"
    guard [";", "=", ",", "[", ")", "(", ":", "{"].contains(following) || following.hasPrefix("__")
    else { return false }
    if before.isName {
      // `return x`, `else f()`, `goto out` and `case X` are none; `int x`, `u8 x`, `struct a x` are.
      return !CSourceFile.keywords.contains(before.text)
        || typeWords.contains(before.text)
          && !["struct", "union", "enum"].contains(before.text)
        || ["struct", "union", "enum"].contains(before.text) && following == "{"
    }
    if before.text == "}" { return following != "(" && following != ":" }
    if before.text == "," { return isFurtherDeclarator(words, at: index) }
    guard before.text == "*" else {
      // (*name)(…)
      return false
    }
    var at = index - 1
    while at > 0, words[at].text == "*" { at -= 1 }
    if words[at].text == "(" { return following == ")" }
    if words[at].text == "," { return isFurtherDeclarator(words, at: at + 1) }
    guard words[at].isName else { return false }
    if words[at].text == "const" || words[at].text.hasPrefix("__") { return true }
    let type =
      at > 0 ? words[at - 1] : CWord(text: ";", line: 0, isName: false, isInDirective: false)
    if type.isName { return !["return", "case", "else", "sizeof"].contains(type.text) }
    return [";", "{", "}", "(", ",", ")", ":"].contains(type.text)
  }

  /// Whether a name after a comma continues a declaration: the statement begins with one.
  private static func isFurtherDeclarator(_ words: [CWord], at index: Int) -> Bool {
    var at = index - 1
    var depth = 0
    while at >= 0 {
      switch words[at].text {
      case ")", "]": depth += 1
      case "(", "[":
        depth -= 1
        // Inside of a call's parentheses.
        if depth < 0 { return false }
      case ";", "{", "}":
        if depth == 0 { return begins(words, at + 1) }
      default: break
      }
      at -= 1
      if index - at > 200 { return false }
    }
    return begins(words, 0)
  }

  /// Whether a statement begins with a declaration: two names in a row, or a name, a star and a name.
  private static func begins(_ words: [CWord], _ start: Int) -> Bool {
    var at = start
    var count = 0
    while at < words.count, words[at].isName || words[at].text == "*" {
      if words[at].isName {
        if CSourceFile.keywords.contains(words[at].text), !typeWords.contains(words[at].text) {
          return false
        }
        count += 1
      }
      at += 1
    }
    return count >= 2
  }
}
