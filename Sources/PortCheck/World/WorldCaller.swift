// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave

/// What is known of a compiled scenario across executions, and the process that runs it.
///
/// Tasks touch memory in steps only where two of them touch it and one stores to it. That is found out:
/// an execution reports such memory, and the exploration starts anew with more steps. It ends when an
/// exploration reports none, so that each access that is not a step commutes with all that other tasks do.
final class WorldCaller: @unchecked Sendable {
  // One thread: the explorer's.

  let worker: CWorker
  /// The kinds of steps by the numbers that the C has for them.
  let steps: [WorldStep?]
  /// The tasks of the scenario.
  let tasks: [String]
  /// The numbers of objects, by their addresses.
  private var numbers: [Int: Int] = [:]
  /// Memory that is touched in steps.
  private(set) var shared: [Int64] = []
  private var known: Set<Int64> = []
  /// Locks that some task takes otherwise than to wait for it alone.
  private(set) var complexLocks: Set<Int> = []
  /// Whether the exploration has to start anew.
  private(set) var isStale = false
  /// Why nothing is shown.
  private(set) var failure: String?
  /// What keeps a task from running, and where.
  private(set) var missing: WorldGap?
  /// What the userspace kernel does not do as a kernel does.
  private(set) var notes: [String] = []
  /// The order in which the tasks run one after the other; nil for in every interleaving.
  var order: [Int]?

  init(_ worker: CWorker) {
    self.worker = worker
    steps = worker.primitives.prefix(WorldStep.count).map { WorldStep(rawValue: $0) }
    tasks = Array(worker.primitives.dropFirst(WorldStep.count))
  }

  /// Whether nothing can be shown.
  var isBroken: Bool { failure != nil || missing != nil || worker.failure != nil }
  /// Whether the exploration is to end.
  var isOver: Bool { isStale || isBroken }

  /// How many objects an execution makes: those that are known, and room for more.
  var objectCount: Int { max(256, numbers.count + 128) }

  func number(of address: Int) -> Int {
    if let number = numbers[address] { return number }
    let number = numbers.count
    numbers[address] = number
    return number
  }

  /// Makes steps of accesses to memory from the next exploration on.
  func share(_ addresses: some Sequence<Int64>) {
    for address in addresses where known.insert(address).inserted {
      shared.append(address)
      if order == nil { isStale = true }
    }
  }

  func noteComplex(_ lock: Int) {
    if complexLocks.insert(lock).inserted, order == nil { isStale = true }
  }

  func noteTooFewObjects() { isStale = true }
  /// Notes that something is wrong with no other task running: then it is not a race.
  func noteAlone(_ what: String) {
    note("\(what) happens with no other task running, too: it is not a race")
  }
  func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }
  func fail(_ why: String) { if failure == nil { failure = why } }
  func miss(_ gap: WorldGap) { if missing == nil { missing = gap } }
  /// Starts an exploration.
  func begin() { isStale = false }
}

/// Something that keeps a task of a compiled scenario from running: then nothing is shown.
struct WorldGap: Sendable {
  /// A name that neither the userspace kernel nor the linked files have; nil if it is something else.
  var name: String?
  /// What happens there, if it is not a name.
  var what: String
  /// The address in the program.
  var address: UInt
}

/// What a task of a compiled scenario asks for: the kinds of world.c.
enum WorldStep: String, CaseIterable {
  case read, write, readWrite = "read_write", lock, unlock, trylock
  case lockShared = "lock_shared"
  case unlockShared = "unlock_shared"
  case trylockShared = "trylock_shared"
  case downgrade
  case isLocked = "is_locked"
  case down, up
  case completeAll = "complete_all"
  case prepareToWait = "prepare_to_wait"
  case finishWait = "finish_wait"
  case schedule
  case wakeUp = "wake_up"
  case waitqueueActive = "waitqueue_active"
  case waitForChange = "wait_for_change"
  case complain, note, missing

  static var count: Int { allCases.count }
}
