// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import KernelTree

/// The names of the trees that a series is applied to: what was read of a tree serves all of its patches.
final class TreeNames {
  private var visible: VisibleNames?
  private var texts: [TreePath: ChangedText] = [:]

  /// The names of a tree as it is before the first patch.
  func visible(in tree: any KernelTree) -> VisibleNames {
    if let visible { return visible }
    let made = VisibleNames((tree as? Overlay)?.underlying ?? tree)
    visible = made
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

/// A C file as earlier patches of a series left it; it is only read where a name may be in it.
final class ChangedText {
  let content: [UInt8]
  private(set) lazy var words = HeaderWords(content)

  init(_ content: [UInt8]) { self.content = content }

  /// The names that its macros put together, as far as a name may be one of them.
  func pasted(for name: SearchedName) -> [PastedName] {
    name.mayBePasted(in: content) ? words.pasted : []
  }

  /// Whether a name occurs in it.
  func has(_ name: SearchedName) -> Bool {
    name.occurs(in: content) && words.names.contains(name.hash)
  }

  /// What it defines under a name; nil where it defines no such name.
  func definitions(of name: SearchedName) -> ParameterCount.Definitions? {
    has(name) ? ParameterCount.definitions(of: name, in: CSourceFile(content)) : nil
  }
}
