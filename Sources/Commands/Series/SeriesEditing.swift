// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import PatchSeries
import Reporting

/// What a question about one patch of a series takes.
struct SeriesQuery: ParsableArguments {
  @Argument(help: ArgumentHelp("The patch (default: the topmost one).", valueName: "patch"))
  var patch: String?

  @OptionGroup var stack: StackOptions
  @Flag(help: "Print one JSON object.") var json = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions
}

extension SeriesCommand {
  struct Delete: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "delete", _superCommandName: "patchkit series",
      abstract: "Remove a patch from the series; the topmost one is popped first.")

    @Argument(help: ArgumentHelp("The patch (default: the topmost one).", valueName: "patch"))
    var patch: String?

    @Flag(name: [.customShort("r"), .customLong("remove")], help: "Delete its file, too.")
    var removesFile = false

    @Flag(name: [.short, .long], help: "Discard changes that are in no patch.")
    var force = false

    @OptionGroup var stack: StackOptions
    @OptionGroup var output: SeriesOutput

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      OpenedTree.keepFreedMemory()
      let name = try stack.stack().delete(patch, removesFile: removesFile, isForced: force)
      var report = SeriesReport()
      report.patches = [SeriesReport.Entry(name, "deleted")]
      report.top = try stack.stack().applied.last
      try output.print(report)
    }
  }

  struct Rename: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "rename", _superCommandName: "patchkit series", abstract: "Rename a patch.")

    @Option(
      name: [.customShort("P"), .customLong("patch")],
      help: ArgumentHelp("The patch (default: the topmost one).", valueName: "patch"))
    var patch: String?

    @Argument(help: ArgumentHelp("The new name.", valueName: "name"))
    var name: String

    @OptionGroup var stack: StackOptions
    @OptionGroup var output: SeriesOutput

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let names = try stack.stack().rename(patch, to: name)
      var report = SeriesReport()
      report.patches = [SeriesReport.Entry(names.new, "renamed")]
      try output.print(report)
    }
  }

  struct Files: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "files", _superCommandName: "patchkit series",
      abstract: "List the files that a patch changes.")

    @OptionGroup var query: SeriesQuery
    var console: ConsoleOptions { query.console }

    func run() throws {
      let files = try query.stack.stack().files(of: query.patch)
      if query.json { return try Console.write(json: ["files": files]) }
      try Console.print(files.map { "\(.path, $0)\n" as LabeledText }.joined())
    }
  }

  struct Diff: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", _superCommandName: "patchkit series",
      abstract: "Print what an applied patch changes in the tree now.",
      discussion: "Changes that were made since the last refresh are in it.")

    @Argument(help: ArgumentHelp("Only these files, from the tree's root.", valueName: "file"))
    var files: [String] = []

    @Option(
      name: [.customShort("P"), .customLong("patch")],
      help: ArgumentHelp("The patch (default: the topmost one).", valueName: "patch"))
    var patch: String?

    @Flag(
      name: [.customShort("z"), .customLong("unrefreshed")],
      help: "Only the changes that are not in the patch's file yet.")
    var isUnrefreshed = false

    @OptionGroup var stack: StackOptions

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      OpenedTree.keepFreedMemory()
      let text = try stack.stack().diff(of: patch, isUnrefreshed: isUnrefreshed, files: files)
      try Console.write(text)
    }
  }

  struct Header: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "header", _superCommandName: "patchkit series",
      abstract: "Print or replace the text above the diffs of a patch.")

    @Argument(help: ArgumentHelp("The patch (default: the topmost one).", valueName: "patch"))
    var patch: String?

    @Flag(name: [.short, .long], help: "Replace the text with standard input.")
    var replace = false

    @Flag(name: [.short, .long], help: "Append standard input to the text.")
    var append = false

    @OptionGroup var stack: StackOptions

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if replace, append { throw ValidationError("--replace and --append do not go together.") }
    }

    func run() throws {
      let stack = try stack.stack()
      guard replace || append else { return try Console.write(try stack.header(of: patch)) }
      var text = append ? try stack.header(of: patch) : []
      if text.last.map({ $0 != 0x0A }) ?? false { text.append(0x0A) }
      text += try InputFile.read("-", kinds: .filesAndStreams)
      _ = try stack.setHeader(of: patch, to: text)
    }
  }

  struct Next: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "next", _superCommandName: "patchkit series",
      abstract: "Print the patch after the topmost one, or after another one.")

    @OptionGroup var query: SeriesQuery
    var console: ConsoleOptions { query.console }

    func run() throws {
      try SeriesCommand.print(
        try query.stack.stack().patch(after: query.patch), json: query.json,
        otherwise: "no patch follows it")
    }
  }

  struct Previous: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "previous", _superCommandName: "patchkit series",
      abstract: "Print the patch before the topmost one, or before another one.")

    @OptionGroup var query: SeriesQuery
    var console: ConsoleOptions { query.console }

    func run() throws {
      try SeriesCommand.print(
        try query.stack.stack().patch(before: query.patch), json: query.json,
        otherwise: "no patch precedes it")
    }
  }
}
