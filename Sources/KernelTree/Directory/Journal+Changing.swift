// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host

extension Journal {
  /// Which of its two versions a path has.
  private enum Standing {
    case before, after
    /// Both are the same as far as the tree shows.
    case either
    /// The file that was there before the run, edited since: it was not replaced yet.
    case edited
    /// Another file: it changed since.
    case neither
  }

  /// The folder that holds a path; nil where it does not exist.
  private borrowing func parent(
    of path: TreePath, on trail: FolderTrail
  ) throws(PatchkitError) -> FolderTrail.Stage? {
    try trail.folder(path.components.dropLast())
  }

  /// What a path is; nil where it does not exist.
  borrowing func status(
    of path: TreePath, on trail: FolderTrail
  ) throws(PatchkitError) -> Folder.Status? {
    guard let name = path.components.last, let parent = try parent(of: path, on: trail) else {
      return nil
    }
    return try parent.folder.status(of: name)
  }

  private borrowing func standing(
    _ step: Step, on trail: FolderTrail
  ) throws(PatchkitError) -> Standing {
    guard let parent = try parent(of: step.path, on: trail) else {
      return try standing(step, as: nil)
    }
    return try standing(step, in: parent.folder)
  }

  /// Which of its two versions a path has in its folder.
  private borrowing func standing(
    _ step: Step, in folder: borrowing Folder
  ) throws(PatchkitError) -> Standing {
    guard let name = step.path.components.last, let status = try folder.status(of: name),
      !status.isFolder
    else { return try standing(step, as: nil) }
    guard status.isRegular || status.isLink else { return .neither }
    return try standing(
      step, as: try JournalPlan.Version(name, status, in: folder, path: step.path))
  }

  private borrowing func standing(
    _ step: Step, as found: JournalPlan.Version?
  ) throws(PatchkitError) -> Standing {
    if step.before == step.after { return found == step.before ? .either : .neither }
    if found == step.after { return .after }
    if found == step.before { return .before }
    // The journal's second name of the old file shows an edit in place as well.
    if let found = try status(of: step.path, on: FolderTrail(from: root)),
      let old = try home.status(of: step.old),
      found.inode == old.inode, found.device == old.device
    {
      return .edited
    }
    return .neither
  }

  /// Throws if a path has neither of its versions: an edit of the user would be lost.
  ///
  /// - Parameter isUndo: whether a file that was not replaced yet may have been edited: nothing is undone in it.
  private borrowing func requireKnown(_ steps: [Step], isUndo: Bool) throws(PatchkitError) {
    let trail = try FolderTrail(from: root)
    for step in steps {
      let standing = try standing(step, on: trail)
      if standing == .neither || standing == .edited && !isUndo {
        throw try edited(step, standing)
      }
    }
  }

  private borrowing func edited(_ step: Step, _ standing: Standing) throws(PatchkitError)
    -> PatchkitError
  {
    let file = Shell.quoted(rootPath + "/" + step.path.description)
    let again = "run 'patchkit recover --rollback --onto \(Shell.quoted(rootPath))'"
    let old = shownPath + "/" + String(decoding: step.old, as: UTF8.self)
    var hint = "save the edit elsewhere and remove the file, then \(again)"
    if standing == .edited {
      hint = "\(again): it leaves this file with the edit, and restores the others"
    } else if try home.status(of: step.old) != nil {
      hint =
        "save the edit elsewhere, then 'cp --remove-destination \(Shell.quoted(old)) \(file)' restores the old "
        + "version; then \(again)"
    }
    return PatchkitError(
      .changedMeanwhile, path: step.path.description, "was edited after the run was stopped",
      consequence: "the edit would be lost, so nothing was changed", hint: hint)
  }

  /// Makes every change of a plan; one that is already made stays.
  ///
  /// - Parameter done: called, on any thread, with the number of each step that is in place.
  borrowing func carryOut(
    _ plan: JournalPlan, done: @Sendable (Int) -> Void
  ) throws(PatchkitError) {
    PathNames.noteChange()
    defer { PathNames.noteChange() }
    // Removing first makes room where a folder replaces a file, or a file a folder.
    try forEach(plan.steps.filter { $0.after == nil }) { step, trail throws(PatchkitError) in
      try remove(step, on: trail, done)
    }
    try forEach(plan.steps.filter { $0.after != nil }) { step, trail throws(PatchkitError) in
      try putInPlace(step, on: trail)
      done(step.number)
    }
    try flushFolders(of: plan)
  }

