// SPDX-License-Identifier: GPL-2.0-only

/// What a commit's message says about another commit that it names.
package enum MentionRole: UInt8, Sendable, Hashable, CaseIterable {
  /// `Fixes: SHA ("title")`, or "fixes commit SHA".
  case fixes = 1
  /// Prose that blames a commit for a problem: "introduced by commit SHA", "commit SHA broke".
  case blames = 2
  /// "This reverts commit SHA", "back out SHA", "undoes commit SHA", `Revert "title"`.
  case reverts = 3
  /// "This partially reverts commit SHA".
  case partlyReverts = 4
  /// `commit SHA upstream.`, `[ Upstream commit SHA ]`, `Git-commit: SHA`.
  case upstream = 5
  /// `(cherry picked from commit SHA)`.
  case cherryPicked = 6
  /// `(backported from commit SHA)`, "backport of commit SHA".
  case backported = 7
  /// `Cc: stable # 3.3.x: SHA: title`: the commit is needed before this one.
  case stablePrerequisite = 8
  /// `Link:` with a URL, or a URL of a commit.
  case link = 9
  /// A commit named in any other words.
  case named = 10

  /// Its name in reports, such as `partly-reverts`.
  package var name: String {
    switch self {
    case .partlyReverts: "partly-reverts"
    case .cherryPicked: "cherry-picked"
    case .stablePrerequisite: "stable-prerequisite"
    default: "\(self)"
    }
  }

  /// Whether the commit that carries the message is a copy of the one it names.
  package var isOrigin: Bool {
    self == .upstream || self == .cherryPicked || self == .backported
  }
}

/// A commit named in the message of another.
package struct Mention: Sendable, Hashable {
  /// What the message says about it.
  package var role: MentionRole
  /// The id as written, in lower case: 7 to 40 hex digits; for a link that names no commit, its URL.
  package var id: String

  /// Makes a mention.
  package init(role: MentionRole, id: String) {
    self.role = role
    self.id = id
  }
}

/// A commit named by its title alone, or by a title next to its id.
package struct TitleMention: Sendable, Hashable {
  /// What the message says about it: `fixes`, `reverts` or `partlyReverts`.
  package var role: MentionRole
  /// The title.
  package var title: String
}
