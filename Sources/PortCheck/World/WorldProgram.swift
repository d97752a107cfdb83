// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave

/// A compiled scenario as a program for the explorer.
struct WorldProgram: Program {
  let caller: WorldCaller

  func start(_ scheduler: Scheduler) -> WorldState {
    let world = WorldState(scheduler, caller)
    world.prepare()
    if let order = caller.order {
      scheduler.spawn("all") { for task in order { await world.run(task) } }
    } else {
      for (index, name) in caller.tasks.enumerated() {
        scheduler.spawn(name) { await world.run(index) }
      }
    }
    return world
  }

  func outcome(_ world: WorldState) -> String { world.outcome }

  func complaint(about outcome: String) -> String? {
    outcome.firstIndex(of: "!").map {
      "not so: " + outcome[outcome.index(after: $0)...].prefix { $0 != "!" }.trimmed
    }
  }

  // States are not compared: what the C holds in its memory is not seen here.
  func fingerprint(_ world: WorldState) -> Fingerprint { Fingerprint() }
}

extension Substring {
  /// The text without spaces at its end.
  fileprivate var trimmed: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// The locks, queues and counters of one execution; memory is in the process of the C.
final class WorldState: @unchecked Sendable {
  // One thread: the explorer's.

  private struct Lock {
    var owner: Int?
    var readers: [Int: Int] = [:]
    var isFree: Bool { owner == nil && readers.isEmpty }
  }

  private let scheduler: Scheduler
  private let caller: WorldCaller
  private var objects: [SharedObject] = []
  private var locks: [Int: Lock] = [:]
  private var counts: [Int: Int] = [:]
  private var queues: [Int: [Int]] = [:]
  private var woken: Set<Int> = []
  private var versions: [Int: Int] = [:]
  /// The version of an object that each task saw last.
  private var seen: [Int: [Int: Int]] = [:]
  /// Where each task took the locks that it holds.
  private var held: [Int: [(lock: Int, source: String)]] = [:]
  private var results: [Int: Int64] = [:]
  private var ids: [Int: TaskID] = [:]
  private var finished: String?

  /// The task of the C that sets up the world before the others, and looks at it after them.
  private static let setupTask = 15
  private static let wordsOfFrame = 4000

  init(_ scheduler: Scheduler, _ caller: WorldCaller) {
    self.scheduler = scheduler
    self.caller = caller
  }

  /// Makes the process ready for an execution.
  func prepare() {
    for index in 0..<caller.objectCount { objects.append(scheduler.object("object", index)) }
    caller.worker.reset()
    var left = caller.shared[...]
    while !left.isEmpty {
      caller.worker.define(Definition(kind: 0, words: Array(left.prefix(Self.wordsOfFrame))))
      left = left.dropFirst(Self.wordsOfFrame)
    }
    if case .done(let ending) = caller.worker.start(Self.setupTask, 0, [], comm: "setup") {
      if ending.how != .returned { fault(ending.why, isSetup: true) }
    }
  }

  /// What the tasks returned, and what the scenario shows.
  var outcome: String {
    if let finished { return finished }
    var text = caller.tasks.enumerated().map { "\($1)=\(results[$0] ?? 0)" }
      .joined(separator: " ")
    if !scheduler.isDraining, !caller.isOver,
      case .done(let ending) = caller.worker.start(Self.setupTask, 0, [], comm: "finish")
    {
      if ending.how != .returned { fault(ending.why, isSetup: true) }
      if !ending.stray.isEmpty { text += " " + ending.stray }
    }
    finished = text
    return text
  }

  /// Runs a task of the C to its end.
  func run(_ task: Int) async {
    ids[task] = scheduler.currentTask
    if scheduler.isDraining || caller.isOver { return }
    var reply = caller.worker.start(task, task, [], comm: caller.tasks[task])
    while true {
      switch reply {
      case .done(let ending):
        caller.share(ending.state)
        results[task] = ending.value
        if ending.how == .failed {
          fault(ending.why, isSetup: false)
        } else if let (_, source) = held[task]?.first {
          scheduler.fail("\(caller.tasks[task]) ends and holds the lock that it took at \(source)")
        }
        return await release(task)
      case .call(let kind, let address, let arguments, let text, _):
        guard caller.steps.indices.contains(kind), let step = caller.steps[kind] else {
          return caller.fail("the C asks for a step that is not known")
        }
        let answer = await perform(step, address, arguments, text, task)
        if scheduler.isDraining || caller.isOver { return }
        reply = caller.worker.answer(task, answer)
      }
    }
  }

