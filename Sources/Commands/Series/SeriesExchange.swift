// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchSeries
import Reporting

extension SeriesCommand {
  struct Rebase: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "rebase", _superCommandName: "patchkit series",
      abstract: "Carry the series to another tree, with the strategies of 'backport'.",
      discussion: """
        The tree is not changed. Patches that are already applied are left out, and unchanged patches stay \
        byte for byte. If you have to decide about a patch, the series is not changed either: the files \
        with conflicts are in .patchkit/rebase. Edit them, run 'patchkit resolve', and rebase again.
        """)

    @Option(
      help: ArgumentHelp("The tree: a folder, REPO@REVISION or a vendored tree.", valueName: "tree")
    )
    var onto: String

    @OptionGroup var folder: PatchesOptions

    @Option(
      help: ArgumentHelp(
        "The tree that the series applies to now, if you have it.", valueName: "tree"))
    var base: String?

    @Option(
      help: ArgumentHelp(
        "Apply proposals of this level or surer (default: likely).", valueName: "level"))
    var accept: Confidence?

    @Option(
      help: ArgumentHelp("Leave this patch out; can be repeated.", valueName: "patch"))
    var drop: [String] = []

    @OptionGroup
    var omissions: LeaveOutOptions

    @Option(
      name: [.customShort("o"), .customLong("output")],
      help: ArgumentHelp(
        "Write the new series to this folder, and leave the old one as it is.", valueName: "folder")
    )
    var target: String?

    @Flag(help: "Report the result, and write nothing.")
    var check = false

    @Flag(help: "After a refused patch, try the others without it.")
    var keepGoing = false

    @Flag(help: "In conflicts, also write the lines that the hunk expects (as git's diff3 style).")
    var diff3 = false

    @Flag(help: "Apply hunks without context at their stated lines.")
    var unidiffZero = false

    @OptionGroup var output: SeriesOutput

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      OpenedTree.keepFreedMemory()
      let folder = try folder.folder()
      let tree = try OpenedTree.named(onto)
      var options = ApplyOptions()
      options.accept = try accept ?? Setting.usualConfidence()
      options.trustsLineNumbers = unidiffZero
      options.omitted = omissions.paths
      let rebase = try SeriesRebase(
        of: folder, onto: tree.tree, options: options, markers: diff3 ? .diff3 : .merge,
        base: try base.map { try OpenedTree.named($0).tree },
        memory: ResolutionMemory.ofProject(),
        dropping: Set(drop), keepsGoing: keepGoing)
      var report = SeriesReport(rebase, tree: onto)
      if rebase.isComplete, !check { try rebase.write(to: target) }
      if !rebase.isComplete, !check { report.conflicts = try wait(for: rebase.conflicts) }
      try output.print(report)
      if !rebase.isComplete {
        if !output.json {
          Console.error("the series was not changed\n")
          let refused = rebase.steps.last { $0.fate == .refused }?.outcomes.last
          Console.advise(refused?.adviceOnOmission, onto: onto)
        }
        throw Exit.refused
      }
    }

    /// Writes the files with conflicts next to the store, for 'resolve'.
    private func wait(for conflicts: [SeriesOutcome.ConflictFile]) throws -> [String] {
      if conflicts.isEmpty { return [] }
      let found = try VendoredStore.findOrCreate(in: ".")
      let home = found.path + "/rebase"
      var names: [String] = []
      for file in conflicts {
        // The store may come with a clone: no link in it is followed.
        var steps = file.path.split(separator: "/").map(String.init)
        guard let name = steps.popLast() else { continue }
        try steps.reduce(found.own.folder("rebase")) { $0.folder($1) }.write(
          file.content, to: name)
        names.append(home + "/" + file.path)
      }
      try DecisionStore(found).wait(
        for: conflicts.map {
          DecisionStore.Pending(tree: home, path: $0.path, keys: $0.keys, marked: $0.content)
        })
      return names
    }
  }

  struct Import: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "import", _superCommandName: "patchkit series",
      abstract: "Add patches to the series: files, a mailbox, a quilt folder, commits.",
      discussion: """
        A source is a patch file, a mailbox, a folder of patches with or without a series, '-', a commit, \
        or a range of commits (REPO@A..B). They are added after the topmost applied patch, byte for byte.
        """)

    @Argument(
      help: ArgumentHelp(
        "The files, mailbox, folder or commits with the patches.", valueName: "source"))
    var sources: [String]

    @Option(
      name: [.customShort("p", allowingJoined: true), .customLong("strip")],
      help: ArgumentHelp(
        "Record -pN in the series: strip N leading components from names (default: 1, and 0 where the "
          + "names show it).", valueName: "n"))
    var strip: Int?

    @OptionGroup var stack: StackOptions
    @OptionGroup var output: SeriesOutput
    @OptionGroup(title: "Reading options") var reading: ReadingOptions

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if let strip, !(0...99).contains(strip) {
        throw ValidationError("-p takes 0 to 99 components off.")
      }
    }

    func run() throws {
      let tree = try? DirectoryTree(path: stack.onto)
      var folder = try folder()
      var number = try numberInSeries()
      var report = SeriesReport()
      for source in sources {
        let taken: (folder: PatchesFolder, names: [String])
        if CommitNames.mayBeCommit(source) {
          let commits = try reading.commits.commits(source)
          let repository = commits.first?.repository ?? "."
          taken = try folder.imported(
            CommitRange(repositoryPath: repository, ids: commits.map(\.id)), at: number)
        } else {
          taken = try folder.imported(
            source, at: number, strip: strip, tree: tree, parsing: reading.parsing)
        }
        folder = taken.folder
        number = number.map { $0 + taken.names.count }
        report.patches += taken.names.map { SeriesReport.Entry($0, "imported") }
      }
      try output.print(report)
    }

    private func folder() throws -> PatchesFolder {
      if stack.folder.patches == nil, InputFile.exists(stack.onto + "/.pc") {
        return try stack.stack().folder
      }
      return try stack.folder.folder(makes: true)
    }

    private func numberInSeries() throws -> Int? {
      guard InputFile.exists(stack.onto + "/.pc/applied-patches") else { return nil }
      return try stack.stack().numberAboveTop
    }
  }

  struct Export: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "export", _superCommandName: "patchkit series",
      abstract: "Write the series as a mailbox, or as commits on a branch.",
      discussion: """
        'git am' reads the mailbox. Commits have notes (refs/notes/patchkit). From either, 'series import' \
        restores the folder byte for byte: names, options, comments and order. With --style the messages \
        of the commits follow the distribution style; 'series import' still restores the original patches.
        """)

    @Option(
      help: ArgumentHelp("Write a mailbox; '-' is standard output.", valueName: "file"))
    var mailbox: String?

    @Option(
      help: ArgumentHelp("Commit on this tree, REPO@REVISION.", valueName: "tree"))
    var onto: String?

    @Option(help: ArgumentHelp("The branch to create or to move.", valueName: "name"))
    var branch: String?

    @Flag(help: "Move the branch even if it has other commits.")
    var force = false

    @OptionGroup var style: StyleOptions

    @OptionGroup var folder: PatchesOptions
    @OptionGroup var output: SeriesOutput

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if (mailbox == nil) == (branch == nil) {
        throw ValidationError("name either --mailbox FILE or --onto REPO@REVISION --branch NAME.")
      }
      if (branch == nil) != (onto == nil) {
        throw ValidationError("--onto and --branch need each other.")
      }
      if mailbox != nil, style.style != nil {
        throw ValidationError(
          "a mailbox has the patches byte for byte: use --style with --branch, or with 'apply --output'."
        )
      }
      if mailbox == "-", output.json {
        throw ValidationError(
          "--json and --mailbox - cannot be combined: both write to standard output.")
      }
    }

    func run() throws {
      OpenedTree.keepFreedMemory()
      let folder = try folder.folder()
      if let mailbox { return try write(folder, to: mailbox) }
      guard let onto, let branch, case .revision(let tree) = try OpenedTree.named(onto) else {
        throw ValidationError("--branch needs --onto REPO@REVISION.")
      }
      let styles = StyleSource(style, repository: OpenedTree.revision(tree).repositoryPath)
      let made = try folder.export(onto: tree, branch: branch, isForced: force) { patch in
        guard let source = patch.patch else { return nil }
        let description = source.message.description()
        guard !description.subject.isEmpty else { return nil }
        return try styles.writer(forPatchIn: source.document.name)?
          .described(patch, description).commitMessage
      }
      var report = SeriesReport()
      guard made.outcome.applies else {
        report.patches = [
          SeriesReport.Entry(made.outcome.patches.last?.input ?? "", "refused")
        ]
        report.refused = ApplyReport(refusedOf: made.outcome.patches, tree: onto)
        report.untried = made.outcome.untried
        try output.print(report)
        throw Exit.refused
      }
      report.patches = zip(made.names, made.commits).map { name, commit in
        var entry = SeriesReport.Entry(name, "committed")
        entry.commit = commit
        return entry
      }
      try output.print(report)
    }

    private func write(_ folder: PatchesFolder, to file: String) throws {
      let mailbox = try folder.mailbox()
      try OutputFile.write(mailbox.bytes, to: file, refusing: KeptFiles.refuse)
      for name in mailbox.withoutAuthor where !output.quiet {
        Console.error("note: \(name) has no author\n")
      }
      for name in mailbox.withOptions where !output.quiet {
        Console.error(
          "note: \(name) has options in the series that 'git am' does not know\n"
        )
      }
      if file == "-" || output.quiet { return }
      var report = SeriesReport()
      report.patches = folder.entries.map { SeriesReport.Entry($0.name, "exported") }
      try output.print(report)
    }
  }
}
