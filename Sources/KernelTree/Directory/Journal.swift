// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Host

/// Puts changes into a folder so that a kill at any moment leaves the old files or the new ones.
///
/// The new files are written beside the tree's, in `.patchkit-journal` at its root, with a second
/// name for each old one. Then a plan is put there by one rename: before that moment nothing of the
/// tree has changed, after it `finish` can bring every change into place and `rollBack` can take
/// every change back, each as often as it is called. Removing the plan is the last step that
/// counts.
struct Journal: ~Copyable {
  /// The folder at the tree's root, and the lock against a second run.
  static let folder = ".patchkit-journal"
  private static let planName = Array("plan".utf8)
  private static let draftName = Array("plan.new".utf8)
  private static let lockName = Array("lock".utf8)

  /// One line of the plan.
  private struct Step {
    var path: TreePath
    var number: Int
    var hadBefore: Bool
    var hasAfter: Bool
    var new: [UInt8] { Array("new.\(number)".utf8) }
    var old: [UInt8] { Array("old.\(number)".utf8) }
  }

  /// A branch that is to move once the files are in place, with the index brought along.
  struct BranchMove {
    /// The full name, such as `refs/heads/main`.
    var name: String
    /// The commit it is at, in hex digits.
    var from: String
    /// The commit it is to be at.
    var to: String
  }

  /// What a run is to do, as it stands in the journal.
  private struct Plan {
    var steps: [Step] = []
    var branch: BranchMove?
    var paths: [TreePath] { steps.map(\.path) }
  }

  /// A journal that several threads write into.
  final class Shared: Sendable {
    let value: Journal
    init(_ value: consuming Journal) { self.value = value }
  }

  private let root: Folder
  private let home: Folder
  private let lock: Int32

  deinit { if lock >= 0 { close(lock) } }

  /// What stands in a tree's journal.
  enum State {
    /// No journal: nothing was interrupted.
    case none
    /// A run is at work.
    case running
    /// A run was stopped before its plan was complete: the tree is as it was.
    case prepared
    /// A run was stopped half way through its plan.
    case planned
  }

  private static func openHome(_ root: borrowing Folder) throws(PatchkitError) -> Folder? {
    try root.folder(Array(folder.utf8), path: journalPath())
  }

  /// The journal's own folder, as a path for messages; `TreePath` itself refuses it to patches.
  private static func journalPath() throws(PatchkitError) -> TreePath {
    do { return try TreePath(Array("journal".utf8)) } catch {
      throw PatchkitError(.system, "the journal has no name")
    }
  }

  /// Starts a journal.
  ///
  /// - Throws: `PatchkitError` of kind `busy` where there is one already.
  init(in rootPath: String) throws(PatchkitError) {
    let root = try Folder.open(rootPath)
    let name = Array(Self.folder.utf8)
    let made = name.withCString { unsafe mkdirat(root.descriptor, $0, 0o700) }
    if made != 0 {
      if errno == EEXIST {
        throw PatchkitError(
          .busy, path: rootPath, "another run is at work here, or one was stopped",
          hint: "run 'patchkit recover --onto \(rootPath)'")
      }
      throw PatchkitError.system(errno, "make the journal in \(rootPath)")
    }
    guard let home = try Self.openHome(root) else {
      throw PatchkitError(.changedMeanwhile, path: rootPath, "the journal went away again")
    }
    lock = try Self.takeLock(home)
    self.root = root
    self.home = home
  }

  /// Opens a journal that an earlier run left, if nobody works on it; nil where there is none.
  private init?(recovering rootPath: String) throws(PatchkitError) {
    let root = try Folder.open(rootPath)
    guard let home = try Self.openHome(root) else { return nil }
    lock = try Self.takeLock(home)
    self.root = root
    self.home = home
  }