  /// Releases what a task holds at its end: who waits for it would only hide what is wrong.
  private func release(_ task: Int) async {
    for (number, source) in held[task] ?? [] {
      let isSimple = !caller.complexLocks.contains(number)
      await scheduler.step(
        Operation(
          "end", [Access(object(number), isSimple ? .release : .write)],
          at: SourceLine(text: source, number: 0)))
      if locks[number]?.owner == task { locks[number]?.owner = nil }
      locks[number]?.readers[task] = nil
    }
    held[task] = nil
  }

  /// Evaluates why the C broke a task off: `KIND ADDRESS WHAT`.
  private func fault(_ why: String, isSetup: Bool) {
    let words = why.split(separator: " ", maxSplits: 2).map(String.init)
    guard words.count == 3, let address = UInt(words[1].dropFirst(2), radix: 16) else {
      return caller.fail(why.isEmpty ? "the compiled C ended early" : why)
    }
    if words[0] == "missing" {
      let isName = !words[2].contains(" ")
      caller.miss(
        WorldGap(name: isName ? words[2] : nil, what: "\(words[2]) is used", address: address))
    } else if isSetup || words[0] == "null" && caller.order != nil {
      // With no other task running, it is what the scenario has not set up.
      caller.miss(WorldGap(what: words[2], address: address))
    } else {
      if caller.order != nil { caller.noteAlone(words[2]) }
      scheduler.fail("\(words[2]) at @\(words[1].dropFirst(2))")
    }
  }

  private func object(_ number: Int) -> SharedObject {
    if number < objects.count { return objects[number] }
    caller.noteTooFewObjects()
    return objects[objects.count - 1]
  }

  private func touch(_ number: Int, _ task: Int) {
    seen[task, default: [:]][number] = versions[number, default: 0]
  }

  private func perform(
    _ step: WorldStep, _ address: Int, _ arguments: [Int64], _ text: String, _ task: Int
  ) async -> Int64 {
    let source = CallSites.source(arguments.dropFirst().map { UInt(bitPattern: Int($0)) })
    switch step {
    case .complain:
      if caller.order != nil { caller.noteAlone(text) }
      scheduler.fail("\(caller.tasks[task]): \(text) at \(source)")
      return 0
    case .note:
      caller.note(text)
      return 0
    case .missing:
      caller.fail(text)
      return 0
    default: break
    }
    let number = caller.number(of: address)
    let object = object(number)
    if caller.isOver { return 0 }
    switch step {
    case .read:
      await scheduler.step(Operation("read", [Access(object, .read)], at: source))
      touch(number, task)
    case .write, .readWrite:
      await scheduler.step(
        Operation(step == .write ? "write" : "read and write", [Access(object, .write)], at: source)
      )
      versions[number, default: 0] += 1
      touch(number, task)
    case .waitForChange:
      let old = seen[task]?[number] ?? 0
      await scheduler.step(
        Operation("wait", [Access(object, .read)], at: source) { [self] in
          versions[number, default: 0] != old
        })
    case .lock, .lockShared, .trylock, .trylockShared, .unlock, .unlockShared, .downgrade,
      .isLocked:
      return await lock(step, number, object, source, task)
    case .down:
      // A completion starts at none, a semaphore at what its memory holds.
      let start = Int(arguments.first ?? 0)
      await scheduler.step(
        Operation("wait_for_completion", [Access(object, .write)], at: source) { [self] in
          counts[number, default: start] > 0
        })
      counts[number, default: start] -= 1
    case .up, .completeAll:
      await scheduler.step(Operation("complete", [Access(object, .write)], at: source))
      counts[number, default: Int(arguments.first ?? 0)] += step == .up ? 1 : 1 << 30
    case .prepareToWait:
      await scheduler.step(Operation("prepare_to_wait", [Access(object, .write)], at: source))
      woken.remove(task)
      if !queues[number, default: []].contains(task) { queues[number, default: []].append(task) }
    case .finishWait:
      await scheduler.step(Operation("finish_wait", [Access(object, .write)], at: source))
      queues[number]?.removeAll { $0 == task }
    case .wakeUp:
      await scheduler.step(Operation("wake_up", [Access(object, .write)], at: source))
      woken.formUnion(queues[number] ?? [])
    case .waitqueueActive:
      await scheduler.step(Operation("waitqueue_active", [Access(object, .read)], at: source))
      return queues[number]?.isEmpty ?? true ? 0 : 1
    case .schedule:
      let own = queues.keys.sorted().filter { queues[$0]?.contains(task) ?? false }
      await scheduler.step(
        Operation("schedule", own.map { Access(self.object($0), .read) }, at: source) { [self] in
          woken.contains(task)
        })
    case .complain, .note, .missing: break
    }
    return 0
  }

