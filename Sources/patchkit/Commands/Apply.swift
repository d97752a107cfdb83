// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import KernelTree

struct Apply: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put patches on a tree: at the lines they state, or where their text stands alone.",
    discussion: """
      All patches go on, one on the other, or none does. A hunk whose text stands at several places \
      is refused with the places named, unless the function in its header decides. On a folder the \
      files are changed; on REPO@REVISION or a vendored tree the result is commits.
      """)

  @OptionGroup
  var landing: LandingOptions

  @Flag(name: [.customShort("R"), .long], help: "Take the patches back.")
  var reverse = false

  @Flag(help: "Put hunks without context at the lines they state.")
  var unidiffZero = false

  func run() throws {
    OpenedTree.prepare()
    var options = landing.applyOptions
    options.isReversed = reverse
    options.trustsLineNumbers = unidiffZero
    let queue = try landing.queue(options)
    let opened = try landing.openTree()
    let outcome = try SeriesApplier().apply(queue, to: opened.tree)
    guard outcome.applies else { try landing.refuse(outcome) }
    try landing.finish(outcome, on: opened, isReverse: reverse)
  }
}
