// SPDX-License-Identifier: GPL-2.0-only

package import Git
package import Host
internal import Synchronization

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
  static let lockName = Array("lock".utf8)
  private static let ignoreName = Array(".gitignore".utf8)

  /// A journal that several threads write into.
  package final class Shared: Sendable {
    package let value: Journal
    package init(_ value: consuming Journal) { self.value = value }
  }

  package let rootPath: String
  let root: Folder
  let home: Folder
  let lock: FileLock
  private let record: StateRecord
  let location: JournalLocation
  /// The journals of other folders in the git directory.
  let others: Set<[UInt8]>
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

  // MARK: Landing

  /// Calls a body for each index, on several processors where there are many.
  ///
  /// Neighboring indices run on the same thread, as their paths are often in one folder. Each thread has the folders on
  /// the way to two files open, so there are at most eight threads.
  static func map<Worker, Value: Sendable>(
    _ count: Int, worker: @Sendable () throws(PatchkitError) -> Worker,
    _ body: @Sendable (Worker, Int) throws(PatchkitError) -> Value
  ) throws(PatchkitError) -> [Value] {
    let neighbors = 8
    return try WorkerPool.map(
      count: (count + neighbors - 1) / neighbors,
      threads: count >= many ? min(8, Machine.processors) : 1, worker: worker
    ) { own, group throws(PatchkitError) in
      var values: [Value] = []
      for index in (group * neighbors)..<min(count, (group + 1) * neighbors) {
        values.append(try body(own, index))
      }
      return values
    }.flatMap(\.self)
  }

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
    let journal = Shared(self)
    do throws(PatchkitError) {
      let isMany = changes.count >= Self.many
      let steps = try Self.map(
        changes.count, worker: { () throws(PatchkitError) in try journal.value.trails() }
      ) { trails, number throws(PatchkitError) in
        try journal.value.write(changes[number], number: number, flushes: !isMany, on: trails)
      }
      plan = JournalPlan(steps: steps, moves: moves)
      try journal.value.publish(plan, flushesAll: isMany)
    } catch {
      try? journal.value.discard()
      throw error
    }
    try journal.value.complete(plan, moveReferences)
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
    let progress = Mutex<Set<Int>>([])
    do {
      try carryOut(plan) { number in progress.withLock { _ = $0.insert(number) } }
      if !plan.moves.isEmpty { try moveReferences(plan.moves, plan.paths, false) }
    } catch {
      let carriedOut = progress.withLock(\.self)
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

  /// Throws where a link is where the plan needs a folder, unless the plan removes the link.
  private borrowing func requireFolders(for plan: JournalPlan) throws(PatchkitError) {
    let leaving = Set(plan.steps.filter { $0.after == nil }.map(\.path))
    let trail = try FolderTrail(from: root)
    for folder in plan.folders where !leaving.contains(folder) {
      guard let status = try status(of: folder, on: trail), status.isLink else { continue }
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
    let names = try home.children().filter { $0 != Self.lockName }
    _ = try Self.map(names.count, worker: { () throws(PatchkitError) in }) {
      _, index throws(PatchkitError) in
      try home.remove(names[index])
    }
    try home.remove(Self.lockName)
    let parent = try location.open()
    _ = try parent.removeIfEmpty(location.name)
    try parent.flush()
  }
}
