// SPDX-License-Identifier: GPL-2.0-only

/// The scheduling points of one execution: what tasks call, and what the explorer steers.
///
/// A task runs alone until it asks for its next step; then it is parked until the explorer chooses it.
/// So between two steps a task may touch whatever it likes, and what tasks share is touched in steps.
package final class Scheduler: @unchecked Sendable {
  // One thread runs the explorer and every task, so nothing here is ever touched by two.

  /// What a task is doing.
  @safe enum Status {
    case running
    case parked(Operation, UnsafeContinuation<Void, Never>)
    case finished
  }

  /// A task of this execution.
  struct TaskState {
    var id: TaskID
    var name: String
    var isEndless: Bool
    var status: Status
    var children: [Int] = []
    /// What the task has seen so far, as a fingerprint: the same means that it is in the same place.
    var history = Fingerprint()
  }

  private let executor: StepExecutor
  private let identities: TaskIdentities
  private(set) var tasks: [TaskState] = []
  private(set) var current = -1
  /// How many objects there are.
  package private(set) var objectCount = 0
  /// Set at the end of an execution that is not finished: steps do nothing any more, and tasks run to
  /// their end.
  package private(set) var isDraining = false
  private(set) var spawned: [(child: Int, parent: Int)] = []
  /// Whether what tasks see is kept.
  var tracksHistory = false

  /// Whether there is one task alone, which is never parked.
  private let isAlone: Bool
  /// Where one task alone could not go on: it runs to its end with steps that do nothing.
  package private(set) var blockedAt: String?

  init(executor: StepExecutor, identities: TaskIdentities, isAlone: Bool = false) {
    self.isAlone = isAlone
    self.executor = executor
    self.identities = identities
  }

  private static func label(_ name: String) -> Int {
    name.utf8.reduce(0x1505) { ($0 &* 33) ^ Int($1) }
  }

  /// Makes an object that tasks share.
  package func object(_ name: String) -> SharedObject {
    objectCount += 1
    return SharedObject(number: objectCount - 1, name: name, label: Self.label(name))
  }

  /// Starts a task, which runs to its first step at once.
  ///
  /// - Parameters:
  ///   - name: what a person calls it.
  ///   - isEndless: whether it may go on for ever: it then cannot starve.
  ///   - body: what it does.
  /// - Returns: its id.
  @discardableResult
  package func spawn(
    _ name: String, isEndless: Bool = false, _ body: @escaping @Sendable () async -> Void
  ) -> TaskID {
    let parent = current
    if isAlone, !tasks.isEmpty { return tasks[0].id }
    let index: Int
    // A child that ended makes room for the next: to the explorer it is the same task, started again.
    if parent >= 0, let free = tasks[parent].children.first(where: isFinished) {
      index = free
      tasks[index] = TaskState(
        id: tasks[index].id, name: name, isEndless: isEndless, status: .running)
    } else {
      let ordinal = parent < 0 ? tasks.count : tasks[parent].children.count
      let id = identities.id(parent: parent < 0 ? nil : tasks[parent].id, ordinal: ordinal)
      index = tasks.count
      tasks.append(TaskState(id: id, name: name, isEndless: isEndless, status: .running))
      if parent >= 0 { tasks[parent].children.append(index) }
    }
    let id = tasks[index].id
    spawned.append((index, parent))
    Task(executorPreference: executor) { [self] in
      let outer = current
      current = index
      await body()
      tasks[index].status = .finished
      current = outer
    }
    return id
  }

  /// Waits until the explorer chooses this task for the operation; what the caller does up to its next
  /// step belongs to the operation.
  package func step(_ operation: Operation) async {
    if isDraining { return }
    if isAlone {
      if operation.isEnabled?() ?? true { return }
      blockedAt = operation.name
      isDraining = true
      return
    }
    let index = current
    await unsafe withUnsafeContinuation { continuation in
      unsafe tasks[index].status = .parked(operation, continuation)
    }
    current = index
  }

  /// Notes what a step saw, so that two states are taken for one only if their tasks saw the same.
  package func observe(_ value: Int) {
    if tracksHistory, current >= 0 { tasks[current].history.add(value) }
  }

  /// Where the running task is: for a loop that comes back to the same place.
  package func mark() -> Fingerprint { current >= 0 ? tasks[current].history : Fingerprint() }

  /// Says that the running task is where it was at a mark, with nothing kept of what it saw since: a
  /// loop that waits can so come back to a state that it was in.
  package func restore(_ mark: Fingerprint) {
    if tracksHistory, current >= 0 { tasks[current].history = mark }
  }

  /// The running task.
  package var currentTask: TaskID { TaskID(current < 0 ? 0 : tasks[current].id.number) }

  // MARK: One task alone

  /// Runs one task to its end without ever parking it.
  ///
  /// That is as fast as a plain call, for many cases in a row. Tasks that it would start are not run.
  /// A step that could not be taken ends the case: `blockedAt` names it, the steps behind it do
  /// nothing, and `resume()` makes ready for the next.
  package static func alone(_ body: @escaping @Sendable (Scheduler) async -> Void) {
    let scheduler = Scheduler(
      executor: StepExecutor(), identities: TaskIdentities(), isAlone: true)
    scheduler.start {
      scheduler.spawn("task") { await body(scheduler) }
    }
  }

  /// Makes one task alone able to go on behind a step that it could not take.
  package func resume() {
    blockedAt = nil
    isDraining = false
  }

  /// Gives the numbers of objects that were made last to the next ones.
  package func forgetObjects(from number: Int) { objectCount = min(objectCount, number) }

  // MARK: The explorer's side

  func operation(of index: Int) -> Operation? {
    guard case .parked(let operation, _) = tasks[index].status else { return nil }
    return operation
  }

  func isEnabled(_ index: Int) -> Bool {
    guard let operation = operation(of: index) else { return false }
    return operation.isEnabled?() ?? true
  }

  func isFinished(_ index: Int) -> Bool {
    if case .finished = tasks[index].status { return true }
    return false
  }

  /// Lets a parked task make its step.
  func run(_ index: Int) {
    guard case .parked(let operation, let continuation) = tasks[index].status else { return }
    tasks[index].status = .running
    current = index
    if tracksHistory {
      for access in operation.accesses { tasks[index].history.add(access.object.label) }
      tasks[index].history.add(Self.label(operation.name))
    }
    unsafe continuation.resume()
    executor.drain()
    current = -1
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
  }

  func start(_ body: () -> Void) {
    body()
    executor.drain()
  }
}

