// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// git's configuration: of a repository where there is one, else of the user and the system.
package enum Configuration {
  /// A value and the kind of file that it comes from.
  package struct Value: Sendable, Hashable {
    /// The value.
    package var text: String
    /// `repository`, `user` or `system`.
    package var level: String
  }

  /// The value of a key; nil where nothing sets it.
  ///
  /// - Parameters:
  ///   - name: a key such as `user.name`.
  ///   - folder: a folder in a work tree, or any folder.
  /// - Throws: `GitError` where a file of the configuration cannot be read.
  package static func value(of name: String, near folder: String) throws(GitError) -> Value? {
    try Libgit2.setUp()
    var config: OpaquePointer?
    var repository: OpaquePointer?
    try RepositoryFiles.check(from: folder, searches: true)
    if unsafe git_repository_open_ext(&repository, folder, 0, nil) == 0 {
      defer { unsafe git_repository_free(repository) }
      if let repository = unsafe repository { try unsafe addWorkTreeFile(of: repository) }
      try check(unsafe git_repository_config(&config, repository), "read git's configuration")
    } else {
      try check(unsafe git_config_open_default(&config), "read git's configuration")
    }
    defer { unsafe git_config_free(config) }
    var entry: UnsafeMutablePointer<git_config_entry>?
    let code = unsafe git_config_get_entry(&entry, config, name)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    try check(code, "read '\(name)' of git's configuration")
    guard let found = unsafe entry else { return nil }
    defer { unsafe git_config_entry_free(found) }
    guard let text = unsafe found.pointee.value else { return nil }
    let level =
      switch unsafe found.pointee.level {
      case GIT_CONFIG_LEVEL_LOCAL, GIT_CONFIG_LEVEL_APP: "repository"
      case GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_XDG: "user"
      default: "system"
      }
    return unsafe Value(text: String(cString: text), level: level)
  }

  /// Adds `config.worktree`, which libgit2 1.5 does not read, to a repository's configuration.
  static func addWorkTreeFile(of repository: OpaquePointer) throws(GitError) {
    let path = unsafe String(cString: git_repository_path(repository)) + "config.worktree"
    guard InputFile.exists(path) else { return }
    let config = try Handle.make(
      "read git's configuration", free: { unsafe git_config_free($0) },
      { unsafe git_repository_config(&$0, repository) })
    var isUsed: Int32 = 0
    guard unsafe git_config_get_bool(&isUsed, config.pointer, "extensions.worktreeconfig") == 0,
      isUsed != 0
    else {
      git_error_clear()
      return
    }
    try check(
      unsafe git_config_add_file_ondisk(
        config.pointer, path, GIT_CONFIG_LEVEL_APP, repository, 1),
      "read \(path)")
  }
}
