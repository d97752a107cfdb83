// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
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
  private var locks: LockNames { LockNames(of: mine) }
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
    let names = repository.lockFiles(ofReferences: moves.map(\.name), usesIndex: paths != nil)
    try take(names)
    defer { locks.release(names, emptying: isEmptied) }
    for path in [draft, draft + ".lock"] { try? NamedFile.remove(path) }
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
    try Self.doing("remove \(file)") { () throws(PatchkitError) in try NamedFile.remove(file) }
    try? NamedFile.remove(repository.commonFolder + "logs/" + name)
    // Another program may have packed it, and libgit2 takes the lock itself.
    guard try repository.target(ofReference: name) != nil else { return }
    try? NamedFile.remove(file + ".lock")
    try repository.removeReference(name)
  }

  // MARK: Locks

  private func take(_ names: [String]) throws(GitError) {
    do throws(LockNames.Refusal) { try locks.take(names, emptying: isEmptied) } catch {
      guard let lock = error.name else { throw GitError("make \(mine)", error.words) }
      guard error.isHeld else { throw GitError("lock \(lock)", error.words) }
      let age = NamedFile.age(of: lock).map { ", which is \($0) old" } ?? ""
      throw GitError("lock \(lock)", "another git command holds this lock\(age)", .exists)
    }
  }

  /// Whether a folder goes where it is empty: one of references, except for those that git has in each repository.
  private func isEmptied(_ folder: String) -> Bool {
    let references = repository.commonFolder + "refs/"
    return folder.hasPrefix(references) && folder != references + "heads"
  }

  // MARK: The index

  private func updateIndex(_ paths: [[UInt8]], to target: ObjectID) throws(GitError) {
    let tree = try repository.resolve(target.description).tree
    if let bytes = try? InputFile.read(repository.indexFile) {
      try put(bytes)
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
    try renameDraft(to: repository.indexFile)
  }

  // MARK: The branch

  private func write(_ content: [UInt8], as path: String) throws(GitError) {
    try put(content)
    try renameDraft(to: path)
  }

  /// Makes the draft.
  private func put(_ content: [UInt8]) throws(GitError) {
    try Self.doing("write \(draft)") { () throws(PatchkitError) in
      let folder = try Folder.open(repository.gitFolder)
      let name = Array(draft.dropFirst(repository.gitFolder.count).utf8)
      // It is flushed when it gets its name.
      try folder.replace(name, content: content)
    }
  }

  /// Gives the draft its name.
  private func renameDraft(to name: String) throws(GitError) {
    try Self.doing("write \(name)") { () throws(PatchkitError) in
      try removeEmptyFolders(name)
      try NamedFile.replace(name, with: draft)
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
      try Self.doing("write \(log)") { () throws(PatchkitError) in
        try OutputFile.append(Array(line.utf8), to: log)
      }
    }
  }

  /// Removes a folder in a file's way that holds nothing but empty folders: the branches in a folder of that name were
  /// removed, and git leaves the folder.
  private func removeEmptyFolders(_ path: String) throws(PatchkitError) {
    func empty(_ folder: borrowing Folder, _ name: [UInt8]) {
      guard let inner = (try? folder.folderIfAny(name)) ?? nil else { return }
      for name in (try? inner.children()) ?? [] { empty(inner, name) }
      _ = try? folder.removeIfEmpty(name)
    }
    let (folder, name) = NamedFile.parts(of: path)
    empty(try Folder.open(folder), Array(name.utf8))
  }

  /// Does something to a file, and says in the words of this step what the system refused.
  private static func doing<Result>(
    _ operation: String, _ body: () throws(PatchkitError) -> Result
  ) throws(GitError) -> Result {
    do throws(PatchkitError) { return try body() } catch {
      throw GitError(operation, error.reason)
    }
  }
}
