// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import KernelTree
import Reporting

struct Resolve: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve", _superCommandName: "patchkit",
    abstract: "Decide the hunks that 'backport' refuses, and record the decisions.",
    discussion: """
      With patches, each hunk that 'backport' refuses is shown with its candidate positions, each in \
      its function. Choose a position, accept the proposal, edit the lines in your editor, or leave the \
      hunk out. After the last decision the patches are applied as by 'backport'. Each decision is \
      recorded at once in .patchkit/: quit with 'q' or Ctrl-C, and run the command again to continue. \
      'backport' and 'series' use a decision wherever the same texts occur.

      Answers are read from standard input, one for each line; '?' lists them.

      Without patches, the files that 'backport --conflicts merge' wrote are read: the lines that \
      replaced the markers are recorded, and on a terminal you are asked about the rest.
      """)

  @OptionGroup
  var landing: LandingOptions

  @OptionGroup(title: "Strategy options")
  var strategies: StrategyOptions

  @OptionGroup
  var omissions: LeaveOutOptions

  @Flag(help: "Ask again about hunks that were decided before.")
  var again = false

  @Flag(help: "List the files that have markers, and record nothing.")
  var list = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if try strategies.accept == .certain {
      throw ValidationError("--accept certain uses no decisions, so there is nothing to decide.")
    }
    if list, !landing.patches.isEmpty {
      throw ValidationError("--list lists files with markers; it cannot be used with patches.")
    }
    if landing.patches.contains("-") {
      throw ValidationError(
        "standard input is for your answers, so '-' cannot be a patch.")
    }
  }

  func run() throws {
    OpenedTree.keepFreedMemory()
    if landing.patches.isEmpty { return try MarkedFiles(isListOnly: list).run() }
    let landing = TreesRun.expanded(landing)
    let opened = try landing.openTree()
    if landing.commit || landing.branch != nil {
      try opened.requireCommittable(isSigned: landing.signoff)
    }
    var options = landing.applyOptions
    options.readsProposals = true
    try strategies.set(in: &options)
    options.omitted = omissions.paths
    let queue = try landing.queue(options)
    try queue.requireOmittedFiles()
    let base = try strategies.baseTree()
    let store = DecisionStore(try VendoredStore.findOrCreate(in: "."))
    var session = ResolveSession(store, forgetsOld: again)
    while true {
      let run = try LandingRun(landing, on: opened)
      let outcome = try SeriesSession(
        on: opened.tree, base: base, memory: session.memory, policy: run.policy
      ).apply(queue)
      if outcome.applies {
        _ = try run.add(outcome)
        return try run.finish()
      }
      guard let refused = outcome.patches.last, try session.ask(about: refused) else {
        Console.error(session.summary)
        try landing.refuse(outcome)
      }
    }
  }
}
