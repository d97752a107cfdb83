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
  borrowing func parent(of path: TreePath) throws(PatchkitError) -> Folder? {
    var folder = try root.again()
    for component in path.components.dropLast() {
      guard let next = try folder.folderIfAny(component) else { return nil }
      folder = next
    }
    return folder
  }

  /// The folder that holds a path, made where it does not exist.
  private borrowing func makeParent(of path: TreePath) throws(PatchkitError) -> Folder {
    var folder = try root.again()
    for component in path.components.dropLast() {
      folder = try folder.makeFolder(component, path: path)
    }
    return folder
  }

  /// What a path is; nil where it does not exist.
  borrowing func status(of path: TreePath) throws(PatchkitError) -> Folder.Status? {
    guard let name = path.components.last, let folder = try parent(of: path) else { return nil }
    return try folder.status(of: name)
  }

  private borrowing func standing(_ step: Step) throws(PatchkitError) -> Standing {
    guard let folder = try parent(of: step.path) else { return try standing(step, as: nil) }
    return try standing(step, in: folder)
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
    if let found = try status(of: step.path), let old = try home.status(of: step.old),
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
    for step in steps {
      let standing = try standing(step)
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
  /// - Parameter carriedOut: the numbers of the steps that are in place.
  borrowing func carryOut(
    _ plan: JournalPlan, _ carriedOut: inout Set<Int>
  ) throws(PatchkitError) {
    PathNames.noteChange()
    defer { PathNames.noteChange() }
    // Removing first makes room where a folder replaces a file, or a file a folder.
    for step in plan.steps where step.after == nil {
      switch try standing(step) {
      case .either: break
      case .neither, .edited: throw Self.changed(step.path)
      case .before:
        if let name = step.path.components.last, let folder = try parent(of: step.path) {
          try keep(name, in: folder, as: step.old)
          try folder.remove(name)
          carriedOut.insert(step.number)
          try removeEmptyFolders(above: step.path)
        }
      case .after:
        // An earlier run removed the file, and may have been killed before it removed the folder.
        try removeEmptyFolders(above: step.path)
      }
      carriedOut.insert(step.number)
    }
    for step in plan.steps where step.after != nil {
      if let folder = try parent(of: step.path) {
        if try Self.isOpen(step, try standing(step, in: folder)) { try replace(step, in: folder) }
      } else if try Self.isOpen(step, try standing(step, as: nil)),
        try home.status(of: step.new) != nil
      {
        try replace(step, in: try makeParent(of: step.path))
      }
      carriedOut.insert(step.number)
    }
    try flushFolders(of: plan)
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
    var flushed: Set<[UInt8]> = []
    for step in plan.steps {
      var folder = try root.again()
      var prefix: [UInt8] = []
      for component in step.path.components.dropLast() {
        guard let next = try folder.folderIfAny(component) else { break }
        if flushed.insert(prefix).inserted { try folder.flush() }
        prefix += [0x2F] + component
        folder = next
      }
      if flushed.insert(prefix).inserted { try folder.flush() }
    }
  }

  /// Undoes changes of a plan, those that are in place.
  borrowing func undo(_ plan: JournalPlan, _ steps: [Step]) throws(PatchkitError) {
    PathNames.noteChange()
    defer { PathNames.noteChange() }
    try requireKnown(steps, isUndo: true)
    for step in steps where step.before != nil {
      guard try standing(step) == .after, try home.status(of: step.old) == nil else { continue }
      throw incomplete(step, "the old version", "recover")
    }
    for step in steps where step.before == nil && step.after != nil {
      guard let name = step.path.components.last, try standing(step) == .after,
        let folder = try parent(of: step.path)
      else { continue }
      try keep(name, in: folder, as: step.new)
      try folder.remove(name)
    }
    // Only folders that the run made, the innermost first: one that was empty before stays.
    for path in plan.folders.reversed() {
      guard let name = path.components.last, let folder = try parent(of: path) else { continue }
      _ = try? folder.removeIfEmpty(name)
    }
    for step in steps where step.before != nil {
      guard let name = step.path.components.last, try standing(step) == .after,
        let old = try home.status(of: step.old)
      else { continue }
      let folder = try makeParent(of: step.path)
      if let after = step.after {
        // Only what the user changed since: the old version has its own.
        if let now = try folder.status(of: name), now.isRegular,
          case (.exactly(let expected), _) = Self.permissions(after.mode, before: old),
          now.permissions & 0o777 != expected
        {
          try keepPermissions(of: now, for: step.old, old, step.before)
        }
        try keep(name, in: folder, as: step.new)
      }
      try home.rename(step.old, to: folder, as: name)
    }
    try flushFolders(of: plan)
  }

  /// Removes the folders that a removed file leaves empty, as git does.
  private borrowing func removeEmptyFolders(above path: TreePath) throws(PatchkitError) {
    var components = path.components.dropLast()
    while let name = components.popLast() {
      var folder = try root.again()
      for component in components {
        guard let next = try folder.folderIfAny(component) else { return }
        folder = next
      }
      // A file may have taken the folder's name already.
      if let status = try folder.status(of: name), !status.isFolder { return }
      if try !folder.removeIfEmpty(name) { return }
    }
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
      var carriedOut: Set<Int> = []
      try journal.carryOut(plan, &carriedOut)
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
    for step in plan.steps {
      guard let after = step.after else { continue }
      guard let status = try home.status(of: step.new) else {
        if try standing(step) == .before {
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
