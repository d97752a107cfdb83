// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import Host
internal import KernelTree
package import PatchFormat
package import Symbols

/// A name that a patch's added lines use, and that neither the target nor the patch defines.
public struct MissingSymbol: Sendable, Hashable {
  /// How a name is used.
  public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    /// Called, as a function or a macro.
    case call
    /// After `struct`, `union` or `enum`, or where a type is expected.
    case type
    /// After `.` or `->`.
    case field
    /// Anywhere else.
    case name
    /// After `#include`.
    case header
  }

  /// The name that is missing; for a header, the path after `#include`.
  public var name: String
  /// How the patch uses the name, such as a call or a field.
  public var role: Role
  /// For a field: the type without that field, if the variable's type is known.
  package var owner: String?
  /// Where it is first used: the path, and the line of the patch's post-image.
  public var path: String
  /// The line of the patch's post-image at `path`, from 1.
  public var line: Int
  /// What the target has that is nearest to it.
  package var candidates: [Symbol] = []
}

/// Finds what a patch uses that a target does not have, without building it.
///
/// No preprocessor runs: a name counts as there if anything in the tree defines or declares it, under
/// whatever condition, or if a macro puts it together from something that it is called with.
package struct MissingSymbols {
  private let index: SymbolIndex
  private let table: DefinitionTable
  /// What macros outside of functions are called with in the patch's own lines.
  private var ownArguments: Set<String> = []

  /// Makes a search in the target of an index.
  ///
  /// - Throws: `PatchkitError` where the target cannot be listed or read.
  package init(_ index: SymbolIndex) throws(PatchkitError) {
    self.index = index
    table = try index.definitions()
  }

  /// The names that are missing, in the order in which the patch uses them.
  ///
  /// - Parameters:
  ///   - files: the file patches with their paths in the target.
  ///   - isKnown: whether a name is somewhere else and not missing; asked before near names are looked
  ///     for, which takes longest.
  ///   - unread: the paths of files of the target that are known to be too large to be read as C.
  ///   - most: the most hunks whose C tokens are held; those of a larger patch are read twice.
  /// - Throws: `PatchkitError` where the target cannot be read.
  package mutating func find(
    in files: [(file: FilePatch, path: String)],
    leavingOut isKnown: (MissingSymbol) -> Bool = { _ in false }, unread: Set<String> = [],
    holding most: Int = 10_000
  ) throws(PatchkitError) -> [MissingSymbol] {
    let own = files.filter {
      ($0.path.hasSuffix(".c") || $0.path.hasSuffix(".h")) && !$0.file.hunks.isEmpty
    }
    var known: [String: TargetNames] = [:]
    for path in own.map(\.path) where known[path] == nil {
      known[path] =
        try unread.contains(path)
        ? TargetNames(isUnread: true) : TargetNames(path, in: index.tree)
    }
    // Any name may be declared in a file that is too large to be read.
    if known.values.allSatisfy(\.isUnread) { return [] }
    let fragments = Self.fragments(of: own, holding: most)
    var defined: Set<String> = []
    var fields: Set<String> = []
    var arguments: Set<String> = []
    for fragment in fragments {
      defined.formUnion(fragment.declared)
      fields.formUnion(fragment.declaredFields)
      arguments.formUnion(fragment.macroArguments)
    }
    ownArguments = arguments
    var missing: [MissingSymbol] = []
    var seen: Set<String> = []
    for fragment in fragments {
      let target = known[fragment.path] ?? TargetNames()
      if target.isUnread { continue }
      for use in fragment.uses {
        guard seen.insert("\(use.role == .field) \(use.owner ?? "") \(use.name)").inserted else {
          continue
        }
        let named = use.owner ?? use.variable.flatMap { fragment.types[$0] ?? target.types[$0] }
        let owner = named.flatMap { $0.isEmpty ? nil : $0 }
        guard try isMissing(use, owner, target, defined, fields, fragment.path) else { continue }
        var symbol = MissingSymbol(
          name: use.name, role: use.role, owner: use.role == .field ? owner : nil,
          path: fragment.path, line: use.line)
        if let index = missing.firstIndex(where: {
          $0.name == symbol.name && ($0.role == .field) == (symbol.role == .field)
        }) {
          if missing[index].owner == nil { missing[index].owner = symbol.owner }
          continue
        }
        if isKnown(symbol) { continue }
        symbol.candidates = candidates(symbol)
        missing.append(symbol)
      }
    }
    return missing
  }

  /// The hunks of a patch, read as C.
  ///
  /// They are read each time that they are asked for if there are very many: what was read of a hunk takes many
  /// times its size.
  private static func fragments(
    of files: [(file: FilePatch, path: String)], holding most: Int
  ) -> AnySequence<PatchFragment> {
    let fragments = files.lazy.flatMap { entry in
      entry.file.hunks.lazy.map { PatchFragment($0, path: entry.path) }
    }
    let count = files.reduce(0) { $0 + $1.file.hunks.count }
    return count <= most ? AnySequence(Array(fragments)) : AnySequence(fragments)
  }

  private mutating func isMissing(
    _ use: PatchFragment.Use, _ owner: String?, _ target: TargetNames, _ defined: Set<String>,
    _ fields: Set<String>, _ path: String
  ) throws(PatchkitError) -> Bool {
    switch use.role {
    case .header:
      guard let include = use.include else { return false }
      return try !hasHeader(include, from: path)
    case .field:
      if fields.contains(use.name) { return false }
      let members = visible(use.name, from: path).filter { $0.kind == .member }
      if let owner, !members.isEmpty, isCompleteType(owner) {
        // A member of a nested type without a name is a member of the outer one.
        return !members.contains { $0.owner == owner || $0.owner.isEmpty }
          && !target.fields.contains(use.name)
          && !visible(use.name, from: path).contains { $0.kind == .macro }
      }
      // A field may be a macro's name: `#define si_pid _sifields._kill._pid`.
      return members.isEmpty && !target.fields.contains(use.name)
        && !visible(use.name, from: path).contains { $0.kind == .macro }
    case .type:
      if defined.contains(use.name) || target.names.contains(use.name) { return false }
      let kinds: Set<CItem.Kind> = [.structure, .union, .enumeration, .typedef, .macro]
      return !visible(use.name, from: path).contains { kinds.contains($0.kind) }
    case .call, .name:
      if defined.contains(use.name) || target.names.contains(use.name) { return false }
      // The declaration of a field is not a use of another one.
      if use.role == .name, fields.contains(use.name) { return false }
      // What a macro is given may be a field, or a part of a name.
      if let callee = use.argumentOf {
        if table.pastingMacros.contains(callee) || fields.contains(use.name) { return false }
        if use.role == .name,
          visible(use.name, from: path).contains(where: { $0.kind == .member })
        {
          return false
        }
      }
      let symbols = visible(use.name, from: path).filter { $0.kind != .member }
      return symbols.isEmpty && !isPasted(use.name, path) && !table.isDeclaredByMacro(use.name)
    }
  }

  /// What a file can see under a name: what headers define, and what it defines itself.
  ///
  /// The names of another .c file are its own, and a function of one needs a prototype in a header.
  private func visible(_ name: String, from path: String) -> [Symbol] {
    table.symbols(named: name).filter { Self.sees(path, $0.path) }
  }

  /// Whether a file may see what another one defines: it is the file itself, or a header in its scope.
  private static func sees(_ path: String, _ other: String) -> Bool {
    if path == other { return true }
    guard other.hasSuffix(".h"), let own = try? TreePath(Array(path.utf8)),
      let header = try? TreePath(Array(other.utf8))
    else { return false }
    return HeaderScope.sees(own, header)
  }

  /// Whether the tree defines a type once, so that its fields are known.
  private func isCompleteType(_ name: String) -> Bool {
    table.symbols(named: name).count { $0.kind == .structure || $0.kind == .union } == 1
  }

  /// Whether a macro of the tree forms a name from one of its arguments.
  private mutating func isPasted(_ name: String, _ path: String) -> Bool {
    func isSeen(_ other: String) -> Bool { Self.sees(path, other) }
    for (pattern, position) in table.pastedNames {
      guard let argument = pattern.argument(in: name), isSeen(position) else { continue }
      if ownArguments.contains(argument)
        || table.filesCallingMacros(with: argument).contains(where: isSeen)
      {
        return true
      }
    }
    return false
  }

  /// Whether the tree has a header; also where it is not known what the file is.
  private func hasHeader(_ include: CInclude, from path: String) throws(PatchkitError) -> Bool {
    guard let path = try? TreePath(Array(path.utf8)) else { return true }
    return try index.hasHeader(include, from: path)
  }

  /// Whether most of the headers that a file of the tree includes are in the tree: else it is a part of
  /// one, and its missing names cannot be determined.
  ///
  /// A file that is not there counts as one whose headers are.
  ///
  /// - Throws: `PatchkitError` where the target cannot be read.
  package func hasHeaders(of path: String) throws(PatchkitError) -> Bool {
    guard let name = try? TreePath(Array(path.utf8)), let file = try index.tree.file(at: name)
    else {
      return true
    }
    var (there, all) = (0, 0)
    // A list of the lines of a large file would take many times its size.
    var rest = file.content[...]
    while let end = rest.firstIndex(of: 0x0A) ?? (rest.isEmpty ? nil : rest.endIndex) {
      let line = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      guard let include = CInclude(line) else { continue }
      all += 1
      if try hasHeader(include, from: path) { there += 1 }
    }
    return there * 2 >= all
  }

  private func candidates(_ symbol: MissingSymbol) -> [Symbol] {
    switch symbol.role {
    case .header: []
    case .field: table.nearest(to: symbol.name, count: 3) { $0 == .member }
    case .type:
      table.nearest(to: symbol.name, count: 3) {
        $0 == .structure || $0 == .union || $0 == .enumeration || $0 == .typedef
      }
    case .call, .name:
      table.nearest(to: symbol.name, count: 3) {
        $0 == .function || $0 == .prototype || $0 == .macro || $0 == .variable
          || $0 == .enumerator || $0 == .macroCall
      }
    }
  }
}

/// The names that a file of the target uses already, which need not be looked up.
struct TargetNames {
  /// Whether the file is too large to be read as C.
  var isUnread = false
  var names: Set<String> = []
  var fields: Set<String> = []
  /// The tags of variables' types.
  var types: [String: String] = [:]

  init(isUnread: Bool = false) { self.isUnread = isUnread }

  init(_ path: String, in tree: any KernelTree) throws(PatchkitError) {
    guard let path = try? TreePath(Array(path.utf8)), let file = try tree.file(at: path) else {
      return
    }
    isUnread = file.content.count > Lexer.mostBytes
    let text = CText(file.content)
    let isCode = text.isCode
    for index in text.words.indices where text.isName(index) && isCode[index] {
      if let before = text.previous(index), text.isWord(before, "->") || text.isSign(before, ".") {
        fields.insert(text.text(index))
      } else {
        names.insert(text.text(index))
      }
    }
    types = text.tags()
  }
}
