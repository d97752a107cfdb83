// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// What the index knows of a C file once it was read: its words, the names that its macros put together, and
/// its includes.
final class FileNames: Sendable {
  /// All identifiers in it, the words of its includes apart.
  let words: NameSet
  /// The names that its macros put together.
  let pasted: [PastedName]
  /// What it includes, in order.
  let includes: [CInclude]

  /// Reads a file.
  convenience init(_ bytes: [UInt8]) {
    let tokens = Lexer().tokens(of: bytes)
    self.init(bytes, tokens) { CSourceFile(bytes, tokens) }
  }

  /// Takes over what was read.
  convenience init(_ file: CSourceFile) { self.init(file.bytes, file.tokens) { file } }

  private init(_ bytes: [UInt8], _ tokens: [CToken], outlined: () -> CSourceFile) {
    words = NameSet(bytes, tokens, takesIncludes: false)
    includes = tokens.compactMap { token in
      if case .directive = token.kind { CInclude(bytes[token.range]) } else { nil }
    }
    guard Self.mayPaste(bytes) else {
      pasted = []
      return
    }
    let file = outlined()
    pasted = file.items.lazy.filter { $0.kind == .macro }
      .flatMap { PastedName.patterns(of: file, $0) }
      .filter { $0.prefix.count + $0.suffix.count >= 3 }
  }

  /// Whether `##` occurs in a file.
  private static func mayPaste(_ bytes: [UInt8]) -> Bool {
    var isAfterHash = false
    for byte in bytes {
      if byte == UInt8(ascii: "#") {
        if isAfterHash { return true }
        isAfterHash = true
      } else {
        isAfterHash = false
      }
    }
    return false
  }
}
