// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import KernelTree
import PatchFormat

struct Apply: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", _superCommandName: "patchkit",
    abstract: "Apply patches at their stated lines, or at the only position where their text fits.",
    discussion: """
      Either all patches are applied, each on the result of the one before, or nothing changes. A hunk \
      whose text fits several positions is refused and the positions are listed, unless the function \
      in its header decides. In a folder, files change; on REPO@REVISION or a vendored tree, the result \
      is commits.

      Without a patch, standard input is read: 'b4 am -o - ID | patchkit apply --onto linux'.
      """)

  @OptionGroup
  var landing: LandingOptions

  @Flag(name: [.customShort("R"), .long], help: "Reverse-apply the patches.")
  var reverse = false

  @Flag(help: "Apply hunks without context at their stated lines.")
  var unidiffZero = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    OpenedTree.keepFreedMemory()
    var options = landing.applyOptions
    options.isReversed = reverse
    options.trustsLineNumbers = unidiffZero
    let opened = try landing.openTree()
    let run = try LandingRun(landing, on: opened, isReverse: reverse)
    if reverse {
      // The last patch is undone first, so that all have to be read.
      let outcome = try SeriesSession(on: opened.tree, policy: run.policy)
        .apply(try landing.queue(options))
      guard outcome.applies else { try run.refuse(outcome) }
      _ = try run.add(outcome)
      return try run.finish()
    }
    do {
      try stream(options, onto: opened.tree, into: run)
    } catch {
      run.abandon()
      throw error
    }
  }

  /// Tries the patches as they are read, and hands over what applies.
  private func stream(
    _ options: ApplyOptions, onto tree: any KernelTree, into run: LandingRun
  ) throws {
    let batches = try PatchBatches(
      try landing.inputs, options: options, parsing: landing.reading.parsing,
      commits: landing.reading.commits)
    let stream = try SeriesSession.Stream(batches, on: tree, policy: run.streamPolicy())
    while let piece = try stream.next() {
      landing.reading.warn(about: piece.diagnostics, quiet: landing.quiet)
      guard piece.applies else { try run.refuse(piece, untried: stream.countRest()) }
      if let tree = try run.add(piece) { stream.settle(on: tree) }
    }
    try run.finish()
  }
}
