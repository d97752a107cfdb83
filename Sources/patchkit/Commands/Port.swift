// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Interleave
import KernelTree
import Ports
import Reporting

struct Port: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the executable ports of a patch's functions on a simulated kernel.",
    subcommands: [
      List.self, Run.self, Explore.self, Explain.self, Throughput.self, Check.self, New.self,
    ])

  /// A scenario and the version of the function in it.
  struct Choice: ParsableArguments {
    @Argument(help: "The scenario; 'patchkit port list' shows them.")
    var scenario: String

    @Flag(help: "The function as it was before the patch.")
    var before = false

    @Flag(help: "The function as the patch leaves it (the default).")
    var after = false

    @Option(help: ArgumentHelp("The function changed in one way.", valueName: "name"))
    var variant: String?

    func validate() throws {
      if [before, after, variant != nil].filter(\.self).count > 1 {
        throw ValidationError("--before, --after and --variant are one choice.")
      }
      if let variant, FileWrite(variant) == nil {
        throw ValidationError("'\(variant)' is no variant; 'patchkit port list' shows them.")
      }
    }

    var function: FileWrite { before ? .before : variant.flatMap { FileWrite($0) } ?? .after }

    func named() throws -> NamedScenario {
      guard let found = ScenarioCatalogue.named(scenario) else {
        throw TreeError(
          .noTree, "there is no scenario '\(scenario)'",
          hint: "'patchkit port list' shows them")
      }
      return found
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the scenarios and variants.")

    func run() throws {
      var text = "scenarios\n"
      for scenario in ScenarioCatalogue.all {
        text += "  \(scenario.name)\n    \(scenario.summary)\n    \(scenario.source)\n"
      }
      text += "variants\n"
      for variant in Ext4Variant.allCases {
        text += "  \(variant.rawValue)\n    \(variant.summary)\n"
      }
      try Console.print(text)
    }
  }

  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a scenario once, and show it step by step.")

    @OptionGroup var choice: Choice

    @Option(help: ArgumentHelp("Choose each step at random, from this seed.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Repeat this schedule.", valueName: "schedule"))
    var replay: String?

    func run() throws {
      let program = try choice.named().make(choice.function)
      let explorer = Explorer(program, limits: Limits(executions: 1, steps: 10_000))
      let schedule: Schedule
      if let replay {
        guard let read = Schedule(replay) else {
          throw ValidationError("'\(replay)' is no schedule.")
        }
        schedule = read
      } else {
        let found = explorer.explore(.random(seed: seed, count: 1))
        guard let own = found.witness?.schedule ?? found.schedules.values.first else {
          throw TreeError(
            .wrongKind, "the run came to no end within 10,000 steps",
            hint: "'patchkit port explore' says whether a task can be kept from going on")
        }
        schedule = own
      }
      try Console.print(explorer.trace(schedule).table())
      try Console.print("schedule: \(schedule)\n")
    }
  }

  struct Explore: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run a scenario in every order of its steps.",
      discussion: """
        Exits with 0 where nothing is wrong in any order, with 1 where something is, and with 3 where \
        a limit was reached or only a sample was asked for: that is no pass.
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

    @Flag(name: [.short, .long], help: "Do not show how far it is.")
    var quiet = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let scenario = try choice.named()
      let explorer = Explorer(
        scenario.make(choice.function), limits: Limits(executions: executions, steps: steps))
      let strategy = try chosen(scenario)
      let total: Int? =
        switch strategy {
        case .random(_, let count), .priorities(_, _, let count): min(count, executions)
        default: nil
        }
      var progress = Progress("exploring", "executions", total: total, isShown: !quiet)
      let found = explorer.explore(strategy, stopsAtFirst: scenario.stopsAtFirst) { _ in
        progress.step()
      }
      progress.finish()
      let witness =
        simplest && found.witness != nil ? explorer.simplest(preemptions: 8) : found.witness
      let report = PortReport(
        found, scenario: scenario.name, function: choice.function.description, witness: witness)
      if json {
        try Console.print(try JSON.text(report))
      } else {
        try Console.print(report.text(Console.style))
        if trace, let witness { try Console.print(explorer.trace(witness.schedule).table()) }
      }
      if let html, let witness {
        let title = "\(scenario.name), \(choice.function): \(witness.complaint)"
        let page = explorer.trace(witness.schedule).page(title: title)
        try InputFile.write(Array(page.utf8), to: html)
      }
      switch found.verdict {
      case .exhausted: return
      case .violation, .deadlock, .starvation: throw Exit.refused
      case .boundReached: throw Exit.notDone
      }
    }

    private func chosen(_ scenario: NamedScenario) throws -> Strategy {
      switch strategy {
      case nil where preemptions == nil: scenario.strategy
      case "reduced": .reduced
      case "unreduced": .unreduced
      case nil, "states": .states(preemptions: preemptions)
      case "random": .random(seed: seed, count: executions)
      case "pct": .priorities(seed: seed, depth: 3, count: executions)
      default: throw ValidationError("'\(strategy ?? "")' is no strategy.")
      }
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check what is claimed of the scenarios, claim by claim.")

    @Argument(help: "Only these scenarios.")
    var scenarios: [String] = []

    @Option(
      help: ArgumentHelp(
        "Show this function instead, the C beside the Swift, such as ext4_file_write.",
        valueName: "function"))
    var code: String?

    @Option(help: ArgumentHelp("With --code: the C file, patch applied.", valueName: "file"))
    var c: String?

    @Option(help: ArgumentHelp("With --code: the Swift file of the port.", valueName: "file"))
    var swift = "Sources/Ports/Ext4SerializeUnalignedAIO/Ext4FileWriteAfter.swift"

    func validate() throws {
      if code != nil, c == nil { throw ValidationError("--code needs --c FILE.") }
    }

    func run() throws {
      if let code, let c {
        let sides = SourcePair(
          name: code, c: String(decoding: try InputFile.read(c), as: UTF8.self),
          swift: String(decoding: try InputFile.read(swift), as: UTF8.self))
        guard let text = sides.text(width: Console.width) else {
          throw TreeError(
            .noTree, "'\(code)' is not in both files",
            hint:
              "--c and --swift name the files; 'patchkit port check' says which port stands for what"
          )
        }
        return try Console.print(text)
      }
      var isAllRight = true
      for scenario in ScenarioCatalogue.all
      where scenarios.isEmpty || scenarios.contains(scenario.name) {
        try Console.print("\(scenario.name): \(scenario.summary)\n  \(scenario.source)\n")
        for claim in scenario.claims {
          let (found, holds) = scenario.check(
            claim, limits: Limits(executions: 1_000_000, steps: 1000))
          let outcomes = found.outcomes.map(\.description)
          isAllRight = isAllRight && holds
          var line = "  \(claim.function): \(claim.verdict.rawValue)"
          if let wanted = claim.outcomes { line += ", outcomes \(wanted.joined(separator: " | "))" }
          line += holds ? " - holds" : " - DOES NOT HOLD: \(found.verdict.rawValue)"
          if !holds { line += ", outcomes \(outcomes.joined(separator: " | "))" }
          try Console.print(line + " (\(plural(found.executions, "execution")))\n")
        }
      }
      if !isAllRight { throw Exit.refused }
    }
  }

  struct Throughput: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The commit message's workload: a partition at sector 63 beside one at 64.",
      discussion: "A discrete-event run: time is what the disk and the conversions take.")

    @Option(help: ArgumentHelp("How long the disk takes for a write.", valueName: "us"))
    var latency = 400

    @Option(help: ArgumentHelp("How long a conversion takes.", valueName: "us"))
    var conversion = 50

    @Option(help: ArgumentHelp("How many writes are asked for at once.", valueName: "n"))
    var depth = 16

    @Option(help: ArgumentHelp("How many the disk works on at once.", valueName: "n"))
    var channels = 8

    @Flag(help: "The image is written already: nothing is converted.")
    var written = false

    func validate() throws {
      if latency < 1 || conversion < 0 || depth < 1 || channels < 1 || depth > 1024 {
        throw ValidationError("Times and counts are above zero, and --depth is 1024 at most.")
      }
    }

    func run() throws {
      let runs = [63, 64].map { sector in
        ThroughputRun(
          firstSector: sector, depth: depth, channels: channels, latency: latency,
          conversion: conversion, isWritten: written)
      }
      let times = runs.map(\.duration)
      var text = ""
      let width = 60
      for (run, time) in zip(runs, times) {
        let share = width * time / max(1, times.max() ?? 1)
        text += "sector \(run.firstSector)  \(String(repeating: "#", count: max(1, share)))"
        text += "  \(time / 1000) ms for \(run.writes) writes\n"
      }
      let hundredths = 100 * times[0] / max(1, times[1])
      let rest = hundredths % 100
      text += "ratio \(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)\n"
      try Console.print(text)
    }
  }
}
