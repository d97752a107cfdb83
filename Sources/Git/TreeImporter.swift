// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// Builds a tree from many files and writes it to a repository in packs.
package final class TreeImporter {
  private let staging: ObjectStaging
  private let index: Handle
  /// Content is kept in memory up to this many bytes, then written as a pack.
  private static let chunk = 64 << 20

  /// Starts an import into a repository.
  package init(into repository: Repository) throws(GitError) {
    staging = try ObjectStaging(of: repository)
    index = try Handle.make(
      "make an index", free: { unsafe git_index_free($0) }, { unsafe git_index_new(&$0) })
  }

  /// Adds a file.
  package func add(_ file: GitFile, at path: [UInt8]) throws(GitError) {
    try requireNoStop()
    let id = try staging.addBlob(file.content, at: nil)
    try add(id, mode: file.mode, at: path)
    if staging.bytes > Self.chunk { try staging.land() }
  }

  /// Adds a file whose blob the repository has already.
  package func add(_ id: ObjectID, mode: FileMode, at path: [UInt8]) throws(GitError) {
    try index.add(id, mode: mode, at: path)
  }

  /// Removes what was written: the import ends without a commit.
  package func discard() { staging.discard() }

  /// Writes what is left, and a commit without history over it.
  ///
  /// - Returns: the commit's id and its tree's.
  package func finish(
    message: String, author: Signature
  ) throws(GitError) -> (commit: ObjectID, tree: ObjectID) {
    try staging.land()
    var oid = git_oid()
    try check(
      unsafe git_index_write_tree_to(&oid, index.pointer, staging.repository.handle.pointer),
      "make the imported tree")
    let tree = ObjectID(oid)
    try requireNoStop()
    let draft = CommitDraft(changes: [], message: message, author: author)
    let commit = try staging.commit(draft, tree: tree, parent: nil, committer: author)
    try staging.land()
    return (commit, tree)
  }
}

/// Continues unless the process was asked to end.
private func requireNoStop() throws(GitError) {
  if StopRequest.isMade { throw GitError("continue", "the process was asked to stop") }
}
