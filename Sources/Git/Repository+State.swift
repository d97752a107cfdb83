// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

extension Repository {
  /// The name of what another git command left unfinished, such as `merge`; nil where there is none
  /// that a commit would end.
  package var unfinishedOperation: String? {
    let state = unsafe git_repository_state(handle.pointer)
    return switch UInt32(bitPattern: state) {
    case GIT_REPOSITORY_STATE_MERGE.rawValue: "merge"
    case GIT_REPOSITORY_STATE_REVERT.rawValue, GIT_REPOSITORY_STATE_REVERT_SEQUENCE.rawValue:
      "revert"
    case GIT_REPOSITORY_STATE_CHERRYPICK.rawValue,
      GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE.rawValue:
      "cherry-pick"
    case GIT_REPOSITORY_STATE_REBASE.rawValue, GIT_REPOSITORY_STATE_REBASE_INTERACTIVE.rawValue,
      GIT_REPOSITORY_STATE_REBASE_MERGE.rawValue:
      "rebase"
    case GIT_REPOSITORY_STATE_APPLY_MAILBOX.rawValue,
      GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE.rawValue:
      "am"
    default: nil
    }
  }

  /// The lock files that keep references from moving, and the index from being written.
  ///
  /// - Parameter usesIndex: whether the index is written, too, and HEAD's log with the branch that it is on.
  package func lockFiles(ofReferences names: [String], usesIndex: Bool) -> [String] {
    var locks = names.map { file(ofReference: $0) + ".lock" }
    if usesIndex {
      if !names.contains("HEAD") { locks.append(gitFolder + "HEAD.lock") }
      locks.append(gitFolder + "index.lock")
    }
    return locks
  }

  /// Whether git takes no notice of files' modes in this work tree (`core.fileMode`).
  package func ignoresModes() throws(GitError) -> Bool {
    let (code, value) = try truth(of: "core.filemode")
    return code == 0 && !value
  }

  /// The truth value of a key of the configuration, with libgit2's code.
  private func truth(of key: String) throws(GitError) -> (code: Int32, value: Bool) {
    let config = try Handle.make(
      "read git's configuration", free: { unsafe git_config_free($0) },
      { unsafe git_repository_config_snapshot(&$0, handle.pointer) })
    var value: Int32 = 0
    let code = unsafe git_config_get_bool(&value, config.pointer, key)
    git_error_clear()
    return (code, value != 0)
  }

  /// Makes the log of a reference that has none, where git would keep one.
  func ensureLog(ofReference name: String) throws(GitError) {
    guard ["refs/heads/", "refs/notes/"].contains(where: { name.hasPrefix($0) }) else { return }
    let (code, isLogging) = try truth(of: "core.logallrefupdates")
    if code == GIT_ENOTFOUND.rawValue {
      if unsafe git_repository_is_bare(handle.pointer) == 1 { return }
    } else if code == 0, !isLogging {
      // Another value than a truth value is 'always'.
      return
    }
    try check(unsafe git_reference_ensure_log(handle.pointer, name), "make the log of \(name)")
  }

  /// The file of a reference, whether it exists or not.
  package func file(ofReference name: String) -> String {
    (name == "HEAD" ? gitFolder : commonFolder) + name
  }

  /// Whether a branch is checked out in this work tree or in one that is linked to it.
  package func isCheckedOut(_ name: String) -> Bool {
    var reference: OpaquePointer?
    guard unsafe git_reference_lookup(&reference, handle.pointer, name) == 0 else {
      git_error_clear()
      return false
    }
    defer { unsafe git_reference_free(reference) }
    return unsafe git_branch_is_checked_out(reference) == 1
  }

  /// The file of the index.
  package var indexFile: String { gitFolder + "index" }
}
