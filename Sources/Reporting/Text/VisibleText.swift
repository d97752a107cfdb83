// SPDX-License-Identifier: GPL-2.0-only

/// Untrusted text made visible: no character of it steers a terminal, reorders a line or hides.
///
/// Control characters are shown as `^[`, other characters without a glyph as `<U+202E>`, and bytes that
/// are not UTF-8 as `<FF>`: the notation of less(1).
package enum VisibleText {
  /// Which white space is laid out and not shown as an escape.
  package enum Layout: Sendable {
    /// A value within a line, such as a path, a subject or a name: none.
    case line
    /// A line of a file: tabs.
    case code
    /// Paragraphs: tabs and newlines.
    case block
  }

  /// The text with everything visible.
  package static func escaped(_ text: some StringProtocol, as layout: Layout = .line) -> String {
    // Nearly all text is plain ASCII.
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x5B }) { return String(text) }
    var output = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { append(scalar, layout, to: &output) }
    return String(output)
  }

  /// Bytes that should be UTF-8, with everything visible.
  package static func escaped(
    bytes: some Collection<UInt8>, as layout: Layout = .line
  ) -> String {
    var output = String.UnicodeScalarView()
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var rest = bytes[...]
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        append(Unicode.UTF8.decode(encoded), layout, to: &output)
        rest = rest.dropFirst(encoded.count)
      case .error(let length):
        for byte in rest.prefix(length) {
          output.append(contentsOf: "<\(hex(UInt32(byte), digits: 2))>".unicodeScalars)
        }
        rest = rest.dropFirst(length)
      case .emptyInput: return String(output)
      }
    }
  }

  private static func append(
    _ scalar: Unicode.Scalar, _ layout: Layout, to output: inout String.UnicodeScalarView
  ) {
    switch scalar.value {
    case 0x5B where output.last == "#" && output.dropLast().last == "#":
      // GitHub's runner carries out '##[command]' wherever it is in a job's output.
      output.removeLast()
      output.append(contentsOf: "<U+0023>[".unicodeScalars)
    case 0x20..<0x7F: output.append(scalar)
    case 0x09 where layout != .line, 0x0A where layout == .block: output.append(scalar)
    case 0..<0x20, 0x7F:
      output.append("^")
      output.append(Unicode.Scalar(UInt8(scalar.value ^ 0x40)))
    case _ where isInvisible(scalar):
      output.append(contentsOf: "<U+\(hex(scalar.value, digits: 4))>".unicodeScalars)
    default: output.append(scalar)
    }
  }

  /// Whether a character changes how others are shown, or has no glyph.
  ///
  /// Taken from the categories and properties of Unicode 15: control characters (Cc), the bidirectional
  /// controls (Bidi_Control), line and paragraph separators (Zl, Zp), noncharacters, and the format
  /// characters (Cf) that no writing system needs within a word. The zero-width joiners stay.
  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x180E, 0x200B, 0x200E...0x200F, 0x2028...0x202E,
      0x2060...0x206F,
      0xFDD0...0xFDEF, 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F:
      true
    default: scalar.value & 0xFFFE == 0xFFFE
    }
  }

  private static func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
