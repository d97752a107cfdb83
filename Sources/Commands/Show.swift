// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import PatchFormat
import Reporting

struct Show: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", _superCommandName: "patchkit",
    abstract: "Show the author, message, trailers, files and hunks of patches.")

  @Argument(help: ArgumentHelp("The patches.", valueName: "patch"))
  var patches: [String]

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Reading options")
  var reading: ReadingOptions

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    let documents = try reading.documents(patches)
    let report = ShowReport(documents)
    if json {
      try Console.write(json: report)
    } else if Console.isForReaders {
      try report.eachText { try Console.print($0, wraps: false) }
    } else {
      try report.eachBytes { try Console.write($0) }
    }
    for document in documents { try document.requireSound(reading.strictness) }
  }
}
