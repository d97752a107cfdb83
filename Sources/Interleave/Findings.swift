// SPDX-License-Identifier: GPL-2.0-only

/// What an exploration has found so far.
struct Findings<P: Program>: @unchecked Sendable {
  // Only `atEnd` is not Sendable, and an exploration that has it uses one thread.

  /// How an execution ended.
  enum End {
    /// No task can make a step.
    case maximal
    /// A limit ended it.
    case cutOff
    /// All that it would lead to is known: a state that was met, or every enabled task asleep.
    case redundant
  }

  let program: P
  let stopsAtFirst: Bool
  let atEnd: ((P.World) -> Void)?
  let deadline: ContinuousClock.Instant?
  /// Whether the exploration is to stop before its next execution.
  let stop: (@Sendable () -> Bool)?
  var schedules: [P.Outcome: Schedule] = [:]
  var executions = 0
  var redundant = 0
  var probes = 0
  /// How many executions came to an end at which no task can make a step.
  var ended = 0
  var steps = 0
  var states: Int?
  var isComplete = true
  /// Whether an execution was ended by a limit on steps.
  var wasCutOff = false
  var witness: Witness?
  var verdict: ExplorationVerdict?

  init(
    program: P, stopsAtFirst: Bool, deadline: ContinuousClock.Instant?,
    stop: (@Sendable () -> Bool)? = nil, atEnd: ((P.World) -> Void)? = nil
  ) {
    self.stop = stop
    self.program = program
    self.atEnd = atEnd
    self.deadline = deadline
    self.stopsAtFirst = stopsAtFirst
  }

  /// Findings of the same exploration with nothing in them.
  var emptied: Findings<P> {
    Findings(
      program: program, stopsAtFirst: stopsAtFirst, deadline: deadline, stop: stop, atEnd: atEnd)
  }

  /// Adds what another part of the exploration found.
  mutating func merge(_ other: Findings<P>) {
    schedules.merge(other.schedules) { mine, _ in mine }
    executions += other.executions
    redundant += other.redundant
    ended += other.ended
    steps += other.steps
    wasCutOff = wasCutOff || other.wasCutOff
    isComplete = isComplete && other.isComplete
    if let verdict = other.verdict, let witness = other.witness { note(verdict, witness) }
  }

  var shouldStop: Bool { witness != nil && (stopsAtFirst || verdict == .invalid) }

  /// Whether no other execution may be started.
  func isAtLimit(_ limits: Limits) -> Bool {
    if executions >= limits.executions || stop?() ?? false { return true }
    guard let deadline, executions % 16 == 0 else { return false }
    return ContinuousClock.now >= deadline
  }

  /// Records the end of an execution.
  mutating func end(_ execution: Execution<P>, _ end: End) {
    executions += 1
    steps += execution.schedule.count
    switch end {
    case .cutOff:
      isComplete = false
      wasCutOff = true
      return
    case .redundant:
      redundant += 1
      return
    case .maximal: ended += 1
    }
    atEnd?(execution.world)
    if let failure = execution.scheduler.failures.first {
      note(.violation, execution.witness(failure))
    }
    if !execution.isFinished {
      note(.deadlock, execution.witness("no task can make a step, and not all have ended"))
      return
    }
    let outcome = execution.outcome
    if schedules[outcome] == nil { schedules[outcome] = Schedule(execution.schedule) }
    if let complaint = program.complaint(about: outcome) {
      note(.violation, execution.witness(complaint))
    }
  }

  mutating func note(_ verdict: ExplorationVerdict, _ found: @autoclosure () -> Witness) {
    // What is reported first where an exploration finds several: the last of these.
    let order: [ExplorationVerdict] = [.starvation, .livelock, .violation, .deadlock, .invalid]
    let rank = { (verdict: ExplorationVerdict?) in
      verdict.flatMap { order.firstIndex(of: $0) } ?? -1
    }
    if rank(verdict) < rank(self.verdict) { return }
    if rank(verdict) == rank(self.verdict), witness != nil { return }
    self.verdict = verdict
    witness = found()
  }

  var exploration: Exploration<P.Outcome> {
    // Where no execution came to an end, nothing was shown.
    let isPass = isComplete && ended > 0
    return Exploration(
      verdict: verdict ?? (isPass ? .exhausted : .boundReached),
      outcomes: schedules.keys.sorted(), schedules: schedules, executions: executions,
      redundant: redundant, probes: probes, steps: steps, states: states, isComplete: isComplete,
      witness: witness)
  }
}
