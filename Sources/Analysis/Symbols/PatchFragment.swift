// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import PatchFormat

/// The post-image of a hunk as C: which names its added lines use, and what it declares.
struct PatchFragment {
  /// A name that an added line uses.
  struct Use {
    var name: String
    var role: MissingSymbol.Role
    /// For a field: the variable before it, and the type where it is written there.
    var variable: String?
    var owner: String?
    /// The function or macro that it is an argument of, by itself.
    var argumentOf: String?
    /// The line of the post-image.
    var line: Int
  }

  let path: String
  /// In the order of the lines.
  private(set) var uses: [Use] = []
  /// The names that the hunk's lines declare or define, fields apart.
  private(set) var declared: Set<String> = []
  /// The fields that they declare.
  private(set) var declaredFields: Set<String> = []
  /// What macros outside of functions are called with.
  private(set) var macroArguments: Set<String> = []
  /// The tags of the types of the variables that they declare.
  private(set) var types: [String: String] = [:]

  init(_ hunk: Hunk, path: String) {
    self.path = path
    let lines = hunk.image(.added)
    var content: [UInt8] = []
    for line in lines { content += hunk.content(of: line) + [0x0A] }
    let words = Self.words(of: content)
    let declarations = Self.declarations(words)
    declared = declarations.names
    types = declarations.types
    let file = CSourceFile(content)
    for item in file.items {
      let name = file.name(of: item)
      if item.kind == .member { declaredFields.insert(name) } else { declared.insert(name) }
      if item.kind == .macroCall || item.kind == .function && item.isMadeByMacro {
        // Parameters of a system call are written without a declaration around them.
        let end = item.kind == .function ? item.bodyToken : item.endToken
        for token in file.tokens[Int(item.firstToken)..<Int(end)] where token.kind == .identifier {
          macroArguments.insert(file.text(of: token))
        }
      }
    }
    declared.formUnion(macroArguments.filter { !CSourceFile.keywords.contains($0) })
    // A hunk in the middle of a struct: what it declares are fields.
    let section = String(decoding: hunk.section, as: UTF8.self)
    let isInType = ["struct", "union", "typedef"].contains(where: section.hasPrefix)
    if file.functions.isEmpty, isInType || section.isEmpty {
      declaredFields.formUnion(declarations.names)
    }
    let callees = CWord.callees(words)
    for index in words.indices where words[index].isName {
      let word = words[index]
      guard word.line <= lines.count, lines[word.line - 1].kind == .added else { continue }
      if var use = Self.use(words, index, hunk.newStart + word.line - 1) {
        use.argumentOf = callees[index]
        uses.append(use)
      }
    }
    for (number, line) in lines.enumerated() where line.kind == .added {
      if let header = Self.header(String(decoding: hunk.content(of: line), as: UTF8.self)) {
        uses.append(Use(name: header, role: .header, line: hunk.newStart + number))
      }
    }
  }

  private static func header(_ line: String) -> String? {
    let words = line.drop { $0 == " " || $0 == "\t" }
    guard words.hasPrefix("#") else { return nil }
    let rest = words.dropFirst().drop { $0 == " " || $0 == "\t" }
    guard rest.hasPrefix("include") else { return nil }
    let name = rest.dropFirst(7).drop { $0 == " " || $0 == "\t" }
    guard let open = name.first, open == "<" || open == "\"" else { return nil }
    let close: Character = open == "<" ? ">" : "\""
    return name.dropFirst().firstIndex(of: close).map { String(name.dropFirst()[..<$0]) }
  }

  /// Words that are names of nothing in a tree.
  private static let builtins: Set<String> = [
    "NULL", "__func__", "__FUNCTION__", "__FILE__", "__LINE__", "__VA_ARGS__", "defined", "true",
    "false", "__VA_OPT__", "_Pragma", "__COUNTER__", "__has_attribute", "__has_builtin",
    "KBUILD_MODNAME", "KBUILD_BASENAME", "KBUILD_MODFILE",
  ]

