// SPDX-License-Identifier: GPL-2.0-only

package import CSource
package import KernelTree
package import Ports

/// The C files that a patch touches, before and after it.
package struct PatchSources: Sendable {
  /// A file.
  package struct File: Sendable {
    /// The path in the tree.
    package var path: String
    /// The file before; nil where it is new.
    package var before: CSourceFile?
    /// The file after; nil where it goes away.
    package var after: CSourceFile?

    /// The file on one side.
    package subscript(_ side: PatchSide) -> CSourceFile? { side == .before ? before : after }
  }

  /// The files, by path.
  package let files: [File]

  /// Takes the C files among the changes that a patch makes to a tree.
  package init(_ changes: [TreeChange]) {
    files = changes.compactMap { change in
      let path = change.path.description
      guard path.hasSuffix(".c") || path.hasSuffix(".h") else { return nil }
      return File(
        path: path, before: change.before.map { CSourceFile($0.content) },
        after: change.after.map { CSourceFile($0.content) })
    }
  }

  /// The functions that the patch changes.
  package var changedFunctions: [ChangedFunction] {
    files.flatMap { ChangedFunction.between($0.before, $0.after, path: $0.path) }
  }

  /// Whether functions of a file call another one of it, themselves or through others of the file, on either side.
  package func calls(_ name: String, in path: String, from functions: Set<String>) -> Bool {
    guard let file = files.first(where: { $0.path == path }) else { return false }
    return [file.before, file.after].compactMap(\.self).contains { side in
      var reached: Set<String> = []
      var next = functions
      while !next.isEmpty {
        reached.formUnion(next)
        let words = Set(
          side.items.filter { $0.kind == .function && next.contains(side.name(of: $0)) }
            .flatMap { side.words(of: $0) })
        next = Set(side.items.filter { $0.kind == .function }.map { side.name(of: $0) })
          .intersection(words).subtracting(reached)
      }
      return reached.contains(name) && side.function(named: name) != nil
    }
  }

  /// A function by name on one side; nil where there is none.
  package func function(_ name: String, in path: String, _ side: PatchSide) -> (CSourceFile, CItem)?
  {
    guard let file = files.first(where: { $0.path == path })?[side],
      let item = file.function(named: name)
    else { return nil }
    return (file, item)
  }
}
