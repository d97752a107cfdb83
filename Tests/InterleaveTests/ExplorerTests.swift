// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import TestSupport
import Testing

/// A small machine for testing the explorer: registers, a lock, and tasks that are lists of steps.
final class Machine: @unchecked Sendable {
  // One thread runs the explorer and all tasks.
  let scheduler: Scheduler
  var values: [Int]
  var owners: [TaskID?]
  let registers: [SharedObject]
  let locks: [SharedObject]

  init(_ scheduler: Scheduler, registers count: Int, locks lockCount: Int) {
    self.scheduler = scheduler
    values = Array(repeating: 0, count: count)
    owners = Array(repeating: nil, count: lockCount)
    registers = (0..<count).map { scheduler.object("r\($0)") }
    locks = (0..<lockCount).map { scheduler.object("l\($0)") }
  }

  func read(_ register: Int) async -> Int {
    await scheduler.step(Operation("read", [Access(registers[register], .read)]))
    scheduler.observe(values[register])
    return values[register]
  }

  func write(_ register: Int, _ value: Int) async {
    await scheduler.step(Operation("write", [Access(registers[register], .write)]))
    values[register] = value
  }

  func set(_ register: Int, _ value: Int) async {
    await scheduler.step(Operation("set", [Access(registers[register], .set(value))]))
    values[register] = value
  }

  func lock(_ lock: Int) async {
    await scheduler.step(
      Operation(
        "lock", [Access(locks[lock], .acquire)], isEnabled: { self.owners[lock] == nil },
        waitsFor: { self.owners[lock] }))
    owners[lock] = scheduler.currentTask
  }

  func unlock(_ lock: Int) async {
    await scheduler.step(Operation("unlock", [Access(locks[lock], .release)]))
    owners[lock] = nil
  }

  func wait(_ register: Int, for value: Int) async {
    await scheduler.step(
      Operation(
        "wait", [Access(registers[register], .read)],
        isEnabled: { self.values[register] == value || self.scheduler.isDraining }))
  }
}

/// Tasks as lists of steps, so that programs can be made at random.
struct ListProgram: Program {
  enum Step: Sendable {
    case add(Int, Int)
    case copy(Int, Int)
    case set(Int, Int)
    case lock(Int)
    case unlock(Int)
    case wait(Int, Int)
  }

  struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
    var values: [Int]
    static func < (a: Self, b: Self) -> Bool { a.values.lexicographicallyPrecedes(b.values) }
    var description: String { "\(values)" }
  }

  var tasks: [[Step]]
  var registers = 2
  var locks = 2
  var isWrong: @Sendable (Outcome) -> Bool = { _ in false }

  func start(_ scheduler: Scheduler) -> Machine {
    let machine = Machine(scheduler, registers: registers, locks: locks)
    for (number, steps) in tasks.enumerated() {
      scheduler.spawn("task \(number)") { await Self.run(steps, on: machine) }
    }
    return machine
  }

  private static func run(_ steps: [Step], on machine: Machine) async {
    for step in steps {
      switch step {
      case .add(let register, let value):
        let old = await machine.read(register)
        await machine.write(register, old + value)
      case .copy(let from, let to): await machine.write(to, await machine.read(from))
      case .set(let register, let value): await machine.set(register, value)
      case .lock(let lock): await machine.lock(lock)
      case .unlock(let lock): await machine.unlock(lock)
      case .wait(let register, let value): await machine.wait(register, for: value)
      }
    }
  }

  func outcome(_ world: Machine) -> Outcome { Outcome(values: world.values) }
  func complaint(about outcome: Outcome) -> String? { isWrong(outcome) ? "it is wrong" : nil }
  func fingerprint(_ world: Machine) -> Fingerprint {
    var print = Fingerprint()
    for value in world.values { print.add(value) }
    for owner in world.owners { print.add(owner.map { $0.number } ?? -1) }
    return print
  }
}

@Suite struct ExplorerTests {
  private let limits = Limits(executions: 2_000_000, steps: 200)

