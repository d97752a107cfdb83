// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Ledger
import Reporting
import VerifyReports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Merge the reports of shards, and convert those of 'patchkit verify'.",
    subcommands: [Merge.self])

  struct Merge: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "merge", _superCommandName: "patchkit report",
      abstract:
        "Merge the JSON reports of a run's shards, and write reports of the whole run.",
      discussion: """
        Every shard of the run is required. The exit code is that of the whole run. A single report \
        of a whole run of 'verify' is converted to other formats. Reports of 'evaluate' and of 'port \
        explore' have the formats text and json.
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
      let files = try reports.map { name in
        (name: name, bytes: try InputFile.read(name, kinds: .filesAndStreams))
      }
      if let whole = try EvaluationReport(merging: files, listsCases: true) {
        return try write(whole) { whole.withoutCases.text }
      }
      if let whole = try PortSetReport(merging: files) {
        try write(whole) { whole.text }
        if let code = Exit.code(of: whole.verdict) { throw code }
        return
      }
      let values = try files.map { file in
        (name: file.name, value: try VerificationReport(file.bytes, name: file.name).verification)
      }
      let whole = try Verification(merging: values)
      for output in try outputs() { try output.write(whole) }
      switch whole.status {
      case .holds, .warned: return
      case .notChecked: throw Exit.notDone
      case .fails: throw Exit.refused
      }
    }

    /// Writes a report that has no other forms than text and JSON.
    private func write(_ report: some Encodable, text: () -> LabeledText) throws {
      for output in try outputs() {
        switch output.format {
        case .text where output.file == "-": try Console.print(text())
        case .text:
          try OutputFile.write(
            Array(text().plain.utf8), to: output.file, refusing: KeptFiles.refuse)
        case .json:
          try OutputFile.write(try JSON.text(report), to: output.file, refusing: KeptFiles.refuse)
        default:
          throw ValidationError(
            "'\(output.format.rawValue)' is a format of 'verify' alone: use text or json.")
        }
      }
    }
  }
}
