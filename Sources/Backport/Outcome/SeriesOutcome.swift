// SPDX-License-Identifier: GPL-2.0-only

public import KernelTree
package import PatchFormat

/// The result of patches that were tried one after the other on a tree: the one value that reports,
/// locks and `--json` are made from.
public struct SeriesOutcome: Sendable, Hashable, Codable {
  /// A finding about the text of an input.
  package struct InputFinding: Sendable, Hashable, Codable {
    /// The input.
    package var input: String
    /// The line, from 1.
    package var line: Int
    /// The byte offset, from 0.
    package var offset: Int
    /// The kind.
    package var id: DiagnosticID
    /// How far it goes.
    package var severity: Diagnostic.Severity
    /// What is wrong.
    package var message: String
    /// What is assumed.
    package var assumption: String?
    /// What to do, where the kind alone does not say it.
    package var hint: String?

    /// Takes over a finding of a document.
    package init(_ input: String, _ diagnostic: Diagnostic) {
      self.input = input
      line = diagnostic.location.line
      offset = diagnostic.location.offset
      id = diagnostic.id
      severity = diagnostic.severity
      message = diagnostic.message
      assumption = diagnostic.assumption
      hint = diagnostic.hint
    }
  }

  /// How long the work took, in seconds.
  package struct Timings: Sendable, Hashable, Codable {
    /// Parsing the patches; 0 where they came parsed.
    package var parsing = 0.0
    /// Trying them.
    package var applying = 0.0
  }

  /// The patches that were tried, in order.
  public var patches: [PatchOutcome] = []
  /// How many patches were not tried, because one before them was refused.
  public var untried = 0
  /// Whether every patch applies, is accepted as it is, or is left out.
  public var applies = true
  /// The findings about the inputs.
  package var diagnostics: [InputFinding] = []
  /// How long it took.
  package var timings = Timings()

  /// The changes of the tree that the patches make together; empty where the series does not apply,
  /// unless refused patches are skipped.
  public var changes: [TreeChange] = []
  /// Whether the changes were dropped or handed over while they were made.
  package var isDelivered = false

  private enum CodingKeys: String, CodingKey {
    case patches, untried, applies, diagnostics, timings
  }

  /// Starts with no patch tried.
  package init() {}

  /// Takes over the next piece of a series that is tried in pieces.
  ///
  /// Contents and changes are not taken over: the result of a mailbox of any length takes the room
  /// of its verdicts alone.
  package mutating func append(_ piece: SeriesOutcome) {
    patches += piece.patches.map(\.recorded)
    untried += piece.untried
    applies = applies && piece.applies
    diagnostics += piece.diagnostics
    timings.parsing += piece.timings.parsing
    timings.applying += piece.timings.applying
    isDelivered = isDelivered || piece.isDelivered
  }

  /// Whether any patch applies.
  package var hasApplicablePatch: Bool { patches.contains(where: \.applies) }

  /// The patches that apply.
  package var applicablePatches: [PatchOutcome] { patches.filter(\.applies) }

  /// The paths that the patches which apply change.
  package var changedPaths: Set<TreePath> {
    var paths: Set<TreePath> = []
    for patch in patches where patch.applies {
      for change in patch.changes { paths.insert(change.path) }
      paths.formUnion(patch.content?.deliveredPaths ?? [])
    }
    return paths
  }

  /// Notes the commits of the patches that apply, in their order.
  package mutating func note(commits: [String]) {
    guard !commits.isEmpty else { return }
    let applied = patches.indices.filter { patches[$0].applies }
    for (index, commit) in zip(applied, commits) { patches[index].commit = commit }
  }

  /// The patch that ended the series; nil where none did.
  public var refused: PatchOutcome? { applies ? nil : patches.last }
}
