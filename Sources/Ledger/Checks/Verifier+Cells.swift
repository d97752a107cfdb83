// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
internal import KernelTree
internal import Synchronization

/// Trying patches on trees, side by side, and only where something changed.
extension Verifier {
  /// Patches that see each other, on one tree.
  struct Job: Sendable {
    var unit: Int
    var tree: PatchManifest.Tree
    var target: TreeTarget
    var task: SeriesTask
    var key: String
    /// The file of the cache that it is in.
    var shelf: String
    var wantsSymbols: Bool
    /// What the patches of the folder bring.
    var names: SeriesNames
    /// The first file that it looks at.
    var firstPath: String
    /// What distinguishes those patches from others.
    var namesKey: String
    /// Whether its result is kept.
    var isKept: Bool
    var answers: TreeAnswers?
    var symbols: SymbolCheck?
  }

  /// What is kept of a job.
  struct Record: Codable, Sendable {
    struct Cell: Codable, Sendable {
      var index: Int
      var outcome: KeptOutcome
      var names: Verification.NameLookup?
    }
    struct Answer: Codable, Sendable {
      var question: String
      var digest: String

      /// The questions with the digests; nil where one is not a question.
      static func read(
        _ answers: some Sequence<Answer>
      ) -> [(question: TreeQuestion, digest: String)]? {
        var read: [(question: TreeQuestion, digest: String)] = []
        for answer in answers {
          guard let question = TreeQuestion(answer.question) else { return nil }
          read.append((question, answer.digest))
        }
        return read
      }
    }
    var key: String
    /// What the tree was asked, and what it answered; nil where that cannot be asked again.
    var answers: [Answer]?
    /// What identifies the whole tree, for a job that asked for nothing else.
    var treeID: String?
    /// What identifies the tree with its history, for a job that asked for both and nothing else.
    var revisionID: String?
    /// What identifies the tree's names, where names were looked up.
    var names: String?
    var cells: [Cell]
    var refusedPrerequisites: [String]
    /// Why the tree could not be read; such a record is not kept.
    var unread: Unread?

    struct Unread: Codable, Sendable {
      var message: String
      var hint: String?
    }
  }

  func makeJobs() -> [Job] {
    var jobs: [Job] = []
    for index in units.indices where !units[index].isLeftOut {
      let unit = units[index]
      let wantsSymbols =
        options.isOn(.missingSymbol)
        && (options.symbols == .all || options.symbols == .manifest && unit.folder.hasManifest)
      // Independent patches see their prerequisites and themselves.
      let isSeries = unit.folder.manifest.order != .independent
      let seen = wantsSymbols && isSeries ? SeriesNames(unit.before + unit.items) : nil
      let seenKey = isSeries ? Self.namesKey(unit.before + unit.items, unit.shas) : ""
      for tree in unit.trees {
        guard let target = target(tree) else { continue }
        let adapted = unit.adapted[tree.name]
        let before = unit.before(on: tree)
        let isAdapted = adapted != nil || unit.adaptedBefore[tree.name] != nil
        let seen = isAdapted && seen != nil ? SeriesNames(before + unit.items(on: tree)) : seen
        let seenKey =
          isSeries
          ? adapted.map { Self.namesKey(before + $0, $0.map(\.sha256)) } ?? seenKey : seenKey
        let namesBlobs =
          unit.folder.kind != .file
          && (unit.folder.hasManifest || unit.folder.lock != nil || options.updates)
        let shelf =
          "cells-"
          + Checksum.sha256(
            [unit.folder.path, target.contentID ?? target.identity, tree.name])
        let groups = Self.groups(
          adapted ?? unit.items, before, unit.folder.manifest.order,
          isLoose: tree.expect.usesStrategies)
        for group in groups {
          let task = SeriesTask(
            items: group, usesStrategies: tree.expect.usesStrategies, namesBlobs: namesBlobs,
            memory: options.memory)
          // The result of an independent patch does not depend on its name: equal ones are tried once.
          let isAlone = group.count == 1
          let parts = group.map { item in
            let sha =
              item.isPrerequisite || adapted != nil ? item.sha256 : unit.shas[item.index]
            let name = isAlone ? "" : "\(item.index) \(item.label) \(item.isPrerequisite)"
            return "\(name) \(sha) "
              + "\(item.item.patch.number ?? 0) \(item.item.options.strip ?? -1) "
              + "\(item.item.options.isReversed)"
          }
          jobs.append(
            Job(
              unit: index, tree: tree, target: target, task: task,
              key: Checksum.sha256(
                [
                  cache.program, target.substitutes ?? "",
                  "\(task.usesStrategies) \(options.memory != nil) \(task.namesBlobs) \(wantsSymbols)",
                ] + parts
              ),
              shelf: shelf, wantsSymbols: wantsSymbols,
              names: seen ?? SeriesNames(wantsSymbols ? group : []),
              firstPath: group.first?.item.paths?.first.map { String(decoding: $0, as: UTF8.self) }
                ?? "",
              namesKey: seenKey,
              // What people decide changes without the patches.
              isKept: cache.isOn && (options.memory == nil || !task.usesStrategies),
              answers: answers[target.identity],
              symbols: symbols[target.identity]))
        }
      }
    }
    return jobs
  }

