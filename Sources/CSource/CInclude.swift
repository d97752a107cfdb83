// SPDX-License-Identifier: GPL-2.0-only

/// What an `#include` names.
package struct CInclude: Sendable, Hashable {
  /// The text between the quotes or the angles.
  package var name: String
  /// Whether it is written with quotes.
  package var isQuoted: Bool

  /// The include of a directive, or of a line of C; nil for any other.
  package init?(_ directive: ArraySlice<UInt8>) {
    func withoutBlanks(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      text.drop { $0 == 0x20 || $0 == 0x09 }
    }
    let line = withoutBlanks(directive)
    guard line.first == UInt8(ascii: "#") else { return nil }
    let text = withoutBlanks(line.dropFirst())
    guard text.starts(with: "include".utf8) else { return nil }
    let rest = withoutBlanks(text.dropFirst(7))
    guard let open = rest.first, open == UInt8(ascii: "<") || open == UInt8(ascii: "\"") else {
      return nil
    }
    let close = open == UInt8(ascii: "<") ? UInt8(ascii: ">") : open
    name = String(decoding: rest.dropFirst().prefix { $0 != close }, as: UTF8.self)
    isQuoted = open == UInt8(ascii: "\"")
  }
}
