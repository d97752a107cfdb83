// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree
internal import Symbols

/// Exported symbols.
extension InterfaceChange {
  /// An exported symbol.
  private struct Export {
    /// The macro that exports it, with its namespace.
    var how: String
    var path: String
  }

  /// What a function or a variable is declared as.
  private struct Head {
    var shown: [String]
    /// Without the names of parameters, and without words that change nothing for a caller.
    var words: [String]
    var detail: String { "its declaration changes: \(shown.joined(separator: " "))" }
  }

  /// Words that change nothing for a caller that is built elsewhere.
  private static let ignored: Set<String> = [
    "inline", "noinline", "__always_inline", "__must_check", "__cold", "__hot", "__pure", "notrace",
    "__sched",
  ]

  /// The changes of exported symbols, wherever these are defined.
  static func symbols(_ files: [ChangedSource]) -> [InterfaceChange] {
    var was: [String: Export] = [:]
    var now: [String: Export] = [:]
    for file in files {
      was.merge(exports(file.before, file.path)) { first, _ in first }
      now.merge(exports(file.after, file.path)) { first, _ in first }
    }
    if was.isEmpty, now.isEmpty { return [] }
    let sources = files.filter { $0.path.hasSuffix(".c") }
    let before = sources.reduce(into: [:]) { $0.merge(heads($1.before)) { first, _ in first } }
    let after = sources.reduce(into: [:]) { $0.merge(heads($1.after)) { first, _ in first } }
    var found: [InterfaceChange] = []
    for name in Set(was.keys).union(now.keys).sorted() {
      let path = now[name]?.path ?? was[name]?.path ?? ""
      func change(_ kind: Kind, _ detail: String) {
        found.append(InterfaceChange(kind: kind, name: name, path: path, detail: detail))
      }
      guard let new = now[name] else {
        change(.removed, "it is exported no more")
        continue
      }
      guard let old = was[name] else {
        change(.exported, "it is exported now")
        continue
      }
      if new.how != old.how { change(.signature, "it is exported by \(new.how) now") }
      // A part that the patch does not touch is not among the changed files.
      if let head = before[name], let other = after[name], head.words != other.words {
        change(.signature, other.detail)
      }
    }
    return found
  }

