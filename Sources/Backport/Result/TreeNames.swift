// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree

/// The names of the trees that a series is applied to: what was read of a tree serves all of its patches.
final class TreeNames {
  private var visible: VisibleNames?
  private var words: [TreePath: (content: [UInt8], words: HeaderWords)] = [:]

  /// The names of a tree as it is before the first patch.
  func visible(in tree: any KernelTree) -> VisibleNames {
    if let visible { return visible }
    let made = VisibleNames((tree as? Overlay)?.underlying ?? tree)
    visible = made
    return made
  }

  /// The C files that the patches before this one changed.
  func changed(in tree: any KernelTree) -> () -> [HeaderWords] {
    guard let staged = (tree as? Overlay)?.staged.files else { return { [] } }
    return { [self] in
      staged.compactMap { path, file in
        let name = path.description
        guard let content = file?.content, name.hasSuffix(".h") || name.hasSuffix(".c") else {
          return nil
        }
        if let known = words[path], known.content == content { return known.words }
        let made = HeaderWords(content)
        words[path] = (content, made)
        return made
      }
    }
  }
}
