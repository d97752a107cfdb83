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
    /// A field that the structure of the tree does not have.
    case field
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
    /// A called function with other parameters or another type than in the base, or that is a macro in one of them.
    case calledSignature = "signature in the base"
    /// A called function that takes other locks than in the base.
    case calledLocking = "locking in the base"
    /// A called function that returns other errors than in the base.
    case calledReturns = "return value in the base"
    /// A called function with another body than in the base.
    case calledBody = "body in the base"
    /// A label that calls other functions than in the base.
    case release = "label in the base"

    /// Whether it is reported and refuses nothing.
    package var isWarning: Bool {
      switch self {
      case .calledSignature, .calledLocking, .calledReturns, .calledBody, .release: true
      case .unknownName, .unknownHeader, .undeclared, .field, .arguments, .label, .balance,
        .duplicateCase, .unreachable:
        false
      }
    }

    /// Whether it is about what the tree has, and not about the shape of the file.
    var isAboutTheTree: Bool {
      switch self {
      case .unknownName, .unknownHeader, .undeclared, .field, .arguments, .calledSignature,
        .calledLocking, .calledReturns, .calledBody, .release:
        true
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

  /// Names or words as a sentence has them, in the order of the alphabet.
  static func list(_ words: Set<String>) -> String {
    words.sorted().map { $0.contains(" ") || $0 == "NULL" ? $0 : "'\($0)'" }
      .joined(separator: ", ")
  }
}
