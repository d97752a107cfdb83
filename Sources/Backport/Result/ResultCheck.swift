// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree
internal import Symbols

/// Reads an adapted C file as C, and finds what its added lines need that it, the patch and the tree do
/// not have.
///
/// No preprocessor runs. A check finds nothing where it cannot know: a name counts as known wherever it
/// occurs, under whatever condition. The work is in proportion to what the patch adds: the tree is only
/// asked about what neither the file nor the patch explains.
final class ResultCheck {
  let path: TreePath
  let after: CText
  /// The file before, read where it is asked for.
  private(set) lazy var before = CText(content)
  /// The lines of the result that the patch added, from 1, in order.
  let added: [Int]
  private let content: [UInt8]
  let patch: PatchNames
  /// What the file can use in its tree.
  let scope: FileScope
  /// Whether the shape of the file is looked at, too.
  private let readsShape: Bool

  /// Every name in the file before.
  private lazy var namesBefore = NameSet(
    content, Lexer().tokens(of: content), takesIncludes: true)

  init(
    _ path: TreePath, before: [UInt8], after: [UInt8], added: [Int],
    patch: PatchNames, index: SymbolIndex, readsShape: Bool,
    changed: @escaping () -> [ChangedText]
  ) {
    self.path = path
    content = before
    let after = CText(after)
    self.after = after
    self.added = added
    self.patch = patch
    self.readsShape = readsShape
    scope = FileScope(of: path, after.source, in: index, changed: changed)
  }

  /// Everything that is doubtful, in the order of the lines.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be read.
  func doubts() throws(PatchkitError) -> [ResultDoubt] {
    if added.isEmpty, !readsShape { return [] }
    var doubts = readsShape ? shape() : []
    doubts += try names() + headers() + arguments() + undeclared() + fields()
    return doubts.sorted { ($0.line, $0.sentence) < ($1.line, $1.sentence) }
  }

  /// Whether the patch added a line.
  func isAdded(_ line: Int) -> Bool {
    let index = added.partitioningIndex { $0 >= line }
    return index < added.count && added[index] == line
  }

  /// Whether the patch added one of some lines.
  func isAdded(_ lines: ClosedRange<Int>) -> Bool {
    let index = added.partitioningIndex { $0 >= lines.lowerBound }
    return index < added.count && added[index] <= lines.upperBound
  }

  /// The words on added lines.
  private var addedWords: FlattenSequence<[Range<Int>]> { addedRuns.joined() }

  /// The same words in runs: a hunk may add a million lines.
  private lazy var addedRuns: [Range<Int>] = {
    var runs: [Range<Int>] = []
    var start: Int?
    var (line, isOn) = (0, false)
    for index in after.words.indices {
      let own = after.line(index)
      if own != line { (line, isOn) = (own, isAdded(own)) }
      if isOn {
        start = start ?? index
      } else if let first = start {
        runs.append(first..<index)
        start = nil
      }
    }
    if let start { runs.append(start..<after.words.count) }
    return runs
  }()

  // MARK: Names

  /// Names that are nowhere in the file before, and that neither the patch nor the tree has.
  private func names() throws(PatchkitError) -> [ResultDoubt] {
    guard scope.isKernel else { return [] }
    let all = after.words.indices
    lazy var declared = after.declared(in: all)
    lazy var defined = Set(after.source.items.map { after.source.name(of: $0) })
    lazy var callees = CWord.callees(after.texts)
    var doubts: [ResultDoubt] = []
    var seen: Set<String> = []
    let isCode = after.isCode
    for index in addedWords where after.isName(index) && isCode[index] {
      let name = after.text(index)
      guard !namesBefore.contains(NameSet.hash(name.utf8)),
        !CText.isBuiltIn(name), !patch.declared.contains(name), !isLabel(index),
        !declared.contains(name), !defined.contains(name), seen.insert(name).inserted
      else { continue }
      // A part of a name, or a text.
      if isNextToPaste(index) { continue }
      if try scope.knows(name, with: patch.words) { continue }
      if let callee = callees[index], try scope.pastes(callee) { continue }
      doubts.append(
        ResultDoubt(
          check: .unknownName, line: after.line(index), sentence: "the tree has no '\(name)'",
          name: name))
    }
    return doubts
  }

