// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
internal import KernelTree

/// Ports and scenarios.
extension Verifier {
  /// All changes that a folder's patches make to a tree; nil where one does not apply.
  func changes(of index: Int, on target: TreeTarget) throws -> [TreeChange]? {
    let unit = units[index]
    let task = SeriesTask(
      items: unit.before(on: target.tree) + unit.items(on: target.tree),
      usesStrategies: target.tree.expect.usesStrategies,
      namesBlobs: false, memory: options.memory)
    let result = try task.run(on: try target.open())
    let isWhole =
      result.outcomes.values.allSatisfy(\.applies) && result.refusedPrerequisites.isEmpty
      && !unit.items.isEmpty
    return isWhole ? result.changes : nil
  }

  /// What is kept of the ports of a folder.
  private struct Kept: Codable {
    var key: String
    var result: PortJob.Result
  }

  /// A folder whose ports are to be checked.
  private struct PortTask: Sendable {
    var unit: Int
    var job: PortJob
    var changes: [TreeChange]
    var key: String
    var shelf: String
    var kept: PortJob.Result?
  }

  /// Checks the ports of folders, as many at a time as there are cores.
  func checkPorts(_ chosen: [Int], _ tick: @escaping @Sendable () -> Void) async throws {
    let tasks = try chosen.compactMap(portTask)
    if tasks.count < chosen.count { for _ in tasks.count..<chosen.count { tick() } }
    var results: [(PortTask, PortJob.Result)] = []
    try await WorkerPool.each(count: tasks.count) { index in
      if let kept = tasks[index].kept { return kept }
      return await tasks[index].job.run(tasks[index].changes)
    } finished: { index, result in
      results.append((tasks[index], result))
      tick()
    }
    for (task, result) in results {
      if task.kept == nil { cache.write(Kept(key: task.key, result: result), as: task.shelf) }
      try take(result, of: task)
    }
  }

  /// The port job of a folder; nil if its patches apply to no tree, which is reported.
  private func portTask(_ index: Int) throws -> PortTask? {
    let unit = units[index]
    var found: (tree: String, changes: [TreeChange])?
    for tree in unit.trees where found == nil {
      if let target = target(tree), let changes = try changes(of: index, on: target) {
        found = (tree.name, changes)
      }
    }
    guard let (tree, changes) = found else {
      // A manifest that cannot be read was reported; its content is not checked.
      if unit.folder.manifestError != nil { return nil }
      // A tree that cannot be read was reported as not checked, which includes its ports.
      let reported = unit.result.findings.contains {
        $0.check == .tree && $0.severity == .notChecked
      }
      if reported, unit.trees.allSatisfy({ target($0) == nil }) { return nil }
      units[index].result.findings.append(
        Verification.Finding(
          check: .portPairing, severity: .notChecked,
          message: "the patches apply to none of the trees, so their ports are not checked",
          hint: unit.trees.first { target($0) != nil }.map {
            FindingRules.whyRefused(unit.folder.path, on: $0)
          },
          file: unit.folder.path, details: []))
      return nil
    }
    let job = PortJob(folder: unit.folder, options: options.ports, tree: tree)
    let key = cache.program + (try job.key(changes))
    let shelf = "ports-" + Checksum.sha256([unit.folder.path])
    let kept = cache.read(shelf, as: Kept.self)
    return PortTask(
      unit: index, job: job, changes: changes, key: key, shelf: shelf,
      kept: kept?.key == key ? kept?.result : nil)
  }

  /// Compares the functions of the other trees that have ports of their own with the lock, and adds them to
  /// what a new lock records; what the lock has of a tree that is not here stays as it is.
  private func compareElsewhere(_ task: PortTask) throws {
    let folder = units[task.unit].folder
    for tree in units[task.unit].trees where tree.hasPorts && tree.name != task.job.tree {
      guard let target = target(tree), let changes = try changes(of: task.unit, on: target) else {
        locked[task.unit]? += folder.lock?.functions.filter { $0.tree == tree.name } ?? []
        continue
      }
      let job = PortJob(folder: folder, options: options.ports, tree: tree.name)
      let (findings, functions) = job.compareElsewhere(
        options.updates ? nil : folder.lock, changes)
      locked[task.unit]? += functions
      units[task.unit].result.findings += findings.filter {
        options.isOn($0.check) && !(options.updates && $0.check == .portStale)
      }
    }
  }

  private func take(_ result: PortJob.Result, of task: PortTask) throws {
    let lock = options.updates ? nil : units[task.unit].folder.lock
    let (whole, functions) = task.job.compare(lock, result, task.changes)
    units[task.unit].result.ports = whole.report
    units[task.unit].result.scenarios = whole.scenarios
    locked[task.unit] = functions
    try compareElsewhere(task)
    units[task.unit].result.findings += task.job.findings(whole)
      .filter { options.isOn($0.check) && !(options.updates && $0.check == .portStale) }
  }
}
