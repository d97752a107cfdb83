// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchSeries
import Reporting

struct SeriesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "series",
    abstract: "Work on a series of patches: push, refresh, rebase, import and export it.",
    discussion: """
      The patches are in a folder with a quilt 'series' or SUSE's 'series.conf'. The tree's '.pc' folder \
      records which of them are applied, in quilt's format, so that you can use both tools in turn.
      """,
    subcommands: [
      Push.self, Pop.self, List.self, Top.self, Applied.self, Unapplied.self, New.self, Add.self,
      Refresh.self, Fold.self, Delete.self, Rename.self, Files.self, Diff.self, Header.self,
      Next.self, Previous.self, Rebase.self, Import.self, Export.self,
    ])
}

/// How a command on a series prints.
struct SeriesOutput: ParsableArguments {
  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  func print(_ report: SeriesReport) throws {
    if json { return try Console.write(json: report) }
    let isRefused = report.patches.contains { $0.result == "refused" || $0.result == "marked" }
    if isRefused {
      Console.error(report.text)
    } else if !quiet {
      try Console.print(report.text)
    }
  }
}

/// The folder of patches.
struct PatchesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of the patches (default: the one that .pc or QUILT_PATCHES names, else 'patches' or "
        + "'debian/patches').", valueName: "folder"))
  var patches: String?

  @Option(
    name: .customLong("guard"),
    help: ArgumentHelp(
      "Set a symbol for the guards of a series.conf; can be repeated.", valueName: "symbol"))
  var symbols: [String] = []

  /// The folder alone, where no tree is asked for.
  func folder(makes: Bool = false) throws -> PatchesFolder {
    let usual = ["patches", "debian/patches"].first { InputFile.kind(of: $0) == .folder }
    let named = patches ?? Machine.variable("QUILT_PATCHES")
    // What the user did not name, a clone may lead anywhere.
    if named == nil { try TreeBounds.requireInside(usual ?? "patches") }
    return try PatchesFolder(
      at: named ?? usual ?? "patches",
      seriesName: patches == nil ? Machine.variable("QUILT_SERIES") : nil,
      symbols: Set(symbols), makes: makes)
  }
}

/// A tree with the patches that are on it.
struct StackOptions: ParsableArguments {
  @Option(
    name: .customLong("onto"),
    help: ArgumentHelp("The folder that the patches are applied to.", valueName: "tree"))
  var givenOnto: String?

  /// The tree, of the command line or of the settings.
  var onto: String { givenOnto ?? (try? Setting.usualTree.get()) ?? "." }

  func validate() throws {
    if givenOnto == nil { Setting.requireUsualTree() }
  }

  @OptionGroup
  var folder: PatchesOptions

  func stack(makes: Bool = false) throws -> PatchStack {
    guard case .directory(let tree) = try OpenedTree.named(onto) else {
      throw ValidationError(
        "a stack of patches needs a folder; for a revision use 'series rebase' or 'series export'."
      )
    }
    try tree.requireIdle()
    var environment: [String: String] = [:]
    for name in ["QUILT_PATCHES", "QUILT_SERIES"] {
      environment[name] = Machine.variable(name)
    }
    return try PatchStack(
      on: tree, patches: folder.patches, environment: environment, symbols: Set(folder.symbols),
      makes: makes)
  }
}

extension SeriesCommand {
  /// A list of names, one a line.
  private static func print(_ names: [String], json: Bool) throws {
    if json { return try Console.write(json: ["patches": names]) }
    try Console.print(names.map { "\($0)\n" as LabeledText }.joined())
  }

  /// One name; where there is none, why, with the exit code of a refusal.
  static func print(_ name: String?, json: Bool, otherwise: LabeledText) throws {
    if json || name != nil { try print([name].compactMap(\.self), json: json) }
    if name == nil {
      Console.error(otherwise + "\n")
      throw Exit.refused
    }
  }

  struct List: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", _superCommandName: "patchkit series",
      abstract: "List the series; '+' marks applied patches, '=' the topmost one.")
    @OptionGroup var stack: StackOptions
    @Flag(help: "Print one JSON object.") var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let stack = try stack.stack()
      let applied = stack.applied
      let all = applied + (try stack.unapplied)
      if json { return try SeriesCommand.print(all, json: true) }
      try Console.print(
        all.map { name -> LabeledText in
          let mark = name == applied.last ? "=" : applied.contains(name) ? "+" : " "
          return "\(mark) \(name)\n"
        }.joined())
    }
  }

  struct Top: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "top", _superCommandName: "patchkit series",
      abstract: "Print the topmost applied patch.")
    @OptionGroup var stack: StackOptions
    @Flag(help: "Print one JSON object.") var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let top = try stack.stack().applied.last
      try SeriesCommand.print(top, json: json, otherwise: "no patch is applied")
    }
  }

  struct Applied: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "applied", _superCommandName: "patchkit series",
      abstract: "List the applied patches, the lowest first.")
    @OptionGroup var stack: StackOptions
    @Flag(help: "Print one JSON object.") var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws { try SeriesCommand.print(try stack.stack().applied, json: json) }
  }

  struct Unapplied: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "unapplied", _superCommandName: "patchkit series",
      abstract: "List the patches that are not applied, the next one first.")
    @OptionGroup var stack: StackOptions
    @Flag(help: "Print one JSON object.") var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws { try SeriesCommand.print(try stack.stack().unapplied, json: json) }
  }
}
