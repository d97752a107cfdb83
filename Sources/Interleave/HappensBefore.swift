// SPDX-License-Identifier: GPL-2.0-only

/// The steps of the current execution, and which happened before which.
///
/// The happens-before relation (Source Sets, section 3) is the smallest partial order that holds each
/// task's own order, what a task did before it started another, and the order of conflicting steps. It is
/// stored as vector clocks: for each step, how many steps of each task happened before it, itself
/// included.
struct HappensBefore {
  /// A step that was made, or that a blocked task would make.
  struct Event {
    var task: Int
    /// The index among the steps of its task, from 1.
    var number: Int32
    var footprint: Footprint
    /// The step that brought the task to this one: its own last, or that which started the task; -1
    /// for the first step of a task that was there at the start.
    var previous: Int
  }

  private(set) var events: [Event] = []
  /// The clocks, one row of `stride` numbers for each event.
  private var clocks: [Int32] = []
  /// As many as there are tasks, or more.
  private var stride = 8
  /// The events that touched each object.
  private var touched: [[Int32]] = []
  /// For each task, what its next event has as `previous`.
  private var last = [Int](repeating: -1, count: TaskID.limit)
  private var counts = [Int32](repeating: 0, count: TaskID.limit)
  /// The hash of each event with everything that happened before it; filled on demand.
  private var hashes: [Fingerprint?] = []
  let mutant: ReductionMutant?

  init(mutant: ReductionMutant?) { self.mutant = mutant }

  var count: Int { events.count }

  /// The step that a task would make next.
  func next(_ task: TaskID, _ footprint: Footprint) -> Event {
    Event(
      task: task.number, number: counts[task.number] + 1, footprint: footprint,
      previous: last[task.number])
  }

  /// Whether an event is, or happened before, another.
  func isBefore(_ event: Int, _ other: Int) -> Bool {
    other >= 0 && clocks[other * stride + events[event].task] >= events[event].number
  }

  /// Makes room for a task in every clock.
  private mutating func widen(for task: Int) {
    if task < stride { return }
    let wider = max(task + 1, 2 * stride)
    var rows = [Int32](repeating: 0, count: events.count * wider)
    for event in events.indices {
      for column in 0..<stride {
        rows[event * wider + column] = clocks[event * stride + column]
      }
    }
    clocks = rows
    stride = wider
  }

  /// Records that a task was started by the last event; by nil for one that was there at the start.
  mutating func start(_ child: TaskID, byLast isByLast: Bool) {
    last[child.number] = isByLast && mutant != .ignoresSpawn ? events.count - 1 : -1
    counts[child.number] = 0
    widen(for: child.number)
  }

  /// Appends a step.
  mutating func append(_ event: Event) {
    let index = events.count
    let row = index * stride
    if clocks.count < row + stride { clocks.append(contentsOf: repeatElement(0, count: stride)) }
    if event.previous >= 0 {
      let from = event.previous * stride
      for task in 0..<stride { clocks[row + task] = clocks[from + task] }
    } else {
      for task in 0..<stride { clocks[row + task] = 0 }
    }
    for position in 0..<event.footprint.count {
      let touch = event.footprint[position]
      let object = Int(touch.object)
      while touched.count <= object { touched.append([]) }
      var at = touched[object].count - 1
      while at >= 0 {
        let other = Int(touched[object][at])
        at -= 1
        let (conflicts, isBarrier) = relation(events[other].footprint, touch)
        if conflicts, events[other].task != event.task {
          if mutant == .dropsClockJoin {
            clocks[row + events[other].task] =
              max(clocks[row + events[other].task], events[other].number)
          } else {
            let from = other * stride
            for task in 0..<stride where clocks[from + task] > clocks[row + task] {
              clocks[row + task] = clocks[from + task]
            }
          }
        }
        if isBarrier { break }
      }
      if touched[object].last != Int32(index) { touched[object].append(Int32(index)) }
    }
    clocks[row + event.task] = event.number
    events.append(event)
    hashes.append(nil)
    last[event.task] = index
    counts[event.task] = event.number
  }

  /// How another step's touches of an object relate to one touch of it.
  private func relation(
    _ footprint: Footprint, _ touch: Footprint.Touch
  ) -> (conflicts: Bool, isBarrier: Bool) {
    var conflicts = false
    var isBarrier = false
    for position in 0..<footprint.count where footprint[position].object == touch.object {
      if footprint[position].conflicts(with: touch, mutant) { conflicts = true }
      if footprint[position].conflictsWithAll { isBarrier = true }
    }
    return (conflicts, isBarrier && mutant != .writesCommute)
  }

  /// Removes all steps but the first `count`.
  mutating func truncate(to count: Int) {
    while events.count > count {
      let event = events.removeLast()
      hashes.removeLast()
      last[event.task] = event.previous
      counts[event.task] = event.number - 1
      for position in 0..<event.footprint.count {
        let object = Int(event.footprint[position].object)
        if touched[object].last == Int32(events.count) { touched[object].removeLast() }
      }
    }
  }

  /// The steps before `end` that conflict with a step and did not happen before its task came to it, in
  /// order.
  func rivals(of event: Event, before end: Int) -> [Int] {
    var found: [Int] = []
    for position in 0..<event.footprint.count {
      let touch = event.footprint[position]
      guard Int(touch.object) < touched.count else { continue }
      for entry in touched[Int(touch.object)].reversed() {
        let other = Int(entry)
        if other >= end || events[other].task == event.task { continue }
        // What happened before the task came here, and orders all before it, ends the search.
        if isBefore(other, event.previous) {
          if relation(events[other].footprint, touch).isBarrier { break }
          continue
        }
        if relation(events[other].footprint, touch).conflicts, !found.contains(other) {
          found.append(other)
        }
      }
    }
    found.sort()
    return found
  }

  /// A hash that an event has in every execution in which the same happened before it.
  mutating func hash(of event: Int) -> Fingerprint {
    if event < 0 { return Fingerprint() }
    if let known = hashes[event] { return known }
    var print = Fingerprint()
    print.add(events[event].task)
    print.add(Int(events[event].number))
    // The last step of each task in its past, whose hashes hold the rest.
    var latest = [Int](repeating: -1, count: stride)
    for other in 0..<event where isBefore(other, event) { latest[events[other].task] = other }
    var past = Fingerprint()
    for other in latest where other >= 0 { past.merge(hash(of: other)) }
    print.add(past)
    hashes[event] = print
    return print
  }
}
