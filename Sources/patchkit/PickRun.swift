// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

/// Commits upstream commits on the branch of a work tree, and stops at the first that is not certain enough.
struct PickRun {
  let options: PickOptions
  /// Where HEAD was before the first commit.
  let original: String
  /// The work tree's root: a commit may remove the current folder.
  let root: String

  /// What is true where a run ends in an error after its first commit.
  private static let kept = "the commits before it are made"

  // MARK: Picking

  /// Commits what applies, and stops at the first commit that does not.
  ///
  /// What is left is recorded after each step, so that an error does not lose it.
  func pick(_ sources: [CommitSource]) throws {
    let items = try items(of: sources)
    let memory = try ResolutionMemory.ofProject()
    let policy = SeriesPolicy(accepts: [.alreadyApplied, .leftOut])
    var position = 0
    var made = 0
    while position < sources.count {
      do {
        try step(sources, items, &position, &made, policy, memory)
      } catch let error as PatchkitError where made > 0 {
        throw error.stating(Self.kept)
      }
    }
    let tree = try DirectoryTree.workTree(around: root)
    try PickState.remove(for: tree)
    if sources.isEmpty { return }
    try Console.print(
      "picked \(plural(made, "commit")) onto \(try tree.headName ?? "a detached HEAD")\n")
  }

  /// Commits what applies from a position on, and tries the commit after it on the files that those left.
  private func step(
    _ sources: [CommitSource], _ items: [PatchQueue.Item], _ position: inout Int, _ made: inout Int,
    _ policy: SeriesPolicy, _ memory: ResolutionMemory?
  ) throws {
    let tree = try DirectoryTree.workTree(around: root)
    let rest = sources[position...]
    let outcome: SeriesOutcome
    do {
      outcome = try SeriesSession(on: tree, memory: memory, policy: policy)
        .apply(PatchQueue(Array(items[position...])))
    } catch  where rest.count > 1 {
      // Alone, so that the commits before the one that ends in an error are made, and it can be skipped.
      outcome = try SeriesSession(on: tree, memory: memory, policy: policy)
        .apply(PatchQueue([items[position]]))
    }
    let count = outcome.patches.prefix {
      $0.applies || policy.accepts.contains($0.verdict)
    }.count
    let done = Array(outcome.patches.prefix(count))
    // Skipping and aborting restore all of these, so none may hold the user's own changes.
    let touched = Self.paths(of: outcome.patches.prefix(count + 1)).union(
      done.flatMap(\.changes).map(\.path.description))
    if let odd = touched.first(where: { $0.contains("\u{FFFD}") }) {
      throw PatchkitError(
        .refused, path: odd, "has a name that is not UTF-8, which 'cherry-pick' cannot keep",
        hint: "use 'git cherry-pick' for the commit, or 'patchkit backport --commit'")
    }
    try requireClean(try touched.sorted().map { try TreePath(Array($0.utf8)) }, in: tree)
    position += count
    made += try land(done, Array(rest), next: sources[position...], on: tree)
    guard position < sources.count, count < outcome.patches.count else {
      return try record(sources[position...])
    }
    if position > 0 { try record(sources[position...]) }
    try pickOrStop(
      sources[position], items[position], rest: sources[(position + 1)...], memory)
    made += 1
    position += 1
    try record(sources[position...])
  }

  /// Records the commits that are left to pick.
  private func record(_ rest: ArraySlice<CommitSource>) throws {
    let tree = try DirectoryTree.workTree(around: root)
    try state(rest.map { .init($0) }, at: try tree.requireHead(), in: tree).write(for: tree)
  }

  /// The state with HEAD at a commit and others left to pick.
  private func state(
    _ rest: [PickState.Source], at head: String, in tree: DirectoryTree
  ) throws -> PickState {
    PickState(
      original: original, last: head, branch: try tree.headName, current: nil, remaining: rest,
      paths: [], marked: [], staged: [], edited: [], options: options)
  }

