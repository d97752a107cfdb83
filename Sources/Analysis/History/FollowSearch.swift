// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import Git
package import History
package import Host
package import KernelTree
internal import PatchFormat

/// A patch that a branch, a series or a collection carries.
package struct CarriedPatch: Sendable, Hashable {
  /// What to call it: a file, or the first digits of a commit.
  package var label: String
  /// The file that it is in; nil for a commit.
  package var file: String?
  /// The subject.
  package var subject: String
  /// The ids of the upstream commits that it says to come from, whole or abbreviated.
  package var ids: [String]
  /// Whether one of these is stated to be upstream's: the id in a `From` line may be of the user's own repository.
  package var statesOrigin: Bool

  /// Makes one from all of its parts.
  package init(label: String, file: String?, subject: String, ids: [String], statesOrigin: Bool) {
    self.label = label
    self.file = file
    self.subject = subject
    self.ids = ids
    self.statesOrigin = statesOrigin
  }
}

extension MentionRole {
  /// What a commit does to the one that it names, as a verb.
  package var verb: String {
    switch self {
    case .reverts: "reverts"
    case .partlyReverts: "partly reverts"
    case .blames: "names as the cause"
    default: "fixes"
    }
  }
}

/// A later upstream commit about a carried patch, and whether the target has it.
package struct CarriedFollowUp: Sendable, Hashable {
  /// Whether the target has it.
  package enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// The target lacks it.
    case missing
    /// Only a similar text suggests that the target has it.
    case unknown
    /// It is about something that the target does not have, or it was reverted upstream.
    case notNeeded = "not-needed"
    /// The target has it.
    case present
  }

  /// The commit.
  package var commit: FoundCommit
  /// What its message says about the commit that it is about.
  package var role: MentionRole
  /// The upstream commit that it is about.
  package var of: FoundCommit
  /// The carried patches of the commit that the chain begins at: several where folders or files repeat one.
  package var carriers: [CarriedPatch]
  /// How many steps it is away from that patch: 1 for one that names it.
  package var distance: Int
  /// Whether the target has it.
  package var state: State
  /// Why, in a few words.
  package var reason: String
  /// What becomes of it on the target; nil where it was not tried.
  package var verdict: Verdict?
  /// What its `Cc: stable` says after the number sign, empty where that is nothing; nil where it has none or
  /// commits for stable kernels were not asked for.
  package var stableNote: String?

  /// What a role does, as a verb, by the role's name in reports.
  package static func verb(ofRole name: String) -> String {
    MentionRole.allCases.first { $0.name == name }?.verb ?? name
  }
}

