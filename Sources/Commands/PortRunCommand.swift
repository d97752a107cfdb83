// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import Interleave
import KernelTree
import Ports
import Reporting

extension Port {
  struct Run: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", _superCommandName: "patchkit port",
      abstract: "Run a scenario once, and show it step by step.")

    @OptionGroup var choice: Choice

    @Option(help: ArgumentHelp("Choose each step at random, from this seed.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Repeat this schedule.", valueName: "schedule"))
    var replay: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let (port, scenario, version) = try choice.resolved()
      let program = scenario.program(version)
      let schedule: Schedule
      if let replay {
        guard let read = Schedule(replay) else {
          throw ValidationError(
            "'\(replay)' is not a schedule: use the ID that 'port explore' prints after --replay")
        }
        schedule = read
      } else {
        let found = program.explore(
          .random(seed: seed, count: 1), limits: Limits(executions: 1, steps: 10_000))
        guard let own = found.witness?.schedule ?? found.schedules.values.first else {
          throw PatchkitError(
            .wrongKind, "the run did not end within 10,000 steps",
            hint: "'patchkit port explore \(choice.scenario)' shows whether a task can starve")
        }
        schedule = own
      }
      let trace = program.trace(schedule)
      if json {
        let report = PortRunReport(
          patch: port.patch, scenario: scenario.name, version: version, schedule: schedule,
          trace: trace)
        return try Console.write(json: report)
      }
      try Console.print(trace.table(width: Console.wrapWidth))
      try Console.print("schedule: \(schedule.description)\n")
    }
  }
}
