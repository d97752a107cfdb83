// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import ArgumentParser
import Backport
import Host
import KernelTree
import Ledger
import PatchFormat
import Reporting
import VerifyReports

struct Follow: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "follow", _superCommandName: "patchkit",
    abstract:
      "Report upstream's later fixes and reverts of the patches that you carry.",
    discussion: """
      Name the patches that you carry: a range of commits (REPO@A..B), a series, a folder of patches, or \
      patch files. Each is mapped to its upstream commit by its message ('commit SHA upstream.', a \
      cherry-pick line, 'Git-commit:' and the like), or else by its subject.

      The report lists the later upstream commits that fix or revert one of these, or name it as the cause of \
      a problem, and that the tree lacks. 'not needed' means that the tree lacks the commits that its 'Fixes:' \
      names, or that upstream reverted it. 'unknown' means that only a subject suggests that the tree has it.

      Exits with 1 if the tree lacks a fix or a revert. Exits with 3 if that cannot be known, because \
      the upstream history lacks the commits that the patches come from: it is a shallow clone, or \
      another repository.
      """)

  @Argument(
    help: ArgumentHelp(
      "The commits, series, folders or patches that you carry.", valueName: "carried")
  )
  var patches: [String]

  @Option(
    help: ArgumentHelp(
      "The upstream repository, such as a clone of mainline.", valueName: "repo[@revision]"))
  var upstream: String

  @Option(
    name: .customLong("onto"),
    help: ArgumentHelp(
      "The tree that carries the patches (default: the end of the range of commits).",
      valueName: "tree"))
  var onto: String?

  @Flag(help: "Also list the commits that the tree has or does not need.")
  var all = false

  @Flag(
    help:
      "Also list the commits that upstream marked for stable kernels ('Cc: stable') and that the tree lacks."
  )
  var stable = false

  @Flag(help: "Do not try whether the missing commits apply; this is faster.")
  var noTrial = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "Print SARIF 2.1.0.")
  var sarif = false

  @Flag(help: "Do not report progress.")
  var quiet = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if stable, sarif { throw ValidationError("--stable and --sarif cannot be combined.") }
    if json, sarif { throw ValidationError("--json and --sarif cannot be combined.") }
  }

  func run() throws {
    OpenedTree.keepFreedMemory()
    let progress = SharedProgress(Progress("reading the history", "commits", isShown: !quiet))
    defer { progress.finish() }
    var carried: [CarriedPatch] = []
    var end: CommitSource?
    for name in patches {
      if CommitNames.mayBeCommit(name) {
        let commits = try CommitNames(upstream: nil, leavesOutMerges: true).commits(name)
        guard let last = commits.last else { continue }
        if let end, end.repository != last.repository {
          throw ValidationError("the commits are in two repositories: run the command for each.")
        }
        end = last
        carried += try FollowSearch.carried(
          commits.map(\.id), in: last.repository, progress: progress.report)
      } else {
        carried += try Self.patches(in: name)
      }
    }
    let source = CommitNames.repositoryAndRevision(upstream)
    var target = FollowSearch.Target(history: nil, tree: nil)
    let tree = onto ?? end.map { "\($0.repository)@\($0.id)" }
    if let tree {
      let opened = try OpenedTree.named(tree)
      target.history = opened.history(named: tree)
      if !noTrial { target.tree = opened.tree }
    }
    let findings = try FollowSearch.findings(
      on: carried, upstream: source, target: target, findsStable: stable, progress: progress.report)
    progress.finish()
    let report = FollowReport(findings, of: carried, upstream: upstream)
    if json {
      try Console.write(json: report)
    } else if sarif {
      try Console.write(
        try Verification(findings, upstream: source.repository, tree: onto ?? end?.name)
          .sarif(version: Patchkit.version))
    } else {
      try Console.print(report.text(showsAll: all))
    }
    if report.count(.missing) > 0 || report.stable.contains(where: { $0.state == .missing }) {
      throw Exit.refused
    }
    if report.isIncomplete {
      if !json, !sarif, let id = findings.lacking.lazy.compactMap(\.ids.first).first {
        let hint = Verification.Finding.hint(
          lacking: String(id.prefix(12)), upstream: source.repository,
          isShallow: findings.isShallow)
        Console.error("\(.hint, "hint:") \(hint)\n")
      }
      throw Exit.notDone
    }
  }

  /// The patches of a file, a series, or a folder with the patches of a collection.
  private static func patches(in name: String) throws -> [CarriedPatch] {
    if InputFile.kind(of: name) == .folder {
      return try PatchFolder.all(in: [name]).flatMap { folder in
        let patches = try folder.files.flatMap { file in
          try PatchQueue.document(file, ParseOptions()).patches.map { (file.path, $0) }
        }
        return patches.map { file, patch in
          CarriedPatch(
            patch.message, label: file, file: file,
            stated: patches.count == 1 ? folder.manifest.upstream : nil)
        }
      }
    }
    return try PatchQueue(reading: [name], options: ApplyOptions(), parsing: ParseOptions())
      .items.map { CarriedPatch($0.patch.message, label: $0.label, file: name) }
  }
}