  /// The symbols that a file exports: the arguments of `EXPORT_SYMBOL`, `EXPORT_PER_CPU_SYMBOL_GPL`,
  /// `EXPORT_SYMBOL_NS` and the like.
  private static func exports(_ file: CSourceFile?, _ path: String) -> [String: Export] {
    guard let file else { return [:] }
    let tokens = file.tokens
    let usual = file.items.first {
      $0.kind == .macro && file.name(of: $0) == "DEFAULT_SYMBOL_NAMESPACE"
    }.map { file.words(of: $0).dropFirst(3).joined(separator: " ") }
    var found: [String: Export] = [:]
    for index in tokens.indices where tokens[index].kind == .identifier && index + 2 < tokens.count
    {
      let macro = file.text(of: tokens[index])
      guard macro.hasPrefix("EXPORT_"), macro.contains("SYMBOL"),
        tokens[index + 1].first == UInt8(ascii: "("), tokens[index + 2].kind == .identifier
      else { continue }
      let rest = tokens[(index + 3)...].prefix { $0.first != UInt8(ascii: ")") }
        .map { file.text(of: $0) }.filter { $0 != "," }
      // The name of a namespace was a word, and is a string in newer kernels.
      let space = (rest.isEmpty ? usual : rest.joined(separator: " ")).map { text in
        " with the namespace \(text.filter { $0 != "\"" })"
      }
      found[file.text(of: tokens[index + 2])] = Export(how: macro + (space ?? ""), path: path)
    }
    return found
  }

  /// What the functions and variables of a file are declared as.
  private static func heads(_ file: CSourceFile?) -> [String: Head] {
    guard let file else { return [:] }
    var found: [String: Head] = [:]
    for item in file.items {
      guard [.function, .variable, .prototype, .macroCall].contains(item.kind) else { continue }
      let (name, head) = (file.name(of: item), head(of: item, in: file))
      // DEFINE_PER_CPU(type, name) and the like, with a value or without: any of the arguments may be the name.
      if item.kind == .macroCall || head.words.prefix(2).elementsEqual([name, "("]) {
        if head.words.first?.hasPrefix("EXPORT_") == true { continue }
        for word in head.words.dropFirst() where found[word] == nil { found[word] = head }
      } else {
        found[name] = head
      }
    }
    return found
  }

  private static func head(of item: CItem, in file: CSourceFile) -> Head {
    let end = item.kind == .function ? Int(item.bodyToken) : Int(item.endToken)
    var words = file.words(in: Int(item.firstToken)..<max(Int(item.firstToken), end))
    // What a variable begins with is not a part of its type.
    if item.kind == .variable, let equals = words.firstIndex(of: "=") {
      words.removeSubrange(equals...)
    }
    words.removeAll { $0 == "extern" || $0 == ";" }
    return Head(
      shown: words, words: ParameterNames.removed(from: words.filter { !ignored.contains($0) }))
  }

  // MARK: Headers

  /// The declarations of headers that change, of symbols that the tree exports.
  static func declarations(
    _ headers: [ChangedSource], in index: SymbolIndex?
  ) throws(PatchkitError) -> [InterfaceChange] {
    guard let index else { return [] }
    func declared(_ file: CSourceFile?) -> [String: Head] {
      guard let file else { return [:] }
      let items = file.items.filter { $0.kind == .prototype || $0.kind == .variable }
      return Dictionary(items.map { (file.name(of: $0), head(of: $0, in: file)) }) { first, _ in
        first
      }
    }
    let now = headers.reduce(into: [:]) { $0.merge(declared($1.after)) { first, _ in first } }
    var found: [InterfaceChange] = []
    for header in headers {
      for (name, was) in declared(header.before).sorted(by: { $0.key < $1.key }) {
        guard let head = now[name], head.words != was.words,
          try isExported(name, in: index)
        else { continue }
        found.append(
          InterfaceChange(
            kind: .signature, name: name, path: header.path, detail: head.detail))
      }
    }
    return found
  }

  private static func isExported(
    _ name: String, in index: SymbolIndex
  ) throws(PatchkitError) -> Bool {
    let paths = Set(
      try index.definitions().symbols(named: name).filter { $0.kind != .member }.map(\.path))
    for path in paths.sorted() where path.hasSuffix(".c") {
      guard let path = try? TreePath(Array(path.utf8)), let file = try index.tree.file(at: path)
      else {
        continue
      }
      if exports(CSourceFile(file.content), "")[name] != nil { return true }
    }
    return false
  }

  // MARK: Values

  /// The types of headers whose fields depend on a macro or an enumerator with another value.
  static func sizes(
    _ headers: [ChangedSource], in tree: (any KernelTree)?
  ) throws(PatchkitError) -> [InterfaceChange] {
    var names = changedValues(headers)
    if names.isEmpty { return [] }
    // What is defined by these changes as well.
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for file in headers.compactMap(\.after) {
        for item in file.items where item.kind == .macro && !names.contains(file.name(of: item)) {
          if file.words(of: item).dropFirst(3).contains(where: names.contains) {
            isGrowing = names.insert(file.name(of: item)).inserted || isGrowing
          }
        }
      }
    }
    var sources = headers.compactMap { header in header.after.map { (header.path, $0) } }
    if let tree {
      let known = Set(headers.map(\.path))
      let needles = names.map { Array($0.utf8) }
      for file in try tree.listing(where: { $0.suffix(2) == [0x2E, 0x68] }) {
        let path = file.path.description
        guard !known.contains(path), let content = try tree.content(of: file),
          needles.contains(where: { content.firstRange(of: $0) != nil })
        else { continue }
        sources.append((path, CSourceFile(content)))
      }
    }
    return sources.sorted { $0.0 < $1.0 }.flatMap { path, file in
      InterfaceType.all(in: file).filter { !$0.type.isEnumeration }.compactMap { _, type in
        let uses = type.members.compactMap { member in
          member.text.first { $0 != member.name && names.contains($0) }.map { (member.name, $0) }
        }
        guard !uses.isEmpty else { return nil }
        let list = uses.map { "\($0.0), which depends on \($0.1)" }.joined(separator: ", ")
        return InterfaceChange(
          kind: .layout, name: type.name, path: path, detail: "changes \(list)")
      }
    }
  }

  /// The macros and enumerators of headers that have another value than before.
  private static func changedValues(_ headers: [ChangedSource]) -> Set<String> {
    func values(_ file: CSourceFile?) -> [String: [[String]]] {
      guard let file else { return [:] }
      var found: [String: [[String]]] = [:]
      for item in file.items where item.kind == .macro {
        found[file.name(of: item), default: []].append(file.words(of: item))
      }
      for (_, type) in InterfaceType.all(in: file) where type.isEnumeration {
        // An enumerator without a value is one more than the one before it.
        var (base, offset) = (["0"], 0)
        for member in type.members {
          if member.text.count > 1 { (base, offset) = (Array(member.text.dropFirst()), 0) }
          found[member.name, default: []].append(base + ["\(offset)"])
          offset += 1
        }
      }
      return found
    }
    let was = headers.reduce(into: [:]) { $0.merge(values($1.before)) { $0 + $1 } }
    let now = headers.reduce(into: [:]) { $0.merge(values($1.after)) { $0 + $1 } }
    return Set(was.keys.filter { name in now[name].map { $0 != was[name] } ?? false })
  }
}
