// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Reporting

struct Recover: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover", _superCommandName: "patchkit",
    abstract: "Complete a run that was stopped while it wrote, or roll it back.")

  @Option(help: ArgumentHelp("The folder that the run was writing to.", valueName: "tree"))
  var onto = "."

  @Flag(help: "Restore the old files instead of completing the change.")
  var rollback = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    if InputFile.kind(of: onto) != .folder {
      throw PatchkitError(
        .badInput, path: onto, "there is no such folder",
        hint: "name the tree of the killed run with --onto")
    }
    let result = try DirectoryTree.recover(at: onto, rollingBack: rollback)
    if json { return try Console.write(json: ["result": result]) }
    switch result {
    case .nothing: try Console.print("nothing to recover in \(onto)\n")
    case .unchanged:
      try Console.print(
        "no file of \(onto) had to be changed: the run was stopped before its first change or after its last one\n"
      )
    case .finished: try Console.print("completed every change in \(onto)\n")
    case .rolledBack: try Console.print("rolled back every change in \(onto)\n")
    }
  }
}
