// SPDX-License-Identifier: GPL-2.0-only

/// Lines of a target and their replacement.
package struct LineEdit: Sendable, Hashable {
  /// The lines that go, from 0; empty for an insertion before a line.
  package var range: Range<Int>
  /// The lines that come.
  package var replacement: [LineText]

  /// Makes an edit.
  package init(_ range: Range<Int>, _ replacement: [LineText]) {
    self.range = range
    self.replacement = replacement
  }
}
