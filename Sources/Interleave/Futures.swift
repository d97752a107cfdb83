// SPDX-License-Identifier: GPL-2.0-only

/// What each task was seen to do at each of its steps, in all executions so far.
struct SeenSteps: Sendable {
  /// What a task did at one step, in whichever execution.
  struct Step: Sendable {
    var touches: Set<Footprint.Touch> = []
    /// The tasks that it started.
    var children: UInt64 = 0
  }

  /// By the number of the task, and by how many steps it had made.
  private(set) var steps: [[Step]] = Array(repeating: [], count: TaskID.limit)

  /// Records what the last step led to: what its task and the tasks that it started are parked at, and
  /// that it started them.
  ///
  /// - Parameter known: what need not be recorded.
  /// - Returns: whether anything was recorded that was not known.
  mutating func note(_ scheduler: Scheduler, unless known: SeenSteps? = nil) -> Bool {
    var isNew = false
    func notePending(_ position: Int, _ seen: inout SeenSteps) {
      let task = scheduler.tasks[position]
      if scheduler.parked & task.id.bit == 0 { return }
      if known?.has(task.footprint, of: task.id, at: task.steps) ?? false { return }
      if seen.add(task.footprint, of: task.id, at: task.steps) { isNew = true }
    }
    if scheduler.last >= 0 { notePending(scheduler.last, &self) }
    for (child, parent) in scheduler.startedByLastStep {
      notePending(child, &self)
      // A task may start others before its first step: they belong to the step that started it.
      var starter = parent
      while starter >= 0, scheduler.tasks[starter].steps == 0 {
        starter = scheduler.startedByLastStep.first { $0.child == starter }?.parent ?? -1
      }
      guard starter >= 0 else { continue }
      let (task, started) = (scheduler.tasks[starter], scheduler.tasks[child].id)
      if known?.hasChild(started, of: task.id, at: task.steps - 1) ?? false { continue }
      if add(child: started, of: task.id, at: task.steps - 1) { isNew = true }
    }
    return isNew
  }

  /// Records a step that a task is parked at; true where it is news.
  private mutating func add(_ footprint: Footprint, of task: TaskID, at position: Int) -> Bool {
    extend(task, position)
    var isNew = false
    for index in 0..<footprint.count
    where steps[task.number][position].touches.insert(footprint[index]).inserted {
      isNew = true
    }
    return isNew
  }

  /// Records that a task started another at a step; true where it is news.
  private mutating func add(child: TaskID, of task: TaskID, at position: Int) -> Bool {
    extend(task, position)
    if steps[task.number][position].children & child.bit != 0 { return false }
    steps[task.number][position].children |= child.bit
    return true
  }

  /// Whether a step was recorded.
  func has(_ footprint: Footprint, of task: TaskID, at position: Int) -> Bool {
    guard position < steps[task.number].count else { return false }
    return (0..<footprint.count).allSatisfy {
      steps[task.number][position].touches.contains(footprint[$0])
    }
  }

  /// Whether it was recorded that a task started another at a step.
  func hasChild(_ child: TaskID, of task: TaskID, at position: Int) -> Bool {
    position < steps[task.number].count && steps[task.number][position].children & child.bit != 0
  }

  private mutating func extend(_ task: TaskID, _ position: Int) {
    while steps[task.number].count <= position { steps[task.number].append(Step()) }
  }

  /// Adds what others saw.
  mutating func merge(_ other: SeenSteps) {
    for task in other.steps.indices {
      for (position, step) in other.steps[task].enumerated() {
        extend(TaskID(task), position)
        steps[task][position].touches.formUnion(step.touches)
        steps[task][position].children |= step.children
      }
    }
  }
}

/// What each task may still do, itself or through tasks that it starts, from each of its steps on.
struct Futures: Sendable {
  /// How an object may be touched.
  private struct Use: Sendable {
    static let reads: UInt8 = 1
    static let writes: UInt8 = 2
    static let sets: UInt8 = 4
    static let setsSeveral: UInt8 = 8
    var kinds: UInt8 = 0
    var value = 0
  }

  /// By task and position; within that by object.
  private var uses: [[[Use]]]
  private let objects: Int

  init(_ seen: SeenSteps) {
    var most = -1
    for steps in seen.steps {
      for step in steps { for touch in step.touches { most = max(most, Int(touch.object)) } }
    }
    objects = most + 1
    uses = seen.steps.map {
      Array(repeating: Array(repeating: Use(), count: most + 1), count: $0.count)
    }
    // From the last step to the first; a child's future is part of its parent's, so once more for
    // each level of children.
    var isChanged = true
    while isChanged {
      isChanged = false
      for task in seen.steps.indices {
        for position in seen.steps[task].indices.reversed() {
          let step = seen.steps[task][position]
          for touch in step.touches {
            if Self.add(touch, to: &uses[task][position][Int(touch.object)]) { isChanged = true }
          }
          if position + 1 < uses[task].count {
            let later = uses[task][position + 1]
            if Self.add(later, to: &uses[task][position]) { isChanged = true }
          }
          var left = step.children
          while left != 0 {
            let child = left.trailingZeroBitCount
            left &= left - 1
            guard let first = uses[child].first else { continue }
            if Self.add(first, to: &uses[task][position]) { isChanged = true }
          }
        }
      }
    }
  }

  private static func add(_ touch: Footprint.Touch, to use: inout Use) -> Bool {
    let before = use.kinds
    switch touch.kind {
    case .read: use.kinds |= Use.reads
    case .write, .acquire, .release: use.kinds |= Use.writes
    case .set:
      if before & Use.sets != 0, use.value != touch.value { use.kinds |= Use.setsSeveral }
      use.kinds |= Use.sets
      if before & Use.sets == 0 { use.value = touch.value }
    }
    return use.kinds != before
  }

  private static func add(_ others: [Use], to uses: inout [Use]) -> Bool {
    var isChanged = false
    for object in others.indices where others[object].kinds != 0 {
      let (before, other) = (uses[object], others[object])
      var kinds = before.kinds | other.kinds
      if before.kinds & other.kinds & Use.sets != 0, before.value != other.value {
        kinds |= Use.setsSeveral
      }
      if kinds == before.kinds { continue }
      uses[object].kinds = kinds
      if before.kinds & Use.sets == 0, other.kinds & Use.sets != 0 {
        uses[object].value = other.value
      }
      isChanged = true
    }
    return isChanged
  }

  /// Whether what a task may do, from a position on, conflicts with a step of another task.
  func conflicts(_ task: TaskID, at position: Int, with footprint: Footprint) -> Bool {
    guard position < uses[task.number].count else { return false }
    for index in 0..<footprint.count {
      let touch = footprint[index]
      guard touch.object < objects else { continue }
      let use = uses[task.number][position][Int(touch.object)]
      if use.kinds == 0 { continue }
      switch touch.kind {
      case .read: if use.kinds & ~Use.reads != 0 { return true }
      case .write, .acquire, .release: return true
      case .set:
        if use.kinds & (Use.reads | Use.writes | Use.setsSeveral) != 0 { return true }
        if use.kinds & Use.sets != 0, use.value != touch.value { return true }
      }
    }
    return false
  }
}
