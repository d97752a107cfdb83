// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// A type of a header with what it is made of, in order.
struct InterfaceType {
  /// A field or an enumerator.
  struct Member {
    var name: String
    /// Its declaration, without the names of parameters; of an enumerator, its value as it is written.
    var text: [String]
    /// The lines of the preprocessor that it depends on within the type, such as `#ifdef CONFIG_SMP`.
    var conditions: [String]
  }

  /// What it is called, such as `struct s`, `s_t` for a typedef or `enum { A, … }` for an enum without a name.
  var name: String
  var isEnumeration: Bool
  /// Words such as `__packed` before and after the braces.
  var attributes: [String]
  /// The members, those of structs and unions without a name included.
  var members: [Member]
  /// The names of the fields, with the braces around those that share a struct or union without a name.
  var nesting: [String]

  /// The types that a file defines, by what they are called; several of one name, as in the arms of an
  /// `#if`, with a number.
  static func all(in file: CSourceFile?) -> [(key: String, type: InterfaceType)] {
    guard let file else { return [] }
    let reader = Reader(file)
    var counts: [String: Int] = [:]
    return file.items.indices.compactMap { index in
      guard let type = reader.type(index) else { return nil }
      defer { counts[type.name, default: 0] += 1 }
      return ("\(type.name) \(counts[type.name, default: 0])", type)
    }
  }

  // MARK: Reading

  private struct Reader {
    private let file: CSourceFile
    private var children: [Int: [Int]] = [:]
    /// What typedefs call the types that they define, by the first token of both.
    private var typedefs: [UInt32: String] = [:]

    init(_ file: CSourceFile) {
      self.file = file
      for (index, item) in file.items.enumerated() {
        if item.parent >= 0 { children[Int(item.parent), default: []].append(index) }
        if item.kind == .typedef { typedefs[item.firstToken] = file.name(of: item) }
      }
    }

    /// A type that has a name of its own or by a typedef, or an enum; nil for anything else.
    func type(_ index: Int) -> InterfaceType? {
      let item = file.items[index]
      let word: String
      switch item.kind {
      case .structure: word = "struct"
      case .union: word = "union"
      case .enumeration: word = "enum"
      default: return nil
      }
      let isEnumeration = item.kind == .enumeration
      var made = InterfaceType(
        name: "", isEnumeration: isEnumeration, attributes: attributes(of: item), members: [],
        nesting: [])
      add(index, conditions(in: item), to: &made)
      guard let first = made.members.first else { return nil }
      let tag = file.name(of: item)
      if !tag.isEmpty {
        made.name = "\(word) \(tag)"
      } else if item.parent < 0, let name = typedefs[item.firstToken] {
        made.name = name
      } else if isEnumeration {
        made.name = made.members.count > 1 ? "enum { \(first.name), … }" : "enum { \(first.name) }"
      } else {
        return nil
      }
      return made
    }

    private func add(
      _ index: Int, _ conditions: [(token: Int, lines: [String])], to type: inout InterfaceType
    ) {
      for child in children[index] ?? [] {
        let item = file.items[child]
        let name = file.name(of: item)
        let own = conditions.last { $0.token <= Int(item.firstToken) }?.lines ?? []
        switch item.kind {
        case .member:
          let words = ParameterNames.removed(from: file.words(of: item))
          type.members.append(Member(name: name, text: words, conditions: own))
          type.nesting.append(name)
        case .enumerator:
          type.members.append(Member(name: name, text: value(of: child), conditions: own))
        case .structure, .union:
          // A nested type with a field of its own is part of that field's declaration.
          guard isWithoutField(item) else { continue }
          type.nesting.append(item.kind == .union ? "union {" : "struct {")
          add(child, conditions, to: &type)
          type.nesting.append("}")
        default: break
        }
      }
    }

    /// Whether nothing but attributes follows the braces of a nested type: its fields are those of the outer one.
    private func isWithoutField(_ item: CItem) -> Bool {
      let rest = Int(item.endToken)..<min(Int(item.endToken) + 16, file.tokens.count)
      let words = file.words(in: rest).prefix { $0 != ";" }
      return words.isEmpty || words[0].hasPrefix("__")
    }

    /// Words such as `__packed` outside of the braces; those after the closing one are not part of the item.
    private func attributes(of item: CItem) -> [String] {
      let rest = Int(item.endToken)..<min(Int(item.endToken) + 16, file.tokens.count)
      let before = file.words(in: Int(item.firstToken)..<Int(item.bodyToken))
      let after = file.words(in: rest).prefix { $0 != ";" && $0 != "{" && $0 != "}" }
      return (before + after).filter {
        $0.hasPrefix("__") || $0 == "packed" || $0 == "aligned" || $0.first?.isNumber == true
      }
    }

    /// The lines of the preprocessor that hold from each token on.
    private func conditions(in item: CItem) -> [(token: Int, lines: [String])] {
      var found: [(token: Int, lines: [String])] = []
      var stack: [[String]] = []
      for index in item.tokens where file.tokens[index].kind == .directive {
        let words = file.words(in: index..<(index + 1))
        let line = "#" + words.dropFirst().joined(separator: " ")
        switch words.dropFirst().first {
        case "if", "ifdef", "ifndef": stack.append([line])
        case "elif", "else":
          if let last = stack.popLast() { stack.append(last + [line]) }
        case "endif": _ = stack.popLast()
        default: continue
        }
        found.append((index, stack.flatMap(\.self)))
      }
      return found
    }

