// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

struct CherryPick: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "cherry-pick",
    abstract: "Commit upstream commits on the current branch, adapted as by 'backport'.",
    discussion: """
      Works as 'git cherry-pick': on the work tree around the current folder, on a branch or a detached \
      HEAD. Each commit keeps its author and its message. If a commit is not certain enough, the ones \
      before it are committed, the files with conflicts are written, and the command stops: edit the \
      files, then run it with --continue; or with --skip, to leave that commit out; or with --abort, to \
      return to where HEAD was. A commit that the branch has already is left out.
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

  @Flag(help: "Return to the commit where HEAD was before.")
  var abort = false

  @Flag(name: [.customShort("s"), .long], help: "End commit messages with your Signed-off-by.")
  var signoff = false

  @Flag(name: .short, help: "End commit messages with '(cherry picked from commit ID)'.")
  var x = false

  @Option(help: ArgumentHelp("How sure a hunk has to be (default: likely).", valueName: "level"))
  var accept: Confidence?

  @Option(
    help: ArgumentHelp(
      "The repository to look up commits in (default: this one).", valueName: "repo[@revision]"))
  var upstream: String?

  @Option(
    name: [.customShort("m"), .customLong("merge-parent")],
    help: ArgumentHelp("Take a merge commit's change against this parent, from 1.", valueName: "n"))
  var mergeParent: Int?

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    let actions = [continues, skip, abort].count(where: \.self)
    if actions > 1 { throw ValidationError("use one of --continue, --skip and --abort.") }
    if actions == 1, !commits.isEmpty {
      throw ValidationError("--continue, --skip and --abort take no commits.")
    }
    if actions == 0, commits.isEmpty { throw ValidationError("no commit is named.") }
    if let mergeParent, !(1...64).contains(mergeParent) {
      throw ValidationError("-m takes the number of a parent, from 1.")
    }
  }

  func run() throws {
    OpenedTree.prepare()
    let tree = try DirectoryTree.workTree(around: ".")
    try tree.requireIdle()
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
      return try pick(
        try commits.flatMap { try names.commits($0) }, on: tree, from: try tree.requireHead(),
        signoff: signoff, x: x, accept: accept)
    }
    guard let state else {
      throw PatchkitError(
        .refused, "no cherry-pick has stopped here", consequence: "nothing was changed",
        hint: "'patchkit cherry-pick COMMIT' starts one")
    }
    let branch = try tree.headName
    if branch != state.branch {
      throw PatchkitError(
        .changedMeanwhile, "the cherry-pick stopped on \(state.branch ?? "a detached HEAD")",
        hint: state.branch.map { "'git switch \(Shell.quoted($0))' returns there" }
          ?? "'git switch --detach \(state.last.prefix(12))' returns there")
    }
    if try tree.requireHead() != state.last {
      throw PatchkitError(
        .changedMeanwhile, "HEAD moved since the cherry-pick stopped",
        hint:
          "'git log \(state.last.prefix(12))..' shows the commits since; to give the cherry-pick up and "
          + "keep them, remove \(Shell.quoted(PickState.path(of: tree)))")
    }
    if abort { return try giveUp(state, on: tree) }
    if skip {
      try tree.restore(try Self.paths(state))
    } else if state.current != nil {
      try commit(state, on: tree)
    }
    let next = try DirectoryTree.workTree(around: ".")
    // Until the rest is picked, it is not forgotten, whatever goes wrong.
    var rest = state
    (rest.current, rest.paths, rest.marked) = (nil, [], [])
    rest.last = try next.requireHead()
    try rest.write(for: next)
    try pick(
      state.remaining.map(\.commit), on: next, from: state.original, signoff: state.signoff,
      x: state.x, accept: state.accept.flatMap { Confidence(rawValue: $0) })
    try PickState.remove(for: next)
  }

  // MARK: Picking

  /// Commits what applies, and stops at the first commit that does not.
  private func pick(
    _ sources: [CommitSource], on tree: DirectoryTree, from original: String, signoff: Bool,
    x: Bool, accept: Confidence?
  ) throws {
    if sources.isEmpty { return }
    var options = ApplyOptions(accept: try accept ?? Setting.usualConfidence())
    options.stripsTrailingBlanks = true
    let items = try sources.map { source in
      let document = try PatchQueue.document(.init(source), ParseOptions())
      try document.requireSound()
      guard let patch = document.patches.first else { throw Defect("a commit holds no patch") }
      return PatchQueue.Item(patch: patch, options: options)
    }
    let memory = try ResolutionMemory.ofProject()
    let policy = SeriesPolicy(accepts: [.alreadyApplied])
    let outcome = try SeriesSession(on: tree, memory: memory, policy: policy)
      .apply(PatchQueue(items))
    let count = outcome.patches.prefix { $0.applies || $0.verdict == .alreadyApplied }.count
    let done = Array(outcome.patches.prefix(count))
    // Skipping and aborting restore all of these, so none may hold the user's own changes.
    let touched = Self.paths(of: outcome.patches.prefix(count + 1)).union(
      done.flatMap(\.changes).map(\.path.description))
    try requireClean(try touched.sorted().map { try TreePath(Array($0.utf8)) }, in: tree)
    let made = try land(done, zip(done, sources).map { ($0, $1) }, on: tree, signoff: signoff, x: x)
    try Console.print(Self.text(done, made))
    guard count < items.count else {
      return try Console.print(
        "picked \(plural(made.count, "commit")) onto \(try Self.headName())\n")
    }
    let now = try DirectoryTree.workTree(around: ".")
    let session = SeriesSession(
      on: now, memory: memory, policy: SeriesPolicy(refusal: .markConflicts(.merge)))
    let refused = try session.apply(PatchQueue([items[count]]))
    if refused.applies, let patch = refused.patches.first {
      // On files it may fit where it did not on what was only staged.
      let made = try land(
        [patch], [(patch, sources[count])], on: now, signoff: signoff, x: x)
      try Console.print(Self.text([patch], made))
      return try pick(
        Array(sources.dropFirst(count + 1)), on: .workTree(around: "."), from: original,
        signoff: signoff, x: x, accept: accept)
    }
    let changes = refused.changesWithConflicts ?? []
    let written = Self.paths(of: refused.patches).union(changes.map(\.path.description))
    // A file that only this trial found.
    try requireClean(
      changes.map(\.path), in: now,
      consequence: "the commits before it are made, and no file was written")
    let marked = try refused.conflicts().map(\.path)
    try PickState(
      original: original, last: try now.requireHead(), branch: try now.headName,
      current: .init(sources[count]),
      remaining: sources.dropFirst(count + 1).map { .init($0) }, paths: written.sorted(),
      marked: marked, signoff: signoff, x: x, accept: accept?.rawValue
    ).write(for: now)
    try now.land(changes)
    let report = ApplyReport(refused, tree: ".", result: .refused)
    Console.error(report.refusedDetails)
    for path in marked { Console.error("conflict in \(.path, path)\n") }
    Console.error(
      "\(.hint, "hint:") edit the files, then run 'patchkit cherry-pick --continue'; '--skip' leaves the "
        + "commit out, '--abort' returns to \(original.prefix(12))\n")
    throw Exit.refused
  }

  /// Commits patches that apply; those that are applied already make no commit.
  private func land(
    _ outcomes: [PatchOutcome], _ pairs: [(PatchOutcome, CommitSource)], on tree: DirectoryTree,
    signoff: Bool, x: Bool
  ) throws -> [String] {
    var requests: [CommitRequest] = []
    var staged = StagedFiles()
    for (outcome, source) in pairs where outcome.applies {
      guard let patch = outcome.patch else { continue }
      staged.stage(outcome.changes)
      requests.append(
        try Self.request(patch, source, outcome.changes, signoff: signoff, x: x, in: tree))
    }
    if requests.isEmpty { return [] }
    return try tree.commit(requests, landing: staged.changes)
  }

  private static func request(
    _ patch: Patch, _ source: CommitSource, _ changes: [TreeChange], signoff: Bool, x: Bool,
    in tree: DirectoryTree
  ) throws -> CommitRequest {
    let description = patch.message.description()
    var message = description.commitMessage
    if x {
      message = PatchDescription.adding("(cherry picked from commit \(source.id))", to: message)
    }
    if signoff {
      let user = try GitSettings.committer(in: tree.path)
      message = PatchDescription.signed(
        message, by: MailAddress(name: user.name, email: user.email))
    }
    return CommitRequest(changes: changes, message: message, author: description.commitAuthor)
  }

  /// The files that patches name.
  private static func paths(of patches: some Sequence<PatchOutcome>) -> Set<String> {
    Set(patches.flatMap(\.files).flatMap { [$0.path, $0.oldPath].compactMap { $0 } })
  }

  /// Throws where a file that is to change has changes of the user's.
  private func requireClean(
    _ paths: [TreePath], in tree: DirectoryTree, consequence: String? = nil
  ) throws {
    for path in paths {
      let isDirty = try tree.hasUncommittedChange(at: path)
      if try isDirty || tree.hasStagedChange(at: path) || tree.isUntracked(at: path) {
        throw PatchkitError(
          .changedMeanwhile, path: path.description, "has uncommitted changes",
          consequence: consequence, hint: "commit or stash them")
      }
    }
  }

  // MARK: After a stop

  private static func paths(_ state: PickState) throws -> [TreePath] {
    try state.paths.map { try TreePath(Array($0.utf8)) }
  }

  /// Commits the files as the user edited them.
  private func commit(_ state: PickState, on tree: DirectoryTree) throws {
    for path in state.marked {
      guard let file = try tree.file(at: try TreePath(Array(path.utf8))) else { continue }
      guard let conflict = MarkedConflict.all(in: file.content).first else { continue }
      throw PatchkitError(
        .refused, path: path, line: conflict.lines.lowerBound + 1, "still has conflict markers",
        consequence: "nothing was committed", hint: "edit the file, then run it again")
    }
    guard let source = state.current?.commit else { return }
    let document = try PatchQueue.document(.init(source), ParseOptions())
    guard let patch = document.patches.first else { throw Defect("a commit holds no patch") }
    let changes = try tree.changesSinceHead(at: try Self.paths(state))
    guard changes.contains(where: { $0.before != $0.after }) else {
      throw PatchkitError(
        .refused, "no file that the commit \(source.id.prefix(12)) changes differs from HEAD",
        consequence: "nothing was committed", hint: "'--skip' leaves the commit out")
    }
    let request = try Self.request(
      patch, source, changes.filter { $0.before != $0.after }, signoff: state.signoff, x: state.x,
      in: tree)
    let made = try tree.commitFiles(request)
    try Console.print("committed \(patch.message.subject)  \(.faint, made)\n")
  }

  private func giveUp(_ state: PickState, on tree: DirectoryTree) throws {
    try tree.restore(try Self.paths(state))
    let clean = try DirectoryTree.workTree(around: ".")
    try clean.move(to: state.original)
    try PickState.remove(for: clean)
    try Console.print("HEAD is at \(state.original.prefix(12)) again\n")
  }

  // MARK: Reports

  private static func text(_ patches: [PatchOutcome], _ commits: [String]) -> LabeledText {
    var text = LabeledText()
    var ids = commits[...]
    for patch in patches {
      text += "\(.verdict(isGood: true), patch.verdict.rawValue) \(patch.title)"
      if patch.applies, let id = ids.popFirst() { text += "  \(.faint, id)" }
      text += "\n"
    }
    return text
  }

  private static func headName() throws -> String {
    try DirectoryTree.workTree(around: ".").headName ?? "a detached HEAD"
  }
}
