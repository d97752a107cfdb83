// SPDX-License-Identifier: GPL-2.0-only

/// Something in an adapted file that a compiler, or a reader, would stumble over, and that the patch
/// brought.
package struct ResultDoubt: Sendable, Hashable {
  /// Which check found it.
  package enum Check: String, Sendable, Hashable, Codable, CaseIterable {
    /// A name that the tree does not have.
    case unknownName = "unknown name"
    /// A header that the tree does not have.
    case unknownHeader = "unknown header"
    /// A name that is not declared in its function.
    case undeclared
    /// A call with another number of arguments than the tree's function takes.
    case arguments
    /// A label that is missing, or that nothing uses any more.
    case label
    /// Brackets or conditions that do not balance.
    case balance
    /// A `case` that its switch has already.
    case duplicateCase = "duplicate case"
    /// A statement that is never reached.
    case unreachable

    /// Whether it is about what the tree has, and not about the shape of the file.
    var isAboutTheTree: Bool {
      switch self {
      case .unknownName, .unknownHeader, .undeclared, .arguments: true
      case .label, .balance, .duplicateCase, .unreachable: false
      }
    }
  }

  /// The check.
  package var check: Check
  /// The line of the result, from 1.
  package var line: Int
  /// What is doubtful, as a clause without a full stop.
  package var sentence: String
  /// The name that it is about, where it is about one.
  package var name: String?
}
