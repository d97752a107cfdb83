// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// The stage before placement: the file that a file patch is for, and whether the tree has its result already.
struct PreImageStage {
  let patch: Patch
  let options: ApplyOptions
  let strict: StrictStage
  /// What the user decided about conflicts before.
  let memory: ResolutionMemory?
  /// Finds files that moved; nil without the tolerant strategies.
  let relocator: Relocator?

  /// The file that a file patch is for, where there is one and nothing is in the way of the result;
  /// nil where the file patch is refused, left out or not needed.
  ///
  /// A plain diff that inserts into nothing may create its file, and the tolerant strategies may
  /// find another file: the task changes accordingly.
  func file(
    for task: inout FileTask, in states: inout FileStates, _ outcome: inout FileOutcome
  ) throws -> (file: TreeFile?, Void)? {
    let before = try states.preImage(of: task)
    if before == nil, task.file.mayCreate, task.file.change == .modify {
      task.file.change = .create
      task.old = nil
      outcome.oldPath = nil
      outcome.change = FilePatch.Change.create.rawValue
    }
    if !states.undoesCopy(task), let obstacle = try states.obstacle(to: task) {
      let hasResult = try isResult(obstacle, of: task, in: states)
      outcome.refuse(hasResult ? .alreadyApplied : .conflict, .exists(hasSameContent: hasResult))
      return nil
    }
    guard let old = task.old, before == nil else { return (before, ()) }
    if try isDone(task, in: states.tree) {
      outcome.refuse(.alreadyApplied, .deletedAlready)
      outcome.isSettled = options.accept.map { $0 <= .likely } ?? false
      return nil
    }
    guard let relocator, task.file.change == .modify else {
      let alternative = PathStage(patch: patch, options: options)
        .alternative(to: task, in: states.tree)
      outcome.refuse(.missingPath, .noSuchFile(alternative: alternative))
      return nil
    }
    guard let found = try substitute(for: task.file, at: old, relocator, &outcome) else {
      return nil
    }
    (task.old, task.new, task.named) = (found.path, found.path, old)
    (outcome.oldPath, outcome.path) = (old.description, found.path.description)
    return (found.file, ())
  }

  /// Whether the tree looks as it does after a deletion: the file's folder is there without it.
  ///
  /// Where another `-p` names a file, the name is misread, and without the folder the tree is a different one.
  private func isDone(_ task: FileTask, in tree: any KernelTree) throws -> Bool {
    guard task.file.change == .delete, let old = task.old, task.named == nil,
      PathStage(patch: patch, options: options).alternative(to: task, in: tree) == nil
    else { return false }
    guard let folder = old.folders.last else { return true }
    guard let path = try? TreePath(folder) else { return false }
    return try !tree.allFiles(below: path).isEmpty
  }

  /// Whether a file is what a file patch would make: a new file, a copy, or a file that moved there.
  private func isResult(
    _ file: TreeFile, of task: FileTask, in states: FileStates
  ) throws -> Bool {
    guard task.file.binary == nil else { return false }
    let source = try states.preImage(of: task)
    switch task.file.change {
    case .create: return try isMade(file, of: task.file, task.paths, from: nil)
    case .copy:
      guard let source else { return false }
      if try isMade(file, of: task.file, task.paths, from: source) { return true }
      // The source may have had the text of the hunks already: reverse-applied, they fit it.
      guard file.content == source.content else { return false }
      var text = task.file
      text.change = .modify
      let path = task.paths.shown
      return try isMade(nil, of: text.reversed, .init(old: path, new: path), from: source)
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
}
