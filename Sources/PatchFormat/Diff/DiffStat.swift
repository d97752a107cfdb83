// SPDX-License-Identifier: GPL-2.0-only

/// The lines that one file patch adds and removes, as `git apply --numstat` counts them.
package struct DiffStat: Sendable, Hashable {
  /// The path, stripped, as bytes.
  package var path: [UInt8]
  /// Lines added; 0 for a binary file.
  package var added: Int
  /// Lines removed; 0 for a binary file.
  package var removed: Int
  /// Whether the file is binary.
  package var isBinary: Bool

  /// Counts the lines of one file patch; nil where no path is left after stripping.
  package init?(_ file: FilePatch, strip: Int? = nil) {
    guard let paths = file.paths(strip: strip ?? file.usualStrip), !paths.shown.isEmpty else {
      return nil
    }
    path = paths.shown
    added = file.addedCount
    removed = file.removedCount
    isBinary = file.isBinary
  }
}
