// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree

struct CherryPick: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "cherry-pick", _superCommandName: "patchkit",
    abstract: "Commit upstream commits on the current branch, adapted as by 'backport'.",
    discussion: """
      Like 'git cherry-pick', this works in the work tree around the current folder, on a branch or a \
      detached HEAD. Each commit keeps its author and its message. A commit that the branch already has is \
      left out.

      If a commit needs your decision, the command stops there: the commits before it are on the branch, \
      and its conflicts are in the files. Edit the files, then continue with --continue (also if you \
      committed them yourself), leave the commit out with --skip, return to the old HEAD with --abort, or \
      stop here with --quit.
      """)

  @Argument(
    help: ArgumentHelp("The commits: ids, tags, subjects, ranges A..B.", valueName: "commit"))
  var commits: [String] = []

  @Flag(
    name: .customLong("continue"),
    help: "Commit the edited files, and continue with the next commit.")
  var continues = false

  @Flag(help: "Undo the changes of the commit, and continue with the next one.")
  var skip = false

  @Flag(help: "Return to the commit that HEAD had before.")
  var abort = false

  @Flag(help: "Stop here, and leave HEAD and all files as they are.")
  var quit = false

  @Flag(name: [.customShort("s"), .long], help: "End commit messages with your Signed-off-by.")
  var signoff = false

  @Flag(name: .short, help: "End commit messages with '(cherry picked from commit ID)'.")
  var x = false

  @Flag(
    help:
      "Attach a note (refs/notes/patchkit) to each commit: where it comes from, and its verdicts."
  )
  var provenance = false

  /// Whether commits are signed; nil for what git's configuration says.
  @Flag(
    name: [.customShort("S"), .customLong("gpg-sign")], inversion: .prefixedNo,
    exclusivity: .chooseLast, help: .signing)
  var isSigned: Bool?

  @Option(help: ArgumentHelp("How sure a hunk has to be (default: likely).", valueName: "level"))
  var accept: Confidence?

  @Option(
    help: ArgumentHelp(
      "The repository to look up commits in (default: this one).", valueName: "repo[@revision]"))
  var upstream: String?

  @Option(
    name: [.customShort("m", allowingJoined: true), .customLong("merge-parent")],
    help: ArgumentHelp(
      "Read a merge commit as its difference from this parent, counted from 1.", valueName: "n"))
  var mergeParent: Int?

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    let actions = [continues, skip, abort, quit].count(where: \.self)
    if actions > 1 { throw ValidationError("use one of --continue, --skip, --abort and --quit.") }
    if actions == 1, !commits.isEmpty {
      throw ValidationError("--continue, --skip, --abort and --quit take no commits.")
    }
    let isForAll = signoff || x || provenance || accept != nil || upstream != nil
    if actions == 1, isForAll || mergeParent != nil {
      throw ValidationError(
        "--continue, --skip, --abort and --quit keep the options that the cherry-pick began with.")
    }
    if actions == 0, commits.isEmpty { throw ValidationError("no commit is named.") }
    if let mergeParent, !(1...64).contains(mergeParent) {
      throw ValidationError("-m takes the number of a parent, from 1.")
    }
  }

  func run() throws {
    OpenedTree.keepFreedMemory()
    let tree = try DirectoryTree.workTree(around: ".")
    try tree.requireIdle()
    if quit { return try PickState.remove(for: tree) }
    let state = try PickState.read(of: tree)
    guard continues || skip || abort else {
      if state != nil {
        throw PatchkitError(
          .refused,
          "a cherry-pick has stopped before its last commit",
          consequence: "nothing was changed",
          hint: "'patchkit cherry-pick --continue', '--skip' or '--abort' ends it")
      }
      let names = CommitNames(upstream: upstream, parent: mergeParent)
      let options = PickOptions(
        signoff: signoff, x: x, accept: accept?.rawValue, isSigned: isSigned,
        provenance: provenance)
      return try PickRun(
        options: options, original: try tree.requireHead(), root: tree.absolutePath
      ).pick(try commits.flatMap { try names.commits($0) })
    }
    guard let state else {
      throw PatchkitError(
        .refused, "no cherry-pick has stopped here", consequence: "nothing was changed",
        hint: "'patchkit cherry-pick COMMIT' starts one")
    }
    if try !state.isUnmoved(in: tree) {
      let isCommitted = try tree.headDiffers(from: state.last, at: state.treePaths)
      guard continues || skip && !isCommitted else {
        throw PatchkitError(
          .changedMeanwhile, "HEAD moved: there are commits of yours since the cherry-pick stopped",
          consequence: "nothing was changed",
          hint: "'--continue' picks the commits that are left; '--quit' forgets them")
      }
      return try PickRun.resume(
        state, skips: skip, isCommitted: isCommitted, isSigned: isSigned, on: tree)
    }
    if abort {
      try PickRun.abort(state, on: tree)
    } else {
      try PickRun.resume(state, skips: skip, isSigned: isSigned, on: tree)
    }
  }
}
