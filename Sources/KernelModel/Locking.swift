// SPDX-License-Identifier: GPL-2.0-only

package import Interleave

/// `struct mutex`: its holder sleeps and is never interrupted.
package final class KernelMutex: @unchecked Sendable {
  // One thread, as with the kernel.

  /// The lock as tasks see it.
  package let object: SharedObject
  /// The task that holds it.
  package internal(set) var owner: TaskID?
  /// Whether something outside the scenario holds it, and never releases it.
  var isHeldOutside = false

  var isFree: Bool { owner == nil && !isHeldOutside }

  init(_ object: SharedObject) { self.object = object }
}

/// `atomic_t`.
package final class KernelAtomic: @unchecked Sendable {
  // One thread, as with the kernel.

  /// The counter as tasks see it.
  package let object: SharedObject
  /// The value.
  package var value: Int32 = 0

  init(_ object: SharedObject) { self.object = object }
}

/// `wait_queue_head_t`.
package final class WaitQueue: @unchecked Sendable {
  // One thread, as with the kernel.

  struct Waiter {
    /// The task; nil for something outside the scenario, which never continues.
    var task: TaskID?
    var isWoken: Bool
  }

  /// The queue as tasks see it.
  package let object: SharedObject
  var waiters: [Waiter] = []

  init(_ object: SharedObject) { self.object = object }
}

extension Kernel {
  /// `mutex_lock`: waits, and cannot be interrupted.
  package func mutexLock(
    _ mutex: KernelMutex, file: StaticString = #fileID, line: UInt = #line
  ) async {
    await scheduler.step(
      Operation(
        "mutex_lock", [Access(mutex.object, .acquire)], isEnabled: { mutex.isFree },
        waitsFor: { mutex.owner }, file: file, line: line))
    mutex.owner = scheduler.currentTask
    note(.mutexLock, mutex.object.number)
  }

  /// Makes a mutex held by something outside the scenario, which never releases it.
  package func giveAway(_ mutex: KernelMutex) { mutex.isHeldOutside = true }

  /// `mutex_unlock`: only the task that holds a mutex may release it.
  package func mutexUnlock(
    _ mutex: KernelMutex, file: StaticString = #fileID, line: UInt = #line
  ) async {
    await scheduler.step(
      Operation(
        "mutex_unlock", [Access(mutex.object, .release)], file: file, line: line))
    if mutex.owner != scheduler.currentTask {
      scheduler.fail(
        "\(scheduler.currentName) unlocks \(mutex.object.name), which it does not hold"
          + " (\(SourceLine(file, line)))")
    }
    mutex.owner = nil
    note(.mutexUnlock, mutex.object.number)
  }

  /// `atomic_read`.
  package func atomicRead(
    _ atomic: KernelAtomic, file: StaticString = #fileID, line: UInt = #line
  ) async -> Int32 {
    await scheduler.step(
      Operation("atomic_read", [Access(atomic.object, .read)], file: file, line: line))
    scheduler.observe(Int(atomic.value))
    note(.atomicRead, atomic.object.number, result: Int64(atomic.value))
    return atomic.value
  }

  /// `atomic_set`.
  package func atomicSet(
    _ atomic: KernelAtomic, _ value: Int32, file: StaticString = #fileID, line: UInt = #line
  ) async {
    await scheduler.step(
      Operation(
        "atomic_set", [Access(atomic.object, .set(Int(value)))], file: file, line: line))
    atomic.value = value
    note(.atomicSet, atomic.object.number, [Int64(value)])
  }

  /// `atomic_inc`.
  package func atomicInc(
    _ atomic: KernelAtomic, file: StaticString = #fileID, line: UInt = #line
  ) async {
    await scheduler.step(
      Operation("atomic_inc", [Access(atomic.object, .write)], file: file, line: line))
    atomic.value &+= 1
    note(.atomicInc, atomic.object.number)
  }

  /// `atomic_dec_and_test`: whether it is zero afterwards.
  package func atomicDecAndTest(
    _ atomic: KernelAtomic, file: StaticString = #fileID, line: UInt = #line
  ) async -> Bool {
    await scheduler.step(
      Operation("atomic_dec_and_test", [Access(atomic.object, .write)], file: file, line: line))
    atomic.value &-= 1
    scheduler.observe(Int(atomic.value))
    note(.atomicDecAndTest, atomic.object.number, result: atomic.value == 0 ? 1 : 0)
    return atomic.value == 0
  }

