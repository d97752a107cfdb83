// SPDX-License-Identifier: GPL-2.0-only

package import Git
internal import Glibc
package import Host

/// Puts changes into a folder so that a kill at any moment leaves the old files or the new ones.
///
/// The new files are written into a folder of the same file system, with a second name for each old
/// one: in the git directory of a work tree, where no `git add` finds them, else in
/// `.patchkit-journal` at the tree's root. Then one rename adds a plan: before that moment nothing of the
/// tree has changed, after it `finish` can make every change and `rollBack` can undo
/// every change, each as often as it is called. Removing the plan is the last step that counts.
///
/// The plan names the content of each file before and after, and a file is replaced only while it has
/// one of the two.
package struct Journal: ~Copyable {
  package typealias Step = JournalPlan.Step
  /// Moves references after the files, and brings the index along for the paths; called again by a recovery, so
  /// it accepts those that were moved.
  ///
  /// `isUndo` is whether references that another program moved meanwhile stay where they are.
  package typealias MoveReferences = (
    _ moves: [ReferenceMove], _ paths: [TreePath], _ isUndo: Bool
  ) throws(PatchkitError) -> Void

  /// The folder at the tree's root, and the lock against a second run.
  package static let folder = ".patchkit-journal"
  private static let planName = Array("plan".utf8)
  private static let draftName = Array("plan.new".utf8)
  private static let lockName = Array("lock".utf8)
  private static let ignoreName = Array(".gitignore".utf8)

  /// A journal that several threads write into.
  package final class Shared: Sendable {
    package let value: Journal
    package init(_ value: consuming Journal) { self.value = value }
  }

  package let rootPath: String
  let root: Folder
  let home: Folder
  private let lock: FileLock
  private let record: StateRecord
  private let location: JournalLocation
  /// The journals of other folders in the git directory.
  private let others: Set<[UInt8]>
  /// The journal's path, for messages.
  var shownPath: String { location.path }

  /// What a tree's journal holds.
  package enum State {
    /// No journal: nothing was interrupted.
    case none
    /// A run was stopped before its plan was complete: the tree is as it was.
    case prepared
    /// A run was stopped half way through its plan.
    case planned
  }

  /// Starts a journal.
  ///
  /// - Parameter gitFolder: the git directory of the work tree, if the folder is in one.
  /// - Throws: `PatchkitError` of kind `busy` where there is one already.
  package init(in rootPath: String, gitFolder: String?) throws(PatchkitError) {
    let root = try Folder.open(rootPath)
    try Self.requireNone(in: rootPath, gitFolder: gitFolder)
    let location = try JournalLocation.forNew(root: root, rootPath, gitFolder: gitFolder)
    let parent = try location.open()
    guard
      let home = try parent.makeNewFolder(location.name, permissions: 0o700, path: location.parent)
    else { throw Self.busy(rootPath) }
    // What is written here gets its rights from the folder that it is for.
    home.removeDefaultAccessList()
    let record: StateRecord
    let lock: FileLock
    do {
      record = try StateRecord(of: .journal, for: root)
      lock = try Self.takeLock(home, waiting: 500)
      // A run above may have started meanwhile: at least one of the two sees the other one's journal now.
      try Self.requireNoneAbove(rootPath, gitFolder: gitFolder)
      if !location.isInGitFolder {
        // 'git add -A' in the middle of a run, or after a stopped one, leaves the journal out.
        try home.create(
          Self.ignoreName, content: Array("*\n".utf8), permissions: .usual, flushes: false)
      }
    } catch {
      for name in [Self.ignoreName, Self.lockName] { try? home.remove(name) }
      _ = try? parent.removeIfEmpty(location.name)
      throw error
    }
    self.init(
      root: root, home: home, rootPath: rootPath, lock: lock, record: record, location: location)
  }

  /// Starts a journal, and waits a while for one of another run that is at work.
  static func waiting(in rootPath: String, gitFolder: String) throws(PatchkitError) -> Journal {
    for _ in 0..<500 {
      do throws(PatchkitError) {
        return try Journal(in: rootPath, gitFolder: gitFolder)
      } catch {
        guard error.kind == .busy else { throw error }
        if try isStopped(in: rootPath, gitFolder: gitFolder) { throw error }
      }
      Machine.pause(microseconds: 20_000)
    }
    return try Journal(in: rootPath, gitFolder: gitFolder)
  }

  /// Whether a run was stopped in a folder: there is a journal, and no run is at work on it.
  package static func isStopped(in rootPath: String, gitFolder: String?) throws(PatchkitError)
    -> Bool
  {
    let root = try Folder.open(rootPath)
    // For a moment a run that starts or ends has a journal and no lock.
    for _ in 0..<5 {
      guard
        let location = try JournalLocation.existing(root: root, rootPath, gitFolder: gitFolder),
        let home = try location.open().folder(location.name, path: location.path)
      else { return false }
      // A shared lock: two runs that look at the same time do not hinder each other.
      if let lock = try? FileLock(lockName, in: home, makes: false),
        lock.take(isExclusive: false) != .taken
      {
        return false
      }
      Machine.pause(microseconds: 20_000)
    }
    return true
  }

  static func busy(_ rootPath: String) -> PatchkitError {
    PatchkitError(
      .busy, path: rootPath, "another run uses this tree, or one was stopped",
      hint: "run 'patchkit recover --onto \(Shell.quoted(rootPath))'")
  }

  /// Throws where a run is at work on a folder or one above it, or was stopped there.
  static func requireNone(in rootPath: String, gitFolder: String?) throws(PatchkitError) {
    let root = try Folder.open(rootPath)
    if try JournalLocation.existing(root: root, rootPath, gitFolder: gitFolder) != nil {
      throw busy(rootPath)
    }
    try requireNoneAbove(rootPath, gitFolder: gitFolder)
  }

  /// Throws where a run is at work on a folder above this one, or was stopped there.
  private static func requireNoneAbove(
    _ rootPath: String, gitFolder: String?
  ) throws(PatchkitError) {
    var path = InputFile.realPath(rootPath) ?? rootPath
    while let slash = path.lastIndex(of: "/"), path != "/" {
      path = slash == path.startIndex ? "/" : String(path[..<slash])
      // A folder that this user cannot read has no run of this user's.
      guard let above = try? Folder.open(path) else { continue }
      let own = InputFile.kind(of: path + "/.git") == .folder ? path + "/.git" : gitFolder
      for folder in Set([own, gitFolder])
      where try JournalLocation.existing(root: above, path, gitFolder: folder) != nil {
        throw busy(path)
      }
    }
  }

  /// Throws where a run was stopped in a folder on the way to a path, or is at work there.
  private borrowing func requireNoneBelow(_ path: TreePath) throws(PatchkitError) {
    var folder = try root.again()
    for (count, component) in path.components.dropLast().enumerated() {
      guard let next = try folder.folderIfAny(component) else { return }
      folder = next
      var isTaken = try folder.status(of: Array(Self.folder.utf8)) != nil
      if !isTaken, !others.isEmpty {
        isTaken = others.contains(JournalLocation.name(for: try folder.ownStatus().inode))
      }
      guard isTaken else { continue }
      let names = path.components.prefix(count + 1).map { String(decoding: $0, as: UTF8.self) }
      throw Self.busy(([rootPath] + names).joined(separator: "/"))
    }
  }

  /// Opens a journal that an earlier run left, if no run is at work on it; nil where there is none.
  init?(recovering rootPath: String, gitFolder: String?) throws(PatchkitError) {
    let root = try Folder.open(rootPath)
    guard
      let location = try JournalLocation.existing(root: root, rootPath, gitFolder: gitFolder),
      let home = try location.open().folder(location.name, path: location.path)
    else { return nil }
    let record = try StateRecord(of: .journal, for: root)
    let lock = try Self.takeLock(home)
    self.init(
      root: root, home: home, rootPath: rootPath, lock: lock, record: record, location: location)
  }

  private init(
    root: consuming Folder, home: consuming Folder, rootPath: String, lock: FileLock,
    record: StateRecord, location: JournalLocation
  ) {
    self.root = root
    self.home = home
    self.rootPath = rootPath
    self.lock = lock
    self.record = record
    self.location = location
    others = location.isInGitFolder ? Set(location.others()) : []
  }

  /// Takes the lock of a journal.
  ///
  /// - Parameter milliseconds: how long to wait: a run that looks whether this one was stopped holds the lock for a
  ///   moment.
  private static func takeLock(
    _ home: borrowing Folder, waiting milliseconds: Int = 0
  ) throws(PatchkitError) -> FileLock {
    let lock = try FileLock(lockName, in: home, makes: true)
    guard lock.take(isExclusive: true, waiting: milliseconds) == .taken else {
      throw PatchkitError(
        .busy, "another run uses this tree", hint: "wait until it has ended")
    }
    return lock
  }

  // MARK: Preparing

  /// From this many files on, all are brought to disk with one flush of the file system.
  package static let many = 24

  /// Makes all changes.
  ///
  /// - Parameters:
  ///   - moves: the references to move after the files, if there are any.
  /// - Throws: `PatchkitError`; the tree is then as it was, or, where even that fails, the error says
  ///   so and the journal stays for `recover`.
  package consuming func land(
    _ changes: [TreeChange], moves: [ReferenceMove] = [],
    moveReferences: MoveReferences = { _, _, _ throws(PatchkitError) in }
  ) throws(PatchkitError) {
    let plan: JournalPlan
    do {
      var steps: [Step] = []
      let isMany = changes.count >= Self.many
      for (number, change) in changes.enumerated() {
        steps.append(try write(change, number: number, flushes: !isMany))
      }
      plan = JournalPlan(steps: steps, moves: moves)
      try publish(plan, flushesAll: isMany)
    } catch {
      try? discard()
      throw error
    }
    try complete(plan, moveReferences)
  }

  /// Writes the new file of a change, and gives the old one a second name.
  ///
  /// - Returns: the change's step of the plan.
  package borrowing func write(
    _ change: TreeChange, number: Int, flushes: Bool
  ) throws(PatchkitError) -> Step {
    var step = Step(path: change.path, number: number)
    try requireNoneBelow(change.path)
    let old = try keepOld(step, change)
    if let before = change.before { step.before = try JournalPlan.Version(before) }
    guard let after = change.after else { return step }
    step.after = try JournalPlan.Version(after)
    step.missingFolders = try missingFolders(to: change.path)
    switch after.mode {
    case .symlink: try home.link(step.new, to: after.content)
    case .regular, .executable:
      var (permissions, owner) = Self.permissions(after.mode, before: old)
      if old == nil, let model = change.permissionsOf, let found = try status(of: model) {
        permissions = .exactly(found.permissions & 0o777)
      }
      if old == nil, let source = change.copyOf { permissions = .usual(notBeyond: source) }
      // The system does this only for a file that is created in its own folder.
      if old == nil { owner = try inheritedOwner(of: change.path) }
      try home.create(
        step.new, content: after.content, permissions: permissions, owner: owner,
        flushes: flushes)
      if old == nil {
        try nearestFolder(to: change.path).copyDefaultAccessList(
          to: step.new, in: home, isExecutable: after.mode == .executable)
      } else if let name = change.path.components.last, let folder = try parent(of: change.path) {
        folder.copyAccessList(of: name, to: step.new, in: home)
      }
    }
    return step
  }

  /// Puts the plan in place: from here on every change can be finished, and undone.
  package borrowing func publish(_ plan: JournalPlan, flushesAll: Bool) throws(PatchkitError) {
    try requireFolders(for: plan)
    if flushesAll { try home.flushFileSystem() }
    let content = plan.content
    try record.write(content)
    try home.create(Self.draftName, content: content, permissions: .exactly(0o600))
    try home.rename(Self.draftName, to: home, as: Self.planName)
    try home.flush()
    try location.open().flush()
  }

  /// Carries the plan out and removes it; where that fails, every change is undone at once.
  borrowing func complete(
    _ plan: JournalPlan,
    _ moveReferences: MoveReferences = { _, _, _ throws(PatchkitError) in }
  ) throws(PatchkitError) {
    var carriedOut: Set<Int> = []
    do {
      try carryOut(plan, &carriedOut)
      if !plan.moves.isEmpty { try moveReferences(plan.moves, plan.paths, false) }
    } catch {
      do {
        // Where another program holds a lock, nothing was moved, and the lock would be met once more.
        if !plan.moves.isEmpty, carriedOut.count == plan.steps.count, error.kind != .busy {
          try moveReferences(plan.moves.map(\.reversed), plan.paths, true)
        }
        try undo(plan, plan.steps.filter { carriedOut.contains($0.number) })
        try discard()
      } catch let second {
        throw PatchkitError(
          error.kind, path: error.path, error.message,
          consequence:
            "rolling the changes back failed as well (\(second.description)), so some of them remain",
          hint:
            "run 'patchkit recover --rollback --onto \(Shell.quoted(rootPath))' after you removed the cause",
          underlying: error)
      }
      throw PatchkitError(
        error.kind, path: error.path, error.message,
        consequence: "every change was rolled back, so the tree is unchanged", hint: error.hint,
        underlying: error)
    }
    try discard()
  }

  /// The permissions and the owner of a new file: the old one's, with the right to run as the mode says.
  static func permissions(
    _ mode: TreeFile.Mode, before: Folder.Status?
  ) -> (FilePermissions, (uid_t, gid_t)?) {
    guard let before, !before.isLink else {
      return (mode == .executable ? .executable : .usual, nil)
    }
    let owner = (before.user, before.group)
    let old = before.permissions
    let wasExecutable = old & 0o100 != 0
    if wasExecutable == (mode == .executable) { return (.exactly(old & 0o777), owner) }
    // Who may read it may run it, as git does.
    return (
      .exactly(mode == .executable ? (old & 0o777) | ((old & 0o444) >> 2) : old & 0o666), owner
    )
  }

  /// The folder that a path is in, or the innermost one above it that exists.
  private borrowing func nearestFolder(to path: TreePath) throws(PatchkitError) -> Folder {
    var folder = try root.again()
    for component in path.components.dropLast() {
      guard let next = try folder.folderIfAny(component) else { break }
      folder = next
    }
    return folder
  }

  /// The group that a new file gets from a folder with the setgid bit; nil where it has none.
  private borrowing func inheritedOwner(
    of path: TreePath
  ) throws(PatchkitError) -> (user: uid_t, group: gid_t)? {
    let status = try nearestFolder(to: path).ownStatus()
    return status.permissions & mode_t(S_ISGID) == 0 ? nil : (uid_t.max, status.group)
  }

  /// Checks that the file is still the one that was read, and keeps it; returns what it was.
  private borrowing func keepOld(
    _ step: Step, _ change: TreeChange
  ) throws(PatchkitError) -> Folder.Status? {
    let path = change.path
    guard let name = path.components.last else { return nil }
    guard let folder = try parent(of: path), let status = try folder.status(of: name) else {
      if change.before == nil { return nil }
      throw Self.changed(path)
    }
    // A folder that is where a file is to be loses its files in the same plan, or the plan fails.
    if change.before == nil, status.isFolder { return nil }
    guard let before = change.before, status.isRegular || status.isLink else {
      throw Self.changed(path)
    }
    let isSame =
      status.isLink
      ? try folder.read(name, status, path: path) == before.content
      : try folder.holds(before.content, name, path: path)
    guard isSame else { throw Self.changed(path) }
    let content = before.content
    if !folder.hardLink(name, to: home, as: step.old) {
      if status.isLink {
        try home.link(step.old, to: content)
      } else {
        try home.create(
          step.old, content: content, permissions: .exactly(status.permissions),
          owner: (status.user, status.group))
      }
    }
    return status
  }

  static func changed(_ path: TreePath) -> PatchkitError {
    PatchkitError(
      .changedMeanwhile, path: path.description,
      "the file changed during the run", hint: "run the command again")
  }

  /// The folders on the way to a path that do not exist.
  private borrowing func missingFolders(to path: TreePath) throws(PatchkitError) -> [TreePath] {
    var folder = try root.again()
    var components = path.components.dropLast()
    var prefix: [UInt8] = []
    while let component = components.popFirst() {
      prefix += prefix.isEmpty ? component : [0x2F] + component
      if let next = try folder.folderIfAny(component) {
        folder = next
        continue
      }
      var missing = [prefix]
      for component in components {
        prefix += [0x2F] + component
        missing.append(prefix)
      }
      return missing.compactMap { try? TreePath($0) }
    }
    return []
  }

  /// Throws where a link is where the plan needs a folder, unless the plan removes the link.
  private borrowing func requireFolders(for plan: JournalPlan) throws(PatchkitError) {
    let leaving = Set(plan.steps.filter { $0.after == nil }.map(\.path))
    for folder in plan.folders where !leaving.contains(folder) {
      guard let status = try status(of: folder), status.isLink else { continue }
      throw PatchkitError(
        .symlinkInTheWay, path: folder.description, "is a symbolic link and is not followed")
    }
  }

  // MARK: The plan on disk

  /// Reads the plan; nil where none was put in place.
  ///
  /// - Throws: `PatchkitError` where it is damaged, or was not written here.
  borrowing func plan() throws(PatchkitError) -> JournalPlan? {
    guard let status = try home.status(of: Self.planName) else { return nil }
    let shown = shownPath
    guard status.isRegular, status.size <= 1 << 30 else {
      throw PatchkitError(.notAFile, path: shown + "/plan", "is not a regular file")
    }
    let content = try home.read(Self.planName, status, path: shown)
    guard try record.matches(content) else {
      throw PatchkitError(
        .refused, path: shown,
        "this journal was not written by you for this folder, so it is not used",
        hint:
          "it came with the tree, or the folder was copied: if you do not need it, remove '\(shown)'"
      )
    }
    guard let plan = JournalPlan(content) else {
      throw PatchkitError(
        .system, path: shown, "the journal's plan is damaged",
        hint: "compare the tree with the files in the journal by hand")
    }
    return plan
  }

  /// Removes the journal, its plan first.
  borrowing func discard() throws(PatchkitError) {
    try home.remove(Self.planName)
    try home.flush()
    try? record.remove()
    for name in try home.children() where name != Self.lockName { try home.remove(name) }
    try home.remove(Self.lockName)
    let parent = try location.open()
    _ = try parent.removeIfEmpty(location.name)
    try parent.flush()
  }
}
