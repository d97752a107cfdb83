// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// The open folders on the way to a path: the way to the next path is opened only from where the two part.
///
/// Paths that follow each other are mostly in one folder, and opening ten folders for each takes longer than what is
/// done with the file. A trail is for a short run of work, as another process may move a folder that is open here.
package final class FolderTrail: Sendable {
  /// A folder on the way.
  package final class Stage: Sendable {
    let name: [UInt8]
    /// The open folder.
    package let folder: Folder

    init(_ name: [UInt8], _ folder: consuming Folder) {
      self.name = name
      self.folder = folder
    }
  }

  /// The folder that the trail starts in, and those on the way to the last path.
  private let stages: Mutex<[Stage]>

  /// Starts in a folder.
  package init(from root: borrowing Folder) throws(PatchkitError) {
    stages = Mutex([Stage([], try root.again())])
  }

  /// Opens the folders of a way, as far as they exist; no link is followed.
  ///
  /// - Parameters:
  ///   - names: the folders of the way, outermost first.
  ///   - check: called with each folder that was not open yet, and the index of its name.
  /// - Returns: the innermost one that exists, and how many of the names were found.
  package func innermost(
    _ names: some Sequence<[UInt8]>,
    check: (borrowing Folder, Int) throws(PatchkitError) -> Void = { _, _ throws(PatchkitError) in }
  ) throws(PatchkitError) -> (stage: Stage, found: Int) {
    let open = try follow(names) { parent, name, index throws(PatchkitError) in
      guard let next = try parent.folderIfAny(name) else { return nil }
      try check(next, index)
      return Stage(name, next)
    }
    return (open[open.count - 1], open.count - 1)
  }

  /// Opens the last folder of a way; nil where one of them does not exist.
  package func folder(_ names: some Collection<[UInt8]>) throws(PatchkitError) -> Stage? {
    let (stage, found) = try innermost(names)
    return found == names.count ? stage : nil
  }

  /// Opens the last folder of a way, and makes those that do not exist.
  package func makeFolder(
    _ names: some Sequence<[UInt8]>, path: some CustomStringConvertible
  ) throws(PatchkitError) -> Stage {
    var isNew = false
    let open = try follow(names) { parent, name, _ throws(PatchkitError) in
      // A folder that was just made has none in it.
      if !isNew, let next = try parent.folderIfAny(name) { return Stage(name, next) }
      isNew = true
      return Stage(name, try parent.makeFolder(name, path: path))
    }
    return open[open.count - 1]
  }

  /// Removes the folders of a way that are empty, the innermost first.
  package func removeEmptyFolders(_ names: some Sequence<[UInt8]>) throws(PatchkitError) {
    _ = try innermost(names)
    var open = stages.withLock(\.self)
    while open.count > 1,
      try open[open.count - 2].folder.removeIfEmpty(open[open.count - 1].name)
    {
      open.removeLast()
    }
    stages.withLock { [open] in $0 = open }
  }

  /// Follows a way from the last folder that it shares with the one before, until `next` returns nil.
  private func follow(
    _ names: some Sequence<[UInt8]>,
    _ next: (borrowing Folder, _ name: [UInt8], _ index: Int) throws(PatchkitError) -> Stage?
  ) throws(PatchkitError) -> [Stage] {
    var open = stages.withLock(\.self)
    var count = 1
    for name in names {
      if count == open.count || open[count].name != name {
        open.removeSubrange(count...)
        guard let stage = try next(open[count - 1].folder, name, count - 1) else { break }
        open.append(stage)
      }
      count += 1
    }
    open.removeSubrange(count...)
    stages.withLock { [open] in $0 = open }
    return open
  }
}
