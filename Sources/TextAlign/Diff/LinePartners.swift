// SPDX-License-Identifier: GPL-2.0-only

/// The partner of each line of a file in another one, from 0; nil where it has none.
///
/// Partners are recorded only between the first and the last difference: files may have very many lines.
package struct LinePartners: Sendable, RandomAccessCollection {
  private let lines: Int
  /// The number of lines before the first difference, and after the last one.
  private let before: Int
  private let after: Int
  /// How many lines longer the other file is.
  private let shift: Int
  /// The partners of the lines between, from the first difference on; -1 for none.
  private let between: [Int32]

  init(count: Int, before: Int, after: Int, shift: Int, between: [Int32]) {
    (lines, self.before, self.after) = (count, before, after)
    (self.shift, self.between) = (shift, between)
  }

  /// The first line.
  package var startIndex: Int { 0 }
  /// The number of lines.
  package var endIndex: Int { lines }

  /// The partner of a line.
  package subscript(line: Int) -> Int? {
    if line < before { return line }
    if line >= lines - after { return line + shift }
    let partner = between[line - before]
    return partner < 0 ? nil : before + Int(partner)
  }
}
