// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import TestSupport
import Testing

/// What the explorer relies on, and what it reports of a program that breaks it.
@Suite struct ContractTests {
  /// One world for all: a value, and what the tasks are.
  struct Free: Program {
    struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
      var value: Int
      static func < (a: Self, b: Self) -> Bool { a.value < b.value }
      var description: String { "\(value)" }
    }
    final class World: @unchecked Sendable {
      // One thread runs the explorer and all tasks.
      let scheduler: Scheduler
      let objects: [SharedObject]
      var value = 0

      init(_ scheduler: Scheduler) {
        self.scheduler = scheduler
        objects = [scheduler.object("a"), scheduler.object("b")]
      }
    }

    var tasks: [@Sendable (World) async -> Void]

    func start(_ scheduler: Scheduler) -> World {
      let world = World(scheduler)
      for (number, body) in tasks.enumerated() {
        scheduler.spawn("task \(number)") { await body(world) }
      }
      return world
    }
    func outcome(_ world: World) -> Outcome { Outcome(value: world.value) }
    func fingerprint(_ world: World) -> Fingerprint {
      var print = Fingerprint()
      print.add(world.value)
      return print
    }
  }

  private let limits = Limits(executions: 1000, steps: 100)

  /// A step changes whether another is enabled and shares no object with it: the reduction would not
  /// see that their order matters.
  @Test func aConditionOnAnUndeclaredObjectIsReported() {
    let program = Free(tasks: [
      { world in
        await world.scheduler.step(Operation("set", [Access(world.objects[0], .write)]))
        world.value = 1
      },
      { world in
        await world.scheduler.step(
          Operation(
            "wait", [Access(world.objects[1], .read)], isEnabled: { world.value == 1 }))
      },
    ])
    let found = Explorer(program, limits: limits).explore(.reduced)
    #expect(found.verdict == .invalid && !found.isComplete)
    #expect(
      found.witness?.complaint.hasPrefix(
        "a step of task 0 changes whether task 1 can do wait (ContractTests.swift:") == true)
  }

  @Test(arguments: [Strategy.reduced, .states(preemptions: nil), .random(seed: 1, count: 3)])
  func aTaskThatAwaitsSomethingElseIsReported(_ strategy: Strategy) {
    let program = Free(tasks: [
      { world in
        await world.scheduler.step(Operation("set", [Access(world.objects[0], .write)]))
        try? await Task.sleep(for: .seconds(1))
      }
    ])
    let found = Explorer(program, limits: limits).explore(strategy)
    #expect(found.verdict == .invalid && !found.isComplete)
    #expect(
      found.witness?.complaint
        == "task 0 awaits something other than the scheduler: every await of a task has to be a step"
    )
  }

  /// What a task may await that is not a step, and ends soon.
  enum ShortAwait: CaseIterable {
    case yield, task, group, asyncLet, actor, sleep

    private actor Counter {
      var value = 0
      func increase() { value += 1 }
    }

    func callAsFunction() async {
      switch self {
      case .yield: await Task.yield()
      // Both end long after the task has suspended, however busy the machine is: a task that another thread has
      // already run is not an await, and nothing can happen meanwhile. The explorer does not wait for them.
      case .task: await Task { try? await Task.sleep(for: .seconds(5)) }.value
      case .group:
        await withTaskGroup(of: Void.self) { group in
          group.addTask {}
          await group.waitForAll()
        }
      case .asyncLet:
        async let one = 1
        _ = await one
      case .actor: await Counter().increase()
      case .sleep: try? await Task.sleep(for: .seconds(5))
      }
    }
  }

  @Test(arguments: ShortAwait.allCases, [false, true])
  func anAwaitThatEndsSoonIsReported(_ shortAwait: ShortAwait, afterAStep: Bool) {
    let program = Free(tasks: [
      { world in
        if afterAStep {
          await world.scheduler.step(Operation("set", [Access(world.objects[0], .write)]))
        }
        await shortAwait()
        await world.scheduler.step(Operation("set", [Access(world.objects[0], .write)]))
      },
      { world in
        await world.scheduler.step(Operation("set", [Access(world.objects[0], .write)]))
      },
    ])
    for strategy in [Strategy.reduced, .states(preemptions: nil)] {
      let found = Explorer(program, limits: limits).explore(strategy)
      #expect(found.verdict == .invalid)
      #expect(found.witness?.complaint.hasPrefix("task 0 awaits something other") == true)
    }
  }

  @Test func negativeLimitsRunNothing() {
    let program = Free(tasks: [
      { world in
        await world.scheduler.step(Operation("set", [Access(world.objects[0], .write)]))
      }
    ])
    var limits = Limits(executions: -1, steps: -1)
    for strategy in [
      Strategy.reduced, .reducedStates, .unreduced, .states(preemptions: -1),
      .random(seed: 1, count: -1), .priorities(seed: 1, depth: -1, count: -1),
    ] {
      #expect(Explorer(program, limits: limits).explore(strategy).verdict == .boundReached)
    }
    limits.executions = -5
    limits.steps = -5
    #expect(limits == Limits(executions: 0, steps: 0))
  }

  @Test func aTaskThatAwaitsSomethingElseBeforeItsFirstStepIsReported() {
    let program = Free(tasks: [{ _ in try? await Task.sleep(for: .seconds(1)) }])
    #expect(Explorer(program, limits: limits).explore(.reduced).verdict == .invalid)
  }

  /// What a task reports is a violation, whatever the outcome is, in the orders in which it happens.
  @Test func aReportedFailureIsAViolation() {
    let program = Free(tasks: [
      { world in
        await world.scheduler.step(Operation("set", [Access(world.objects[0], .write)]))
        world.value = 1
      },
      { world in
        await world.scheduler.step(Operation("look", [Access(world.objects[0], .read)]))
        if world.value == 0 { world.scheduler.fail("looked too early") }
      },
    ])
    for strategy in [Strategy.reduced, .unreduced, .states(preemptions: nil)] {
      let found = Explorer(program, limits: limits).explore(strategy)
      #expect(found.verdict == .violation && found.witness?.complaint == "looked too early")
      #expect(found.witness?.schedule.steps.first == TaskID(1))
      #expect(found.outcomes.map(\.value) == [1])
    }
  }

  /// More tasks than can be distinguished are a bound, not a crash.
  @Test func tooManyTasksAreABound() {
    let program = Free(tasks: [
      { world in
        for number in 0..<100 {
          await world.scheduler.step(Operation("spawn", []))
          world.scheduler.spawn("child \(number)") {
            await world.scheduler.step(Operation("end", []))
          }
        }
      }
    ])
    let found = Explorer(program, limits: Limits(executions: 3, steps: 1000)).explore(.reduced)
    #expect(found.verdict == .boundReached && !found.isComplete)
  }

  /// The same objects are the same in every interleaving, whoever makes them first.
  @Test func objectsThatTasksMakeAreToldApart() {
    let program = Free(tasks: [
      { world in
        await world.scheduler.step(Operation("touch", [Access(world.objects[0], .write)]))
        let own = world.scheduler.object("own")
        for _ in 0..<2 { await world.scheduler.step(Operation("own", [Access(own, .write)])) }
      },
      { world in
        await world.scheduler.step(Operation("touch", [Access(world.objects[0], .write)]))
        let own = world.scheduler.object("own")
        for _ in 0..<2 { await world.scheduler.step(Operation("own", [Access(own, .write)])) }
      },
    ])
    let found = Explorer(program, limits: limits).explore(.reduced)
    #expect(found.executions == 2 && found.redundant == 0 && found.verdict == .exhausted)
  }

  /// How many executions of a program exist.
  private final class Count: @unchecked Sendable {
    // One thread runs the explorer and all tasks.
    var now = 0
    var most = 0
  }

  /// A program with a task that stays until its execution is closed.
  private struct Counted: Program {
    var base: ListProgram
    var count: Count

    func start(_ scheduler: Scheduler) -> Machine {
      let (world, count) = (base.start(scheduler), count)
      scheduler.spawn("idle") {
        count.now += 1
        count.most = max(count.most, count.now)
        await scheduler.step(Operation("idle", [], isEnabled: { false }, isIdle: true))
        count.now -= 1
      }
      return world
    }
    func outcome(_ world: Machine) -> ListProgram.Outcome { base.outcome(world) }
    func fingerprint(_ world: Machine) -> Fingerprint { base.fingerprint(world) }
  }

  /// What tasks call may serve one execution at a time, as a process of compiled C does: an execution is
  /// closed before the next one starts, probes included, however it ends.
  @Test(arguments: [
    Strategy.reduced, .reducedStates, .states(preemptions: nil), .states(preemptions: 1),
    .unreduced, .random(seed: 1, count: 20), .priorities(seed: 1, depth: 2, count: 20),
  ])
  func oneExecutionExistsAtATime(_ strategy: Strategy) {
    var random = SeededRandom(seed: 31)
    var (probes, deadlocks) = (0, 0)
    for index in 0..<200 {
      let count = Count()
      let program = Counted(base: RandomPrograms.program(steps: 6, &random), count: count)
      // Some executions are ended by the limit on steps.
      let explorer = Explorer(
        program, limits: Limits(executions: 200, steps: index % 4 == 0 ? 4 : 100))
      let found = explorer.explore(strategy)
      probes += found.probes
      deadlocks += found.verdict == .deadlock ? 1 : 0
      #expect(count.most == 1 && count.now == 0)
    }
    #expect(deadlocks > 10 && (strategy != .reduced || probes > 10))
  }
}
