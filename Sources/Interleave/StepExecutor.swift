// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// Runs the tasks of an execution on the thread of the explorer, one job after the other.
///
/// All tasks of an execution prefer this executor, so none of them ever runs in parallel with another:
/// what Swift schedules here is only where a task continues after the explorer chose it.
final class StepExecutor: TaskExecutor {
  private struct Queue {
    var jobs: [UnownedJob] = []
    /// How many jobs there were so far.
    var count = 0
    /// Set once the execution is over: a task that awaited something other than the scheduler may
    /// still be resumed, by another thread, and is then left to run on that one.
    var isClosed = false
  }
  // Locked only for that task: every other job comes from the explorer's own thread.
  private let queue = Mutex(Queue())

  func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    let isClosed = queue.withLock { queue in
      if !queue.isClosed {
        queue.jobs.append(unowned)
        queue.count += 1
      }
      return queue.isClosed
    }
    if isClosed { unsafe unowned.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  /// Runs jobs until every task is parked or has ended.
  ///
  /// Each start of a task and each step is one job. Anything else that a task awaits adds a job.
  ///
  /// - Parameters:
  ///   - expected: how many jobs the starts and steps so far make.
  ///   - surplus: is called when there were more.
  func drain(expected: () -> Int, surplus: () -> Void) {
    while true {
      let (job, count) = queue.withLock { ($0.jobs.popLast(), $0.count) }
      if count > expected() { surplus() }
      guard let job else { return }
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  /// Keeps no job from now on.
  func close() { queue.withLock { $0.isClosed = true } }
}
