// SPDX-License-Identifier: GPL-2.0-only

/// An optimal search that was stopped, so that another process can continue it.
package struct SavedSearch: Codable, Sendable {
  /// A node of a wakeup tree; the step is nil for the root.
  struct Node: Codable, Sendable {
    var step: TaskStep?
    /// How many children it has.
    var children: Int
  }

  /// A point of the execution that is next, without its tree.
  struct Point: Codable, Sendable {
    var sleep: [TaskStep]
    var explored: Int
    var enabled: UInt64
    var parked: UInt64
  }

  /// What was explored: a search continues only with the same program.
  package var label: String
  var numbers: Identities.Table.Numbers
  /// The tree of the first point, which holds those of the others, each node before its children.
  ///
  /// It is as deep as an execution is long, and readers of JSON limit how deep values may nest.
  var tree: [Node]
  var points: [Point]
  package var executions: Int
  var ended: Int
  var steps: Int
  var isComplete: Bool
  /// A schedule of each outcome, and of the finding.
  var schedules: [String]

  /// The nodes of a tree, each before its children.
  static func nodes(of tree: WakeupTree) -> [Node] {
    var nodes: [Node] = []
    var left = [tree]
    while let node = left.popLast() {
      nodes.append(Node(step: node.step, children: node.children.count))
      left += node.children.reversed()
    }
    return nodes
  }

  /// The tree that was saved; nil where the nodes are not a tree.
  var wakeupTree: WakeupTree? {
    guard let first = tree.first, first.step == nil else { return nil }
    let root = WakeupTree()
    // The nodes whose children follow, and how many of those are missing.
    var open = [(node: root, missing: first.children)]
    for node in tree.dropFirst() {
      while let last = open.last, last.missing == 0 { open.removeLast() }
      guard !open.isEmpty, let step = node.step, isKnown(step), node.children >= 0 else {
        return nil
      }
      let child = WakeupTree(step)
      open[open.count - 1].node.children.append(child)
      open[open.count - 1].missing -= 1
      open.append((child, node.children))
    }
    return open.allSatisfy { $0.missing == 0 } ? root : nil
  }

  /// Whether a step is of a task and of objects that can be.
  func isKnown(_ step: TaskStep) -> Bool {
    (0..<TaskID.limit).contains(step.task)
      && (0..<step.footprint.count).allSatisfy {
        (0..<numbers.objectCount).contains(step.footprint[$0].object)
      }
  }

  /// Whether the parts fit each other.
  var isConsistent: Bool {
    let tasks = numbers.tasks.joined().compactMap { $0?.number }
    let objects = numbers.objects.joined()
    return (0...TaskID.limit).contains(numbers.taskCount) && numbers.objectCount >= 0
      && numbers.objectCount <= 1 << 24 && min(executions, ended, steps) >= 0
      && tasks.allSatisfy { (0..<numbers.taskCount).contains($0) }
      && objects.allSatisfy { (0..<numbers.objectCount).contains($0) }
      && points.allSatisfy { $0.explored >= 0 && $0.sleep.allSatisfy(isKnown) }
  }
}

extension OptimalSearch {
  /// The search as it is between two executions; nil where there is nothing left to explore.
  func saved(_ findings: Findings<P>, label: String) -> SavedSearch? {
    guard let root = frames.first else { return nil }
    return SavedSearch(
      label: label, numbers: identities.table.numbers.withLock { $0 },
      tree: SavedSearch.nodes(of: root.tree),
      points: frames.map {
        .init(sleep: $0.sleep, explored: $0.explored, enabled: $0.enabled, parked: $0.parked)
      },
      executions: findings.executions, ended: findings.ended, steps: findings.steps,
      isComplete: !findings.wasCutOff,
      schedules: findings.schedules.values.map(\.description).sorted()
        + (findings.witness.map { [$0.schedule.description] } ?? []))
  }

  /// Continues a search; false where what was saved is not one of this program.
  mutating func restore(_ saved: SavedSearch, _ findings: inout Findings<P>) -> Bool {
    guard saved.isConsistent, var tree = saved.wakeupTree else { return false }
    identities = Identities(Identities.Table(saved.numbers))
    frames = []
    for (index, point) in saved.points.enumerated() {
      if index > 0 {
        guard let next = tree.children.first else { return false }
        tree = next
      }
      if tree.isLeaf { return false }
      frames.append(
        Frame(
          tree: tree, sleep: point.sleep, explored: point.explored, enabled: point.enabled,
          parked: point.parked))
    }
    // What was found is found again by its schedules.
    for text in saved.schedules {
      guard let schedule = Schedule(text) else { return false }
      let execution = Execution(program, identities: Identities())
      defer { execution.close() }
      for index in schedule.steps {
        guard let task = execution.task(started: index), execution.enabled & task.bit != 0 else {
          return false
        }
        execution.run(task)
      }
      findings.end(execution, execution.enabled == 0 ? .maximal : .cutOff)
    }
    findings.executions = saved.executions
    findings.ended = saved.ended
    findings.steps = saved.steps
    findings.isComplete = saved.isComplete
    findings.wasCutOff = !saved.isComplete
    return true
  }
}
