// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import KernelTree
internal import PatchFormat
internal import Symbols
internal import TextAlign

/// Applies one patch to a tree: paths and modes, placement, adaptation, strict apply.
///
/// Nothing is written; the result is a value. `SeriesSession` is the one caller.
final class PatchApplier {
  private let strict: StrictStage
  private let base: (any KernelTree)?
  private let memory: ResolutionMemory?
  private let names: TreeNames

  /// Sets up libgit2's apply.
  ///
  /// - Parameters:
  ///   - base: the tree that the patches were made for, where it is at hand: the tolerant
  ///     strategies find in it where the lines around a hunk went.
  ///   - memory: what the user decided about conflicts before.
  ///   - index: the names of the tree, where they are indexed already.
  /// - Throws: `PatchkitError` where libgit2 cannot be started.
  init(
    base: (any KernelTree)? = nil, memory: ResolutionMemory? = nil, index: SymbolIndex? = nil
  ) throws(PatchkitError) {
    names = TreeNames(index)
    self.base = base
    self.memory = memory
    do { strict = try StrictStage() } catch { throw PatchkitError(.git, error.description) }
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
  /// - Throws: `PatchkitError` where a name in the patch leads where no patch may go,
  ///   `PatchkitError` where the tree cannot be read.
  func apply(
    _ patch: Patch, to tree: any KernelTree, options: ApplyOptions,
    markers: ConflictRegion.Markers? = nil, delivery: ChangeDelivery = .kept
  ) throws -> PatchOutcome {
    let (tasks, excluded) = try PathStage(patch: patch, options: options).tasks()
    var trial = PatchTrial(
      patch: patch, options: options, markers: markers, strict: strict, base: base,
      memory: memory, delivery: delivery,
      states: FileStates(tree, .init(tasks, isReversed: options.isReversed)), names: names)
    return try trial.run(tasks, excluded: excluded)
  }
}

/// One patch that is tried on one tree.
struct PatchTrial {
  let patch: Patch
  let options: ApplyOptions
  let markers: ConflictRegion.Markers?
  let strict: StrictStage
  let base: (any KernelTree)?
  let memory: ResolutionMemory?
  let delivery: ChangeDelivery
  var states: FileStates
  var outcomes: [FileOutcome] = []
  var adapted: [AdaptedFile] = []
  /// How many file patches apply, kept or not.
  var adaptedCount = 0
  /// The file patches, by their numbers, whose binary data is damaged.
  var damagedData: Set<Int> = []
  /// The names that the patch adds, once they are asked for.
  var added: PatchNames?
  /// The names that the tree's files can use, kept from patch to patch.
  var names = TreeNames()

  mutating func run(_ tasks: [FileTask], excluded: Int) throws -> PatchOutcome {
    damagedData = try damagedData(of: tasks)
    if try !triedInParallel(tasks) {
      for task in tasks { try apply(task) }
      try deliver()
    }
    settleDeletions()
    var verdict = Verdict.whole(of: outcomes.map(\.verdict))
    let applies = outcomes.allSatisfy(\.isSettled) && adaptedCount > 0
    if isPartial { verdict = .partial }
    let changes = states.overlay.changes
    return PatchOutcome(
      verdict: verdict, files: outcomes, excluded: excluded,
      content: PatchContent(
        patch: patch, options: options, adapted: applies ? adapted : nil,
        isChained: states.isChained, changes: applies ? changes : [], partialChanges: changes))
  }

