// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// Runs the tasks of an execution on the thread of the explorer, one job after the other.
///
/// All tasks of an execution prefer this executor, so none of them ever runs in parallel with another:
/// what Swift schedules here is only where a task continues after the explorer chose it.
final class StepExecutor: TaskExecutor {
  private struct Queue {
    var jobs: [UnownedJob] = []
    /// Set once the execution is over: a task that awaited something other than the scheduler may
    /// still be resumed, by another thread, and is then left to run on that one.
    var isClosed = false
  }
  // Locked only for that task: every other job comes from the explorer's own thread.
  private let queue = Mutex(Queue())

  func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    let isClosed = queue.withLock { queue in
      if !queue.isClosed { queue.jobs.append(unowned) }
      return queue.isClosed
    }
    if isClosed { unsafe unowned.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  /// Runs jobs until every task is parked or has ended.
  func drain() {
    while let job = queue.withLock({ $0.jobs.popLast() }) {
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Keeps no job from now on.
  func close() { queue.withLock { $0.isClosed = true } }
}
