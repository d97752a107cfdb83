// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree

/// Reads an adapted C file as C, and finds what its added lines need that it, the patch and the tree do
/// not have.
///
/// No preprocessor runs. A check finds nothing where it cannot know: a name counts as known wherever it
/// occurs, under whatever condition.
struct ResultCheck {
  let path: TreePath
  let before: ResultFile
  let after: ResultFile
  /// The lines of the result that the patch added, from 1.
  let added: Set<Int>
  /// The names that the rest of the patch declares.
  let declaredByPatch: Set<String>
  /// The names that the patch adds, from which macros may form others.
  let patchWords: Set<UInt32>
  let visible: VisibleNames
  /// The C files that earlier patches changed.
  let changed: () -> [HeaderWords]
  private let own: HeaderWords

  init(
    _ path: TreePath, before: [UInt8], after: [UInt8], added: Set<Int>,
    patch: PatchNames, visible: VisibleNames,
    changed: @escaping () -> [HeaderWords]
  ) {
    self.path = path
    self.before = ResultFile(before)
    self.after = ResultFile(after)
    self.added = added
    declaredByPatch = patch.declared
    patchWords = patch.words
    self.visible = visible
    self.changed = changed
    own = HeaderWords(after)
  }

  /// Everything that is doubtful, in the order of the lines.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be read.
  func doubts() throws(PatchkitError) -> [ResultDoubt] {
    var doubts = balance() + labels() + duplicateCases() + unreachable()
    doubts += try names() + headers() + arguments() + undeclared()
    return doubts.sorted { ($0.line, $0.sentence) < ($1.line, $1.sentence) }
  }

  // MARK: Names

  /// The words on added lines.
  private var addedWords: [Int] {
    after.words.indices.filter { added.contains(after.words[$0].line) }
  }

  /// Names that are nowhere in the file before, and that neither the patch nor the tree has.
  private func names() throws(PatchkitError) -> [ResultDoubt] {
    guard visible.isKernel else { return [] }
    let declared = Set(
      after.words.indices.lazy.filter { after.isDeclared(at: $0) }.map { after.words[$0].text })
    var defined = Set(after.source.items.map { after.source.name(of: $0) })
    defined.formUnion(after.declaredByMacros(in: after.words.indices))
    let callees = CWord.callees(after.words)
    var doubts: [ResultDoubt] = []
    var seen: Set<String> = []
    var parameters: Set<String> = []
    for index in addedWords {
      let word = after.words[index]
      if word.isInDirective {
        guard isMacroBody(index, &parameters), !parameters.contains(word.text) else { continue }
      }
      guard word.isName, !before.names.contains(word.text), !ResultFile.isBuiltIn(word.text),
        !declared.contains(word.text), !defined.contains(word.text),
        !declaredByPatch.contains(word.text), !isLabel(index), seen.insert(word.text).inserted
      else { continue }
      // A part of a name, or a text.
      if isNextToPaste(index) { continue }
      if try visible.knows(word.text, in: path, own, changed(), with: patchWords) { continue }
      if let callee = callees[index], try visible.pastes(callee, in: path, own) { continue }
      doubts.append(
        ResultDoubt(
          check: .unknownName, line: word.line, sentence: "the tree has no '\(word.text)'",
          name: word.text))
    }
    return doubts
  }

  /// Whether a word is joined with another one by `##`, or made a text by `#`.
  private func isNextToPaste(_ index: Int) -> Bool {
    guard after.words[index].isInDirective else { return false }
    let near = [index - 1, index + 1].filter(after.words.indices.contains)
    return near.contains { after.words[$0].text == "##" || after.words[$0].text == "#" }
  }

  /// Whether a word of a directive is in the body of a macro; the macro's parameters are collected.
  private func isMacroBody(_ index: Int, _ parameters: inout Set<String>) -> Bool {
    var start = index
    while start > 0, after.words[start].text != "#" || !after.words[start].isInDirective {
      start -= 1
      if !after.words[start].isInDirective { return false }
    }
    guard start + 2 < after.words.count, after.words[start + 1].text == "define", index > start + 2
    else { return false }
    parameters = []
    guard after.words[start + 3].text == "(" else { return true }
    var at = start + 4
    while at < after.words.count, after.words[at].text != ")" {
      parameters.insert(after.words[at].text)
      at += 1
    }
    return index > at
  }

  /// Whether a word is the name of a label, where it is set or where it is gone to.
  private func isLabel(_ index: Int) -> Bool {
    let before = index > 0 ? after.words[index - 1].text : ";"
    if before == "goto" { return true }
    let following = index + 1 < after.words.count ? after.words[index + 1].text : ";"
    return following == ":" && [";", "{", "}", ":"].contains(before)
  }

  private func headers() throws(PatchkitError) -> [ResultDoubt] {
    guard visible.isKernel else { return [] }
    var doubts: [ResultDoubt] = []
    for token in after.source.tokens
    where token.kind == .directive && added.contains(Int(token.line)) {
      guard let include = HeaderWords.include(after.source.bytes[token.range]) else { continue }
      // A header that the patch makes is not in the tree before it.
      if declaredByPatch.contains(include.name) { continue }
      if try visible.hasHeader(include, from: path) { continue }
      doubts.append(
        ResultDoubt(
          check: .unknownHeader, line: Int(token.line),
          sentence: "the tree has no header '\(include.name)'", name: include.name))
    }
    return doubts
  }

  // MARK: Calls

