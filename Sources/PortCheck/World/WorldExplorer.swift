// SPDX-License-Identifier: GPL-2.0-only

internal import Host
package import Interleave
package import Ports

/// What exploring a scenario in C found.
package struct WorldExploration: Sendable {
  /// The result, and a wrong execution whose steps name lines of the C.
  package var found: CExploration
  /// What the userspace kernel does not do as a kernel does, and what the scenario assumes.
  package var notes: [String]
  /// The outcomes that the tasks have one after the other, in each order.
  package var serialOutcomes: [String]
  /// The files of the tree that were linked because a task reached a function of theirs.
  package var linked: [String]
}

/// Explores scenarios in C: the functions of a patch as they are in a tree, with the tree's own headers.
package struct WorldExplorer: Sendable {
  private let scenario: CScenario
  private let tree: TreeSources
  private let compiler: CCompiler
  private let limits: Limits

  /// Makes an explorer.
  ///
  /// - Throws: `NotChecked` if there is no compiler.
  package init(
    _ scenario: CScenario, _ tree: TreeSources, compiler: CCompiler?, limits: Limits
  ) throws(NotChecked) {
    guard let compiler, compiler.exists else {
      throw NotChecked(
        "there is no C compiler, so the C cannot be explored",
        hint: "install gcc or clang, or name one with --cc")
    }
    self.scenario = scenario
    self.tree = tree
    self.compiler = compiler
    self.limits = limits
  }

  /// How often an exploration may start anew: each time with more steps, or with more files.
  private static let mostRounds = 200

  /// Explores one side of the patch.
  ///
  /// - Throws: `NotChecked` where something is missing that a task reaches: its name, and the file and line.
  package func explore(_ side: PatchSide) async throws(NotChecked) -> WorldExploration {
    let scratch: ScratchFolder
    do { scratch = try ScratchFolder() } catch {
      throw NotChecked("no folder for the compiled C: \(error)")
    }
    var build = try WorldBuild(scenario, tree, side, compiler, in: scratch)
    try await build.build()
    while true {
      let run = try await explored(build)
      if let missing = run.missing {
        if let name = missing.name, try await build.add(name) { continue }
        let lines = try await build.lines(at: [missing.address])
        let line = lines[missing.address] ?? scenario.path
        if let name = missing.name {
          throw NotChecked(
            "\(line): the userspace kernel does not have \(name)",
            hint: "define \(name) in \(scenario.path), or change its set-up so that the call is "
              + "not reached")
        }
        throw NotChecked(
          "\(line): \(missing.what), with no other task running",
          hint: "change the set-up in \(scenario.path) so that the line is not reached")
      }
      return try await named(run, build)
    }
  }

  /// One exploration of a program, before its addresses are lines.
  private struct Run: Sendable {
    var result: ScenarioResult?
    var trace: ExecutionTrace?
    var serial: [String] = []
    var notes: [String] = []
    var missing: WorldGap?
    var failure: String?

    /// An outcome that no order of whole tasks gives.
    var unserialOutcome: String? { result?.outcomes.first { !serial.contains($0) } }
    var unserial: Schedule? { unserialOutcome.flatMap { result?.schedules[$0] } }
  }

  private func explored(_ build: WorldBuild) async throws(NotChecked) -> Run {
    let limits = limits
    let (run, errors, isGood) = try await CWorker.run(
      build.program, hasSanitizer: false, forks: true
    ) {
      worker in
      let caller = WorldCaller(worker)
      var run = Run()
      // One task after the other first: what is missing then, the scenario has not set up.
      run.serial = Self.serialOutcomes(caller, limits)
      caller.order = nil
      let program = WorldProgram(caller: caller)
      for round in 0..<Self.mostRounds where !caller.isBroken {
        caller.begin()
        var explorer = Explorer(program, limits: limits)
        explorer.stop = { caller.isOver }
        let found = explorer.explore(.reduced)
        if caller.isStale, !caller.isBroken, round + 1 < Self.mostRounds { continue }
        run.result = ScenarioResult(found)
        break
      }
      if caller.isStale { caller.fail("the memory that tasks share is different each time") }
      if !caller.isBroken, let result = run.result,
        let schedule = result.witness?.schedule ?? run.unserial
      {
        run.trace = Explorer(program, limits: Limits(executions: 1, steps: 100_000)).trace(schedule)
      }
      run.notes = caller.notes
      run.missing = caller.missing
      run.failure = caller.failure ?? worker.failure
      return run
    }
    if run.missing != nil { return run }
    if let failure = run.failure ?? (isGood ? nil : "the compiled C ended with an error") {
      let said = errors.split(separator: "\n" as Character).first {
        $0.contains("userspace kernel")
      }
      throw NotChecked("\(scenario.name): \(failure)" + (said.map { ": \($0)" } ?? ""))
    }
    return run
  }

  /// The outcomes of the tasks one after the other, in each order.
  private static func serialOutcomes(_ caller: WorldCaller, _ limits: Limits) -> [String] {
    var outcomes: Set<String> = []
    for order in orders(Array(caller.tasks.indices)) where !caller.isBroken {
      caller.order = order
      caller.begin()
      let found = Explorer(
        WorldProgram(caller: caller), limits: Limits(executions: 1, steps: 100_000)
      )
      .explore(.unreduced)
      if found.verdict != .deadlock { outcomes.formUnion(found.outcomes) }
    }
    return outcomes.sorted()
  }

  private static func orders(_ tasks: [Int]) -> [[Int]] {
    if tasks.count < 2 { return [tasks] }
    return tasks.flatMap { first in
      orders(tasks.filter { $0 != first }).map { [first] + $0 }
    }
  }

  // MARK: Lines for addresses

  private func named(_ run: Run, _ build: WorldBuild) async throws(NotChecked) -> WorldExploration {
    guard var result = run.result else {
      throw NotChecked("\(scenario.name): nothing was explored")
    }
    if scenario.isSerializable, result.witness == nil, let outcome = run.unserialOutcome,
      let schedule = result.schedules[outcome]
    {
      result.verdict = .violation
      result.witness = Witness(
        complaint: "no order of whole tasks has the outcome \(outcome)", schedule: schedule,
        preemptions: 0, waiting: [])
    }
    let sites = CallSites(in: result.witness, run.trace)
    let lines = try await build.lines(at: sites.addresses)
    result.witness = result.witness.map { sites.named($0, lines, other: scenario.path) }
    let trace = run.trace.map { trace in
      var trace = sites.named(trace, lines, other: scenario.path)
      for index in trace.steps.indices {
        if let text = build.text(of: trace.steps[index].source) {
          trace.steps[index].operation += ": " + text
        }
        trace.steps[index].objects = []
      }
      return trace
    }
    return WorldExploration(
      found: CExploration(result: result, trace: trace), notes: run.notes,
      serialOutcomes: run.serial, linked: build.linked)
  }
}
