// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
internal import Synchronization

extension PatchTrial {
  /// Fewer file patches than this are not worth a second thread.
  static let fewestForThreads = 64
  /// So many groups are taken at a time.
  private static var batch: Int { 16 }

  /// The results of file patches that share no path with others.
  private struct Share: Sendable {
    var outcomes: [FileOutcome] = []
    var adapted: [AdaptedFile] = []
    var adaptedCount = 0
    var changes: [TreeChange] = []
    var isChained = false
  }

  /// Tries the file patches of a large patch on several threads, in groups that share no path;
  /// false where that cannot be done, and nothing was done then.
  ///
  /// The strategies look into other files, so with them the file patches are tried in their order.
  mutating func triedInParallel(_ tasks: [FileTask]) throws -> Bool {
    guard tasks.count >= Self.fewestForThreads, options.accept == nil, markers == nil,
      let open = Overlay(states.tree).opener
    else { return false }
    let groups = PathGroups.groups(
      of: tasks.map { [$0.old, $0.new].compactMap { $0?.bytes } })
    guard groups.count > 1 else { return false }
    let (patch, options, delivery, damagedData) = (patch, options, delivery, damagedData)
    let plan = states.plan
    let batches = stride(from: 0, to: groups.count, by: Self.batch).map {
      groups[$0..<min($0 + Self.batch, groups.count)]
    }
    let delivered = Mutex<[TreePath]>([])
    let shares = try WorkerPool.map(
      count: batches.count,
      worker: {
        PatchTrial(
          patch: patch, options: options, markers: nil, strict: try .init(), base: nil,
          memory: nil, delivery: delivery, states: FileStates(try open(), plan),
          damagedData: damagedData)
      },
      { trial, index in
        try batches[index].map { group in
          let own = group.map { tasks[$0] }
          trial.keepsResults = trial.needsResults(of: own)
          for task in own { try trial.apply(task) }
          return try trial.takeShare()
        }
      },
      finish: { trial in delivered.withLock { $0 += trial.deliveredPaths } })
    deliveredPaths = delivered.withLock { $0 }
    merge(shares.flatMap { $0 }, groups, count: tasks.count)
    return true
  }

  /// Gives the results of the file patches since the last time, and forgets them.
  private mutating func takeShare() throws -> Share {
    try deliver()
    let share = Share(
      outcomes: outcomes, adapted: adapted, adaptedCount: adaptedCount,
      changes: states.overlay.changes, isChained: states.isChained)
    states.forget()
    (outcomes, adapted, adaptedCount) = ([], [], 0)
    return share
  }

  /// Puts together the results of all file patches, in their order.
  private mutating func merge(_ shares: [Share], _ groups: [[Int]], count: Int) {
    var ordered = [FileOutcome?](repeating: nil, count: count)
    for (share, group) in zip(shares, groups) {
      // Without the strategies a file patch has one outcome.
      for (task, outcome) in zip(group, share.outcomes) { ordered[task] = outcome }
      adapted += share.adapted
      adaptedCount += share.adaptedCount
      states.stage(share.changes, isChained: share.isChained)
    }
    outcomes = ordered.compactMap(\.self)
    adapted.sort { $0.index < $1.index }
  }

  /// Delivers changes that are not kept in the outcome, and forgets them but for their paths.
  mutating func deliver() throws {
    if delivery.isKept { return }
    deliveredPaths += states.overlay.changes.map(\.path)
    if case .handedOver(let body) = delivery {
      for change in states.overlay.changes { try body(change) }
    }
    adapted = []
    states.forgetChanges()
  }
}
