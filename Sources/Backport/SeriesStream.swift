// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
package import KernelTree
internal import PatchFormat
internal import Synchronization

/// Tries patches one on the other as they are read, a lot at a time, while the caller works on the
/// outcomes of the lot before.
///
/// Only patches at the stated lines or where their text stands alone: the strategies read whole trees.
package final class SeriesStream {
  /// The outcomes of a lot, with the documents that were read for it.
  package struct Lot: Sendable {
    /// The patches of the lot.
    package var queue: PatchQueue
    /// What became of them; the last one is refused where one is.
    package var outcome: SeriesOutcome
    /// Whether the changes were dropped or handed over.
    package var isDelivered = false
  }

  /// How much is one lot: less pays more for threads and for the trees that are opened for each.
  private static let lots = (most: 256, bytes: 4 << 20)

  private var batches: PatchBatches
  private var tree: any KernelTree
  /// What the patches of earlier lots changed, unless the tree has it.
  private var carried = StagedFiles()
  private var upcoming: Waiting?
  private var hasPatches = false
  /// The first input, while none held a patch.
  private var letter: PatchDocument?

  /// A lot that is worked on.
  private final class Waiting: Sendable {
    let result = Mutex<Result<Lot, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
  }

  /// Starts on a tree.
  ///
  /// - Parameters:
  ///   - batches: the patches, none of them to be taken back.
  ///   - tree: a tree that can be opened once more.
  ///   - single: what becomes of the changes where there is one patch alone, and that of many files.
  package init(
    _ batches: PatchBatches, onto tree: any KernelTree,
    single: PatchApplier.Delivery = .kept
  ) throws {
    self.batches = batches
    self.tree = tree
    let pieces = try self.batches.next(most: Self.lots.most, bytes: Self.lots.bytes)
    let isSingle = try pieces.count == 1 && self.batches.isAtEnd()
    try start(pieces, isSingle ? single : .kept)
  }

  /// The next lot; nil behind the last one.
  ///
  /// - Throws: what reading, parsing and `SeriesApplier.apply(_:to:)` throw.
  package func next() throws -> Lot? {
    guard let waiting = upcoming else { return nil }
    waiting.done.wait()
    upcoming = nil
    guard let lot = try waiting.result.withLock({ $0 })?.get() else {
      throw Defect("a lot of patches ended without an outcome")
    }
    hasPatches = hasPatches || !lot.queue.items.isEmpty
    letter = hasPatches ? nil : lot.queue.documents.first
    if lot.outcome.applies {
      for outcome in lot.outcome.outcomes { carried.stage(outcome.changes) }
      try start(try batches.next(most: Self.lots.most, bytes: Self.lots.bytes), .kept)
    }
    return lot
  }

  /// How many patches there are behind the lots that were given out: they are read and not tried.
  package func countRest() throws -> Int {
    var count = 0
    while true {
      let pieces = try batches.next(most: Self.lots.most, bytes: Self.lots.bytes)
      if pieces.isEmpty { return count }
      count += Self.documents(pieces, batches.parsing).reduce(0) { $0 + $1.document.patches.count }
    }
  }

  /// Goes on with a tree that has the changes of all lots that were given out.
  package func settle(on tree: any KernelTree) {
    self.tree = tree
    carried = StagedFiles()
  }

  private func start(
    _ pieces: [PatchBatches.Piece], _ delivery: PatchApplier.Delivery
  ) throws {
    if pieces.isEmpty {
      // Letters alone are no patches.
      if !hasPatches, let letter { try letter.requireSound(batches.options.strictness) }
      return
    }
    let waiting = Waiting()
    upcoming = waiting
    let (options, parsing) = (batches.options, batches.parsing)
    guard let open = Overlay(tree, staged: carried).opener else {
      throw Defect("a stream of patches needs a tree that can be opened once more")
    }
    DispatchQueue.global().async {
      let result = Result<Lot, any Error> {
        let documents = Self.documents(pieces, parsing)
        let queue = try PatchQueue(documents, options: options)
        let isLarge =
          queue.items.first.map { $0.patch.files.count >= PatchRun.fewestForThreads } ?? false
        if !delivery.isKept, queue.items.count == 1, isLarge {
          let tree = try open()
          let outcome = try PatchApplier().apply(
            queue.items[0].patch, to: tree, options: queue.items[0].options, delivery: delivery)
          return Lot(
            queue: queue, outcome: SeriesOutcome([outcome], of: queue, on: tree),
            isDelivered: true)
        }
        return Lot(queue: queue, outcome: try SeriesApplier().apply(queue, to: open()))
      }
      waiting.result.withLock { $0 = result }
      waiting.done.signal()
    }
  }

  private static func documents(
    _ pieces: [PatchBatches.Piece], _ parsing: ParseOptions
  ) -> [(document: PatchDocument, entry: Series.Entry?)] {
    let parsed = Mutex([PatchDocument?](repeating: nil, count: pieces.count))
    DispatchQueue.concurrentPerform(iterations: pieces.count) { index in
      let piece = pieces[index]
      let document = PatchDocument(
        parsing: piece.bytes, name: piece.name, options: parsing, origin: piece.origin)
      parsed.withLock { $0[index] = document }
    }
    return zip(parsed.withLock { $0 }, pieces).compactMap { document, piece in
      document.map { ($0, piece.entry) }
    }
  }
}
