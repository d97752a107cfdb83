// SPDX-License-Identifier: GPL-2.0-only

internal import Ports

/// What was found about the ports of a patch, for people and for programs.
package struct PortCheckReport: Sendable, Hashable, Codable {
  /// A function that the patch changes, or that one of these calls.
  package struct Function: Sendable, Hashable, Codable {
    /// Its name in C.
    package var name: String
    /// Its file.
    package var path: String
    /// `added`, `changed`, `removed` or `renamed`; `called` if the patch leaves it as it is, and a function that it
    /// changes calls it.
    package var change: String
    /// The side of the patch that the port is of.
    package var side: String
    /// The port; nil where there is none.
    package var port: String?
    /// Why there is none.
    package var reason: String?
    /// `fresh`, `stale`, `not-locked` or `no-port`.
    package var lock: String
    /// For a stale one: the statements that differ.
    package var difference: [String]
    /// The fingerprint of its C.
    package var fingerprint: String?
  }

  /// A comparison of a function with its port by values.
  package struct Values: Sendable, Hashable, Codable {
    /// The function.
    package var function: String
    /// The side of the patch.
    package var side: String
    /// How many cases were compared.
    package var cases: Int
    /// How many different ways the port went through the kernel.
    package var paths: Int
    /// Whether all were equal.
    package var equal: Bool
    /// The smallest case that is not: its numbers.
    package var values: [String]
    /// What the port did in it.
    package var portDid: [String]
    /// What the C did in it.
    package var cDid: [String]
  }

  /// A comparison of a scenario's executions.
  package struct Traces: Sendable, Hashable, Codable {
    /// The scenario.
    package var scenario: String
    /// The side of the patch.
    package var side: String
    /// How many different traces the port has.
    package var port: Int
    /// How many the C has.
    package var c: Int
    /// Whether the sets are equal.
    package var equal: Bool
    /// Whether every interleaving is covered.
    package var complete: Bool
    /// Where they first differ.
    package var difference: [String]
  }

  /// The patch's folder.
  package var patch: String
  /// `holds`, `fails` or `not-checked`.
  package var verdict: PortCheckOutcome.Verdict
  /// The tree whose recorded functions these were compared with, if the lock records several trees.
  package var tree: String?
  /// The functions.
  package var functions: [Function]
  /// The recorded functions of other trees, compared with those of this one.
  package var references: [TreeReference]
  /// The comparisons by values.
  package var values: [Values]
  /// The comparisons by traces.
  package var traces: [Traces]
  /// What could not be checked.
  package var notChecked: [String]
  /// What to do about it.
  package var hints: [String]
  /// Other problems.
  package var complaints: [String]

  /// Makes a report.
  package init(_ outcome: PortCheckOutcome, patch: String) {
    self.patch = patch
    verdict = outcome.verdict
    tree = outcome.hasSeveralTrees ? outcome.tree : nil
    references = outcome.references
    functions = outcome.functions.map(Self.function)
    values = outcome.values.map { comparison in
      Values(
        function: comparison.function, side: comparison.side.rawValue, cases: comparison.cases,
        paths: comparison.paths, equal: comparison.difference == nil && comparison.failure == nil,
        values: comparison.difference?.values ?? [], portDid: comparison.difference?.port ?? [],
        cDid: comparison.difference?.c ?? [])
    }
    traces = outcome.traces.map { comparison in
      Traces(
        scenario: comparison.scenario, side: comparison.side.rawValue, port: comparison.portTraces,
        c: comparison.cTraces, equal: comparison.difference == nil && comparison.failure == nil,
        complete: comparison.isComplete,
        difference: comparison.difference ?? comparison.failure.map { [$0] } ?? [])
    }
    notChecked = outcome.notChecked.map(\.reason)
    hints = Array(Set(outcome.notChecked.compactMap(\.hint))).sorted()
    complaints = outcome.complaints
  }

  private static func function(_ paired: PairedFunction) -> Function {
    let change =
      switch paired.change {
      case nil: "called"
      case .added: "added"
      case .changed: "changed"
      case .removed: "removed"
      case .renamed: "renamed"
      }
    var lock = "no-port"
    var difference: [String] = []
    switch paired.freshness {
    case .fresh: lock = "fresh"
    case .stale(let lines):
      lock = "stale"
      difference = lines
    case .unlocked: lock = "not-locked"
    case .noPort: break
    }
    return Function(
      name: paired.name, path: paired.path, change: change,
      side: paired.side.rawValue, port: paired.port, reason: paired.reason, lock: lock,
      difference: difference, fingerprint: paired.fingerprint?.id)
  }
}
