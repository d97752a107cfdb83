// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import PatchFormat
import Reporting

struct Stat: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "stat", _superCommandName: "patchkit",
    abstract: "Count the lines that patches add and remove, as git apply --stat does.")

  @Argument(help: ArgumentHelp("The patches.", valueName: "patch"))
  var patches: [String]

  @Flag(help: "Print one line for each file, for programs: added, removed, path.")
  var numstat = false

  @Flag(
    name: .customShort("z"),
    help: "With --numstat: do not escape paths, and end each line with NUL.")
  var nulEnds = false

  @Option(
    name: [.customShort("p", allowingJoined: true), .customLong("strip")],
    help: ArgumentHelp("Strip N leading components from names.", valueName: "n"))
  var strip: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Reading options")
  var reading: ReadingOptions

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    let documents = try reading.documents(patches)
    for document in documents { try document.requireSound(reading.strictness) }
    let stats = try documents.flatMap { document in
      try document.files.map { file in
        guard let stat = DiffStat(file, strip: strip) else {
          throw PatchkitError.patch(
            input: document.name, message: "-p removes more components than a path has",
            hint: "try -p0, or a smaller number")
        }
        return stat
      }
    }
    let report = StatReport(stats)
    if json {
      try Console.write(json: report)
    } else if numstat {
      try Console.write(report.numstat(nulEnds: nulEnds))
    } else {
      try Console.print(report.histogram())
    }
  }
}
