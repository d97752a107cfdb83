// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host
internal import KernelTree
internal import PatchFormat

/// A commit as a finding names it.
package struct FoundCommit: Sendable, Hashable {
  /// The id, forty hex digits.
  package var id: String
  /// The first line of its message.
  package var subject: String
}

/// Something in a history that speaks for a patch being there already.
package struct HistoryEvidence: Sendable, Hashable {
  /// What speaks for it.
  package enum Kind: String, Sendable, Hashable, Codable {
    /// The commit names the patch's commit: `commit SHA upstream.`, a cherry-pick line and the like.
    case reference
    /// The commit is the patch's own.
    case itself
    /// The commit makes the same changes, white space and line numbers apart.
    case patchID = "patch-id"
    /// The commit has the same subject and touches the same files.
    case subject
  }

  /// What speaks for it.
  package var kind: Kind
  /// The commit.
  package var commit: FoundCommit
  /// The commit that takes it back, where one does.
  package var revertedBy: FoundCommit?
}

/// A later commit that says it mends, or takes back, another.
package struct FollowUp: Sendable, Hashable {
  /// The commit.
  package var commit: FoundCommit
  /// The commit that it is about.
  package var of: String
  /// Whether it takes that one back.
  package var isRevert: Bool
  /// How many steps it is away: 1 for one that names the patch itself.
  package var distance: Int
}

