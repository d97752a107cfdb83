// SPDX-License-Identifier: GPL-2.0-only

/// Goes through the tree of choices depth first; the way to where it is is all that it keeps.
struct TreeSearch<P: Program> {
  private struct Frame {
    /// The task that goes on here.
    var chosen: TaskID
    /// The tasks that could go on.
    var enabled: UInt64
    /// The tasks that have to be tried.
    var wanted: UInt64
    /// The tasks that were tried.
    var tried: UInt64
    /// The tasks whose next step leads to nothing new.
    var asleep: UInt64
    /// The state, where states are told apart.
    var state: Fingerprint?
    /// The preemptions up to here.
    var preemptions: Int
  }

  private let program: P
  private let limits: Limits
  private let isReduced: Bool
  private let cachesStates: Bool
  private let bound: Int?
  private let identities = TaskIdentities()
  private var frames: [Frame] = []
  /// The states that were met, with the fewest preemptions that led to each by the task that ran last.
  private var met: [StateKey: Int] = [:]

  private struct StateKey: Hashable {
    var state: Fingerprint
    var last: Int
  }

  init(_ explorer: Explorer<P>, isReduced: Bool, cachesStates: Bool, preemptions: Int?) {
    program = explorer.program
    limits = explorer.limits
    self.isReduced = isReduced
    self.cachesStates = cachesStates
    bound = preemptions
  }

  mutating func run(_ findings: inout Findings<P>) {
    repeat {
      if findings.executions >= limits.executions {
        findings.isComplete = false
        break
      }
      executeOnce(&findings)
      if findings.shouldStop { break }
    } while turn()
    if findings.shouldStop { findings.isComplete = false }
    if cachesStates { findings.states = Set(met.keys.lazy.map(\.state)).count }
    if bound != nil, wasBounded { findings.isComplete = false }
  }

  private var wasBounded = false

  /// Goes back to the deepest choice that has another to try; false where there is none.
  private mutating func turn() -> Bool {
    while var frame = frames.popLast() {
      let left = frame.wanted & ~frame.tried & ~frame.asleep
      if left == 0 { continue }
      frame.chosen = TaskID(left.trailingZeroBitCount)
      frame.tried |= 1 << UInt64(frame.chosen.number)
      frames.append(frame)
      return true
    }
    return false
  }

  private mutating func executeOnce(_ findings: inout Findings<P>) {
    let execution = Execution(program, identities: identities, tracksHistory: cachesStates)
    defer { execution.close() }
    var reduction = Reduction()
    var known = 0
    func noteStarted() {
      while known < execution.scheduler.spawned.count {
        let (child, parent) = execution.scheduler.spawned[known]
        reduction.start(
          execution.scheduler.tasks[child].id,
          by: parent < 0 ? nil : execution.scheduler.tasks[parent].id)
        known += 1
      }
    }
    if isReduced { noteStarted() }
    let fresh = frames.count
    var depth = 0
    while true {
      let enabled = execution.enabled
      if enabled == 0 {
        if isReduced { findRaces(execution, &reduction) }
        findings.end(execution, isCutOff: false)
        return
      }
      if depth >= limits.steps {
        findings.end(execution, isCutOff: true)
        return
      }
      if isReduced, depth >= fresh { findRaces(execution, &reduction) }
      if depth == frames.count {
        guard let frame = newFrame(execution, enabled, depth, &findings) else {
          findings.broken(execution)
          return
        }
        frames.append(frame)
      }
      let chosen = frames[depth].chosen
      if isReduced, let operation = execution.operation(of: chosen) {
        reduction.add(chosen, operation)
      }
      sleepNext(execution, depth)
      execution.run(chosen)
      if isReduced { noteStarted() }
      depth += 1
    }
  }

  /// The tasks asleep behind each choice: worked out while the operations are at hand.
  private var nextAsleep: UInt64 = 0

