// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Synchronization

/// What is looked up of an index for every patch, made once and only if it is asked for.
package final class SymbolTables: Sendable {
  /// The index.
  package let index: SymbolIndex

  private struct Made {
    var pasted: [(name: PastedName, path: String)]?
    var pasting: Set<String>?
  }

  private let made = Mutex(Made())

  /// Takes an index.
  package init(_ index: SymbolIndex) { self.index = index }

  /// The names that macros put together, with the file of the macro.
  var pasted: [(name: PastedName, path: String)] {
    made.withLock { made in
      if let known = made.pasted { return known }
      let new = index.pastedNames
      made.pasted = new
      return new
    }
  }

  /// The macros that put names together, or make texts of them.
  var pasting: Set<String> {
    made.withLock { made in
      if let known = made.pasting { return known }
      let new = index.pastingMacros
      made.pasting = new
      return new
    }
  }
}