/// Gives tasks the same numbers in every execution: by who started them, and as its how manieth.
final class TaskIdentities {
  private struct Key: Hashable {
    var parent: TaskID?
    var ordinal: Int
  }
  private var ids: [Key: TaskID] = [:]

  func id(parent: TaskID?, ordinal: Int) -> TaskID {
    let key = Key(parent: parent, ordinal: ordinal)
    if let id = ids[key] { return id }
    precondition(ids.count < 64, "an exploration has at most 64 tasks")
    let id = TaskID(ids.count)
    ids[key] = id
    return id
  }
}

/// A number that stands for a row of values: 128 bits, the same in every run.
package struct Fingerprint: Sendable, Hashable {
  private var a: UInt64 = 0xCBF2_9CE4_8422_2325
  private var b: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Stands for no value.
  package init() {}

  /// Takes a value in.
  package mutating func add(_ value: Int) {
    let bits = UInt64(truncatingIfNeeded: value)
    a = (a ^ bits) &* 0x0000_0100_0000_01B3
    a ^= a >> 29
    b = (b &+ bits &+ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
    b ^= b >> 32
  }

  /// Takes another fingerprint in.
  package mutating func add(_ other: Fingerprint) {
    add(Int(truncatingIfNeeded: other.a))
    add(Int(truncatingIfNeeded: other.b))
  }
}
