// SPDX-License-Identifier: GPL-2.0-only

/// The scheduling points of one execution: what tasks call, and what the explorer controls.
///
/// A task runs alone until it asks for its next step; then it is parked until the explorer chooses it.
/// So between two steps a task may touch whatever it likes, and what tasks share is touched in steps.
public final class Scheduler: @unchecked Sendable {
  // One thread runs the explorer and every task, so nothing here is ever touched by two.

  /// What a task is doing.
  @safe enum Status {
    case running
    case parked(UnsafeContinuation<Void, Never>)
    case finished
  }

  /// A task of this execution.
  struct TaskState {
    var id: TaskID
    var name: String
    var isEndless: Bool
    /// The index among the tasks in the order in which this execution started them.
    var incarnation: Int
    var status = Status.running
    /// What it is parked at.
    var operation: Operation?
    /// What that touches.
    var footprint = Footprint()
    /// The line that its steps are asked for, if they are not those of this program's own lines.
    var source: SourceLine?
    /// How many steps it has made.
    var steps = 0
    var children: [Int] = []
    /// How many objects it has made.
    var objects = 0
    /// A hash of what the task has seen so far: where it is the same, the task is in the same state.
    var history = Fingerprint()
  }

  private let executor: StepExecutor
  private let identities: Identities
  private(set) var tasks: [TaskState] = []
  /// The positions of tasks in `tasks`, by their numbers.
  private(set) var positions: [Int]
  private(set) var current = -1
  /// The tasks that are parked, as bits by their numbers.
  private(set) var parked: UInt64 = 0
  /// Those of them whose step has a condition.
  private(set) var conditional: UInt64 = 0
  /// The tasks that have ended.
  private(set) var finished: UInt64 = 0
  /// How many objects there are.
  package private(set) var objectCount = 0
  private var rootObjects = 0
  /// Set at the end of an execution that is not finished: steps do nothing from then on, and tasks run
  /// to their end.
  package private(set) var isDraining = false
  private(set) var spawned: [(child: Int, parent: Int)] = []
  /// How many tasks had been started before the last step.
  private var spawnedBefore = 0
  /// The steps so far, each by the index of its task in the order in which this execution started
  /// tasks: so that it can be repeated without knowing any other execution.
  private(set) var schedule: [TaskID] = []
  /// The position of the task that made the last step; -1 at the start.
  private(set) var last = -1
  /// The tasks that make the next steps, by their numbers, while a known schedule is repeated.
  private var script: [Int] = []
  private var scriptIndex = 0
  /// Whether what tasks see is recorded.
  let tracksHistory: Bool
  /// Whether a task that a parent starts takes the id of a child that has ended.
  private let reusesTasks: Bool
  /// What tasks reported of this execution.
  private(set) var failures: [String] = []
  /// The task that awaits something other than the scheduler, where one does.
  private(set) var strayTask: String?
  /// How many jobs the executor was given by tasks that started and by steps.
  private var jobs = 0
  /// The task that was started or made a step last.
  private var latest = 0
  /// Whether a task could not be started, as there are `TaskID.limit` of them.
  private(set) var isOutOfTasks = false

  /// Whether there is one task alone, which is never parked.
  private let isAlone: Bool
  /// The step that one task alone could not take: it runs to its end with steps that do nothing.
  package private(set) var blockedAt: String?

  init(
    executor: StepExecutor, identities: Identities, isAlone: Bool = false,
    tracksHistory: Bool = false, reusesTasks: Bool = false
  ) {
    self.isAlone = isAlone
    self.executor = executor
    self.identities = identities
    self.tracksHistory = tracksHistory
    self.reusesTasks = reusesTasks
    positions = Array(repeating: -1, count: TaskID.limit)
  }

  /// Makes an object that tasks share, named by what it is and up to two numbers: `sector(12,3)`.
  public func object(
    _ base: StaticString, _ first: Int = -1, _ second: Int = -1
  ) -> SharedObject {
    makeObject(base, (first, second), isElement: false)
  }

  /// Makes an element of an array that tasks share: `aio_mutex[26]`.
  public func object(_ base: StaticString, element index: Int) -> SharedObject {
    makeObject(base, (index, -1), isElement: true)
  }

  private func makeObject(
    _ base: StaticString, _ indices: (first: Int, second: Int), isElement: Bool
  ) -> SharedObject {
    let number = objectCount
    objectCount += 1
    let identity: Int32
    if isAlone {
      identity = Int32(truncatingIfNeeded: number)
    } else if current < 0 {
      identity = identities.object(by: nil, ordinal: rootObjects)
      rootObjects += 1
    } else {
      identity = identities.object(by: tasks[current].id, ordinal: tasks[current].objects)
      tasks[current].objects += 1
    }
    return SharedObject(
      number: number, identity: identity, base: base, indices: indices, isElement: isElement)
  }