  /// Tries a commit on the files that those before it left, and writes them with its conflicts.
  ///
  /// - Throws: `Exit.refused` where it does not apply.
  private func pickOrStop(
    _ source: CommitSource, _ item: PatchQueue.Item, rest: ArraySlice<CommitSource>,
    _ memory: ResolutionMemory?
  ) throws {
    let tree = try DirectoryTree.workTree(around: root)
    let session = SeriesSession(
      on: tree, memory: memory, policy: SeriesPolicy(refusal: .markConflicts(.merge)))
    let outcome = try session.apply(PatchQueue([item]))
    if outcome.applies {
      _ = try land(outcome.patches, [source], next: rest, on: tree)
      return
    }
    let changes = outcome.changesWithConflicts ?? outcome.patches.last?.partialChanges ?? []
    let written = Self.paths(of: outcome.patches).union(changes.map(\.path.description))
    // A file that only this trial found.
    try requireClean(
      changes.map(\.path), in: tree,
      consequence: Self.kept)
    let marked = try outcome.conflicts().map(\.path)
    var state = try state(rest.map { .init($0) }, at: try tree.requireHead(), in: tree)
    state.current = .init(source)
    state.paths = written.sorted()
    state.marked = marked
    state.staged = try tree.stagedNames().map(Self.name)
    state.edited = try tree.editedNames().map(Self.name)
    state.written = Dictionary(
      try changes.map { change throws(PatchkitError) in
        (change.path.description, try Self.version(change.after))
      }, uniquingKeysWith: { $1 })
    state.isWritten = false
    try state.write(for: tree)
    try tree.land(changes)
    state.isWritten = true
    try state.write(for: tree)
    let report = ApplyReport(outcome, tree: ".", result: .refused)
    Console.error(report.refusedDetails)
    for path in marked { Console.error("conflict in \(.path, path)\n") }
    let there = Set(changes.map(\.path.description))
    for file in outcome.patches.last?.files ?? []
    where !file.isSettled && !there.contains(file.path) {
      Console.error("nothing was written for \(.path, file.path)\n")
    }
    Console.error(
      "\(.hint, "hint:") edit the files, then run 'patchkit cherry-pick --continue'; '--skip' leaves the "
        + "commit out, '--abort' returns to \(original.prefix(12))\n")
    throw Exit.refused
  }

  private func items(of sources: [CommitSource]) throws -> [PatchQueue.Item] {
    var apply = ApplyOptions(
      accept: try options.accept.flatMap { Confidence(rawValue: $0) }
        ?? Setting.usualConfidence())
    apply.stripsTrailingBlanks = true
    return try sources.map { source in
      PatchQueue.Item(patch: try Self.patch(of: source), options: apply)
    }
  }

  private static func patch(of source: CommitSource) throws -> Patch {
    let document = try PatchQueue.document(.init(source), ParseOptions())
    try document.requireSound()
    guard let patch = document.patches.first else { throw Defect("a commit holds no patch") }
    return patch
  }

  /// Commits patches that apply, and reports; those that are applied already make no commit.
  ///
  /// - Parameter next: the commits that are left to pick after these.
  /// - Returns: how many commits were made.
  private func land(
    _ outcomes: [PatchOutcome], _ sources: [CommitSource], next: ArraySlice<CommitSource>,
    on tree: DirectoryTree
  ) throws -> Int {
    var requests: [CommitRequest] = []
    var staged = StagedFiles()
    for (outcome, source) in zip(outcomes, sources) where outcome.applies {
      guard let patch = outcome.patch else { continue }
      staged.stage(outcome.changes)
      var request = try request(patch, source, outcome.changes, in: tree)
      if options.provenance {
        let note = outcome.provenance(version: Patchkit.version, upstream: source.id)
        request.note = Array(note.utf8)
      }
      requests.append(request)
    }
    var made: [String] = []
    if !requests.isEmpty {
      made = try tree.commit(requests, landing: staged.changes) { head in
        try state(next.map { .init($0) }, at: head, in: tree).writeBeforeMove(for: tree)
      }
    }
    var text = LabeledText()
    var ids = made[...]
    for patch in outcomes {
      text += "\(.verdict(isGood: true), patch.verdict.rawValue) \(patch.title)"
      if patch.applies, let id = ids.popFirst() { text += "  \(.faint, id)" }
      text += "\n"
    }
    try Console.print(text)
    return made.count
  }

  private func request(
    _ patch: Patch, _ source: CommitSource, _ changes: [TreeChange], in tree: DirectoryTree
  ) throws -> CommitRequest {
    let description = patch.message.description()
    var message = description.commitMessage
    if options.x {
      message = PatchDescription.adding("(cherry picked from commit \(source.id))", to: message)
    }
    var wording = CommitWording(signing: .init(options.isSigned))
    if options.signoff {
      let user = try GitSettings.committer(in: tree.path)
      wording.signer = MailAddress(name: user.name, email: user.email)
    }
    return CommitRequest(of: description, changes, message: message, wording)
  }

