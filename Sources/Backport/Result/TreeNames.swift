// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import Symbols

/// The names of the tree that a series is applied to, and of the files that its patches changed: what was read
/// serves all of its patches.
final class TreeNames {
  private var index: SymbolIndex?
  private var baseIndex: SymbolIndex?
  private var texts: [TreePath: ChangedText] = [:]

  /// Takes the tree's index, where there is one already.
  init(_ index: SymbolIndex? = nil) { self.index = index }

  /// The names of a tree as it is before the first patch.
  func index(of tree: any KernelTree) -> SymbolIndex {
    if let index { return index }
    let made = SymbolIndex((tree as? Overlay)?.underlying ?? tree)
    index = made
    return made
  }

  /// The names of the tree that the patches were made for.
  func index(ofBase tree: any KernelTree) -> SymbolIndex {
    if let baseIndex, baseIndex.tree as AnyObject === tree as AnyObject { return baseIndex }
    let made = SymbolIndex(tree)
    baseIndex = made
    return made
  }

  /// The C files that the patches before this one changed.
  func changed(in tree: any KernelTree) -> () -> [ChangedText] {
    guard let staged = (tree as? Overlay)?.staged.files else { return { [] } }
    return { [self] in
      staged.compactMap { path, file in
        guard let content = file?.content, ResultStage.reads(path) else { return nil }
        if let known = texts[path], known.content == content { return known }
        let made = ChangedText(content)
        texts[path] = made
        return made
      }
    }
  }
}