  private borrowing func forEach(
    _ steps: [Step], _ body: @Sendable (Step, FolderTrail) throws(PatchkitError) -> Void
  ) throws(PatchkitError) {
    _ = try Self.map(
      steps.count, worker: { () throws(PatchkitError) in try FolderTrail(from: root) }
    ) { trail, index throws(PatchkitError) in
      try body(steps[index], trail)
    }
  }

  /// Removes a file of a plan, and the folders that it leaves empty, as git does.
  private borrowing func remove(
    _ step: Step, on trail: FolderTrail, _ done: (Int) -> Void
  ) throws(PatchkitError) {
    switch try standing(step, on: trail) {
    // An earlier run may have removed the file, and been killed before it removed the folder.
    case .either, .after: break
    case .neither, .edited: throw Self.changed(step.path)
    case .before:
      guard let name = step.path.components.last,
        let parent = try parent(of: step.path, on: trail)
      else { break }
      try keep(name, in: parent.folder, as: step.old)
      try parent.folder.remove(name)
    }
    done(step.number)
    try trail.removeEmptyFolders(step.path.components.dropLast())
  }

  /// Puts the new version of a file of a plan in place.
  private borrowing func putInPlace(
    _ step: Step, on trail: FolderTrail
  ) throws(PatchkitError) {
    if let parent = try parent(of: step.path, on: trail) {
      if try Self.isOpen(step, try standing(step, in: parent.folder)) {
        try replace(step, in: parent.folder)
      }
    } else if try Self.isOpen(step, try standing(step, as: nil)),
      try home.status(of: step.new) != nil
    {
      let parent = try trail.makeFolder(step.path.components.dropLast(), path: step.path)
      try replace(step, in: parent.folder)
    }
  }

  /// Whether a step is still to be made.
  private static func isOpen(_ step: Step, _ standing: Standing) throws(PatchkitError) -> Bool {
    switch standing {
    case .after: false
    case .neither, .edited: throw Self.changed(step.path)
    case .before, .either: true
    }
  }

  /// Puts the new version of a file in place, where the journal has it.
  private borrowing func replace(
    _ step: Step, in folder: borrowing Folder
  ) throws(PatchkitError) {
    guard let name = step.path.components.last, let new = try home.status(of: step.new) else {
      return
    }
    if step.before != nil {
      try keepPermissions(of: try folder.status(of: name), for: step.new, new, step.after)
      try keep(name, in: folder, as: step.old)
    }
    try home.rename(step.new, to: folder, as: name)
  }

  /// Gives a version in the journal the permissions that a path has now: they may have changed since the plan.
  private borrowing func keepPermissions(
    of now: Folder.Status?, for kept: [UInt8], _ status: Folder.Status,
    _ version: JournalPlan.Version?
  ) throws(PatchkitError) {
    guard let now, now.isRegular, status.isRegular, let version,
      case (.exactly(let wanted), _) = Self.permissions(version.mode, before: now),
      wanted != status.permissions & 0o777
    else { return }
    try home.setPermissions(of: kept, to: wanted)
  }

  /// Gives the version that a path has a second name in the journal, if that has it no longer: a recovery in the
  /// other direction was stopped half way, and the next one may be in either.
  private borrowing func keep(
    _ name: [UInt8], in folder: borrowing Folder, as kept: [UInt8]
  ) throws(PatchkitError) {
    if try home.status(of: kept) != nil || folder.hardLink(name, to: home, as: kept) { return }
    // A file system without hard links, or a file that has too many.
    guard let status = try folder.status(of: name) else { return }
    let content = try folder.read(name, status, path: String(decoding: name, as: UTF8.self))
    if status.isLink {
      try home.link(kept, to: content)
    } else if status.isRegular {
      try home.create(
        kept, content: content, permissions: .exactly(status.permissions),
        owner: (status.user, status.group))
    }
  }

  private borrowing func incomplete(
    _ step: Step, _ version: String, _ other: String
  ) -> PatchkitError {
    PatchkitError(
      .system, path: step.path.description, "\(version) is no longer in the journal",
      consequence: "nothing was changed",
      hint: "run 'patchkit \(other) --onto \(Shell.quoted(rootPath))'")
  }

  /// Brings removed and new names, and the new folders above them, to disk.
  private borrowing func flushFolders(of plan: JournalPlan) throws(PatchkitError) {
    if plan.steps.count >= Self.many { return try root.flushFileSystem() }
    var flushed: Set<[[UInt8]]> = []
    var isIncomplete = false
    let trail = try FolderTrail(from: root)
    try root.flush()
    for step in plan.steps {
      let names = step.path.components.dropLast()
      _ = try trail.innermost(names) { folder, index throws(PatchkitError) in
        guard flushed.insert(Array(names.prefix(index + 1))).inserted else { return }
        if folder.canBeFlushed { try folder.flush() } else { isIncomplete = true }
      }
    }
    if isIncomplete { try root.flushFileSystem() }
  }

