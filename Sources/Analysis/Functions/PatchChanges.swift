// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import Host
package import KernelTree

/// A change of a patch outside of functions' bodies.
package struct ChangedItem: Sendable, Hashable {
  /// What becomes of it.
  package enum Change: String, Sendable, Hashable, Codable {
    /// It is new.
    case added
    /// It differs.
    case changed
    /// It goes away.
    case removed
  }

  /// What it is, such as `struct`, `field`, `macro`, `signature`, `Kconfig` or `Makefile`.
  package var kind: String
  /// Its name; of a field, with its type: `ext4_inode_info.i_flags`.
  package var name: String
  /// What becomes of it.
  package var change: Change
  /// The path.
  package var path: String

  /// Makes one.
  package init(kind: String, name: String, change: Change, path: String) {
    self.kind = kind
    self.name = name
    self.change = change
    self.path = path
  }
}

extension ChangedItem {
  /// What the changes of a tree change outside of functions' bodies: types and their fields, macros,
  /// enums, variables, signatures, and entries of Kconfig and make files.
  package static func among(_ changes: [TreeChange]) -> [ChangedItem] {
    changes.flatMap { change -> [ChangedItem] in
      let path = change.path.description
      let before = change.before?.content
      let after = change.after?.content
      if path.hasSuffix(".c") || path.hasSuffix(".h") {
        return items(before.map { CSourceFile($0) }, after.map { CSourceFile($0) }, path)
      }
      let name = path.split(separator: "/" as Character).last ?? ""
      if name.hasPrefix("Kconfig") { return lines(before, after, path, "Kconfig", configured) }
      if name.hasPrefix("Makefile") || name.hasPrefix("Kbuild") {
        return lines(before, after, path, "Makefile", built)
      }
      return []
    }
  }

  private static func items(
    _ before: CSourceFile?, _ after: CSourceFile?, _ path: String
  ) -> [ChangedItem] {
    // A name outside of what differs counts only where one of these has it, too.
    var wanted: Set<String>?
    if let before, let after {
      let difference = ItemDifference(before, after)
      wanted = Set(
        before.items[difference.before].compactMap { key(of: $0, in: before)?.key }
          + after.items[difference.after].compactMap { key(of: $0, in: after)?.key })
      if wanted?.isEmpty == true { return [] }
    }
    func named(_ file: CSourceFile?) -> [(key: String, kind: String, text: [String])] {
      guard let file else { return [] }
      return file.items.compactMap { item in
        guard let (key, kind) = key(of: item, in: file), wanted?.contains(key) ?? true else {
          return nil
        }
        return (key, kind, text(of: item, in: file))
      }
    }
    let old = named(before)
    let new = named(after)
    let oldTexts = Dictionary(old.map { ($0.key, $0.text) }) { first, _ in first }
    let newKeys = Set(new.map(\.key))
    var seen: Set<String> = []
    var found: [ChangedItem] = []
    for item in new where seen.insert(item.key).inserted {
      let name = String(item.key.dropFirst(item.kind.count + 1))
      if let text = oldTexts[item.key] {
        if text == item.text { continue }
        found.append(ChangedItem(kind: item.kind, name: name, change: .changed, path: path))
      } else if item.kind != "signature" {
        found.append(ChangedItem(kind: item.kind, name: name, change: .added, path: path))
      }
    }
    for item in old
    where !newKeys.contains(item.key) && item.kind != "signature" && seen.insert(item.key).inserted
    {
      let name = String(item.key.dropFirst(item.kind.count + 1))
      found.append(ChangedItem(kind: item.kind, name: name, change: .removed, path: path))
    }
    return found
  }

