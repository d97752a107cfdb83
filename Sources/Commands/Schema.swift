// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Reporting
import VerifyReports

struct Schema: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", _superCommandName: "patchkit",
    abstract: "Print the JSON schema of a command's --json output, or of patch.yaml.",
    discussion: """
      Without a name, the names of all schemas are printed. New fields can be added; a field is \
      removed or changes its meaning only in a new major version.
      """)

  @Argument(
    help: ArgumentHelp("A command, or 'manifest' for patch.yaml.", valueName: "name"))
  var name: String?

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    let known = ReportSchema.allCases.map(\.rawValue)
    guard let name else {
      return try Console.print(known.map { "\($0)\n" as LabeledText }.joined())
    }
    let others = ["backport": "apply", "resolve": "apply"]
    guard let schema = ReportSchema(rawValue: others[name] ?? name) else {
      throw ValidationError("'\(name)' has no schema" + Nearest.hint(name, known))
    }
    try Console.write(schema.text)
  }
}
