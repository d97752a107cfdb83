// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Synchronization

/// A search that stores states, and tries from each only a persistent set of tasks (Godefroid, LNCS 1032,
/// chapter 4): it visits every state in which no task can make a step.
///
/// From a state, the set starts with one enabled task, and gets every task that may still do, itself
/// or through tasks that it starts, something that conflicts with what a task in the set is about to do.
/// So no task outside can change what the tasks inside are about to do, or whether they can do it.
///
/// What a task may still do is not known beforehand: it is what the search itself saw. The search is
/// repeated with what it saw until it sees nothing new. Documentation/Exploration.md proves that what
/// it saw then holds everything that can happen.
struct PersistentSearch<P: Program> {
  private let program: P
  private let limits: Limits
  private let workers: Int
  private let progress: (@Sendable (ExplorationProgress) -> Void)?

  init(_ explorer: Explorer<P>) {
    program = explorer.program
    limits = explorer.limits
    workers = max(1, explorer.workers)
    progress = explorer.progress
  }

  func run(_ findings: inout Findings<P>) {
    let identities = Identities()
    var seen = sampled(identities)
    findings.probes += Self.samples
    let workers = findings.atEnd == nil ? workers : 1
    while true {
      var pass = Pass(
        program, limits, identities, seen, findings.emptied, workers: workers, progress)
      pass.run()
      findings.merge(pass.findings)
      findings.isComplete = pass.findings.isComplete
      findings.states = pass.stateCount
      if findings.shouldStop || !findings.isComplete { return }
      if !pass.isNews { return }
      seen.merge(pass.seen)
    }
  }

  private static var samples: Int { 24 }

  /// What a few executions at random show: that saves whole searches.
  private func sampled(_ identities: Identities) -> SeenSteps {
    var seen = SeenSteps()
    var choice = RandomChoice(seed: 1)
    for _ in 0..<Self.samples {
      let execution = Execution(program, identities: identities)
      defer { execution.close() }
      _ = seen.note(execution.scheduler)
      for step in 0..<limits.steps {
        let enabled = execution.enabled
        if enabled == 0 || execution.defect != nil || execution.scheduler.isOutOfTasks { break }
        execution.run(choice.next(enabled, step: step))
        _ = seen.note(execution.scheduler)
      }
    }
    return seen
  }
}

/// One search with what was seen before.
private struct Pass<P: Program> {
  private(set) var findings: Findings<P>
  private(set) var seen: SeenSteps
  private(set) var isNews = false
  private(set) var stateCount = 0
  private let workers: Int
  private let progress: (@Sendable (ExplorationProgress) -> Void)?
  private let shared: Shared
  private let program: P
  private let limits: Limits
  private let identities: Identities

  /// What the workers share.
  final class Shared: Sendable {
    let futures: Futures
    let known: SeenSteps
    /// The states that were met.
    private let shards: [MutexBox]
    let shouldStop = Atomic<Bool>(false)

    final class MutexBox: Sendable {
      let states = Mutex<Set<Fingerprint>>([])
    }

    init(_ seen: SeenSteps) {
      known = seen
      futures = Futures(seen)
      shards = (0..<64).map { _ in MutexBox() }
    }

    /// Comes to a state; false where it was met before.
    func enter(_ state: Fingerprint) -> Bool {
      shards[Int(state.b & 63)].states.withLock { $0.insert(state).inserted }
    }

    var count: Int { shards.reduce(0) { $0 + $1.states.withLock(\.count) } }
  }

  init(
    _ program: P, _ limits: Limits, _ identities: Identities, _ seen: SeenSteps,
    _ findings: Findings<P>, workers: Int,
    _ progress: (@Sendable (ExplorationProgress) -> Void)?
  ) {
    self.program = program
    self.limits = limits
    self.identities = identities
    self.seen = seen
    self.findings = findings
    self.workers = workers
    self.progress = progress
    shared = Shared(seen)
  }

  mutating func run() {
    let (program, limits, identities, shared) = (program, limits, identities, shared)
    let empty = findings
    var first = Worker(program, limits, identities, shared, number: 0, empty)
    first.progress = progress
    // A small program is searched by one thread: the counts are then the same in every run.
    first.run(executions: workers == 1 ? .max : 2000)
    if first.isDone || workers == 1 {
      take(first.result)
    } else {
      let results = Mutex<[WorkerResult<P>]>([])
      let table = identities.table
      // Only one iteration continues the first search.
      nonisolated(unsafe) var continued = first
      DispatchQueue.concurrentPerform(iterations: workers) { number in
        let result: WorkerResult<P>
        if number == 0 {
          unsafe continued.run(executions: .max)
          result = unsafe continued.result
        } else {
          var worker = Worker(
            program, limits, Identities(table), shared, number: number, empty)
          worker.run(executions: .max)
          result = worker.result
        }
        results.withLock { $0.append(result) }
      }
      for result in results.withLock({ $0 }) { take(result) }
    }
    stateCount = shared.count
  }

  private mutating func take(_ result: WorkerResult<P>) {
    findings.merge(result.findings)
    seen.merge(result.seen)
    isNews = isNews || result.isNews
  }
}

