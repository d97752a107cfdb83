// SPDX-License-Identifier: GPL-2.0-only

/// How far an exploration may go: both are the caller's to choose.
public struct Limits: Sendable, Hashable {
  /// The most executions.
  public var executions: Int
  /// The most steps of one execution.
  public var steps: Int

  /// Makes limits.
  public init(executions: Int, steps: Int) {
    self.executions = executions
    self.steps = steps
  }
}

/// Which interleavings are tried.
public enum Strategy: Sendable, Hashable {
  /// Every one, but of those that differ in the order of independent steps only one (or few).
  ///
  /// Dynamic partial-order reduction (Flanagan and Godefroid, POPL 2005) with sleep sets.
  case reduced
  /// Every one; a state that was met before is not gone on from. With `preemptions`, only those that
  /// take the processor from a task that could go on at most that many times.
  case states(preemptions: Int?)
  /// Every one, without any reduction: the oracle for the two above.
  case unreduced
  /// So many, each step's task chosen at random.
  case random(seed: UInt64, count: Int)
  /// So many, by random priorities with `depth - 1` random changes of them: finds a bug of that depth
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
  /// No task can go on, and one is not done.
  case deadlock
  /// A task can be kept from going on for ever, although every task that can run does.
  case starvation
}

/// One task that waits, and what for.
public struct Waiting: Sendable, Hashable, Codable {
  /// The task.
  public var task: String
  /// What it wants to do.
  public var operation: String
  /// The task that has what it wants, where one has.
  public var holder: String?
}

/// An execution that shows something: how to repeat it, and what it comes to.
public struct Witness: Sendable, Hashable {
  /// What is wrong, as one sentence without a full stop.
  public var complaint: String
  /// How to repeat it.
  public var schedule: Schedule
  /// How often it takes the processor from a task that could go on.
  public var preemptions: Int
  /// For a deadlock: who waits for whom.
  public var waiting: [Waiting]
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
  /// How many steps they made.
  public var steps: Int
  /// How many different states were met, where states are told apart.
  public var states: Int?
  /// Whether every interleaving is covered.
  public var isComplete: Bool
  /// The first execution with something wrong.
  public var witness: Witness?
}

/// An execution step by step.
public struct ExecutionTrace: Sendable, Hashable, Codable {
  /// A part of the world, as the program shows it.
  public struct Column: Sendable, Hashable, Codable {
    /// What it is called.
    public var name: String
    /// What it looks like.
    public var text: String
  }

  /// One step.
  public struct Step: Sendable, Hashable, Codable {
    /// The task's name.
    public var task: String
    /// What it did.
    public var operation: String
    /// The objects that it touched.
    public var objects: [String]
    /// The world behind it, as the program shows it.
    public var columns: [Column]
  }
  /// The tasks, in the order in which they were started.
  public var tasks: [String]
  /// The steps.
  public var steps: [Step]
  /// What came of it; nil where it did not come to an end.
  public var outcome: String?
  /// Who waits for whom, where no task can go on.
  public var waiting: [Waiting]
}
