// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
internal import PatchFormat

/// The states of the files that a patch touches, as its file patches find them and leave them.
///
/// The state of a file is a `TreeFile?`: nil where it is absent, else its content, which may be
/// empty, and its mode, which includes its type.
struct FileStates {
  /// What all file patches of a patch do to paths, known before the first of them is tried.
  struct Plan: Sendable {
    /// Whether the patch is reverse-applied.
    let isReversed: Bool
    /// Paths that some file patch moves away: a new file can use them.
    ///
    /// One that a later part deletes is not among them: what it deletes would be the new file.
    let vacated: Set<TreePath>
    /// Paths that some file patch moves away or deletes: a folder can replace such a
    /// file, and a file can replace a folder of which all files are removed.
    let leaving: Set<TreePath>
    /// The folders above those paths.
    let losing: Set<[UInt8]>

    init(_ tasks: [FileTask], isReversed: Bool) {
      self.isReversed = isReversed
      vacated = Set(tasks.lazy.filter { $0.file.change == .rename }.compactMap(\.old))
      leaving = Set(
        tasks.lazy.filter { task in
          switch task.file.change {
          case .rename, .delete: true
          case .copy: isReversed
          case .create, .modify: false
          }
        }.compactMap(\.old))
      losing = Set(leaving.lazy.flatMap(\.folders))
    }
  }

  /// The tree before the patch.
  let tree: any KernelTree
  let plan: Plan
  /// The tree as the file patches so far leave it.
  private(set) var overlay: Overlay
  /// Paths that a file patch of this patch wrote.
  private var written: Set<TreePath> = []
  /// Files whose path a new file took before the file patch that moves them away, as when two
  /// files exchange their names, or a file replaces a folder.
  private var displaced: [TreePath: TreeFile] = [:]
  /// Paths of new files that are in a folder where a file was, or a file where a folder was.
  private var cleared: Set<TreePath> = []
  /// Whether a file patch moves, copies or deletes a file that another one of this patch wrote, so
  /// that each depends on the one before it.
  private(set) var isChained = false

  init(_ tree: any KernelTree, _ plan: Plan) {
    self.tree = tree
    self.plan = plan
    overlay = Overlay(tree)
  }

  /// The file that a file patch is for.
  ///
  /// git's copies refer to the tree before the patch, whatever an earlier file patch did, and so do
  /// renames that exchange names; everything else is based on the state so far.
  func preImage(of task: FileTask) throws -> TreeFile? {
    guard let old = task.old else { return nil }
    if task.file.change == .copy, !plan.isReversed, let original = try tree.file(at: old) {
      return original
    }
    let takesAway = plan.leaving.contains(old) && task.file.change != .modify
    if takesAway, let file = displaced[old] { return file }
    return try overlay.file(at: old)
  }

  /// Whether a file patch deletes what a copy made: its hunks, reverse-applied, have to give the source.
  func undoesCopy(_ task: FileTask) -> Bool {
    plan.isReversed && task.file.change == .copy
  }

  /// The file that is in the way of the one that a file patch makes; nil where none is.
  mutating func obstacle(to task: FileTask) throws -> TreeFile? {
    guard let new = task.new, task.old != new else { return nil }
    if plan.losing.contains(new.bytes), try takesFolder(new) { return nil }
    let existing: TreeFile?
    do { existing = try overlay.file(at: new) } catch {
      // A file or a link where a folder is to be, which the patch takes away.
      guard error.kind == .wrongKind || error.kind == .symlinkInTheWay,
        new.parents.contains(where: isLeaving)
      else { throw error }
      cleared.insert(new)
      return nil
    }
    guard let existing else { return nil }
    if plan.vacated.contains(new), !written.contains(new) {
      displaced[new] = existing
      return nil
    }
    return existing
  }

  /// Whether there is a file at a path that some file patch to come takes away.
  private func isLeaving(_ path: TreePath) -> Bool {
    plan.leaving.contains(path) && !written.contains(path)
  }

  /// Whether a file replaces a folder of which the patch removes all files.
  private mutating func takesFolder(_ new: TreePath) throws -> Bool {
    let remaining = try overlay.allFiles(below: new)
    guard !remaining.isEmpty, remaining.allSatisfy(isLeaving) else { return false }
    for path in remaining { displaced[path] = try overlay.file(at: path) }
    cleared.insert(new)
    return true
  }

  /// Takes over what a file patch makes of its file.
  mutating func stage(_ task: FileTask, _ before: TreeFile?, _ after: TreeFile) throws {
    // What is at a path by now is the pre-image where that is the same path: no second look.
    func existing(_ path: TreePath) throws -> TreeFile? {
      let isPreImage =
        path == task.old && task.file.change != .rename && task.file.change != .copy
      return try isPreImage ? before : cleared.contains(path) ? nil : overlay.file(at: path)
    }
    var changes: [TreeChange] = []
    if let old = task.old, old != task.new {
      let isTaken = task.file.change == .rename || task.file.change == .delete
      let gone = isTaken ? displaced.removeValue(forKey: old) : nil
      let isBelowNewFile = old.parents.contains(where: cleared.contains)
      // Something new that took the path stays there.
      let isRemoved = isTaken && (gone == nil || isBelowNewFile)
      if written.contains(old), gone == nil, try isRemoved || tree.file(at: old) == nil {
        isChained = true
        if isRemoved { written.remove(old) }
      }
      if isRemoved {
        changes.append(TreeChange(path: old, before: try gone ?? existing(old), after: nil))
      }
    }
    if let new = task.new {
      if after.mode == .symlink, new.mayNotBeLink {
        throw PatchkitError(
          .badInput, path: new.description, "may not be a symbolic link",
          hint: "git refuses it, too: read what the patch wants")
      }
      changes.append(TreeChange(path: new, before: try existing(new), after: after))
      written.insert(new)
    }
    overlay.stage(changes)
  }

  /// Takes over changes of files that no other file patch sees.
  mutating func stage(_ changes: [TreeChange], isChained: Bool) {
    overlay.stage(changes)
    self.isChained = self.isChained || isChained
  }

  /// Forgets the changes so far, which the caller has taken over.
  mutating func forgetChanges() { overlay = Overlay(tree) }

  /// Forgets everything so far: the file patches to come share no path with those before.
  mutating func forget() {
    forgetChanges()
    (written, displaced, cleared, isChained) = ([], [:], [], false)
  }
}