  /// Calls on added lines that the tree's function does not take.
  private func arguments() throws(PatchkitError) -> [ResultDoubt] {
    var doubts: [ResultDoubt] = []
    lazy var known = Self.calls(in: before)
    lazy var definitions = Dictionary(
      grouping: after.source.items.filter { $0.kind != .member && $0.kind != .macroCall }
    ) { after.source.name(of: $0) }
    for index in addedWords where index + 1 < after.words.count {
      let word = after.words[index]
      guard word.isName, !word.isInDirective, after.words[index + 1].text == "(",
        !ResultFile.isBuiltIn(word.text), !after.isDeclared(at: index),
        index == 0 || after.words[index - 1].text != "->" && after.words[index - 1].text != ".",
        let count = Self.argumentCount(after.words, index + 1),
        !declaredByPatch.contains(word.text)
      else { continue }
      var takes: [ParameterCount]
      if let own = definitions[word.text] {
        takes = own.compactMap { ParameterCount(of: $0, in: after.source) }
        // A variable that is called, or a macro without parameters whose text is a function's name.
        if takes.count < own.count { continue }
      } else if known[word.text]?.contains(count) ?? false {
        continue
      } else {
        guard visible.isKernel else { continue }
        // A local pointer to a function is called as a function is.
        if let function = after.function(at: word.line),
          Self.declared(in: after, function.words).contains(word.text)
        {
          continue
        }
        takes = try visible.definitions(of: word.text, in: path, own, changed()) ?? []
      }
      if takes.isEmpty || takes.contains(where: { $0.takes(count) }) { continue }
      let wanted = Set(takes.map { "\($0.fixed)\($0.isVariadic ? " or more" : "")" }).sorted()
      doubts.append(
        ResultDoubt(
          check: .arguments, line: word.line,
          sentence: "'\(word.text)' gets \(count) \(count == 1 ? "argument" : "arguments"), "
            + "and takes \(wanted.joined(separator: " or ")) in this tree",
          name: word.text))
    }
    return doubts
  }

  /// How many arguments the calls of each name have.
  private static func calls(in file: ResultFile) -> [String: Set<Int>] {
    var calls: [String: Set<Int>] = [:]
    for index in file.words.indices.dropLast()
    where file.words[index].isName && file.words[index + 1].text == "(" {
      if let count = argumentCount(file.words, index + 1) {
        calls[file.words[index].text, default: []].insert(count)
      }
    }
    return calls
  }

  /// The number of arguments between a parenthesis and its partner.
  private static func argumentCount(_ words: [CWord], _ open: Int) -> Int? {
    var depth = 0
    var commas = 0
    for index in open..<min(words.count, open + 2_000) {
      // A condition inside of a call has two forms.
      if words[index].isInDirective != words[open].isInDirective { return nil }
      switch words[index].text {
      case "(", "[", "{": depth += 1
      case ")", "]", "}":
        depth -= 1
        if depth == 0 { return index == open + 1 ? 0 : commas + 1 }
      case "," where depth == 1: commas += 1
      default: break
      }
    }
    return nil
  }

  // MARK: Scope

  /// Names that a function uses on added lines without a declaration that it could see.
  private func undeclared() throws(PatchkitError) -> [ResultDoubt] {
    guard visible.isKernel, try visible.hasAllHeaders(of: path, own) else { return [] }
    var doubts: [ResultDoubt] = []
    lazy var outside = fileScope()
    for function in after.functions where !added.isDisjoint(with: Set(function.lines)) {
      lazy var local = Self.declared(in: after, function.words)
      var seen: Set<String> = []
      for index in function.words where added.contains(after.words[index].line) {
        let word = after.words[index]
        guard isValue(index), before.names.contains(word.text), seen.insert(word.text).inserted,
          !local.contains(word.text), !outside.contains(word.text),
          !declaredByPatch.contains(word.text)
        else { continue }
        if try visible.definitions(of: word.text, in: path, own, changed()) != nil { continue }
        doubts.append(
          ResultDoubt(
            check: .undeclared, line: word.line,
            sentence: "'\(word.text)' is not declared in \(function.name)()", name: word.text))
      }
    }
    return doubts
  }

  /// Whether a word is used as a value by its name: no call, field, tag, label or declaration.
  private func isValue(_ index: Int) -> Bool {
    let word = after.words[index]
    guard word.isName, !word.isInDirective, !ResultFile.isBuiltIn(word.text), index > 0,
      index + 1 < after.words.count, !isLabel(index)
    else { return false }
    let before = after.words[index - 1]
    let following = after.words[index + 1]
    return before.text != "->" && before.text != "." && following.text != "("
      && !["struct", "union", "enum", "goto"].contains(before.text)
      // A type before a name, or in a cast.
      && !following.isName && following.text != "*" && !before.isName
  }

  /// The names that are known outside of functions: what the file defines, and what a function uses
  /// without declaring it.
  private func fileScope() -> Set<String> {
    var names = Set(
      after.source.items.lazy.filter { $0.kind != .member }.map { after.source.name(of: $0) })
    for item in after.source.items where item.kind == .macroCall {
      for token in after.source.tokens[item.tokens] where token.kind == .identifier {
        names.insert(after.source.text(of: token))
      }
    }
    for function in before.functions {
      let local = Self.declared(in: before, function.words)
      for index in function.words {
        let word = before.words[index]
        let previous = index > 0 ? before.words[index - 1].text : ";"
        if word.isName, previous != "->", previous != ".", !local.contains(word.text),
          !["struct", "union", "enum", "goto"].contains(previous)
        {
          names.insert(word.text)
        }
      }
    }
    return names
  }

  /// The names that are declared among words.
  private static func declared(in file: ResultFile, _ range: Range<Int>) -> Set<String> {
    var names: Set<String> = []
    for index in range where file.isDeclared(at: index) { names.insert(file.words[index].text) }
    return names.union(file.declaredByMacros(in: range))
  }
}
