// SPDX-License-Identifier: GPL-2.0-only

import Interleave

/// A small machine for testing the explorer: registers and locks.
final class Machine: @unchecked Sendable {
  // One thread runs the explorer and all tasks.
  let scheduler: Scheduler
  var values: [Int]
  var owners: [Int?]
  let registers: [SharedObject]
  let locks: [SharedObject]

  init(_ scheduler: Scheduler, registers count: Int, locks lockCount: Int) {
    self.scheduler = scheduler
    values = Array(repeating: 0, count: count)
    owners = Array(repeating: nil, count: lockCount)
    registers = (0..<count).map { scheduler.object("r", $0) }
    locks = (0..<lockCount).map { scheduler.object("l", $0) }
  }
}

/// Tasks as lists of steps, so that programs can be made at random.
///
/// Only the first tasks are there at the start; the others are started by a step. `ReferenceSearch` runs
/// the same programs without the explorer.
struct ListProgram: Program {
  enum Step: Sendable, Hashable, CustomStringConvertible {
    /// Adds to a register, in a read and a write.
    case add(Int, Int)
    /// Copies a register to another, in a read and a write.
    case copy(Int, Int)
    /// Sets a register, whatever it was.
    case set(Int, Int)
    /// Adds to a register in one step.
    case increment(Int, Int)
    /// Adds one register to another in one step.
    case sum(from: Int, to: Int)
    /// Exchanges two registers in one step.
    case swap(Int, Int)
    /// Waits until a register has a value.
    case wait(Int, Int)
    /// Waits until two registers have the same value.
    case waitEqual(Int, Int)
    /// Waits until a register is above zero, and takes one from it: a semaphore.
    case take(Int)
    case lock(Int)
    case unlock(Int)
    /// Takes a lock if it is free, and records whether it did; the next unlock of it depends on that.
    case tryLock(Int)
    /// Starts a task.
    case spawn(Int)

    var description: String {
      switch self {
      case .add(let a, let b): ".add(\(a),\(b))"
      case .copy(let a, let b): ".copy(\(a),\(b))"
      case .set(let a, let b): ".set(\(a),\(b))"
      case .increment(let a, let b): ".increment(\(a),\(b))"
      case .sum(let a, let b): ".sum(from:\(a),to:\(b))"
      case .swap(let a, let b): ".swap(\(a),\(b))"
      case .wait(let a, let b): ".wait(\(a),\(b))"
      case .waitEqual(let a, let b): ".waitEqual(\(a),\(b))"
      case .take(let a): ".take(\(a))"
      case .lock(let a): ".lock(\(a))"
      case .unlock(let a): ".unlock(\(a))"
      case .tryLock(let a): ".tryLock(\(a))"
      case .spawn(let a): ".spawn(\(a))"
      }
    }
  }

  struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
    var values: [Int]
    static func < (a: Self, b: Self) -> Bool { a.values.lexicographicallyPrecedes(b.values) }
    var description: String { "\(values)" }
  }

  var tasks: [[Step]]
  /// The tasks that a step starts instead of the program.
  var spawned: Set<Int> = []
  var registers = 2
  var locks = 2
  var isWrong: @Sendable (Outcome) -> Bool = { _ in false }

  func start(_ scheduler: Scheduler) -> Machine {
    let machine = Machine(scheduler, registers: registers, locks: locks)
    for number in tasks.indices where !spawned.contains(number) { spawn(number, on: machine) }
    return machine
  }

  private func spawn(_ number: Int, on machine: Machine) {
    machine.scheduler.spawn("task \(number)") { await run(number, on: machine) }
  }

  private func run(_ number: Int, on machine: Machine) async {
    let scheduler = machine.scheduler
    func access(_ register: Int, _ kind: Access.Kind) -> Access {
      Access(machine.registers[register], kind)
    }
    func read(_ register: Int) async -> Int {
      await scheduler.step(Operation("read", [access(register, .read)]))
      scheduler.observe(machine.values[register])
      return machine.values[register]
    }
    func write(_ register: Int, _ value: Int) async {
      await scheduler.step(Operation("write", [access(register, .write)]))
      if !scheduler.isDraining { machine.values[register] = value }
    }
    for step in tasks[number] {
      switch step {
      case .add(let register, let value): await write(register, await read(register) + value)
      case .copy(let from, let to): await write(to, await read(from))
      case .set(let register, let value):
        await scheduler.step(Operation("set", [access(register, .set(value))]))
        machine.values[register] = value
      case .increment(let register, let value):
        await scheduler.step(Operation("increment", [access(register, .write)]))
        machine.values[register] += value
      case .sum(let from, let to):
        await scheduler.step(
          Operation("sum", [access(from, .read), access(to, .write)]))
        machine.values[to] += machine.values[from]
      case .swap(let a, let b):
        await scheduler.step(Operation("swap", [access(a, .write), access(b, .write)]))
        machine.values.swapAt(a, b)
      case .wait(let register, let value):
        await scheduler.step(
          Operation(
            "wait", [access(register, .read)], isEnabled: { machine.values[register] == value }))
      case .waitEqual(let a, let b):
        await scheduler.step(
          Operation(
            "wait_equal", [access(a, .read), access(b, .read)],
            isEnabled: { machine.values[a] == machine.values[b] }))
      case .take(let register):
        await scheduler.step(
          Operation(
            "take", [access(register, .write)], isEnabled: { machine.values[register] > 0 }))
        machine.values[register] -= 1
      case .lock(let lock):
        await scheduler.step(
          Operation(
            "lock", [Access(machine.locks[lock], .acquire)],
            isEnabled: { machine.owners[lock] == nil },
            waitsFor: { machine.owners[lock].map { TaskID($0) } }))
        machine.owners[lock] = scheduler.currentTask.number
      case .unlock(let lock):
        if machine.owners[lock] == scheduler.currentTask.number {
          await scheduler.step(Operation("unlock", [Access(machine.locks[lock], .release)]))
          machine.owners[lock] = nil
        }
      case .tryLock(let lock):
        await scheduler.step(Operation("trylock", [Access(machine.locks[lock], .write)]))
        scheduler.observe(machine.owners[lock] == nil ? 1 : 0)
        if machine.owners[lock] == nil { machine.owners[lock] = scheduler.currentTask.number }
      case .spawn(let child):
        await scheduler.step(Operation("spawn", []))
        if !scheduler.isDraining { spawn(child, on: machine) }
      }
    }
  }

  func outcome(_ world: Machine) -> Outcome { Outcome(values: world.values) }
  func complaint(about outcome: Outcome) -> String? { isWrong(outcome) ? "it is wrong" : nil }
  func fingerprint(_ world: Machine) -> Fingerprint {
    var print = Fingerprint()
    for value in world.values { print.add(value) }
    for owner in world.owners { print.add(owner ?? -1) }
    return print
  }
}
