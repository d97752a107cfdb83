// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import KernelTree
internal import Symbols

/// The file that a patch was made for, and what it can use in its own tree where that is at hand.
final class BaseFile {
  /// The file.
  private(set) lazy var text = CText(content)
  private let content: [UInt8]
  private let path: TreePath
  private let index: SymbolIndex?
  /// What the file can use in its tree; nil where only the file is at hand.
  private(set) lazy var scope: FileScope? = index.map {
    FileScope(of: path, text.source, in: $0, changed: { [] })
  }

  init(_ content: [UInt8], at path: TreePath, in index: SymbolIndex?) {
    self.content = content
    self.path = path
    self.index = index
  }
}
