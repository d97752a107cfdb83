// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import KernelTree
import Reporting

struct Resolve: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Decide what 'backport' cannot, hunk by hunk, and keep it for the next time.",
    discussion: """
      With patches, it walks through the hunks that 'backport' refuses: each is shown beside the places \
      of the tree that it may mean, each in its function, and you say which, take what is proposed, \
      edit the lines in your editor, or leave the hunk out. When all is decided the patches land as \
      with 'backport'. What you decide is kept in .patchkit/, at once: leave with 'q' or Ctrl-C and \
      run it again to go on. 'backport' and 'series' take it wherever the same texts meet again.

      Answers are read from standard input, a line each; '?' lists them.

      Without patches, it takes up what 'backport --conflicts merge' left between markers: what you \
      put in their place is kept, and on a terminal you are asked about the rest.
      """)

  @OptionGroup
  var landing: LandingOptions

  @OptionGroup
  var strategies: StrategyOptions

  @Flag(help: "Ask also about what was decided before.")
  var again = false

  @Flag(help: "List the files that wait with markers, and keep nothing.")
  var list = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if try strategies.accept == .certain {
      throw ValidationError("--accept certain takes no decisions, so there is nothing to decide.")
    }
    if list, !landing.patches.isEmpty {
      throw ValidationError("--list shows files with markers; it takes no patches.")
    }
    if landing.patches.contains("-") {
      throw ValidationError(
        "standard input is read for your answers, so the patches cannot come from '-'.")
    }
  }

  func run() throws {
    OpenedTree.prepare()
    if landing.patches.isEmpty { return try MarkedFiles(isListOnly: list).run() }
    let opened = try landing.openTree()
    var options = landing.applyOptions
    try strategies.set(in: &options)
    let queue = try landing.queue(options)
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