  /// Starts a task, which runs to its first step at once.
  ///
  /// - Parameters:
  ///   - name: the name for reports.
  ///   - isEndless: whether it may run for ever: it then cannot starve.
  ///   - body: what it does.
  /// - Returns: its id.
  @discardableResult
  public func spawn(
    _ name: String, isEndless: Bool = false, _ body: @escaping @Sendable () async -> Void
  ) -> TaskID {
    let parent = current
    if isAlone, !tasks.isEmpty { return tasks[0].id }
    let index: Int
    if reusesTasks, parent >= 0, let free = tasks[parent].children.first(where: isFinished) {
      index = free
      let id = tasks[index].id
      tasks[index] = TaskState(
        id: id, name: name, isEndless: isEndless, incarnation: spawned.count)
      finished &= ~id.bit
    } else {
      let ordinal = parent < 0 ? tasks.count : tasks[parent].children.count
      guard let id = identities.task(by: parent < 0 ? nil : tasks[parent].id, ordinal: ordinal)
      else {
        isOutOfTasks = true
        return tasks[max(0, parent)].id
      }
      index = tasks.count
      tasks.append(
        TaskState(
          id: id, name: name, isEndless: isEndless, incarnation: spawned.count))
      positions[id.number] = index
      if parent >= 0 { tasks[parent].children.append(index) }
    }
    let id = tasks[index].id
    spawned.append((index, parent))
    jobs += 1
    Task(executorPreference: executor) { [self] in
      let outer = current
      current = index
      latest = index
      await body()
      tasks[index].status = .finished
      finished |= id.bit
      current = outer
    }
    return id
  }

  /// Waits until the explorer chooses this task for the operation; what the caller does up to its next
  /// step belongs to the operation.
  public func step(_ operation: Operation) async {
    if isDraining { return }
    if isAlone {
      if operation.isEnabled?() ?? true { return }
      blockedAt = "\(operation.name)"
      isDraining = true
      return
    }
    let index = current
    guard index >= 0 else { return }
    var operation = operation
    if let source = tasks[index].source { operation.source = source }
    // Where the same task makes the next step of a known schedule, it need not be parked; a task that
    // it has just started has to come to its own first step before.
    if scriptIndex < script.count, script[scriptIndex] == tasks[index].id.number,
      spawned.count == spawnedBefore
    {
      scriptIndex += 1
      begin(index, operation)
      return
    }
    await unsafe withUnsafeContinuation { continuation in
      unsafe tasks[index].status = .parked(continuation)
      let bit = tasks[index].id.bit
      parked |= bit
      if operation.isEnabled != nil { conditional |= bit }
      tasks[index].footprint = Footprint(operation)
      tasks[index].operation = operation
    }
    current = index
  }

  /// Makes steps of the running task from now on those of another program's line; nil for of their own.
  package func setSource(_ source: SourceLine?) {
    if !isAlone, current >= 0 { tasks[current].source = source }
  }

  /// Records what a step saw, so that two states are taken for one only if their tasks saw the same.
  public func observe(_ value: Int) {
    if tracksHistory, current >= 0 { tasks[current].history.add(value) }
  }

  /// The state of a task at one point.
  package struct Mark: Sendable {
    fileprivate var history = Fingerprint()
    fileprivate var objects = 0

    /// Makes the mark of no task.
    package init() {}
  }

  /// The state of the running task: for a loop that returns to it.
  package func mark() -> Mark {
    var mark = Mark()
    if current >= 0 {
      mark.history = tasks[current].history
      mark.objects = tasks[current].objects
    }
    return mark
  }

  /// Declares that the running task is in the state that it had at a mark, with nothing kept of what it
  /// saw since: a loop that waits can so come back to a state that it was in.
  package func restore(_ mark: Mark) {
    guard tracksHistory, current >= 0 else { return }
    tasks[current].history = mark.history
    // Objects that the task makes from here on get the identities of those that it made after the mark
    // before: otherwise no state of a loop that makes objects would ever be met again. A reduction
    // cannot do that: it compares the objects of different rounds.
    if reusesTasks { tasks[current].objects = mark.objects }
  }

  /// Reports something wrong in this execution: a violation, whatever the outcome is.
  ///
  /// Such as a lock released by a task that does not hold it. The execution continues.
  ///
  /// - Parameter complaint: what is wrong, as one sentence without a full stop.
  package func fail(_ complaint: String) { if !isDraining { failures.append(complaint) } }

