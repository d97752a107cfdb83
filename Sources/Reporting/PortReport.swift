// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import Ports

/// What an exploration of a scenario found.
package struct PortReport: Encodable, Sendable {
  /// Something wrong, and how to repeat it.
  package struct Counterexample: Encodable, Sendable {
    /// What is wrong.
    package var complaint: String
    /// The schedule to repeat it with.
    package var schedule: String
    /// How often it takes the processor from a task that could go on.
    package var preemptions: Int
    /// Who waits for whom, in a deadlock.
    package var waiting: [String]
  }

  /// The patch's folder.
  package var patch: String
  /// The scenario.
  package var scenario: String
  /// The version of the functions.
  package var function: String
  /// How the exploration ended.
  package var verdict: ExplorationVerdict
  /// Every outcome, sorted.
  package var outcomes: [String]
  /// How many executions were run.
  package var executions: Int
  /// How many steps they made.
  package var steps: Int
  /// How many states were met, where states are told apart.
  package var states: Int?
  /// Whether every interleaving is covered.
  package var complete: Bool
  /// What is wrong.
  package var counterexample: Counterexample?

  /// Makes a report.
  package init(
    _ found: ScenarioResult, patch: String, scenario: String, version: PortVersion,
    witness: Witness?
  ) {
    self.patch = patch
    self.scenario = scenario
    function = version.description
    verdict = found.verdict
    outcomes = found.outcomes
    executions = found.executions
    steps = found.steps
    states = found.states
    complete = found.isComplete
    counterexample = (witness ?? found.witness).map { witness in
      Counterexample(
        complaint: witness.complaint, schedule: witness.schedule.description,
        preemptions: witness.preemptions, waiting: witness.waiting.map(Self.text))
    }
  }

  private static func text(_ waiting: Waiting) -> String {
    "\(waiting.task) waits in \(waiting.operation)"
      + (waiting.holder.map { ", which \($0) has" } ?? "")
  }

  /// The report for a terminal.
  package func text(_ style: TextStyle) -> String {
    let isGood = verdict == .exhausted
    var text = "\(scenario), \(function): \(style.verdict(verdict.rawValue, isGood: isGood))\n"
    for outcome in outcomes { text += "  outcome: \(outcome)\n" }
    text += "  \(plural(executions, "execution")), \(plural(steps, "step"))"
    if let states { text += ", \(plural(states, "state"))" }
    text += complete ? ", every interleaving covered\n" : ", not every interleaving covered\n"
    if let counterexample {
      text += "  \(style.removed(counterexample.complaint))\n"
      for line in counterexample.waiting { text += "    \(line)\n" }
      text += "  repeat it with --replay \(counterexample.schedule)"
      text += " (\(plural(counterexample.preemptions, "preemption")))\n"
    }
    return text
  }
}

extension ExecutionTrace {
  /// The execution as a table: a line a step, a column a task, then the world.
  package func table() -> String {
    let shown = tasks.filter { name in steps.contains { $0.task == name } }
    let names = steps.first?.columns.map(\.name) ?? []
    var rows = [[""] + shown + names]
    for (index, step) in steps.enumerated() {
      let what = step.operation + (step.objects.first.map { " \($0)" } ?? "")
      rows.append(
        ["\(index + 1)"] + shown.map { $0 == step.task ? what : "" } + step.columns.map(\.text))
    }
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    var text = ""
    for row in rows {
      let line = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }.joined(separator: "  ")
      text += String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
    }
    if let outcome { text += "outcome: \(outcome)\n" }
    for waiting in waiting {
      text += "\(waiting.task) waits in \(waiting.operation)"
      text += (waiting.holder.map { ", which \($0) has" } ?? "") + "\n"
    }
    return text
  }
}

extension ExecutionTrace {
  /// The execution as a page of its own: a sequence diagram, a column a task, a line a step.
  package func page(title: String) -> String {
    func escaped(_ text: String) -> String {
      text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;")
    }
    let shown = tasks.filter { name in steps.contains { $0.task == name } }
    let names = steps.first?.columns.map(\.name) ?? []
    var rows = ""
    for (index, step) in steps.enumerated() {
      rows += "<tr><th scope=\"row\">\(index + 1)</th>"
      for column in step.columns { rows += "<td><code>\(escaped(column.text))</code></td>" }
      for task in shown {
        let what = step.operation + (step.objects.first.map { " <i>\(escaped($0))</i>" } ?? "")
        rows += task == step.task ? "<td class=\"on\">\(what)</td>" : "<td class=\"off\"></td>"
      }
      rows += "</tr>\n"
    }
    let head = (["step"] + names + shown).map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
    let end =
      outcome.map { "<p>Outcome: <b>\(escaped($0))</b></p>" }
      ?? waiting.map {
        "<p>\(escaped($0.task)) waits in <code>\(escaped($0.operation))</code>"
          + ($0.holder.map { ", which \(escaped($0)) has" } ?? "") + "</p>"
      }.joined()
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(title))</title>
      <style>
      :root { color-scheme: light dark; }
      body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; }
      div { overflow-x: auto; }
      table { border-collapse: collapse; }
      th, td { padding: .15rem .6rem; text-align: left; white-space: nowrap; }
      thead th { position: sticky; top: 0; background: Canvas; border-bottom: 2px solid; }
      tbody th { font-weight: normal; opacity: .6; }
      td.off { background: linear-gradient(currentColor, currentColor) 1.2rem 0 / 1px 100% no-repeat; opacity: .25; }
      td.on i { display: block; font-size: 85%; opacity: .8; }
      td.on { border: 1px solid; border-radius: .3rem; background: color-mix(in srgb, Highlight 18%, Canvas); }
      </style></head><body>
      <h1>\(escaped(title))</h1>
      <div><table><thead><tr>\(head)</tr></thead><tbody>
      \(rows)</tbody></table></div>
      \(end)
      </body></html>

      """
  }
}
