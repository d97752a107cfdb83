// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Reporting

struct Recover: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finish a run that was stopped while it wrote, or take it back.")

  @Option(help: ArgumentHelp("The folder that the run was writing to.", valueName: "tree"))
  var onto = "."

  @Flag(help: "Take the changes back and do not finish them.")
  var rollback = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    if InputFile.kind(of: onto) != .folder {
      throw PatchkitError(
        .badInput, path: onto, "is no folder", hint: "--onto names the tree of the killed run")
    }
    let result = try DirectoryTree.recover(at: onto, rollingBack: rollback)
    if json { return try Console.write(try JSON.text(["result": result])) }
    switch result {
    case .nothing: try Console.print("nothing to recover in \(onto)\n")
    case .unchanged: try Console.print("the run was stopped before it changed \(onto)\n")
    case .finished: try Console.print("every change is in place in \(onto)\n")
    case .rolledBack: try Console.print("every change was taken back in \(onto)\n")
    }
  }
}
