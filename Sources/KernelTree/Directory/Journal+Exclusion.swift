// SPDX-License-Identifier: GPL-2.0-only

package import Host

/// One run at a time works on a folder, and on those above and below it.
extension Journal {
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
  static func requireNoneAbove(
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

  /// The way to a path, as far as it exists.
  struct Way {
    /// The folder that the path is in, or the innermost one above it that exists.
    var innermost: FolderTrail.Stage
    /// The folders that do not exist, outermost first.
    var missing: [TreePath]
  }

  /// Finds the way to a path.
  ///
  /// - Throws: `PatchkitError` of kind `busy` where a run was stopped in a folder on it, or is at work there.
  borrowing func way(to path: TreePath, on trail: FolderTrail) throws(PatchkitError) -> Way {
    let (innermost, found) = try trail.innermost(path.components.dropLast()) {
      folder, index throws(PatchkitError) in
      var isTaken = try folder.status(of: Array(Self.folder.utf8)) != nil
      if !isTaken, !others.isEmpty {
        isTaken = others.contains(JournalLocation.name(for: try folder.ownStatus().inode))
      }
      guard isTaken else { return }
      let names = path.components.prefix(index + 1).map { String(decoding: $0, as: UTF8.self) }
      throw Self.busy(([rootPath] + names).joined(separator: "/"))
    }
    return Way(innermost: innermost, missing: Array(path.parents.dropFirst(found)))
  }

  /// Takes the lock of a journal.
  ///
  /// - Parameter milliseconds: how long to wait: a run that looks whether this one was stopped holds the lock for a
  ///   moment.
  static func takeLock(
    _ home: borrowing Folder, waiting milliseconds: Int = 0
  ) throws(PatchkitError) -> FileLock {
    let lock = try FileLock(lockName, in: home, makes: true)
    guard lock.take(isExclusive: true, waiting: milliseconds) == .taken else {
      if StopRequest.isMade {
        throw PatchkitError(.system, "the program was asked to stop before it changed anything")
      }
      throw PatchkitError(
        .busy, "another run uses this tree", hint: "wait until it has ended")
    }
    return lock
  }
}
