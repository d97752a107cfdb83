// SPDX-License-Identifier: GPL-2.0-only

/// A manifest or a lock that cannot be read.
package struct LedgerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  package var file: String
  /// The line, from 1, where one is to blame.
  package var line: Int?
  /// What is wrong, as one sentence without a full stop.
  package var message: String
  /// What to do about it.
  package var hint: String?

  /// Makes an error from all of its parts.
  package init(_ file: String, line: Int? = nil, _ message: String, hint: String? = nil) {
    self.file = file
    self.line = line
    self.message = message
    self.hint = hint
  }

  /// The failure as one line.
  package var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(message)" }
}
