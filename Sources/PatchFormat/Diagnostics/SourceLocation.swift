// SPDX-License-Identifier: GPL-2.0-only

/// A position in an input: the line, and the byte from the start.
public struct SourceLocation: Sendable, Hashable, Codable {
  /// The line, counted from 1.
  public var line: Int
  /// The byte offset from the start of the input, counted from 0.
  public var offset: Int

  /// Makes a location from a line (from 1) and a byte offset (from 0).
  public init(line: Int, offset: Int) {
    self.line = line
    self.offset = offset
  }
}
