// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// What git's configuration says.
package enum GitSettings {
  /// A value and where it comes from.
  package struct Value: Sendable, Hashable {
    /// The value.
    package var text: String
    /// The kind of file that sets it: `repository`, `user` or `system`.
    package var level: String
  }

  /// The value of a key such as `user.name`, as git sees it in a folder; nil where nothing sets it.
  ///
  /// - Throws: `PatchkitError` of kind `git` where the configuration cannot be read.
  package static func value(of name: String, in folder: String = ".") throws(PatchkitError)
    -> Value?
  {
    do {
      return try Configuration.value(of: name, near: folder).map {
        Value(text: $0.text, level: $0.level)
      }
    } catch {
      throw PatchkitError(
        .git, "\(error.message)", hint: "'git config --list --show-origin' shows its files")
    }
  }

  /// The program that a key such as `core.editor` names; nil where nothing names one.
  ///
  /// A repository may have come with its configuration, so only the user's own and the system's count.
  ///
  /// - Throws: `PatchkitError` of kind `git` where the configuration cannot be read.
  package static func program(of name: String) throws(PatchkitError) -> Value? {
    if let value = try value(of: name), value.level != "repository" { return value }
    return try value(of: name, in: "/")
  }

  /// The name and address for Signed-off-by, as in git: `GIT_COMMITTER_NAME` and `GIT_COMMITTER_EMAIL`,
  /// else the configuration.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` where nothing names anybody.
  package static func committer(in folder: String = ".") throws(PatchkitError) -> (
    name: String, email: String
  ) {
    var name = Machine.variable("GIT_COMMITTER_NAME")
    if name == nil { name = try value(of: "user.name", in: folder)?.text }
    var email = Machine.variable("GIT_COMMITTER_EMAIL")
    if email == nil { email = try value(of: "user.email", in: folder)?.text }
    guard let name, let email else {
      throw PatchkitError(
        .badInput, "git's configuration has no user.name and user.email for Signed-off-by",
        hint:
          "run 'git config --global user.name NAME' and 'git config --global user.email ADDRESS'")
    }
    return (name, email)
  }
}
