// SPDX-License-Identifier: GPL-2.0-only

/// Which step of an execution came before which because of what they touch, and where another order
/// has to be tried.
struct Reduction {
  private struct Event {
    var task: Int
    /// The how manieth event of its task, from 1.
    var number: Int32
    var accesses: [Access]
  }

  private var events: [Event] = []
  /// For each task, the last event of every other that comes before its next one.
  private var clocks: [[Int32]] = []
  /// The clock of each event.
  private var eventClocks: [[Int32]] = []
  /// The events that touched each object.
  private var touched: [[Int]] = []

  private mutating func clock(of task: Int) -> [Int32] {
    while clocks.count <= task { clocks.append([]) }
    return clocks[task]
  }

  private static func join(_ a: inout [Int32], _ b: [Int32]) {
    while a.count < b.count { a.append(0) }
    for index in b.indices where b[index] > a[index] { a[index] = b[index] }
  }

  /// Whether an event comes before the next one of the task with this clock.
  private func isBefore(_ event: Int, _ clock: [Int32]) -> Bool {
    let task = events[event].task
    return task < clock.count && clock[task] >= events[event].number
  }

  /// A task that another started knows what its parent did.
  mutating func start(_ child: TaskID, by parent: TaskID?) {
    _ = clock(of: max(child.number, parent?.number ?? 0))
    if let parent { Self.join(&clocks[child.number], clocks[parent.number]) }
  }

  /// The last step that the task's next operation races with: both could have been next there.
  mutating func race(of task: TaskID, _ operation: Operation) -> Int? {
    let own = clock(of: task.number)
    var last: Int?
    for access in operation.accesses where access.object.number < touched.count {
      for event in touched[access.object.number].reversed() {
        if let last, event <= last { break }
        let other = events[event]
        if other.task == task.number || isBefore(event, own) {
          if isOrdered(other, access) { break } else { continue }
        }
        let racing = other.accesses.contains {
          $0.object == access.object && $0.conflicts(with: access)
            && $0.mayBeEnabled(with: access)
        }
        if racing {
          last = event
          break
        }
      }
    }
    return last
  }

  /// Whether what came before an event on an object also comes before what comes behind it.
  private func isOrdered(_ event: Event, _ access: Access) -> Bool {
    event.accesses.contains {
      guard $0.object == access.object else { return false }
      switch $0.kind {
      case .write, .acquire, .release: return true
      case .read, .set: return false
      }
    }
  }

  /// The tasks that made a step behind `event` that comes before the next one of `task`, as bits.
  mutating func tasks(behind event: Int, before task: TaskID) -> UInt64 {
    let own = clock(of: task.number)
    var mask: UInt64 = 1 << UInt64(task.number)
    for later in (event + 1)..<max(event + 1, events.count) where isBefore(later, own) {
      mask |= 1 << UInt64(events[later].task)
    }
    return mask
  }

  /// Notes that a task made a step.
  mutating func add(_ task: TaskID, _ operation: Operation) {
    var own = clock(of: task.number)
    let number = (task.number < own.count ? own[task.number] : 0) + 1
    for access in operation.accesses {
      let object = access.object.number
      while touched.count <= object { touched.append([]) }
      for event in touched[object].reversed() {
        let conflicts = events[event].accesses.contains {
          $0.object == access.object && $0.conflicts(with: access)
        }
        if conflicts { Self.join(&own, eventClocks[event]) }
        if isOrdered(events[event], access) { break }
      }
    }
    while own.count <= task.number { own.append(0) }
    own[task.number] = number
    for access in operation.accesses { touched[access.object.number].append(events.count) }
    events.append(Event(task: task.number, number: number, accesses: operation.accesses))
    eventClocks.append(own)
    clocks[task.number] = own
  }
}
