// SPDX-License-Identifier: GPL-2.0-only

/// Optimal dynamic partial-order reduction with wakeup trees: algorithm 2 of Abdulla, Aronsson, Jonsson
/// and Sagonas, "Source Sets: A Foundation for Optimal Dynamic Partial Order Reduction" (JACM 64:4, 2017).
///
/// `Explore(E, Sleep, WuT)` is a frame of `frames` together with the part of `run` that works on it; E is
/// the sequence of the branches that the frames before it are exploring. What differs from the paper is
/// said in `Reversals`: which races have to be reversed where tasks can disable each other.
/// Documentation/Exploration.md has the proof.
struct OptimalSearch<P: Program> {
  /// A point of the current execution.
  struct Frame {
    /// wut(E): the first child is the branch that is being explored.
    var tree: WakeupTree
    /// sleep(E): the tasks, with their next steps, from which all has been explored already.
    var sleep: [TaskStep]
    /// How many branches were explored.
    var explored = 0
    /// The tasks that can make a step here.
    var enabled: UInt64
    /// The tasks that are parked here, whether they can make their step or not.
    var parked: UInt64
  }

  let program: P
  private let limits: Limits
  private let mutant: ReductionMutant?
  private let progress: (@Sendable (ExplorationProgress) -> Void)?
  var identities = Identities()
  var frames: [Frame] = []
  private var past: HappensBefore
  private var reversals = Reversals()
  /// How many partial executions were run to find out whether a step is enabled.
  var probes: Int { reversals.probes }

  init(_ explorer: Explorer<P>) {
    program = explorer.program
    limits = explorer.limits
    mutant = explorer.mutant
    progress = explorer.progress
    past = HappensBefore(mutant: mutant)
  }

  mutating func run(_ findings: inout Findings<P>) {
    repeat {
      if findings.isAtLimit(limits) {
        findings.isComplete = false
        break
      }
      executeOnce(&findings)
      if findings.shouldStop { break }
      if let progress, findings.executions % 64 == 0 {
        progress(
          ExplorationProgress(
            executions: findings.executions,
            branches: frames.lazy.map { ($0.explored, $0.tree.children.count - 1) }))
      }
    } while backtrack()
    if findings.shouldStop { findings.isComplete = false }
  }

  /// Ends the branch that was explored last, and turns to the next one; false where there is none.
  private mutating func backtrack() -> Bool {
    while let frame = frames.last {
      let done = frame.tree.children.removeFirst()
      // "add p to sleep(E); remove all sequences of form p.w from wut(E)".
      if let step = done.step, mutant != .neverSleeps {
        frames[frames.count - 1].sleep.append(step)
      }
      frames[frames.count - 1].explored += 1
      if !frame.tree.isLeaf {
        past.truncate(to: frames.count - 1)
        reversals.truncate(to: frames.count - 1)
        return true
      }
      frames.removeLast()
    }
    return false
  }

  private mutating func executeOnce(_ findings: inout Findings<P>) {
    let execution = Execution(program, identities: identities)
    defer { execution.close() }
    if past.count == 0 {
      for (child, _) in execution.scheduler.spawned {
        past.start(execution.scheduler.tasks[child].id, byLast: false)
      }
    }
    // Normally all of the way to the last point is known to `past`; after `restore` nothing is.
    execution.replay(prefix(past.count))
    var depth = past.count
    while true {
      if let defect = execution.defect {
        findings.note(.invalid, execution.witness(defect))
        findings.end(execution, .cutOff)
        return
      }
      if depth == frames.count {
        let enabled = execution.enabled
        if depth > 0, let defect = undeclaredDependency(execution, enabled) {
          findings.note(.invalid, execution.witness(defect))
        }
        if enabled == 0 || depth >= limits.steps || execution.scheduler.isOutOfTasks {
          // "if enabled(E) is empty": a maximal execution, whose races are reversed.
          let blocked = enabled == 0 ? blockedSteps(execution) : []
          findings.end(execution, enabled == 0 ? .maximal : .cutOff)
          // Probes are executions too, and what tasks call may know of only one at a time.
          execution.close()
          reverseRaces(blocked)
          return
        }
        guard pushFrame(execution, enabled) else {
          findings.end(execution, .redundant)
          return
        }
      }
      guard let step = frames[depth].tree.children.first?.step else { return }
      let known = execution.scheduler.spawned.count
      past.append(past.next(TaskID(step.task), step.footprint))
      execution.run(TaskID(step.task))
      for (child, _) in execution.scheduler.spawned[known...] {
        past.start(execution.scheduler.tasks[child].id, byLast: true)
      }
      depth += 1
    }
  }

  /// The tasks that make the first steps of the current execution.
  private func prefix(_ count: Int) -> [TaskID] {
    frames.prefix(max(0, count)).compactMap { frame in
      frame.tree.children.first?.step.map { TaskID($0.task) }
    }
  }

