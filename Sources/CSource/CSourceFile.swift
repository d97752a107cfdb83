// SPDX-License-Identifier: GPL-2.0-only

/// A file of C with its tokens and what it defines.
public struct CSourceFile: Sendable {
  /// The bytes of the file, as they were read.
  public let bytes: [UInt8]
  /// Its tokens, comments apart.
  package let tokens: [CToken]
  /// What it defines and declares, in the order in which it ends; members come after their type.
  public let items: [CItem]

  /// Reads a file.
  ///
  /// Every input has an outline; a text that is not C has an empty one.
  public init(_ bytes: [UInt8]) { self.init(bytes, Lexer().tokens(of: bytes)) }

  /// Outlines a file that was taken apart into tokens already.
  package init(_ bytes: [UInt8], _ tokens: [CToken]) {
    self.bytes = bytes
    self.tokens = tokens
    var outliner = Outliner(bytes, tokens)
    outliner.run()
    items = outliner.items
  }

  /// The name of an item; empty where it has none.
  public func name(of item: CItem) -> String {
    String(decoding: bytes[Int(item.nameStart)..<Int(item.nameEnd)], as: UTF8.self)
  }

  /// A token as in the file.
  package func text(of token: CToken) -> String {
    String(decoding: bytes[token.range], as: UTF8.self)
  }

  /// The functions with a body, in their order.
  public var functions: [CItem] { items.filter { $0.kind == .function } }

  /// The function with a name that begins first; nil where there is none.
  package func function(named name: String) -> CItem? {
    let wanted = Array(name.utf8)
    return items.first {
      $0.kind == .function
        && bytes[Int($0.nameStart)..<Int($0.nameEnd)].elementsEqual(wanted)
    }
  }

  /// The bytes of an item's lines, whole lines, the last newline included.
  package func lines(of item: CItem) -> ArraySlice<UInt8> {
    var start = Int(tokens[Int(item.firstToken)].start)
    while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
    var end = Int(tokens[max(Int(item.firstToken), Int(item.endToken) - 1)].end)
    while end < bytes.count, bytes[end] != 0x0A { end += 1 }
    return bytes[start..<min(bytes.count, end + 1)]
  }
}