  private mutating func sleepNext(_ execution: Execution<P>, _ depth: Int) {
    guard isReduced else { return }
    let frame = frames[depth]
    let chosenBit: UInt64 = 1 << UInt64(frame.chosen.number)
    var asleep = (frame.asleep | frame.tried) & ~chosenBit
    guard asleep != 0, let mine = execution.operation(of: frame.chosen) else {
      nextAsleep = 0
      return
    }
    var left = asleep
    while left != 0 {
      let task = TaskID(left.trailingZeroBitCount)
      left &= left - 1
      guard let other = execution.operation(of: task), !mine.conflicts(with: other) else {
        asleep &= ~(1 << UInt64(task.number))
        continue
      }
    }
    nextAsleep = asleep
  }

  private mutating func newFrame(
    _ execution: Execution<P>, _ enabled: UInt64, _ depth: Int, _ findings: inout Findings<P>
  ) -> Frame? {
    var frame = Frame(
      chosen: TaskID(0), enabled: enabled, wanted: enabled, tried: 0,
      asleep: depth == 0 || !isReduced ? 0 : nextAsleep, state: nil,
      preemptions: execution.preemptions)
    let last = execution.schedule.last
    if cachesStates {
      let state = execution.fingerprint
      frame.state = state
      if frames.contains(where: { $0.state == state }) {
        noteCycle(execution, back: state, &findings)
        return nil
      }
      let key = StateKey(state: state, last: bound == nil ? -1 : last?.number ?? -1)
      if let before = met[key], before <= execution.preemptions { return nil }
      met[key] = execution.preemptions
    }
    if let bound, let last, enabled & (1 << UInt64(last.number)) != 0,
      execution.preemptions >= bound
    {
      if enabled & ~(1 << UInt64(last.number)) != 0 { wasBounded = true }
      frame.wanted = 1 << UInt64(last.number)
    }
    let available = frame.wanted & ~frame.asleep
    if available == 0 { return nil }
    // Going on with the same task first keeps schedules simple.
    if let last, available & (1 << UInt64(last.number)) != 0 {
      frame.chosen = last
    } else {
      frame.chosen = TaskID(available.trailingZeroBitCount)
    }
    let bit: UInt64 = 1 << UInt64(frame.chosen.number)
    frame.tried = bit
    if isReduced { frame.wanted = bit }
    return frame
  }

  /// Where a task's next step could have come before one that was made, that is to be tried there.
  private mutating func findRaces(_ execution: Execution<P>, _ reduction: inout Reduction) {
    for task in execution.parked {
      guard let operation = execution.operation(of: task),
        let event = reduction.race(of: task, operation), event < frames.count
      else { continue }
      let there = frames[event]
      let candidates = reduction.tasks(behind: event, before: task) & there.enabled
      let own: UInt64 = 1 << UInt64(task.number)
      if candidates == 0 {
        frames[event].wanted |= there.enabled
      } else if candidates & own != 0 {
        frames[event].wanted |= own
      } else if candidates & there.wanted == 0 {
        frames[event].wanted |= candidates & (~candidates + 1)
      }
    }
  }

  /// A state came back on its own way: if every task that could run did, it can go on so for ever.
  private func noteCycle(
    _ execution: Execution<P>, back state: Fingerprint, _ findings: inout Findings<P>
  ) {
    guard let start = frames.firstIndex(where: { $0.state == state }) else { return }
    let cycle = frames[start...]
    var ran: UInt64 = 0
    var always = ~UInt64(0)
    for frame in cycle {
      ran |= 1 << UInt64(frame.chosen.number)
      always &= frame.enabled
    }
    // Weak fairness: who could run all the time does run.
    guard always & ~ran == 0 else { return }
    let kept = execution.unfinished
    if kept.isEmpty { return }
    findings.note(
      .starvation,
      execution.witness(
        "\(kept.joined(separator: ", ")) can be kept from ending for ever, by a cycle of"
          + " \(cycle.count) steps"))
  }
}
