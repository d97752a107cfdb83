// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Host
package import KernelTree
internal import Synchronization

/// What became of patches that were tried one on the other.
package struct SeriesOutcome: Sendable {
  /// The outcomes in order; the last one is the refused patch, where one was refused.
  package let outcomes: [PatchOutcome]
  /// How many patches were not tried, because one before them was refused.
  package let untried: Int
  /// The changes of the tree that all patches together make; empty where one was refused.
  package let changes: [TreeChange]

  /// Whether every patch applies.
  package var applies: Bool { untried == 0 && outcomes.allSatisfy(\.applies) }

  init(_ outcomes: [PatchOutcome], of queue: PatchQueue, on tree: any KernelTree) {
    self.outcomes = outcomes
    untried = queue.items.count - outcomes.count
    guard outcomes.allSatisfy(\.applies) else {
      changes = []
      return
    }
    var overlay = Overlay(tree)
    for outcome in outcomes { overlay.stage(outcome.changes) }
    changes = overlay.changes
  }
}

/// Tries patches one on the other, up to the first that does not apply.
///
/// Patches that share no path do not see each other, so where the tree can be read from any thread,
/// such groups are tried side by side. The outcome is the one of trying all in their order.
package struct SeriesApplier {
  /// Fewer patches than this are not worth a second thread.
  private static let fewestForThreads = 8

  private let base: (any KernelTree)?
  private let memory: ResolutionMemory?

  /// Makes an applier.
  ///
  /// - Parameters:
  ///   - base: the tree that the patches were made for, where it is at hand.
  ///   - memory: what people decided about conflicts before.
  package init(base: (any KernelTree)? = nil, memory: ResolutionMemory? = nil) {
    self.base = base
    self.memory = memory
  }

  /// Tries patches on a tree; nothing is written.
  ///
  /// - Throws: what `PatchApplier.apply(_:to:options:)` throws for the first patch that it throws for.
  package func apply(_ queue: PatchQueue, to tree: any KernelTree) throws -> SeriesOutcome {
    let outcomes =
      // A tolerant strategy may find a patch's text in a file that another patch changes.
      if queue.items.count >= Self.fewestForThreads, base == nil,
        queue.items.allSatisfy({ $0.options.accept == nil }),
        let open = opener(tree), let groups = queue.independentGroups, groups.count > 1
      {
        try sideBySide(queue, groups, open)
      } else {
        try inOrder(queue, on: tree)
      }
    return SeriesOutcome(outcomes, of: queue, on: tree)
  }

  private typealias Opener = @Sendable () throws(PatchkitError) -> any KernelTree

  /// What gives each thread a tree of its own; nil where that is not possible.
  ///
  /// A folder in a work tree is read without its repository, which no patch at the stated lines asks.
  private func opener(_ tree: any KernelTree) -> Opener? {
    if let reader = tree.concurrentReader {
      return { () throws(PatchkitError) -> any KernelTree in reader }
    }
    return tree.opener
  }

  private func inOrder(_ queue: PatchQueue, on tree: any KernelTree) throws -> [PatchOutcome] {
    let applier = try PatchApplier(base: base, memory: memory)
    var overlay = Overlay(tree)
    var outcomes: [PatchOutcome] = []
    for item in queue.items {
      let outcome = try applier.apply(item.patch, to: overlay, options: item.options)
      outcomes.append(outcome)
      guard outcome.applies else { break }
      overlay.stage(outcome.changes)
    }
    return outcomes
  }

  private typealias Tried = Result<PatchOutcome, any Error>

  private func sideBySide(
    _ queue: PatchQueue, _ groups: [[Int]], _ open: @escaping Opener
  ) throws -> [PatchOutcome] {
    let tried = Mutex([Tried?](repeating: nil, count: queue.items.count))
    let next = Mutex(0)
    let workers = min(groups.count, Machine.processors)
    let memory = memory
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      // libgit2's handles belong to one thread, so each has an applier of its own.
      let applier = Result { try PatchApplier(memory: memory) }
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
            return try applier.get().apply(item.patch, to: overlay, options: item.options)
          }
          tried.withLock { $0[index] = result }
          guard case .success(let outcome) = result, outcome.applies else { break }
          overlay?.stage(outcome.changes)
        }
      }
    }
    // In order, up to the first that does not apply: every one before it was tried, as the ones of
    // its own group before it apply.
    var outcomes: [PatchOutcome] = []
    for result in tried.withLock({ $0 }) {
      guard let outcome = try result?.get() else {
        throw Defect("a patch was not tried although those before it apply")
      }
      outcomes.append(outcome)
      if !outcome.applies { break }
    }
    return outcomes
  }
}
