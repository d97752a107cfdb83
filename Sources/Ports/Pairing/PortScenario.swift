// SPDX-License-Identifier: GPL-2.0-only

package import Interleave

/// A named scenario of a patch: a program, and what is claimed of it with each version of the functions.
package struct PortScenario: Sendable {
  /// What is claimed of a scenario with one version of the functions.
  package struct Claim: Sendable {
    /// The version.
    package var version: PortVersion
    /// How the exploration ends.
    package var verdict: ExplorationVerdict
    /// Every outcome, as text, sorted as outcomes are; nil if nothing is claimed of them.
    package var outcomes: [String]?
    /// Whether its executions are few enough to compare their traces with those of the C.
    package var hasTraces: Bool

    /// Makes a claim.
    package init(
      _ version: PortVersion, _ verdict: ExplorationVerdict, _ outcomes: [String]? = nil,
      hasTraces: Bool = true
    ) {
      self.version = version
      self.verdict = verdict
      self.outcomes = outcomes
      self.hasTraces = hasTraces
    }
  }

  /// The scenario's name on the command line.
  package var name: String
  /// What happens in it, as one sentence without a full stop.
  package var summary: String
  /// Where the claim is from.
  package var source: String
  /// The strategy that explores it in full, with every trace.
  package var strategy: Strategy
  /// What is claimed.
  package var claims: [Claim]
  /// Makes the program with a version of the functions.
  package var program: @Sendable (PortVersion) -> any PortProgram

  /// Describes a scenario.
  ///
  /// - Parameter program: makes the program with a version of the functions: either side of the patch,
  ///   or one of the patch's variants.
  package init(
    _ name: String, _ summary: String, source: String, strategy: Strategy = .reduced,
    claims: [Claim], program: @escaping @Sendable (PortVersion) -> any PortProgram
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.strategy = strategy
    self.claims = claims
    self.program = program
  }

  /// Whether an exploration ends with the first wrong execution.
  ///
  /// A scenario that claims starvation has tasks without an end: its states are too many, and the claim
  /// is only that starvation can happen.
  package var stopsAtFirst: Bool { claims.contains { $0.verdict == .starvation } }

  /// The sides of the patch whose traces can be compared with those of the C.
  ///
  /// Only a reduced exploration comes to the end of every execution, and a side without a claim is not
  /// meant to be run.
  package var tracedSides: [PatchSide] {
    PatchSide.allCases.filter { side in
      strategy == .reduced
        && claims.contains { $0.version == PortVersion(side) && $0.hasTraces }
    }
  }

  /// The strategy that checks claims: outcomes and deadlocks need fewer executions than traces.
  package var checkingStrategy: Strategy { strategy == .reduced ? .reducedStates : strategy }

  /// Explores the scenario as its claims do.
  package func explore(_ version: PortVersion, limits: Limits) -> ScenarioResult {
    program(version).explore(checkingStrategy, limits: limits, stopsAtFirst: stopsAtFirst)
  }

  /// Explores one side of the patch, and collects what its tasks asked of the kernel.
  ///
  /// - Parameter caller: what runs in place of the ports; nil to run the ports.
  package func traces(
    _ side: PatchSide, limits: Limits, caller: (any FunctionCaller)?
  ) -> TraceSet {
    var program = program(PortVersion(side))
    if let caller { program.caller = caller }
    return program.traces(strategy, limits: limits, stopsAtFirst: stopsAtFirst)
  }

  /// Checks one claim.
  ///
  /// - Returns: what was found, and whether the claim holds: the verdict, the outcomes if they are
  ///   claimed, and every interleaving covered unless the first wrong execution ends the exploration.
  package func check(_ claim: Claim, limits: Limits) -> (found: ScenarioResult, holds: Bool) {
    let found = explore(claim.version, limits: limits)
    let holds =
      found.verdict == claim.verdict && (claim.outcomes.map { $0 == found.outcomes } ?? true)
      && (found.isComplete || stopsAtFirst)
    return (found, holds)
  }
}
