// SPDX-License-Identifier: GPL-2.0-only

/// Every outcome of a `ListProgram`, found without the explorer: a search through its states, each of
/// which is compared in full.
///
/// It shares no code with what it checks: no tasks, no scheduler, no fingerprints, no reduction.
struct ReferenceSearch {
  /// What is known of a program.
  struct Result: Hashable {
    var outcomes: Set<[Int]> = []
    var hasDeadlock = false
    /// Whether a step was enabled and another task's step disabled it.
    var isDisabledByOthers = false
    /// How many states there are.
    var states = 0
  }

  private struct State: Hashable {
    /// The next step of each task, twice its index, plus one between a read and its write.
    var position: [Int8]
    /// What each task read last.
    var read: [Int8]
    var values: [Int8]
    var owners: [Int8]
    var isStarted: [Bool]
  }

  private let program: ListProgram

  private init(_ program: ListProgram) { self.program = program }

  /// Searches; nil where a program has more states than a limit.
  static func run(_ program: ListProgram, limit: Int) -> Result? {
    let search = ReferenceSearch(program)
    var result = Result()
    var start = State(
      position: program.tasks.map { _ in 0 }, read: program.tasks.map { _ in 0 },
      values: Array(repeating: 0, count: program.registers),
      owners: Array(repeating: -1, count: program.locks),
      isStarted: program.tasks.indices.map { !program.spawned.contains($0) })
    for task in program.tasks.indices { search.skip(task, &start) }
    var known: Set<State> = [start]
    var left = [start]
    while let state = left.popLast() {
      if known.count > limit { return nil }
      let enabled = program.tasks.indices.filter { search.isEnabled($0, state) }
      if enabled.isEmpty {
        if program.tasks.indices.contains(where: { search.isWaiting($0, state) }) {
          result.hasDeadlock = true
        } else {
          result.outcomes.insert(state.values.map(Int.init))
        }
      }
      for task in enabled {
        var next = state
        search.step(task, &next)
        if enabled.contains(where: { $0 != task && !search.isEnabled($0, next) }) {
          result.isDisabledByOthers = true
        }
        if known.insert(next).inserted { left.append(next) }
      }
    }
    result.states = known.count
    return result
  }

  private func isWaiting(_ task: Int, _ state: State) -> Bool {
    state.isStarted[task] && state.position[task] / 2 < program.tasks[task].count
  }

  /// Goes over unlocks of locks that the task does not hold: they are not steps.
  private func skip(_ task: Int, _ state: inout State) {
    while isWaiting(task, state),
      case .unlock(let lock) = program.tasks[task][Int(state.position[task] / 2)],
      state.owners[lock] != task
    {
      state.position[task] += 2
    }
  }

  private func isEnabled(_ task: Int, _ state: State) -> Bool {
    guard isWaiting(task, state) else { return false }
    return switch program.tasks[task][Int(state.position[task] / 2)] {
    case .wait(let register, let value): state.values[register] == value
    case .waitEqual(let a, let b): state.values[a] == state.values[b]
    case .take(let register): state.values[register] > 0
    case .lock(let lock): state.owners[lock] == -1
    default: true
    }
  }

  private func step(_ task: Int, _ state: inout State) {
    let isSecond = state.position[task] % 2 == 1
    var parts: Int8 = 2
    switch program.tasks[task][Int(state.position[task] / 2)] {
    case .add(let register, let value):
      if isSecond {
        state.values[register] = state.read[task] + Int8(value)
        state.read[task] = 0
      } else {
        state.read[task] = state.values[register]
      }
      parts = 1
    case .copy(let from, let to):
      if isSecond {
        state.values[to] = state.read[task]
        state.read[task] = 0
      } else {
        state.read[task] = state.values[from]
      }
      parts = 1
    case .set(let register, let value): state.values[register] = Int8(value)
    case .increment(let register, let value): state.values[register] += Int8(value)
    case .sum(let from, let to): state.values[to] += state.values[from]
    case .swap(let a, let b): state.values.swapAt(a, b)
    case .wait, .waitEqual: break
    case .take(let register): state.values[register] -= 1
    case .lock(let lock): state.owners[lock] = Int8(task)
    case .unlock(let lock): state.owners[lock] = -1
    case .tryLock(let lock): if state.owners[lock] == -1 { state.owners[lock] = Int8(task) }
    case .spawn(let child):
      state.isStarted[child] = true
      skip(child, &state)
    }
    state.position[task] += parts
    skip(task, &state)
  }
}
