// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Ports
import Reporting

extension Port {
  struct List: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", _superCommandName: "patchkit port",
      abstract: "List the ports: the functions, scenarios and variants of each patch.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let report = PortListReport(PatchPort.all)
      if json {
        try Console.write(json: report)
      } else {
        try Console.print(report.text)
      }
    }
  }
}
