// SPDX-License-Identifier: GPL-2.0-only

/// Depth-first search through all interleavings without a partial-order reduction, with or without
/// stopping at states that were met.
///
/// With states, the search also finds infinite executions in which every task that could always run does
/// run (weak fairness), and some task never ends: Couvreur's on-the-fly search for accepting strongly
/// connected components (FM 1999), where a component is accepting if each task is disabled in one of its
/// states, or makes a step from one of its states to another.
struct StateSearch<P: Program> {
  private struct Frame {
    /// The task that makes the step.
    var chosen: TaskID
    /// The tasks that can make a step here.
    var enabled: UInt64
    /// The tasks that are still to be tried.
    var left: UInt64
    /// The state, if states are compared.
    var state: Fingerprint
    /// The number of the state, where components are searched.
    var node: Int
    /// The preemptions up to here.
    var preemptions: Int
  }

  /// A state that was met without a bound on preemptions.
  private struct Node {
    /// Whether its component may still grow.
    var isLive = true
  }

  /// A strongly connected component, as far as it is known.
  private struct Component {
    /// The number of its first state.
    var root: Int
    /// The tasks that cannot make a step in one of its states.
    var disabled: UInt64
    /// The tasks that make a step from one of its states to another.
    var stepping: UInt64
    /// The task that made the step into its first state.
    var entering: UInt64
    var isReported = false

    /// Whether a run through all of it treats every task fairly.
    var isFair: Bool { disabled | stepping == ~0 }
  }

  private struct BoundedState: Hashable {
    var state: Fingerprint
    var last: Int
  }

  private let program: P
  private let limits: Limits
  private let cachesStates: Bool
  private let bound: Int?
  private let identities = Identities()
  private var frames: [Frame] = []
  private var numbers: [Fingerprint: Int] = [:]
  private var nodes: [Node] = []
  /// The states of live components, in the order in which they were met.
  private var live: [Int] = []
  private var components: [Component] = []
  /// With a bound: the fewest preemptions that led to each state, by the task that ran last.
  private var met: [BoundedState: Int] = [:]
  private var onPath: [Fingerprint: Int] = [:]
  private var wasBounded = false
  private var metCycle = false

  init(_ explorer: Explorer<P>, cachesStates: Bool, preemptions: Int?) {
    program = explorer.program
    limits = explorer.limits
    self.cachesStates = cachesStates
    bound = preemptions
  }

  mutating func run(_ findings: inout Findings<P>) {
    repeat {
      if findings.isAtLimit(limits) {
        findings.isComplete = false
        break
      }
      executeOnce(&findings)
      if findings.shouldStop { break }
    } while backtrack()
    if findings.shouldStop { findings.isComplete = false }
    if cachesStates {
      findings.states = bound == nil ? nodes.count : Set(met.keys.lazy.map(\.state)).count
    }
    if wasBounded { findings.isComplete = false }
    // The bound changed nothing, but components were not searched for.
    if bound != nil, metCycle, findings.isComplete, findings.verdict == nil {
      var whole = StateSearch(
        Explorer(program, limits: limits), cachesStates: true, preemptions: nil)
      whole.run(&findings)
    }
  }

  /// Goes back to the deepest choice that has another to try; false where there is none.
  private mutating func backtrack() -> Bool {
    while var frame = frames.popLast() {
      if frame.left != 0 {
        frame.chosen = TaskID(frame.left.trailingZeroBitCount)
        frame.left &= frame.left - 1
        frames.append(frame)
        return true
      }
      leave(frame)
    }
    return false
  }

  /// Ends a state all of whose successors are known.
  private mutating func leave(_ frame: Frame) {
    guard cachesStates else { return }
    onPath[frame.state] = nil
    guard bound == nil, components.last?.root == frame.node else { return }
    components.removeLast()
    while let node = live.last, node >= frame.node {
      nodes[node].isLive = false
      live.removeLast()
    }
  }

  private mutating func executeOnce(_ findings: inout Findings<P>) {
    let execution = Execution(
      program, identities: identities, tracksHistory: cachesStates, reusesTasks: cachesStates)
    defer { execution.close() }
    execution.replay(frames.map(\.chosen))
    while true {
      if let defect = execution.defect {
        findings.note(.invalid, execution.witness(defect))
        findings.end(execution, .cutOff)
        return
      }
      let enabled = execution.enabled
      if enabled == 0 {
        findings.end(execution, .maximal)
        return
      }
      if frames.count >= limits.steps || execution.scheduler.isOutOfTasks {
        findings.end(execution, .cutOff)
        return
      }
      guard let frame = newFrame(execution, enabled, &findings) else {
        findings.end(execution, .redundant)
        return
      }
      frames.append(frame)
      execution.run(frame.chosen)
    }
  }