  /// Starts Explore(E, Sleep, WuT) for the point that the execution has reached; false where every
  /// enabled task is asleep, so that the execution is redundant.
  private mutating func pushFrame(_ execution: Execution<P>, _ enabled: UInt64) -> Bool {
    var tree = WakeupTree()
    var sleep: [TaskStep] = []
    if let parent = frames.last, let branch = parent.tree.children.first, let chosen = branch.step {
      // WuT' = subtree(wut(E), p), Sleep' = { q in sleep(E) | p and q are independent after E }.
      tree = branch
      sleep = parent.sleep
      if mutant != .neverWakes {
        sleep.removeAll { $0.footprint.conflicts(with: chosen.footprint, mutant) }
      }
    }
    while let step = tree.children.first?.step, enabled & TaskID(step.task).bit == 0 {
      // Only a mutant leads here: what is inserted can be executed.
      tree.children.removeFirst()
    }
    if tree.isLeaf {
      let asleep = sleep.reduce(UInt64(0)) { $0 | TaskID($1.task).bit }
      let awake = enabled & ~asleep
      if awake == 0 { return false }
      // Any will do; to continue with the same task keeps schedules simple.
      let last = execution.last
      let task =
        last.flatMap { awake & $0.bit != 0 ? $0 : nil } ?? TaskID(awake.trailingZeroBitCount)
      let footprint = execution.footprint(of: task)
      tree.children = [WakeupTree(TaskStep(task: task.number, footprint: footprint))]
    }
    frames.append(
      Frame(tree: tree, sleep: sleep, enabled: enabled, parked: execution.scheduler.parked))
    return true
  }

  /// What is wrong where the last step changed whether another task's step is enabled, although it
  /// touched none of that step's objects.
  private func undeclaredDependency(_ execution: Execution<P>, _ enabled: UInt64) -> String? {
    guard let before = frames.last, let step = before.tree.children.first?.step else { return nil }
    var changed = (before.enabled ^ enabled) & before.parked & execution.scheduler.parked
    changed &= ~TaskID(step.task).bit
    while changed != 0 {
      let task = TaskID(changed.trailingZeroBitCount)
      changed &= changed - 1
      guard let operation = execution.operation(of: task),
        !execution.footprint(of: task).conflicts(with: step.footprint, nil)
      else { continue }
      return "a step of \(execution.name(of: TaskID(step.task))) changes whether"
        + " \(execution.name(of: task)) can do \(operation.name) (\(operation.source)), and touches"
        + " none of the objects that it declares"
    }
    return nil
  }

  // MARK: Races

  /// The steps that the tasks which are blocked at the end of an execution would make.
  private func blockedSteps(_ execution: Execution<P>) -> [HappensBefore.Event] {
    if mutant == .ignoresBlocked { return [] }
    var steps: [HappensBefore.Event] = []
    var left = execution.scheduler.parked
    while left != 0 {
      let task = TaskID(left.trailingZeroBitCount)
      left &= left - 1
      steps.append(past.next(task, execution.footprint(of: task)))
    }
    return steps
  }

  /// Inserts a sequence for each race of the execution that has just ended and that is to be reversed.
  private mutating func reverseRaces(_ blocked: [HappensBefore.Event]) {
    for index in 0..<past.count {
      for reversal in races(of: past.events[index], at: index) {
        reverse(reversal, past.events[index])
      }
    }
    // A step that never came could have come before the steps that disabled it.
    for event in blocked {
      for reversal in races(of: event, at: past.count) { reverse(reversal, event) }
    }
  }

  private mutating func races(of event: HappensBefore.Event, at end: Int) -> [Reversals.Reversal] {
    if let known = reversals.known(end) { return known }
    let (frames, program, identities) = (frames, program, identities)
    let path = prefix(_:)
    let found = reversals.find(event, at: end, &past) { question in
      // At the point right before the rival, the task was parked already: what was seen there holds.
      if question.isObserved { return frames[question.rival].enabled & TaskID(event.task).bit != 0 }
      let probe = Execution(program, identities: identities)
      defer { probe.close() }
      probe.replay(path(question.rival) + question.tasks.map { TaskID($0) })
      return probe.enabled & TaskID(event.task).bit != 0
    }
    if end < past.count { reversals.keep(found, end) }
    return found
  }

  /// "let v = notdep(e, E).p; if no weak initial of v is in sleep(E'), insert v into wut(E')".
  private mutating func reverse(_ reversal: Reversals.Reversal, _ event: HappensBefore.Event) {
    let rival = reversal.rival
    guard rival < frames.count else { return }
    var sequence: [TaskStep] = []
    for index in (rival + 1)..<max(rival + 1, past.count) {
      if past.isBefore(rival, index) { continue }
      if mutant == .dropsIndependent, !past.isBefore(index, event.previous) { continue }
      if reversal.excluded.contains(where: { past.isBefore($0, index) }) { continue }
      let other = past.events[index]
      sequence.append(TaskStep(task: other.task, footprint: other.footprint))
    }
    sequence.append(TaskStep(task: event.task, footprint: event.footprint))
    for sleeper in frames[rival].sleep {
      if case .no = WeakInitial(sleeper, of: sequence, mutant) { continue }
      return
    }
    if mutant == .forgetsWakeup, frames[rival].tree.children.count > 1 { return }
    _ = frames[rival].tree.insert(sequence, mutant)
  }
}
