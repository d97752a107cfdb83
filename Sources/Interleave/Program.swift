// SPDX-License-Identifier: GPL-2.0-only

/// A program to run in every interleaving: it starts tasks, and returns their outcome.
public protocol Program: Sendable {
  /// What the tasks share.
  associatedtype World
  /// The outcome of an execution: equal outcomes are one.
  associatedtype Outcome: Hashable & Comparable & Sendable & CustomStringConvertible

  /// Makes a new world and starts the tasks.
  func start(_ scheduler: Scheduler) -> World
  /// The outcome, once no task can continue.
  func outcome(_ world: World) -> Outcome
  /// What is wrong with an outcome; nil where nothing is.
  func complaint(about outcome: Outcome) -> String?
  /// Everything that tasks share, for telling states apart.
  func fingerprint(_ world: World) -> Fingerprint
  /// The state of the world for the user to see next to a step: a column's name and its text.
  func columns(_ world: World) -> [(name: String, text: String)]
}

extension Program {
  /// Finds nothing wrong with any outcome.
  public func complaint(about outcome: Outcome) -> String? { nil }
  /// Shows no columns.
  public func columns(_ world: World) -> [(name: String, text: String)] { [] }
}

/// Which task makes each step: what an execution can be repeated from.
///
/// Written as each task's id, followed by a count where it makes several steps in a row: `a4b2a`.
public struct Schedule: Sendable, Hashable, CustomStringConvertible {
  /// The tasks, step by step.
  public var steps: [TaskID]

  /// Makes a schedule of the tasks that make the steps, in their order.
  public init(_ steps: [TaskID]) { self.steps = steps }

  /// Reads what `description` wrote; nil where the text is not a schedule.
  public init?(_ text: String) {
    var steps: [TaskID] = []
    var left = Substring(text).utf8
    while !left.isEmpty {
      guard let task = TaskID(reading: &left) else { return nil }
      let digits = left.prefix { (48...57).contains($0) }
      left = left[digits.endIndex...]
      guard let count = digits.isEmpty ? 1 : Int(String(Substring(digits))),
        (1...1_000_000).contains(count)
      else { return nil }
      steps += repeatElement(task, count: count)
    }
    self.steps = steps
  }

  /// The schedule as `init(_:)` reads it, such as `a4b2a`.
  public var description: String {
    var text = ""
    var index = 0
    while index < steps.count {
      var end = index
      while end < steps.count, steps[end] == steps[index] { end += 1 }
      text += "\(steps[index])" + (end - index > 1 ? "\(end - index)" : "")
      index = end
    }
    return text
  }
}
