// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

/// Writes patches that apply to where the command line says, as they become known.
final class LandingRun {
  private let options: LandingOptions
  private let opened: OpenedTree
  private let isReverse: Bool
  /// How commits and the adapted patch are written.
  private let styles: StyleSource
  /// The commits on a revision; nil on a folder, and where nothing is to be written.
  private var commits: CommitStream?
  /// The commits on a folder's branch.
  private var requests: [CommitRequest] = []
  private var staged = StagedFiles()
  private var changed: Set<TreePath> = []
  private var adapted: [[UInt8]] = []
  /// The changes of a single patch on their way into a folder.
  private var landing: Landing?
  private(set) var report: ApplyReport

  init(_ options: LandingOptions, on opened: OpenedTree, isReverse: Bool = false) throws {
    self.options = options
    self.opened = opened
    self.isReverse = isReverse
    report = ApplyReport(tree: options.onto, result: options.check ? .checked : .applied)
    report.isReversed = isReverse
    styles = StyleSource(options.style, repository: opened.repositoryPath)
    if case .revision(let tree) = opened, !options.check {
      commits = try CommitStream(onto: tree, branch: options.branch, isForced: options.force)
    }
  }

  /// How the patches are tried: a patch of which the command line excludes every file, or the user decided to
  /// leave out everything, holds up no other.
  let policy = SeriesPolicy(accepts: [.nothingToApply, .leftOut])

  /// How patches are tried as they are read: the changes of a large patch that is alone are not kept.
  ///
  /// A git work tree is asked about every file first, and a commit needs all.
  func streamPolicy() -> SeriesPolicy {
    var policy = policy
    guard case .directory(let tree) = opened, options.output == nil, !options.commit,
      options.force || !tree.isWorkTree
    else { return policy }
    if options.check {
      policy.delivery = .dropped
    } else {
      let landing = tree.landing()
      self.landing = landing
      policy.delivery = .handedOver { try landing.add($0) }
    }
    return policy
  }

  /// What happens to the changes of patches that strategies try: those of a large patch of one file are not kept where
  /// they are only checked.
  func delivery(of queue: PatchQueue) -> ChangeDelivery {
    guard options.check, queue.items.count == 1, let files = queue.items.first?.patch.files,
      files.count == 1, files.first?.change == .modify
    else { return .kept }
    return streamPolicy().delivery
  }

  /// Takes over patches that apply, on the result of those before them.
  ///
  /// - Returns: the tree as they leave it, where it is on disk by now; nil else.
  func add(_ outcome: SeriesOutcome) throws -> (any KernelTree)? {
    report.outcome.append(outcome)
    let patches = outcome.applicablePatches
    if options.output != nil { for patch in patches { adapted.append(try output(of: patch)) } }
    // The set of the changed paths is needed only where the report shows it.
    if !outcome.isDelivered || options.json || !options.quiet {
      changed.formUnion(outcome.changedPaths)
    }
    switch opened {
    case .directory:
      staged.stage(outcome.changes)
      if options.commit { requests += try requests(patches) }
      return nil
    case .revision:
      try commits?.add(try requests(patches))
      return try commits?.settled()
    }
  }

  /// Notes in the report what the patches need.
  func note(_ proposal: PrerequisiteProposal) {
    report.prerequisites = proposal.reported
    report.lacking = proposal.lacking
  }

  /// Writes what is left, and reports.
  func finish(explanation: (ApplyReport) -> LabeledText = { _ in LabeledText() }) throws {
    guard report.outcome.hasApplicablePatch else { try refuseAll() }
    try complete()
    if options.quiet, !options.json { return }
    try options.print(report, explanation(report))
  }

  /// Writes what is left, and completes the report.
  func complete() throws {
    if let output = options.output {
      try requireOutside(output)
      try OutputFile.write(PatchList.joined(adapted), to: output, refusing: KeptFiles.refuse)
    }
    let made = try land()
    report.outcome.note(commits: made.commits)
    report.treeID = made.tree
    report.branch = made.tree == nil ? nil : options.branch
  }

  /// Throws where the file for the adapted patches is one that the patches change.
  private func requireOutside(_ output: String) throws {
    guard case .directory(let tree) = opened, let real = OutputFile.realPath(output) else { return }
    let root = tree.absolutePath
    guard let path = changed.first(where: { root + "/" + $0.description == real }) else { return }
    throw PatchkitError(
      .badInput, path: output, "is the file '\(path)' of the tree, which the patches change",
      consequence: "nothing was changed", hint: "name another file with --output")
  }