  /// What an item is called among the changes, and what kind it is; nil for one without a name.
  private static func key(
    of item: CItem, in file: CSourceFile
  ) -> (key: String, kind: String)? {
    let name = file.name(of: item)
    if name.isEmpty { return nil }
    let kind: String
    switch item.kind {
    case .macro: kind = "macro"
    case .structure: kind = "struct"
    case .union: kind = "union"
    case .enumeration: kind = "enum"
    case .enumerator: kind = "enumerator"
    case .typedef: kind = "typedef"
    case .variable: kind = "variable"
    case .member:
      let owner = item.parent < 0 ? "" : file.name(of: file.items[Int(item.parent)])
      return ("field \(owner.isEmpty ? "" : owner + ".")\(name)", "field")
    case .function, .prototype: kind = "signature"
    case .macroCall: kind = "made by macro"
    }
    return ("\(kind) \(name)", kind)
  }

  /// The words of an item that its change shows in.
  private static func text(of item: CItem, in file: CSourceFile) -> [String] {
    switch item.kind {
    case .macro, .typedef, .variable, .member: return file.words(of: item)
    case .structure, .union, .enumeration, .enumerator, .macroCall: return []
    case .function, .prototype:
      let end = item.kind == .function ? Int(item.bodyToken) : Int(item.endToken) - 1
      let head = file.words(in: Int(item.firstToken)..<max(Int(item.firstToken), end))
      return head.filter { $0 != "extern" }
    }
  }

  private static func lines(
    _ before: [UInt8]?, _ after: [UInt8]?, _ path: String, _ kind: String,
    _ name: (Substring) -> String?
  ) -> [ChangedItem] {
    func names(_ bytes: [UInt8]?) -> [String] {
      String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n" as Character)
        .compactMap(name)
    }
    let old = names(before)
    let new = names(after)
    return new.filter { !old.contains($0) }.map {
      ChangedItem(kind: kind, name: $0, change: .added, path: path)
    }
      + old.filter { !new.contains($0) }.map {
        ChangedItem(kind: kind, name: $0, change: .removed, path: path)
      }
  }

  private static func configured(_ line: Substring) -> String? {
    for word in ["config ", "menuconfig "] where line.hasPrefix(word) {
      return String(line.dropFirst(word.count)).split(separator: " " as Character).first.map(
        String.init)
    }
    return nil
  }

  /// `obj-$(CONFIG_X) += file.o`: the objects with what builds them.
  private static func built(_ line: Substring) -> String? {
    guard line.contains(".o"), line.contains("=") else { return nil }
    return line.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }
}

/// Finds who calls functions, in a whole tree.
package enum Callers {
  /// A call.
  package struct Call: Sendable, Hashable {
    /// The function that is called.
    package var callee: String
    /// The function that calls.
    package var caller: String
    /// The path.
    package var path: String
    /// The line, from 1.
    package var line: Int
  }

  /// The calls of functions in a tree's C files, by path and line.
  ///
  /// Files that do not hold a name's bytes are not taken apart.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be read.
  package static func find(
    _ names: Set<String>, in tree: any KernelTree
  ) throws(PatchkitError) -> [Call] {
    if names.isEmpty { return [] }
    let files = try tree.listing { $0.suffix(2) == [0x2E, 0x63] || $0.suffix(2) == [0x2E, 0x68] }
      .sorted { $0.path < $1.path }
    let needles = names.map { Array($0.utf8) }
    var calls: [Call] = []
    for file in files {
      guard let content = try tree.content(of: file),
        needles.contains(where: { content.firstRange(of: $0) != nil })
      else { continue }
      let source = CSourceFile(content)
      for item in source.functions {
        let own = source.name(of: item)
        for index in Int(item.bodyToken)..<Int(item.endToken)
        where source.tokens[index].kind == .identifier && index + 1 < source.tokens.count
          && source.tokens[index + 1].first == UInt8(ascii: "(")
        {
          let name = source.text(of: source.tokens[index])
          if names.contains(name) {
            calls.append(
              Call(
                callee: name, caller: own, path: file.path.description,
                line: Int(source.tokens[index].line)))
          }
        }
      }
    }
    return calls
  }
}
