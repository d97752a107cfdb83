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
  static let kept = "the commits before it are made"

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
  func record(_ rest: ArraySlice<CommitSource>) throws {
    let tree = try DirectoryTree.workTree(around: root)
    try state(rest.map { .init($0) }, at: try tree.requireHead(), in: tree).write(for: tree)
  }

  /// The state with HEAD at a commit and others left to pick.
  func state(
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
    let written = Self.paths(of: outcome.patches).union(changes.paths.map(\.description))
    // A file that only this trial found.
    try requireClean(
      changes.paths, in: tree,
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
        (change.path.description, Self.version(change.after))
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

  static func patch(of source: CommitSource) throws -> Patch {
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

  func request(
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
  static func paths(of patches: some Sequence<PatchOutcome>) -> Set<String> {
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
}
