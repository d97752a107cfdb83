// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

/// What a cherry-pick does after it stopped: it resumes, or it returns to the start.
extension PickRun {
  /// Picks what is left after a stop.
  ///
  /// - Parameters:
  ///   - skips: whether the commit that it stopped at is left out; else the files are committed as the user
  ///     edited them.
  ///   - isCommitted: whether the user committed some of its files since.
  ///   - isSigned: whether commits are signed from here on; nil for what the first command line asked for.
  static func resume(
    _ state: PickState, skips: Bool = false, isCommitted: Bool = false, isSigned: Bool?,
    on tree: DirectoryTree
  ) throws {
    let root = tree.absolutePath
    var options = state.options
    options.isSigned = isSigned ?? options.isSigned
    let run = PickRun(options: options, original: state.original, root: root)
    var rest = state.remaining.map(\.commit)
    if skips {
      try discard(state, on: tree, movingTo: try tree.requireHead())
      // After an error there was no stop: what is left out is the commit that ended in it.
      if state.current == nil, !rest.isEmpty {
        try Console.print("left out \(rest.removeFirst().id.prefix(12))\n")
      }
    } else if let source = state.current?.commit {
      let changes = try tree.changesSinceHead(at: try state.treePaths)
      if isCommitted, changes.allSatisfy({ $0.before == $0.after }) {
        try Console.print("the files of \(source.id.prefix(12)) are committed already\n")
      } else if !isCommitted, !state.isWritten, changes.allSatisfy({ $0.before == $0.after }) {
        // A run was killed before it wrote the files with conflicts, or after it discarded them.
        rest.insert(source, at: 0)
      } else {
        try run.commitEdited(source, state, on: tree)
      }
    }
    try run.record(rest[...])
    do {
      try run.pick(rest)
    } catch let error as PatchkitError where !skips && state.current != nil {
      throw error.stating(Self.kept)
    }
  }

  /// Returns to the commit where HEAD was before the first one.
  static func abort(_ state: PickState, on tree: DirectoryTree) throws {
    try discard(state, on: tree, movingTo: state.original)
    try PickState.remove(for: tree)
    try Console.print("HEAD is at \(state.original.prefix(12)) again\n")
  }

  /// The files that were staged since the stop: as in git, they belong to the resolution, such as the new name of
  /// a file.
  ///
  /// - Throws: `PatchkitError` where the commit would lack what the user did to a file since.
  private func stagedSince(_ state: PickState, on tree: DirectoryTree) throws -> [TreePath] {
    let staged = try tree.stagedNames()
    let known = Set(state.staged)
    let now = Set(staged.map(Self.name))
    let edited = try tree.editedNames().map(Self.name)
    let isOfCommit = Set(state.paths)
    // A file of the commit needs no staging; what is staged of it is what the user decided, and has to be all.
    let left = edited.filter {
      now.contains($0)
        ? !known.contains($0) : !isOfCommit.contains($0) && !state.edited.contains($0)
    }
    if let first = left.first {
      let isPartly = now.contains(first)
      let paths = left.map { Self.pathspec($0, root: tree.absolutePath) }.joined(separator: " ")
      var error = PatchkitError(
        .refused, path: first,
        isPartly
          ? "was edited after it was staged"
          : "was edited since the stop, and the commit does not change it",
        consequence: "nothing was committed",
        hint: isPartly
          ? "'git add \(paths)' stages the edit; 'git checkout -- \(paths)' drops it"
          : "'git add \(paths)' adds it to the commit; 'git stash push -- \(paths)' keeps it out")
      error.details = left.dropFirst().map { "  also \($0)" }
      throw error
    }
    for path in state.marked where !now.contains(path) {
      guard try tree.file(at: try TreePath(Array(path.utf8))) == nil else { continue }
      throw PatchkitError(
        .refused, path: path, "had conflicts and is gone", consequence: "nothing was committed",
        hint:
          "'git rm --cached \(Self.pathspec(path, root: tree.absolutePath))' says that it is to be removed"
      )
    }
    return try staged.filter { !known.contains(Self.name($0)) }.map { name in
      if let path = try? TreePath(name) { return path }
      throw PatchkitError(
        .refused, path: Self.name(name), "is staged, and has a name that only git can commit",
        consequence: "nothing was committed",
        hint: "'git commit' commits what is staged; '--continue' then picks the commits after it")
    }
  }