  private mutating func newFrame(
    _ execution: Execution<P>, _ enabled: UInt64, _ findings: inout Findings<P>
  ) -> Frame? {
    var frame = Frame(
      chosen: TaskID(0), enabled: enabled, left: enabled, state: Fingerprint(), node: -1,
      preemptions: 0)
    let last = execution.last
    if let before = frames.last, let last {
      // A preemption takes the processor from a task that could have continued.
      let previous = frames.count > 1 ? frames[frames.count - 2].chosen : last
      let wasPreempted = previous != last && before.enabled & previous.bit != 0
      frame.preemptions = before.preemptions + (wasPreempted ? 1 : 0)
    }
    if cachesStates {
      frame.state = execution.fingerprint()
      if bound == nil {
        guard enter(&frame, by: last, execution, &findings) else { return nil }
      } else if !enterBounded(frame, by: last, execution, &findings) {
        return nil
      }
    }
    if let bound, let last, enabled & last.bit != 0, frame.preemptions >= bound {
      if enabled & ~last.bit != 0 { wasBounded = true }
      frame.left = last.bit
    }
    // To continue with the same task first keeps schedules simple.
    if let last, frame.left & last.bit != 0 {
      frame.chosen = last
    } else {
      frame.chosen = TaskID(frame.left.trailingZeroBitCount)
    }
    frame.left &= ~frame.chosen.bit
    return frame
  }

  // MARK: Strongly connected components

  /// Comes to a state; false where it was met before.
  private mutating func enter(
    _ frame: inout Frame, by last: TaskID?, _ execution: Execution<P>,
    _ findings: inout Findings<P>
  ) -> Bool {
    let stepping = last?.bit ?? 0
    if let node = numbers[frame.state] {
      if nodes[node].isLive { close(node, stepping, execution, &findings) }
      return false
    }
    frame.node = nodes.count
    numbers[frame.state] = frame.node
    nodes.append(Node())
    live.append(frame.node)
    components.append(
      Component(root: frame.node, disabled: ~frame.enabled, stepping: 0, entering: stepping))
    return true
  }

  /// Merges the components that a step back to a live state connects.
  private mutating func close(
    _ node: Int, _ stepping: UInt64, _ execution: Execution<P>, _ findings: inout Findings<P>
  ) {
    var disabled: UInt64 = 0
    var stepping = stepping
    while let top = components.last, top.root > node {
      disabled |= top.disabled
      stepping |= top.stepping | top.entering
      components.removeLast()
    }
    guard var top = components.last else { return }
    top.disabled |= disabled
    top.stepping |= stepping
    if top.isFair, !top.isReported {
      top.isReported = report(top.stepping, execution, &findings)
    }
    components[components.count - 1] = top
  }

  /// Reports tasks that do not end although every task is treated fairly; false where there is none.
  private func report(
    _ stepping: UInt64, _ execution: Execution<P>, _ findings: inout Findings<P>
  ) -> Bool {
    let kept = execution.unfinished
    if kept.isEmpty { return false }
    let names = kept.joined(separator: ", ")
    // Where a task that is to run for ever does run, the others are starved by it.
    if stepping & execution.endless != 0 {
      findings.note(
        .starvation, execution.witness("\(names) can be kept from ending for ever"))
    } else {
      findings.note(
        .livelock, execution.witness("\(names) can run for ever, and none of them ends"))
    }
    return true
  }

  // MARK: With a bound on preemptions

  /// Comes to a state; false where it was met with as few preemptions, or on the way to here.
  private mutating func enterBounded(
    _ frame: Frame, by last: TaskID?, _ execution: Execution<P>, _ findings: inout Findings<P>
  ) -> Bool {
    if let start = onPath[frame.state] {
      metCycle = true
      var component = Component(root: start, disabled: 0, stepping: 0, entering: 0)
      for step in frames[start...] {
        component.disabled |= ~step.enabled
        component.stepping |= step.chosen.bit
      }
      if component.isFair { _ = report(component.stepping, execution, &findings) }
      return false
    }
    let key = BoundedState(state: frame.state, last: last?.number ?? -1)
    if let before = met[key], before <= frame.preemptions { return false }
    met[key] = frame.preemptions
    onPath[frame.state] = frames.count
    return true
  }
}
