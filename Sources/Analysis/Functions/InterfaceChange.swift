// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import KernelTree

/// A change of what modules that are built elsewhere rely on (the kernel's ABI, which distributions keep): the
/// layout of types in headers, and exported symbols.
package struct InterfaceChange: Sendable, Hashable {
  /// What changes.
  package enum Kind: String, Sendable, Hashable, Codable {
    /// The layout of a struct or union in a header.
    case layout
    /// The values of enumerators in a header.
    case values
    /// The signature or type of an exported symbol.
    case signature
    /// A symbol that is exported no more.
    case removed
    /// A symbol that is exported now: nothing relies on it yet.
    case exported
  }

  /// What changes.
  package var kind: Kind
  /// The type or the symbol, such as `struct ext4_inode_info`.
  package var name: String
  /// The path.
  package var path: String
  /// How, in a few words.
  package var detail: String

  /// The changes of the interface among the changes of a tree.
  package static func among(_ changes: [TreeChange]) -> [InterfaceChange] {
    var headers: [(path: String, old: [String: Composite], new: [String: Composite])] = []
    var all = changes.flatMap { change -> [InterfaceChange] in
      let path = change.path.description
      guard path.hasSuffix(".c") || path.hasSuffix(".h") else { return [] }
      let old = change.before.map { CSourceFile($0.content) }
      let new = change.after.map { CSourceFile($0.content) }
      if path.hasSuffix(".h") { headers.append((path, composites(old), composites(new))) }
      return symbols(old, new, path)
    }
    // A type may move to another header, or its header may be renamed.
    let found = headers.reduce(into: [:]) { $0.merge($1.new) { first, _ in first } }
    all = headers.flatMap { layouts($0.old, $0.new, others: found, $0.path) } + all
    // What only moves to another file stays.
    func names(_ kinds: [Kind]) -> Set<String> {
      Set(all.filter { kinds.contains($0.kind) }.map(\.name))
    }
    let moved = names([.removed]).intersection(names([.exported]))
    return all.filter { !(moved.contains($0.name) && [.removed, .exported].contains($0.kind)) }
  }

  // MARK: Types

  /// A type of a header with what it is made of, in order.
  private struct Composite {
    var isEnumeration = false
    /// Words such as `__packed` before and after the braces.
    var attributes: [String] = []
    var members: [(name: String, text: [String])] = []
  }

  private static func composites(_ file: CSourceFile?) -> [String: Composite] {
    guard let file else { return [:] }
    var found: [String: Composite] = [:]
    var owners: [Int: String] = [:]
    for (index, item) in file.items.enumerated() {
      let name = file.name(of: item)
      switch item.kind {
      case .structure, .union, .enumeration:
        guard !name.isEmpty else { continue }
        let word =
          item.kind == .structure ? "struct" : item.kind == .union ? "union" : "enum"
        let key = "\(word) \(name)"
        owners[index] = key
        guard found[key] == nil else { continue }
        // Attributes after the closing brace are not part of the item.
        let rest = Int(item.endToken)..<min(Int(item.endToken) + 16, file.tokens.count)
        let words =
          file.words(of: item) + file.words(in: rest).prefix { $0 != ";" && $0 != "{" && $0 != "}" }
        let (open, close) = (words.firstIndex(of: "{"), words.lastIndex(of: "}"))
        let outside = words[..<(open ?? words.endIndex)] + words[(close ?? words.endIndex)...]
        found[key] = Composite(
          isEnumeration: item.kind == .enumeration,
          attributes: outside.filter { $0.hasPrefix("__") || $0 == "packed" || $0 == "aligned" })
      case .member:
        guard let owner = owners[Int(item.parent)] else { continue }
        found[owner]?.members.append((name, file.words(of: item)))
      case .enumerator:
        guard let owner = owners[Int(item.parent)] else { continue }
        found[owner]?.members.append((name, value(of: index, in: file)))
      default: break
      }
    }
    return found.filter { !$0.value.members.isEmpty }
  }

  /// An enumerator with the value that is written after it.
  private static func value(of index: Int, in file: CSourceFile) -> [String] {
    let item = file.items[index]
    let parent = file.items[Int(item.parent)]
    let next = file.items[(index + 1)...].first { $0.parent == item.parent }
    let end = next.map { Int($0.firstToken) } ?? Int(parent.endToken)
    let words = file.words(in: Int(item.firstToken)..<max(Int(item.firstToken), end))
    return Array(words.prefix { $0 != "}" }.reversed().drop { $0 == "," }.reversed())
  }

  private static func layouts(
    _ before: [String: Composite], _ after: [String: Composite], others: [String: Composite],
    _ path: String
  ) -> [InterfaceChange] {
    before.sorted { $0.key < $1.key }.compactMap { name, was in
      guard let now = after[name] ?? others[name] else {
        return InterfaceChange(
          kind: was.isEnumeration ? .values : .layout, name: name, path: path,
          detail: "it is removed")
      }
      guard let detail = difference(was, now) else { return nil }
      return InterfaceChange(
        kind: was.isEnumeration ? .values : .layout, name: name, path: path, detail: detail)
    }
  }

  /// How two versions of a type differ in what they are made of; nil where they do not, and where an
  /// enum only got more at its end.
  private static func difference(_ old: Composite, _ new: Composite) -> String? {
    let (was, now) = (old.members.map(\.name), new.members.map(\.name))
    let (wasSet, nowSet) = (Set(was), Set(now))
    var parts: [String] = []
    let removed = was.filter { !nowSet.contains($0) }
    let added = now.filter { !wasSet.contains($0) }
    if !removed.isEmpty { parts.append("removes \(removed.joined(separator: ", "))") }
    if !added.isEmpty {
      let isAtEnd = now.suffix(added.count).elementsEqual(added)
      if old.isEnumeration, isAtEnd, removed.isEmpty, now.prefix(was.count).elementsEqual(was) {
        return nil
      }
      parts.append("adds \(added.joined(separator: ", "))" + (isAtEnd ? " at its end" : ""))
    }
    if was.filter(nowSet.contains) != now.filter(wasSet.contains) {
      parts.append("changes the order")
    }
    let texts = Dictionary(old.members.map { ($0.name, $0.text) }) { first, _ in first }
    let retyped = new.members.filter {
      texts[$0.name].map { [text = $0.text] in $0 != text } ?? false
    }
    if !retyped.isEmpty {
      parts.append("changes \(retyped.map(\.name).joined(separator: ", "))")
    }
    if old.attributes != new.attributes {
      let words = new.attributes.isEmpty ? "none" : new.attributes.joined(separator: " ")
      parts.append("changes its attributes to \(words)")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  // MARK: Symbols

  /// The symbols that a file exports: the arguments of `EXPORT_SYMBOL`, `EXPORT_SYMBOL_GPL` and the like.
  private static func exports(_ file: CSourceFile?) -> [String: String] {
    guard let file else { return [:] }
    let tokens = file.tokens
    var found: [String: String] = [:]
    for index in tokens.indices where tokens[index].kind == .identifier && index + 2 < tokens.count
    {
      guard file.text(of: tokens[index]).hasPrefix("EXPORT_"),
        file.text(of: tokens[index]).contains("SYMBOL"),
        tokens[index + 1].first == UInt8(ascii: "("), tokens[index + 2].kind == .identifier
      else { continue }
      found[file.text(of: tokens[index + 2])] = file.text(of: tokens[index])
    }
    return found
  }

  private static func heads(_ file: CSourceFile?) -> [String: [String]] {
    guard let file else { return [:] }
    var found: [String: [String]] = [:]
    for item in file.items where item.kind == .function || item.kind == .variable {
      let end = item.kind == .function ? Int(item.bodyToken) : Int(item.endToken)
      var words = file.words(in: Int(item.firstToken)..<max(Int(item.firstToken), end))
      // What a variable begins with is not a part of its type.
      if item.kind == .variable, let equals = words.firstIndex(of: "=") {
        words.removeSubrange(equals...)
      }
      found[file.name(of: item)] = words.filter { $0 != "extern" && $0 != ";" }
    }
    return found
  }

  private static func symbols(
    _ old: CSourceFile?, _ new: CSourceFile?, _ path: String
  ) -> [InterfaceChange] {
    let (was, now) = (exports(old), exports(new))
    if was.isEmpty, now.isEmpty { return [] }
    let (before, after) = (heads(old), heads(new))
    var found: [InterfaceChange] = []
    for name in Set(was.keys).union(now.keys).sorted() {
      func change(_ kind: Kind, _ detail: String) {
        found.append(InterfaceChange(kind: kind, name: name, path: path, detail: detail))
      }
      if now[name] == nil {
        change(.removed, "it is exported no more")
      } else if was[name] == nil {
        change(.exported, "it is exported now")
      } else if let macro = now[name], macro != was[name] {
        change(.signature, "it is exported by \(macro) now")
      } else if let head = before[name], let other = after[name], head != other {
        change(.signature, "its declaration changes: \(other.joined(separator: " "))")
      }
    }
    return found
  }
}
