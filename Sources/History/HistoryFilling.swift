// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import Synchronization

/// One pass over the commits that an index lacks, on all cores.
struct HistoryFilling {
  private let store: ObjectStore
  private let database: Database
  private let graph: CommitGraph
  private let shallow: Set<ObjectID>
  private let progress: WorkProgress?

  /// Commits that one thread reads at a time: enough that their folders are read once.
  private static let batchSize = 1024

  init(
    _ store: ObjectStore, _ database: Database, _ graph: CommitGraph, shallow: [UInt8],
    _ progress: WorkProgress?
  ) {
    self.store = store
    self.database = database
    self.graph = graph
    self.shallow = Set(
      shallow.split(separator: 0x0A).compactMap { ObjectID(String(decoding: $0, as: UTF8.self)) })
    self.progress = progress
  }

  /// Adds a commit with all that it is made of, within a transaction of the caller's.
  ///
  /// - Returns: the graph with the new commits.
  /// - Throws: `DatabaseError`, `GitError` or `HistoryStop`; the caller rolls back.
  func add(_ tip: ObjectID) throws -> CommitGraph {
    let first = graph.count + 1
    let walk = try HistoryWalk(
      from: [tip], in: store, after: graph.count, shallow: shallow, progress: progress
    ) { id in try HistoryIndex.number(of: id, in: database) }
    store.releasePages()
    let trees = try treesOfKnownParents(walk, first)
    let writer = try HistoryWriter(database, graph: graph)
    writer.add(walk)
    let sink = Sink(writer, total: walk.commits.count, progress)
    let batches = (walk.commits.count + Self.batchSize - 1) / Self.batchSize
    let (store, size) = (store, Self.batchSize)
    _ = try WorkerPool.map(
      count: batches,
      worker: { () throws(any Error) in try ObjectReader(store, room: 16 << 20) },
      { (reader: inout ObjectReader, batch: Int) throws(any Error) -> Bool in
        if StopRequest.isMade { throw HistoryStop.asked }
        let range = (batch * size)..<min(walk.commits.count, (batch + 1) * size)
        try sink.write(
          try CommitBatch(range, of: walk, first: first, reader, knownTrees: trees))
        if batch % 8 == 0 { store.releasePages() }
        return true
      })
    return try writer.finish()
  }

  /// The trees of parents that the index has already, by their numbers.
  private func treesOfKnownParents(_ walk: HistoryWalk, _ first: Int) throws -> [Int: ObjectID] {
    var trees: [Int: ObjectID] = [:]
    if first == 1 { return trees }
    let reader = try ObjectReader(store, room: 1 << 20)
    let find = try database.prepare("SELECT id FROM commits WHERE number = ?")
    for commit in walk.commits {
      for parent in commit.parents where parent < first && trees[parent] == nil {
        defer { find.reset() }
        try find.bind(parent, at: 1)
        guard try find.step(), let id = ObjectID(bytes: find.bytes(0)) else {
          throw DatabaseError.damaged("it lacks a commit", in: database.name)
        }
        trees[parent] = CommitObject(try reader.read(id, .commit))?.tree
      }
    }
    return trees
  }

  /// Where several threads bring what they read; one of them writes at a time.
  private final class Sink: @unchecked Sendable {
    // The writer is used under the lock alone.
    private let writer: HistoryWriter
    private let done = Mutex(0)
    private let total: Int
    private let progress: WorkProgress?

    init(_ writer: HistoryWriter, total: Int, _ progress: WorkProgress?) {
      self.writer = writer
      self.total = total
      self.progress = progress
    }

    func write(_ batch: CommitBatch) throws {
      let count = try done.withLock { done in
        try writer.write(batch)
        done += batch.records.count
        return done
      }
      progress?(count, total)
    }
  }
}
