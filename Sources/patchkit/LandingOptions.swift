// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import KernelTree
import PatchFormat
import Reporting

/// What `apply` and `backport` have in common: patches, a tree, and where the result goes.
struct LandingOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The patches, in their order.", valueName: "patch"))
  var patches: [String]

  @Option(
    help: ArgumentHelp("The tree: a folder, REPO@REVISION or a vendored tree.", valueName: "tree"))
  var onto = "."

  @Flag(help: "Find out whether the patches apply, and write nothing.")
  var check = false

  @Option(
    name: [.customShort("p", allowingJoined: true), .customLong("strip")],
    help: ArgumentHelp(
      "Take N components off the names (default: 1, and 0 for plain diffs of bare names).",
      valueName: "n"))
  var strip: Int?

  @Option(help: ArgumentHelp("Put a folder before every name.", valueName: "folder"))
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "Take only files that fit the pattern; may be given again.", valueName: "pattern"))
  var include: [String] = []

  @Option(
    help: ArgumentHelp(
      "Leave out files that fit the pattern, included or not; may be given again.",
      valueName: "pattern"))
  var exclude: [String] = []

  @Flag(help: "Commit each patch: its author, date and message, your name as committer.")
  var commit = false

  @Option(
    help: ArgumentHelp("Make or move this branch to the result (REPO@REVISION).", valueName: "name")
  )
  var branch: String?

  @Flag(help: "Drop the text above a scissors line (-- >8 --) from commit messages.")
  var scissors = false

  @Flag(help: "Apply to files with uncommitted changes; move a branch that is elsewhere.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Write the patches as they apply to the tree into a file.", valueName: "file"))
  var output: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  @OptionGroup(title: "Reading options")
  var reading: ReadingOptions

  func validate() throws {
    if let strip, !(0...99).contains(strip) {
      throw ValidationError("-p takes 0 to 99 components off.")
    }
    if check, commit || branch != nil {
      throw ValidationError("--check writes nothing, so --commit and --branch do not go with it.")
    }
    if json, output == "-" {
      throw ValidationError("--json and --output - would both write to standard output.")
    }
    if patches.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("'-' is standard input and can be read only once.")
    }
  }

  /// The tree, where it can be worked on.
  func openTree() throws -> OpenedTree {
    let opened = try OpenedTree.named(onto)
    if case .directory(let tree) = opened {
      if branch != nil {
        throw ValidationError(
          "--branch needs --onto REPO@REVISION; on a folder, --commit commits to its branch.")
      }
      try tree.requireIdle()
    }
    return opened
  }

  /// The patches, with a word about what was assumed in reading them.
  func queue(_ options: ApplyOptions) throws -> PatchQueue {
    let queue = try PatchQueue(reading: patches, options: options, parsing: reading.parsing)
    reading.warn(about: queue.documents, quiet: quiet)
    return queue
  }

  /// Writes the adapted patches and the result, and reports.
  func finish(
    _ outcome: SeriesOutcome, on opened: OpenedTree, isReverse: Bool = false,
    explanation: (ApplyReport) -> String = { _ in "" }
  ) throws {
    if outcome.outcomes.allSatisfy(\.files.isEmpty) {
      throw TreeError(.wrongKind, "the command line leaves out every file of the patches")
    }
    if let output {
      let adapted = try outcome.outcomes.compactMap { try $0.adaptedPatch() }
      try InputFile.write(Array(adapted.joined()), to: output)
    }
    let landed = try land(outcome, on: opened, isReverse: isReverse)
    if quiet, !json { return }
    var report = ApplyReport(outcome, tree: onto, result: check ? .checked : .applied)
    for (index, id) in landed.commits.enumerated() { report.patches[index].commit = id }
    report.treeID = landed.tree
    report.branch = landed.tree == nil ? nil : branch
    try print(report, explanation(report))
  }

  /// Reports a refusal, and ends with its exit code.
  func refuse(
    _ outcome: SeriesOutcome, marked: [String] = [],
    explanation: (ApplyReport) -> String = { _ in "" }
  ) throws -> Never {
    var report = ApplyReport(outcome, tree: onto, result: marked.isEmpty ? .refused : .marked)
    report.marked = marked
    try print(report, explanation(report))
    throw Exit.refused
  }

  /// How the patches are to be applied, strictly.
  var applyOptions: ApplyOptions {
    let rules =
      exclude.map { PathFilter.Rule(pattern: $0, isInclude: false) }
      + include.map { PathFilter.Rule(pattern: $0, isInclude: true) }
    var folder = Array((directory ?? "").utf8)
    while folder.last == UInt8(ascii: "/") { folder.removeLast() }
    return ApplyOptions(
      strip: strip, directory: folder, filter: PathFilter(rules: rules),
      strictness: reading.strictness)
  }

  private typealias Landed = (commits: [String], tree: String?)

  /// Writes the result where the command line says.
  private func land(
    _ outcome: SeriesOutcome, on opened: OpenedTree, isReverse: Bool
  ) throws -> Landed {
    switch opened {
    case .directory(let tree):
      try refuseUncommitted(outcome.changes, in: tree)
      if check { return ([], nil) }
      if commit {
        return (try tree.commit(requests(outcome, isReverse), landing: outcome.changes), nil)
      }
      try tree.land(outcome.changes)
      return ([], nil)
    case .revision(let tree):
      if check { return ([], nil) }
      let made = try tree.commit(requests(outcome, isReverse), branch: branch, isForced: force)
      return (made.commits, made.tree)
    }
  }

  /// Throws where a file that would change has changes that are not committed.
  func refuseUncommitted(_ changes: [TreeChange], in tree: DirectoryTree) throws {
    if force { return }
    for change in changes {
      let isDirty = try tree.hasUncommittedChange(at: change.path)
      let isStaged = try commit && tree.hasStagedChange(at: change.path)
      if isDirty || isStaged {
        throw TreeError(
          .changedMeanwhile, path: change.path.description, "has changes that are not committed",
          hint: "commit or stash them, or use --force; nothing was changed")
      }
    }
  }

  private func requests(_ outcome: SeriesOutcome, _ isReverse: Bool) -> [CommitRequest] {
    outcome.outcomes.map { patch in
      let description = patch.patch.message.description(scissors: scissors)
      var message = description.commitMessage
      if isReverse { message = "Revert \"\(description.subject)\"\n" }
      let author = description.author.map { person in
        CommitRequest.Author(
          name: person.name, email: person.email,
          date: description.date.map { ($0.seconds, $0.zoneMinutes) })
      }
      return CommitRequest(
        changes: patch.changes, message: message, author: isReverse ? nil : author)
    }
  }

  private func print(_ report: ApplyReport, _ explanation: String) throws {
    if json {
      try Console.print(try JSON.text(report))
    } else if report.result == .refused || report.result == .marked {
      Console.error(report.text(Console.errorStyle) + explanation)
    } else if !quiet, output != "-" {
      try Console.print(report.text(Console.style) + explanation)
    }
  }
}