  private static func use(_ words: [CWord], _ index: Int, _ line: Int) -> Use? {
    let name = words[index].text
    if CSourceFile.keywords.contains(name) || builtins.contains(name)
      || name.hasPrefix("__builtin_") || name.hasPrefix("CONFIG_") || name.hasPrefix("__GCC")
    {
      return nil
    }
    let before = index > 0 ? words[index - 1].text : ""
    let following = index + 1 < words.count ? words[index + 1].text : ""
    if before == "->" || before == "." {
      // Designated initializers have a type that is written far away.
      let variable = index > 1 && words[index - 2].isName ? words[index - 2].text : nil
      // a->b->c: the type of b is a different question.
      let isFirst = index < 3 || words[index - 3].text != "->" && words[index - 3].text != "."
      return Use(name: name, role: .field, variable: isFirst ? variable : nil, line: line)
    }
    if before == "struct" || before == "union" || before == "enum" {
      return Use(name: name, role: .type, line: line)
    }
    if before == "goto" || following == ":" && before != "?" && before != "case" { return nil }
    return Use(name: name, role: following == "(" ? .call : .name, line: line)
  }

  // MARK: Words

  /// The words of C text, those of directives included, with the lines of each.
  static func words(of bytes: [UInt8]) -> [CWord] {
    var tokens: [CToken] = []
    Lexer().tokens(of: bytes.span, into: &tokens)
    var words: [CWord] = []
    for token in tokens {
      if token.kind != .directive {
        words.append(
          CWord(
            text: String(decoding: bytes[token.range], as: UTF8.self), line: Int(token.line),
            isName: token.kind == .identifier))
        continue
      }
      let inside = Array(bytes[token.range])
      var parts: [CToken] = []
      Lexer().tokens(of: inside.span, line: Int(token.line), takesDirectives: false, into: &parts)
      var rest = parts.dropFirst()
      let directive = rest.popFirst().map { String(decoding: inside[$0.range], as: UTF8.self) }
      // Only what a macro expands to, and conditions, use names.
      guard let directive, ["define", "if", "elif", "ifdef", "ifndef"].contains(directive) else {
        continue
      }
      var parameters: Set<String> = []
      if directive == "define", let name = rest.popFirst() {
        if let open = rest.first, open.start == name.end, open.first == UInt8(ascii: "(") {
          while let parameter = rest.popFirst(), parameter.first != UInt8(ascii: ")") {
            parameters.insert(String(decoding: inside[parameter.range], as: UTF8.self))
          }
        }
      }
      if directive != "define" { continue }
      for part in rest {
        let text = String(decoding: inside[part.range], as: UTF8.self)
        words.append(
          CWord(
            text: text, line: Int(part.line),
            isName: part.kind == .identifier && !parameters.contains(text)))
      }
      words.append(CWord(text: ";", line: Int(token.line), isName: false))
    }
    return words
  }

  private static let qualifiers: Set<String> = [
    "const", "static", "register", "volatile", "unsigned", "signed", "long", "short", "extern",
    "inline", "__user", "__iomem", "__rcu", "__percpu", "__init", "__maybe_unused",
    "__always_unused", "__must_check", "__force",
  ]

  private static let builtinTypes: Set<String> = [
    "int", "char", "void", "float", "double", "bool", "_Bool", "long", "short", "unsigned",
    "signed",
  ]

  /// The names that words declare, and the tags of the structures among their types.
  static func declarations(_ words: [CWord]) -> (names: Set<String>, types: [String: String]) {
    var names: Set<String> = []
    var types: [String: String] = [:]
    var index = 0
    while index < words.count {
      let before = index > 0 ? words[index - 1].text : ";"
      if before == ";" || before == "{" || before == "}" || before == "(" || before == ","
        || before == ")" || before == ":"
      {
        declaration(words, index, isParameter: before == "(" || before == ",", &names, &types)
        if before != "(", before != "," {
          names.formUnion(declaredByMacro(words, index))
          // union { … } name;
          if before == "}", index + 1 < words.count, words[index].isName,
            [";", "=", ",", "["].contains(words[index + 1].text)
          {
            names.insert(words[index].text)
          }
          // A label.
          if index + 1 < words.count, words[index].isName, words[index + 1].text == ":" {
            names.insert(words[index].text)
          }
        }
      }
      index += 1
    }
    return (names, types)
  }

