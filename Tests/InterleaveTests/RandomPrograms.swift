// SPDX-License-Identifier: GPL-2.0-only

/// Makes `ListProgram`s at random, and makes a failing one smaller.
enum RandomPrograms {
  /// A program of up to five tasks with up to `steps` steps in all: registers, locks, trylocks,
  /// semaphores, waits on one register and on two, steps on several objects, and tasks that are started by
  /// others.
  static func program(
    steps most: Int = 9, _ random: inout some RandomNumberGenerator
  ) -> ListProgram {
    let count = Int.random(in: 2...5, using: &random)
    let registers = Int.random(in: 1...3, using: &random)
    var tasks: [[ListProgram.Step]] = Array(repeating: [], count: count)
    // Each program uses only some kinds of steps, so that rare ones meet each other.
    let kinds = (0..<Int.random(in: 2...6, using: &random)).map { _ in
      Int.random(in: 0..<12, using: &random)
    }
    for index in 0..<Int.random(in: count...max(count, most), using: &random) {
      let task = index < count ? index : Int.random(in: 0..<count, using: &random)
      let kind = kinds.randomElement(using: &random) ?? 0
      tasks[task].append(step(kind, registers, &random))
    }
    // A lock is released by the task that took it, more often than not.
    for task in tasks.indices {
      for lock in 0..<2
      where tasks[task].contains(.lock(lock)) || tasks[task].contains(.tryLock(lock)) {
        if Int.random(in: 0..<5, using: &random) > 0, !tasks[task].contains(.unlock(lock)) {
          tasks[task].append(.unlock(lock))
        }
      }
    }
    var spawned: Set<Int> = []
    for child in 1..<count where Int.random(in: 0..<4, using: &random) == 0 {
      let parent = Int.random(in: 0..<child, using: &random)
      let position = Int.random(in: 0...tasks[parent].count, using: &random)
      tasks[parent].insert(.spawn(child), at: position)
      spawned.insert(child)
    }
    return ListProgram(tasks: tasks, spawned: spawned, registers: registers)
  }

  private static func step(
    _ kind: Int, _ registers: Int, _ random: inout some RandomNumberGenerator
  ) -> ListProgram.Step {
    let register = Int.random(in: 0..<registers, using: &random)
    let other = Int.random(in: 0..<registers, using: &random)
    let value = Int.random(in: 0...2, using: &random)
    let lock = Int.random(in: 0...1, using: &random)
    return switch kind {
    case 0: .add(register, max(1, value))
    case 1: other == register ? .add(register, 1) : .copy(register, other)
    case 2, 3: .set(register, value)
    case 4: .increment(register, max(1, value))
    case 5: other == register ? .increment(register, 1) : .sum(from: register, to: other)
    case 6: other == register ? .set(register, 0) : .swap(register, other)
    case 7: .wait(register, value)
    case 8: other == register ? .wait(register, 0) : .waitEqual(register, other)
    case 9: .take(register)
    case 10: .lock(lock)
    default: .tryLock(lock)
    }
  }

  /// The smallest program that still fails, by leaving out steps and tasks one by one.
  static func shrunk(_ program: ListProgram, fails: (ListProgram) -> Bool) -> ListProgram {
    var best = program
    var isSmaller = true
    while isSmaller {
      isSmaller = false
      for task in best.tasks.indices {
        for position in best.tasks[task].indices.reversed() {
          var next = best
          let step = next.tasks[task].remove(at: position)
          if case .spawn(let child) = step { next.spawned.remove(child) }
          if fails(next) {
            best = next
            isSmaller = true
          }
        }
      }
    }
    return best
  }
}
