// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Glibc
internal import Host

/// A reference that is to be at another commit.
package struct ReferenceMove: Sendable, Hashable {
  /// The full name, such as `refs/heads/main`, or `HEAD`.
  package var name: String
  /// The commit that it is at; nil where it does not exist.
  package var from: ObjectID?
  /// The commit that it is to be at; nil where it is to be removed.
  package var to: ObjectID?

  /// Makes a move.
  package init(name: String, from: ObjectID?, to: ObjectID?) {
    self.name = name
    self.from = from
    self.to = to
  }

  /// The move back.
  package var reversed: ReferenceMove { ReferenceMove(name: name, from: to, to: from) }
}

/// The move of references, and of a work tree's index, to other commits, under git's own locks.
///
/// libgit2's locks look like those of other programs once their owner was killed. These are second names
/// of one file in the git directory, so the next move recognizes them and completes the work.
package struct RepositoryMove {
  private let repository: Repository
  /// The references, in the order in which they move.
  private let moves: [ReferenceMove]
  /// The paths that the index gets from the last reference's commit; nil where the index stays.
  private let paths: [[UInt8]]?
  /// The file whose second names the locks are.
  private let mine: String
  private let draft: String

  /// Prepares a move.
  ///
  /// - Parameters:
  ///   - moves: the references, in the order in which they move; where there are paths, the last one is the
  ///     branch that the work tree is on, or `HEAD`.
  ///   - paths: the paths that the index gets from the branch's commit; nil leaves the index.
  ///   - number: distinguishes the trees of one repository.
  package init(
    in repository: Repository, _ moves: [ReferenceMove], paths: [[UInt8]]?, number: String
  ) {
    self.repository = repository
    self.moves = moves
    self.paths = paths
    mine = repository.gitFolder + "patchkit-lock-" + number
    draft = repository.gitFolder + "patchkit-draft-" + number
  }

  /// Brings the index along for the paths, and moves the references; called again, it does what is left.
  ///
  /// - Parameter isUndo: whether a reference that is at neither commit stays there: the index gets the paths
  ///   as that commit has them.
  /// - Throws: `GitError`, of kind `exists` where a reference is elsewhere or another program holds a lock;
  ///   nothing was changed then.
  package func carryOut(log: String, isUndo: Bool = false) throws(GitError) {
    for move in moves where move.from == nil { try requireFree(move.name) }
    let locks = repository.lockFiles(ofReferences: moves.map(\.name), usesIndex: paths != nil)
    try take(locks)
    defer { release(locks) }
    for path in [draft, draft + ".lock"] { unsafe _ = unlink(path) }
    // Under the locks: no other program moves them from here on.
    if !isUndo, paths != nil, let branch = moves.last?.name, branch != "HEAD",
      try repository.headBranch() != branch
    {
      throw GitError("move \(branch)", "the work tree is on another branch by now", .exists)
    }
    var left: [ReferenceMove] = []
    var commit: ObjectID?
    for (index, move) in moves.enumerated() {
      let found = try repository.target(ofReference: move.name)
      let isElsewhere = found != move.to && found != move.from
      if isElsewhere, !isUndo || found == nil && paths != nil && index == moves.count - 1 {
        throw GitError("move \(move.name)", "it was moved by another program", .exists)
      }
      commit = isElsewhere ? found : move.to
      if !isElsewhere, found != move.to { left.append(move) }
    }
    if let paths, let commit { try updateIndex(paths, to: commit) }
    for move in left {
      guard let to = move.to else {
        try remove(move.name)
        continue
      }
      let isNotes = move.name == Repository.notesReference
      try appendToLogs(of: move, isNotes ? "patchkit: notes" : log)
      try write(Array("\(to)\n".utf8), as: repository.file(ofReference: move.name))
    }
  }

  /// Throws where a reference's name is a folder of others, or one of its folders is a reference.
  private func requireFree(_ name: String) throws(GitError) {
    var taken = try repository.references(startingWith: name + "/").first
    for index in name.indices where name[index] == "/" {
      let folder = String(name[..<index])
      guard folder.split(separator: "/").count > 2 else { continue }
      if try repository.target(ofReference: folder) != nil { taken = folder }
    }
    guard let taken else { return }
    throw GitError("make \(name)", "'\(taken)' exists", .exists)
  }

  /// Removes a reference.
  private func remove(_ name: String) throws(GitError) {
    let file = repository.file(ofReference: name)
    if unsafe unlink(file) != 0, errno != ENOENT { throw Self.failed(errno, "remove \(file)") }
    unsafe _ = unlink(repository.commonFolder + "logs/" + name)
    // Another program may have packed it, and libgit2 takes the lock itself.
    guard try repository.target(ofReference: name) != nil else { return }
    unsafe _ = unlink(file + ".lock")
    try repository.removeReference(name)
  }

  // MARK: Locks

  private func take(_ locks: [String]) throws(GitError) {
    let file = unsafe open(mine, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.failed(errno, "make \(mine)") }
    close(file)
    for (index, lock) in locks.enumerated() {
      var code = unsafe link(mine, lock) == 0 ? 0 : errno
      if code == ENOENT {
        // All branches of that folder are packed.
        let folder = lock[..<(lock.lastIndex(of: "/") ?? lock.startIndex)]
        _ = try? InputFile.makeFolder(String(folder))
        code = unsafe link(mine, lock) == 0 ? 0 : errno
      }
      if code == 0 || code == EEXIST && isMine(lock) { continue }
      release(Array(locks[..<index]))
      guard code == EEXIST else { throw Self.failed(code, "lock \(lock)") }
      let age = Folder.age(ofFile: lock).map { ", which is \($0) old" } ?? ""
      throw GitError("lock \(lock)", "another git command holds this lock\(age)", .exists)
    }
  }

  private func isMine(_ lock: String) -> Bool {
    var own = stat()
    var other = stat()
    return unsafe lstat(mine, &own) == 0 && lstat(lock, &other) == 0
      && own.st_ino == other.st_ino && own.st_dev == other.st_dev
  }

  private func release(_ locks: [String]) {
    let kept = ["refs", "refs/heads"].map { repository.commonFolder + $0 }
    for lock in locks where isMine(lock) {
      unsafe _ = unlink(lock)
      // Folders that only the lock needed.
      guard lock.hasPrefix(repository.commonFolder + "refs/") else { continue }
      var folder = lock
      while let slash = folder.lastIndex(of: "/") {
        folder = String(folder[..<slash])
        guard !kept.contains(folder), unsafe rmdir(folder) == 0 else { break }
      }
    }
    unsafe _ = unlink(mine)
  }

  // MARK: The index

  private func updateIndex(_ paths: [[UInt8]], to target: ObjectID) throws(GitError) {
    let tree = try repository.resolve(target.description).tree
    if let bytes = try? InputFile.read(repository.indexFile) {
      try put(bytes, into: draft)
    }
    let index = try Handle.make(
      "open the index", free: { unsafe git_index_free($0) },
      { unsafe git_index_open(&$0, draft) })
    for path in paths {
      if let entry = try repository.entry(at: path, inTree: tree), let mode = entry.mode {
        try index.add(entry.id, mode: mode, at: path)
      } else {
        let code = path.withCString { unsafe git_index_remove(index.pointer, $0, 0) }
        if code != GIT_ENOTFOUND.rawValue { try check(code, "update the index") }
      }
    }
    try check(unsafe git_index_write(index.pointer), "write the index")
    try rename(draft, to: repository.indexFile)
  }

  // MARK: The branch

  private func write(_ content: [UInt8], as path: String) throws(GitError) {
    try put(content, into: draft)
    try rename(draft, to: path)
  }

  private func put(_ content: [UInt8], into path: String) throws(GitError) {
    let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw Self.failed(errno, "write \(path)") }
    defer { close(file) }
    let code = Descriptor.writeAll(content, to: file)
    if code != 0 { throw Self.failed(code, "write \(path)") }
  }

  /// Gives a file its name, with its content on disk before and the name after.
  private func rename(_ path: String, to name: String) throws(GitError) {
    do throws(PatchkitError) { try Folder.flush(file: path) } catch {
      throw GitError("flush \(path)", error.message)
    }
    var code = unsafe Glibc.rename(path, name) == 0 ? 0 : errno
    if code == EISDIR {
      // The branches in a folder of that name were removed, and git leaves the folder.
      removeEmptyFolders(name)
      code = unsafe Glibc.rename(path, name) == 0 ? 0 : errno
    }
    guard code == 0 else { throw Self.failed(code, "write \(name)") }
    do throws(PatchkitError) { try Folder.flush(file: name) } catch {
      throw GitError("flush \(name)", error.message)
    }
  }

  /// Notes a move in the logs of the reference, and of HEAD where the work tree is on it, once.
  private func appendToLogs(of move: ReferenceMove, _ message: String) throws(GitError) {
    let none = String(repeating: "0", count: 40)
    let who = try repository.committer()
    let zone = abs(who.zoneMinutes)
    let hours = (zone / 60 < 10 ? "0" : "") + "\(zone / 60)"
    let minutes = (zone % 60 < 10 ? "0" : "") + "\(zone % 60)"
    let start = "\(move.from?.description ?? none) \(move.to?.description ?? none) "
    let line =
      start + "\(who.name) <\(who.email)> \(who.seconds) "
      + "\(who.zoneMinutes < 0 ? "-" : "+")\(hours)\(minutes)\t\(message)\n"
    try repository.ensureLog(ofReference: move.name)
    let shared = move.name == "HEAD" ? [] : [repository.commonFolder + "logs/" + move.name]
    let isOnIt = paths != nil && move == moves.last
    for log in shared + (isOnIt ? [repository.gitFolder + "logs/HEAD"] : []) {
      guard let text = try? InputFile.read(log) else { continue }
      let last = text.dropLast().split(separator: 0x0A, omittingEmptySubsequences: true).last
      if last?.starts(with: start.utf8) == true { continue }
      let file = unsafe open(log, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC)
      guard file >= 0 else { throw Self.failed(errno, "write \(log)") }
      defer { close(file) }
      let code = Descriptor.writeAll(Array(line.utf8), to: file)
      if code != 0 { throw Self.failed(code, "write \(log)") }
    }
  }

  /// Removes a folder that holds nothing but empty folders.
  private func removeEmptyFolders(_ path: String) {
    func empty(_ folder: borrowing Folder) {
      for name in (try? folder.children()) ?? [] {
        if let inner = (try? folder.folderIfAny(name)) ?? nil { empty(inner) }
        _ = try? folder.removeIfEmpty(name)
      }
    }
    if let folder = try? Folder.open(path) { empty(folder) }
    unsafe _ = rmdir(path)
  }

  private static func failed(_ code: Int32, _ operation: String) -> GitError {
    GitError(operation, PatchkitError.words(code))
  }
}