  /// `LIST_HEAD(list);`, `static DEFINE_MUTEX(lock);`: what a macro in capitals declares.
  private static func declaredByMacro(_ words: [CWord], _ start: Int) -> Set<String> {
    var at = start
    while at < words.count, qualifiers.contains(words[at].text) { at += 1 }
    guard at + 1 < words.count, words[at].isName, words[at + 1].text == "(",
      !words[at].text.contains(where: \.isLowercase),
      !["BUG", "WARN", "ASSERT", "CHECK"].contains(where: words[at].text.contains)
    else { return [] }
    var names: Set<String> = []
    var depth = 0
    for (index, word) in words[(at + 1)...].enumerated() {
      if word.text == "(" { depth += 1 }
      if word.text == ")" {
        depth -= 1
        if depth == 0 {
          let following = at + 1 + index + 1
          let isStatement = following < words.count && [";", "="].contains(words[following].text)
          return isStatement ? names : []
        }
      }
      // An argument that is a single name: an expression declares nothing.
      let position = at + 1 + index
      if word.isName, depth == 1, position + 1 < words.count,
        ["(", ","].contains(words[position - 1].text),
        [",", ")", "["].contains(words[position + 1].text)
      {
        names.insert(word.text)
      }
    }
    return []
  }

  private static func declaration(
    _ words: [CWord], _ start: Int, isParameter: Bool, _ names: inout Set<String>,
    _ types: inout [String: String]
  ) {
    var at = start
    var hasType = false
    var tag: String?
    while at < words.count {
      let text = words[at].text
      if text == "struct" || text == "union" || text == "enum" {
        guard at + 1 < words.count, words[at + 1].isName else { return }
        tag = text == "enum" ? nil : words[at + 1].text
        hasType = true
        at += 2
      } else if qualifiers.contains(text) || builtinTypes.contains(text) {
        hasType = hasType || builtinTypes.contains(text)
        at += 1
      } else {
        break
      }
    }
    if !hasType, at + 1 < words.count, ["typeof", "__typeof__"].contains(words[at].text),
      words[at + 1].text == "("
    {
      var depth = 0
      at += 1
      repeat {
        if words[at].text == "(" { depth += 1 }
        if words[at].text == ")" { depth -= 1 }
        at += 1
      } while depth > 0 && at < words.count
    } else if !hasType {
      // A typedef's name: then another name, or a star and a name.
      guard at < words.count, words[at].isName, !CSourceFile.keywords.contains(words[at].text)
      else {
        return
      }
      at += 1
    }
    while true {
      var stars = 0
      while at < words.count, words[at].text == "*" || qualifiers.contains(words[at].text) {
        if words[at].text == "*" { stars += 1 }
        at += 1
      }
      // (*name)(…)
      if at + 2 < words.count, words[at].text == "(", words[at + 1].text == "*",
        words[at + 2].isName
      {
        names.insert(words[at + 2].text)
        return
      }
      guard at < words.count, words[at].isName, !CSourceFile.keywords.contains(words[at].text)
      else {
        return
      }
      let name = words[at].text
      var following = at + 1 < words.count ? words[at + 1].text : ";"
      // Attributes after the name.
      if following.hasPrefix("__") { following = "=" }
      guard [";", "=", ",", "[", ")", ":"].contains(following) else { return }
      // a * b in the middle of an expression declares nothing: the type was a guess.
      names.insert(name)
      // Two variables with the same name and different types: the name alone is not enough.
      if let tag, stars <= 1 {
        types[name] = types[name].map { $0 == tag ? tag : "" } ?? tag
      } else {
        types[name] = ""
      }
      if isParameter { return }
      // On to the next declarator of the same declaration.
      var depth = 0
      at += 1
      while at < words.count {
        let text = words[at].text
        if text == "(" || text == "[" || text == "{" { depth += 1 }
        if text == ")" || text == "]" || text == "}" { depth -= 1 }
        if depth < 0 || depth == 0 && text == ";" { return }
        if depth == 0, text == "," { break }
        at += 1
      }
      at += 1
      if at >= words.count { return }
    }
  }
}
