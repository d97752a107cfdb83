// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Ports
import Reporting

extension Port {
  struct Throughput: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "throughput", _superCommandName: "patchkit port",
      abstract: "Time a patch's workload on a simulated disk, and compare its runs.",
      discussion:
        "This is a discrete-event simulation: only the disk and the conversions take time.")

    @Argument(help: "The patch; 'patchkit port list' shows which have a workload.")
    var patch: String?

    @Option(help: ArgumentHelp("The time of a write to the disk.", valueName: "us"))
    var latency = 400

    @Option(help: ArgumentHelp("The time of a conversion.", valueName: "us"))
    var conversion = 50

    @Option(help: ArgumentHelp("How many writes are queued at once.", valueName: "n"))
    var depth = 16

    @Option(help: ArgumentHelp("How many writes the disk does at once.", valueName: "n"))
    var channels = 8

    @Flag(help: "Use blocks that are already written: nothing is converted.")
    var written = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if latency < 1 || conversion < 0 || depth < 1 || channels < 1 || depth > 1024 {
        throw ValidationError("Times and counts must be above zero, and --depth at most 1024.")
      }
    }

    func run() throws {
      let (runs, slowest) = try timed()
      var text = LabeledText()
      for run in runs {
        let share = 60 * run.duration / slowest
        text += "\(run.label)  \(String(repeating: "#", count: max(1, share)))"
        text += "  \(run.duration / 1000) ms for \(plural(run.writes, "write"))\n"
      }
      if let first = runs.first, let last = runs.last {
        let hundredths = 100 * first.duration / max(1, last.duration)
        let rest = hundredths % 100
        text += "ratio \(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)\n"
      }
      try Console.print(text)
    }

    private func timed() throws -> (runs: [ThroughputModel.Run], slowest: Int) {
      let models = PatchPort.all.compactMap { port in
        port.throughput.map { (patch: port.patch, model: $0) }
      }
      let names = models.map(\.patch)
      let chosen = models.filter { patch == nil || $0.patch == patch }
      guard let model = chosen.first?.model, chosen.count == 1 else {
        if let patch {
          throw ValidationError("'\(patch)' has no workload to time" + Nearest.hint(patch, names))
        }
        throw ValidationError("Name a patch: one of \(names.joined(separator: ", ")).")
      }
      let runs = model.runs(
        DiskWorkload(
          depth: depth, channels: channels, latency: latency, conversion: conversion,
          isWritten: written))
      return (runs, max(1, runs.map(\.duration).max() ?? 1))
    }
  }
}
