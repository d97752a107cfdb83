// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// Applies one patch to a tree: places its hunks, adapts it, and has libgit2's strict apply make
/// the result.
///
/// Nothing is written; the result is a value. `SeriesSession` is the one caller.
final class PatchApplier {
  private let strict: StrictApplier
  private let base: (any KernelTree)?
  private let memory: ResolutionMemory?

  /// Sets up libgit2's apply.
  ///
  /// - Parameters:
  ///   - base: the tree that the patches were made for, where it is at hand: the tolerant
  ///     strategies find in it where the lines around a hunk went.
  ///   - memory: what people decided about conflicts before.
  /// - Throws: `PatchkitError` where libgit2 cannot be started.
  init(
    base: (any KernelTree)? = nil, memory: ResolutionMemory? = nil
  ) throws(PatchkitError) {
    self.base = base
    self.memory = memory
    do { strict = try StrictApplier() } catch { throw PatchkitError(.git, error.description) }
  }

  /// Tries a patch on a tree.
  ///
  /// - Parameters:
  ///   - patch: the file patches and where they come from.
  ///   - tree: the tree, or an overlay of earlier patches on one.
  ///   - options: names, direction and filters.
  ///   - markers: how conflicts are written into files; nil writes none.
  ///   - delivery: what becomes of the changes; where they are not kept, the outcome has none, and
  ///     no adapted patch.
  /// - Returns: the verdict on every hunk; the adapted patch and the changes where all apply.
  /// - Throws: `PatchkitError` where a name in the patch leads where no patch may go, `PatchkitError`
  ///   where the tree cannot be read.
  func apply(
    _ patch: Patch, to tree: any KernelTree, options: ApplyOptions,
    markers: ConflictRegion.Markers? = nil, delivery: ChangeDelivery = .kept
  ) throws -> PatchOutcome {
    var trial = PatchTrial(
      patch: patch, tree: tree, options: options, markers: markers, strict: strict, base: base,
      memory: memory, delivery: delivery, overlay: Overlay(tree))
    return try trial.run()
  }
}

/// One patch that is tried on one tree.
struct PatchTrial {
  let patch: Patch
  let tree: any KernelTree
  let options: ApplyOptions
  let markers: ConflictRegion.Markers?
  let strict: StrictApplier
  let base: (any KernelTree)?
  let memory: ResolutionMemory?
  let delivery: ChangeDelivery
  var overlay: Overlay
  var outcomes: [FileOutcome] = []
  var adapted: [AdaptedFile] = []
  /// How many file patches apply, kept or not.
  var adaptedCount = 0
  /// Paths that some file patch moves away: something new may take their place.
  ///
  /// One that a later part deletes is not among them: what it deletes would be the new file.
  var vacated: Set<TreePath> = []
  /// Paths that a file patch of this patch wrote.
  var written: Set<TreePath> = []
  /// Files whose place something new took before the rename that moves them away, as when two
  /// change names with each other.
  var displaced: [TreePath: TreeFile] = [:]
  /// The file patches, by their numbers, whose binary data is damaged.
  var damagedData: Set<Int> = []

  /// A file patch with its checked paths.
  struct Job {
    var index: Int
    var file: FilePatch
    var old: TreePath?
    var new: TreePath?
    /// The path that the patch names, where some or all of its hunks go elsewhere.
    var named: TreePath?
    /// The numbers of its hunks in the file patch, where only some of them are left.
    var numbers: [Int]?
    var paths: FilePatch.Paths { FilePatch.Paths(old: old?.bytes, new: new?.bytes) }
  }

  mutating func run() throws -> PatchOutcome {
    var jobs: [Job] = []
    var excluded = 0
    // Of a patch that is reverse-applied, the last change is undone first.
    let order =
      options.isReversed ? Array(patch.files.indices.reversed()) : Array(patch.files.indices)
    for index in order {
      let original = patch.files[index]
      let file = options.isReversed ? original.reversed : original
      guard let job = try job(index, file) else {
        excluded += 1
        continue
      }
      jobs.append(job)
    }
    damagedData = try damagedData(of: jobs)
    for job in jobs where job.file.change == .rename {
      if let old = job.old { vacated.insert(old) }
    }
    if options.isReversed {
      // A copy is compared with its source, which the others have to bring back first.
      jobs = jobs.filter { $0.file.change != .copy } + jobs.filter { $0.file.change == .copy }
    }
    if try !sideBySide(jobs) {
      for job in jobs { try apply(job) }
      try deliver()
    }
    settleDeletions()
    unsettleAllMissing()
    let verdict = Verdict.whole(of: outcomes.map(\.verdict))
    let applies = outcomes.allSatisfy(\.isSettled) && adaptedCount > 0
    return PatchOutcome(
      verdict: verdict, files: outcomes, excluded: excluded,
      content: PatchContent(
        patch: patch, adapted: applies ? adapted : nil, changes: applies ? overlay.changes : [],
        partialChanges: overlay.changes))
  }