  /// What distinguishes the names that patches bring: their texts, and how each is read.
  private static func namesKey(_ items: [LedgerItem], _ shas: [String]) -> String {
    Checksum.sha256(
      shas
        + items.map {
          "\($0.sha256) \($0.item.options.strip ?? -1) \($0.item.options.isReversed)"
        })
  }

  /// The patches of a folder in groups that do not see each other.
  private static func groups(
    _ items: [LedgerItem], _ before: [LedgerItem], _ order: PatchManifest.Order?, isLoose: Bool
  ) -> [[LedgerItem]] {
    if order == .independent { return items.map { before + [$0] } }
    if !before.isEmpty || isLoose { return items.isEmpty ? [] : [before + items] }
    guard let groups = SeriesSession.independentGroups(PatchQueue(items.map(\.item))) else {
      return items.isEmpty ? [] : [items]
    }
    return groups.map { $0.map { items[$0] } }
  }

  /// So many jobs are taken at a time.
  private static let batch = 6

  /// So many results of the same patches are compared with the next tree.
  private static let mostEarlier = 16

  /// Runs the chosen jobs; returns the result of each job, nil for the others.
  func run(
    _ jobs: [Job], _ chosen: [Int], _ tick: @escaping @Sendable () -> Void
  ) throws -> [Record?] {
    let known = readShelves(Set(chosen.map { jobs[$0].shelf }))
    let made = Mutex<[String: [Record]]>([:])
    // Patches of one file one after the other, some at a time, so that a file is read once.
    let order = chosen.sorted { a, b in
      (jobs[a].target.identity, jobs[a].firstPath, a) < (
        jobs[b].target.identity, jobs[b].firstPath, b
      )
    }
    let batches = stride(from: 0, to: order.count, by: Self.batch).map {
      order[$0..<min(order.count, $0 + Self.batch)]
    }
    // libgit2's handles belong to one thread, so each has trees of its own.
    typealias Trees = [String: (tree: any KernelTree, files: ReadFiles)]
    let done = try WorkerPool.map(
      count: batches.count, worker: { Trees() },
      { trees, batch in
        try batches[batch].map { index in
          let job = jobs[index]
          let opened = try trees[job.target.identity] ?? (job.target.open(), ReadFiles())
          trees[job.target.identity] = opened
          let earlier =
            [known[job.shelf]?[job.key]].compactMap(\.self) + made.withLock { $0[job.key] ?? [] }
          let start = ContinuousClock.now
          let result = try Self.attemptOrSay(job, on: opened.tree, opened.files, earlier)
          let took = ContinuousClock.now - start
          let record = result.record
          if result.isNew,
            record.answers != nil || record.treeID != nil || record.revisionID != nil
          {
            made.withLock { made in
              // Each is compared with every tree that comes later.
              if made[job.key, default: []].count < Self.mostEarlier {
                made[job.key, default: []].append(result.record)
              }
            }
          }
          tick()
          return (result, took)
        }
      })
    var results = [(record: Record, isNew: Bool, isTried: Bool)?](repeating: nil, count: jobs.count)
    for (index, (result, took)) in zip(order, done.joined()) {
      results[index] = result
      if result.isTried { trials += 1 }
      times[jobs[index].tree.name, default: .zero] += took
    }
    for index in chosen {
      guard let result = results[index] else { continue }
      take(result.record, of: jobs[index])
    }
    keep(results, jobs, known)
    return results.map { $0?.record }
  }

