// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import PatchFormat
import Reporting

struct Lint: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint", _superCommandName: "patchkit",
    abstract: "Find damage in patches; exits with 1 if there is any.")

  @Argument(help: ArgumentHelp("The patches.", valueName: "patch"))
  var patches: [String] = []

  @Flag(help: "List all kinds of damage.")
  var list = false

  @Option(
    help: ArgumentHelp("Check the messages by this distribution style, too.", valueName: "style"))
  var style: DistributionStyle?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Reading options")
  var reading: ReadingOptions

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if patches.isEmpty, !list { throw ValidationError("Name the patches to check.") }
  }

  func run() throws {
    if list {
      let lines = DiagnosticID.allCases.map { "\($0.rawValue)\n  \($0.summary)\n" as LabeledText }
      return try Console.print(lines.joined())
    }
    let documents = try reading.documents(patches)
    let report = LintReport(documents, style: style)
    if json { try Console.write(json: report) } else { try Console.print(report.text) }
    if !report.findings.isEmpty || report.style?.isEmpty == false { throw Exit.refused }
  }
}
