// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Glibc
internal import Host

/// The move of a work tree's index and branch to another commit, under git's own locks.
///
/// libgit2's locks look like those of other programs once their owner was killed. These are second names
/// of one file in the git directory, so the next move recognizes them and completes the work.
package struct WorkTreeMove {
  private let repository: Repository
  /// The branch's full name, or `HEAD`.
  private let name: String
  /// The file whose second names the locks are.
  private let mine: String
  private let draft: String

  /// Prepares a move.
  ///
  /// - Parameter number: distinguishes the trees of one repository.
  package init(in repository: Repository, of name: String, number: String) {
    self.repository = repository
    self.name = name
    mine = repository.gitFolder + "patchkit-lock-" + number
    draft = repository.gitFolder + "patchkit-draft-" + number
  }

  /// Brings the index along for some paths, and moves the branch; called again, it does what is left.
  ///
  /// - Parameter isUndo: whether a branch that is at neither commit stays there: the index gets the paths as
  ///   that commit has them.
  /// - Throws: `GitError`, of kind `exists` where the branch is elsewhere or another program holds a lock;
  ///   nothing was changed then.
  package func carryOut(
    to target: ObjectID, from expected: ObjectID, paths: [[UInt8]], log: String,
    isUndo: Bool = false
  ) throws(GitError) {
    let locks = repository.lockFiles(ofReference: name, usesIndex: true)
    try take(locks)
    defer { release(locks) }
    for path in [draft, draft + ".lock"] { unsafe _ = unlink(path) }
    // Under the locks: no other program moves it from here on.
    let found = try repository.target(ofReference: name)
    guard found == target || found == expected else {
      guard isUndo, let found else {
        throw GitError("move \(name)", "it was moved by another program", .exists)
      }
      return try updateIndex(paths, to: found)
    }
    try updateIndex(paths, to: target)
    if found == target { return }
    try appendToLogs(from: expected, to: target, log)
    try write(Array("\(target)\n".utf8), as: repository.file(ofReference: name))
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
      throw GitError("lock \(lock)", "another git command holds this lock", .exists)
    }
  }

  private func isMine(_ lock: String) -> Bool {
    var own = stat()
    var other = stat()
    return unsafe lstat(mine, &own) == 0 && lstat(lock, &other) == 0
      && own.st_ino == other.st_ino && own.st_dev == other.st_dev
  }

  private func release(_ locks: [String]) {
    for lock in locks where isMine(lock) { unsafe _ = unlink(lock) }
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
    guard unsafe Glibc.rename(path, name) == 0 else { throw Self.failed(errno, "write \(name)") }
    do throws(PatchkitError) { try Folder.flush(file: name) } catch {
      throw GitError("flush \(name)", error.message)
    }
  }

  /// Notes the move in the logs of the branch and of HEAD, once.
  private func appendToLogs(
    from old: ObjectID, to new: ObjectID, _ message: String
  ) throws(GitError) {
    let who = try repository.committer()
    let zone = abs(who.zoneMinutes)
    let hours = (zone / 60 < 10 ? "0" : "") + "\(zone / 60)"
    let minutes = (zone % 60 < 10 ? "0" : "") + "\(zone % 60)"
    let start = "\(old) \(new) "
    let line =
      start + "\(who.name) <\(who.email)> \(who.seconds) "
      + "\(who.zoneMinutes < 0 ? "-" : "+")\(hours)\(minutes)\t\(message)\n"
    let shared = name == "HEAD" ? [] : [repository.commonFolder + "logs/" + name]
    for log in shared + [repository.gitFolder + "logs/HEAD"] {
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

  private static func failed(_ code: Int32, _ operation: String) -> GitError {
    GitError(operation, PatchkitError.words(code))
  }
}
