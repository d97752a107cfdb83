// SPDX-License-Identifier: GPL-2.0-only

internal import Analysis
internal import Ports

/// What was found about the ports of a patch, for people and for programs.
public struct PortCheckReport: Sendable, Hashable, Codable {
  /// A function that the patch changes.
  public struct Function: Sendable, Hashable, Codable {
    /// Its name in C.
    public var name: String
    /// Its file.
    public var path: String
    /// `added`, `changed`, `removed` or `renamed`.
    public var change: String
    /// The side of the patch that the port is of.
    public var side: String
    /// The port; nil where there is none.
    public var port: String?
    /// Why there is none.
    public var reason: String?
    /// `fresh`, `stale`, `not-locked` or `no-port`.
    public var lock: String
    /// For a stale one: the statements that differ.
    public var difference: [String]
    /// The fingerprint of its C.
    public var fingerprint: String?
  }

  /// A comparison of a function with its port by values.
  public struct Values: Sendable, Hashable, Codable {
    /// The function.
    public var function: String
    /// The side of the patch.
    public var side: String
    /// How many cases were compared.
    public var cases: Int
    /// How many different ways the port went through the kernel.
    public var paths: Int
    /// Whether all were equal.
    public var equal: Bool
    /// The smallest case that is not: its numbers.
    public var values: [String]
    /// What the port did in it.
    public var portDid: [String]
    /// What the C did in it.
    public var cDid: [String]
  }

  /// A comparison of a scenario's executions.
  public struct Traces: Sendable, Hashable, Codable {
    /// The scenario.
    public var scenario: String
    /// The side of the patch.
    public var side: String
    /// How many different traces the port has.
    public var port: Int
    /// How many the C has.
    public var c: Int
    /// Whether the sets are equal.
    public var equal: Bool
    /// Whether every interleaving is covered.
    public var complete: Bool
    /// Where they first differ.
    public var difference: [String]
  }

  /// The patch's folder.
  public var patch: String
  /// `holds`, `fails` or `not-checked`.
  public var verdict: PortCheckOutcome.Verdict
  /// The functions.
  public var functions: [Function]
  /// The comparisons by values.
  public var values: [Values]
  /// The comparisons by traces.
  public var traces: [Traces]
  /// What could not be checked.
  public var notChecked: [String]
  /// What to do about it.
  public var hints: [String]
  /// What is wrong beside that.
  public var complaints: [String]

  /// Makes a report.
  public init(_ outcome: PortCheckOutcome, patch: String) {
    self.patch = patch
    verdict = outcome.verdict
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
      switch paired.function.change {
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
      name: paired.function.name, path: paired.function.path, change: change,
      side: paired.side.rawValue, port: paired.port, reason: paired.reason, lock: lock,
      difference: difference, fingerprint: paired.fingerprint?.id)
  }
}
