// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Host
package import KernelTree
internal import PatchFormat
internal import Synchronization

extension SeriesSession {
  /// A series that is tried in pieces as it is read: one piece is tried while the caller works on
  /// the outcome of the piece before.
  ///
  /// A mailbox of any length takes the room of two pieces. Only for patches at the stated lines or
  /// where their text is nowhere else: the strategies read whole trees.
  package final class Stream {
    /// How much makes a piece: less pays more for threads and for the trees that are opened for
    /// each.
    private static let piece = (most: 256, bytes: 4 << 20)

    private let policy: SeriesPolicy
    private var batches: PatchBatches
    private var tree: any KernelTree
    /// What the patches of earlier pieces changed, unless the tree has it.
    private var carried = StagedFiles()
    private var upcoming: Waiting?
    private var hasPatches = false
    /// The first input, while none held a patch.
    private var letter: PatchDocument?
    /// The parts of the numbered series in mailboxes.
    private var numbering = SeriesNumbering()

    /// A piece with the documents that were read for it.
    private struct Piece: Sendable {
      var queue: PatchQueue
      var outcome: SeriesOutcome
      /// The mails of mailboxes, of whose series no part may be missing.
      var numbered: [PatchDocument]
    }

    /// A piece that is worked on.
    private final class Waiting: Sendable {
      let result = Mutex<Result<Piece, any Error>?>(nil)
      let done = DispatchSemaphore(value: 0)
    }

    /// Starts on a tree.
    ///
    /// - Parameters:
    ///   - batches: the patches, none of them to be reverse-applied.
    ///   - tree: a tree that can be opened again.
    ///   - policy: how they are tried; its `delivery` counts where there is one patch alone.
    package init(
      _ batches: PatchBatches, on tree: any KernelTree, policy: SeriesPolicy = SeriesPolicy()
    ) throws {
      self.batches = batches
      self.tree = tree
      self.policy = policy
      let pieces = try self.batches.next(most: Self.piece.most, bytes: Self.piece.bytes)
      let isSingle = try pieces.count == 1 && self.batches.isAtEnd()
      try start(pieces, isSingle ? policy.delivery : .kept, isAlone: isSingle)
    }

    /// The outcome of the next piece; nil after the last one.
    ///
    /// - Throws: what reading, parsing and `SeriesSession.apply(_:observer:)` throw.
    package func next() throws -> SeriesOutcome? {
      guard let waiting = upcoming else { return nil }
      waiting.done.wait()
      upcoming = nil
      guard let piece = try waiting.result.withLock({ $0 })?.get() else {
        throw Defect("a piece of a series ended without an outcome")
      }
      for document in piece.numbered { numbering.add(document) }
      hasPatches = hasPatches || !piece.queue.items.isEmpty
      letter = hasPatches ? nil : piece.queue.documents.first
      if piece.outcome.applies {
        carried.stage(piece.outcome.changes)
        try start(try batches.next(most: Self.piece.most, bytes: Self.piece.bytes), .kept)
      }
      return piece.outcome
    }

    /// How many patches there are after the pieces that were given out: they are read and not
    /// tried.
    package func countRest() throws -> Int {
      var count = 0
      while true {
        let pieces = try batches.next(most: Self.piece.most, bytes: Self.piece.bytes)
        if pieces.isEmpty { return count }
        count += Self.documents(pieces, batches.parsing)
          .reduce(0) { $0 + $1.document.patches.count }
      }
    }

    /// Takes a tree that has the changes of all pieces that were given out for the pieces to come.
    package func settle(on tree: any KernelTree) {
      self.tree = tree
      carried = StagedFiles()
    }

    /// Starts the work on a piece: on this thread if it is the only one, otherwise on another one.
    private func start(
      _ pieces: [PatchBatches.Piece], _ delivery: ChangeDelivery, isAlone: Bool = false
    ) throws {
      if pieces.isEmpty {
        // Mails without a diff are not patches.
        if !hasPatches, let letter { try letter.requireSound(batches.options.strictness) }
        if !batches.parsing.allowsIncomplete, let gap = numbering.gaps.first {
          throw PatchFormatError(
            input: gap.input, diagnostic: gap.diagnostic, others: numbering.gaps.count - 1)
        }
        return
      }
      let waiting = Waiting()
      upcoming = waiting
      let (options, parsing) = (batches.options, batches.parsing)
      var policy = policy
      policy.delivery = delivery
      guard let open = Overlay(tree, staged: carried).opener else {
        throw Defect("a stream of patches needs a tree that can be opened again")
      }
      let work = { @Sendable [policy] in
        let result = Result<Piece, any Error> {
          let clock = ContinuousClock()
          let start = clock.now
          let documents = Self.documents(pieces, parsing)
          let queue = try PatchQueue(documents, options: options)
          let parsed = clock.now
          var outcome = try SeriesSession(on: open(), policy: policy).apply(queue)
          outcome.timings.parsing = parsed.seconds(since: start)
          // Which patches a series needs is what its own file says, not the subjects of the mails that
          // they once were.
          let numbered = documents.filter {
            $0.entry == nil && $0.document.origin.mailsBefore != nil
          }
          return Piece(queue: queue, outcome: outcome, numbered: numbered.map(\.document))
        }
        waiting.result.withLock { $0 = result }
        waiting.done.signal()
      }
      if isAlone { work() } else { DispatchQueue.global().async(execute: work) }
    }

    private static func documents(
      _ pieces: [PatchBatches.Piece], _ parsing: ParseOptions
    ) -> [(document: PatchDocument, entry: Series.Entry?)] {
      let documents = WorkerPool.map(count: pieces.count) { index in
        let piece = pieces[index]
        var options = parsing
        options.countsParts = piece.entry == nil
        options.thread.takesMails = options.thread.takesMails || piece.entry != nil
        return PatchDocument(
          parsing: piece.bytes, name: piece.name, options: options, origin: piece.origin)
      }
      return zip(documents, pieces).map { ($0, $1.entry) }
    }
  }
}
