// SPDX-License-Identifier: GPL-2.0-only

/// One execution of a program, step by step.
final class Execution<P: Program> {
  let scheduler: Scheduler
  let world: P.World
  private let program: P
  private(set) var schedule: [TaskID] = []
  private(set) var preemptions = 0
  private var positions: [Int] = []

  init(_ program: P, identities: TaskIdentities, tracksHistory: Bool) {
    self.program = program
    let scheduler = Scheduler(executor: StepExecutor(), identities: identities)
    scheduler.tracksHistory = tracksHistory
    var world: P.World?
    scheduler.start { world = program.start(scheduler) }
    guard let world else { preconditionFailure("a program makes its world at once") }
    self.scheduler = scheduler
    self.world = world
    index()
  }

  private func index() {
    for position in positions.count..<max(positions.count, scheduler.tasks.count) {
      positions.append(scheduler.tasks[position].id.number)
    }
  }

  /// The place of a task among the execution's; nil where it was not started yet.
  func position(of id: TaskID) -> Int? { positions.firstIndex(of: id.number) }

  /// The tasks that can make a step, as bits by their numbers.
  var enabled: UInt64 {
    var mask: UInt64 = 0
    for (position, number) in positions.enumerated() where scheduler.isEnabled(position) {
      mask |= 1 << UInt64(number)
    }
    return mask
  }

  /// The operation that a task is parked at.
  func operation(of id: TaskID) -> Operation? {
    position(of: id).flatMap { scheduler.operation(of: $0) }
  }

  /// The tasks that are parked, able to go on or not.
  var parked: [TaskID] {
    scheduler.tasks.indices.filter { scheduler.operation(of: $0) != nil }
      .map { scheduler.tasks[$0].id }
  }

  /// Lets a task make its step.
  func run(_ id: TaskID) {
    guard let position = position(of: id) else { return }
    if let last = schedule.last, last != id, let old = self.position(of: last),
      scheduler.isEnabled(old)
    {
      preemptions += 1
    }
    schedule.append(id)
    scheduler.run(position)
    index()
  }

  /// Whether every task has ended or is idle.
  var isFinished: Bool { scheduler.tasks.indices.allSatisfy(isDone) }

  private func isDone(_ index: Int) -> Bool {
    scheduler.isFinished(index) || scheduler.operation(of: index)?.isIdle ?? false
  }

  /// The names of the tasks that have something left to do and are to end.
  var unfinished: [String] {
    scheduler.tasks.indices.filter { !isDone($0) && !scheduler.tasks[$0].isEndless }
      .map { scheduler.tasks[$0].name }
  }

  var outcome: P.Outcome { program.outcome(world) }

  /// The state: what tasks share, and what each has seen.
  var fingerprint: Fingerprint {
    var print = program.fingerprint(world)
    let order = scheduler.tasks.indices.sorted { scheduler.tasks[$0].id < scheduler.tasks[$1].id }
    for index in order where !scheduler.isFinished(index) {
      print.add(scheduler.tasks[index].id.number)
      print.add(scheduler.tasks[index].history)
    }
    return print
  }

  /// What a person wants to see of a task's step.
  func name(of id: TaskID) -> String {
    position(of: id).map { scheduler.tasks[$0].name } ?? "\(id)"
  }

  /// Who waits, and for whom.
  var waiting: [Waiting] {
    scheduler.tasks.indices.compactMap { index in
      guard !isDone(index), let operation = scheduler.operation(of: index) else { return nil }
      let holder = operation.waitsFor?().flatMap { position(of: $0) }
      let objects = operation.accesses.map(\.object.name).joined(separator: ", ")
      return Waiting(
        task: scheduler.tasks[index].name, operation: "\(operation.name)(\(objects))",
        holder: holder.map { scheduler.tasks[$0].name })
    }
  }

  func witness(_ complaint: String) -> Witness {
    Witness(
      complaint: complaint, schedule: Schedule(schedule), preemptions: preemptions,
      waiting: isFinished ? [] : waiting)
  }

  /// Ends the execution, so that nothing of it stays behind.
  func close() { scheduler.finish() }
}
