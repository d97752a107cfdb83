// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchSeries
import Reporting

/// How far a push or a pop goes.
struct GoalOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "How many patches, or the name of the last one (default: one patch).", valueName: "patch"))
  var goal: String?

  @Flag(name: [.short, .long], help: "Apply (push) or remove (pop) all patches.")
  var all = false

  func validate() throws {
    if all, goal != nil { throw ValidationError("--all and a patch cannot be combined.") }
    if let goal, let number = Int(goal), number < 1 {
      throw ValidationError("the number of patches must be 1 or more.")
    }
  }

  var value: PatchStack.Goal {
    if all { return .all }
    guard let goal else { return .count(1) }
    return Int(goal).map { .count($0) } ?? .patch(goal)
  }
}

extension SeriesCommand {
  struct Push: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "push", _superCommandName: "patchkit series",
      abstract: "Apply the next patches, each whole or not at all.",
      discussion: """
        A patch that does not apply stops the push; those before it stay applied. With --conflicts it is \
        applied with its conflicts in the files: edit them, then run 'patchkit series refresh'.
        """)

    @OptionGroup var goal: GoalOptions
    @OptionGroup var stack: StackOptions
    @OptionGroup var output: SeriesOutput

    @Option(
      help: ArgumentHelp(
        "Also adapt hunks as 'backport' does: apply proposals of this level or surer.",
        valueName: "level"))
    var accept: Confidence?

    @Option(
      help: ArgumentHelp(
        "The tree that the patches were made for, if you have it.", valueName: "tree"))
    var base: String?

    @Option(
      help: ArgumentHelp(
        "What to do with conflicts: 'stop', 'merge' or 'diff3' markers, or 'reject' files.",
        valueName: "how"))
    var conflicts: BackportCommand.Conflicts = .stop

    @OptionGroup
    var omissions: LeaveOutOptions

    @Flag(
      inversion: .prefixedNo,
      help: ArgumentHelp(
        "Apply hunks without context at their stated lines, as quilt does (default: only if no hunk of the patch has context)."
      ))
    var unidiffZero: Bool?

    @Flag(help: "Report whether the patches apply, and write nothing.")
    var check = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      OpenedTree.keepFreedMemory()
      let stack = try stack.stack()
      var options = ApplyOptions()
      options.trustsLineNumbers = unidiffZero ?? false
      options.accept = accept ?? (conflicts == .stop ? nil : .likely)
      options.omitted = omissions.paths
      let pushed = try stack.push(
        goal.value, options: options, refusesBareHunks: unidiffZero == false,
        markers: conflicts.markers,
        base: try base.map { try OpenedTree.named($0).tree },
        memory: ResolutionMemory.ofProject(), isDry: check)
      var report = SeriesReport()
      report.untried = pushed.outcome.untried
      let outcomes = Dictionary(grouping: pushed.outcome.patches) { outcome in
        outcome.patch?.document.name ?? outcome.input
      }
      func entry(_ name: String, _ result: String) -> SeriesReport.Entry {
        SeriesReport.Entry(name, result, outcomes[stack.folder.path + "/" + name] ?? [])
      }
      report.patches = pushed.names.map { entry($0, check ? "applies" : "applied") }
      if let refused = pushed.refused {
        report.patches.append(entry(refused, pushed.isMarked ? "marked" : "refused"))
        report.refused = ApplyReport(refusedOf: pushed.outcome.patches, tree: self.stack.onto)
        report.conflicts = pushed.conflicts.map(\.path)
        try wait(for: pushed.conflicts, in: stack.tree)
      }
      let last = pushed.isMarked ? pushed.refused : pushed.names.last ?? stack.applied.last
      report.top = check ? nil : last
      try output.print(report)
      if pushed.refused != nil {
        if !output.json {
          Console.advise(pushed.outcome.patches.last?.adviceOnOmission, onto: self.stack.onto)
        }
        throw Exit.refused
      }
    }

    private func wait(
      for conflicts: [SeriesOutcome.ConflictFile], in tree: DirectoryTree
    ) throws {
      if conflicts.isEmpty || check { return }
      let store = DecisionStore(try VendoredStore.findOrCreate(in: "."))
      try store.wait(
        for: conflicts.map {
          DecisionStore.Pending(
            tree: tree.absolutePath, path: $0.path, keys: $0.keys, marked: $0.content)
        })
    }
  }

  struct Pop: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "pop", _superCommandName: "patchkit series",
      abstract: "Remove the topmost patches from the tree.",
      discussion: "If you name a patch, it stays applied and becomes the topmost one.")

    @OptionGroup var goal: GoalOptions
    @OptionGroup var stack: StackOptions
    @OptionGroup var output: SeriesOutput

    @Flag(name: [.short, .long], help: "Discard changes that are not in a patch.")
    var force = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let stack = try stack.stack()
      let names = try stack.pop(goal.value, isForced: force)
      var report = SeriesReport()
      report.patches = names.map { SeriesReport.Entry($0, "popped") }
      report.top = stack.applied.dropLast(names.count).last
      try output.print(report)
    }
  }

  struct New: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "new", _superCommandName: "patchkit series",
      abstract: "Start a new, empty patch on top.")

    @Argument(help: "The patch's name.")
    var name: String
    @OptionGroup var stack: StackOptions

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws { try stack.stack(makes: true).makePatch(name) }
  }

  struct Add: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", _superCommandName: "patchkit series",
      abstract: "Add files to the topmost patch, before you edit them.")

    @Argument(help: ArgumentHelp("The files, from the tree's root.", valueName: "file"))
    var files: [String]
    @OptionGroup var stack: StackOptions

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let stack = try stack.stack()
      let added = try stack.add(files)
      try Console.print(
        added.map { "\(.path, $0) is now in \(stack.applied.last ?? "")\n" as LabeledText }.joined()
      )
    }
  }

  struct Refresh: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "refresh", _superCommandName: "patchkit series",
      abstract: "Update patches from the tree, with as little change as possible.",
      discussion: """
        An unchanged hunk stays byte for byte, except for the line numbers in its header. The text above \
        the diffs is not changed.
        """)

    @Argument(
      help: ArgumentHelp("The patches (default: the topmost one).", valueName: "patch"))
    var patches: [String] = []

    @Flag(name: [.short, .long], help: "Refresh every applied patch.")
    var all = false

    @OptionGroup var stack: StackOptions
    @OptionGroup var output: SeriesOutput

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if all, !patches.isEmpty { throw ValidationError("--all and a patch cannot be combined.") }
    }

    func run() throws {
      OpenedTree.keepFreedMemory()
      let stack = try stack.stack()
      try output.print(SeriesReport(try stack.refresh(all ? stack.applied : patches)))
    }
  }

  struct Fold: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "fold", _superCommandName: "patchkit series",
      abstract: "Apply patches as a part of the topmost one.")

    @Argument(
      help: ArgumentHelp(
        "The patches, in their order (default: standard input).", valueName: "patch"))
    var patches: [String] = []

    @Option(
      name: [.customShort("p", allowingJoined: true), .customLong("strip")],
      help: ArgumentHelp("Strip N leading components from names.", valueName: "n"))
    var strip: Int?

    @Flag(name: [.customShort("R"), .long], help: "Reverse-apply the patches.")
    var reverse = false

    @OptionGroup var stack: StackOptions
    @OptionGroup var output: SeriesOutput
    @OptionGroup(title: "Reading options") var reading: ReadingOptions

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      OpenedTree.keepFreedMemory()
      let options = ApplyOptions(
        strip: strip, isReversed: reverse, strictness: reading.strictness)
      if patches.isEmpty, Terminal.isTerminal(.input) {
        throw ValidationError(
          "no patch is named, and standard input is a terminal: name files, or pipe a patch in.")
      }
      let queue = try PatchQueue(
        reading: patches.isEmpty ? ["-"] : patches, options: options, parsing: reading.parsing,
        commits: reading.commits)
      let (outcome, patch) = try stack.stack().fold(queue)
      guard let patch else {
        Console.error(
          ApplyReport(outcome, tree: stack.onto, result: .refused).text)
        throw Exit.refused
      }
      try output.print(SeriesReport([patch]))
    }
  }
}
