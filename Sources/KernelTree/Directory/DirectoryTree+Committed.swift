// SPDX-License-Identifier: GPL-2.0-only

package import Host

extension DirectoryTree {
  /// Throws where a file that is to change has changes that are not committed.
  ///
  /// - Parameters:
  ///   - paths: the files.
  ///   - staged: whether what is staged counts, too: a commit of the file would mix it in.
  ///   - untracked: what to say about a file that git does not track, and what to do about it; nil where such a file
  ///     may change.
  ///   - consequence: what an error means for the tree.
  ///   - hint: what to do about changes.
  /// - Throws: `PatchkitError` of kind `changedMeanwhile`.
  package func requireCommitted(
    _ paths: [TreePath], staged: Bool = true,
    untracked: (message: String, hint: String)? = nil, consequence: String? = nil,
    hint: String = "commit or stash them"
  ) throws(PatchkitError) {
    for path in paths {
      var isChanged = try hasUncommittedChange(at: path)
      if !isChanged, staged { isChanged = try hasStagedChange(at: path) }
      if isChanged { throw Self.uncommitted(path, consequence: consequence, hint: hint) }
      if let untracked, try isUntracked(at: path) {
        throw PatchkitError(
          .changedMeanwhile, path: path.description, untracked.message, consequence: consequence,
          hint: untracked.hint)
      }
    }
  }

  /// The error about a file with changes that are not committed.
  static func uncommitted(
    _ path: TreePath, consequence: String? = nil, hint: String = "commit or stash them"
  ) -> PatchkitError {
    PatchkitError(
      .changedMeanwhile, path: path.description, "has uncommitted changes",
      consequence: consequence, hint: hint)
  }
}