  /// The files that patches name.
  private static func paths(of patches: some Sequence<PatchOutcome>) -> Set<String> {
    Set(patches.flatMap(\.files).flatMap { [$0.path, $0.oldPath].compactMap { $0 } })
  }

  /// Throws where a file that is to change has changes of the user's.
  private func requireClean(
    _ paths: [TreePath], in tree: DirectoryTree, consequence: String? = nil
  ) throws {
    try tree.requireCommitted(
      paths, untracked: ("is in the way and is not tracked by git", "move it away"),
      consequence: consequence)
  }

  // MARK: After a stop

  /// Picks what is left after a stop.
  ///
  /// - Parameters:
  ///   - skips: whether the commit that it stopped at is left out; else the files are committed as the user
  ///     edited them.
  ///   - isCommitted: whether the user committed some of its files since.
  ///   - isSigned: whether commits are signed from here on; nil for what the first command line asked for.
  static func resume(
    _ state: PickState, skips: Bool = false, isCommitted: Bool = false, isSigned: Bool?,
    on tree: DirectoryTree
  ) throws {
    let root = tree.absolutePath
    var options = state.options
    options.isSigned = isSigned ?? options.isSigned
    let run = PickRun(options: options, original: state.original, root: root)
    var rest = state.remaining.map(\.commit)
    if skips {
      try discard(state, on: tree, movingTo: try tree.requireHead())
      // After an error there was no stop: what is left out is the commit that ended in it.
      if state.current == nil, !rest.isEmpty {
        try Console.print("left out \(rest.removeFirst().id.prefix(12))\n")
      }
    } else if let source = state.current?.commit {
      let changes = try tree.changesSinceHead(at: try state.treePaths)
      if isCommitted, changes.allSatisfy({ $0.before == $0.after }) {
        try Console.print("the files of \(source.id.prefix(12)) are committed already\n")
      } else if !isCommitted, !state.isWritten, changes.allSatisfy({ $0.before == $0.after }) {
        // A run was killed before it wrote the files with conflicts, or after it discarded them.
        rest.insert(source, at: 0)
      } else {
        try run.commitEdited(source, state, on: tree)
      }
    }
    try run.record(rest[...])
    do {
      try run.pick(rest)
    } catch let error as PatchkitError where !skips && state.current != nil {
      throw error.stating(Self.kept)
    }
  }

  /// Returns to the commit where HEAD was before the first one.
  static func abort(_ state: PickState, on tree: DirectoryTree) throws {
    try discard(state, on: tree, movingTo: state.original)
    try PickState.remove(for: tree)
    try Console.print("HEAD is at \(state.original.prefix(12)) again\n")
  }

  /// The files that were staged since the stop: as in git, they belong to the resolution, such as the new name of
  /// a file.
  ///
  /// - Throws: `PatchkitError` where the commit would lack what the user did to a file since.
  private func stagedSince(_ state: PickState, on tree: DirectoryTree) throws -> [TreePath] {
    let staged = try tree.stagedNames()
    let known = Set(state.staged)
    let now = Set(staged.map(Self.name))
    let edited = try tree.editedNames().map(Self.name)
    let isOfCommit = Set(state.paths)
    // A file of the commit needs no staging; what is staged of it is what the user decided, and has to be all.
    let left = edited.filter {
      now.contains($0)
        ? !known.contains($0) : !isOfCommit.contains($0) && !state.edited.contains($0)
    }
    if let first = left.first {
      let isPartly = now.contains(first)
      let paths = left.map { Self.pathspec($0, root: tree.absolutePath) }.joined(separator: " ")
      var error = PatchkitError(
        .refused, path: first,
        isPartly
          ? "was edited after it was staged"
          : "was edited since the stop, and the commit does not change it",
        consequence: "nothing was committed",
        hint: isPartly
          ? "'git add \(paths)' stages the edit; 'git checkout -- \(paths)' drops it"
          : "'git add \(paths)' adds it to the commit; 'git stash push -- \(paths)' keeps it out")
      error.details = left.dropFirst().map { "  also \($0)" }
      throw error
    }
    for path in state.marked where !now.contains(path) {
      guard try tree.file(at: try TreePath(Array(path.utf8))) == nil else { continue }
      throw PatchkitError(
        .refused, path: path, "had conflicts and is gone", consequence: "nothing was committed",
        hint:
          "'git rm --cached \(Self.pathspec(path, root: tree.absolutePath))' says that it is to be removed"
      )
    }
    return try staged.filter { !known.contains(Self.name($0)) }.map { name in
      if let path = try? TreePath(name) { return path }
      throw PatchkitError(
        .refused, path: Self.name(name), "is staged, and has a name that only git can commit",
        consequence: "nothing was committed",
        hint: "'git commit' commits what is staged; '--continue' then picks the commits after it")
    }
  }

