// SPDX-License-Identifier: GPL-2.0-only

/// C text as one list of tokens, those inside of directives included: which names it declares and uses.
///
/// It may be a file or a part of one, such as the lines of a hunk.
package struct CText: Sendable {
  /// A function with a body.
  package struct Function: Sendable {
    /// The function as the outline has it.
    package var item: CItem
    /// Its lines, from 1.
    package var lines: ClosedRange<Int>
    /// Its words.
    package var words: Range<Int>
  }

  /// The text with its outline.
  package let source: CSourceFile
  /// Its words, in order.
  package let words: [CToken]
  /// The functions with a body, in their order.
  package let functions: [Function]

  /// Reads any text.
  package init(_ bytes: [UInt8]) {
    let source = CSourceFile(bytes)
    let directives = source.tokens.indices.filter {
      // A pattern, as the comparison of enums of another module is a call.
      if case .directive = source.tokens[$0].kind { true } else { false }
    }
    // How many words there are more than tokens, after each directive.
    var surplus: [Int] = []
    if directives.isEmpty {
      // The tokens are the words: a large file's are not copied.
      words = source.tokens
    } else {
      var words: [CToken] = []
      words.reserveCapacity(source.tokens.count + source.tokens.count / 8)
      let lexer = Lexer()
      var next = 0
      for index in directives {
        words += source.tokens[next..<index]
        lexer.words(of: source.tokens[index], in: bytes.span, into: &words)
        next = index + 1
        surplus.append(words.count - next)
      }
      words += source.tokens[next...]
      self.words = words
    }
    let count = words.count
    // Where the words of a token begin.
    func start(_ token: Int) -> Int {
      if token >= source.tokens.count { return count }
      var (low, high) = (0, directives.count)
      while low < high {
        let middle = (low + high) / 2
        if directives[middle] < token { low = middle + 1 } else { high = middle }
      }
      return token + (low == 0 ? 0 : surplus[low - 1])
    }
    functions = source.functions.map { item in
      Function(
        item: item, lines: item.lines,
        words: start(Int(item.firstToken))..<start(Int(item.endToken)))
    }
    self.source = source
  }

  // MARK: Words

  /// A word as in the file.
  package func text(_ index: Int) -> String { source.text(of: words[index]) }

  /// The line of a word, from 1.
  package func line(_ index: Int) -> Int { Int(words[index].line) }

  /// Whether a word is an identifier or a keyword.
  package func isName(_ index: Int) -> Bool {
    if case .identifier = words[index].kind { true } else { false }
  }

  /// The bracket, mark or operator of one sign that a word is; 0 for any other word.
  package func sign(_ index: Int) -> UInt8 {
    let word = words[index]
    guard word.end == word.start + 1, case .sign = word.kind else { return 0 }
    return word.first
  }

  /// Whether a word is one of some signs; false past the ends of the file.
  package func isSign(_ index: Int, _ signs: StaticString) -> Bool {
    guard words.indices.contains(index) else { return false }
    let sign = sign(index)
    if sign == 0 { return false }
    return signs.withUTF8Buffer { unsafe $0.contains(sign) }
  }

  /// Whether a word has a text.
  package func isWord(_ index: Int, _ text: StaticString) -> Bool {
    let word = words[index]
    guard word.range.count == text.utf8CodeUnitCount else { return false }
    let bytes = source.bytes.span
    return text.withUTF8Buffer { text in
      for offset in 0..<text.count {
        if unsafe text[offset] != bytes[Int(word.start) + offset] { return false }
      }
      return true
    }
  }

  /// Whether a word has a text.
  package func isWord(_ index: Int, _ text: [UInt8]) -> Bool {
    let range = words[index].range
    return range.count == text.count && source.bytes[range].elementsEqual(text)
  }

  /// Whether a word has one of some texts.
  package func isWord(_ index: Int, in texts: Set<String>) -> Bool {
    // No text of the sets is longer.
    words[index].range.count < 20 && texts.contains(text(index))
  }

  /// Whether a word is a keyword.
  package func isKeyword(_ index: Int) -> Bool { isWord(index, in: CSourceFile.keywords) }

  /// The name of a function.
  package func name(of function: Function) -> String { source.name(of: function.item) }

  /// The function with the same name as one of another file.
  package func function(like other: Function, of file: CText) -> Function? {
    let name = file.source.bytes[Int(other.item.nameStart)..<Int(other.item.nameEnd)]
    return functions.first {
      source.bytes[Int($0.item.nameStart)..<Int($0.item.nameEnd)].elementsEqual(name)
    }
  }

  /// The function that a line is in.
  package func function(at line: Int) -> Function? {
    functions.first { $0.lines.contains(line) }
  }

  /// The words with their texts.
  package var texts: [CWord] {
    words.indices.map {
      CWord(
        text: text($0), line: line($0), isName: isName($0), isInDirective: words[$0].isInDirective)
    }
  }

  /// Words that are names of nothing in a tree.
  package static func isBuiltIn(_ name: String) -> Bool {
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

  // MARK: Uses

  /// The word before one in the same statement or directive; nil at the edge between code and a directive, and
  /// at the start of the text.
  package func previous(_ index: Int) -> Int? {
    guard index > 0, words[index - 1].isInDirective == words[index].isInDirective else {
      return nil
    }
    return index - 1
  }

  /// For each word, whether it is code that the compiler can read: it is not in a directive, or it is in the
  /// body of a macro and none of the macro's parameters.
  package var isCode: [Bool] {
    var flags = [Bool](repeating: true, count: words.count)
    var start = 0
    while start < words.count {
      guard words[start].isInDirective else {
        start += 1
        continue
      }
      var end = start + 1
      while end < words.count, words[end].isInDirective,
        !(isSign(end, "#") && line(end - 1) < line(end))
      {
        end += 1
      }
      let body = macroBody(start..<end)
      for index in start..<body.first { flags[index] = false }
      if !body.parameters.isEmpty {
        for index in body.first..<end where body.parameters.contains(text(index)) {
          flags[index] = false
        }
      }
      start = end
    }
    return flags
  }

  /// Where the body of a macro's definition begins, and its parameters; the end for any other directive.
  private func macroBody(_ range: Range<Int>) -> (first: Int, parameters: Set<String>) {
    let name = range.lowerBound + 2
    guard name < range.upperBound, isSign(range.lowerBound, "#"), isWord(name - 1, "define") else {
      return (range.upperBound, [])
    }
    // Parameters follow the name without a blank.
    let open = name + 1
    guard open < range.upperBound, isSign(open, "("), words[open].start == words[name].end else {
      return (open, [])
    }
    let close = (open..<range.upperBound).first { isSign($0, ")") } ?? range.upperBound
    return (min(close + 1, range.upperBound), Set((open..<close).map(text)))
  }

  // MARK: Declarations

  /// The names that are declared among some words, by their types or by macros.
  package func declared(in range: Range<Int>) -> Set<String> {
    var names: Set<String> = []
    for index in range where isDeclared(at: index) { names.insert(text(index)) }
    return names.union(declaredByMacros(in: range))
  }

  /// The names that macros declare: `LIST_HEAD(list)`, `DEFINE_PER_CPU(int, x)`.
  private func declaredByMacros(in range: Range<Int>) -> Set<String> {
    var names: Set<String> = []
    for index in range.dropLast() where isName(index) && isSign(index + 1, "(") {
      guard declares(source.bytes[words[index].range]) else { continue }
      var at = index + 2
      var depth = 1
      while at < range.upperBound, depth > 0 {
        if isSign(at, "(") { depth += 1 }
        if isSign(at, ")") { depth -= 1 }
        if isName(at), depth == 1 { names.insert(text(at)) }
        at += 1
      }
    }
    return names
  }

  /// Whether a name is that of a macro that declares something.
  private func declares(_ macro: ArraySlice<UInt8>) -> Bool {
    let isLower = macro.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    return !isLower
      && Self.declaringWords.contains { word in
        macro.indices.contains { macro[$0...].starts(with: word) }
      }
  }

  private static let declaringWords = [
    "DEFINE", "DECLARE", "_HEAD", "DEF_", "ON_STACK", "ONSTACK",
  ].map { Array($0.utf8) }

  /// The tags of the structures and unions that declared variables have, by the variables' names; an empty
  /// tag for a variable of another type, or of several.
  package func tags() -> [String: String] {
    var tags: [String: String] = [:]
    for index in words.indices where !words[index].isInDirective && isDeclared(at: index) {
      let tag = tag(ofDeclaredAt: index)
      tags[text(index), default: tag] = tags[text(index), default: tag] == tag ? tag : ""
    }
    return tags
  }

  /// The tag in the declaration of a variable, or of a pointer to one; empty where there is none.
  private func tag(ofDeclaredAt index: Int) -> String {
    var at = index - 1
    var stars = 0
    while at > 0, isSign(at, "*") || isWord(at, "const") || hasTwoUnderscores(at) {
      if isSign(at, "*") { stars += 1 }
      at -= 1
    }
    if stars > 1 { return "" }
    if isSign(at, ",") {
      // A further declarator: the type is at the beginning of the statement.
      while at > 0, !isSign(at - 1, ";{}") { at -= 1 }
      while at + 1 < words.count, isWord(at, in: Self.typeWords), !isWord(at, in: Self.tagWords) {
        at += 1
      }
      at += 1
    }
    guard at > 0, at < words.count, isName(at), isWord(at - 1, in: ["struct", "union"]) else {
      return ""
    }
    return text(at)
  }

  /// The names on some lines of a part of a file that may be those of an enum: each begins a line, outside
  /// of parentheses, and a comma, a value or the end of the enum follows.
  package func enumerators(on lines: Set<Int>) -> Set<String> {
    var names: Set<String> = []
    var depth = 0
    for index in words.indices {
      if isSign(index, "(") { depth += 1 }
      // A part of a file may begin in the middle of a call.
      if isSign(index, ")") { depth = max(0, depth - 1) }
      let isFirst = index == 0 || line(index - 1) < line(index)
      guard isName(index), depth == 0, isFirst, lines.contains(line(index)),
        !words[index].isInDirective, isSign(index + 1, ",=}"),
        index == 0 || isSign(index - 1, ",{") || words[index - 1].isInDirective
      else { continue }
      names.insert(text(index))
    }
    return names
  }

  private static let typeWords: Set<String> = [
    "int", "char", "void", "float", "double", "long", "short", "unsigned", "signed", "const",
    "static", "register", "volatile", "extern", "inline", "struct", "union", "enum", "_Bool",
    "auto", "__signed__", "__const", "__inline", "__inline__", "__volatile__", "typedef",
  ]
  private static let tagWords: Set<String> = ["struct", "union", "enum"]
  private static let valueWords: Set<String> = ["return", "case", "else", "sizeof"]

  /// Whether the word at an index is being declared: a type is before it, and what follows a
  /// declared name is after it.
  package func isDeclared(at index: Int) -> Bool {
    guard isName(index), let before = previous(index) else { return false }
    if isWord(before, "define") { return true }
    let isLast = index + 1 == words.count
    guard isLast || isSign(index + 1, ";=,[)(:{") || hasTwoUnderscores(index + 1) else {
      return false
    }
    if isName(before) {
      // `return x`, `else f()`, `goto out` and `case X` are none; `int x`, `u8 x`, `struct a x` are.
      if !isKeyword(before) { return true }
      return isWord(before, in: Self.tagWords)
        ? isSign(index + 1, "{") : isWord(before, in: Self.typeWords)
    }
    if isSign(before, "}") { return !isSign(index + 1, "(:") }
    if isSign(before, ",") { return isFurtherDeclarator(at: index) }
    // (*name)(…)
    guard isSign(before, "*") else { return false }
    var at = before
    while at > 0, isSign(at, "*") { at -= 1 }
    if isSign(at, "(") { return isSign(index + 1, ")") }
    if isSign(at, ",") { return isFurtherDeclarator(at: at + 1) }
    guard isName(at) else { return false }
    if isWord(at, "const") || hasTwoUnderscores(at) { return true }
    if at == 0 { return true }
    if isName(at - 1) { return !isWord(at - 1, in: Self.valueWords) }
    return isSign(at - 1, ";{}(,):")
  }

  private func hasTwoUnderscores(_ index: Int) -> Bool {
    let word = words[index]
    return word.first == UInt8(ascii: "_") && word.range.count > 1
      && source.bytes[Int(word.start) + 1] == UInt8(ascii: "_")
  }

  /// Whether a name after a comma continues a declaration: the statement begins with one.
  private func isFurtherDeclarator(at index: Int) -> Bool {
    var at = index - 1
    var depth = 0
    while at >= 0 {
      switch sign(at) {
      case UInt8(ascii: ")"), UInt8(ascii: "]"): depth += 1
      case UInt8(ascii: "("), UInt8(ascii: "["):
        depth -= 1
        // Inside of a call's parentheses.
        if depth < 0 { return false }
      case UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"):
        if depth == 0 { return begins(at + 1) }
      default: break
      }
      at -= 1
      if index - at > 200 { return false }
    }
    return begins(0)
  }

  /// Whether a statement begins with a declaration: two names in a row, or a name, a star and a name.
  private func begins(_ start: Int) -> Bool {
    var at = start
    var count = 0
    while at < words.count, isName(at) || isSign(at, "*") {
      if isName(at) {
        if isKeyword(at), !isWord(at, in: Self.typeWords) { return false }
        count += 1
      }
      at += 1
    }
    return count >= 2
  }
}
