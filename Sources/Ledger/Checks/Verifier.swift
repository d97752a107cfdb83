// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PortCheck
internal import Synchronization

/// Verifies a collection of patches against all its trees.
///
/// The work is cut into jobs: patches of a folder that see each other, on one tree. Jobs run side by
/// side, equal ones once, and one whose inputs are the same as in an earlier run is not run at all.
public final class Verifier {
  let options: VerifyOptions
  let cache: VerificationCache
  var units: [Unit] = []
  var targets: [String: Result<TreeTarget, any Error>] = [:]
  var answers: [String: TreeAnswers] = [:]
  var symbols: [String: SymbolCheck] = [:]
  /// How long the jobs of each tree took, by the tree's name.
  package internal(set) var times: [String: Duration] = [:]
  /// Whether the report is the one of an earlier run.
  package internal(set) var isKept = false
  /// How many jobs were run; the results of the others were kept.
  package internal(set) var trials = 0
  /// The files of the patches as they were read.
  var readInputs = Inputs(patches: [], adapted: [])
  /// What a lock keeps of the ports, by unit.
  var locked: [Int: [LockedFunction]] = [:]

  /// A folder with its patches as they were read.
  struct Unit {
    var folder: PatchFolder
    var trees: [PatchManifest.Tree]
    var items: [LedgerItem] = []
    /// The patches as they are tried on trees that have a patch of their own, by the tree's name.
    var adapted: [String: [LedgerItem]] = [:]
    var result: Verification.Folder
    var isLeftOut = false
    /// The folder's prerequisites and theirs, in the order in which they are applied.
    var before: [LedgerItem] = []
    /// The same on trees for which one of these folders has a patch of its own, by the tree's name.
    var adaptedBefore: [String: [LedgerItem]] = [:]
    var shas: [String] = []

    /// The patches as they are tried on a tree.
    func items(on tree: PatchManifest.Tree) -> [LedgerItem] { adapted[tree.name] ?? items }
    /// Where the tree of a name is; nil where there is none.
    func location(of name: String?) -> String? { trees.first { $0.name == name }?.location }
    /// The prerequisites as they are tried on a tree.
    func before(on tree: PatchManifest.Tree) -> [LedgerItem] { adaptedBefore[tree.name] ?? before }
  }

  /// How far a run is: jobs that are done, and all of them.
  public typealias Step = @Sendable (_ done: Int, _ total: Int) -> Void

  /// Makes a verifier, with the cache of earlier results where the options use it.
  public convenience init(_ options: VerifyOptions) { self.init(options, cacheFolder: nil) }

  /// Makes a verifier that keeps results in a folder; nil for the user's own.
  package init(_ options: VerifyOptions, cacheFolder: String?) {
    self.options = options
    cache = VerificationCache(isOn: options.usesCache, in: cacheFolder)
  }

  /// Verifies folders of patches.
  ///
  /// - Parameters:
  ///   - folders: the folders, as `PatchFolder.all(in:)` finds them.
  ///   - step: receives the progress of the run, from any thread.
  /// - Throws: `Defect`, and `PatchkitError` where the system refuses; what is wrong with patches, manifests
  ///   and trees is found and not thrown.
  public func run(_ folders: [PatchFolder], step: @escaping Step = { _, _ in }) async throws
    -> Verification
  {
    units = folders.map { folder in
      var trees = folder.manifest.trees
      for tree in options.trees where !trees.contains(where: { $0.name == tree.name }) {
        trees.append(tree)
      }
      return Unit(
        folder: folder, trees: trees,
        result: Verification.Folder(
          name: folder.name, path: folder.path, kind: folder.kind, trees: trees.map(\.name),
          findings: [], patches: [], ports: nil, scenarios: []))
    }
    // With --watch, this is not the first run of the process.
    PathNames.noteChange()
    if let kept = try await keptReport() {
      // Stamps that were too fresh in the run before.
      for known in answers.values { known.save() }
      isKept = true
      return kept
    }
    readPatches()
    findDuplicates()
    resolvePrerequisites()
    leaveOutUnchanged()
    await openTrees()
    checkTrees()
    let jobs = makeJobs()
    let portUnits = portUnits()
    let builds = makeBuilds()
    // The kinds of work in one row, so that shards share all of them.
    let total = jobs.count + portUnits.count + builds.count
    let chosen = (0..<total).filter { index in
      options.shard.map { index % $0.count == $0.index - 1 } ?? true
    }
    let counted = Mutex(0)
    @Sendable func tick() {
      let done = counted.withLock { count in
        count += 1
        return count
      }
      step(done, chosen.count)
    }
    let records = try run(jobs, chosen.filter { $0 < jobs.count }, tick)
    let others = chosen.filter { $0 >= jobs.count }.map { $0 - jobs.count }
    try await checkPorts(others.filter { $0 < portUnits.count }.map { portUnits[$0] }, tick)
    for index in others where index >= portUnits.count {
      try await build(builds[index - portUnits.count])
      tick()
    }
    for kept in answers.values { kept.save() }
    if options.searchesHistory, options.isOn(.alreadyApplied) { try searchHistories() }
    if let upstream = options.upstream, options.isOn(.followUp) {
      try searchFollowUps(in: upstream)
    }
    let report = finish()
    keep(report, of: jobs, records)
    return report
  }

