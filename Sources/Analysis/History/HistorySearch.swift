// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import History
package import Host
internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// A commit as a finding names it.
package struct FoundCommit: Sendable, Hashable {
  /// The id, forty hex digits.
  package var id: String
  /// The first paragraph of its message, in one line.
  package var subject: String

  init(id: String, subject: String) {
    self.id = id
    self.subject = subject
  }

  init(_ commit: IndexedCommit) {
    id = commit.id.description
    subject = commit.subject
  }
}

/// A commit of a history that suggests that a patch is applied already.
package struct HistoryEvidence: Sendable, Hashable {
  /// Why it suggests that.
  package enum Kind: String, Sendable, Hashable, Codable {
    /// The commit names the patch's commit: `commit SHA upstream.`, a cherry-pick line and the like.
    case reference
    /// The commit is the patch's own.
    case itself
    /// The commit makes the same changes where the patch would make them, white space apart.
    case patchID = "patch-id"
    /// The commit makes the same changes in another function, or at other lines than the patch would.
    case elsewhere = "patch-id-elsewhere"
    /// The commit has the same subject and touches the same files.
    case subject
  }

  /// Why it suggests that.
  package var kind: Kind
  /// The commit.
  package var commit: FoundCommit
  /// The commit that reverts it, if that is not reverted itself.
  package var revertedBy: FoundCommit?

  /// Whether it shows that the patch is applied: the same subject does not, nor do the same changes elsewhere.
  package var isSure: Bool {
    revertedBy == nil && [.itself, .reference, .patchID].contains(kind)
  }
}

/// A later commit whose message fixes, blames or reverts another.
package struct FollowUp: Sendable, Hashable {
  /// The commit.
  package var commit: FoundCommit
  /// The id of the commit that it is about.
  package var of: String
  /// What its message says about that commit: `fixes`, `blames`, `reverts` or `partlyReverts`.
  package var role: MentionRole
  /// How many steps it is away: 1 for one that names the patch itself.
  package var distance: Int

  /// Whether it reverts that commit, wholly or in part.
  package var isRevert: Bool { role == .reverts || role == .partlyReverts }
}