/// Finds what upstream did to patches since they were taken: fixes, reverts, and fixes of these.
///
/// It belongs to one thread.
package final class FollowSearch {
  /// What is known of the tree that carries the patches.
  package struct Target {
    /// The tree's own history; nil where it has none.
    package var history: (repository: String, revision: String)?
    /// The tree, for trying what is missing; nil tries nothing.
    package var tree: (any KernelTree)?

    /// Makes one from its parts.
    package init(history: (repository: String, revision: String)?, tree: (any KernelTree)?) {
      self.history = history
      self.tree = tree
    }
  }

  /// What was found.
  package struct Findings: Sendable {
    /// The follow-ups, in the order of the carried patches, nearer ones first.
    package var followUps: [CarriedFollowUp] = []
    /// The commits that upstream marked for stable kernels and that the target may lack.
    package var stable: [StableCommit] = []
    /// The carried patches whose upstream commit is not known.
    package var unmapped: [CarriedPatch] = []
    /// Those of them whose message states an upstream commit, which the upstream history does not have: nothing
    /// is known of their follow-ups.
    package var lacking: [CarriedPatch] { unmapped.filter(\.statesOrigin) }
    /// Whether the upstream repository is a shallow clone, whose history is cut off.
    package var isShallow = false
    /// The carried patches that the target's history reverts.
    package var reverted: [CarriedPatch] = []
    /// How many commits the upstream revision is made of.
    package var commits = 0
  }

  let upstream: RevisionHistory
  private let repository: String
  private let target: TargetHistory
  let tree: (any KernelTree)?
  /// The carried patches by the numbers of their upstream commits.
  private var carried: [Int: [CarriedPatch]] = [:]

  private static let roles: Set<MentionRole> = [.fixes, .blames, .reverts, .partlyReverts]

  private init(
    _ upstream: RevisionHistory, repository: String, _ target: TargetHistory,
    tree: (any KernelTree)?
  ) {
    self.upstream = upstream
    self.repository = repository
    self.target = target
    self.tree = tree
  }

  /// Looks for what upstream did to patches.
  ///
  /// - Parameters:
  ///   - patches: the carried patches.
  ///   - upstream: the repository and the revision to search.
  ///   - target: the tree that carries them.
  ///   - findsStable: whether the commits that upstream marked for stable kernels are looked for.
  ///   - indexes: the folder that keeps indexes of histories; nil keeps none.
  ///   - progress: receives how many commits were read into the index, and of how many.
  /// - Throws: `PatchkitError` where a history or the tree cannot be read.
  package static func findings(
    on patches: [CarriedPatch], upstream: (repository: String, revision: String), target: Target,
    findsStable: Bool = false, indexes: String? = CacheFolder.ofUser("history"),
    progress: WorkProgress? = nil
  ) throws -> Findings {
    let index = try HistoryIndex(
      ofRepositoryAt: upstream.repository, cache: indexes, progress: progress)
    return try index.withHistory(at: upstream.revision) { history in
      guard let own = target.history else {
        return try FollowSearch(
          history, repository: upstream.repository, TargetHistory(nil), tree: target.tree
        ).findings(on: patches, findsStable: findsStable)
      }
      let other = try HistoryIndex(
        ofRepositoryAt: own.repository, cache: indexes, progress: progress)
      return try other.withHistory(at: own.revision) { targetHistory in
        try FollowSearch(
          history, repository: upstream.repository, TargetHistory(targetHistory),
          tree: target.tree
        ).findings(on: patches, findsStable: findsStable)
      }
    }
  }

  /// The commits of a branch as carried patches: each with the ids that its message says it comes from.
  ///
  /// - Parameter ids: the commits of the repository, the oldest first.
  /// - Throws: `PatchkitError` where the history cannot be read.
  package static func carried(
    _ ids: [String], in repository: String, indexes: String? = CacheFolder.ofUser("history"),
    progress: WorkProgress? = nil
  ) throws -> [CarriedPatch] {
    guard let tip = ids.last else { return [] }
    let index = try HistoryIndex(ofRepositoryAt: repository, cache: indexes, progress: progress)
    return try index.withHistory(at: tip) { history in
      try ids.flatMap { try history.commits(withID: $0) }.map { number in
        let commit = try history.commit(number)
        let origins = try history.mentions(by: number).filter(\.role.isOrigin).map(\.id)
        return CarriedPatch(
          label: String(commit.id.description.prefix(12)), file: nil, subject: commit.subject,
          ids: origins, statesOrigin: !origins.isEmpty)
      }
    }
  }

  // MARK: The search

  private func findings(on patches: [CarriedPatch], findsStable: Bool) throws -> Findings {
    var findings = Findings()
    findings.commits = upstream.count
    findings.isShallow = upstream.isShallow
    var starts: [Int] = []
    for patch in patches {
      let commits = try originals(of: patch)
      if commits.isEmpty { findings.unmapped.append(patch) }
      var isReverted = false
      for commit in commits {
        if case .reverted = try presence(of: commit) {
          isReverted = true
          continue
        }
        if carried[commit] == nil { starts.append(commit) }
        carried[commit, default: []].append(patch)
      }
      if isReverted { findings.reverted.append(patch) }
    }
    var seen: Set<Int> = []
    for start in starts {
      findings.followUps += try chain(from: start, carried[start] ?? [], &seen)
    }
    if findsStable {
      for stable in try stableCommits() {
        // A follow-up is listed once.
        if let known = findings.followUps.firstIndex(where: { $0.commit == stable.commit }) {
          findings.followUps[known].stableNote = stable.note
        } else {
          findings.stable.append(stable)
        }
      }
    }
    return findings
  }

  /// The upstream commits that a patch comes from.
  private func originals(of patch: CarriedPatch) throws -> [Int] {
    var found: [Int] = []
    for id in patch.ids { found += try upstream.commits(withID: id) }
    if found.isEmpty, !patch.subject.isEmpty {
      let titled = try upstream.commits(titled: patch.subject)
      if titled.count == 1 { found = titled }
    }
    return Set(found).sorted()
  }

  /// The follow-ups of a commit, and of these in turn.
  private func chain(
    from start: Int, _ carriers: [CarriedPatch], _ seen: inout Set<Int>
  ) throws -> [CarriedFollowUp] {
    var found: [CarriedFollowUp] = []
    /// Commits whose follow-ups are to be found, with what is missing up to them.
    var open: [(commit: Int, missing: [Int])] = [(start, [])]
    var distance = 1
    while !open.isEmpty {
      var next: [(commit: Int, missing: [Int])] = []
      for (commit, missing) in open {
        for (later, role) in try followUps(of: commit) where seen.insert(later).inserted {
          let (followUp, goesOn) = try evaluated(
            later, role, of: commit, after: missing, carriers, distance)
          found.append(followUp)
          if goesOn {
            next.append((later, followUp.state == .missing ? missing + [later] : missing))
          }
        }
      }
      open = next
      distance += 1
    }
    return found
  }

  /// Later commits about a commit, the oldest first.
  private func followUps(of commit: Int) throws -> [(commit: Int, role: MentionRole)] {
    let own = try upstream.commit(commit)
    var found: [Int: MentionRole] = [:]
    func add(_ later: Int, _ role: MentionRole) {
      guard later > commit, Self.roles.contains(role) else { return }
      // Of two roles the one that says more, by the order of the cases.
      if let known = found[later], known.rawValue <= role.rawValue { return }
      found[later] = role
    }
    for (later, mention) in try upstream.mentions(of: own.id.description) {
      add(later, mention.role)
    }
    for later in try upstream.reverts(of: commit) { add(later, .reverts) }
    for (later, role) in try upstream.mentions(ofTitle: own.subject) where role == .fixes {
      let titled = try upstream.commits(titled: own.subject)
      if titled.last(where: { $0 < later }) == commit { add(later, role) }
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  // MARK: One follow-up

  /// A follow-up with its state, and whether its own follow-ups matter.
  private func evaluated(
    _ later: Int, _ role: MentionRole, of commit: Int, after missing: [Int],
    _ carriers: [CarriedPatch], _ distance: Int
  ) throws -> (CarriedFollowUp, goesOn: Bool) {
    let own = try upstream.commit(later)
    var followUp = CarriedFollowUp(
      commit: FoundCommit(own), role: role, of: FoundCommit(try upstream.commit(commit)),
      carriers: carriers, distance: distance, state: .missing, reason: "")
    if let label = carried[later]?.first?.label {
      // Its own follow-ups are found from there.
      followUp.state = .present
      followUp.reason = "carried as \(label)"
      return (followUp, false)
    }
    switch try presence(of: later) {
    case .present(let reason):
      followUp.state = .present
      followUp.reason = reason
      return (followUp, true)
    case .reverted(let reason):
      followUp.state = .unknown
      followUp.reason = reason
      return (followUp, false)
    case .titled(let reason):
      followUp.state = .unknown
      followUp.reason = reason
      return (followUp, true)
    case .absent: break
    }
    if let revert = try upstream.revert(of: later) {
      let id = try upstream.commit(revert).id.description.prefix(12)
      followUp.state = .notNeeded
      followUp.reason = "reverted upstream by \(id)"
      return (followUp, false)
    }
    if let reason = try fixesNothing(later, commit) {
      followUp.state = .notNeeded
      followUp.reason = reason
      return (followUp, false)
    }
    try attempt(later, after: missing, &followUp)
    if followUp.state == .missing, role == .blames, !Self.saysItFixes(own.subject) {
      followUp.state = .unknown
      followUp.reason = "it names that commit, and its subject does not say that it fixes something"
    }
    return (followUp, followUp.state == .missing)
  }

  /// Why a commit fixes nothing that the target has: each commit that its `Fixes:` names is one that the
  /// target lacks; nil where it may fix something.
  func fixesNothing(_ later: Int, _ commit: Int?) throws -> String? {
    guard target.isKnown else { return nil }
    let named = try upstream.mentions(by: later).filter { $0.role == .fixes }.map(\.id)
    if named.isEmpty { return nil }
    var lacking: String?
    for id in named {
      for fixed in try upstream.commits(withID: id) {
        if fixed == commit || carried[fixed] != nil { return nil }
        guard case .absent = try presence(of: fixed) else { return nil }
        lacking = String(id.prefix(12))
      }
    }
    return lacking.map { "it fixes \($0), which the tree does not have" }
  }

  /// Whether a subject says that its commit fixes something: prose such as "use the helpers added in
  /// commit SHA" names a commit as well.
  private static func saysItFixes(_ subject: String) -> Bool {
    let words = subject.lowercased().split { !$0.isLetter }
    let stems = [
      "fix", "bug", "regress", "revert", "leak", "crash", "deadlock", "oops", "race", "break",
      "broke", "correct", "missing", "silence", "restore", "avoid", "prevent", "repair", "wrong",
      "overflow", "corrupt", "typo", "hang", "warning",
    ]
    return words.contains { word in stems.contains { word.hasPrefix($0) } }
  }

  func presence(of commit: Int) throws -> TargetHistory.Presence {
    let own = try upstream.commit(commit)
    return try target.presence(of: own.id.description, own.subject)
  }

  /// Tries a commit on the target, after those that are missing before it.
  private func attempt(
    _ later: Int, after missing: [Int], _ followUp: inout CarriedFollowUp
  ) throws {
    let (verdict, isThere) = try trial(of: later, after: missing)
    followUp.verdict = verdict
    if isThere {
      followUp.state = .present
      followUp.reason = "the tree has its text"
    }
  }

  /// What becomes of a commit on the target after others, and whether the target has its text already; nil
  /// where it was not tried.
  func trial(of later: Int, after missing: [Int]) throws -> (verdict: Verdict?, isThere: Bool) {
    guard let tree else { return (nil, false) }
    var items: [PatchQueue.Item] = []
    for commit in missing + [later] where upstream.parents(of: commit).count <= 1 {
      let source = CommitSource(
        repository: repository, id: try upstream.commit(commit).id.description)
      // A commit without a change can be named by others all the same.
      guard let file = try? PatchQueue.document(PatchQueue.File(source), ParseOptions()),
        let patch = file.patches.first
      else { continue }
      items.append(PatchQueue.Item(patch: patch, options: ApplyOptions(accept: .likely)))
    }
    guard !items.isEmpty else { return (nil, false) }
    let outcome = try SeriesSession(on: tree, policy: SeriesPolicy(refusal: .skip))
      .apply(PatchQueue(items))
    let verdict = outcome.patches.last?.verdict
    return (verdict, verdict == .alreadyApplied)
  }
}
