// SPDX-License-Identifier: GPL-2.0-only

import Backport
import FoundationEssentials
import Host
import KernelTree

/// The options of a cherry-pick that count for every commit.
struct PickOptions: Codable {
  var signoff: Bool
  var x: Bool
  var accept: String?
  /// Whether commits are signed; nil for what git's configuration says.
  var isSigned: Bool?
  var provenance: Bool
}

/// A cherry-pick that is not complete, as it is kept in the git folder.
///
/// The file may hold two states, each with the commit that HEAD is at in it: before HEAD moves, the state
/// after the move is added, so that a run that is killed leaves a state that fits either way.
struct PickState: Codable {
  /// A commit that is to be picked.
  struct Source: Codable {
    var repository: String
    var id: String
    var parent: Int

    init(_ source: CommitSource) {
      // '--continue' may be run in another folder.
      repository = InputFile.realPath(source.repository) ?? source.repository
      id = source.id
      parent = source.parent
    }

    var commit: CommitSource { CommitSource(repository: repository, id: id, parent: parent) }
  }

  /// Where HEAD was before the first commit.
  var original: String
  /// The commit that HEAD is at.
  var last: String
  /// The branch that it is on; nil on a detached HEAD.
  var branch: String?
  /// The commit that it stopped at; nil if it was committed or skipped.
  var current: Source?
  /// The commits after that one.
  var remaining: [Source]
  /// The files that the commit changes.
  var paths: [String]
  /// The files with markers that were written.
  var marked: [String]
  /// What was written of each of its files, as a journal's plan states it; empty for a file that was removed.
  var written: [String: String] = [:]
  /// Whether the files with conflicts are written: the state is recorded first.
  var isWritten = true
  /// The files that were staged when it stopped: the user's own, which belong to no commit of it.
  var staged: [String]
  /// The tracked files with changes that were not staged when it stopped: the user's own, too.
  var edited: [String]
  var options: PickOptions

  /// Whether no commit is left to pick, and none has to be decided.
  var isComplete: Bool { current == nil && remaining.isEmpty }

  private static let name = "cherry-pick"

  private static func folder(_ gitFolder: String) -> OwnFolder {
    OwnFolder(in: gitFolder.hasSuffix("/") ? String(gitFolder.dropLast()) : gitFolder, ["patchkit"])
  }

  /// The proof that the state was written for this repository: it could move the branch and discard files.
  private static func record(_ gitFolder: String) throws -> StateRecord {
    try StateRecord(of: .pick, for: Folder.open(gitFolder))
  }

  /// The state of a work tree; nil where no cherry-pick has stopped.
  ///
  /// - Throws: `PatchkitError` where it cannot be read, or was not written here.
  static func read(of tree: DirectoryTree) throws -> PickState? {
    guard let git = tree.gitFolder, let bytes = try folder(git).read(name) else { return nil }
    guard try record(git).matches(bytes) else {
      throw PatchkitError(
        .refused, path: folder(git).path + "/" + name,
        "this state of a cherry-pick was not written by you for this repository, so it is not used",
        consequence: "nothing was changed",
        hint:
          "it came with the repository, or the repository was copied: 'patchkit cherry-pick --quit' removes it"
      )
    }
    guard let states = try? JSONDecoder().decode([PickState].self, from: Data(bytes)),
      let first = states.first
    else {
      throw PatchkitError(
        .badInput, path: folder(git).path + "/" + name, "is not the state of a cherry-pick",
        hint: "'patchkit cherry-pick --quit' forgets the cherry-pick; commits that were made stay")
    }
    let head = try tree.requireHead()
    let state = states.last { $0.last == head } ?? first
    return state.isComplete ? nil : state
  }

  /// Keeps the state of a work tree.
  func write(for tree: DirectoryTree) throws { try Self.write([self], for: tree) }

  /// Keeps the state that counts once HEAD is at its commit; until then the one that is recorded counts.
  func writeBeforeMove(for tree: DirectoryTree) throws {
    var before = self
    before.last = try tree.requireHead()
    before.current = nil
    before.remaining = []
    let recorded = try Self.read(of: tree)
    // Without a state before and after there is none in between.
    if recorded == nil, isComplete { return }
    try Self.write([recorded ?? before, self], for: tree)
  }

  private static func write(_ states: [PickState], for tree: DirectoryTree) throws {
    guard let git = tree.gitFolder else { return }
    let content = Array(try JSONEncoder().encode(states))
    try record(git).write(content, replacing: try folder(git).read(name))
    try folder(git).write(content, to: name)
  }

  /// Forgets the state of a work tree.
  static func remove(for tree: DirectoryTree) throws {
    guard let git = tree.gitFolder else { return }
    try folder(git).remove(name)
    try record(git).remove()
  }

  /// The files that the commit changes.
  var treePaths: [TreePath] {
    get throws { try paths.map { try TreePath(Array($0.utf8)) } }
  }

  /// The files with markers that were written.
  var markedPaths: [TreePath] {
    get throws { try marked.map { try TreePath(Array($0.utf8)) } }
  }

  /// Whether HEAD is where the cherry-pick stopped, and not on a commit that the user made since.
  ///
  /// - Throws: `PatchkitError` where it is on another branch, or on a commit that was not made on that one.
  func isUnmoved(in tree: DirectoryTree) throws -> Bool {
    guard try tree.headName == branch else {
      throw PatchkitError(
        .changedMeanwhile, "the cherry-pick stopped on \(branch ?? "a detached HEAD")",
        hint: branch.map { "'git switch \(Shell.quoted($0))' returns there" }
          ?? "'git switch --detach \(last.prefix(12))' returns there")
    }
    if try tree.requireHead() == last { return true }
    if try tree.headDescends(from: last) { return false }
    throw PatchkitError(
      .changedMeanwhile, "HEAD moved since the cherry-pick stopped at \(last.prefix(12))",
      consequence: "nothing was changed",
      hint:
        "'patchkit cherry-pick --quit' forgets the cherry-pick and leaves HEAD and all files as they are"
    )
  }
}