    /// The value that is written after an enumerator.
    private func value(of index: Int) -> [String] {
      let item = file.items[index]
      let parent = file.items[Int(item.parent)]
      let next = file.items[(index + 1)...].first { $0.parent == item.parent }
      let end = next.map { Int($0.firstToken) } ?? Int(parent.endToken)
      let words = file.tokens[Int(item.firstToken)..<max(Int(item.firstToken), end)]
        .filter { $0.kind != .directive }.map { file.text(of: $0) }
      return Array(words.prefix { $0 != "}" }.reversed().drop { $0 == "," }.reversed())
    }
  }

  // MARK: Comparing

  /// How a later version of the type differs in what it is made of; nil where it does not, and where an
  /// enum only got more at its end.
  func difference(from old: InterfaceType) -> String? {
    let (was, now) = (old.members.map(\.name), members.map(\.name))
    let (wasSet, nowSet) = (Set(was), Set(now))
    func unique(_ names: [String]) -> [String] {
      names.enumerated().filter { !names[..<$0.offset].contains($0.element) }.map(\.element)
    }
    var parts: [String] = []
    let removed = unique(was.filter { !nowSet.contains($0) })
    let added = unique(now.filter { !wasSet.contains($0) })
    if !removed.isEmpty { parts.append("removes \(removed.joined(separator: ", "))") }
    if !added.isEmpty {
      let isAtEnd = now.suffix(added.count).elementsEqual(added)
      let isPrefix = now.prefix(was.count).elementsEqual(was)
      if old.isEnumeration, isAtEnd, isPrefix, zip(old.members, members).allSatisfy(Self.isSame) {
        return nil
      }
      parts.append("adds \(added.joined(separator: ", "))" + (isAtEnd ? " at its end" : ""))
    }
    if unique(was.filter(nowSet.contains)) != unique(now.filter(wasSet.contains)) {
      parts.append("changes the order")
    } else if old.nesting(of: wasSet.intersection(nowSet))
      != nesting(of: wasSet.intersection(nowSet))
    {
      parts.append("changes what shares a struct or union")
    }
    let common = unique(now.filter(wasSet.contains))
    func all(_ name: String, _ type: InterfaceType) -> [Member] {
      type.members.filter { $0.name == name }
    }
    let retyped = common.filter { all($0, old).map(\.text) != all($0, self).map(\.text) }
    if !retyped.isEmpty { parts.append("changes \(retyped.joined(separator: ", "))") }
    for name in common where !retyped.contains(name) {
      let (before, after) = (all(name, old), all(name, self))
      guard before.map(\.conditions) != after.map(\.conditions) else { continue }
      let lines = after.flatMap(\.conditions)
      parts.append(
        lines.isEmpty
          ? "removes the condition of \(name)"
          : "makes \(name) conditional: \(lines.joined(separator: ", "))")
    }
    if old.attributes != attributes {
      let words = attributes.isEmpty ? "none" : attributes.joined(separator: " ")
      parts.append("changes its attributes to \(words)")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  private static func isSame(_ a: Member, _ b: Member) -> Bool {
    a.name == b.name && a.text == b.text && a.conditions == b.conditions
  }

  /// The nesting of some fields alone: groups without one of them do not count.
  private func nesting(of names: Set<String>) -> [String] {
    var kept: [String] = []
    for word in nesting {
      if word == "}", kept.last?.hasSuffix(" {") == true {
        kept.removeLast()
      } else if word == "}" || word.hasSuffix(" {") || names.contains(word) {
        kept.append(word)
      }
    }
    return kept
  }
}

extension InterfaceChange {
  /// The types of headers that change.
  static func layouts(_ headers: [ChangedSource]) -> [InterfaceChange] {
    let types = headers.map {
      (path: $0.path, old: InterfaceType.all(in: $0.before), new: InterfaceType.all(in: $0.after))
    }
    // A type may move to another header, or its header may be renamed.
    let everywhere = types.flatMap(\.new)
    let found = types.flatMap { header in
      header.old.compactMap { key, was -> InterfaceChange? in
        let now =
          (header.new + everywhere).first { $0.key == key }?.type
          ?? partner(of: was, among: everywhere.map(\.type))
        let detail = now.map { $0.difference(from: was) } ?? "it is removed"
        return detail.map {
          InterfaceChange(
            kind: was.isEnumeration ? .values : .layout, name: was.name, path: header.path,
            detail: $0)
        }
      }
    }
    return (found + typedefs(headers)).sorted { ($0.path, $0.name) < ($1.path, $1.name) }
  }

  /// An enum without a name is the one that has one of its enumerators.
  private static func partner(
    of old: InterfaceType, among types: [InterfaceType]
  ) -> InterfaceType? {
    guard old.isEnumeration else { return nil }
    let names = Set(old.members.map(\.name))
    return types.first { $0.isEnumeration && $0.members.contains { names.contains($0.name) } }
  }

  /// Typedefs of types that are defined elsewhere.
  private static func typedefs(_ headers: [ChangedSource]) -> [InterfaceChange] {
    func all(_ file: CSourceFile?) -> [String: [String]] {
      guard let file else { return [:] }
      let pairs = file.items.filter { $0.kind == .typedef }.map { item in
        (file.name(of: item), ParameterNames.removed(from: file.words(of: item)))
      }
      return Dictionary(pairs.filter { !$1.contains("{") }) { first, _ in first }
    }
    let now = headers.reduce(into: [:]) { $0.merge(all($1.after)) { first, _ in first } }
    return headers.flatMap { header in
      all(header.before).compactMap { name, was in
        guard let text = now[name], text != was else { return nil }
        let type = text.filter { $0 != "typedef" && $0 != ";" && $0 != name }
        return InterfaceChange(
          kind: .layout, name: name, path: header.path,
          detail: "it is now \(type.joined(separator: " "))")
      }
    }
  }
}
