// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
internal import PatchFormat
internal import TextAlign

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
  /// The paths of the changes that were dropped or handed over.
  var deliveredPaths: [TreePath] = []
  /// Whether the content of the files after is needed: by later file patches, or by the receiver of the changes.
  ///
  /// A result that is read as C is needed in any case.
  var keepsResults = true
  /// The file patches, by their numbers, whose binary data is damaged.
  var damagedData: Set<Int> = []
  /// The names that the tree's files can use, kept from patch to patch.
  var names = TreeNames()
  /// Ends the trial at the first hunk that the tree does not have; nil tries everything.
  var absence: AbsenceTest?
  /// The files that the patch changes, while hunks alone are looked at, before any file patch is tried; else nil.
  var changing: Set<TreePath>?
  /// What was found out about the hunks of file patches then, by their numbers.
  var known: [Int: (adapted: FilePatch?, hunks: [HunkOutcome])] = [:]
  /// Reads results as C; made for the first file patch that applies.
  lazy var results = ResultStage(
    patch: patch, options: options, strict: strict, memory: memory, names: names,
    tree: states.tree, base: base)

  mutating func run(_ tasks: [FileTask], excluded: Int) throws -> PatchOutcome {
    damagedData = try damagedData(of: tasks)
    keepsResults = needsResults(of: tasks)
    if let absence {
      try run(tasks, until: absence)
    } else if try !triedInParallel(tasks) {
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
        isChained: states.isChained, changes: applies ? changes : [], partialChanges: changes,
        deliveredPaths: deliveredPaths))
  }

  /// Whether the results of file patches that share no path with others are needed.
  ///
  /// A later file patch may read an earlier result; a copy is compared with its source.
  func needsResults(of tasks: [FileTask]) -> Bool {
    !delivery.isDropped || tasks.count != 1 || tasks.contains { $0.file.change == .copy }
  }

  /// Tries file patches until the tree is found not to have a hunk.
  private mutating func run(_ tasks: [FileTask], until absence: AbsenceTest) throws {
    let (tasks, first) = try absence.selection(of: tasks, in: states)
    let paths = Set(tasks.flatMap { [$0.old, $0.new].compactMap(\.self) })
    for task in first {
      changing = paths.subtracting([task.old].compactMap(\.self))
      let outcome = try attempted(task)
      if absence.hasEnded { return outcomes.append(outcome) }
    }
    changing = nil
    for task in tasks {
      let known = outcomes.count
      try apply(task)
      for index in known..<outcomes.count
      where try absence.hasEnded || absence.ends(after: outcomes[index]) {
        return
      }
    }
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
    guard let strategies, absence?.hasEnded != true,
      let parts = try MovedFunctions.parts(of: task, outcome, by: relocator(strategies))
    else {
      let hasEnded = absence?.hasEnded ?? false
      outcomes.append(try (hasEnded ? nil : withoutUnneededHunks(task, outcome)) ?? outcome)
      return
    }
    // A later part may be found in the file of an earlier one.
    keepsResults = true
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
    guard result.isSettled, result.verdict.applies || result.verdict == .partlyApplied else {
      return nil
    }
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
    guard let before = try preImages.file(for: &task, in: &states, &outcome) else { return }
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
    var strategies = strategies
    let absences = try strategies.flatMap {
      try absence?.hunks(
        of: task, in: before.file, relocator($0), changing: changing ?? [])
    }
    if changing != nil, absences == nil { return }
    let adaptation: FilePatch?
    let hunks: [HunkOutcome]
    if let absences, let known = known[task.index] {
      (adaptation, hunks) = known
      for (index, hunk) in hunks.enumerated()
      where absences.ends(at: index, hunk, isAccepted: hunk.edits != nil) {
        break
      }
    } else {
      strategies?.endsAt = absences?.ends
      (adaptation, hunks) = FileAdapter(
        trustsLineNumbers: options.trustsLineNumbers, strategies: strategies
      ).adapt(modes.file, to: lines, preImage: origin)
    }
    outcome.hunks = hunks
    // A file patch without hunks has nothing to be placed: a mode, a name, binary data.
    outcome.verdict = hunks.isEmpty ? .exact : Verdict.whole(of: hunks.map(\.verdict))
    if outcome.verdict == .alreadyApplied, ModeStage.changesPathOrMode(modes.file) {
      // The file has what the hunks make, and not the path or the mode.
      outcome.verdict = Verdict.whole(of: [.alreadyApplied, .exact])
    }
    if outcome.verdict.applies, let named = task.named, named != task.old {
      outcome.verdict = Verdict.whole(of: [outcome.verdict, .relocated])
    }
    if outcome.verdict.applies, let reason = fit.reason ?? blanks {
      outcome.reason = reason.sentence
    }
    if adaptation != nil, absences?.ends(at: hunks) ?? false { return }
    if changing != nil {
      known[task.index] = (adaptation, hunks)
      return
    }
    guard var ready = adaptation else {
      if outcome.verdict == .conflict, outcome.reason == nil, let file = before.file {
        outcome.reason = LineEndFit.difference(task.file, file.content)?.sentence
      }
      if options.readsProposals { try results.readProposals(task, before.file, origin, &outcome) }
      if let markers, let file = before.file, let path = task.new {
        outcome.marked = MarkedFile(markers, patch.subject)
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
    if !hunks.isEmpty, ready.hunks.isEmpty {
      guard ModeStage.changesPathOrMode(ready) else { return }
      // The patch's figure is for its hunks.
      ready.similarity = nil
    }
    var after: TreeFile
    let isRead = results.reads(ready, task, before.file)
    if isRead { results.readPatch() }
    // A result whose content is not kept counts as a change: it is kept where there may be none.
    let mayBeSame =
      before.file.map { $0.content.isEmpty || ready.hunks.first?.changesNothing ?? true } ?? false
    switch try strict.result(
      of: ready, task.paths, before.file, lines,
      keepsContent: keepsResults || isRead || mayBeSame)
    {
    case .refused(let reason): return outcome.refuse(.conflict, reason)
    case .file(let made): after = made
    }
    if isRead, let read = try results.read(&ready, task, before.file, after, origin, &outcome) {
      guard let read = read.file else { return }
      after = read
    }
    if states.undoesCopy(task) {
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

  // MARK: What the stages need

  private var strategies: StrategySequence? {
    options.accept.map { StrategySequence(accept: $0, memory: memory) }
  }

  private var preImages: PreImageStage {
    PreImageStage(
      patch: patch, options: options, strict: strict, memory: memory,
      relocator: strategies.map(relocator))
  }

  /// Finds files with what the trees show, not with what the user decided about others.
  private func relocator(_ strategies: StrategySequence) -> Relocator {
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
