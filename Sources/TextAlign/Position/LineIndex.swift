// SPDX-License-Identifier: GPL-2.0-only

/// A file's lines with the positions of each text but for white space: made once for a file, used for every
/// hunk.
package struct LineIndex: Sendable {
  /// The lines in their order.
  package let lines: [LineText]
  private let solidPlaces: [[UInt8]: [Int]]

  /// Takes the lines of a file.
  package init(_ table: LineTable) {
    self.init((0..<table.count).map { LineText(Array(table.bytes[table.range(of: $0)])) })
  }

  /// Takes lines.
  package init(_ lines: [LineText]) {
    self.lines = lines
    var solid: [[UInt8]: [Int]] = [:]
    solid.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated() {
      solid[line.solidBytes, default: []].append(index)
    }
    solidPlaces = solid
  }

  /// The lines, from 0, with exactly this text, in rising order.
  ///
  /// - Parameter most: nothing is found where more than 16 times as many lines differ in white space at most.
  package func positions(of line: LineText, most: Int = .max) -> [Int] {
    let alike = solidPlaces(of: line)
    // A file may consist of such lines, and a hunk, too.
    if most < .max, alike.count > 16 * most { return [] }
    return alike.filter { lines[$0].bytes == line.bytes }
  }

  /// The lines, from 0, that differ from the text in white space at most.
  package func solidPlaces(of line: LineText) -> [Int] { solidPlaces[line.solidBytes] ?? [] }

  /// How much the line identifies a position: 0 to 1.
  package func weight(of line: LineText) -> Double {
    if !line.saysSomething { return line.isBlank ? 0.08 : 0.15 }
    let count = solidPlaces(of: line).count
    let rarity = count <= 1 ? 1 : 1 / (1 + 0.5 * Double(min(count, 64) - 1)).squareRoot()
    // Short lines are idioms, however rare they are in one file.
    return rarity * min(1, 0.3 + Double(line.solidBytes.count) / 24)
  }
}
