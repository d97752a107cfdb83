// SPDX-License-Identifier: GPL-2.0-only

internal import Host
package import Interleave
package import Ports

/// The result of exploring a scenario with the compiled functions of a patch in place of their ports.
package struct CExploration: Sendable {
  /// What the exploration found.
  package var result: ScenarioResult
  /// The wrong execution step by step, if there is one.
  package var trace: ExecutionTrace?
}

extension PortChecker {
  /// Explores a scenario with the C of one side of the patch: no port of it runs.
  ///
  /// Each execution is closed before the next one starts, so the strategy is the scenario's own.
  ///
  /// - Throws: `NotChecked` where there is no compiler, where it rejects the C, and where the C does
  ///   something that the model has no answer for.
  package func explore(
    _ scenario: PortScenario, _ side: PatchSide
  ) async throws(NotChecked) -> CExploration {
    guard let compiler = options.compiler else {
      throw NotChecked(
        "there is no C compiler, so the C cannot be explored",
        hint: "install gcc or clang, or name one with --cc")
    }
    let unit = CUnit(sources, side, ported: port?.functions ?? [])
    let scratch: ScratchFolder
    do { scratch = try ScratchFolder() } catch {
      throw NotChecked("no folder for the compiled C: \(error)")
    }
    let program = try await compiler.compile(unit, .steps, in: scratch)
    let limits = options.limits
    let (found, errors, isGood) = try await CWorker.run(program, hasSanitizer: false) { worker in
      let functions = CFunctions(worker, unit, comparesStores: false)
      var program = scenario.program(PortVersion(side))
      program.caller = functions
      let result = program.explore(
        scenario.strategy, limits: limits, stopsAtFirst: scenario.stopsAtFirst)
      let trace = result.witness.map { program.trace($0.schedule) }
      let failure =
        functions.failure ?? worker.failure
        ?? (worker.hasMemoryHooks ? nil : "the compiler cannot show accesses of memory")
      return (CExploration(result: result, trace: trace), failure)
    }
    if let failure = found.1 ?? (isGood ? nil : "the compiled C ended with an error") {
      let said = errors.split(separator: "\n" as Character).first {
        $0.contains("userspace kernel")
      }
      throw NotChecked(
        "\(scenario.name), \(side.rawValue): \(failure)" + (said.map { ": \($0)" } ?? ""))
    }
    var exploration = found.0
    let sites = CallSites(in: exploration.result.witness, exploration.trace)
    let lines = try await compiler.lines(at: sites.addresses, in: scratch.path)
    let other = "the userspace kernel"
    exploration.result.witness = exploration.result.witness.map {
      sites.named($0, lines, other: other)
    }
    exploration.trace = exploration.trace.map { sites.named($0, lines, other: other) }
    return exploration
  }
}
