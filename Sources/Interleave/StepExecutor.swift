// SPDX-License-Identifier: GPL-2.0-only

/// Runs the tasks of an execution on the thread of the explorer, one job after the other.
///
/// All tasks of an execution prefer this executor, so none of them ever runs beside another: what
/// Swift schedules here is only where a task goes on after it was chosen.
final class StepExecutor: TaskExecutor, @unchecked Sendable {
  // Touched by one thread alone: the explorer's, which also runs every job.
  private var jobs: [UnownedJob] = []

  func enqueue(_ job: consuming ExecutorJob) {
    jobs.append(UnownedJob(job))
  }

  /// Runs jobs until every task is parked or done.
  func drain() {
    while let job = jobs.popLast() {
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