  /// Leaves the tree as it was: the run ends with an error or a refusal.
  func abandon() { landing?.abandon() }

  /// Reports that there is nothing to apply, and ends with the exit code of a refusal.
  private func refuseAll() throws -> Never {
    if report.patches.isEmpty {
      throw PatchkitError(
        .wrongKind, "there is no patch in the inputs",
        hint: "'patchkit show' prints what the inputs contain")
    }
    try refuse(SeriesOutcome())
  }

  /// Reports that a patch after those that were taken over is refused, and ends with its exit code.
  ///
  /// - Parameter rest: the number of patches that were not even read with the refused one.
  func refuse(_ outcome: SeriesOutcome, untried rest: Int = 0) throws -> Never {
    report.outcome.append(outcome)
    report.outcome.untried += rest
    report.outcome.applies = false
    report.result = .refused
    try options.print(report, LabeledText())
    options.advise(
      report.patches.last?.adviceOnApplying(
        isReversed: isReverse, assumed: options.givenTrees.isEmpty ? options.onto : nil),
      onto: options.onto)
    throw Exit.refused
  }

  private func land() throws -> (commits: [String], tree: String?) {
    switch opened {
    case .directory(let tree):
      if report.outcome.isDelivered {
        let paths = try landing?.finish() ?? []
        report.changed = (options.check ? changed.sorted() : paths).map(\.description)
        return ([], nil)
      }
      // Nothing was handed over: the landing that was prepared makes room for another.
      landing = nil
      let changes = staged.changes
      report.changed = changes.paths.map(\.description)
      try options.refuseUncommitted(changes, in: tree)
      if options.check { return ([], nil) }
      if options.commit { return (try tree.commit(requests, landing: changes), nil) }
      try tree.land(changes)
      return ([], nil)
    case .revision:
      report.changed = changed.sorted().map(\.description)
      guard let made = try commits?.finish() else { return ([], nil) }
      return (made.commits, made.tree)
    }
  }

  /// A patch as it applies, in the distribution's style where there is one.
  private func output(of patch: PatchOutcome) throws -> [UInt8] {
    guard let source = patch.patch,
      let writer = try styles.writer(forPatchIn: source.document.name)
    else { return try patch.adaptedPatch() ?? [] }
    let description = source.message.description(scissors: options.scissors)
    let styled = try writer.described(patch, description)
    return styled.patch(
      try patch.adaptedDiff() ?? [], commit: description.commit,
      isMailbox: !writer.style.hasHeaderFields || report.patches.count > 1)
  }

  /// The commits of patches, whose descriptions are read on all processors.
  private func requests(_ patches: [PatchOutcome]) throws -> [CommitRequest] {
    let sources = patches.map(\.patch)
    let (scissors, cleaning) = (options.scissors, options.cleaning)
    let descriptions = WorkerPool.map(count: sources.count) { index in
      sources[index]?.message.description(scissors: scissors, cleaning: cleaning)
    }
    return try zip(patches, descriptions).compactMap { patch, description in
      try description.flatMap { try request(patch, $0) }
    }
  }

  private func request(
    _ patch: PatchOutcome, _ description: PatchDescription
  ) throws -> CommitRequest? {
    guard let source = patch.patch else { return nil }
    var message = description.commitMessage(noting: patch.omissionNote)
    if isReverse {
      message = "Revert \"\(description.subject)\"\n"
    } else if let writer = try styles.writer(forPatchIn: source.document.name) {
      message = try writer.described(patch, description).commitMessage
    }
    var wording = CommitWording(
      movesSignOff: !source.message.added.isEmpty, keepsAuthor: !isReverse,
      signing: .init(options.isSigned))
    if options.signoff {
      wording.signer = try styles.committer(repository: opened.repositoryPath)
    }
    if options.provenance {
      let upstream = options.style.upstreamCommit ?? description.upstreamCommit
      wording.note = Array(
        patch.provenance(version: Patchkit.version, upstream: upstream).utf8)
    }
    return CommitRequest(of: description, patch.changes, message: message, wording)
  }
}
