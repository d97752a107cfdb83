// SPDX-License-Identifier: GPL-2.0-only

/// Runs a program in many interleavings and reports every outcome that it can have.
///
/// Every execution starts anew and repeats the choices that led to the point where it differs from the
/// one before: no state has to be copied, and a task is an ordinary `async` function. One thread does it
/// all.
public struct Explorer<P: Program> {
  let program: P
  let limits: Limits
  /// What is explored, for a search that is continued later.
  package var label = ""
  /// Is called now and then, by one thread.
  package var progress: (@Sendable (ExplorationProgress) -> Void)?
  /// Whether to stop before the next execution, as at a limit.
  package var stop: (@Sendable () -> Bool)?
  /// How many threads a search that stores states may use.
  package var workers = 1
  /// A fault in the reduction, for tests of the tests; nil otherwise.
  package var mutant: ReductionMutant?

  /// Makes an explorer of a program; nothing is run until it explores.
  public init(_ program: P, limits: Limits) {
    self.program = program
    self.limits = limits
  }

  /// Explores.
  ///
  /// - Parameters:
  ///   - strategy: which interleavings are tried.
  ///   - stopsAtFirst: whether the first finding ends it; the outcomes are then not all.
  ///   - atEnd: is called with the world after each execution that came to its end, deadlocks included.
  public func explore(
    _ strategy: Strategy, stopsAtFirst: Bool = false, atEnd: ((P.World) -> Void)? = nil
  ) -> Exploration<P.Outcome> {
    explore(strategy, stopsAtFirst: stopsAtFirst, continuing: nil, atEnd: atEnd)
  }

  /// Explores the program, from where a search with `reduced` was stopped.
  package func explore(
    _ strategy: Strategy, stopsAtFirst: Bool = false, continuing saved: SavedSearch?,
    atEnd: ((P.World) -> Void)? = nil
  ) -> Exploration<P.Outcome> {
    var findings = Findings<P>(
      program: program, stopsAtFirst: stopsAtFirst,
      deadline: limits.time.map { ContinuousClock.now + $0 }, stop: stop, atEnd: atEnd)
    var rest: SavedSearch?
    switch strategy {
    case .reduced:
      var search = OptimalSearch(self)
      if let saved, !search.restore(saved, &findings) {
        findings.note(
          .invalid,
          Witness(
            complaint: "what was saved is not a search of this program", schedule: Schedule([]),
            preemptions: 0, waiting: []))
        findings.isComplete = false
        break
      }
      search.run(&findings)
      if !findings.isComplete { rest = search.saved(findings, label: label) }
      findings.probes = search.probes
    case .reducedStates: PersistentSearch(self).run(&findings)
    case .unreduced:
      var search = StateSearch(self, cachesStates: false, preemptions: nil)
      search.run(&findings)
    case .states(let preemptions):
      var search = StateSearch(self, cachesStates: true, preemptions: preemptions)
      search.run(&findings)
    case .random(let seed, let count):
      sample(count, RandomChoice(seed: seed), &findings)
    case .priorities(let seed, let depth, let count):
      sample(count, PriorityChoice(seed: seed, depth: depth, steps: limits.steps), &findings)
    case .replay(let schedule): replay(schedule, &findings)
    }
    var exploration = findings.exploration
    exploration.rest = rest
    if let schedule = exploration.witness?.schedule {
      exploration.witness?.preemptions = preemptions(of: schedule)
    }
    return exploration
  }

  /// How often a schedule takes the processor from a task that could have continued.
  private func preemptions(of schedule: Schedule) -> Int {
    let execution = Execution(program, identities: Identities(), reusesTasks: true)
    defer { execution.close() }
    var count = 0
    for index in schedule.steps {
      guard let task = execution.task(started: index) else { break }
      if let last = execution.last, last != task, execution.enabled & last.bit != 0 { count += 1 }
      execution.run(task)
    }
    return count
  }

  /// The execution with the fewest preemptions that shows what a complaint is about.
  ///
  /// Tried with none, then with one, and so on: so no other shows it with fewer.
  ///
  /// - Parameter preemptions: how many are tried at most.
  public func simplest(preemptions: Int) -> Witness? {
    for bound in 0...max(0, preemptions) {
      let found = explore(.states(preemptions: bound), stopsAtFirst: true)
      if let witness = found.witness { return witness }
      if found.isComplete { return nil }
    }
    return nil
  }

  /// Repeats an execution and notes every step.
  package func trace(_ schedule: Schedule) -> ExecutionTrace {
    // Each task has an id of its own, so that no name or letter means two tasks. Where the ids do not suffice, they
    // are used again.
    trace(schedule, reusesTasks: false) ?? trace(schedule, reusesTasks: true)
      ?? ExecutionTrace(tasks: [], steps: [], outcome: nil, waiting: [])
  }

  /// Returns nil if there are more tasks than ids, and none is used again.
  private func trace(_ schedule: Schedule, reusesTasks: Bool) -> ExecutionTrace? {
    let execution = Execution(program, identities: Identities(), reusesTasks: reusesTasks)
    defer { execution.close() }
    var steps: [ExecutionTrace.Step] = []
    for index in schedule.steps {
      guard let task = execution.task(started: index), execution.enabled & task.bit != 0,
        let operation = execution.operation(of: task)
      else { break }
      execution.run(task)
      steps.append(
        ExecutionTrace.Step(
          task: execution.name(of: task), operation: "\(operation.name)",
          source: "\(operation.source)",
          objects: operation.accesses.map(\.object.name),
          columns: program.columns(execution.world).map { .init(name: $0.name, text: $0.text) }
        ))
    }
    if execution.scheduler.isOutOfTasks, !reusesTasks { return nil }
    var tasks = execution.scheduler.tasks.map(\.name)
    for step in steps where !tasks.contains(step.task) { tasks.append(step.task) }
    return ExecutionTrace(
      tasks: tasks, steps: steps,
      outcome: execution.enabled == 0 && execution.isFinished
        ? execution.outcome.description : nil,
      waiting: execution.enabled == 0 ? execution.waiting : [])
  }

  private func sample(_ count: Int, _ choice: some Choice, _ findings: inout Findings<P>) {
    var choice = choice
    let identities = Identities()
    findings.isComplete = false
    for _ in 0..<max(0, min(count, limits.executions)) {
      if findings.isAtLimit(limits) { return }
      let execution = Execution(program, identities: identities)
      choice.begin()
      while execution.enabled != 0, execution.defect == nil {
        if execution.schedule.count >= limits.steps { break }
        execution.run(choice.next(execution.enabled, step: execution.schedule.count))
      }
      end(execution, &findings)
      execution.close()
      if let progress, findings.executions % 64 == 0 {
        let branches: [(done: Int, left: Int)] = []
        progress(ExplorationProgress(executions: findings.executions, branches: branches))
      }
      if findings.shouldStop { return }
    }
  }

  private func replay(_ schedule: Schedule, _ findings: inout Findings<P>) {
    let execution = Execution(program, identities: Identities(), reusesTasks: true)
    findings.isComplete = false
    for index in schedule.steps {
      guard let task = execution.task(started: index), execution.enabled & task.bit != 0 else {
        break
      }
      execution.run(task)
    }
    end(execution, &findings)
    execution.close()
  }

  private func end(_ execution: Execution<P>, _ findings: inout Findings<P>) {
    if let defect = execution.defect { findings.note(.invalid, execution.witness(defect)) }
    let isMaximal = execution.defect == nil && execution.enabled == 0
    findings.end(execution, isMaximal ? .maximal : .cutOff)
  }
}
