// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import Host
package import KernelTree
package import Symbols

/// A change of what modules that are built elsewhere rely on (the kernel's ABI, which distributions keep): the
/// layout of types in headers, and exported symbols.
package struct InterfaceChange: Sendable, Hashable {
  /// What changes.
  package enum Kind: String, Sendable, Hashable, Codable {
    /// The layout of a struct, union or typedef in a header.
    case layout
    /// The values of enumerators in a header.
    case values
    /// The signature or type of an exported symbol, or how it is exported.
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
  ///
  /// - Parameters:
  ///   - index: the names of the tree, for what files without changes have: types whose size depends on a changed
  ///     macro, and the exports of functions that only a header declares otherwise; nil looks at the changes alone.
  /// - Throws: `PatchkitError` where the tree cannot be read.
  package static func among(
    _ changes: [TreeChange], in index: SymbolIndex? = nil
  ) throws(PatchkitError) -> [InterfaceChange] {
    let files = changes.compactMap { change -> ChangedSource? in
      let path = change.path.description
      guard [".c", ".h", ".S"].contains(where: path.hasSuffix) else { return nil }
      return ChangedSource(
        path: path, before: change.before.map { CSourceFile($0.content) },
        after: change.after.map { CSourceFile($0.content) })
    }
    let headers = files.filter { $0.path.hasSuffix(".h") }
    var found = layouts(headers)
    for change in try sizes(headers, in: index?.tree) {
      if let known = found.firstIndex(where: { $0.name == change.name && $0.path == change.path }) {
        found[known].detail += "; \(change.detail)"
      } else {
        found.append(change)
      }
    }
    let exported = symbols(files)
    let declared = try declarations(headers, in: index).filter { change in
      !exported.contains { $0.name == change.name }
    }
    return found + exported + declared
  }

  /// A changed file, as C before and after.
  struct ChangedSource {
    var path: String
    var before: CSourceFile?
    var after: CSourceFile?
  }
}
