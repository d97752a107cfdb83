// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

extension SeriesSession {
  /// Fewer patches than this are not worth a second thread.
  private static let fewestForThreads = 8

  private typealias Opener = @Sendable () throws(PatchkitError) -> any KernelTree

  /// What gives each thread a tree of its own; nil where that is not possible.
  ///
  /// A folder in a work tree is read without its repository, which no patch at the stated lines
  /// asks.
  private var opener: Opener? {
    if let reader = overlay.concurrentReader {
      return { () throws(PatchkitError) -> any KernelTree in reader }
    }
    return overlay.opener
  }

  /// The outcomes of trying patches that do not see each other in parallel; nil where that cannot
  /// be done, and nothing was done then.
  func triedInParallel(_ queue: PatchQueue) throws -> [PatchOutcome]? {
    guard policy.endsAtRefusal, !policy.checksReversal, base == nil,
      queue.items.count >= Self.fewestForThreads, let open = opener,
      let groups = Self.independentGroups(queue), groups.count > 1
    else { return nil }
    typealias Tried = Result<PatchOutcome, any Error>
    let (memory, policy) = (memory, policy)
    // The longest first, so that no thread is left alone with it at the end.
    let work = groups.map { group in group.reduce(0) { $0 + queue.items[$1].patch.files.count } }
    let order = groups.indices.sorted { work[$0] > work[$1] }
    let triedGroups = try WorkerPool.map(
      count: groups.count,
      worker: { (applier: try Self.makeApplier(memory), tree: try open()) },
      { own, number in
        var overlay = Overlay(own.tree)
        var tried: [Tried] = []
        for index in groups[order[number]] {
          let result = Tried {
            try Self.attempt(queue.items[index], on: overlay, with: own.applier, policy)
          }
          tried.append(result)
          guard case .success(let outcome) = result,
            outcome.applies || policy.accepts.contains(outcome.verdict)
          else { break }
          overlay.stage(outcome.changes)
        }
        return tried
      })
    var tried = [Tried?](repeating: nil, count: queue.items.count)
    for (number, results) in zip(order, triedGroups) {
      for (index, result) in zip(groups[number], results) { tried[index] = result }
    }
    // In order, up to the first that is refused: every one before it was tried, as the ones of its
    // own group before it were accepted.
    var outcomes: [PatchOutcome] = []
    for result in tried {
      guard let outcome = try result?.get() else {
        throw Defect("a patch was not tried although those before it apply")
      }
      outcomes.append(outcome)
      if !isAccepted(outcome) { break }
    }
    return outcomes
  }
}
