// SPDX-License-Identifier: GPL-2.0-only

/// Where a message says that its change comes from another commit.
package struct UpstreamReference: Sendable, Hashable {
  /// In which words it is said.
  package enum Form: String, Sendable, Hashable, Codable {
    /// `commit SHA upstream.`, the stable team's first line.
    case commitUpstream = "commit-upstream"
    /// `[ Upstream commit SHA ]`.
    case upstreamCommit = "upstream-commit"
    /// `(cherry picked from commit SHA)`.
    case cherryPicked = "cherry-picked"
    /// `(backported from commit SHA)`.
    case backported = "backported"
    /// SUSE's `Git-commit: SHA`.
    case gitCommit = "git-commit"
    /// DEP-3's `Origin:` or `Applied-Upstream:` with an id in it.
    case origin = "origin"
  }

  /// In which words it is said.
  package var form: Form
  /// The commit's id as written, lower case.
  package var commit: String

  /// Finds the reference of one line, if it is one.
  package init?(messageLine line: Substring) {
    let text = String(line).trimmed.lowercased()
    func id(after prefix: String, before suffix: String) -> String? {
      guard text.hasPrefix(prefix) else { return nil }
      let rest = text.dropFirst(prefix.count)
      let id = rest.prefix { $0.isASCII && $0.isHexDigit }
      guard (7...40).contains(id.count), rest.dropFirst(id.count).hasPrefix(suffix) else {
        return nil
      }
      return String(id)
    }
    if let id = id(after: "commit ", before: " upstream") {
      self.init(form: .commitUpstream, commit: id)
    } else if let id = id(after: "[ upstream commit ", before: " ]")
      ?? id(after: "upstream commit ", before: "")
    {
      self.init(form: .upstreamCommit, commit: id)
    } else if let id = id(after: "(cherry picked from commit ", before: "") {
      self.init(form: .cherryPicked, commit: id)
    } else if let id = id(after: "(backported from commit ", before: "") {
      self.init(form: .backported, commit: id)
    } else {
      return nil
    }
  }

  /// Makes a reference from its form and the commit's id.
  init(form: Form, commit: String) {
    self.form = form
    self.commit = commit
  }

  /// The first run of hex digits in a field's value that is long enough for a commit's id.
  static func commitID(in value: String) -> String? {
    value.split { !($0.isASCII && $0.isHexDigit) }.first { (12...40).contains($0.count) }
      .map { $0.lowercased() }
  }
}
