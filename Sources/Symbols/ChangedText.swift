// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// A C file as earlier patches of a series left it; it is only read where a name may be in it.
package final class ChangedText {
  /// The file.
  package let content: [UInt8]
  private lazy var names = FileNames(content)

  /// Takes a file.
  package init(_ content: [UInt8]) { self.content = content }

  /// The names that its macros put together, as far as a name may be one of them.
  func pasted(for name: SearchedName) -> [PastedName] {
    name.mayBePasted(in: content) ? names.pasted : []
  }

  /// Whether a name occurs in it.
  func has(_ name: SearchedName) -> Bool {
    name.occurs(in: content) && names.words.contains(name.hash)
  }

  /// What it defines under a name; nil where it defines no such name.
  func definitions(of name: SearchedName) -> ParameterCount.Definitions? {
    has(name) ? ParameterCount.definitions(of: name, in: CSourceFile(content)) : nil
  }
}