  /// Undoes changes of a plan, those that are in place.
  borrowing func undo(_ plan: JournalPlan, _ steps: [Step]) throws(PatchkitError) {
    PathNames.noteChange()
    defer { PathNames.noteChange() }
    try requireKnown(steps, isUndo: true)
    let trail = try FolderTrail(from: root)
    for step in steps where step.before != nil {
      guard try standing(step, on: trail) == .after, try home.status(of: step.old) == nil else {
        continue
      }
      throw incomplete(step, "the old version", "recover")
    }
    for step in steps where step.before == nil && step.after != nil {
      guard let name = step.path.components.last, try standing(step, on: trail) == .after,
        let parent = try parent(of: step.path, on: trail)
      else { continue }
      try keep(name, in: parent.folder, as: step.new)
      try parent.folder.remove(name)
    }
    // Only folders that the run made, the innermost first: one that was empty before stays.
    for path in plan.folders.reversed() {
      guard let name = path.components.last, let parent = try parent(of: path, on: trail) else {
        continue
      }
      _ = try? parent.folder.removeIfEmpty(name)
    }
    // The trail so far may hold a folder that was removed.
    let remade = try FolderTrail(from: root)
    for step in steps where step.before != nil {
      guard let name = step.path.components.last, try standing(step, on: remade) == .after,
        let old = try home.status(of: step.old)
      else { continue }
      let parent = try remade.makeFolder(step.path.components.dropLast(), path: step.path)
      if let after = step.after {
        // Only what the user changed since: the old version has its own.
        if let now = try parent.folder.status(of: name), now.isRegular,
          case (.exactly(let expected), _) = Self.permissions(after.mode, before: old),
          now.permissions & 0o777 != expected
        {
          try keepPermissions(of: now, for: step.old, old, step.before)
        }
        try keep(name, in: parent.folder, as: step.new)
      }
      try home.rename(step.old, to: parent.folder, as: name)
    }
    try flushFolders(of: plan)
  }

  // MARK: Recovery

  /// What to do with a run that was stopped.
  package enum Recovery {
    case finish
    case rollBack
  }

  /// Brings a tree to its new state or back to its old one after a run was stopped.
  ///
  /// A file that has neither its old nor its new version stops it before anything is changed.
  ///
  /// - Returns: what the journal held.
  /// - Throws: `PatchkitError` of kind `busy` where a run is at work, `refused` where the journal was
  ///   not written here.
  static func recover(
    _ rootPath: String, _ recovery: Recovery, gitFolder: String?,
    moveReferences: MoveReferences
  ) throws(PatchkitError) -> State {
    guard let journal = try Journal(recovering: rootPath, gitFolder: gitFolder) else {
      return .none
    }
    guard let plan = try journal.plan() else {
      try journal.discard()
      return .prepared
    }
    try journal.requireKnown(plan.steps, isUndo: recovery == .rollBack)
    switch recovery {
    case .finish:
      try journal.requireWhole(plan)
      try journal.carryOut(plan) { _ in }
      if !plan.moves.isEmpty {
        do {
          try moveReferences(plan.moves, plan.paths, false)
        } catch  where (error.underlying as? GitError)?.operation.hasPrefix("move ") == true {
          var error = error
          error.hint =
            "'patchkit recover --rollback --onto \(Shell.quoted(rootPath))' restores the files, and leaves the branch"
          throw error
        }
      }
    case .rollBack:
      if !plan.moves.isEmpty {
        try moveReferences(plan.moves.map(\.reversed), plan.paths, true)
      }
      try journal.undo(plan, plan.steps)
    }
    try journal.discard()
    return .planned
  }

  /// Throws where a new version in the journal is not the one of the plan.
  private borrowing func requireWhole(_ plan: JournalPlan) throws(PatchkitError) {
    let trail = try FolderTrail(from: root)
    for step in plan.steps {
      guard let after = step.after else { continue }
      guard let status = try home.status(of: step.new) else {
        if try standing(step, on: trail) == .before {
          throw incomplete(step, "the new version", "recover --rollback")
        }
        continue
      }
      let content = try home.read(step.new, status, path: step.path)
      let found = JournalPlan.Version(TreeFile(mode: after.mode, content: content))
      guard found == after else {
        throw PatchkitError(
          .system, path: step.path.description, "the new version in the journal is damaged",
          hint: "run 'patchkit recover --rollback --onto \(Shell.quoted(rootPath))'")
      }
    }
  }
}
