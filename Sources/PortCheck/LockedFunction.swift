// SPDX-License-Identifier: GPL-2.0-only

package import Ports

/// A function as a lock records it.
package struct LockedFunction: Sendable, Hashable {
  /// Its name in C.
  package var name: String
  /// Its file.
  package var path: String
  /// The side of the patch.
  package var side: PatchSide
  /// The tree that it was read in, by its name in the manifest; nil if the lock names no trees.
  package var tree: String?
  /// Its tokens, one line for each statement.
  package var lines: [String]

  /// Makes one.
  package init(name: String, path: String, side: PatchSide, tree: String? = nil, lines: [String]) {
    self.name = name
    self.path = path
    self.side = side
    self.tree = tree
    self.lines = lines
  }
}

extension [LockedFunction] {
  /// The trees that functions were read in, in the order of the lock.
  package var trees: [String] {
    reduce(into: []) { names, function in
      if let tree = function.tree, !names.contains(tree) { names.append(tree) }
    }
  }

  /// The functions that a tree is compared with: its own, and those of a lock that names no trees.
  package func recorded(of tree: String?) -> [LockedFunction] {
    filter { $0.tree == nil || $0.tree == tree }
  }
}

/// The recorded functions of another tree, compared with those of the tree that was checked.
///
/// The lab tree represents upstream: this says how far.
package struct TreeReference: Sendable, Hashable, Codable {
  /// A function that is not the same in both trees.
  package struct Function: Sendable, Hashable, Codable {
    /// Its name in C.
    package var name: String
    /// The side of the patch.
    package var side: String
    /// The statements that differ: those of the checked tree with `-`, those of the other with `+`.
    package var difference: [String]
  }

  /// The other tree's name.
  package var tree: String
  /// How many functions have the same tokens in both.
  package var same: Int
  /// The functions that differ.
  package var differing: [Function]

  /// Compares the functions of every other tree of a lock with those of its first tree: nothing if another
  /// tree was checked, which represents itself.
  static func all(in lock: [LockedFunction], representedBy tree: String?) -> [TreeReference] {
    guard let tree, tree == lock.trees.first else { return [] }
    let own = lock.filter { $0.tree == tree }
    return lock.trees.filter { $0 != tree }.map { other in
      var reference = TreeReference(tree: other, same: 0, differing: [])
      for function in lock.filter({ $0.tree == other }) {
        let mine = own.first {
          $0.name == function.name && $0.path == function.path && $0.side == function.side
        }
        if mine?.lines == function.lines {
          reference.same += 1
          continue
        }
        let old = FunctionFingerprint(lines: mine?.lines ?? [])
        reference.differing.append(
          Function(
            name: function.name, side: function.side.rawValue,
            difference: old.difference(to: FunctionFingerprint(lines: function.lines))
              .filter { !$0.hasPrefix("  ") }))
      }
      return reference
    }
  }
}