/// Finds what a history says about patches, through the index of the repository's commits.
///
/// It belongs to one thread.
package final class HistorySearch {
  /// What is looked for.
  package struct Patch: Sendable {
    /// The ids of the commits that the patch is or comes from, whole or abbreviated.
    package var ids: [String]
    /// The subject; empty where there is none.
    package var subject: String
    /// The paths that it touches.
    package var paths: [String]
    /// The patch itself; nil where only its names are known.
    package var patch: Backport.Patch?

    /// Makes one from all of its parts.
    package init(ids: [String], subject: String, paths: [String], patch: Backport.Patch?) {
      self.ids = ids
      self.subject = subject
      self.paths = paths
      self.patch = patch
    }
  }

  /// What was found.
  package struct Findings: Sendable {
    /// What suggests that the patch is applied already, the newest commit first.
    package var evidence: [HistoryEvidence] = []
    /// Later commits about it: those that name the patch itself first, then those that name these.
    package var followUps: [FollowUp] = []
    /// How many commits the revision is made of.
    package var commits = 0
  }

  private let index: HistoryIndex
  private let path: String
  private let revision: String

  /// Opens the history of a revision.
  ///
  /// - Parameters:
  ///   - path: a folder in the repository.
  ///   - indexes: the folder that keeps indexes; nil keeps none.
  ///   - progress: receives how many commits were read into the index, and of how many.
  /// - Throws: `PatchkitError` where there is no such repository.
  package init(
    repository path: String, revision: String, indexes: String? = CacheFolder.ofUser("history"),
    progress: WorkProgress? = nil
  ) throws(PatchkitError) {
    index = try HistoryIndex(ofRepositoryAt: path, cache: indexes, progress: progress)
    self.path = path
    self.revision = revision
  }

  func withHistory<Result>(_ body: (RevisionHistory) throws -> Result) throws -> Result {
    try index.withHistory(at: revision, body)
  }

  /// Looks for patches.
  ///
  /// - Returns: the findings on each, in the order of the patches.
  /// - Throws: `PatchkitError` where the history cannot be read.
  package func search(_ patches: [Patch]) throws -> [Findings] {
    try index.withHistory(at: revision) { history in
      try patches.map { patch in
        var findings = Findings()
        findings.commits = history.count
        let evidence = try evidence(for: patch, history)
        for (number, kind) in evidence.sorted(by: { $0.key > $1.key }) {
          findings.evidence.append(
            HistoryEvidence(
              kind: kind, commit: FoundCommit(try history.commit(number)),
              revertedBy: try history.revert(of: number).map {
                FoundCommit(try history.commit($0))
              }))
        }
        findings.followUps = try Self.followUps(patch, evidence.keys.sorted(), history)
        return findings
      }
    }
  }

  /// The commits that suggest that a patch is applied, each with its strongest reason.
  private func evidence(
    for patch: Patch, _ history: RevisionHistory
  ) throws -> [Int: HistoryEvidence.Kind] {
    var found: [Int: HistoryEvidence.Kind] = [:]
    for id in patch.ids {
      for (commit, mention) in try history.mentions(of: id) where mention.role.isOrigin {
        found[commit] = .reference
      }
    }
    for id in patch.ids {
      for commit in try history.commits(withID: id) { found[commit] = .itself }
    }
    var candidates: Set<Int>?
    for path in patch.paths {
      let own = try history.commits(changing: Array(path.utf8))
      candidates = candidates?.intersection(own) ?? Set(own)
      if candidates?.isEmpty == true { break }
    }
    guard let candidates else { return found }
    let titled =
      patch.subject.isEmpty ? [] : Set(try history.commits(titled: patch.subject))
    let paths = Set(patch.paths.map { Array($0.utf8) })
    let identity = patch.patch.flatMap { PatchIdentity($0.files) }
    for commit in candidates
    where found[commit] == nil && history.parents(of: commit).count <= 1 {
      if let own = patch.patch, let identity, try Self.couldBeSame(commit, paths, history),
        try history.identity(of: commit) == identity
      {
        let isSame = try isSamePosition(own, commit, history)
        found[commit] = isSame ? .patchID : titled.contains(commit) ? .subject : .elsewhere
      } else if titled.contains(commit) {
        found[commit] = .subject
      }
    }
    return found
  }

  /// Whether a commit changes the lines of no other paths than these; a path that is gone may be the
  /// old name of a renamed one.
  private static func couldBeSame(
    _ commit: Int, _ paths: Set<[UInt8]>, _ history: RevisionHistory
  ) throws -> Bool {
    try history.paths(of: commit)?.allSatisfy {
      paths.contains($0.path) || $0.change == .mode || $0.change == .removed
    } ?? false
  }

  /// Whether a commit with the changes of a patch makes them where the patch would.
  ///
  /// Patch ids ignore line numbers, so two functions with the same lines can get the same change. The patch is
  /// tried on the commit's parent and has to give what the commit has; and where the file still has
  /// the function that a hunk names, the hunk has to be there.
  private func isSamePosition(
    _ patch: Backport.Patch, _ commit: Int, _ history: RevisionHistory
  ) throws -> Bool {
    guard let parent = history.parents(of: commit).first else { return false }
    func tree(_ number: Int) throws -> RevisionTree {
      try RevisionTree(
        repositoryPath: path, revision: try history.commit(number).id.description)
    }
    let (before, after, now) = (try tree(parent), try tree(commit), try tree(history.tip))
    let outcome = try PatchOutcome(of: patch, on: before, ApplyOptions(accept: .likely))
    guard outcome.applies else { return false }
    for change in outcome.changes {
      func solid(_ content: [UInt8]?) -> [UInt8]? { content?.filter { $0 > 0x20 } }
      guard solid(try after.file(at: change.path)?.content) == solid(change.after?.content) else {
        return false
      }
    }
    for (file, result) in zip(patch.files, outcome.files) {
      guard let path = try? TreePath(Array(result.path.utf8)),
        let old = try before.file(at: path).map({ LineTable($0.content) }),
        let new = try now.file(at: path).map({ LineTable($0.content) })
      else { continue }
      for (hunk, position) in zip(file.hunks, result.hunks) {
        guard let line = position.line, let name = FunctionName(hunk.section),
          let own = FunctionName(old.heading(before: line - 1, like: hunk.section)), own != name
        else { continue }
        if !new.sections(where: { FunctionName($0) == name }).isEmpty { return false }
      }
    }
    return true
  }

  /// Later commits about a patch, and about these in turn.
  private static func followUps(
    _ patch: Patch, _ evidence: [Int], _ history: RevisionHistory
  ) throws -> [FollowUp] {
    let roles: Set<MentionRole> = [.fixes, .blames, .reverts, .partlyReverts]
    var open = patch.ids.map { (id: $0, number: Int?.none) }
    for number in evidence { open.append((try history.commit(number).id.description, number)) }
    var seen = Set(evidence)
    var found: [FollowUp] = []
    var distance = 1
    while !open.isEmpty {
      var next: [(number: Int, of: String, role: MentionRole)] = []
      for (id, number) in open {
        for (commit, mention) in try history.mentions(of: id) where roles.contains(mention.role) {
          if seen.insert(commit).inserted { next.append((commit, id, mention.role)) }
        }
        guard let number else { continue }
        for commit in try history.reverts(of: number) where seen.insert(commit).inserted {
          next.append((commit, id, .reverts))
        }
      }
      next.sort { $0.number > $1.number }
      open = []
      for (number, of, role) in next {
        let commit = FoundCommit(try history.commit(number))
        found.append(FollowUp(commit: commit, of: of, role: role, distance: distance))
        open.append((commit.id, number))
      }
      distance += 1
    }
    return found
  }
}