  static func name(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// A path of the work tree as a word for git in the current folder.
  private static func pathspec(_ path: String, root: String) -> String {
    let isPlain =
      InputFile.realPath(".") == InputFile.realPath(root)
      && path.first != "-" && path.first != ":" && !path.contains { "*?[\\".contains($0) }
    return Shell.quoted(isPlain ? path : ":(top,literal)\(path)")
  }

  /// Gives up the files of the commit that it stopped at, and moves HEAD.
  private static func discard(
    _ state: PickState, on tree: DirectoryTree, movingTo target: String
  ) throws {
    let discarded = try discarded(state, on: tree)
    var undecided = state
    undecided.isWritten = false
    if try target == tree.requireHead() {
      undecided.last = target
      try undecided.write(for: tree)
    } else {
      var end = undecided
      end.last = target
      end.current = nil
      end.remaining = []
      try end.writeBeforeMove(for: tree)
    }
    try tree.move(to: target, discarding: discarded)
  }

  /// The files of the commit that it stopped at that are to be discarded: what the run wrote, and, as with git, the
  /// user's edits of its conflicts.
  ///
  /// - Throws: `PatchkitError` where another file has changes: they are the user's own.
  private static func discarded(_ state: PickState, on tree: DirectoryTree) throws -> [TreePath] {
    let marked = Set(state.marked)
    return try state.treePaths.filter { path in
      let name = path.description
      let isTracked = try !tree.isUntracked(at: path)
      if state.written[name] == version(try tree.file(at: path)) { return true }
      if try isTracked && !tree.hasUncommittedChange(at: path) {
        return try tree.hasStagedChange(at: path)
      }
      if isTracked, marked.contains(name) { return true }
      let word = pathspec(name, root: tree.absolutePath)
      throw PatchkitError(
        .changedMeanwhile, path: name,
        state.written[name] == nil
          ? "has changes that the cherry-pick did not make" : "was edited since the stop",
        consequence: "nothing was changed",
        hint: isTracked
          ? "'git stash push -- \(word)' keeps the edit, 'git checkout -- \(word)' discards it"
          : "move it away")
    }
  }

  /// A file in the words of a state; empty for none.
  static func version(_ file: TreeFile?) -> String {
    file.map { JournalPlan.Version($0).text } ?? ""
  }

  /// Commits the files as the user edited them.
  private func commitEdited(
    _ source: CommitSource, _ state: PickState, on tree: DirectoryTree
  ) throws {
    let patch = try Self.patch(of: source)
    let staged = try stagedSince(state, on: tree)
    for change in try tree.changesSinceHead(at: try state.markedPaths) {
      let path = change.path.description
      guard let file = change.after else { continue }
      guard let conflict = MarkedConflict.all(in: file.content).first else { continue }
      throw PatchkitError(
        .refused, path: path, line: conflict.lines.lowerBound + 1, "still has conflict markers",
        consequence: "nothing was committed", hint: "edit the file, then run it again")
    }
    let changes = try tree.changesSinceHead(at: Set(try state.treePaths + staged).sorted())
      .filter { $0.before != $0.after }
    guard !changes.isEmpty else {
      throw PatchkitError(
        .refused, "no file that the commit \(source.id.prefix(12)) changes differs from HEAD",
        consequence: "nothing was committed", hint: "'--skip' leaves the commit out")
    }
    var request = try request(patch, source, changes, in: tree)
    if options.provenance {
      let edited = state.marked.map { "file: \($0): edited by the user\n" }.joined()
      request.note = Array(
        "patchkit: \(Patchkit.version)\nupstream: \(source.id)\nverdict: conflict\n\(edited)".utf8)
    }
    let made = try tree.commitFiles(request) { head in
      try self.state(state.remaining, at: head, in: tree).writeBeforeMove(for: tree)
    }
    try Console.print("committed \(patch.message.subject)  \(.faint, made)\n")
    let changed = Set(changes.map(\.path.description))
    for path in state.paths where !changed.contains(path) {
      try Console.print("  without a change to \(.path, path)\n")
    }
  }
}
