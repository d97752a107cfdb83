// SPDX-License-Identifier: GPL-2.0-only

/// How text is dressed: with colours on a terminal, plain elsewhere.
package struct TextStyle: Sendable {
  /// Whether colours are used.
  package var hasColours: Bool

  /// Text without colours.
  package static let plain = TextStyle(hasColours: false)

  /// Makes a style.
  package init(hasColours: Bool) {
    self.hasColours = hasColours
  }

  private func wrap(_ text: String, _ code: String) -> String {
    hasColours ? "\u{1B}[\(code)m\(text)\u{1B}[m" : text
  }

  /// A verdict: green where the patch applies, red where it does not.
  package func verdict(_ text: String, isGood: Bool) -> String { wrap(text, isGood ? "32" : "31") }
  /// A line that a patch adds.
  package func added(_ text: String) -> String { wrap(text, "32") }
  /// A line that a patch removes.
  package func removed(_ text: String) -> String { wrap(text, "31") }
  /// A hunk header.
  package func hunk(_ text: String) -> String { wrap(text, "36") }
  /// A heading.
  package func bold(_ text: String) -> String { wrap(text, "1") }
  /// What matters less.
  package func dim(_ text: String) -> String { wrap(text, "2") }
  /// A warning.
  package func warning(_ text: String) -> String { wrap(text, "33") }

  /// Text from an input, its control characters made visible so that it cannot steer a terminal.
  package static func harmless(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar -> String in
        switch scalar.value {
        case 9, 10: String(scalar)
        case 0..<32, 127: "^" + String(UnicodeScalar(UInt8(scalar.value ^ 64)))
        case 128..<160: "\\x" + String(scalar.value, radix: 16)
        default: String(scalar)
        }
      }.joined())
  }

  /// Text that was put together of parts from inputs and of a style's own colours: the colours stay, and
  /// every other control character is made visible.
  static func harmless(_ text: String, keepingColours style: TextStyle) -> String {
    guard style.hasColours else { return harmless(text) }
    return text.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated().map {
      index, piece in
      guard index > 0, let end = piece.firstIndex(of: "m"),
        piece[..<end].allSatisfy({ $0.isASCII && $0.isNumber })
      else { return (index > 0 ? "^[[" : "") + harmless(String(piece)) }
      return "\u{1B}[" + piece[...end] + harmless(String(piece[piece.index(after: end)...]))
    }.joined()
  }
}
