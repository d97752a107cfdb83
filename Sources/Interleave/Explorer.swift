// SPDX-License-Identifier: GPL-2.0-only

/// Runs a program in many interleavings and says what can come of it.
///
/// Every execution starts anew and repeats the choices that led to the point where it turns off: no
/// state has to be copied, and a task is an ordinary `async` function. One thread does it all.
package struct Explorer<P: Program> {
  let program: P
  let limits: Limits

  /// Makes an explorer.
  package init(_ program: P, limits: Limits) {
    self.program = program
    self.limits = limits
  }

  /// Explores.
  ///
  /// - Parameters:
  ///   - strategy: which interleavings are tried.
  ///   - stopsAtFirst: whether the first thing that is wrong ends it; the outcomes are then not all.
  ///   - atEnd: looks at the world behind each execution that came to its end, deadlocks included.
  package func explore(
    _ strategy: Strategy, stopsAtFirst: Bool = false, atEnd: ((P.World) -> Void)? = nil
  ) -> Exploration<P.Outcome> {
    var findings = Findings<P>(program: program, stopsAtFirst: stopsAtFirst, atEnd: atEnd)
    switch strategy {
    case .reduced:
      var search = TreeSearch(self, isReduced: true, cachesStates: false, preemptions: nil)
      search.run(&findings)
    case .unreduced:
      var search = TreeSearch(self, isReduced: false, cachesStates: false, preemptions: nil)
      search.run(&findings)
    case .states(let preemptions):
      var search = TreeSearch(self, isReduced: false, cachesStates: true, preemptions: preemptions)
      search.run(&findings)
    case .random(let seed, let count):
      sample(count, RandomChoice(seed: seed), &findings)
    case .priorities(let seed, let depth, let count):
      sample(count, PriorityChoice(seed: seed, depth: depth, steps: limits.steps), &findings)
    case .replay(let schedule): replay(schedule, &findings)
    }
    return findings.exploration
  }

  /// The execution with the fewest preemptions that shows what a complaint is about.
  ///
  /// Tried with none, then with one, and so on: so no other shows it with fewer.
  ///
  /// - Parameter preemptions: how many are tried at most.
  package func simplest(preemptions: Int) -> Witness? {
    for bound in 0...max(0, preemptions) {
      let found = explore(.states(preemptions: bound), stopsAtFirst: true)
      if let witness = found.witness { return witness }
      if found.isComplete { return nil }
    }
    return nil
  }

  /// Repeats an execution and notes every step.
  package func trace(_ schedule: Schedule) -> ExecutionTrace {
    let execution = Execution(program, identities: TaskIdentities(), tracksHistory: false)
    defer { execution.close() }
    var steps: [ExecutionTrace.Step] = []
    for task in schedule.steps {
      guard execution.enabled & (1 << UInt64(task.number)) != 0,
        let operation = execution.operation(of: task)
      else { break }
      execution.run(task)
      steps.append(
        ExecutionTrace.Step(
          task: execution.name(of: task), operation: operation.name,
          objects: operation.accesses.map(\.object.name),
          columns: program.columns(execution.world).map { .init(name: $0.name, text: $0.text) }
        ))
    }
    return ExecutionTrace(
      tasks: execution.scheduler.tasks.map(\.name), steps: steps,
      outcome: execution.enabled == 0 && execution.isFinished
        ? execution.outcome.description : nil,
      waiting: execution.enabled == 0 ? execution.waiting : [])
  }

  private func sample(_ count: Int, _ choice: some Choice, _ findings: inout Findings<P>) {
    var choice = choice
    let identities = TaskIdentities()
    findings.isComplete = false
    for _ in 0..<min(count, limits.executions) {
      let execution = Execution(program, identities: identities, tracksHistory: false)
      choice.begin()
      while execution.enabled != 0 {
        if execution.schedule.count >= limits.steps { break }
        execution.run(choice.next(execution.enabled, step: execution.schedule.count))
      }
      findings.end(execution, isCutOff: execution.enabled != 0)
      execution.close()
      if findings.shouldStop { return }
    }
  }

  private func replay(_ schedule: Schedule, _ findings: inout Findings<P>) {
    let execution = Execution(program, identities: TaskIdentities(), tracksHistory: false)
    findings.isComplete = false
    for task in schedule.steps {
      guard execution.enabled & (1 << UInt64(task.number)) != 0 else { break }
      execution.run(task)
    }
    findings.end(execution, isCutOff: execution.enabled != 0)
    execution.close()
  }
}

/// What was found so far.
struct Findings<P: Program> {
  let program: P
  let stopsAtFirst: Bool
  let atEnd: ((P.World) -> Void)?
  var schedules: [P.Outcome: Schedule] = [:]
  var executions = 0
  var steps = 0
  var states: Int?
  var isComplete = true
  var witness: Witness?
  var verdict: ExplorationVerdict?

  init(program: P, stopsAtFirst: Bool, atEnd: ((P.World) -> Void)? = nil) {
    self.program = program
    self.atEnd = atEnd
    self.stopsAtFirst = stopsAtFirst
  }

  var shouldStop: Bool { stopsAtFirst && witness != nil }

  /// Takes in the end of an execution.
  mutating func end(_ execution: Execution<P>, isCutOff: Bool) {
    executions += 1
    steps += execution.schedule.count
    if isCutOff {
      isComplete = false
      return
    }
    atEnd?(execution.world)
    if !execution.isFinished {
      note(.deadlock, execution.witness("no task can go on, and not all are done"))
      return
    }
    let outcome = execution.outcome
    if schedules[outcome] == nil { schedules[outcome] = Schedule(execution.schedule) }
    if let complaint = program.complaint(about: outcome) {
      note(.violation, execution.witness(complaint))
    }
  }

  /// Takes in an execution that goes over states that are known.
  mutating func broken(_ execution: Execution<P>) {
    executions += 1
    steps += execution.schedule.count
  }

  mutating func note(_ verdict: ExplorationVerdict, _ found: Witness) {
    // A deadlock is said before a wrong outcome, and that before starvation.
    let order: [ExplorationVerdict] = [.starvation, .violation, .deadlock]
    let rank = { (verdict: ExplorationVerdict?) in
      verdict.flatMap { order.firstIndex(of: $0) } ?? -1
    }
    if rank(verdict) < rank(self.verdict) { return }
    if rank(verdict) == rank(self.verdict), witness != nil { return }
    self.verdict = verdict
    witness = found
  }

  var exploration: Exploration<P.Outcome> {
    Exploration(
      verdict: verdict ?? (isComplete ? .exhausted : .boundReached),
      outcomes: schedules.keys.sorted(), schedules: schedules, executions: executions,
      steps: steps, states: states, isComplete: isComplete, witness: witness)
  }
}
