// SPDX-License-Identifier: GPL-2.0-only

/// How far an exploration may go: both are the caller's to choose.
public struct Limits: Sendable, Hashable {
  /// The most executions; a negative number is 0.
  public var executions: Int { didSet { executions = max(0, executions) } }
  /// The most steps of one execution; a negative number is 0.
  public var steps: Int { didSet { steps = max(0, steps) } }
  /// The longest time; nil for no limit.
  public var time: Duration?

  /// Makes limits; without a time, only executions and steps are bounded.
  public init(executions: Int, steps: Int, time: Duration? = nil) {
    self.executions = max(0, executions)
    self.steps = max(0, steps)
    self.time = time
  }
}

/// How far an exploration is.
package struct ExplorationProgress: Sendable {
  /// How many executions were run.
  package var executions: Int
  /// Which part of the search is done: a guess by the branches that are known, from 0 to 1.
  package var fraction: Double

  /// About how many executions there will be in all; nil where there is no telling yet.
  package var estimatedExecutions: Int? {
    fraction > 0.001 ? max(executions, Int(Double(executions) / fraction)) : nil
  }

  /// Guesses the fraction by how many branches were explored and are left at each point of the way to
  /// here.
  init(executions: Int, branches: some Sequence<(done: Int, left: Int)>) {
    self.executions = executions
    fraction = 0
    var weight = 1.0
    for (done, left) in branches {
      let all = Double(done + 1 + left)
      fraction += weight * Double(done) / all
      weight /= all
    }
  }
}

/// Which interleavings are tried.
public enum Strategy: Sendable, Hashable {
  /// One of those that differ only in the order of independent steps.
  ///
  /// Optimal dynamic partial-order reduction (Abdulla, Aronsson, Jonsson and Sagonas, JACM 2017).
  case reduced
  /// One from each set of tasks that none outside can influence, and none from a state that was met
  /// before (persistent sets; Godefroid, LNCS 1032): it visits every final state, though not every
  /// interleaving that leads to it. For programs without cycles.
  case reducedStates
  /// Every one, but none is continued from a state that was met before. With `preemptions`, only those
  /// that take the processor at most that many times from a task that could continue.
  case states(preemptions: Int?)
  /// Every one, without any reduction: the oracle for the two above.
  case unreduced
  /// A number of them, each step's task chosen at random.
  case random(seed: UInt64, count: Int)
  /// A number of them, by random priorities with `depth - 1` random changes of them: finds a bug of that depth
  /// with a known probability (Burckhardt and others, ASPLOS 2010).
  case priorities(seed: UInt64, depth: Int, count: Int)
  /// This one.
  case replay(Schedule)
}

/// How an exploration ended.
public enum ExplorationVerdict: String, Sendable, Hashable, Codable {
  /// All interleavings were covered, and nothing is wrong in any.
  case exhausted
  /// A limit was reached, or only a sample was asked for; nothing wrong was seen. Never a pass.
  case boundReached = "bound-reached"
  /// An outcome has something wrong.
  case violation
  /// No task can make a step, and one has not ended.
  case deadlock
  /// Tasks can run for ever without any of them ending, although every task that can always run does.
  case livelock
  /// A task can be kept from ending for ever by tasks that are meant to run for ever, although every task
  /// that can always run does.
  case starvation
  /// The program breaks the rules that the exploration relies on: nothing is shown.
  case invalid
}

/// One task that waits, and what for.
public struct Waiting: Sendable, Hashable, Codable {
  /// The name of the task, such as `writer 1`.
  public var task: String
  /// What it wants to do.
  public var operation: String
  /// The line of the source that asked for it.
  public var source: String
  /// The task that holds what it wants, where one does.
  public var holder: String?
}

/// An execution that shows something, and how to repeat it.
public struct Witness: Sendable, Hashable {
  /// What is wrong, as one sentence without a full stop.
  public var complaint: String
  /// The schedule that repeats the execution.
  public var schedule: Schedule
  /// How often it takes the processor from a task that could have continued.
  public var preemptions: Int
  /// For a deadlock: the tasks that wait, and for which tasks.
  public var waiting: [Waiting]

  /// Makes a witness.
  package init(complaint: String, schedule: Schedule, preemptions: Int, waiting: [Waiting]) {
    self.complaint = complaint
    self.schedule = schedule
    self.preemptions = preemptions
    self.waiting = waiting
  }
}

/// What an exploration found.
public struct Exploration<Outcome: Hashable & Comparable & Sendable>: Sendable {
  /// How it ended.
  public var verdict: ExplorationVerdict
  /// Every outcome that was seen, sorted.
  public var outcomes: [Outcome]
  /// A schedule that leads to each outcome.
  public var schedules: [Outcome: Schedule]
  /// How many executions were run, those that were broken off as redundant included.
  public var executions: Int
  /// How many of them were broken off, as all that they lead to is known: a state that was met, or
  /// every enabled task asleep.
  package var redundant: Int
  /// How many executions were run only to find out something: whether a step is enabled in another order,
  /// or what tasks may do.
  package var probes: Int
  /// How many steps the executions made.
  public var steps: Int
  /// How many different states were met, if states are compared.
  public var states: Int?
  /// Whether every interleaving is covered.
  public var isComplete: Bool
  /// The first execution with something wrong.
  public var witness: Witness?
  /// What is left of a search with `reduced` that a limit ended.
  package var rest: SavedSearch?
}

/// An execution step by step.
package struct ExecutionTrace: Sendable, Hashable, Codable {
  /// A part of the world, as the program shows it.
  package struct Column: Sendable, Hashable, Codable {
    /// What it is called.
    package var name: String
    /// What it looks like.
    package var text: String
  }

  /// One step.
  package struct Step: Sendable, Hashable, Codable {
    /// The task's name.
    package var task: String
    /// What it did.
    package var operation: String
    /// The line of the source that asked for it, such as `Ext4FileWriteAfter.swift:61`.
    package var source: String
    /// The objects that it touched.
    package var objects: [String]
    /// The world after it, as the program shows it.
    package var columns: [Column]
  }
  /// The tasks, in the order in which they were started.
  package var tasks: [String]
  /// The steps.
  package var steps: [Step]
  /// The outcome; nil if the execution did not come to an end.
  package var outcome: String?
  /// The tasks that wait, and for which tasks, if none can make a step.
  package var waiting: [Waiting]
}