  private func explore(_ program: ListProgram, _ strategy: Strategy) -> Exploration<
    ListProgram.Outcome
  > {
    Explorer(program, limits: limits).explore(strategy)
  }

  @Test func aLostUpdateIsFoundByAll() {
    let program = ListProgram(tasks: [[.add(0, 1)], [.add(0, 1)]])
    for strategy in [Strategy.unreduced, .reduced, .states(preemptions: nil)] {
      let found = explore(program, strategy)
      #expect(found.outcomes.map(\.values) == [[1, 0], [2, 0]])
      #expect(found.verdict == .exhausted && found.isComplete)
    }
    // Without a preemption nothing is lost, and that is no pass.
    let bounded = explore(program, .states(preemptions: 0))
    #expect(bounded.outcomes.map(\.values) == [[2, 0]])
    #expect(bounded.verdict == .boundReached && !bounded.isComplete)
  }

  @Test func aLockKeepsIt() {
    let steps: [ListProgram.Step] = [.lock(0), .add(0, 1), .unlock(0)]
    let program = ListProgram(tasks: [steps, steps, steps])
    let reduced = explore(program, .reduced)
    #expect(reduced.outcomes.map(\.values) == [[3, 0]])
    #expect(reduced.verdict == .exhausted)
    // The orders in which three tasks take the lock, and no more.
    #expect(reduced.executions <= 8)
    #expect(explore(program, .unreduced).outcomes == reduced.outcomes)
  }

  @Test func locksInTwoOrdersCanDeadlock() throws {
    let program = ListProgram(tasks: [
      [.lock(0), .lock(1), .unlock(1), .unlock(0)], [.lock(1), .lock(0), .unlock(0), .unlock(1)],
    ])
    for strategy in [Strategy.unreduced, .reduced, .states(preemptions: nil)] {
      let found = explore(program, strategy)
      #expect(found.verdict == .deadlock)
      let waiting = try #require(found.witness?.waiting)
      #expect(waiting.map(\.task) == ["task 0", "task 1"])
      #expect(waiting.map(\.holder) == ["task 1", "task 0"])
      #expect(waiting.map(\.operation) == ["lock(l1)", "lock(l0)"])
    }
  }

  @Test func independentTasksAreTriedInOneOrder() {
    let program = ListProgram(
      tasks: (0..<4).map { [.add($0, 1), .add($0, 2)] }, registers: 4)
    #expect(explore(program, .reduced).executions == 1)
  }

  @Test func equalSetsAreTriedInOneOrder() {
    let program = ListProgram(tasks: [[.set(0, 7)], [.set(0, 7)], [.set(0, 7)]])
    #expect(explore(program, .reduced).executions == 1)
    let other = ListProgram(tasks: [[.set(0, 7)], [.set(0, 7)], [.set(0, 8)]])
    let found = explore(other, .reduced)
    #expect(found.outcomes.map(\.values) == [[7, 0], [8, 0]])
    #expect(found.executions < 6)
  }

  private static func program(_ random: inout SeededRandom) -> ListProgram {
    let count = Int.random(in: 2...3, using: &random)
    return ListProgram(
      tasks: (0..<count).map { _ in
        var steps: [ListProgram.Step] = []
        var held: [Int] = []
        for _ in 0..<Int.random(in: 1...(count == 2 ? 4 : 2), using: &random) {
          let register = Int.random(in: 0...1, using: &random)
          switch Int.random(in: 0...6, using: &random) {
          case 0: steps.append(.add(register, Int.random(in: 1...3, using: &random)))
          case 1: steps.append(.copy(register, 1 - register))
          case 2, 3: steps.append(.set(register, Int.random(in: 1...2, using: &random)))
          case 4:
            let lock = Int.random(in: 0...1, using: &random)
            if !held.contains(lock) {
              held.append(lock)
              steps.append(.lock(lock))
            }
          case 5: if let lock = held.popLast() { steps.append(.unlock(lock)) }
          default: steps.append(.wait(register, Int.random(in: 0...1, using: &random)))
          }
        }
        for lock in held.reversed() { steps.append(.unlock(lock)) }
        return steps
      })
  }

