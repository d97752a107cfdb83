// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat
internal import TextAlign

/// A hunk as reports show it; what is not UTF-8 is replaced.
package struct ShownHunk: Sendable, Hashable, Codable {
  /// A line of a hunk.
  package struct Line: Sendable, Hashable, Codable {
    /// `+`, `-` or a blank.
    package var kind: String
    /// The text, without its end.
    package var text: String
  }

  /// The first line before.
  package var oldStart: Int
  /// The first line after.
  package var newStart: Int
  /// The text after the second `@@`.
  package var heading: String
  /// The lines.
  package var lines: [Line]

  /// Takes lines of a file, of which the first has a number from 0.
  init(_ content: some Sequence<ArraySlice<UInt8>>, from start: Int) {
    (oldStart, newStart, heading) = (start + 1, start + 1, "")
    lines = content.map { bytes in
      Line(
        kind: " ",
        text: String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes, as: UTF8.self))
    }
  }

  /// Takes the text of a hunk.
  package init(_ hunk: Hunk) {
    oldStart = hunk.oldStart
    newStart = hunk.newStart
    heading = String(decoding: hunk.section, as: UTF8.self)
    lines = hunk.lines.compactMap { line in
      let kind: String
      switch line.kind {
      case .context: kind = " "
      case .removed: kind = "-"
      case .added: kind = "+"
      case .noNewlineMarker: return nil
      }
      return Line(kind: kind, text: String(decoding: hunk.content(of: line), as: UTF8.self))
    }
  }
}
