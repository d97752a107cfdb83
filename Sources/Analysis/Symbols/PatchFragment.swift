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
    /// For a header: the include that names it.
    var include: CInclude?
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
    let text = CText(content)
    let file = text.source
    let names = text.declared(in: text.words.indices)
    declared = names
    types = text.tags()
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
      declaredFields.formUnion(names)
    }
    let callees = CWord.callees(text.texts)
    let isCode = text.isCode
    for index in text.words.indices where text.isName(index) && isCode[index] {
      let line = text.line(index)
      guard line <= lines.count, lines[line - 1].kind == .added else { continue }
      if var use = Self.use(text, index, hunk.newStart + line - 1) {
        use.argumentOf = callees[index]
        uses.append(use)
      }
    }
    for (number, line) in lines.enumerated() where line.kind == .added {
      if let include = CInclude(hunk.content(of: line)[...]) {
        uses.append(
          Use(name: include.name, role: .header, include: include, line: hunk.newStart + number))
      }
    }
  }

  private static func use(_ text: CText, _ index: Int, _ line: Int) -> Use? {
    let name = text.text(index)
    if CText.isBuiltIn(name) { return nil }
    let before = text.previous(index)
    if let before, text.isWord(before, "->") || text.isSign(before, ".") {
      // Designated initializers have a type that is written far away.
      let variable = text.previous(before).flatMap { text.isName($0) ? $0 : nil }
      // a->b->c: the type of b is a different question.
      let outer = variable.flatMap { text.previous($0) }
      let isFirst = outer.map { !text.isWord($0, "->") && !text.isSign($0, ".") } ?? true
      return Use(
        name: name, role: .field, variable: isFirst ? variable.map { text.text($0) } : nil,
        line: line)
    }
    if let before, text.isWord(before, in: ["struct", "union", "enum"]) {
      return Use(name: name, role: .type, line: line)
    }
    if let before, text.isWord(before, "goto") { return nil }
    // A label.
    if text.isSign(index + 1, ":"),
      !(before.map { text.isSign($0, "?") || text.isWord($0, "case") } ?? false)
    {
      return nil
    }
    return Use(name: name, role: text.isSign(index + 1, "(") ? .call : .name, line: line)
  }
}
