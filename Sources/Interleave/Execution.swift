// SPDX-License-Identifier: GPL-2.0-only

/// One execution of a program, step by step.
final class Execution<P: Program> {
  let scheduler: Scheduler
  let world: P.World
  private let program: P
  /// The steps so far, as they can be repeated.
  var schedule: [TaskID] { scheduler.schedule }
  /// The task that made the last step.
  var last: TaskID? { scheduler.last < 0 ? nil : scheduler.tasks[scheduler.last].id }

  init(
    _ program: P, identities: Identities, tracksHistory: Bool = false, reusesTasks: Bool = false
  ) {
    self.program = program
    let scheduler = Scheduler(
      executor: StepExecutor(), identities: identities, tracksHistory: tracksHistory,
      reusesTasks: reusesTasks)
    var world: P.World?
    scheduler.start { world = program.start(scheduler) }
    guard let world else { preconditionFailure("a program makes its world at once") }
    self.scheduler = scheduler
    self.world = world
  }

  /// The position of a task among the execution's; nil where it was not started yet.
  func position(of id: TaskID) -> Int? {
    let position = scheduler.positions[id.number]
    return position < 0 ? nil : position
  }

  /// The tasks that can make a step, as bits by their numbers.
  var enabled: UInt64 { scheduler.enabled }

  /// The operation that a task is parked at.
  func operation(of id: TaskID) -> Operation? {
    position(of: id).flatMap { scheduler.operation(of: $0) }
  }

  /// What the operation that a task is parked at touches.
  func footprint(of id: TaskID) -> Footprint {
    position(of: id).map { scheduler.tasks[$0].footprint } ?? Footprint()
  }

  /// Lets a task make its step.
  func run(_ id: TaskID) {
    let position = scheduler.positions[id.number]
    guard position >= 0 else { return }
    scheduler.run(position)
  }

  /// Lets tasks make steps that they are known to be able to make.
  func replay(_ tasks: [TaskID]) { scheduler.replay(tasks.map(\.number)) }

  /// The task that was started as the one of an index.
  func task(started index: TaskID) -> TaskID? {
    guard index.number < scheduler.spawned.count else { return nil }
    let task = scheduler.tasks[scheduler.spawned[index.number].child]
    return task.incarnation == index.number ? task.id : nil
  }

  /// Why the execution cannot be continued or evaluated; nil if it can.
  var defect: String? {
    scheduler.strayTask.map {
      "\($0) awaits something other than the scheduler: every await of a task has to be a step"
    }
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

  /// The tasks that may run for ever, as bits by their numbers.
  var endless: UInt64 {
    scheduler.tasks.reduce(0) { $1.isEndless ? $0 | $1.id.bit : $0 }
  }

  var outcome: P.Outcome { program.outcome(world) }

  /// The state: what tasks share, what each has seen, and which have ended.
  ///
  /// - Parameter countsSteps: whether states differ in which a task has made another number of steps.
  func fingerprint(countsSteps: Bool = false) -> Fingerprint {
    var print = program.fingerprint(world)
    for position in scheduler.positions where position >= 0 {
      let task = scheduler.tasks[position]
      print.add(task.id.number)
      if countsSteps, !scheduler.isFinished(position) { print.add(task.steps) }
      if scheduler.isFinished(position) { print.add(-1) } else { print.add(task.history) }
    }
    print.add(scheduler.failures.count)
    return print
  }

  /// The name of a task for reports.
  func name(of id: TaskID) -> String {
    position(of: id).map { scheduler.tasks[$0].name } ?? "\(id)"
  }

  /// The tasks that wait, and for which task each waits.
  var waiting: [Waiting] {
    scheduler.tasks.indices.compactMap { index in
      guard !isDone(index), let operation = scheduler.operation(of: index) else { return nil }
      let holder = operation.waitsFor?().flatMap { position(of: $0) }
      let objects = operation.accesses.map(\.object.name).joined(separator: ", ")
      return Waiting(
        task: scheduler.tasks[index].name, operation: "\(operation.name)(\(objects))",
        source: "\(operation.source)", holder: holder.map { scheduler.tasks[$0].name })
    }
  }

  func witness(_ complaint: String) -> Witness {
    Witness(
      complaint: complaint, schedule: Schedule(schedule), preemptions: 0,
      waiting: isFinished ? [] : waiting)
  }

  /// Ends the execution, so that nothing of it remains.
  func close() { scheduler.finish() }
}