  private func lock(
    _ step: WorldStep, _ number: Int, _ object: SharedObject, _ source: SourceLine, _ task: Int
  ) async -> Int64 {
    let isSimple = !caller.complexLocks.contains(number)
    switch step {
    case .lock, .unlock: break
    default: if isSimple { caller.noteComplex(number) }
    }
    if caller.isOver { return 0 }
    let holder: () -> TaskID? = { [self] in
      (locks[number]?.owner ?? locks[number]?.readers.keys.first).flatMap { ids[$0] }
    }
    switch step {
    case .lock:
      await scheduler.step(
        Operation(
          "lock", [Access(object, isSimple ? .acquire : .write)], at: source,
          isEnabled: { [self] in locks[number]?.isFree ?? true }, waitsFor: holder))
      locks[number, default: Lock()].owner = task
    case .lockShared:
      await scheduler.step(
        Operation(
          "lock shared", [Access(object, .write)], at: source,
          isEnabled: { [self] in locks[number]?.owner == nil }, waitsFor: holder))
      locks[number, default: Lock()].readers[task, default: 0] += 1
    case .trylock, .trylockShared:
      await scheduler.step(Operation("try to lock", [Access(object, .write)], at: source))
      let lock = locks[number] ?? Lock()
      guard step == .trylock ? lock.isFree : lock.owner == nil else { return 0 }
      if step == .trylock {
        locks[number, default: Lock()].owner = task
      } else {
        locks[number, default: Lock()].readers[task, default: 0] += 1
      }
    case .isLocked:
      await scheduler.step(Operation("is locked", [Access(object, .read)], at: source))
      return locks[number]?.isFree ?? true ? 0 : 1
    case .unlock:
      await scheduler.step(
        Operation("unlock", [Access(object, isSimple ? .release : .write)], at: source))
      if scheduler.isDraining { return 0 }
      if locks[number]?.owner != task {
        scheduler.fail("\(caller.tasks[task]) unlocks what it does not hold, at \(source)")
      }
      locks[number]?.owner = nil
    case .unlockShared:
      await scheduler.step(Operation("unlock shared", [Access(object, .write)], at: source))
      if scheduler.isDraining { return 0 }
      let count = locks[number]?.readers[task] ?? 0
      if count == 0 {
        scheduler.fail("\(caller.tasks[task]) unlocks what it does not hold, at \(source)")
      }
      locks[number]?.readers[task] = count > 1 ? count - 1 : nil
    case .downgrade:
      await scheduler.step(Operation("downgrade", [Access(object, .write)], at: source))
      if scheduler.isDraining { return 0 }
      locks[number]?.owner = nil
      locks[number, default: Lock()].readers[task, default: 0] += 1
    default: return 0
    }
    if step == .unlock || step == .unlockShared {
      held[task]?.removeAll { $0.lock == number }
    } else if step != .downgrade {
      held[task, default: []].append((number, "\(source)"))
    }
    return 1
  }
}
