// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Host
internal import KernelTree
internal import Synchronization

extension PatchTrial {
  /// Fewer file patches than this are not worth a second thread.
  static let fewestForThreads = 64

  /// The results of file patches that share no path with others.
  private struct Share: Sendable {
    var outcomes: [FileOutcome] = []
    var adapted: [AdaptedFile] = []
    var adaptedCount = 0
    var changes: [TreeChange] = []
  }

  /// Tries the file patches of a large patch on several threads, in groups that share no path;
  /// false where that cannot be done, and nothing was done then.
  ///
  /// The strategies look into other files, so with it they go one after the other.
  mutating func sideBySide(_ jobs: [Job]) throws -> Bool {
    guard jobs.count >= Self.fewestForThreads, options.accept == nil, markers == nil,
      let open = Overlay(tree).opener
    else { return false }
    let groups = PathGroups.groups(
      of: jobs.map { [$0.old, $0.new].compactMap { $0?.bytes } })
    guard groups.count > 1 else { return false }
    let (patch, options, delivery, vacated) = (patch, options, delivery, vacated)
    let damagedData = damagedData
    let shares = Mutex([Share?](repeating: nil, count: groups.count))
    let failure = Mutex<(any Error)?>(nil)
    let next = Mutex(0)
    let batch = 16
    DispatchQueue.concurrentPerform(iterations: Machine.processors) { _ in
      do {
        let tree = try open()
        var run = PatchTrial(
          patch: patch, tree: tree, options: options, markers: nil, strict: try .init(), base: nil,
          memory: nil,
          delivery: delivery, overlay: Overlay(tree), vacated: vacated, damagedData: damagedData)
        while true {
          let first = next.withLock { next in
            defer { next += batch }
            return next
          }
          guard first < groups.count, failure.withLock({ $0 == nil }) else { return }
          for index in first..<min(first + batch, groups.count) {
            for job in groups[index] { try run.apply(jobs[job]) }
            let share = try run.takeShare()
            shares.withLock { $0[index] = share }
          }
        }
      } catch {
        failure.withLock { $0 = $0 ?? error }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    merge(shares.withLock { $0.map { $0 ?? Share() } }, groups, count: jobs.count)
    return true
  }

  /// Gives what came of the file patches since the last time, and forgets it.
  private mutating func takeShare() throws -> Share {
    try deliver()
    let share = Share(
      outcomes: outcomes, adapted: adapted, adaptedCount: adaptedCount, changes: overlay.changes)
    overlay = Overlay(tree)
    (outcomes, adapted, adaptedCount) = ([], [], 0)
    return share
  }

  /// Puts together what came of all file patches, in their order.
  private mutating func merge(_ shares: [Share], _ groups: [[Int]], count: Int) {
    var ordered = [FileOutcome?](repeating: nil, count: count)
    for (share, group) in zip(shares, groups) {
      // Without the strategies a file patch has one outcome.
      for (job, outcome) in zip(group, share.outcomes) { ordered[job] = outcome }
      adapted += share.adapted
      adaptedCount += share.adaptedCount
      overlay.stage(share.changes)
    }
    outcomes = ordered.compactMap(\.self)
    adapted.sort { $0.index < $1.index }
  }

  /// Hands changes over where nobody wants them in the outcome, and forgets them.
  mutating func deliver() throws {
    if delivery.isKept { return }
    if case .handedOver(let body) = delivery { for change in overlay.changes { try body(change) } }
    adapted = []
    overlay = Overlay(tree)
  }
}
