// SPDX-License-Identifier: GPL-2.0-only

/// A format in which some characters of a text have a meaning.
package protocol TextFormat {
  /// Untrusted text as the format shows it, with no meaning of its own.
  static func escaped(_ text: String) -> String
}

/// Text in a format, such as HTML.
///
/// It is written as a string with interpolations. Text written in the source is used as it is;
/// every interpolated string is untrusted, and is escaped when it is inserted:
///
/// ```swift
/// let cell: MarkupText = "<td>\(file.path)</td>"
/// ```
package struct EscapedText<Format: TextFormat>: Sendable, Hashable, ExpressibleByStringInterpolation
{
  /// The text, safe to write.
  package fileprivate(set) var text: String

  package init() { text = "" }
  package init(stringLiteral value: String) { text = value }
  package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity)
    }

    /// Adds text written in the source.
    package mutating func appendLiteral(_ literal: String) { text += literal }

    /// Puts in untrusted text.
    package mutating func appendInterpolation(_ value: some StringProtocol) {
      text += Format.escaped(String(value))
    }

    /// Puts in a number.
    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      text += String(number)
    }

    /// Puts in text that was put together in the same way.
    package mutating func appendInterpolation(_ other: EscapedText) { text += other.text }

    /// Puts in text that is in the format already, such as the program's own style sheet.
    package mutating func appendInterpolation(verbatim: String) { text += verbatim }
  }

  package static func + (a: Self, b: Self) -> Self { "\(a)\(b)" }
  package static func += (a: inout Self, b: Self) { a.text += b.text }
}

extension Sequence {
  /// The texts, with a separator between each two.
  package func joined<Format>(separator: EscapedText<Format> = "") -> EscapedText<Format>
  where Element == EscapedText<Format> {
    var whole = EscapedText<Format>()
    whole.text = map(\.text).joined(separator: separator.text)
    return whole
  }
}

/// Text in HTML or XML: content, or the value of an attribute in double quotes.
package typealias MarkupText = EscapedText<Markup>

/// HTML and XML.
package enum Markup: TextFormat {
  /// No line begins in the text, and none with `::`: GitHub carries out such a line of a job's output.
  package static func escaped(_ text: String) -> String {
    var output = ""
    var last: Unicode.Scalar = " "
    for scalar in VisibleText.escaped(text, as: .block).unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      case "\n": output += "&#10;"
      case ":" where last == ":": output += "&#58;"
      default: output.unicodeScalars.append(scalar)
      }
      last = scalar
    }
    return output
  }
}

/// Text in GitHub's Markdown, within a line or a cell of a table.
package typealias MarkdownText = EscapedText<Markdown>

/// GitHub's Markdown.
package enum Markdown: TextFormat {
  /// No link, image, mention, reference, emphasis, formula, code or HTML comes of the text, and no cell
  /// of a table ends in it.
  package static func escaped(_ text: String) -> String {
    var output = ""
    for scalar in VisibleText.escaped(text).unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      // GitHub looks for mentions and references in the finished page, where a backslash is gone: an
      // element of its own keeps the sign apart from the name.
      case "@", "#": output += "<span>\(scalar)</span>"
      case "\\", "`", "*", "_", "[", "]", "!", "|", "~", "$", ":", "^":
        output += "\\\(scalar)"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }
}
