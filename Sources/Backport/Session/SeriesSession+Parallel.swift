// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Host
internal import KernelTree
internal import Synchronization

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
    let tried = Mutex([Tried?](repeating: nil, count: queue.items.count))
    let next = Mutex(0)
    let workers = min(groups.count, Machine.processors)
    let (memory, policy) = (memory, policy)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      let applier = Result { try Self.makeApplier(memory) }
      let tree = Result { try open() }
      while true {
        let taken = next.withLock { next in
          defer { next += 1 }
          return next
        }
        guard taken < groups.count else { return }
        var overlay = (try? tree.get()).map { Overlay($0) }
        for index in groups[taken] {
          let item = queue.items[index]
          let result = Tried {
            let overlay = try overlay ?? Overlay(tree.get())
            return try Self.attempt(item, on: overlay, with: try applier.get(), policy)
          }
          tried.withLock { $0[index] = result }
          guard case .success(let outcome) = result,
            outcome.applies || policy.accepts.contains(outcome.verdict)
          else { break }
          overlay?.stage(outcome.changes)
        }
      }
    }
    // In order, up to the first that is refused: every one before it was tried, as the ones of its
    // own group before it were accepted.
    var outcomes: [PatchOutcome] = []
    for result in tried.withLock({ $0 }) {
      guard let outcome = try result?.get() else {
        throw Defect("a patch was not tried although those before it apply")
      }
      outcomes.append(outcome)
      if !isAccepted(outcome) { break }
    }
    return outcomes
  }
}