  /// The running task.
  package var currentTask: TaskID { TaskID(current < 0 ? 0 : tasks[current].id.number) }

  /// The name of the running task.
  package var currentName: String { current < 0 ? "no task" : tasks[current].name }

  // MARK: One task alone

  /// Runs one task to its end without ever parking it.
  ///
  /// That is as fast as a plain call, for many cases in a row. Tasks that it would start are not run.
  /// A step that could not be taken ends the case: `blockedAt` names it, later steps do nothing, and
  /// `resume()` makes ready for the next case.
  package static func alone(_ body: @escaping @Sendable (Scheduler) async -> Void) {
    let scheduler = Scheduler(executor: StepExecutor(), identities: Identities(), isAlone: true)
    scheduler.start {
      scheduler.spawn("task") { await body(scheduler) }
    }
  }

  /// Lets one task alone continue after a step that it could not take.
  package func resume() {
    blockedAt = nil
    isDraining = false
  }

  /// Gives the numbers of objects that were made last to the next ones.
  package func forgetObjects(from number: Int) { objectCount = min(objectCount, number) }

  // MARK: The explorer's side

  func operation(of index: Int) -> Operation? { tasks[index].operation }

  /// The tasks that can make a step, as bits by their numbers.
  var enabled: UInt64 {
    var mask = parked & ~conditional
    var left = conditional
    while left != 0 {
      let number = left.trailingZeroBitCount
      left &= left - 1
      if tasks[positions[number]].operation?.isEnabled?() ?? true { mask |= 1 << UInt64(number) }
    }
    return mask
  }

  func isEnabled(_ index: Int) -> Bool {
    guard let operation = tasks[index].operation else { return false }
    return operation.isEnabled?() ?? true
  }

  func isFinished(_ index: Int) -> Bool { finished & tasks[index].id.bit != 0 }

  /// Lets a parked task make its step.
  func run(_ index: Int) {
    guard case .parked(let continuation) = tasks[index].status,
      let operation = tasks[index].operation
    else { return }
    begin(index, operation)
    tasks[index].status = .running
    tasks[index].operation = nil
    let bit = tasks[index].id.bit
    parked &= ~bit
    conditional &= ~bit
    current = index
    latest = index
    jobs += 1
    unsafe continuation.resume()
    drain()
    current = -1
    if parked & bit == 0, finished & bit == 0 { strayTask = tasks[index].name }
    if spawned.count > spawnedBefore { findStray(from: spawnedBefore) }
  }

  /// Runs what can be run, and notes a task that awaits something other than a step.
  private func drain() {
    executor.drain(
      expected: { jobs },
      surplus: { if strayTask == nil { strayTask = tasks[latest].name } })
  }

  /// Lets tasks make the steps of a known schedule, each given by the number of its task.
  func replay(_ numbers: [Int]) {
    script = numbers
    scriptIndex = 0
    while scriptIndex < script.count {
      let index = positions[script[scriptIndex]]
      scriptIndex += 1
      guard index >= 0, parked & tasks[index].id.bit != 0 else { break }
      run(index)
    }
    script = []
    scriptIndex = 0
  }

  /// Records that a task makes a step.
  private func begin(_ index: Int, _ operation: Operation) {
    if isDraining { return }
    schedule.append(TaskID(tasks[index].incarnation))
    last = index
    spawnedBefore = spawned.count
    tasks[index].steps += 1
    if tracksHistory {
      tasks[index].history.add(Int(bitPattern: operation.source.line))
      for access in operation.accesses {
        tasks[index].history.add(Int(access.object.identity))
      }
    }
  }

  /// The tasks that the last step started, and those that started them, by position.
  var startedByLastStep: ArraySlice<(child: Int, parent: Int)> { spawned[spawnedBefore...] }

  /// Notes a task that was started, and neither asked for a step nor ended.
  private func findStray(from start: Int) {
    for (child, _) in spawned[start...] {
      let bit = tasks[child].id.bit
      if parked & bit == 0, finished & bit == 0 { strayTask = tasks[child].name }
    }
  }

  /// Runs what is left to its end, with steps that do nothing.
  func finish() {
    isDraining = true
    for index in tasks.indices.reversed() { run(index) }
    var index = 0
    while index < tasks.count {
      run(index)
      index += 1
    }
    executor.close()
  }

  func start(_ body: () -> Void) {
    body()
    drain()
    findStray(from: 0)
  }
}
