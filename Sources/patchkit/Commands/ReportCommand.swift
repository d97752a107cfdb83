// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Ledger
import Reporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Merge and convert the reports of 'patchkit verify'.",
    subcommands: [Merge.self])

  struct Merge: ConsoleCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Merge the JSON reports of a run's shards, and write reports of the whole run.",
      discussion: """
        Every shard of the run is required. The exit code is that of the whole run. A single report \
        of a whole run is converted to other formats.
        """)

    @Argument(help: "The JSON reports.")
    var reports: [String]

    @Option(
      help: ArgumentHelp(
        "Write a report: FORMAT or FORMAT=FILE; can be repeated; see 'verify'.",
        valueName: "format"))
    var report: [String] = []

    @Flag(help: "Print one JSON object; the same as --report json.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws { _ = try outputs() }

    private func outputs() throws -> [ReportOutput] {
      let outputs = try (report + (json ? ["json"] : [])).map { try ReportOutput($0) }
      return outputs.contains { $0.file == "-" } ? outputs : outputs + [try ReportOutput("text")]
    }

    func run() throws {
      var values: [(name: String, value: Verification)] = []
      for name in reports {
        let read = try VerificationReport(
          try InputFile.read(name, kinds: .filesAndStreams), name: name)
        values.append((name, read.verification))
      }
      let whole = try Verification(merging: values)
      for output in try outputs() { try output.write(whole) }
      switch whole.status {
      case .holds, .warned: return
      case .notChecked: throw Exit.notDone
      case .fails: throw Exit.refused
      }
    }
  }
}
