// SPDX-License-Identifier: GPL-2.0-only

/// Something whose every interleaving is to be known: it starts tasks, and says what came of them.
package protocol Program: Sendable {
  /// What the tasks share.
  associatedtype World
  /// What came of an execution: equal outcomes are one.
  associatedtype Outcome: Hashable & Comparable & Sendable & CustomStringConvertible

  /// Makes a new world and starts the tasks.
  func start(_ scheduler: Scheduler) -> World
  /// What came of it, once no task can go on.
  func outcome(_ world: World) -> Outcome
  /// What is wrong with an outcome; nil where nothing is.
  func complaint(about outcome: Outcome) -> String?
  /// Everything that tasks share, for telling states apart.
  func fingerprint(_ world: World) -> Fingerprint
  /// The world as a person wants to see it beside a step: a column's name and its text.
  func columns(_ world: World) -> [(name: String, text: String)]
}

extension Program {
  /// Nothing is wrong.
  package func complaint(about outcome: Outcome) -> String? { nil }
  /// Nothing to see.
  package func columns(_ world: World) -> [(name: String, text: String)] { [] }
}

/// Which task makes each step: what an execution can be repeated from.
///
/// Written as a letter a task, with a count behind it where it makes several steps: `a4b2a`.
package struct Schedule: Sendable, Hashable, CustomStringConvertible {
  /// The tasks, step by step.
  package var steps: [TaskID]

  /// Makes a schedule.
  package init(_ steps: [TaskID]) { self.steps = steps }

  /// Reads what `description` wrote; nil where it is no schedule.
  package init?(_ text: String) {
    var steps: [TaskID] = []
    var digits = ""
    var last: TaskID?
    func flush() -> Bool {
      guard let task = last else { return digits.isEmpty }
      guard let count = digits.isEmpty ? 1 : Int(digits), (1...1_000_000).contains(count) else {
        return false
      }
      steps += repeatElement(task, count: count)
      digits = ""
      return true
    }
    for character in text {
      if character.isASCII, character.isNumber {
        if last == nil { return nil }
        digits.append(character)
      } else {
        guard flush(), let task = TaskID(letter: character) else { return nil }
        last = task
      }
    }
    guard flush() else { return nil }
    self.steps = steps
  }

  /// The schedule as text.
  package var description: String {
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
