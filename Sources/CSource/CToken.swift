// SPDX-License-Identifier: GPL-2.0-only

/// A word of C: comments and white space lie between tokens and are none.
package struct CToken: Sendable, Hashable {
  /// What a token is.
  package enum Kind: UInt8, Sendable, Hashable {
    /// A name or a keyword.
    case identifier
    /// A number, suffixes included.
    case number
    /// A string or a character, quotes and prefix included.
    case text
    /// An operator or a bracket: as many signs as C takes together.
    case sign
    /// A whole preprocessor line, with its continuation lines.
    case directive
  }

  /// The first byte.
  package var start: UInt32
  /// The byte after the last.
  package var end: UInt32
  /// The line that it starts in, from 1.
  package var line: UInt32
  /// What it is.
  package var kind: Kind
  /// The first byte's value: enough to distinguish most operators.
  package var first: UInt8
  /// Whether it is a word of a directive, where directives are taken apart.
  package var isInDirective = false

  /// The bytes that it is made of.
  package var range: Range<Int> { Int(start)..<Int(end) }
}
