// SPDX-License-Identifier: GPL-2.0-only

/// One finding about the shape of an input: what is wrong, where, and what was assumed.
public struct Diagnostic: Sendable, Hashable {
  /// How far a finding goes.
  public enum Severity: String, Sendable, Hashable, Codable {
    /// Worth knowing; the meaning is not touched.
    case note
    /// Damage whose meaning is certain: read with the assumption that is named.
    case assumed
    /// Damage whose meaning is not certain, or a form that is not supported: nothing is applied.
    case refused
  }

  /// What kind of finding this is; its raw value is the stable name that users write.
  public var id: DiagnosticID
  /// Whether it is only worth knowing, was read with an assumption, or refuses the input.
  public var severity: Severity
  /// Where, in the input as it was given (before any mail decoding).
  public var location: SourceLocation
  /// What is wrong, as one sentence without a full stop.
  public var message: String
  /// What was assumed, where something was.
  public var assumption: String?
  /// What to do, where that is not the same for every finding of the kind.
  package var hint: String?

  /// Makes a finding at a position of the input.
  package init(
    id: DiagnosticID, severity: Severity, location: SourceLocation, message: String,
    assumption: String? = nil, hint: String? = nil
  ) {
    self.id = id
    self.severity = severity
    self.location = location
    self.message = message
    self.assumption = assumption
    self.hint = hint
  }
}

/// A finding before its line is known: the offset is into the text that was being read.
struct PendingDiagnostic: Sendable {
  var id: DiagnosticID
  var severity: Diagnostic.Severity
  var offset: Int
  var message: String
  var assumption: String?
  var hint: String?
}