  private static func name(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// A path of the work tree as a word for git in the current folder.
  private static func pathspec(_ path: String, root: String) -> String {
    let isPlain =
      InputFile.realPath(".") == InputFile.realPath(root)
      && path.first != "-" && path.first != ":" && !path.contains { "*?[\\".contains($0) }
    return Shell.quoted(isPlain ? path : ":(top,literal)\(path)")
  }

  /// Gives up the files of the commit that it stopped at, and moves HEAD.
  private static func discard(
    _ state: PickState, on tree: DirectoryTree, movingTo target: String
  ) throws {
    let discarded = try discarded(state, on: tree)
    var undecided = state
    undecided.isWritten = false
    if try target == tree.requireHead() {
      undecided.last = target
      try undecided.write(for: tree)
    } else {
      var end = undecided
      end.last = target
      end.current = nil
      end.remaining = []
      try end.writeBeforeMove(for: tree)
    }
    try tree.move(to: target, discarding: discarded)
  }

  /// The files of the commit that it stopped at that are to be discarded: what the run wrote, and, as with git, the
  /// user's edits of its conflicts.
  ///
  /// - Throws: `PatchkitError` where another file has changes: they are the user's own.
  private static func discarded(_ state: PickState, on tree: DirectoryTree) throws -> [TreePath] {
    let marked = Set(state.marked)
    return try state.treePaths.filter { path in
      let name = path.description
      let isTracked = try !tree.isUntracked(at: path)
      if state.written[name] == (try version(try tree.file(at: path))) { return true }
      if try isTracked && !tree.hasUncommittedChange(at: path) {
        return try tree.hasStagedChange(at: path)
      }
      if isTracked, marked.contains(name) { return true }
      let word = pathspec(name, root: tree.absolutePath)
      throw PatchkitError(
        .changedMeanwhile, path: name,
        state.written[name] == nil
          ? "has changes that the cherry-pick did not make" : "was edited since the stop",
        consequence: "nothing was changed",
        hint: isTracked
          ? "'git stash push -- \(word)' keeps the edit, 'git checkout -- \(word)' discards it"
          : "move it away")
    }
  }

  /// A file in the words of a state; empty for none.
  private static func version(_ file: TreeFile?) throws(PatchkitError) -> String {
    try file.map { file throws(PatchkitError) in try JournalPlan.Version(file).text } ?? ""
  }

  /// Commits the files as the user edited them.
  private func commitEdited(
    _ source: CommitSource, _ state: PickState, on tree: DirectoryTree
  ) throws {
    let patch = try Self.patch(of: source)
    let staged = try stagedSince(state, on: tree)
    for change in try tree.changesSinceHead(at: try state.markedPaths) {
      let path = change.path.description
      guard let file = change.after else { continue }
      guard let conflict = MarkedConflict.all(in: file.content).first else { continue }
      throw PatchkitError(
        .refused, path: path, line: conflict.lines.lowerBound + 1, "still has conflict markers",
        consequence: "nothing was committed", hint: "edit the file, then run it again")
    }
    let changes = try tree.changesSinceHead(at: Set(try state.treePaths + staged).sorted())
      .filter { $0.before != $0.after }
    guard !changes.isEmpty else {
      throw PatchkitError(
        .refused, "no file that the commit \(source.id.prefix(12)) changes differs from HEAD",
        consequence: "nothing was committed", hint: "'--skip' leaves the commit out")
    }
    var request = try request(patch, source, changes, in: tree)
    if options.provenance {
      let edited = state.marked.map { "file: \($0): edited by the user\n" }.joined()
      request.note = Array(
        "patchkit: \(Patchkit.version)\nupstream: \(source.id)\nverdict: conflict\n\(edited)".utf8)
    }
    let made = try tree.commitFiles(request) { head in
      try self.state(state.remaining, at: head, in: tree).writeBeforeMove(for: tree)
    }
    try Console.print("committed \(patch.message.subject)  \(.faint, made)\n")
    let changed = Set(changes.map(\.path.description))
    for path in state.paths where !changed.contains(path) {
      try Console.print("  without a change to \(.path, path)\n")
    }
  }
}
