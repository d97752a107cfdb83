// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import KernelTree
internal import PatchFormat
internal import Symbols
internal import TextAlign

/// The stage after the strict apply: reads the file that a file patch makes as C, and refuses or notes what is
/// doubtful in it.
struct ResultStage {
  let patch: Patch
  let options: ApplyOptions
  let strict: StrictStage
  /// What the user decided about conflicts before.
  let memory: ResolutionMemory?
  /// The names that the trees' files can use.
  let names: TreeNames
  /// The tree before the patch.
  let tree: any KernelTree
  /// The tree that the patch was made for, where it is at hand.
  let base: (any KernelTree)?
  /// The names that the patch adds, once they are asked for.
  private(set) lazy var added = PatchNames(of: patch.files)

  init(
    patch: Patch, options: ApplyOptions, strict: StrictStage, memory: ResolutionMemory?,
    names: TreeNames, tree: any KernelTree, base: (any KernelTree)?
  ) {
    (self.patch, self.options, self.strict, self.memory) = (patch, options, strict, memory)
    (self.names, self.tree, self.base) = (names, tree, base)
  }

  /// Whether a path is that of a C file.
  static func reads(_ path: TreePath) -> Bool {
    let name = path.description
    return name.hasSuffix(".c") || name.hasSuffix(".h")
  }

  /// Whether the result of a file patch may be read as C, which is known before it is made: a result that is too large
  /// need not be kept.
  func reads(_ ready: FilePatch, _ task: FileTask, _ before: TreeFile?) -> Bool {
    guard options.accept != nil, !options.isReversed, let path = task.new, Self.reads(path),
      task.file.binary == nil, !ready.hunks.isEmpty
    else { return false }
    let size = before?.content.count ?? 0
    // Small files need no measuring.
    return size + patch.document.source.count <= Lexer.mostBytes
      || size + ready.growth <= Lexer.mostBytes
  }

  /// Reads the names that the patch adds, before there is a result: what is read of a long hunk takes many times its
  /// size while it is needed.
  mutating func readPatch() { _ = added }

  /// Reads a result as C, after `reads(_:_:_:)` said that it may be; nil where there is nothing to read.
  ///
  /// Names that the tree does not have are replaced by its own where the file that the patch was made for
  /// shows them. What is doubtful then refuses the hunk that brings it, or is named in its outcome where
  /// `--accept` takes what is plausible.
  ///
  /// - Returns: the file after; nil in it where a hunk is refused.
  mutating func read(
    _ ready: inout FilePatch, _ task: FileTask, _ before: TreeFile?, _ after: TreeFile,
    _ origin: LineTable?, _ outcome: inout FileOutcome
  ) throws -> (file: TreeFile?, Void)? {
    guard let accept = options.accept, let path = task.new, after.mode != .symlink,
      after.content.count <= Lexer.mostBytes
    else { return nil }
    var reading = ResultReading(
      ready: ready, path: path, before: before?.content ?? [],
      patch: added, index: names.index(of: tree),
      changed: names.changed(in: tree),
      // The shape of a text that is in the file unchanged is the patch's own.
      readsShape: outcome.hunks.contains {
        $0.strategy.map { $0 != .placement && $0 != .remembered } ?? false
      },
      base: baseFile(of: task, origin))
    var after = after
    var doubts = try reading.doubts(in: after.content)
    let unknown = Set(doubts.filter { $0.doubt.check == .unknownName }.compactMap(\.doubt.name))
    if !unknown.isEmpty, let origin, let (file, names) = reading.renamed(unknown, from: origin),
      case .file(let made) = try strict.result(
        of: file, task.paths, before, LineTable(before?.content ?? []))
    {
      let renamed = doubts.filter { $0.doubt.name.map { names.replacements[$0] != nil } ?? false }
      for (doubt, line) in renamed {
        guard let hunk = outcome.hunk(near: line), let name = doubt.name else { continue }
        outcome.hunks[hunk].rename(name, to: names.replacements[name] ?? name)
      }
      (ready, after, reading.ready) = (file, made, file)
      doubts = try reading.doubts(in: after.content)
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
      if edits.isEmpty {
        guard ModeStage.changesPathOrMode(ready) else { return (nil, ()) }
        ready.similarity = nil
      }
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
  mutating func readProposals(
    _ task: FileTask, _ before: TreeFile?, _ origin: LineTable?, _ outcome: inout FileOutcome
  ) throws {
    guard let before, let path = task.new, Self.reads(path), before.mode != .symlink else {
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
    let reading = ResultReading(
      ready: ready, path: path, before: before.content, patch: added,
      index: names.index(of: tree), changed: names.changed(in: tree),
      readsShape: false, base: baseFile(of: task, origin))
    for (doubt, line) in try reading.doubts(in: made.content) {
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
}

extension FileOutcome {
  /// The hunk with a position that brings a line of the file before: the last one that begins no later.
  fileprivate func hunk(near line: Int) -> Int? {
    let positioned = hunks.indices.filter { hunks[$0].line != nil && hunks[$0].verdict.applies }
    let before = positioned.filter { (hunks[$0].line ?? 0) <= line }
    return before.max { (hunks[$0].line ?? 0) < (hunks[$1].line ?? 0) }
      ?? positioned.min { (hunks[$0].line ?? 0) < (hunks[$1].line ?? 0) } ?? hunks.indices.first
  }
}