  /// Refuses a patch of which the tree has no file at all: that it needs none of it is no more
  /// likely than that it is the wrong tree.
  private mutating func unsettleAllMissing() {
    guard outcomes.allSatisfy({ $0.verdict == .notNeeded }) else { return }
    for index in outcomes.indices {
      outcomes[index].verdict = .missingPath
      outcomes[index].isSettled = false
      outcomes[index].reason = Reason.nothingAlike(isLeftOut: false).sentence
    }
  }

  /// Takes files that the patch deletes, and that the tree does not have, for already deleted where
  /// the tree has everything else that the patch makes.
  ///
  /// Git reverse-applies such a patch. A deletion alone may as well be of a file of another tree.
  private mutating func settleDeletions() {
    let gone = outcomes.indices.filter {
      outcomes[$0].change == FilePatch.Change.delete.rawValue
        && outcomes[$0].verdict == .missingPath
    }
    let others = outcomes.indices.filter { !gone.contains($0) }
    guard !gone.isEmpty, !others.isEmpty,
      others.allSatisfy({ outcomes[$0].verdict == .alreadyApplied })
    else { return }
    for index in gone {
      outcomes[index].verdict = .alreadyApplied
      outcomes[index].reason = Reason.deletedAlready.sentence
    }
  }

  /// Checks the names of a file patch; nil where the filter leaves it out.
  private func job(_ index: Int, _ file: FilePatch) throws(PatchkitError) -> Job? {
    func fail(_ message: String, hint: String? = nil) -> PatchkitError {
      PatchkitError.patch(
        input: patch.input, location: patch.location(file.header.lowerBound), message: message,
        hint: hint)
    }
    let strip = options.strip ?? file.usualStrip
    guard let paths = file.paths(strip: strip) else {
      throw fail(
        "-p\(strip) takes more components off than a name in this header has",
        hint: "try -p0, or a smaller number")
    }
    if file.change == .modify, let old = paths.old, let new = paths.new, old != new {
      throw fail(
        "with -p\(strip) the header names two files, '\(String(decoding: old, as: UTF8.self))' and "
          + "'\(String(decoding: new, as: UTF8.self))'", hint: "try -p\(strip + 1)")
    }
    func checked(_ path: [UInt8]?) throws(PatchkitError) -> TreePath? {
      guard let path else { return nil }
      let whole = options.directory.isEmpty ? path : options.directory + [0x2F] + path
      do {
        return try TreePath(ofPatch: whole)
      } catch {
        let shown = String(decoding: FilePatch.quoted(error.path.prefix(200)), as: UTF8.self)
        throw fail(
          "the path '\(shown)' \(error.reason.rawValue)",
          hint: "patches never touch paths outside the tree; do not apply this one by hand")
      }
    }
    let job = Job(
      index: index, file: file, old: try checked(paths.old), new: try checked(paths.new))
    guard let shown = job.new ?? job.old else { throw fail("the header names no file") }
    return options.filter.takes(shown.bytes) ? job : nil
  }

  mutating func apply(_ job: Job) throws {
    let outcome = try attempted(job)
    guard let parts = try partsOfMovedFunctions(job, outcome) else {
      outcomes.append(outcome)
      return
    }
    for part in parts { outcomes.append(try attempted(part)) }
  }

  private mutating func attempted(_ job: Job) throws -> FileOutcome {
    var outcome = FileOutcome(
      index: job.index, old: job.named ?? job.old, new: job.new, change: job.file.change.rawValue)
    try attempt(job, &outcome)
    for (index, number) in zip(outcome.hunks.indices, job.numbers ?? []) {
      outcome.hunks[index].number = number
    }
    return outcome
  }