/// Looks through a history once for what it says about a patch.
///
/// Its repository belongs to the thread that made it.
package final class HistorySearch {
  /// What is looked for.
  package struct Patch: Sendable {
    /// The ids of the commits that the patch is or comes from, whole or abbreviated.
    package var ids: [String]
    /// The subject; empty where there is none.
    package var subject: String
    /// The paths that it touches.
    package var paths: [String]
    /// What it changes.
    package var identity: PatchIdentity?

    /// Makes one.
    package init(ids: [String], subject: String, paths: [String], identity: PatchIdentity?) {
      self.ids = ids
      self.subject = subject
      self.paths = paths
      self.identity = identity
    }
  }

  /// What was found.
  package struct Findings: Sendable {
    /// What speaks for the patch being there.
    package var evidence: [HistoryEvidence] = []
    /// Later commits about it, the nearest first.
    package var followUps: [FollowUp] = []
    /// How many commits were looked at.
    package var commits = 0
    /// Whether the history goes on behind the last of them.
    package var isCutOff = false
  }

  private let repository: Repository
  private let revision: String
  /// The most commits that are looked at.
  private let limit: Int

  /// Opens a history.
  ///
  /// - Throws: `PatchkitError` where there is no such repository.
  package init(repository path: String, revision: String, limit: Int = 200_000)
    throws(PatchkitError)
  {
    do {
      guard let found = try Repository.discover(from: path) else {
        throw PatchkitError(
          .badInput, path: path, "there is no git repository",
          hint: "name a folder inside of a repository, or REPO@REVISION")
      }
      repository = found
    } catch let error as PatchkitError {
      throw error
    } catch {
      throw PatchkitError(.badInput, path: path, "\(error)")
    }
    self.revision = revision
    self.limit = limit
  }

  private struct Mention {
    var commit: FoundCommit
    var id: String
    var isRevert: Bool
  }

  /// Looks for patches.
  ///
  /// - Returns: the findings on each, in the order of the patches.
  /// - Throws: `PatchkitError` where the history cannot be read.
  package func search(_ patches: [Patch]) throws(PatchkitError) -> [Findings] {
    var findings = patches.map { _ in Findings() }
    var mentions: [Mention] = []
    var count = 0
    var isCutOff = false
    do {
      try repository.walk(revision) { commit in
        if count >= limit {
          isCutOff = true
          return false
        }
        count += 1
        let message = String(decoding: commit.message, as: UTF8.self)
        let found = FoundCommit(
          id: commit.id.description,
          subject: String(message.prefix { $0 != "\n" }))
        mentions += Self.mentions(in: message, found)
        for (index, patch) in patches.enumerated() {
          if let evidence = try evidence(for: patch, commit, message, found) {
            findings[index].evidence.append(evidence)
          }
        }
        return true
      }
    } catch {
      throw PatchkitError(.git, "\(error)")
    }
    for index in findings.indices {
      findings[index].commits = count
      findings[index].isCutOff = isCutOff
      findings[index].followUps = followUps(patches[index], mentions, findings[index].evidence)
      for (place, evidence) in findings[index].evidence.enumerated() {
        findings[index].evidence[place].revertedBy =
          mentions.first { $0.isRevert && evidence.commit.id.hasPrefix($0.id) }?.commit
      }
    }
    return findings
  }

  private func evidence(
    for patch: Patch, _ commit: HistoryCommit, _ message: String, _ found: FoundCommit
  ) throws -> HistoryEvidence? {
    if patch.ids.contains(where: { found.id.hasPrefix($0) }) {
      return HistoryEvidence(kind: .itself, commit: found)
    }
    if Self.references(message).contains(where: { id in
      patch.ids.contains { $0.hasPrefix(id) || id.hasPrefix($0) }
    }) {
      return HistoryEvidence(kind: .reference, commit: found)
    }
    let isSameSubject = !patch.subject.isEmpty && found.subject == patch.subject
    guard isSameSubject || patch.identity != nil, commit.parentCount <= 1,
      try touches(commit, patch.paths)
    else { return nil }
    if let identity = patch.identity, try self.identity(of: commit) == identity {
      return HistoryEvidence(kind: .patchID, commit: found)
    }
    return isSameSubject ? HistoryEvidence(kind: .subject, commit: found) : nil
  }

  /// Whether a commit changes every one of some paths: two looks at a tree for each.
  private func touches(_ commit: HistoryCommit, _ paths: [String]) throws -> Bool {
    let parent = try commit.parent.map { try repository.commit($0) }
    return try !paths.isEmpty
      && paths.allSatisfy { path in
        let bytes = Array(path.utf8)
        let new = try repository.entry(at: bytes, inTree: commit.tree)?.id
        let old = try parent.flatMap { try repository.entry(at: bytes, inTree: $0.tree)?.id }
        return new != old
      }
  }

  private func identity(of commit: HistoryCommit) throws -> PatchIdentity? {
    guard let parent = try commit.parent.map({ try repository.commit($0) }) else { return nil }
    let patch = try repository.patch(from: parent.tree, to: commit.tree)
    return PatchIdentity(PatchDocument(parsing: patch).patches.flatMap(\.files))
  }

  /// The ids that a message says its change comes from.
  private static func references(_ message: String) -> [String] {
    message.split(separator: "\n" as Character).compactMap { line in
      line.utf8.count < 200 ? UpstreamReference(messageLine: line)?.commit : nil
    }
  }

  /// What a message says that it mends or takes back.
  private static func mentions(in message: String, _ commit: FoundCommit) -> [Mention] {
    var mentions: [Mention] = []
    for line in message.split(separator: "\n" as Character) where line.utf8.count < 300 {
      let words = line.split(separator: " " as Character)
      if words.first?.lowercased() == "fixes:", words.count > 1 {
        let id = words[1].lowercased().prefix { $0.isHexDigit }
        if id.count >= 7 {
          mentions.append(Mention(commit: commit, id: String(id), isRevert: false))
        }
      } else if line.hasPrefix("This reverts commit "), words.count > 3 {
        let id = words[3].lowercased().prefix { $0.isHexDigit }
        if id.count >= 7 {
          mentions.append(Mention(commit: commit, id: String(id), isRevert: true))
        }
      }
    }
    return mentions
  }

  private func followUps(
    _ patch: Patch, _ mentions: [Mention], _ evidence: [HistoryEvidence]
  ) -> [FollowUp] {
    var open = patch.ids + evidence.map(\.commit.id)
    var seen = Set(open)
    var found: [FollowUp] = []
    var distance = 1
    while !open.isEmpty {
      var next: [String] = []
      for mention in mentions {
        guard let of = open.first(where: { $0.hasPrefix(mention.id) || mention.id.hasPrefix($0) }),
          seen.insert(mention.commit.id).inserted
        else { continue }
        found.append(
          FollowUp(
            commit: mention.commit, of: of, isRevert: mention.isRevert, distance: distance))
        next.append(mention.commit.id)
      }
      open = next
      distance += 1
    }
    return found
  }
}
