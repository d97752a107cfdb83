// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// Commits of a repository, the oldest first, each as a patch of its only parent.
package final class CommitRange {
  /// A commit.
  package struct Record: Sendable {
    /// The id, 40 hex digits.
    package var id: String
    /// The parent's id.
    package var parent: String
    /// The message.
    package var message: String
    /// The author.
    package var author: CommitRequest.Author
    /// The note that patchkit put on it; nil where there is none.
    package var note: [UInt8]?
    /// The paths in which it differs from its parent.
    package var changedPaths: [[UInt8]]

    /// The blob id of a message: it shows whether a commit still has the message that it was made with.
    package static func id(ofMessage message: String) throws -> String {
      try TreeFile(mode: .regular, content: Array(message.utf8)).blobID
    }
  }

  /// The commits, oldest first.
  package let records: [Record]
  private let repository: Repository
  private let path: String

  /// Reads commits.
  ///
  /// - Parameter ids: their ids, the oldest first.
  /// - Throws: `PatchkitError` where one cannot be read, or has no parent or several.
  package init(repositoryPath: String, ids: [String]) throws(PatchkitError) {
    path = repositoryPath
    guard let found = try convertingGitErrors({ try Repository.discover(from: repositoryPath) })
    else {
      throw PatchkitError(
        .badInput, path: repositoryPath, "not a git repository",
        hint: "name a folder inside a repository, or REPO@REVISION")
    }
    repository = found
    records = try convertingGitErrors {
      try ids.compactMap(ObjectID.init(_:)).map {
        try Self.record(try found.commit($0), in: found)
      }
    }
  }

  private static func record(_ commit: HistoryCommit, in repository: Repository) throws -> Record {
    guard commit.parentCount == 1, let parent = commit.parent else {
      throw PatchkitError(
        .wrongKind, "the commit \(commit.id) has \(commit.parentCount) parents and is not a patch",
        hint: "name a range without merge commits, for example after 'git rebase'")
    }
    let author = try repository.author(of: commit.id)
    let differences = try repository.differences(
      from: try repository.commit(parent).tree, to: commit.tree, findsRenames: false)
    return Record(
      id: commit.id.description, parent: parent.description,
      message: String(decoding: commit.message, as: UTF8.self),
      author: CommitRequest.Author(
        name: author.name, email: author.email, date: (author.seconds, author.zoneMinutes)),
      note: try repository.note(on: commit.id),
      changedPaths: differences.flatMap { [$0.oldPath, $0.newPath].compactMap(\.self) })
  }

  /// The difference that a commit makes, as git writes it.
  package func patch(of record: Record) throws(PatchkitError) -> [UInt8] {
    try convertingGitErrors {
      try repository.patch(
        from: repository.resolve(record.parent).tree, to: repository.resolve(record.id).tree)
    }
  }

  /// The tree of one of the commits, or of a parent.
  package func tree(at id: String) throws(PatchkitError) -> RevisionTree {
    try RevisionTree(repository: repository, revision: id, name: "\(path)@\(id.prefix(12))")
  }
}