  /// The file patch in two where hunks that have no place belong to a function that moved to
  /// another file of the folder; nil where that is not so.
  private func partsOfMovedFunctions(_ job: Job, _ outcome: FileOutcome) throws -> [Job]? {
    guard let strategies, outcome.verdict == .conflict, job.named == nil, let old = job.old,
      job.file.change == .modify, outcome.hunks.count == job.file.hunks.count
    else { return nil }
    let lost = outcome.hunks.indices.filter {
      let hunk = outcome.hunks[$0]
      return hunk.verdict == .conflict && hunk.proposal?.function != .same
    }
    let isOnlyTrouble = outcome.hunks.indices.allSatisfy {
      lost.contains($0) || outcome.hunks[$0].verdict != .conflict
    }
    guard !lost.isEmpty, isOnlyTrouble else { return nil }
    var elsewhere = job
    elsewhere.file.hunks = lost.map { job.file.hunks[$0] }
    elsewhere.numbers = lost.map { $0 + 1 }
    guard case .moved(let path, _, _) = try relocator(strategies).moved(elsewhere.file, from: old)
    else { return nil }
    (elsewhere.old, elsewhere.new, elsewhere.named) = (path, path, old)
    if lost.count == job.file.hunks.count { return [elsewhere] }
    var rest = job
    let kept = job.file.hunks.indices.filter { !lost.contains($0) }
    rest.file.hunks = kept.map { job.file.hunks[$0] }
    rest.numbers = kept.map { $0 + 1 }
    rest.named = old
    return [rest, elsewhere]
  }

  private mutating func attempt(_ job: Job, _ outcome: inout FileOutcome) throws {
    func refuse(_ verdict: Verdict, _ reason: Reason) {
      outcome.verdict = verdict
      outcome.reason = reason.sentence
      outcome.isSettled = false
    }
    do {
      var before = try preImage(of: job)
      var job = job
      if before == nil, job.file.mayCreate, job.file.change == .modify {
        job.file.change = .create
        job.old = nil
        outcome.oldPath = nil
        outcome.change = FilePatch.Change.create.rawValue
      }
      if !undoesCopy(job), let problem = try destinationProblem(of: job) {
        return refuse(problem.verdict, problem.reason)
      }
      if let old = job.old, before == nil {
        guard let strategies, job.file.change == .modify else {
          return refuse(.missingPath, .noSuchFile(alternative: alternative(to: job)))
        }
        guard let found = try substitute(for: job.file, at: old, strategies, &outcome) else {
          return
        }
        before = found.file
        (job.old, job.new, job.named) = (found.path, found.path, old)
        (outcome.oldPath, outcome.path) = (old.description, found.path.description)
      }
      if job.file.isBinaryWithoutData {
        return refuse(.conflict, .binaryWithoutData)
      }
      if damagedData.contains(job.index) {
        return refuse(.conflict, .binaryDamaged)
      }
      if let problem = modeProblem(of: job, before) { return refuse(.conflict, problem) }
      let target = LineTable(before?.content ?? [])
      let (adaptedFile, hunks) = FileAdapter(
        trustsLineNumbers: options.trustsLineNumbers, strategies: strategies
      ).adapt(job.file, to: target, preImage: try origin(of: job))
      outcome.hunks = hunks
      // A file patch without hunks has nothing to be placed: a mode, a name, binary data.
      outcome.verdict = hunks.isEmpty ? .exact : Verdict.whole(of: hunks.map(\.verdict))
      if outcome.verdict.applies, let named = job.named, named != job.old {
        outcome.verdict = Verdict.whole(of: [outcome.verdict, .relocated])
      }
      guard var ready = adaptedFile else {
        if let markers, let before, let path = job.new {
          outcome.marked = MarkedFile(markers, patch.message.subject)
            .changes(of: before, at: path, job.file, hunks)
        }
        return
      }
      outcome.isSettled = true
      if !hunks.isEmpty, ready.hunks.isEmpty { return }
      if ready.hunks.contains(where: \.hasNUL) {
        return refuse(.conflict, .holdsNUL)
      }
      setModes(&ready, before)
      guard let after = try result(of: ready, job, before, target) else {
        return refuse(.conflict, .binaryOther)
      }
      if job.file.change == .delete, !after.content.isEmpty {
        return refuse(.conflict, .linesRemain)
      }
      if after.mode == .symlink, job.file.change != .delete,
        after.content.isEmpty || after.content.count > 4095 || after.content.contains(0)
      {
        return refuse(.conflict, .badLinkTarget)
      }
      if undoesCopy(job) {
        guard let source = job.new, try overlay.file(at: source)?.content == after.content else {
          return refuse(.conflict, .copyDiffers)
        }
        job.new = nil
        job.file.change = .delete
      }
      try stage(job, before, after)
      adaptedCount += 1
      adapted.append(
        AdaptedFile(
          job.index, original: patch.files[job.index], ready, job.paths, before: before,
          after: after))
    } catch let error as PatchkitError where error.kind != .system && error.kind != .git {
      outcome.verdict = .conflict
      outcome.reason = error.message
      outcome.isSettled = false
    }
  }

