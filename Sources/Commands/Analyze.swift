// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import ArgumentParser
import Backport
import KernelTree
import PatchFormat
import Reporting

struct Analyze: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze", _superCommandName: "patchkit",
    abstract:
      "Report what a patch changes, which names a tree lacks, and what is already applied.",
    discussion: """
      The target is not changed and not built. An index in .patchkit or in the user's cache records \
      what its C files define; you can delete it at any time.

      Exits with 0 if nothing is missing, and with 1 if something is, or if the patch neither applies \
      nor is already applied.
      """)

  @Argument(help: "The patches.")
  var patches: [String]

  @Option(
    name: .customLong("onto"),
    help: ArgumentHelp("The tree that the patches are for.", valueName: "tree"))
  var givenOnto: String?

  /// The tree, of the command line or of the settings.
  var onto: String { givenOnto ?? (try? Setting.usualTree.get()) ?? "." }

  @Option(
    help: ArgumentHelp(
      "The history of the tree (default: the tree's own, if it is a revision or a work tree).",
      valueName: "repo[@revision]"))
  var history: String?

  @Option(
    help: ArgumentHelp(
      "Do not report this kind of risk: narrowing, lock or sleep-under-spinlock; can be repeated.",
      valueName: "kind"),
    transform: { text in
      guard let kind = RiskNote.Kind(rawValue: text) else {
        throw ValidationError(
          "'\(text)' is not a kind of risk: use narrowing, lock or sleep-under-spinlock.")
      }
      return kind
    })
  var ignore: [RiskNote.Kind] = []

  @Option(
    help: ArgumentHelp(
      "Another tree to search for missing names, the oldest first; can be repeated.",
      valueName: "tree"))
  var sibling: [String] = []

  @Flag(help: "Do not look up names: missing names and risks are not reported, which is fast.")
  var noSymbols = false

  @Flag(help: "Do not write an index.")
  var noIndex = false

  @Flag(help: "Do not report what was assumed about damaged inputs.")
  var quiet = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Reading options") var reading: ReadingOptions

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if givenOnto == nil { Setting.requireUsualTree() }
  }

  func run() throws {
    OpenedTree.keepFreedMemory()
    let queue = try PatchQueue(
      reading: patches, options: ApplyOptions(strictness: reading.strictness),
      parsing: reading.parsing, commits: reading.commits)
    reading.warn(about: queue.documents, quiet: quiet)
    let opened = try OpenedTree.named(onto)
    var options = PatchAnalysis.Options(
      upstream: reading.upstream.map(CommitNames.repositoryAndRevision),
      history: ownHistory(opened),
      indexKey: noIndex ? nil : opened.indexKey, usesSymbols: !noSymbols,
      risks: Set(RiskNote.Kind.allCases).subtracting(ignore), siblings: sibling)
    var reports: [AnalysisReport] = []
    let progress = SharedProgress(Progress("reading names", "files", isShown: !quiet))
    options.indexing = progress.report
    let reading = SharedProgress(Progress("reading the history", "commits", isShown: !quiet))
    options.readingHistory = reading.report
    if noIndex { options.historyIndexes = nil }
    for item in queue.items {
      let report = AnalysisReport(try PatchAnalysis(item.patch, on: opened.tree, options))
      progress.finish()
      reading.finish()
      reports.append(report)
      if !json { try Console.print(report.text) }
    }
    if json { try Console.write(json: ["patches": reports]) }
    let isBad = reports.contains {
      !$0.isThere && (!$0.missing.isEmpty || !$0.verdict.applies)
    }
    if isBad { throw Exit.refused }
  }

  private func ownHistory(_ tree: OpenedTree) -> (repository: String, revision: String)? {
    if let history { return CommitNames.repositoryAndRevision(history) }
    return tree.history(named: onto)
  }
}

extension OpenedTree {
  /// What the tree is called among the indexes of names that are kept.
  var indexKey: String {
    switch self {
    case .directory(let tree): tree.absolutePath
    case .revision(let tree): tree.name
    }
  }

  /// The history that the tree belongs to: a work tree's, or that of `REPO@REVISION`; nil for any other.
  func history(named name: String) -> (repository: String, revision: String)? {
    switch self {
    case .directory(let tree) where tree.isWorkTree: (tree.path, "HEAD")
    case .revision(let tree) where tree.commitID != nil && name.contains("@"):
      CommitNames.repositoryAndRevision(name)
    default: nil
    }
  }
}

struct Compare: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", _superCommandName: "patchkit",
    abstract: "Compare a backport with its upstream patch, hunk by hunk.",
    discussion: """
      Hunks are paired by their changed lines; context and line numbers are ignored. Exits with 0 if \
      no changed line differs and the message is complete, else with 1.
      """)

  @Argument(help: ArgumentHelp("The upstream patch.", valueName: "upstream"))
  var original: String

  @Argument(help: "The backport.")
  var backport: String

  @Option(
    help: ArgumentHelp(
      "Check the backport's message by this distribution style, too.", valueName: "style"))
  var style: DistributionStyle?

  @Flag(help: "Do not report ignored results.")
  var noRisks = false

  @Flag(help: "Do not report what was assumed about damaged inputs.")
  var quiet = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Reading options") var reading: ReadingOptions

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    let documents = try [original, backport].map { name in
      try reading.documents([name])
    }
    for document in documents.flatMap(\.self) { try document.requireSound(reading.strictness) }
    reading.warn(about: documents.flatMap(\.self), quiet: quiet)
    let sides = documents.map { $0.flatMap(\.patches) }
    let comparison = PatchComparison(
      upstream: sides[0].flatMap(\.files), backport: sides[1].flatMap(\.files))
    let problems = style.map { style in sides[1].flatMap { style.problems(of: $0.message) } }
    let report = ComparisonReport(comparison, risks: !noRisks, trailers: problems ?? [])
    if json {
      try Console.write(json: report)
    } else {
      try Console.print(report.text)
    }
    if !report.faithful || !report.trailers.isEmpty { throw Exit.refused }
  }
}
