// SPDX-License-Identifier: GPL-2.0-only

/// Text as spans with a meaning each; whether and how it is colored is decided when it is printed.
///
/// It is written as a string with interpolations. Text written in the source is used as it is;
/// every interpolated string is untrusted, and is made visible by `VisibleText` when it is inserted:
///
/// ```swift
/// "\(.path, file.path): \(.bad, "conflict")\n"
/// ```
package struct LabeledText: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// What a span means.
  package enum Label: Sendable, Hashable, CaseIterable {
    /// A verdict or a word that says that all is well.
    case good
    /// A verdict or a word that says that something is wrong.
    case bad
    /// A word that says that something may be wrong.
    case warning
    /// The path of a file.
    case path
    /// The number of a line.
    case lineNumber
    /// The word before an advice.
    case hint
    /// A line that a patch adds.
    case added
    /// A line that a patch removes.
    case removed
    /// A word of an added line that the line it is compared with does not have.
    case addedWord
    /// A word of a removed line that the line it is compared with does not have.
    case removedWord
    /// A word of any other line that the line it is compared with does not have.
    case changedWord
    /// The header of a hunk.
    case hunkHeader
    /// A heading.
    case heading
    /// What matters less.
    case faint

    /// The label of a verdict.
    package static func verdict(isGood: Bool) -> Label { isGood ? .good : .bad }

    /// The parameter of the terminal's "select graphic rendition" (ECMA-48); nil for none.
    fileprivate var rendition: String? {
      switch self {
      case .good, .added: "32"
      case .bad, .removed: "31"
      case .warning: "33"
      case .addedWord: "7;32"
      case .removedWord: "7;31"
      case .changedWord: "7"
      case .hunkHeader: "36"
      case .heading: "1"
      case .faint: "2"
      case .path, .lineNumber, .hint: nil
      }
    }
  }

  /// A part of the text.
  package struct Span: Sendable, Hashable {
    /// The text, safe to print.
    package var text: String
    /// What it means; nil for plain text.
    package var label: Label?
  }

  /// The spans in their order; neighbors have different labels.
  package private(set) var spans: [Span] = []

  /// Makes an empty text.
  package init() {}

  /// Takes a text from the source as it is.
  package init(stringLiteral value: String) { append(value, nil) }

  /// Takes the parts of an interpolated string.
  package init(stringInterpolation: Interpolation) { self = stringInterpolation.text }

  mutating func append(_ text: String, _ label: Label?) {
    if text.isEmpty { return }
    if let last = spans.indices.last, spans[last].label == label {
      spans[last].text += text
    } else {
      spans.append(Span(text: text, label: label))
    }
  }

  /// Appends a text, whose plain spans take the label.
  fileprivate mutating func append(_ text: LabeledText, _ label: Label?) {
    for span in text.spans { append(span.text, span.label ?? label) }
  }

  /// Whether there is no text.
  package var isEmpty: Bool { spans.isEmpty }

  /// The text without its labels.
  package var plain: String { spans.map(\.text).joined() }

  /// The text for a terminal or a file.
  ///
  /// - Parameter inColor: whether labels become colors; else the text is the plain one.
  package func rendered(inColor: Bool) -> String {
    guard inColor else { return plain }
    return spans.map { span in
      guard let rendition = span.label?.rendition else { return span.text }
      return "\u{1B}[\(rendition)m\(span.text)\u{1B}[m"
    }.joined()
  }

  /// The two texts, one after the other.
  package static func + (a: LabeledText, b: LabeledText) -> LabeledText {
    var sum = a
    sum += b
    return sum
  }

  /// Appends a text.
  package static func += (a: inout LabeledText, b: LabeledText) { a.append(b, nil) }
}

extension LabeledText {
  /// The parts of a text, each put in by the one call that fits it.
  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = LabeledText()

    /// Begins with nothing.
    package init(literalCapacity: Int, interpolationCount: Int) {}

    /// Adds text written in the source.
    package mutating func appendLiteral(_ literal: String) { text.append(literal, nil) }

    /// Puts in a value within a line: a path, a subject, a name, a reason.
    package mutating func appendInterpolation(_ value: some StringProtocol) {
      text.append(VisibleText.escaped(value), nil)
    }

    /// Puts in a value within a line, with its meaning.
    package mutating func appendInterpolation(_ label: Label, _ value: some StringProtocol) {
      text.append(VisibleText.escaped(value), label)
    }

    /// Puts in a number.
    package mutating func appendInterpolation(_ number: some BinaryInteger) {
      text.append(String(number), nil)
    }

    /// Puts in a number, with its meaning.
    package mutating func appendInterpolation(_ label: Label, _ number: some BinaryInteger) {
      text.append(String(number), label)
    }

    /// Puts in a text that was put together in the same way.
    package mutating func appendInterpolation(_ other: LabeledText) { text.append(other, nil) }

    /// Puts in a text that was put together in the same way; its plain spans take the label.
    package mutating func appendInterpolation(_ label: Label, _ other: LabeledText) {
      text.append(other, label)
    }

    /// Puts in several lines, such as the body of a message: tabs and newlines are laid out.
    package mutating func appendInterpolation(block: some StringProtocol) {
      text.append(VisibleText.escaped(block, as: .block), nil)
    }

    /// Puts in a line of a file without its newline: tabs are laid out.
    package mutating func appendInterpolation(
      _ label: Label? = nil, code bytes: some Collection<UInt8>
    ) {
      text.append(VisibleText.escaped(bytes: bytes, as: .code), label)
    }

    /// Puts in a value within a line whose bytes need not be UTF-8, such as a path.
    package mutating func appendInterpolation(
      _ label: Label? = nil, bytes: some Collection<UInt8>
    ) {
      text.append(VisibleText.escaped(bytes: bytes), label)
    }
  }
}

extension LabeledText {
  /// How many columns of a terminal a line of text takes.
  package var width: Int { spans.reduce(0) { $0 + DisplayWidth.of($1.text) } }

  /// The text filled with spaces on its right to a number of columns.
  package func padded(to width: Int) -> LabeledText {
    var text = self
    // Within the last span, so that a colored cell is colored to its end.
    text.append(String(repeating: " ", count: max(0, width - self.width)), spans.last?.label)
    return text
  }

  /// The text filled with spaces on its left to a number of columns.
  package func alignedRight(to width: Int) -> LabeledText {
    var text = LabeledText()
    text.append(String(repeating: " ", count: max(0, width - self.width)), nil)
    text += self
    return text
  }

  /// The text cut to a number of columns.
  package func cut(to width: Int) -> LabeledText {
    var text = LabeledText()
    var room = width
    for span in spans {
      let (part, columns) = DisplayWidth.prefix(of: span.text, columns: room)
      text.append(String(part), span.label)
      room -= columns
      if part.endIndex < span.text.endIndex { break }
    }
    return text
  }

  /// The end of the text that takes no more than a number of columns.
  package func tail(_ width: Int) -> LabeledText {
    var text = LabeledText()
    var room = width
    for span in spans.reversed() {
      let reversed = DisplayWidth.suffix(of: span.text, columns: room)
      var longer = LabeledText()
      longer.append(String(reversed.text), span.label)
      text = longer + text
      room -= reversed.columns
      if reversed.text.startIndex > span.text.startIndex { break }
    }
    return text
  }
}

extension Sequence where Element == LabeledText {
  /// The texts, with a separator between each two.
  package func joined(separator: LabeledText = LabeledText()) -> LabeledText {
    var text = LabeledText()
    for (index, element) in enumerated() {
      if index > 0 { text += separator }
      text += element
    }
    return text
  }
}