  /// Whether the job deletes what a copy made: its hunks, reverse-applied, have to give the source.
  private func undoesCopy(_ job: Job) -> Bool {
    options.isReversed && job.file.change == .copy
  }

  /// Another `-p` with which the file would be found: said, never taken.
  private func alternative(to job: Job) -> (strip: Int, path: TreePath)? {
    let used = options.strip ?? job.file.usualStrip
    for strip in 0...4 where strip != used {
      guard let old = job.file.paths(strip: strip)?.old, let path = try? TreePath(old),
        let found = try? tree.file(at: path), found.mode != .symlink
      else { continue }
      return (strip, path)
    }
    return nil
  }

  /// The file that the hunks are for.
  ///
  /// Git's renames and copies speak of the tree before the patch, whatever an earlier file patch
  /// did; everything else builds on what came before.
  private func preImage(of job: Job) throws -> TreeFile? {
    guard let old = job.old else { return nil }
    if job.file.change == .rename, let original = displaced[old] { return original }
    if job.file.change == .rename || job.file.change == .copy, !options.isReversed,
      let original = try tree.file(at: old)
    {
      return original
    }
    return try overlay.file(at: old)
  }

  private var strategies: StrategySequence? {
    options.accept.map { StrategySequence(accept: $0, memory: memory) }
  }

  /// Finds files with what the trees say, not with what people decided about others.
  func relocator(_ strategies: StrategySequence) -> Relocator {
    Relocator(tree: overlay, base: base, strategies: StrategySequence(accept: strategies.accept))
  }

  /// The file that the patch was made for; nil where it is not at hand or not asked for.
  private func origin(of job: Job) throws -> LineTable? {
    guard options.accept != nil, let old = job.named ?? job.old, !job.file.hunks.isEmpty else {
      return nil
    }
    if let base, let file = try? base.file(at: old) { return LineTable(file.content) }
    guard options.looksForPreImage, let id = job.file.oldID,
      let content = try tree.blob(named: id)
    else { return nil }
    return LineTable(content)
  }

  /// What stands in the way of a new file.
  private mutating func destinationProblem(of job: Job) throws -> (
    verdict: Verdict, reason: Reason
  )? {
    guard let new = job.new, job.old != new, let existing = try overlay.file(at: new) else {
      return nil
    }
    if vacated.contains(new), !written.contains(new) {
      displaced[new] = existing
      return nil
    }
    if job.file.change == .create, job.file.binary == nil {
      let nothing = LineTable([])
      let (ready, _) = FileAdapter(trustsLineNumbers: false).adapt(job.file, to: nothing)
      if let ready, let made = try? result(of: ready, job, nil, nothing),
        made.content == existing.content
      {
        return (.alreadyApplied, .exists(hasSameContent: true))
      }
    }
    return (.conflict, .exists(hasSameContent: false))
  }

  /// A patch that speaks of a file of one kind cannot change one of another.
  private func modeProblem(of job: Job, _ before: TreeFile?) -> Reason? {
    guard let before else { return nil }
    let link = TreeFile.Mode.symlink.rawValue
    let stated = job.file.oldMode
    if stated == 0o160000 { return .submodule }
    let isLink = stated.map { $0 == link } ?? (before.mode == .symlink)
    if isLink != (before.mode == .symlink) {
      return .otherKind(isPatchOfLink: isLink)
    }
    // git writes such a change as a file that goes and one that comes.
    if let new = job.file.newMode, job.file.change != .delete,
      (new == link) != isLink
    {
      return .typeByMode
    }
    return nil
  }

  /// Writes the modes into the adapted patch, as libgit2 takes a missing one for 100644.
  private func setModes(_ file: inout FilePatch, _ before: TreeFile?) {
    // A new mode may stand alone beside hunks, and means the same.
    let isModeChange = file.newMode != nil && file.oldMode != file.newMode
    if let before { file.oldMode = before.mode.rawValue }
    switch file.change {
    case .create: file.newMode = file.newMode ?? TreeFile.Mode.regular.rawValue
    case .delete: file.newMode = nil
    case .modify, .rename, .copy: if !isModeChange { file.newMode = file.oldMode }
    }
  }

