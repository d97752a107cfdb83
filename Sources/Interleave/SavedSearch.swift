// SPDX-License-Identifier: GPL-2.0-only

/// An optimal search that was stopped, so that another process can continue it.
public struct SavedSearch: Codable, Sendable {
  /// A node of a wakeup tree; the step is nil for the root.
  struct Node: Codable, Sendable {
    var step: TaskStep?
    var children: [Node] = []

    init(_ tree: WakeupTree) {
      step = tree.step
      children = tree.children.map { Node($0) }
    }

    var tree: WakeupTree {
      let tree = WakeupTree(step)
      tree.children = children.map(\.tree)
      return tree
    }
  }

  /// A point of the execution that is next, without its tree.
  struct Point: Codable, Sendable {
    var sleep: [TaskStep]
    var explored: Int
    var enabled: UInt64
    var parked: UInt64
  }

  /// What was explored: a search continues only with the same program.
  public var label: String
  var numbers: Identities.Table.Numbers
  /// The tree of the first point, which holds those of the others.
  var tree: Node
  var points: [Point]
  package var executions: Int
  var ended: Int
  var steps: Int
  var isComplete: Bool
  /// A schedule of each outcome, and of the finding.
  var schedules: [String]
}

extension OptimalSearch {
  /// The search as it is between two executions; nil where there is nothing left to explore.
  func saved(_ findings: Findings<P>, label: String) -> SavedSearch? {
    guard let root = frames.first else { return nil }
    return SavedSearch(
      label: label, numbers: identities.table.numbers.withLock { $0 },
      tree: SavedSearch.Node(root.tree),
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
    identities = Identities(Identities.Table(saved.numbers))
    var tree = saved.tree.tree
    frames = []
    for (index, point) in saved.points.enumerated() {
      if index > 0 {
        guard let next = tree.children.first else { return false }
        tree = next
      }
      guard let step = tree.children.first?.step, (0..<TaskID.limit).contains(step.task) else {
        return false
      }
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
