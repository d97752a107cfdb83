// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Synchronization

/// A search that stores states, and tries from each only a persistent set of tasks (Godefroid, LNCS 1032,
/// chapter 4): it visits every state in which no task can make a step.
///
/// From a state, the set starts with one enabled task, and takes in every task that may still do, itself
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

  init(_ explorer: Explorer<P>) {
    program = explorer.program
    limits = explorer.limits
    workers = max(1, explorer.workers)
  }

  func run(_ findings: inout Findings<P>) {
    let identities = Identities()
    var seen = sampled(identities)
    var workers = findings.atEnd == nil ? workers : 1
    while true {
      var pass = Pass(program, limits, identities, seen, findings.emptied, workers: workers)
      pass.run()
      findings.merge(pass.findings)
      findings.isComplete = pass.findings.isComplete
      findings.states = pass.stateCount
      if findings.shouldStop || !findings.isComplete { return }
      if pass.mayHaveCycle, workers > 1 {
        // Only a single search can tell whether there is a cycle.
        workers = 1
      } else if !pass.isNews {
        return
      }
      seen.merge(pass.seen)
    }
  }

  /// What a few executions at random show: that saves whole searches.
  private func sampled(_ identities: Identities) -> SeenSteps {
    var seen = SeenSteps()
    var choice = RandomChoice(seed: 1)
    for _ in 0..<24 {
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
  private(set) var mayHaveCycle = false
  private(set) var stateCount = 0
  private let workers: Int
  private let shared: Shared
  private let program: P
  private let limits: Limits
  private let identities: Identities

  /// What the workers share.
  final class Shared: Sendable {
    let futures: Futures
    let known: SeenSteps
    /// The states that were met, each with the number of steps that led to it first.
    private let shards: [MutexBox]
    let shouldStop = Atomic<Bool>(false)

    final class MutexBox: Sendable {
      let states = Mutex<[Fingerprint: Int32]>([:])
    }

    init(_ seen: SeenSteps) {
      known = seen
      futures = Futures(seen)
      shards = (0..<64).map { _ in MutexBox() }
    }

    /// The depth at which a state was met before; nil where it is new.
    func enter(_ state: Fingerprint, depth: Int) -> Int? {
      shards[Int(state.b & 63)].states.withLock { states in
        if let known = states[state] { return Int(known) }
        states[state] = Int32(truncatingIfNeeded: depth)
        return nil
      }
    }

    var count: Int { shards.reduce(0) { $0 + $1.states.withLock(\.count) } }
  }

  init(
    _ program: P, _ limits: Limits, _ identities: Identities, _ seen: SeenSteps,
    _ findings: Findings<P>, workers: Int
  ) {
    self.program = program
    self.limits = limits
    self.identities = identities
    self.seen = seen
    self.findings = findings
    self.workers = workers
    shared = Shared(seen)
  }

  mutating func run() {
    let results = Mutex<[WorkerResult<P>]>([])
    let (program, limits, identities, shared) = (program, limits, identities, shared)
    let empty = findings
    if workers == 1 {
      var worker = Worker(program, limits, identities, shared, number: 0, of: 1, empty)
      worker.run()
      take(worker.result)
    } else {
      let table = identities.table
      DispatchQueue.concurrentPerform(iterations: workers) { [workers] number in
        var worker = Worker(
          program, limits, Identities(table), shared, number: number, of: workers, empty)
        worker.run()
        let result = worker.result
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
    mayHaveCycle = mayHaveCycle || result.mayHaveCycle
  }
}

/// What a thread found.
private struct WorkerResult<P: Program>: Sendable {
  var findings: Findings<P>
  var seen: SeenSteps
  var isNews: Bool
  var mayHaveCycle: Bool
}

/// One thread's depth-first search.
private struct Worker<P: Program> {
  private struct Frame {
    var chosen: TaskID
    /// The tasks that are still to be tried.
    var left: UInt64
    var state: Fingerprint
  }

  private let program: P
  private let limits: Limits
  private let identities: Identities
  private let shared: Pass<P>.Shared
  private let isReversed: Bool
  private let isAlone: Bool
  private var findings: Findings<P>
  private var seen = SeenSteps()
  private var isNews = false
  private var mayHaveCycle = false
  private var frames: [Frame] = []
  private var onPath: Set<Fingerprint> = []

  init(
    _ program: P, _ limits: Limits, _ identities: Identities, _ shared: Pass<P>.Shared,
    number: Int, of count: Int, _ findings: Findings<P>
  ) {
    self.program = program
    self.limits = limits
    self.identities = identities
    self.shared = shared
    self.findings = findings
    isReversed = number % 2 == 1
    isAlone = count == 1
  }

  var result: WorkerResult<P> {
    WorkerResult(findings: findings, seen: seen, isNews: isNews, mayHaveCycle: mayHaveCycle)
  }

  mutating func run() {
    repeat {
      if findings.isAtLimit(limits) || shared.shouldStop.load(ordering: .relaxed) {
        findings.isComplete = false
        break
      }
      executeOnce()
      if findings.shouldStop {
        findings.isComplete = false
        shared.shouldStop.store(true, ordering: .relaxed)
        break
      }
    } while backtrack()
  }

  private mutating func backtrack() -> Bool {
    while var frame = frames.popLast() {
      if frame.left != 0 {
        frame.chosen = pick(frame.left)
        frame.left &= ~frame.chosen.bit
        frames.append(frame)
        return true
      }
      if isAlone { onPath.remove(frame.state) }
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
      let state = execution.fingerprint
      if let depth = shared.enter(state, depth: frames.count) {
        // A cycle holds a step that leads to a state which was met no later.
        if depth < frames.count { mayHaveCycle = true }
        if isAlone, onPath.contains(state) {
          findings.end(execution, .cutOff)
        } else {
          findings.end(execution, .redundant)
        }
        return
      }
      if isAlone { onPath.insert(state) }
      let tasks = persistentSet(execution, enabled)
      let last = execution.last
      let chosen = last.flatMap { tasks & $0.bit != 0 ? $0 : nil } ?? pick(tasks)
      frames.append(Frame(chosen: chosen, left: tasks & ~chosen.bit, state: state))
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