  /// The file after, made by libgit2; nil where a binary patch is for another file.
  private func result(
    of file: FilePatch, _ job: Job, _ before: TreeFile?, _ target: LineTable
  ) throws -> TreeFile? {
    if file.hunks.isEmpty, file.binary == nil, file.change == .create || file.change == .delete {
      // libgit2 rejects the patch of an empty file, which git makes and takes. A file that is not
      // empty has lines that the patch does not delete.
      if file.change == .delete, let before { return before }
      return TreeFile(
        mode: TreeFile.Mode(rawValue: file.newMode ?? 0o100644) ?? .regular, content: [])
    }
    let old = job.old ?? job.new
    guard let old, let shown = job.new ?? job.old else { return nil }
    var strictFile = file
    // libgit2 deletes whatever is there: the same hunks as a change show what they leave.
    if file.change == .delete, file.binary == nil { strictFile.change = .modify }
    if strictFile.change == .modify, file.change == .delete { strictFile.newMode = file.oldMode }
    // The mode stands on the index line; without one libgit2 makes every result a 100644. It does
    // not look at the ids.
    if file.binary == nil {
      let ids = file.hunks.isEmpty ? nil : Array("0000000".utf8)
      (strictFile.oldID, strictFile.newID) = (ids, ids)
    }
    // git takes a rename that does not say how alike the files are, libgit2 does not.
    if file.change == .rename || file.change == .copy, file.similarity == nil {
      strictFile.similarity = file.hunks.isEmpty ? 100 : 50
    }
    // What stands behind the numbers of a hunk header says nothing to libgit2.
    for index in strictFile.hunks.indices { strictFile.hunks[index].section = [] }
    // libgit2 goes by the line after, which a hunk that leaves no line names one too low.
    for index in strictFile.hunks.indices
    where strictFile.hunks[index].newCount == 0 && strictFile.hunks[index].newStart > 0 {
      strictFile.hunks[index].newStart += 1
    }
    let text = strictFile.printedAsGit(
      paths: .init(
        old: job.old?.bytes, new: strictFile.change == .modify ? shown.bytes : job.new?.bytes))
    let touched = file.hunks.isEmpty ? nil : TouchedLines(target, hunks: file.hunks)
    var files: [[UInt8]: GitFile] = [:]
    if let before {
      var given = GitFile(before)
      if let touched { given.content = touched.reduced() }
      files[old.bytes] = given
    }
    do {
      let made = try strict.apply(text, to: files)
      if file.change == .delete, file.binary != nil {
        return TreeFile(mode: .regular, content: [])
      }
      guard var after = made[shown.bytes] else {
        throw Defect("libgit2's result of \(shown) lacks the file")
      }
      if let touched {
        guard let whole = touched.restored(from: after.content) else {
          throw Defect("libgit2's result of \(shown) is not the hunks' post-image")
        }
        after.content = whole
      }
      return TreeFile(after)
    } catch let error as GitError {
      if file.binary != nil { return nil }
      throw Defect("libgit2 does not take the adapted patch of \(shown): \(error.message)")
    }
  }

  private mutating func stage(_ job: Job, _ before: TreeFile?, _ after: TreeFile) throws {
    // What stands at a path by now is the pre-image where that is the same path: no second look.
    func existing(_ path: TreePath) throws -> TreeFile? {
      let isPreImage = path == job.old && (job.file.change != .rename && job.file.change != .copy)
      return isPreImage ? before : try overlay.file(at: path)
    }
    var changes: [TreeChange] = []
    if let new = job.new {
      changes.append(TreeChange(path: new, before: try existing(new), after: after))
      written.insert(new)
    }
    if let old = job.old, job.file.change == .delete || job.file.change == .rename,
      job.file.change == .delete || !written.contains(old), old != job.new
    {
      changes.append(TreeChange(path: old, before: try existing(old), after: nil))
    }
    overlay.stage(changes)
  }
}

/// A defect of patchkit's own: something that cannot happen did.
package struct Defect: Error, Sendable, Hashable, CustomStringConvertible {
  /// What happened.
  package var description: String

  init(_ description: String) { self.description = description }
}

extension GitFile {
  init(_ file: TreeFile) {
    self.init(mode: FileMode(rawValue: file.mode.rawValue) ?? .regular, content: file.content)
  }
}

extension TreeFile {
  init(_ file: GitFile) {
    self.init(mode: Mode(rawValue: file.mode.rawValue) ?? .regular, content: file.content)
  }
}