  /// Whether a word is joined with another one by `##`, or made a text by `#`.
  private func isNextToPaste(_ index: Int) -> Bool {
    guard after.words[index].isInDirective else { return false }
    let near = [index - 1, index + 1].filter(after.words.indices.contains)
    return near.contains { after.isSign($0, "#") || after.isWord($0, "##") }
  }

  /// Whether a word is the name of a label, where it is set or where it is gone to.
  private func isLabel(_ index: Int) -> Bool {
    if index > 0, after.isWord(index - 1, "goto") { return true }
    return after.isSign(index + 1, ":") && (index == 0 || after.isSign(index - 1, ";{}:"))
  }

  private func headers() throws(PatchkitError) -> [ResultDoubt] {
    guard scope.isKernel else { return [] }
    var doubts: [ResultDoubt] = []
    for token in after.source.tokens
    where token.kind == .directive && isAdded(Int(token.line)) {
      guard let include = CInclude(after.source.bytes[token.range]) else { continue }
      // A header that the patch makes is not in the tree before it.
      if patch.declared.contains(include.name) { continue }
      if try scope.hasHeader(include) { continue }
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
    let calls = addedWords.filter { index in
      after.isName(index) && !after.words[index].isInDirective && after.isSign(index + 1, "(")
        && !after.isDeclared(at: index)
        && (index == 0 || !after.isWord(index - 1, "->") && !after.isSign(index - 1, "."))
    }
    if calls.isEmpty { return [] }
    let names = Set(calls.map { NameSet.hash(after.text($0).utf8) })
    lazy var known = Self.calls(of: names, in: before)
    lazy var definitions = Dictionary(
      grouping: self.after.source.items.filter { item in
        item.kind != .member && item.kind != .macroCall
          && names.contains(
            NameSet.hash(self.after.source.bytes[Int(item.nameStart)..<Int(item.nameEnd)]))
      }
    ) { self.after.source.name(of: $0) }
    for index in calls {
      let name = after.text(index)
      guard !CText.isBuiltIn(name), let count = Self.argumentCount(after, index + 1),
        !patch.declared.contains(name)
      else { continue }
      var takes: [ParameterCount]
      if let own = definitions[name] {
        takes = own.compactMap { ParameterCount(of: $0, in: after.source) }
        // A variable that is called, or a macro without parameters whose text is a function's name.
        if takes.count < own.count { continue }
        if takes.contains(where: { $0.takes(count) }) { continue }
      } else if known[name]?.contains(count) ?? false {
        continue
      } else {
        guard scope.isKernel else { continue }
        // A local pointer to a function is called as a function is.
        if let function = after.function(at: after.line(index)),
          after.declared(in: function.words).contains(name)
        {
          continue
        }
        takes = try scope.refusals(of: count, by: name)
      }
      if takes.isEmpty { continue }
      let wanted = Set(takes.map { "\($0.fixed)\($0.isVariadic ? " or more" : "")" }).sorted()
      doubts.append(
        ResultDoubt(
          check: .arguments, line: after.line(index),
          sentence: "'\(name)' gets \(count) \(count == 1 ? "argument" : "arguments"), "
            + "and takes \(wanted.joined(separator: " or ")) in this tree",
          name: name))
    }
    return doubts
  }

  /// How many arguments the calls of some names have.
  private static func calls(of names: Set<UInt32>, in file: CText) -> [String: Set<Int>] {
    var calls: [String: Set<Int>] = [:]
    for index in file.words.indices.dropLast()
    where file.isName(index) && file.isSign(index + 1, "(") {
      guard names.contains(NameSet.hash(file.source.bytes[file.words[index].range])),
        let count = argumentCount(file, index + 1)
      else { continue }
      calls[file.text(index), default: []].insert(count)
    }
    return calls
  }

  /// The number of arguments between a parenthesis and its partner.
  private static func argumentCount(_ file: CText, _ open: Int) -> Int? {
    var depth = 0
    var commas = 0
    for index in open..<min(file.words.count, open + 2_000) {
      // A condition inside of a call has two forms.
      if file.words[index].isInDirective != file.words[open].isInDirective { return nil }
      switch file.sign(index) {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return index == open + 1 ? 0 : commas + 1 }
      case UInt8(ascii: ",") where depth == 1: commas += 1
      default: break
      }
    }
    return nil
  }