  /// Whether nothing keeps the patch from applying but files that the tree has nothing like.
  ///
  /// The rest alone is never taken for the whole: whether the tree needs the missing part is for the
  /// user to say.
  private var isPartial: Bool {
    adaptedCount > 0 && outcomes.contains(where: \.hasNothingAlike)
      && outcomes.allSatisfy { $0.isSettled || $0.hasNothingAlike }
      && !outcomes.allSatisfy(\.isSettled)
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

  // MARK: One file patch

  mutating func apply(_ task: FileTask) throws {
    let outcome = try attempted(task)
    guard let parts = try partsOfMovedFunctions(task, outcome) else {
      outcomes.append(try withoutUnneededHunks(task, outcome) ?? outcome)
      return
    }
    for part in parts { outcomes.append(try attempted(part)) }
  }

  /// The outcome of a file patch without the hunks of functions that the tree does not have; nil where that is
  /// not what keeps it from applying.
  private mutating func withoutUnneededHunks(
    _ task: FileTask, _ outcome: FileOutcome
  ) throws -> FileOutcome? {
    guard let strategies, strategies.accept <= .likely,
      UnneededHunks.isOpen(outcome.verdict), task.file.change == .modify, let old = task.old,
      outcome.hunks.count == task.file.hunks.count,
      let target = try states.overlay.file(at: old), target.mode != .symlink
    else { return nil }
    let unneeded = UnneededHunks.found(
      in: task.file, outcome.hunks, on: LineTable(target.content))
    guard !unneeded.isEmpty, unneeded.count < task.file.hunks.count,
      try unneeded.values.allSatisfy({ try !relocator(strategies).folderHolds($0, near: old) })
    else { return nil }
    var rest = task
    let kept = task.file.hunks.indices.filter { unneeded[$0] == nil }
    let numbers = task.numbers ?? task.file.hunks.indices.map { $0 + 1 }
    rest.file.hunks = kept.map { task.file.hunks[$0] }
    rest.numbers = kept.map { numbers[$0] }
    var result = try attempted(rest)
    guard result.isSettled, result.verdict.applies else { return nil }
    for (index, function) in unneeded {
      var hunk = HunkOutcome(
        number: numbers[index], verdict: .leftOut, statedLine: outcome.hunks[index].statedLine)
      hunk.reason = Reason.lackingFunction(String(decoding: function, as: UTF8.self)).sentence
      result.hunks.append(hunk)
    }
    result.hunks.sort { $0.number < $1.number }
    result.verdict = Verdict.whole(of: [result.verdict] + result.hunks.map(\.verdict))
    return result
  }

  private mutating func attempted(_ task: FileTask) throws -> FileOutcome {
    var outcome = FileOutcome(
      index: task.index, old: task.named ?? task.old, new: task.new,
      change: task.file.change.rawValue)
    if let name = task.new ?? task.old, options.leavesOut(name.bytes) {
      outcome.verdict = .leftOut
      outcome.reason = Reason.leftOutByOption.sentence
      outcome.isSettled = true
      return outcome
    }
    do {
      try attempt(task, &outcome)
    } catch let error as PatchkitError where !error.isOfMachine {
      outcome.refuse(.conflict, error.message)
    }
    for (index, number) in zip(outcome.hunks.indices, task.numbers ?? []) {
      outcome.hunks[index].number = number
    }
    return outcome
  }

  /// Takes a file patch through the stages.
  private mutating func attempt(_ given: FileTask, _ outcome: inout FileOutcome) throws {
    var task = given
    guard let before = try preImage(of: &task, &outcome) else { return }
    let fit = LineEndFit(task.file, to: before.file)
    task.file = fit.file
    let blanks = stripTrailingBlanks(of: &task)
    let modes = ModeStage(task.file, before.file)
    if let problem = unusable(task) ?? modes.problem { return outcome.refuse(.conflict, problem) }
    if let mode = modes.presentMode {
      outcome.refuse(.alreadyApplied, .modePresent(String(mode, radix: 8)))
      outcome.isSettled = options.accept.map { $0 <= .likely } ?? false
      return
    }
    let lines = LineTable(before.file?.content ?? [])
    let origin = try origin(of: task)
    let (adaptation, hunks) = FileAdapter(
      trustsLineNumbers: options.trustsLineNumbers, strategies: strategies
    ).adapt(modes.file, to: lines, preImage: origin)
    outcome.hunks = hunks
    // A file patch without hunks has nothing to be placed: a mode, a name, binary data.
    outcome.verdict = hunks.isEmpty ? .exact : Verdict.whole(of: hunks.map(\.verdict))
    if outcome.verdict.applies, let named = task.named, named != task.old {
      outcome.verdict = Verdict.whole(of: [outcome.verdict, .relocated])
    }
    if outcome.verdict.applies, let reason = fit.reason ?? blanks {
      outcome.reason = reason.sentence
    }
    guard var ready = adaptation else {
      if outcome.verdict == .conflict, outcome.reason == nil, let file = before.file {
        outcome.reason = LineEndFit.difference(task.file, file.content)?.sentence
      }
      if options.readsProposals { try readProposals(task, before.file, origin, &outcome) }
      if let markers, let file = before.file, let path = task.new {
        outcome.marked = MarkedFile(markers, patch.message.subject)
          .changes(of: file, at: path, task.file, hunks)
      }
      return
    }
    // Where the file's line ends are mixed, nothing shows which ones the added lines are to have.
    if let file = before.file, hunks.contains(where: { $0.strategy == .whitespace }),
      LineEnds(of: file.content) == .mixed
    {
      return outcome.refuse(.conflict, .lineEndsDiffer(file: .mixed))
    }
    outcome.isSettled = true
    if !hunks.isEmpty, ready.hunks.isEmpty { return }
    var after: TreeFile
    switch try strict.result(of: ready, task.paths, before.file, lines) {
    case .refused(let reason): return outcome.refuse(.conflict, reason)
    case .file(let made): after = made
    }
    if let read = try read(&ready, task, before.file, after, origin, &outcome) {
      guard let read = read.file else { return }
      after = read
    }
    if undoesCopy(task) {
      guard let source = task.new, try states.overlay.file(at: source)?.content == after.content
      else { return outcome.refuse(.conflict, .copyDiffers) }
      task.new = nil
      task.file.change = .delete
    }
    try states.stage(task, before.file, after)
    adaptedCount += 1
    adapted.append(
      AdaptedFile(
        task.index, original: patch.files[task.index], ready, task.paths, before: before.file,
        after: after))
  }

  /// The file that a file patch is for, where there is one and nothing is in the way of the result;
  /// nil where the file patch is refused, left out or not needed.
  ///
  /// A plain diff that inserts into nothing may create its file, and the tolerant strategies may
  /// find another file: the task changes accordingly.
  private mutating func preImage(
    of task: inout FileTask, _ outcome: inout FileOutcome
  ) throws -> (file: TreeFile?, Void)? {
    let before = try states.preImage(of: task)
    if before == nil, task.file.mayCreate, task.file.change == .modify {
      task.file.change = .create
      task.old = nil
      outcome.oldPath = nil
      outcome.change = FilePatch.Change.create.rawValue
    }
    if !undoesCopy(task), let obstacle = try states.obstacle(to: task) {
      let hasResult = try isResult(obstacle, of: task)
      outcome.refuse(hasResult ? .alreadyApplied : .conflict, .exists(hasSameContent: hasResult))
      return nil
    }
    guard let old = task.old, before == nil else { return (before, ()) }
    if try isDone(task) {
      outcome.refuse(.alreadyApplied, .deletedAlready)
      outcome.isSettled = options.accept.map { $0 <= .likely } ?? false
      return nil
    }
    guard let strategies, task.file.change == .modify else {
      let alternative = PathStage(patch: patch, options: options)
        .alternative(to: task, in: states.tree)
      outcome.refuse(.missingPath, .noSuchFile(alternative: alternative))
      return nil
    }
    guard let found = try substitute(for: task.file, at: old, strategies, &outcome) else {
      return nil
    }
    (task.old, task.new, task.named) = (found.path, found.path, old)
    (outcome.oldPath, outcome.path) = (old.description, found.path.description)
    return (found.file, ())
  }

  /// Whether the tree looks as it does after a deletion: the file's folder is there without it.
  ///
  /// Where another `-p` names a file, the name is misread, and without the folder the tree is a different one.
  private func isDone(_ task: FileTask) throws -> Bool {
    guard task.file.change == .delete, let old = task.old, task.named == nil,
      PathStage(patch: patch, options: options).alternative(to: task, in: states.tree) == nil
    else { return false }
    guard let folder = old.folders.last else { return true }
    guard let path = try? TreePath(folder) else { return false }
    return try !states.tree.allFiles(below: path).isEmpty
  }

  /// Whether a file is what a file patch would make: a new file, a copy, or a file that moved there.
  private func isResult(_ file: TreeFile, of task: FileTask) throws -> Bool {
    guard task.file.binary == nil else { return false }
    let source = try states.preImage(of: task)
    switch task.file.change {
    case .create: return try isMade(file, of: task.file, task.paths, from: nil)
    case .copy:
      return try source.map { try isMade(file, of: task.file, task.paths, from: $0) } ?? false
    case .rename:
      // The source is gone: the hunks, reverse-applied, have to fit.
      guard source == nil else { return false }
      if task.file.hunks.isEmpty { return true }
      let paths = FilePatch.Paths(old: task.paths.new, new: task.paths.old)
      return try isMade(nil, of: task.file.reversed, paths, from: file)
    case .modify, .delete: return false
    }
  }

  /// Whether a file patch makes a file, or where nil is given any file, of another.
  private func isMade(
    _ file: TreeFile?, of patch: FilePatch, _ paths: FilePatch.Paths, from source: TreeFile?
  ) throws -> Bool {
    let lines = LineTable(source?.content ?? [])
    let modes = ModeStage(patch, source)
    guard modes.problem == nil else { return false }
    let (adaptation, _) = FileAdapter(trustsLineNumbers: false).adapt(modes.file, to: lines)
    guard let ready = adaptation,
      case .file(let made)? = try? strict.result(of: ready, paths, source, lines)
    else { return false }
    return file.map { $0.content == made.content } ?? true
  }

  /// Why the data of a file patch can be used for no file; nil where it can.
  private func unusable(_ task: FileTask) -> Reason? {
    if task.file.isBinaryWithoutData { return .binaryWithoutData }
    return damagedData.contains(task.index) ? .binaryDamaged : nil
  }

  /// Whether the task deletes what a copy made: its hunks, reverse-applied, have to give the
  /// source.
  private func undoesCopy(_ task: FileTask) -> Bool {
    options.isReversed && task.file.change == .copy
  }

  /// Leaves out the blanks at the ends of the lines that a file patch adds to a C file.
  ///
  /// - Returns: what to say about it; nil where there are none.
  private func stripTrailingBlanks(of task: inout FileTask) -> Reason? {
    guard options.stripsTrailingBlanks, !options.isReversed, let path = task.new,
      ResultStage.reads(path), task.file.lineEnds == .lf
    else { return nil }
    let (file, count) = task.file.withoutTrailingBlanks()
    if count == 0 { return nil }
    task.file = file
    return .trailingBlanks(count: count)
  }

  // MARK: The result

  /// Reads a result as C; nil where there is nothing to read.
  ///
  /// Names that the tree does not have are replaced by its own where the file that the patch was made for
  /// shows them. What is doubtful then refuses the hunk that brings it, or is named in its outcome where
  /// `--accept` takes what is plausible.
  ///
  /// - Returns: the file after; nil in it where a hunk is refused.
  private mutating func read(
    _ ready: inout FilePatch, _ task: FileTask, _ before: TreeFile?, _ after: TreeFile,
    _ origin: LineTable?, _ outcome: inout FileOutcome
  ) throws -> (file: TreeFile?, Void)? {
    guard let accept = options.accept, !options.isReversed, let path = task.new,
      ResultStage.reads(path), task.file.binary == nil, !ready.hunks.isEmpty,
      after.mode != .symlink
    else { return nil }
    var stage = ResultStage(
      ready: ready, path: path, before: before?.content ?? [],
      patch: patchNames(), index: names.index(of: states.tree),
      changed: names.changed(in: states.tree),
      // The shape of a text that is in the file unchanged is the patch's own.
      readsShape: outcome.hunks.contains {
        $0.strategy.map { $0 != .placement && $0 != .remembered } ?? false
      },
      base: baseFile(of: task, origin))
    var after = after
    var doubts = try stage.doubts(in: after.content)
    let unknown = Set(doubts.filter { $0.doubt.check == .unknownName }.compactMap(\.doubt.name))
    if !unknown.isEmpty, let origin, let (file, names) = stage.renamed(unknown, from: origin),
      case .file(let made) = try strict.result(
        of: file, task.paths, before, LineTable(before?.content ?? []))
    {
      let renamed = doubts.filter { $0.doubt.name.map { names.replacements[$0] != nil } ?? false }
      for (doubt, line) in renamed {
        guard let hunk = outcome.hunk(near: line), let name = doubt.name else { continue }
        outcome.hunks[hunk].rename(name, to: names.replacements[name] ?? name)
      }
      (ready, after, stage.ready) = (file, made, file)
      doubts = try stage.doubts(in: after.content)
      if outcome.verdict.applies {
        outcome.verdict = Verdict.whole(of: [outcome.verdict] + outcome.hunks.map(\.verdict))
      }
    }
    var isRefused = false
    // Before the first is refused: a refused hunk has no position any more.
    let hunks = doubts.map { outcome.hunk(near: $0.line) }
    for ((doubt, _), hunk) in zip(doubts, hunks) {
      guard let hunk else { continue }
      if doubt.check.isWarning {
        outcome.hunks[hunk].warn(doubt)
        continue
      }
      // What the user decided is not questioned again, and the shape of a text that is in the file
      // unchanged is the patch's own.
      let strategy = outcome.hunks[hunk].strategy ?? .placement
      if strategy == .remembered || strategy == .placement && !doubt.check.isAboutTheTree {
        continue
      }
      outcome.hunks[hunk].doubt(doubt, accept: accept)
      isRefused = isRefused || accept > .plausible
    }
    guard isRefused else { return (after, ()) }
    let doubted = DoubtedHunks(task.file, ready, on: LineTable(before?.content ?? []), memory)
    if let edits = doubted.settle(&outcome.hunks) {
      (ready.hunks, outcome.isSettled) = (edits, true)
      outcome.verdict = Verdict.whole(of: outcome.hunks.map(\.verdict))
      if edits.isEmpty { return (nil, ()) }
      switch try strict.result(
        of: ready, task.paths, before, LineTable(before?.content ?? []))
      {
      case .file(let made): return (made, ())
      case .refused(let reason):
        outcome.refuse(.conflict, reason)
        return (nil, ())
      }
    }
    outcome.verdict = Verdict.whole(of: outcome.hunks.map(\.verdict))
    outcome.isSettled = false
    return (nil, ())
  }

  /// The file that a file patch was made for, with the names of its tree where that is at hand.
  private func baseFile(of task: FileTask, _ origin: LineTable?) -> BaseFile? {
    guard let origin, let path = task.named ?? task.old else { return nil }
    return BaseFile(origin.bytes, at: path, in: base.map { names.index(ofBase: $0) })
  }

  /// Reads what the file would be with everything that is proposed, and notes what the tree does not have.
  private mutating func readProposals(
    _ task: FileTask, _ before: TreeFile?, _ origin: LineTable?, _ outcome: inout FileOutcome
  ) throws {
    guard let before, let path = task.new, ResultStage.reads(path), before.mode != .symlink else {
      return
    }
    let lines = LineTable(before.content)
    let edits = outcome.hunks.flatMap { $0.edits ?? $0.proposal?.edits ?? [] }
      .sorted { $0.range.lowerBound < $1.range.lowerBound }
    guard zip(edits, edits.dropFirst()).allSatisfy({ $0.range.upperBound <= $1.range.lowerBound })
    else { return }
    var ready = task.file
    ready.hunks = AdaptedHunks.hunks(of: edits, in: TargetText(lines, preImage: nil))
    guard case .file(let made) = try strict.result(of: ready, task.paths, before, lines) else {
      return
    }
    let stage = ResultStage(
      ready: ready, path: path, before: before.content, patch: patchNames(),
      index: names.index(of: states.tree), changed: names.changed(in: states.tree),
      readsShape: false, base: baseFile(of: task, origin))
    for (doubt, line) in try stage.doubts(in: made.content) {
      let proposed = outcome.hunks.indices.filter {
        outcome.hunks[$0].question != nil && outcome.hunks[$0].proposal != nil
      }
      func distance(_ hunk: Int) -> Int { abs((outcome.hunks[hunk].line ?? 0) - line) }
      guard let hunk = proposed.min(by: { distance($0) < distance($1) }) else { continue }
      if doubt.check.isWarning {
        outcome.hunks[hunk].warn(doubt)
      } else {
        outcome.hunks[hunk].doubts = (outcome.hunks[hunk].doubts ?? []) + [doubt.sentence]
      }
    }
  }

  private mutating func patchNames() -> PatchNames {
    if let added { return added }
    let found = ResultStage.names(of: patch.files)
    added = found
    return found
  }

  // MARK: Strategies

  /// The file patch in two where hunks that have no position belong to a function that moved to
  /// another file of the folder; nil where that is not so.
  private func partsOfMovedFunctions(
    _ task: FileTask, _ outcome: FileOutcome
  ) throws -> [FileTask]? {
    guard let strategies, outcome.verdict == .conflict, task.named == nil, let old = task.old,
      task.file.change == .modify, outcome.hunks.count == task.file.hunks.count
    else { return nil }
    let lost = outcome.hunks.indices.filter {
      let hunk = outcome.hunks[$0]
      return hunk.verdict == .conflict && hunk.proposal?.function != .same
    }
    let isOnlyTrouble = outcome.hunks.indices.allSatisfy {
      lost.contains($0) || outcome.hunks[$0].verdict != .conflict
    }
    guard !lost.isEmpty, isOnlyTrouble else { return nil }
    var elsewhere = task
    elsewhere.file.hunks = lost.map { task.file.hunks[$0] }
    elsewhere.numbers = lost.map { $0 + 1 }
    guard case .moved(let path, _, _) = try relocator(strategies).moved(elsewhere.file, from: old)
    else { return nil }
    (elsewhere.old, elsewhere.new, elsewhere.named) = (path, path, old)
    if lost.count == task.file.hunks.count { return [elsewhere] }
    var rest = task
    let kept = task.file.hunks.indices.filter { !lost.contains($0) }
    rest.file.hunks = kept.map { task.file.hunks[$0] }
    rest.numbers = kept.map { $0 + 1 }
    rest.named = old
    return [rest, elsewhere]
  }

  private var strategies: StrategySequence? {
    options.accept.map { StrategySequence(accept: $0, memory: memory) }
  }

  /// Finds files with what the trees show, not with what the user decided about others.
  func relocator(_ strategies: StrategySequence) -> Relocator {
    Relocator(
      tree: states.overlay, base: base, strategies: StrategySequence(accept: strategies.accept))
  }

  /// The file that the patch was made for; nil where it is not at hand or not asked for.
  private func origin(of task: FileTask) throws -> LineTable? {
    guard options.accept != nil, let old = task.named ?? task.old, !task.file.hunks.isEmpty else {
      return nil
    }
    if let base, let file = try? base.file(at: old) { return LineTable(file.content) }
    guard options.looksForPreImage else { return nil }
    if let id = task.file.oldID, let content = try states.tree.blob(named: id) {
      return LineTable(content)
    }
    // Patches before this one may have changed the file: most of it is still as the base has it.
    guard let commit = patch.document.baseCommit else { return nil }
    return try states.tree.blob(at: old, inCommit: commit).map { LineTable($0) }
  }
}

extension FileOutcome {
  /// The hunk with a position that brings a line of the file before: the last one that begins no later.
  fileprivate func hunk(near line: Int) -> Int? {
    let positioned = hunks.indices.filter { hunks[$0].line != nil && hunks[$0].verdict.applies }
    let before = positioned.filter { (hunks[$0].line ?? 0) <= line }
    return before.max { (hunks[$0].line ?? 0) < (hunks[$1].line ?? 0) }
      ?? positioned.min { (hunks[$0].line ?? 0) < (hunks[$1].line ?? 0) } ?? hunks.indices.first
  }

  /// Notes that the file patch does not apply, and why.
  fileprivate mutating func refuse(_ verdict: Verdict, _ reason: Reason) {
    refuse(verdict, reason.sentence)
  }

  fileprivate mutating func refuse(_ verdict: Verdict, _ sentence: String) {
    self.verdict = verdict
    reason = sentence
    isSettled = false
  }
}

/// A defect of patchkit's own: something that cannot happen did.
public struct Defect: Error, Sendable, Hashable, CustomStringConvertible {
  /// What happened, as one sentence for a report of the defect.
  public var description: String

  package init(_ description: String) { self.description = description }
}
