// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import Interleave
import KernelTree
import Ports
import Reporting

extension Port {
  struct Explore: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a scenario in every interleaving of its steps.",
      discussion: """
        Exits with 0 if nothing is wrong in any interleaving, with 1 if something is, and with 3 if \
        a limit was reached or only a sample was requested: neither is a pass.
        """)

    @OptionGroup var choice: Choice

    @Option(help: "How: reduced, unreduced, states, random or pct (default: the scenario's own).")
    var strategy: String?

    @Option(help: ArgumentHelp("With states: no more preemptions than this.", valueName: "n"))
    var preemptions: Int?

    @Option(help: ArgumentHelp("With random and pct: the seed.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("No more executions than this.", valueName: "n"))
    var executions = 1_000_000

    @Option(help: ArgumentHelp("No more steps in one execution than this.", valueName: "n"))
    var steps = 1000

    @Flag(help: "Find the counterexample with the fewest preemptions.")
    var simplest = false

    @Flag(help: "Show the counterexample step by step.")
    var trace = false

    @Option(
      help: ArgumentHelp("Write the counterexample as a page with a diagram.", valueName: "file"))
    var html: String?

    @Flag(name: [.short, .long], help: "Do not show progress.")
    var quiet = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let (port, scenario, version) = try choice.resolved()
      let program = scenario.program(version)
      let limits = Limits(executions: executions, steps: steps)
      let strategy = try chosen(scenario)
      let total: Int? =
        switch strategy {
        case .random(_, let count), .priorities(_, _, let count): min(count, executions)
        default: nil
        }
      var progress = Progress("exploring", "executions", total: total, isShown: !quiet)
      let found = program.explore(
        strategy, limits: limits, stopsAtFirst: scenario.stopsAtFirst
      ) { progress.step() }
      progress.finish()
      let witness =
        simplest && found.witness != nil
        ? program.simplest(preemptions: 8, limits: limits) : found.witness
      let report = PortReport(
        found, patch: port.patch, scenario: scenario.name, version: version, witness: witness)
      if json {
        try Console.write(try JSON.text(report))
      } else {
        try Console.print(report.text)
        if trace, let witness { try Console.print(program.trace(witness.schedule).table) }
      }
      if let html, let witness {
        let title = "\(scenario.name), \(version): \(witness.complaint)"
        let page = program.trace(witness.schedule).page(title: title)
        try OutputFile.write(Array(page.utf8), to: html)
      }
      switch found.verdict {
      case .exhausted: return
      case .violation, .deadlock, .livelock, .starvation: throw Exit.refused
      case .boundReached, .invalid: throw Exit.notDone
      }
    }

    private func chosen(_ scenario: PortScenario) throws -> Strategy {
      switch strategy {
      case nil where preemptions == nil: scenario.strategy
      case "reduced": .reduced
      case "unreduced": .unreduced
      case nil, "states": .states(preemptions: preemptions)
      case "random": .random(seed: seed, count: executions)
      case "pct": .priorities(seed: seed, depth: 3, count: executions)
      default: throw ValidationError("'\(strategy ?? "")' is not a strategy.")
      }
    }
  }
}