  // MARK: Scope

  /// Names that a function uses on added lines without a declaration that it could see.
  private func undeclared() throws(PatchkitError) -> [ResultDoubt] {
    guard scope.isKernel, path.description.hasSuffix(".c") else { return [] }
    var doubts: [ResultDoubt] = []
    for function in after.functions where isAdded(function.lines) {
      lazy var local = after.declared(in: function.words)
      var seen: Set<String> = []
      for index in function.words where isAdded(after.line(index)) && isValue(index) {
        let name = after.text(index)
        // A name that the file did not have may be a macro's work, but hardly one that has fields.
        guard !CText.isBuiltIn(name),
          namesBefore.contains(NameSet.hash(name.utf8)) || hasFields(index),
          seen.insert(name).inserted, !local.contains(name), !patch.declared.contains(name),
          !isKnownOutside(name)
        else { continue }
        if try !scope.hasAllHeaders() { return [] }
        if try scope.defines(name) { continue }
        doubts.append(
          ResultDoubt(
            check: .undeclared, line: after.line(index),
            sentence: "'\(name)' is not declared in \(after.name(of: function))()", name: name))
      }
    }
    return doubts
  }

  /// Whether a field of what a word names is used.
  func hasFields(_ index: Int) -> Bool {
    after.isWord(index + 1, "->") || after.isSign(index + 1, ".")
  }

  /// Whether a word is used as a value by its name: no call, field, tag, label or declaration.
  private func isValue(_ index: Int) -> Bool {
    guard after.isName(index), !after.words[index].isInDirective, index > 0,
      index + 1 < after.words.count, !isLabel(index)
    else { return false }
    return !after.isWord(index - 1, "->") && !after.isSign(index - 1, ".")
      && !after.isSign(index + 1, "(*")
      // A tag or a type before a name, or in a cast.
      && !after.isName(index + 1) && !after.isName(index - 1)
  }

  /// Whether a name is known outside of functions: the file defines it, or a function uses it without
  /// declaring it.
  private func isKnownOutside(_ name: String) -> Bool {
    let wanted = Array(name.utf8)
    let source = after.source
    for item in source.items {
      if item.kind != .member,
        source.bytes[Int(item.nameStart)..<Int(item.nameEnd)].elementsEqual(wanted)
      {
        return true
      }
      if item.kind == .macroCall,
        source.tokens[item.tokens].contains(where: {
          $0.kind == .identifier && source.bytes[$0.range].elementsEqual(wanted)
        })
      {
        return true
      }
    }
    let before = before
    return before.functions.contains { function in
      let isUsed = function.words.contains { index in
        guard before.isName(index), before.isWord(index, wanted) else { return false }
        return index == 0
          || !before.isWord(index - 1, "->") && !before.isSign(index - 1, ".")
            && !before.isWord(index - 1, in: Self.namingWords)
      }
      return isUsed && !before.declared(in: function.words).contains(name)
    }
  }

  /// What comes before a tag or a label.
  private static let namingWords: Set<String> = ["struct", "union", "enum", "goto"]
}

extension Array {
  /// The first index whose element has a property that all later ones have, too.
  fileprivate func partitioningIndex(where isLater: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isLater(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
