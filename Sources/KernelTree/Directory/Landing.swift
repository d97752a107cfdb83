// SPDX-License-Identifier: GPL-2.0-only

package import Host
internal import Synchronization

/// Changes of a folder that come one by one and are put in place together: all of them, or none.
///
/// Each is written next to the tree when it is added, so that none has to be kept in memory. An
/// unfinished landing does not change the tree.
package final class Landing: Sendable {
  private let path: String
  private let gitFolder: String?
  private let writer = Mutex(Writer())
  private let state = Mutex(State())
  /// The trails that no thread uses at the moment.
  private let trails = Mutex<[Journal.Trails]>([])

  /// The journal, once there is a change.
  private struct Writer {
    var journal: Journal.Shared?
    var isOver = false
  }

  private struct State {
    var number = 0
    var steps: [Journal.Step] = []
  }

  init(in path: String, gitFolder: String?) {
    self.path = path
    self.gitFolder = gitFolder
  }

  deinit { abandon() }

  /// Takes a change, from any thread; no path comes twice.
  ///
  /// - Throws: `PatchkitError` of kind `changedMeanwhile` where the file is no longer the one that was read,
  ///   of kind `busy` where another run is at work on the folder.
  package func add(_ change: TreeChange) throws(PatchkitError) {
    let journal = try journal()
    let number = state.withLock { state in
      state.number += 1
      return state.number - 1
    }
    let free = self.trails.withLock { $0.popLast() }
    let trails = if let free { free } else { try journal.value.trails() }
    let step = try journal.value.write(change, number: number, flushes: false, on: trails)
    self.trails.withLock { $0.append(trails) }
    state.withLock { $0.steps.append(step) }
  }

  private func journal() throws(PatchkitError) -> Journal.Shared {
    try writer.withLock { writer throws(PatchkitError) in
      if let journal = writer.journal { return journal }
      let made = Journal.Shared(try Journal(in: path, gitFolder: gitFolder))
      writer.journal = made
      return made
    }
  }

  /// Puts all changes in place.
  ///
  /// - Returns: the paths that changed, in their order.
  /// - Throws: `PatchkitError`; the tree is then as it was, or, where even that fails, the journal stays
  ///   for `recover`.
  package func finish() throws(PatchkitError) -> [TreePath] {
    let steps = state.withLock(\.steps).sorted { $0.number < $1.number }
    if steps.isEmpty { return [] }
    let journal = try journal()
    let plan = JournalPlan(steps: steps)
    try journal.value.publish(plan, flushesAll: true)
    writer.withLock { $0.isOver = true }
    try journal.value.complete(plan)
    return plan.paths.sorted()
  }

  /// Forgets all changes; the tree is as it was.
  package func abandon() {
    let journal = writer.withLock { writer -> Journal.Shared? in
      defer { writer.isOver = true }
      return writer.isOver ? nil : writer.journal
    }
    try? journal?.value.discard()
  }
}