  /// The oracle: without any reduction the same outcomes come out, and the same verdict.
  @Test func reductionLosesNothing() {
    var random = SeededRandom(seed: 5)
    var (reducedRuns, unreducedRuns, deadlocks) = (0, 0, 0)
    for _ in 0..<400 {
      let program = Self.program(&random)
      let whole = explore(program, .unreduced)
      guard whole.isComplete else { continue }
      let reduced = explore(program, .reduced)
      let states = explore(program, .states(preemptions: nil))
      #expect(reduced.outcomes == whole.outcomes, "\(program.tasks)")
      #expect(states.outcomes == whole.outcomes, "\(program.tasks)")
      #expect(reduced.verdict == whole.verdict, "\(program.tasks)")
      #expect(states.verdict == whole.verdict, "\(program.tasks)")
      reducedRuns += reduced.executions
      unreducedRuns += whole.executions
      deadlocks += whole.verdict == .deadlock ? 1 : 0
    }
    #expect(reducedRuns * 3 < unreducedRuns, "\(reducedRuns) of \(unreducedRuns)")
    #expect(deadlocks > 20)
  }

  @Test func aScheduleRepeatsItsExecution() throws {
    var random = SeededRandom(seed: 6)
    for _ in 0..<100 {
      let program = Self.program(&random)
      let found = explore(program, .reduced)
      for (outcome, schedule) in found.schedules {
        let text = schedule.description
        #expect(Schedule(text) == schedule)
        let again = explore(program, .replay(try #require(Schedule(text))))
        #expect(again.outcomes == [outcome])
      }
    }
    #expect(Schedule("a4b2a")?.steps.count == 7)
    for text in ["4a", "a0", "a-", "a99999999999", "é"] { #expect(Schedule(text) == nil) }
  }

  @Test func theSimplestWitnessHasTheFewestPreemptions() throws {
    // Wrong only if the first task is interrupted twice.
    let program = ListProgram(
      tasks: [[.set(0, 1), .copy(1, 0), .set(0, 3)], [.set(1, 5), .copy(0, 1)]],
      isWrong: { $0.values == [3, 5] })
    let whole = explore(program, .unreduced)
    let fewest = try #require(Self.fewestPreemptions(program, limits))
    let witness = try #require(Explorer(program, limits: limits).simplest(preemptions: 5))
    #expect(witness.preemptions == fewest)
    #expect(whole.verdict == .violation)
  }

  /// The fewest preemptions of any execution with something wrong, all of them looked at.
  private static func fewestPreemptions(_ program: ListProgram, _ limits: Limits) -> Int? {
    for bound in 0..<6 {
      let found = Explorer(program, limits: limits).explore(.states(preemptions: bound))
      if let witness = found.witness { return witness.preemptions }
    }
    return nil
  }

  @Test func samplesAreTheSameForASeedAndNeverAPass() {
    let program = ListProgram(tasks: [[.add(0, 1)], [.add(0, 1)], [.add(0, 1)]])
    for strategy in [
      Strategy.random(seed: 9, count: 200), .priorities(seed: 9, depth: 3, count: 200),
    ] {
      let (one, two) = (explore(program, strategy), explore(program, strategy))
      #expect(one.schedules == two.schedules && one.steps == two.steps)
      #expect(one.verdict == .boundReached && !one.isComplete)
      #expect(one.outcomes.count >= 2)
    }
  }

  @Test func aLimitIsNeverAPass() {
    let program = ListProgram(tasks: [[.add(0, 1)], [.add(0, 1)], [.add(0, 1)]])
    let few = Explorer(program, limits: Limits(executions: 3, steps: 100)).explore(.unreduced)
    #expect(few.verdict == .boundReached && few.executions == 3)
    let short = Explorer(program, limits: Limits(executions: 100, steps: 2)).explore(.reduced)
    #expect(short.verdict == .boundReached && !short.isComplete)
  }
}
