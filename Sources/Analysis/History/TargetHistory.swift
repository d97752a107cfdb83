// SPDX-License-Identifier: GPL-2.0-only

internal import History

/// What a target's own history says about upstream commits.
struct TargetHistory {
  /// Whether the target has an upstream commit.
  enum Presence {
    case present(String)
    case reverted(String)
    /// A commit has the same subject, and says nothing of where it comes from.
    case titled(String)
    case absent
  }

  private let history: RevisionHistory?

  /// Whether there is a history to ask.
  var isKnown: Bool { history != nil }

  init(_ history: RevisionHistory?) { self.history = history }

  /// Whether the target has an upstream commit: the commit itself, or one that says to come from it.
  func presence(of id: String, _ subject: String) throws -> Presence {
    guard let history else { return .absent }
    var found = try history.commits(withID: id)
    let isItself = !found.isEmpty
    found += try history.mentions(of: id).filter { $0.mention.role.isOrigin }.map(\.commit)
    var reverted: String?
    for commit in found {
      let name = try history.commit(commit).id.description.prefix(12)
      guard let revert = try history.revert(of: commit) else {
        return .present(isItself ? "in the tree's history" : "applied as \(name)")
      }
      let other = try history.commit(revert).id.description.prefix(12)
      reverted = "applied as \(name), and reverted by \(other)"
    }
    if let reverted { return .reverted(reverted) }
    for commit in subject.isEmpty ? [] : try history.commits(titled: subject) {
      let mentions = try history.mentions(by: commit)
      guard !mentions.contains(where: \.role.isOrigin), try history.revert(of: commit) == nil
      else { continue }
      let name = try history.commit(commit).id.description.prefix(12)
      return .titled("\(name) has the same subject, and names no commit")
    }
    return .absent
  }
}
