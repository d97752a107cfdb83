// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import KernelModel

/// The executions of a scenario, as what its tasks asked of the kernel.
package struct TraceSet: Sendable {
  /// The traces, each with one example of its calls.
  package private(set) var traces: [Fingerprint: [PrimitiveCall]] = [:]
  /// How the exploration ended.
  package var verdict: ExplorationVerdict = .boundReached
  /// Every outcome, sorted.
  package var outcomes: [String] = []
  /// How many executions were run.
  package var executions = 0
  /// Whether every interleaving is covered.
  package var isComplete = false
  /// An execution that shows how it ended: the wrong one where there is one.
  package var example: Schedule?

  /// Makes an empty set.
  package init() {}

  mutating func add(_ calls: [PrimitiveCall], ended results: [Int64]) {
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
    if traces[print] == nil { traces[print] = calls }
  }
}

/// A scenario of a patch that is run with the port and with the C.
package struct TracedScenario: Sendable {
  /// Its name.
  package var name: String
  /// The sides of the patch that it is run with.
  package var sides: [PatchSide]
  /// Explores it.
  package var explore: @Sendable (PatchSide, Limits, (any FunctionCaller)?) -> TraceSet
  /// Repeats an execution and notes every step; nil where the scenario cannot.
  package var trace: @Sendable (PatchSide, Schedule) -> ExecutionTrace?

  /// Makes a scenario that is explored in another way.
  package init(
    _ name: String, sides: [PatchSide],
    explore: @escaping @Sendable (PatchSide, Limits, (any FunctionCaller)?) -> TraceSet
  ) {
    self.name = name
    self.sides = sides
    self.explore = explore
    trace = { _, _ in nil }
  }

  /// Makes a scenario from a program.
  ///
  /// - Parameters:
  ///   - make: the program with the port, or with what runs in its place.
  ///   - observe: the kernel of a world, and the results of its calls.
  package init<P: Program>(
    _ name: String, sides: [PatchSide], strategy: Strategy = .reduced, stopsAtFirst: Bool = false,
    make: @escaping @Sendable (PatchSide, (any FunctionCaller)?) -> P,
    observe: @escaping @Sendable (P.World) -> (kernel: Kernel, results: [Int64])
  ) {
    self.name = name
    self.sides = sides
    explore = { side, limits, caller in
      var set = TraceSet()
      let program = make(side, caller)
      let found = Explorer(program, limits: limits)
        .explore(strategy, stopsAtFirst: stopsAtFirst) { world in
          let (kernel, results) = observe(world)
          set.add(kernel.calls ?? [], ended: results)
        }
      set.verdict = found.verdict
      set.outcomes = found.outcomes.map(\.description)
      set.executions = found.executions
      set.isComplete = found.isComplete
      set.example = found.witness?.schedule ?? found.outcomes.last.flatMap { found.schedules[$0] }
      return set
    }
    trace = { side, schedule in
      Explorer(make(side, nil), limits: Limits(executions: 1, steps: 10_000)).trace(schedule)
    }
  }
}

/// The ports of a patch: what stands for each function, and what is run to compare the two.
package struct PatchPort: Sendable {
  /// The name of the patch's folder in `Patches/`.
  package var patch: String
  /// The functions that have a port.
  package var functions: [PortedFunction]
  /// The scenarios.
  package var scenarios: [TracedScenario]

  /// Makes one.
  package init(patch: String, functions: [PortedFunction], scenarios: [TracedScenario]) {
    self.patch = patch
    self.functions = functions
    self.scenarios = scenarios
  }
}

extension PatchPort {
  /// The ports of a patch by the name of its folder; nil where it has none.
  package static func named(_ name: String) -> PatchPort? { all.first { $0.patch == name } }

  /// All of them.
  ///
  /// `patchkit port new` adds a line here.
  package static let all: [PatchPort] = [
    .ext4SerializeUnalignedAIO,
    .ext4CountUnwrittenAIO,
  ]
}