  /// As `attempt`, but of a tree that cannot be read the result says so.
  private static func attemptOrSay(
    _ job: Job, on tree: any KernelTree, _ files: ReadFiles, _ earlier: [Record]
  ) throws -> (record: Record, isNew: Bool, isTried: Bool) {
    do {
      return try attempt(job, on: tree, files, earlier)
    } catch let error as PatchkitError where error.isOfMachine {
      let cells = job.task.items.filter { !$0.isPrerequisite }.map {
        Record.Cell(
          index: $0.index, outcome: KeptOutcome(PatchOutcome($0.item, problem: error.message)))
      }
      let unread = Record.Unread(message: error.message, hint: error.hint)
      return (
        Record(
          key: job.key, answers: nil, treeID: nil, cells: cells, refusedPrerequisites: [],
          unread: unread), false, true
      )
    }
  }

  /// The earlier result of a job, if it holds for its tree, else the present one.
  ///
  /// - Parameter earlier: the results of jobs with the same patches: in an earlier run, or in this one on
  ///   a different tree whose files may be the same.
  private static func attempt(
    _ job: Job, on tree: any KernelTree, _ files: ReadFiles, _ earlier: [Record]
  ) throws -> (record: Record, isNew: Bool, isTried: Bool) {
    var record: Record
    var (isNew, isTried) = (false, false)
    if let same = earlier.first(where: { isCurrent($0, job, tree) }) {
      record = same
      if job.task.items.count == 1, !record.cells.isEmpty {
        record.cells[0].index = job.task.items[0].index
      }
      for item in job.task.items where !item.isPrerequisite {
        for index in record.cells.indices where record.cells[index].index == item.index {
          guard var outcome = record.cells[index].outcome.outcome,
            outcome.rename(item.item.patch)
          else { continue }
          record.cells[index].outcome = KeptOutcome(outcome)
        }
      }
    } else {
      (isNew, isTried) = (true, true)
      // Digests of a plain folder's files take hashing, which a run that keeps nothing is spared.
      let recording = RecordingTree(
        tree, files, job.isKept || job.target.treeID != nil ? job.answers : nil)
      let result = try job.task.run(on: recording)
      record = Record(
        key: job.key, answers: recording.record,
        treeID: recording.hasFailed || recording.asksHistory || recording.asksBlobs
          ? nil : job.target.contentID,
        revisionID: recording.hasFailed || recording.asksBlobs ? nil : job.target.revisionID,
        cells: result.outcomes.sorted { $0.key < $1.key }
          .map { Record.Cell(index: $0.key, outcome: KeptOutcome($0.value)) },
        refusedPrerequisites: result.refusedPrerequisites)
    }
    if job.wantsSymbols, let symbols = job.symbols {
      let names = try symbols.identity(tree).map { $0 + job.namesKey }
      if names == nil || record.names != names {
        isNew = true
        let outcomes = Dictionary(
          record.cells.compactMap { cell in cell.outcome.outcome.map { (cell.index, $0) } },
          uniquingKeysWith: { $1 })
        let found = try symbols.lookup(job.task.items, outcomes, tree, job.names)
        for index in record.cells.indices {
          record.cells[index].names = found[record.cells[index].index]
        }
        record.names = names
      }
    }
    return (record, isNew, isTried)
  }

