// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
package import Host

/// The new files of a run, and second names of the old ones, in the journal.
extension Journal {
  /// The trails of one thread while it writes changes into the journal.
  package struct Trails: Sendable {
    /// To the paths that change.
    let paths: FolderTrail
    /// To the files whose permissions new ones get.
    let models: FolderTrail
  }

  /// Trails that start in the tree's root.
  package borrowing func trails() throws(PatchkitError) -> Trails {
    Trails(paths: try FolderTrail(from: root), models: try FolderTrail(from: root))
  }

  /// Writes the new file of a change, and gives the old one a second name.
  ///
  /// - Parameter trails: those of the changes before.
  /// - Returns: the change's step of the plan.
  package borrowing func write(
    _ change: TreeChange, number: Int, flushes: Bool, on trails: Trails
  ) throws(PatchkitError) -> Step {
    var step = Step(path: change.path, number: number)
    let way = try way(to: change.path, on: trails.paths)
    let old = try keepOld(step, change, way)
    if let before = change.before { step.before = JournalPlan.Version(before) }
    guard let after = change.after else { return step }
    step.after = JournalPlan.Version(after)
    // The journal knows the two versions by their ids alone.
    if let before = change.before, step.before == step.after, before.content != after.content {
      throw PatchkitError(
        .refused, path: change.path.description,
        "the old and the new content differ and have the same SHA-1")
    }
    step.missingFolders = way.missing
    switch after.mode {
    case .symlink: try home.link(step.new, to: after.content)
    case .regular, .executable:
      var (permissions, owner) = Self.permissions(after.mode, before: old)
      if old == nil, let model = change.permissionsOf,
        let found = try status(of: model, on: trails.models)
      {
        permissions = .exactly(found.permissions & 0o777)
      }
      if old == nil, let source = change.copyOf { permissions = .usual(notBeyond: source) }
      // The system does this only for a file that is created in its own folder.
      if old == nil { owner = try Self.inheritedOwner(in: way.innermost.folder) }
      try home.create(
        step.new, content: after.content, permissions: permissions, owner: owner,
        flushes: flushes)
      if old == nil {
        way.innermost.folder.copyDefaultAccessList(
          to: step.new, in: home, isExecutable: after.mode == .executable)
      } else if let name = change.path.components.last {
        way.innermost.folder.copyAccessList(of: name, to: step.new, in: home)
      }
    }
    return step
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

  /// The group that a new file gets from a folder with the setgid bit; nil where it has none.
  private static func inheritedOwner(
    in folder: borrowing Folder
  ) throws(PatchkitError) -> (user: uid_t, group: gid_t)? {
    let status = try folder.ownStatus()
    return status.permissions & mode_t(S_ISGID) == 0 ? nil : (uid_t.max, status.group)
  }

  /// Checks that the file is still the one that was read, and keeps it; returns what it was.
  private borrowing func keepOld(
    _ step: Step, _ change: TreeChange, _ way: Way
  ) throws(PatchkitError) -> Folder.Status? {
    let path = change.path
    guard let name = path.components.last else { return nil }
    let parent = way.innermost
    guard way.missing.isEmpty, let status = try parent.folder.status(of: name) else {
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
      ? try parent.folder.read(name, status, path: path) == before.content
      : try parent.folder.holds(before.content, name, path: path)
    guard isSame else { throw Self.changed(path) }
    let content = before.content
    if !parent.folder.hardLink(name, to: home, as: step.old) {
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
}