  private static func takeLock(_ home: borrowing Folder) throws(PatchkitError) -> Int32 {
    let file = lockName.withCString {
      unsafe openat(home.descriptor, $0, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    if file < 0 { throw PatchkitError.system(errno, "lock the journal") }
    if flock(file, LOCK_EX | LOCK_NB) != 0 {
      close(file)
      throw PatchkitError(
        .busy, "another run is at work on this tree", hint: "wait until it is done")
    }
    return file
  }

  // MARK: Landing

  /// Brings all changes into place.
  ///
  /// - Throws: `PatchkitError`; the tree is then as it was, or, where even that fails, the journal
  ///   stays for `recover`.
  ///
  /// - Parameters:
  ///   - branch: the branch to move behind the files, if there is one.
  ///   - moveBranch: moves it; called again by a recovery, so it takes a branch that is there
  ///     already.
  consuming func land(
    _ changes: [TreeChange], branch: BranchMove? = nil,
    moveBranch: (BranchMove, [TreePath]) throws(PatchkitError) -> Void = {
      _, _ throws(PatchkitError) in
    }
  ) throws(PatchkitError) {
    do {
      try prepare(changes, branch)
    } catch {
      try? discard()
      throw error
    }
    let plan = try plan()
    try carryOut(plan.steps)
    if let branch = plan.branch { try moveBranch(branch, plan.paths) }
    try discard()
  }

  /// Writes the new files, gives the old ones a second name, and puts the plan in place.
  private borrowing func prepare(
    _ changes: [TreeChange], _ branch: BranchMove?
  ) throws(PatchkitError) {
    var lines: [UInt8] = []
    let isMany = changes.count >= Self.many
    for (number, change) in changes.enumerated() {
      lines += try write(change, number: number, flushes: !isMany)
    }
    try seal(lines, branch, flushesAll: isMany)
  }

  /// From this many files on, all are brought to disk with one flush of the file system.
  static let many = 24

  /// Writes the new file of a change, and gives the old one a second name.
  ///
  /// - Returns: the change's line of the plan.
  borrowing func write(
    _ change: TreeChange, number: Int, flushes: Bool
  ) throws(PatchkitError) -> [UInt8] {
    let step = Step(
      path: change.path, number: number, hadBefore: change.before != nil,
      hasAfter: change.after != nil)
    let permissions = try keepOld(step, change)
    if let after = change.after {
      switch after.mode {
      case .symlink: try home.link(step.new, to: after.content)
      case .regular, .executable:
        try home.create(
          step.new, content: after.content,
          permissions: Self.permissions(after.mode, before: permissions), flushes: flushes)
      }
    }
    return Array("\(step.hadBefore ? "old" : "none") \(step.hasAfter ? "new" : "none") ".utf8)
      + change.path.bytes + [0x0A]
  }

  /// Puts the plan in place: from here on every change can be finished, and taken back.
  borrowing func seal(
    _ lines: [UInt8], _ branch: BranchMove?, flushesAll: Bool
  ) throws(PatchkitError) {
    var plan = Array("patchkit journal 1\n".utf8)
    if let branch { plan += "branch \(branch.from) \(branch.to) \(branch.name)\n".utf8 }
    if flushesAll { try home.flushFileSystem() }
    try home.create(Self.draftName, content: plan + lines + Array("end\n".utf8), permissions: 0o600)
    try home.rename(Self.draftName, to: home, as: Self.planName)
    try home.flush()
    try root.flush()
  }

  /// Carries the plan out and removes it.
  borrowing func complete() throws(PatchkitError) {
    try carryOut(try plan().steps)
    try discard()
  }

  /// The permissions of a new file: the old one's, with the right to run as the mode says.
  private static func permissions(_ mode: TreeFile.Mode, before: mode_t?) -> mode_t {
    let mask = umask(0)
    umask(mask)
    let usual: mode_t = (mode == .executable ? 0o777 : 0o666) & ~mask
    guard let before else { return usual }
    let wasExecutable = before & 0o100 != 0
    if wasExecutable == (mode == .executable) { return before & 0o777 }
    // Who may read it may run it, as git does.
    return mode == .executable
      ? (before & 0o777) | ((before & 0o444) >> 2) : before & 0o666
  }

  /// Checks that the file is still the one that was read, and keeps it; returns its permissions.
  private borrowing func keepOld(
    _ step: Step, _ change: TreeChange
  ) throws(PatchkitError) -> mode_t? {
    let path = change.path
    func changed() -> PatchkitError {
      PatchkitError(
        .changedMeanwhile, path: path.description,
        "the file changed while the patch was worked out",
        hint: "run the command again")
    }
    guard let name = path.components.last else { return nil }
    // A file that is where a folder is to be goes away in the same plan, or the plan fails.
    guard let folder = try reachedParent(of: path) else {
      if change.before == nil { return nil }
      throw changed()
    }
    guard let status = try folder.status(of: name) else {
      if change.before == nil { return nil }
      throw changed()
    }
    // So with a folder where a file is to be.
    if change.before == nil, status.isFolder { return nil }
    guard let before = change.before, status.isRegular || status.isLink else { throw changed() }
    let content = try folder.read(name, status, path: path)
    guard content == before.content else { throw changed() }
    if !folder.hardLink(name, to: home, as: step.old) {
      if status.isLink {
        try home.link(step.old, to: content)
      } else {
        try home.create(step.old, content: content, permissions: status.permissions)
      }
    }
    return status.isLink ? nil : status.permissions
  }

  /// The folder that holds a path; nil where it does not exist and is not to be made.
  private borrowing func parent(of path: TreePath, creating: Bool) throws(PatchkitError) -> Folder?
  {
    var folder = try openRoot()
    for component in path.components.dropLast() {
      if creating {
        folder = try folder.makeFolder(component, path: path)
      } else {
        guard let next = try folder.folder(component, path: path) else { return nil }
        folder = next
      }
    }
    return folder
  }

  /// The folder that holds a path; nil where there is none, or a file or a link in its place.
  private borrowing func reachedParent(of path: TreePath) throws(PatchkitError) -> Folder? {
    do { return try parent(of: path, creating: false) } catch {
      if error.kind == .wrongKind || error.kind == .symlinkInTheWay { return nil }
      throw error
    }
  }

  private borrowing func openRoot() throws(PatchkitError) -> Folder {
    try Folder.open("/proc/self/fd/\(root.descriptor)")
  }

  /// Brings every change of a plan into place; one that is there already stays.
  private borrowing func carryOut(_ steps: [Step]) throws(PatchkitError) {
    // Removing first makes room where a folder takes the place of a file, or the reverse. Where
    // that was done before a kill, the path is the other kind by now.
    for step in steps where !step.hasAfter {
      guard let name = step.path.components.last, let folder = try reachedParent(of: step.path),
        try folder.status(of: name)?.isFolder != true
      else { continue }
      try folder.remove(name)
      try removeEmptyFolders(above: step.path)
    }
    for step in steps where step.hasAfter {
      guard let name = step.path.components.last, try home.status(of: step.new) != nil,
        let folder = try parent(of: step.path, creating: true)
      else { continue }
      try home.rename(step.new, to: folder, as: name)
      if steps.count < Self.many { try folder.flush() }
    }
    if steps.count >= Self.many { try root.flushFileSystem() }
  }

  /// Takes every change of a plan back.
  private borrowing func takeBack(_ steps: [Step]) throws(PatchkitError) {
    for step in steps where !step.hadBefore && step.hasAfter {
      // The new file is in place only if it is gone from the journal.
      guard let name = step.path.components.last, try home.status(of: step.new) == nil,
        let folder = try reachedParent(of: step.path)
      else { continue }
      try folder.remove(name)
      try removeEmptyFolders(above: step.path)
    }
    for step in steps where step.hadBefore {
      guard let name = step.path.components.last, try home.status(of: step.old) != nil,
        let folder = try parent(of: step.path, creating: true)
      else { continue }
      // Renaming over another name of the same file would do nothing, and is harmless.
      try home.rename(step.old, to: folder, as: name)
      try folder.flush()
    }
  }

  /// Removes the folders that a removed file leaves empty, as git does.
  private borrowing func removeEmptyFolders(above path: TreePath) throws(PatchkitError) {
    var components = path.components.dropLast()
    while let name = components.popLast() {
      var folder = try openRoot()
      for component in components {
        guard let next = try folder.folder(component, path: path) else { return }
        folder = next
      }
      if try !folder.removeIfEmpty(name) { return }
    }
  }

  /// Reads the plan; empty where none was put in place.
  private borrowing func plan() throws(PatchkitError) -> Plan {
    guard let status = try home.status(of: Self.planName) else { return Plan() }
    let content = try home.read(Self.planName, status, path: Self.journalPath())
    func damaged() -> PatchkitError {
      PatchkitError(
        .system, path: Self.folder, "the journal's plan is damaged",
        hint: "compare the tree with the files in it by hand")
    }
    var lines = content.split(separator: 0x0A, omittingEmptySubsequences: true)[...]
    guard let first = lines.popFirst(), first.elementsEqual("patchkit journal 1".utf8),
      let last = lines.popLast(), last.elementsEqual("end".utf8)
    else { throw damaged() }
    var plan = Plan()
    if let line = lines.first, line.starts(with: "branch ".utf8) {
      let words = line.split(separator: 0x20, maxSplits: 3)
        .map { String(decoding: $0, as: UTF8.self) }
      guard words.count == 4 else { throw damaged() }
      plan.branch = BranchMove(name: words[3], from: words[1], to: words[2])
      lines.removeFirst()
    }
    for line in lines {
      let words = line.split(separator: 0x20, maxSplits: 2)
      guard words.count == 3, let path = try? TreePath(Array(words[2])) else { throw damaged() }
      plan.steps.append(
        Step(
          path: path, number: plan.steps.count, hadBefore: words[0].elementsEqual("old".utf8),
          hasAfter: words[1].elementsEqual("new".utf8)))
    }
    return plan
  }

  /// Removes the journal, its plan first.
  borrowing func discard() throws(PatchkitError) {
    try home.remove(Self.planName)
    for name in try home.children() where name != Self.lockName { try home.remove(name) }
    try home.remove(Self.lockName)
    _ = try root.removeIfEmpty(Array(Self.folder.utf8))
    try root.flush()
  }

  // MARK: Recovery

  /// What to do with a run that was stopped.
  enum Recovery {
    case finish
    case rollBack
  }

  /// Brings a tree to its new state or back to its old one after a run was stopped.
  ///
  /// - Parameter moveBranch: brings index and branch to the commit that the move ends at; for a
  ///   roll back that is the one it started from.
  /// - Returns: what stood in the journal.
  /// - Throws: `PatchkitError` of kind `busy` where a run is at work.
  static func recover(
    _ rootPath: String, _ recovery: Recovery,
    moveBranch: (BranchMove, [TreePath]) throws(PatchkitError) -> Void
  ) throws(PatchkitError) -> State {
    guard let journal = try Journal(recovering: rootPath) else { return .none }
    let plan = try journal.plan()
    switch recovery {
    case .finish:
      try journal.carryOut(plan.steps)
      if let branch = plan.branch { try moveBranch(branch, plan.paths) }
    case .rollBack:
      if let branch = plan.branch {
        try moveBranch(BranchMove(name: branch.name, from: branch.to, to: branch.from), plan.paths)
      }
      try journal.takeBack(plan.steps)
    }
    try journal.discard()
    return plan.steps.isEmpty ? .prepared : .planned
  }
}
