// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host
internal import History
internal import KernelTree

/// Finds the commits that users name where patches are taken: by id, tag or branch, by subject, or as a
/// range `A..B`; with `REPO@` before it in that repository.
///
/// An existing file has precedence over a commit; `commit:` before a name asks for the commit.
package struct CommitNames: Sendable {
  /// The repository that names without one are looked up in.
  private let repository: String
  /// The revision whose history is searched for subjects.
  private let revision: String
  /// Whether the user named the repository.
  private let isNamed: Bool
  /// The parent that a merge's change is against, from 1; nil refuses merges.
  private let parent: Int?
  /// Whether the merges of a range are left out, and not refused.
  private let leavesOutMerges: Bool

  private static let prefix = "commit:"

  /// Looks names up.
  ///
  /// - Parameters:
  ///   - upstream: `REPO` or `REPO@REVISION`; nil asks the repository that the current folder is in.
  ///   - parent: the parent that a merge's change is against, from 1; nil refuses merges.
  ///   - leavesOutMerges: whether the merges of a range are left out, and not refused.
  package init(upstream: String?, parent: Int? = nil, leavesOutMerges: Bool = false) {
    self.leavesOutMerges = leavesOutMerges
    (repository, revision) = upstream.map(Self.repositoryAndRevision) ?? (".", "HEAD")
    isNamed = upstream != nil
    self.parent = parent
  }

  /// The two parts of `REPO@REVISION`; without a revision, `HEAD`.
  package static func repositoryAndRevision(
    _ text: String
  ) -> (repository: String, revision: String) {
    if InputFile.kind(of: text) == .folder { return (text, "HEAD") }
    return split(text) ?? (text, "HEAD")
  }

  /// The parts of a name that begins with a repository; nil for any other.
  private static func split(_ name: String) -> (repository: String, revision: String)? {
    // The sign occurs in revisions, too: `HEAD@{1}`.
    var end = name.endIndex
    while let at = name[..<end].lastIndex(of: "@") {
      let rest = name[name.index(after: at)...]
      let folder = at == name.startIndex ? "." : String(name[..<at])
      if !rest.isEmpty, rest.first != "{", InputFile.kind(of: folder) == .folder {
        return (folder, String(rest))
      }
      end = at
    }
    return nil
  }

  /// Whether a name is to be looked up: no file has it, or it asks for a commit.
  package static func mayBeCommit(_ name: String) -> Bool {
    name.hasPrefix(prefix) || name != "-" && !InputFile.exists(name)
  }

  /// The commits that a name means, the oldest first.
  ///
  /// - Throws: `PatchkitError` where there is none, where there are several, where one is a merge, and
  ///   where the repository cannot be read.
  package func commits(_ name: String) throws(PatchkitError) -> [CommitSource] {
    let isForced = name.hasPrefix(Self.prefix)
    let text = isForced ? String(name.dropFirst(Self.prefix.count)) : name
    let (folder, words) = Self.split(text) ?? (repository, text)
    let isCommit = isForced || folder != repository || isNamed
    return try convertingGitErrors {
      if isNamed, InputFile.kind(of: repository) != .folder {
        throw PatchkitError(
          .badInput, path: repository, "not a git repository",
          hint: "--upstream names a folder inside a repository, or REPO@REVISION")
      }
      guard let found = try Repository.discover(from: folder) else {
        if !isCommit { throw unreadable(name, in: nil) }
        throw PatchkitError(
          .badInput, path: folder, "not a git repository",
          hint: "name a folder inside a repository, or REPO@REVISION")
      }
      let commits: [HistoryCommit]
      // A subject may hold dots, too: it is a range only where both ends are commits.
      if let range = words.firstRange(of: ".."), let all = try self.range(words, range, in: found) {
        commits = all
        if commits.isEmpty {
          throw PatchkitError(
            .badInput, path: folder, "there is no commit in the range '\(words)'",
            hint: "ranges go from the older to the newer commit: 'git -C "
              + "\(Shell.quoted(folder)) log --oneline \(Shell.quoted(words))' lists one")
        }
      } else if !words.contains(".."), let id = try commit(words, in: found) {
        commits = [try found.commit(id)]
      } else if words.contains(" ") {
        commits = [try found.commit(titled(words, in: folder))]
      } else {
        throw isCommit ? noCommit(words, in: folder) : unreadable(name, in: folder)
      }
      try requireNoMerge(commits, in: folder)
      return commits.map {
        CommitSource(
          repository: folder, id: $0.id.description,
          parent: $0.parentCount > 1 ? parent ?? 1 : 1)
      }
    }
  }

  // MARK: Kinds of names

  /// The commit of an id, a tag, a branch or another revision; nil where there is none.
  private func commit(_ words: String, in repository: Repository) throws -> ObjectID? {
    do throws(GitError) {
      return try repository.resolve(words).commit
    } catch {
      // libgit2 says the same of a text that is too short for an id.
      let isID = words.utf8.count >= 4 && words.allSatisfy { $0.isASCII && $0.isHexDigit }
      if error.kind == .ambiguous, !isID { return nil }
      // Another kind of object, such as a blob.
      if error.operation.hasPrefix("take ") { return nil }
      if error.kind == .ambiguous {
        throw PatchkitError(
          .badInput, path: repository.gitFolder,
          "several objects have ids that begin with '\(words)'",
          hint: "write more digits of the id", underlying: error)
      }
      // A text that cannot be a revision may be a subject.
      if error.kind == .notFound || words.contains(" ") { return nil }
      // Neither can a word with a character that no name of a reference has.
      if !Repository.isReferenceName("refs/heads/" + words) { return nil }
      throw error
    }
  }

  /// The commits of a range, the oldest first; nil where an end of it is not a commit.
  private func range(
    _ words: String, _ dots: Range<String.Index>, in repository: Repository
  ) throws -> [HistoryCommit]? {
    let ends = [words[..<dots.lowerBound], words[dots.upperBound...]].map(String.init)
    if ends[1].hasPrefix("."), !words.contains(" ") {
      throw PatchkitError(
        .badInput,
        "'\(words)' is a symmetric difference, whose commits have no order to apply them in",
        hint: "name a range with two dots: "
          + Shell.quoted("\(ends[0])..\(ends[1].dropFirst())"))
    }
    var ids: [ObjectID] = []
    for end in ends {
      guard let id = try commit(end.isEmpty ? "HEAD" : end, in: repository) else { return nil }
      ids.append(id)
    }
    var commits: [HistoryCommit] = []
    try repository.walk("\(ids[0])..\(ids[1])", followsFirstParents: parent == 1) {
      commits.append($0)
      return true
    }
    // As `git format-patch` does: a commit that changes nothing is not a patch.
    commits = try commits.filter { commit in
      guard commit.parentCount == 1, let parent = commit.parent else { return true }
      return try repository.commit(parent).tree != commit.tree
    }
    if leavesOutMerges { commits.removeAll { $0.parentCount > 1 } }
    return commits.reversed()
  }

  /// The commit that has a subject.
  private func titled(_ subject: String, in folder: String) throws -> ObjectID {
    let index = try HistoryIndex(
      ofRepositoryAt: folder, cache: CacheFolder.ofUser("history"))
    let found = try index.withHistory(at: folder == repository ? revision : "HEAD") { history in
      try history.commits(titled: subject).map { try history.commit($0) }
    }
    guard let only = found.first else {
      throw PatchkitError(
        .badInput, path: folder,
        "no commit has the subject '\(subject)', and no file has that name",
        hint: "'git -C \(Shell.quoted(folder)) log --oneline --grep "
          + "\(Shell.quoted(subject)) -F' lists those that contain it")
    }
    if found.count > 1 {
      let ids = found.prefix(4).map { String($0.id.description.prefix(12)) }
      throw PatchkitError(
        .badInput, path: folder, "\(found.count) commits have the subject '\(subject)'",
        hint: "name one of them by its id: \(ids.joined(separator: ", "))")
    }
    return only.id
  }

  // MARK: Refusals

  private func requireNoMerge(_ commits: [HistoryCommit], in folder: String) throws {
    let merges = commits.filter { $0.parentCount > 1 }
    guard parent == nil, let first = merges.first else { return }
    let subject = String(decoding: first.message.prefix { $0 != 0x0A }, as: UTF8.self)
    let rest = merges.count > 1 ? " and \(merges.count - 1) more" : ""
    throw PatchkitError(
      .badInput, path: folder,
      "a merge is not a patch: \(first.id.description.prefix(12)) (\"\(subject)\")\(rest)",
      hint: commits.count > 1
        ? "'-m 1' takes the commits of the first parents, and what merges bring as one change"
        : "'-m 1' takes its change against its first parent")
  }

  private func noCommit(_ words: String, in folder: String) -> PatchkitError {
    PatchkitError(
      .badInput, path: folder, "'\(words)' is neither a file nor a commit of the repository",
      hint:
        "'git -C \(Shell.quoted(folder)) log --oneline' lists the commits; a subject is written "
        + "in full")
  }

  /// What to say of a name that is neither a file nor a commit.
  private func unreadable(_ name: String, in folder: String?) -> PatchkitError {
    let isPath = folder == nil || name.contains("/") || name.contains(".")
    if isPath { return InputFile.missing(name) }
    return PatchkitError(
      .badInput, "'\(name)' is neither a file nor a commit of this repository",
      hint: "check the name; '--upstream REPO' names the repository that has the commit")
  }
}
