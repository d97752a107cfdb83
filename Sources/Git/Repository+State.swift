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

  /// The lock files that keep a reference from moving, and the index from being written.
  ///
  /// - Parameter usesIndex: whether the index is written, too.
  package func lockFiles(ofReference name: String, usesIndex: Bool) -> [String] {
    let home = name == "HEAD" ? gitFolder : commonFolder
    return [home + name + ".lock"] + (usesIndex ? [gitFolder + "index.lock"] : [])
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
