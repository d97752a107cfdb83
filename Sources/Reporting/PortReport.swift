// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import Ports

/// What an exploration of a scenario found.
package struct PortReport: Codable, Sendable {
  /// Something wrong, and how to repeat it.
  package struct Counterexample: Codable, Sendable {
    /// What is wrong.
    package var complaint: String
    /// The schedule to repeat it with.
    package var schedule: String
    /// How often it takes the processor from a task that could continue.
    package var preemptions: Int
    /// Who waits for whom, in a deadlock.
    package var waiting: [String]
    /// Each step with the line of the C that makes it, if the C ran.
    package var steps: [String]?
  }

  /// The patch's folder.
  package var patch: String
  /// The scenario.
  package var scenario: String
  /// The version of the functions, with `(C)` if their C ran.
  package var function: String
  /// How the exploration ended.
  package var verdict: ExplorationVerdict
  /// Every outcome, sorted.
  package var outcomes: [String]
  /// For each outcome, a schedule for `port run --replay` that ends with it; absent where the C ran.
  package var schedules: [String: String]?
  /// How many executions were run.
  package var executions: Int
  /// How many of them were broken off, as all that they lead to is known.
  package var redundant: Int
  /// How many executions were run only to find out something.
  package var probes: Int
  /// How many steps the executions made.
  package var steps: Int
  /// How many states were met, if states are compared.
  package var states: Int?
  /// Whether every interleaving is covered.
  package var complete: Bool
  /// What is wrong.
  package var counterexample: Counterexample?
  /// What the userspace kernel does not do as a kernel does, and what the scenario assumes; for a scenario in C.
  package var notes: [String]?
  /// The outcomes that the tasks have one after the other, in each order; for a scenario in C.
  package var serialOutcomes: [String]?
  /// The files of the tree that were linked as a task reached a function of theirs; for a scenario in C.
  package var linked: [String]?

  /// Makes a report.
  package init(
    _ found: ScenarioResult, patch: String, scenario: String, version: PortVersion,
    witness: Witness?, isC: Bool = false, trace: ExecutionTrace? = nil
  ) {
    self.patch = patch
    self.scenario = scenario
    function = version.description + (isC ? Self.compiled : "")
    verdict = found.verdict
    outcomes = found.outcomes
    schedules = isC ? nil : found.schedules.mapValues(\.description)
    executions = found.executions
    redundant = found.redundant
    probes = found.probes
    steps = found.steps
    states = found.states
    complete = found.isComplete
    counterexample = (witness ?? found.witness).map { witness in
      Counterexample(
        complaint: witness.complaint, schedule: witness.schedule.description,
        preemptions: witness.preemptions, waiting: witness.waiting.map(Self.text),
        steps: trace.map { $0.steps.map { "\($0.task): \($0.source): \($0.operation)" } })
    }
  }

  /// What marks a version whose C ran, and not its ports.
  private static let compiled = " (C)"

  private static func text(_ waiting: Waiting) -> String {
    "\(waiting.task) waits in \(waiting.operation) at \(waiting.source)"
      + (waiting.holder.map { ", held by \($0)" } ?? "")
  }

  /// The report for a terminal.
  package var text: LabeledText {
    let isGood = verdict == .exhausted
    var text: LabeledText =
      "\(scenario), \(function): \(.verdict(isGood: isGood), verdict.rawValue)\n"
    for outcome in outcomes {
      let isSerial = serialOutcomes?.contains(outcome) ?? true
      text += "  outcome: \(outcome)\(isSerial ? "" : " (no order of whole tasks)")\n"
    }
    text += "  \(plural(executions, "execution")), \(plural(steps, "step"))"
    if let states { text += ", \(plural(states, "state"))" }
    text += complete ? ", every interleaving covered\n" : ", not every interleaving covered\n"
    if let counterexample {
      text += "  \(.bad, counterexample.complaint)\n"
      for line in counterexample.waiting { text += "    \(line)\n" }
      // 'port run' repeats what the ports did.
      text +=
        function.hasSuffix(Self.compiled)
        ? "  the interleaving is \(counterexample.schedule)"
        : "  repeat this interleaving with --replay \(counterexample.schedule)"
      text += " (\(plural(counterexample.preemptions, "preemption")))\n"
    }
    if let linked, !linked.isEmpty { text += "  linked: \(linked.joined(separator: " "))\n" }
    for note in notes ?? [] { text += "  note: \(note)\n" }
    return text
  }
}