  private static func isCurrent(_ record: Record, _ job: Job, _ tree: any KernelTree) -> Bool {
    // A state file may name patches that there are not.
    let indices = record.cells.map(\.index)
    let isAlone = job.task.items.count == 1 && indices.count == 1
    let own = Set(job.task.items.filter { !$0.isPrerequisite }.map(\.index))
    guard isAlone || own.isSuperset(of: indices), Set(indices).count == indices.count,
      isUnchanged(record, job, tree)
    else { return false }
    return record.cells.allSatisfy { $0.outcome.outcome != nil }
  }

  /// Whether the tree is the one of a result, or answers as it did.
  private static func isUnchanged(_ record: Record, _ job: Job, _ tree: any KernelTree) -> Bool {
    if let id = record.treeID, id == job.target.contentID { return true }
    if let id = record.revisionID, id == job.target.revisionID { return true }
    guard let known = record.answers, let answers = job.answers,
      job.isKept || job.target.treeID != nil, let asked = Record.Answer.read(known)
    else { return false }
    return answers.areUnchanged(asked, in: tree)
  }

  /// Keeps what the next run may take: the jobs of this collection, whichever shard ran them.
  private func keep(
    _ results: [(record: Record, isNew: Bool, isTried: Bool)?], _ jobs: [Job],
    _ known: [String: [String: Record]]
  ) {
    guard cache.isOn else { return }
    var shelves: [String: (records: [Record], isNew: Bool)] = [:]
    for (job, result) in zip(jobs, results) {
      guard let record = result?.record ?? known[job.shelf]?[job.key], record.unread == nil,
        record.answers != nil || record.treeID != nil || record.revisionID != nil
      else { continue }
      shelves[job.shelf, default: ([], false)].records.append(record)
      if result?.isNew == true { shelves[job.shelf]?.isNew = true }
    }
    let new = shelves.filter(\.value.isNew).sorted { $0.key < $1.key }
    let cache = cache
    _ = WorkerPool.map(count: new.count) { cache.write(new[$0].value.records, as: new[$0].key) }
  }

  /// What is kept on shelves, by its keys; read side by side.
  private func readShelves(_ names: Set<String>) -> [String: [String: Record]] {
    let names = names.sorted()
    let cache = cache
    let shelves = WorkerPool.map(count: names.count) {
      let records = cache.read(names[$0], as: [Record].self) ?? []
      return Dictionary(records.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    }
    return Dictionary(uniqueKeysWithValues: zip(names, shelves))
  }

  /// Turns the result of a job into cells.
  private func take(_ record: Record, of job: Job) {
    let rules = rules(units[job.unit].folder)
    for cell in record.cells {
      guard let outcome = cell.outcome.outcome else { continue }
      var patch = units[job.unit].result.patches[cell.index]
      // A second owner of the cells would have all of them copied when one is added.
      patch.cells = []
      var findings = rules.ofCell(outcome, cell.names, patch, on: job.tree)
        .filter { options.isOn($0.check) }
      if let unread = record.unread {
        findings = [
          Verification.Finding(
            check: .tree, severity: .notChecked,
            message: "the tree '\(job.tree.name)' cannot be read: \(unread.message)",
            hint: unread.hint, file: patch.file, tree: job.tree.name, details: [])
        ]
      }
      units[job.unit].result.patches[cell.index].cells.append(
        Verification.Cell(
          tree: job.tree.name, revision: job.target.treeID, expected: job.tree.expect.word,
          status: Verification.Status(findings),
          kept: record.unread == nil ? cell.outcome : nil, names: cell.names,
          findings: findings))
    }
    for label in record.refusedPrerequisites {
      let finding = Verification.Finding(
        check: .prerequisite, severity: .error,
        message: "the prerequisite '\(label)' does not apply to \(job.tree.name)",
        hint: "fix that patch first", file: units[job.unit].folder.manifestPath,
        tree: job.tree.name, details: [])
      if !units[job.unit].result.findings.contains(finding) {
        units[job.unit].result.findings.append(finding)
      }
    }
  }
}