/// What a thread found.
private struct WorkerResult<P: Program>: Sendable {
  var findings: Findings<P>
  var seen: SeenSteps
  var isNews: Bool
}

/// One thread's depth-first search.
private struct Worker<P: Program> {
  private struct Frame {
    var chosen: TaskID
    /// The tasks that are still to be tried.
    var left: UInt64
    /// How many tasks were tried.
    var tried = 0
  }

  private let program: P
  private let limits: Limits
  private let identities: Identities
  private let shared: Pass<P>.Shared
  private let isReversed: Bool
  private var findings: Findings<P>
  private var seen = SeenSteps()
  private var isNews = false
  private(set) var isDone = false
  private var frames: [Frame] = []
  var progress: (@Sendable (ExplorationProgress) -> Void)?

  init(
    _ program: P, _ limits: Limits, _ identities: Identities, _ shared: Pass<P>.Shared,
    number: Int, _ findings: Findings<P>
  ) {
    self.program = program
    self.limits = limits
    self.identities = identities
    self.shared = shared
    self.findings = findings
    isReversed = number % 2 == 1
  }

  var result: WorkerResult<P> {
    WorkerResult(findings: findings, seen: seen, isNews: isNews)
  }

  /// Searches until all is done, or so many more executions were run.
  mutating func run(executions most: Int) {
    var count = 0
    while !isDone, count < most {
      if findings.isAtLimit(limits) || shared.shouldStop.load(ordering: .relaxed) {
        findings.isComplete = false
        isDone = true
        return
      }
      executeOnce()
      count += 1
      if findings.shouldStop {
        findings.isComplete = false
        shared.shouldStop.store(true, ordering: .relaxed)
        isDone = true
        return
      }
      if let progress, findings.executions % 64 == 0 {
        progress(
          ExplorationProgress(
            executions: findings.executions,
            branches: frames.lazy.map { ($0.tried, $0.left.nonzeroBitCount) }))
      }
      isDone = !backtrack()
    }
  }

  private mutating func backtrack() -> Bool {
    while var frame = frames.popLast() {
      if frame.left != 0 {
        frame.chosen = pick(frame.left)
        frame.left &= ~frame.chosen.bit
        frame.tried += 1
        frames.append(frame)
        return true
      }
    }
    return false
  }

  private func pick(_ tasks: UInt64) -> TaskID {
    TaskID(isReversed ? 63 - tasks.leadingZeroBitCount : tasks.trailingZeroBitCount)
  }

  private mutating func executeOnce() {
    let execution = Execution(program, identities: identities, tracksHistory: true)
    defer { execution.close() }
    if !frames.isEmpty { execution.replay(frames.map(\.chosen)) }
    while true {
      if let defect = execution.defect {
        findings.note(.invalid, execution.witness(defect))
        findings.end(execution, .cutOff)
        return
      }
      if seen.note(execution.scheduler, unless: shared.known) { isNews = true }
      let enabled = execution.enabled
      if enabled == 0 {
        findings.end(execution, .maximal)
        return
      }
      if frames.count >= limits.steps || execution.scheduler.isOutOfTasks {
        findings.end(execution, .cutOff)
        return
      }
      // With the number of steps of each task a state lies on no cycle, and what was recorded for a number
      // of steps holds for every way to it.
      if !shared.enter(execution.fingerprint(countsSteps: true)) {
        findings.end(execution, .redundant)
        return
      }
      let tasks = persistentSet(execution, enabled)
      let last = execution.last
      let chosen = last.flatMap { tasks & $0.bit != 0 ? $0 : nil } ?? pick(tasks)
      frames.append(Frame(chosen: chosen, left: tasks & ~chosen.bit))
      execution.run(chosen)
    }
  }

  /// The enabled tasks of the smallest persistent set that the closure from one of them gives.
  private func persistentSet(_ execution: Execution<P>, _ enabled: UInt64) -> UInt64 {
    if enabled & (enabled - 1) == 0 { return enabled }
    let scheduler = execution.scheduler
    var best = enabled
    var left = enabled
    while left != 0 {
      let first = left.trailingZeroBitCount
      left &= left - 1
      var set: UInt64 = 1 << UInt64(first)
      var open = set
      while open != 0 {
        let task = open.trailingZeroBitCount
        open &= open - 1
        let footprint = scheduler.tasks[scheduler.positions[task]].footprint
        var others = scheduler.parked & ~set
        while others != 0 {
          let other = TaskID(others.trailingZeroBitCount)
          others &= others - 1
          let steps = scheduler.tasks[scheduler.positions[other.number]].steps
          if shared.futures.conflicts(other, at: steps, with: footprint) {
            set |= other.bit
            open |= other.bit
          }
        }
        if (set & enabled).nonzeroBitCount >= best.nonzeroBitCount { break }
      }
      if (set & enabled).nonzeroBitCount < best.nonzeroBitCount, open == 0 { best = set & enabled }
      if best.nonzeroBitCount == 1 { return best }
    }
    return best
  }
}
