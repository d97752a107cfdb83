// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import KernelModel

/// A program for the explorer whose tasks call ported functions.
package protocol PortProgram: Program {
  /// What runs in place of the ports; nil to run the ports.
  var caller: (any FunctionCaller)? { get set }
  /// Whether the kernel records what its tasks ask of it.
  var recordsCalls: Bool { get set }

  /// The kernel of a world, and what the ported functions returned in it.
  func observe(_ world: World) -> (kernel: Kernel, results: [Int64])
}

/// What an exploration of a scenario found, with outcomes as text.
package struct ScenarioResult: Sendable {
  /// How the exploration ended.
  package var verdict: ExplorationVerdict
  /// Every outcome, sorted.
  package var outcomes: [String]
  /// A schedule that leads to each outcome.
  package var schedules: [String: Schedule]
  /// How many executions were run.
  package var executions: Int
  /// How many of them were broken off, as all that they lead to is known.
  package var redundant: Int
  /// How many executions were run only to find out something.
  package var probes: Int
  /// How many steps the executions made.
  package var steps: Int
  /// How many different states were met, if the strategy compares states.
  package var states: Int?
  /// Whether every interleaving is covered.
  package var isComplete: Bool
  /// The first execution with something wrong.
  package var witness: Witness?
  /// What is left of a search with `reduced` that a limit ended.
  package var rest: SavedSearch?

  /// Takes the result of an exploration.
  package init<Outcome>(_ found: Exploration<Outcome>) where Outcome: CustomStringConvertible {
    verdict = found.verdict
    outcomes = found.outcomes.map(\.description)
    schedules = Dictionary(
      found.schedules.map { ($0.key.description, $0.value) },
      uniquingKeysWith: { first, _ in first })
    executions = found.executions
    redundant = found.redundant
    probes = found.probes
    steps = found.steps
    states = found.states
    isComplete = found.isComplete
    witness = found.witness
    rest = found.rest
  }

  /// An execution that shows how the exploration ended: a wrong one if there is one.
  package var example: Schedule? {
    witness?.schedule ?? outcomes.last.flatMap { schedules[$0] }
  }
}

/// The executions of a scenario, as the calls that its tasks made to the kernel.
package struct TraceSet: Sendable {
  /// The traces, each with one example of its calls.
  package private(set) var traces: [Fingerprint: [PrimitiveCall]] = [:]
  /// What the exploration found.
  package fileprivate(set) var result: ScenarioResult

  fileprivate init(_ result: ScenarioResult, _ traces: [Fingerprint: [PrimitiveCall]]) {
    self.result = result
    self.traces = traces
  }

  fileprivate static func fingerprint(
    of calls: [PrimitiveCall], ended results: [Int64]
  ) -> Fingerprint {
    var print = Fingerprint()
    for call in calls {
      print.add(call.task)
      for byte in call.primitive.rawValue.utf8 { print.add(Int(byte)) }
      print.add(call.object)
      print.add(call.arguments.count)
      for argument in call.arguments { print.add(Int(argument)) }
      for byte in call.text.utf8 { print.add(Int(byte)) }
      print.add(Int(call.result))
    }
    for result in results { print.add(Int(result)) }
    return print
  }
}

// Everything that asks the explorer to run a scenario is here.
extension PortProgram {
  /// Explores the program.
  ///
  /// - Parameters:
  ///   - strategy: which interleavings are tried.
  ///   - limits: how far the exploration may go.
  ///   - stopsAtFirst: whether the first wrong execution ends it; the outcomes are then not all.
  ///   - threads: how many threads a search that stores states may use.
  ///   - saved: a search with `reduced` to continue.
  ///   - label: what is explored, for a search that is continued later.
  ///   - stop: whether to stop before the next execution, as at a limit.
  ///   - progress: called now and then, by one thread.
  package func explore(
    _ strategy: Strategy, limits: Limits, stopsAtFirst: Bool = false, threads: Int = 1,
    continuing saved: SavedSearch? = nil, label: String = "",
    stop: (@Sendable () -> Bool)? = nil,
    progress: (@Sendable (ExplorationProgress) -> Void)? = nil
  ) -> ScenarioResult {
    var explorer = Explorer(self, limits: limits)
    explorer.workers = threads
    explorer.label = label
    explorer.stop = stop
    explorer.progress = progress
    return ScenarioResult(
      explorer.explore(strategy, stopsAtFirst: stopsAtFirst, continuing: saved))
  }

  /// Explores the program, and collects what its tasks asked of the kernel.
  package func traces(
    _ strategy: Strategy, limits: Limits, stopsAtFirst: Bool = false
  ) -> TraceSet {
    var program = self
    program.recordsCalls = true
    var traces: [Fingerprint: [PrimitiveCall]] = [:]
    let found = Explorer(program, limits: limits)
      .explore(strategy, stopsAtFirst: stopsAtFirst) { world in
        let (kernel, results) = program.observe(world)
        let calls = kernel.calls ?? []
        let print = TraceSet.fingerprint(of: calls, ended: results)
        if traces[print] == nil { traces[print] = calls }
      }
    return TraceSet(ScenarioResult(found), traces)
  }

  /// The wrong execution with the fewest preemptions; nil if none has at most this many.
  package func simplest(preemptions: Int, limits: Limits) -> Witness? {
    Explorer(self, limits: limits).simplest(preemptions: preemptions)
  }

  /// Repeats an execution and notes every step.
  package func trace(_ schedule: Schedule) -> ExecutionTrace {
    Explorer(self, limits: Limits(executions: 1, steps: 10_000)).trace(schedule)
  }
}
