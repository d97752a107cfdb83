// SPDX-License-Identifier: GPL-2.0-only

/// An input that cannot be used: the first finding that prevents it, and how many there are.
public struct PatchFormatError: Error, Sendable, Hashable {
  /// The name of the input, as the caller gave it.
  public var input: String
  /// The finding that prevents the use.
  public var diagnostic: Diagnostic
  /// How many more there are.
  public var others: Int

  /// Makes an error from the finding that prevents the use.
  package init(input: String, diagnostic: Diagnostic, others: Int) {
    self.input = input
    self.diagnostic = diagnostic
    self.others = others
  }
}

/// Which damage is taken with its assumption, and which is refused.
public struct Strictness: Sendable, Hashable {
  /// The findings that are refused although their meaning is certain.
  public var refused: Set<DiagnosticID>

  /// Takes whatever damage has a certain meaning.
  public static let lenient = Strictness(refused: [])
  /// Refuses an input for every finding, also where the meaning is certain.
  public static let strict = Strictness(refused: Set(DiagnosticID.allCases))

  /// Refuses the given kinds of damage even where their meaning is certain.
  public init(refused: Set<DiagnosticID>) {
    self.refused = refused
  }

  /// Refuses the given kinds of damage, of which some may be named twice.
  ///
  /// The set is made here, where code is optimized: see "Start" in Performance.md.
  package init(refused: [DiagnosticID]) {
    self.refused = refused.isEmpty ? [] : Set(refused)
  }

  /// Whether a finding prevents the use of the input.
  public func refuses(_ diagnostic: Diagnostic) -> Bool {
    switch diagnostic.severity {
    case .note: false
    case .assumed: refused.contains(diagnostic.id)
    case .refused: true
    }
  }
}