  /// `wait_event(wq, condition)`: looks first, then sleeps on the queue and looks again until the
  /// condition holds.
  package func waitEvent(
    _ queue: WaitQueue, file: StaticString = #fileID, line: UInt = #line,
    _ condition: () async -> Bool
  ) async {
    if await condition() { return }
    let start = scheduler.mark()
    while !scheduler.isDraining {
      scheduler.restore(start)
      let isOrdered = isOrderedWait
      // Without the barrier the second look may come before the task is seen on the queue.
      let early = isOrdered ? false : await condition()
      await prepareToWait(queue, file: file, line: line)
      let holds = isOrdered ? await condition() : early
      if holds { break }
      await schedule(queue, file: file, line: line)
    }
    await finishWait(queue, file: file, line: line)
  }

  /// Whether prepare_to_wait has its barrier.
  package var isOrderedWait: Bool { configuration.barriers.contains(.prepareToWait) }

  /// `prepare_to_wait`, as `wait_event` has it.
  package func prepareToWait(
    _ queue: WaitQueue, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let task = scheduler.currentTask
    await scheduler.step(
      Operation("prepare_to_wait", [Access(queue.object, .write)], file: file, line: line))
    queue.waiters.removeAll { $0.task == task }
    queue.waiters.append(.init(task: task, isWoken: false))
    note(.prepareToWait, queue.object.number)
  }

  /// `schedule`, as `wait_event` has it: sleeps until another task wakes the queue.
  package func schedule(
    _ queue: WaitQueue, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let task = scheduler.currentTask
    sleeps += 1
    await scheduler.step(
      Operation(
        "schedule", [Access(queue.object, .read)],
        isEnabled: { queue.waiters.contains { $0.task == task && $0.isWoken } }, file: file,
        line: line))
    note(.schedule, queue.object.number)
  }

  /// `finish_wait`, as `wait_event` has it.
  package func finishWait(
    _ queue: WaitQueue, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let task = scheduler.currentTask
    await scheduler.step(
      Operation("finish_wait", [Access(queue.object, .write)], file: file, line: line))
    queue.waiters.removeAll { $0.task == task }
    note(.finishWait, queue.object.number)
  }

  /// Adds a waiter from outside the scenario, which never continues.
  package func addWaiter(_ queue: WaitQueue) {
    queue.waiters.append(.init(task: nil, isWoken: false))
  }

  /// `waitqueue_active`.
  package func waitqueueActive(
    _ queue: WaitQueue, file: StaticString = #fileID, line: UInt = #line
  ) async -> Bool {
    await scheduler.step(
      Operation("waitqueue_active", [Access(queue.object, .read)], file: file, line: line))
    scheduler.observe(queue.waiters.count)
    note(.waitqueueActive, queue.object.number, result: queue.waiters.isEmpty ? 0 : 1)
    return !queue.waiters.isEmpty
  }

  /// `wake_up_all`.
  package func wakeUpAll(
    _ queue: WaitQueue, file: StaticString = #fileID, line: UInt = #line
  ) async {
    await scheduler.step(
      Operation("wake_up_all", [Access(queue.object, .write)], file: file, line: line))
    for index in queue.waiters.indices { queue.waiters[index].isWoken = true }
    note(.wakeUpAll, queue.object.number)
  }
}

/// `struct workqueue_struct`, with one worker.
package final class WorkQueue: @unchecked Sendable {
  // One thread, as with the kernel.

  struct Item {
    var label: Int
    var run: @Sendable () async -> Void
  }

  let object: SharedObject
  var items: [Item] = []
  private var isStarted = false

  init(_ scheduler: Scheduler, _ name: StaticString) {
    object = scheduler.object(name)
  }

  /// Starts the worker: it takes one item after the other.
  func start(_ kernel: Kernel) {
    if isStarted { return }
    isStarted = true
    kernel.scheduler.spawn("worker", isEndless: true) { [self] in
      // What is left refers to the kernel, which has this queue: nothing would ever free the two.
      defer { items.removeAll() }
      let start = kernel.scheduler.mark()
      while !kernel.scheduler.isDraining {
        kernel.scheduler.restore(start)
        await kernel.scheduler.step(
          Operation(
            "take_work", [Access(object, .write)], isEnabled: { !self.items.isEmpty },
            isIdle: items.isEmpty))
        if kernel.scheduler.isDraining || items.isEmpty { return }
        let item = items.removeFirst()
        kernel.scheduler.observe(item.label)
        await item.run()
      }
    }
  }
}

extension Kernel {
  /// Starts the work queue's worker.
  package func startWorkers() { dioUnwrittenQueue.start(self) }

  /// `queue_work`.
  func queueWork(_ queue: WorkQueue, label: Int, _ run: @escaping @Sendable () async -> Void) async
  {
    await scheduler.step(Operation("queue_work", [Access(queue.object, .write)]))
    if scheduler.isDraining { return }
    queue.items.append(.init(label: label, run: run))
  }
}