  /// The folders with ports that are to be checked.
  func portUnits() -> [Int] {
    units.indices.filter {
      !units[$0].isLeftOut && PortJob.isNeeded(units[$0].folder)
        && (options.isOn(.portPairing) || options.isOn(.scenario))
    }
  }

  func rules(_ folder: PatchFolder) -> FindingRules {
    FindingRules(folder, countsLock: !options.updates)
  }

  // MARK: The end

  private func finish() -> Verification {
    for index in units.indices {
      units[index].result.findings =
        units[index].result.findings
        .filter { options.isOn($0.check) && !(options.updates && $0.check == .lock) }.inOrder
      for patch in units[index].result.patches.indices {
        let findings = units[index].result.patches[patch].findings
        units[index].result.patches[patch].findings =
          findings.filter {
            options.isOn($0.check)
          }.inOrder
        let cells = Dictionary(grouping: units[index].result.patches[patch].cells, by: \.tree)
        units[index].result.patches[patch].cells = units[index].trees.flatMap {
          cells[$0.name] ?? []
        }
      }
    }
    var all: [String] = []
    for unit in units {
      all.append(unit.folder.name)
      all += unit.shas
      for (_, items) in unit.adapted.sorted(by: { $0.key < $1.key }) { all += items.map(\.sha256) }
      all += unit.trees.map { "\($0)" }
      all.append("\(unit.isLeftOut)")
    }
    return Verification(
      collection: Checksum.sha256([options.description] + all), shard: options.shard,
      unchanged: units.filter(\.isLeftOut).map(\.folder.name),
      folders: units.filter { !$0.isLeftOut }.map(\.result))
  }

  /// Writes the lock of every folder as the run found it.
  ///
  /// A lock that cannot be read is not written over.
  ///
  /// - Returns: the folders, with whether the lock was written.
  /// - Throws: `PatchkitError` for a lock or a manifest that cannot be read, `PatchkitError` where a lock
  ///   cannot be written.
  package func writeLocks() throws -> [(name: String, isNew: Bool)] {
    for unit in units where !unit.isLeftOut {
      try unit.folder.requireSound()
      if unit.folder.kind != .file { try unit.folder.requireInside() }
    }
    var written: [(String, Bool)] = []
    for (index, unit) in units.enumerated()
    where !unit.isLeftOut && unit.folder.kind != .file {
      let kept = unit.folder.lock
      let cells = unit.result.patches.map { patch in
        Dictionary(patch.cells.map { ($0.tree, $0) }, uniquingKeysWith: { first, _ in first })
      }
      let old = Dictionary(grouping: kept?.landings ?? [], by: \.tree)
      let landings = unit.trees.flatMap { tree in
        let now = zip(unit.result.patches, cells).compactMap { patch, cells in
          cells[tree.name]?.outcome?.landing(of: patch.label, on: tree.name)
        }
        // What was kept of a tree that is not here stays as it was.
        return now.isEmpty ? old[tree.name] ?? [] : now
      }
      let lock = PatchLock(
        patches: unit.result.patches.map {
          PatchLock.Patch(label: $0.label, sha256: $0.sha256, patchID: $0.patchID)
        }, landings: landings, functions: locked[index] ?? kept?.functions ?? [])
      written.append((unit.folder.name, try unit.folder.write(lock)))
    }
    return written
  }
}
