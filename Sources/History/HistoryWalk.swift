// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import Synchronization

/// The commits that an index lacks, numbered: parents come before their children, and the commits of a
/// branch follow each other.
struct HistoryWalk: Sendable {
  /// A commit with what the pass over it needs.
  struct Commit: Sendable {
    var id: ObjectID
    var tree: ObjectID
    /// The parents' numbers; empty where the repository is cut off here.
    var parents: [Int]
    /// Whether the repository lacks the parents on purpose (a shallow clone).
    var isCutOff: Bool
  }

  /// What is read of a commit to walk on from it.
  private struct Node: Sendable {
    var tree: ObjectID
    var first: ObjectID?
    var others: [ObjectID]

    init(_ commit: CommitObject) {
      tree = commit.tree
      first = commit.parents.first
      others = Array(commit.parents.dropFirst())
    }

    var parents: [ObjectID] { (first.map { [$0] } ?? []) + others }
  }

  /// The new commits; the first has the number after the last known one.
  private(set) var commits: [Commit] = []

  /// Walks from some commits to those that the index has.
  ///
  /// - Parameters:
  ///   - tips: the commits to start at.
  ///   - last: the highest number that the index has.
  ///   - shallow: the commits whose parents the repository lacks on purpose.
  ///   - number: the number of a commit that the index has.
  /// - Throws: `GitError` where a commit cannot be read; what `number` throws; `HistoryStop`.
  init(
    from tips: [ObjectID], in store: ObjectStore, after last: Int, shallow: Set<ObjectID>,
    progress: WorkProgress?, number: (ObjectID) throws -> Int?
  ) throws {
    var nodes = last == 0 ? try Self.nodes(from: tips, in: store, shallow, progress) : [:]
    let reader = try ObjectReader(store, room: 4 << 20)
    var numbers: [ObjectID: Int] = [:]
    func known(_ id: ObjectID) throws -> Int? {
      if let own = numbers[id] { return own }
      return last == 0 ? nil : try number(id)
    }
    func node(_ id: ObjectID) throws -> Node {
      if let node = nodes[id] { return node }
      guard let commit = CommitObject(try reader.read(id, .commit)) else {
        throw HistoryStop.damagedCommit(id)
      }
      let node = Node(commit)
      nodes[id] = node
      return node
    }
    // Depth first, so that a commit is numbered after all that it is made of.
    for tip in tips {
      if try known(tip) != nil { continue }
      var open = [(id: tip, next: 0)]
      var isOpen: Set<ObjectID> = [tip]
      while let (id, next) = open.last {
        let own = try node(id)
        let isCutOff = shallow.contains(id)
        let parents = isCutOff ? [] : own.parents
        if next < parents.count {
          open[open.count - 1].next += 1
          let parent = parents[next]
          if try known(parent) == nil {
            // Commits cannot be made of themselves; damaged stores may claim it.
            guard isOpen.insert(parent).inserted else { throw HistoryStop.damagedCommit(parent) }
            open.append((parent, 0))
          }
          continue
        }
        open.removeLast()
        isOpen.remove(id)
        commits.append(
          Commit(
            id: id, tree: own.tree, parents: try parents.compactMap(known), isCutOff: isCutOff))
        numbers[id] = last + commits.count
        nodes[id] = nil
        if commits.count % 1024 == 0 {
          if StopRequest.isMade { throw HistoryStop.asked }
          progress?(commits.count, nil)
        }
      }
    }
  }

  /// What several threads read of a history at once.
  private struct Discovery {
    var nodes: [ObjectID: Node] = [:]
    var seen: Set<ObjectID>
    var open: [ObjectID]
    /// How many threads read commits whose parents are not in `open` yet.
    var busy = 0
    var failure: (any Error)?

    /// Takes commits to read; nil where there are none and none will come.
    mutating func take(_ most: Int) -> [ObjectID]? {
      if failure != nil { return nil }
      if open.isEmpty { return busy == 0 ? nil : [] }
      let taken = Array(open.suffix(max(1, min(most, open.count / 2))))
      open.removeLast(taken.count)
      busy += 1
      return taken
    }

    mutating func add(_ read: [(ObjectID, Node)], _ shallow: Set<ObjectID>) {
      busy -= 1
      for (id, node) in read {
        nodes[id] = node
        if shallow.contains(id) { continue }
        for parent in node.parents.reversed() where seen.insert(parent).inserted {
          open.append(parent)
        }
      }
    }
  }

  /// The commits that some commits are made of, read on all cores.
  private static func nodes(
    from tips: [ObjectID], in store: ObjectStore, _ shallow: Set<ObjectID>,
    _ progress: WorkProgress?
  ) throws -> [ObjectID: Node] {
    let shared = Mutex(Discovery(seen: Set(tips), open: tips))
    _ = WorkerPool.map(count: Machine.processors) { _ in
      do {
        let reader = try ObjectReader(store, room: 4 << 20)
        var rounds = 0
        while let ids = shared.withLock({ $0.take(32) }) {
          if ids.isEmpty {
            Machine.pause(microseconds: 50)
            continue
          }
          var read: [(ObjectID, Node)] = []
          for id in ids {
            guard let commit = CommitObject(try reader.read(id, .commit)) else {
              throw HistoryStop.damagedCommit(id)
            }
            read.append((id, Node(commit)))
          }
          if StopRequest.isMade { throw HistoryStop.asked }
          let done = shared.withLock {
            $0.add(read, shallow)
            return $0.nodes.count
          }
          rounds += 1
          if rounds % 512 == 0 { store.releasePages() }
          progress?(done, nil)
        }
      } catch {
        shared.withLock { $0.failure = $0.failure ?? error }
      }
      return true
    }
    let result = shared.withLock { $0 }
    if let failure = result.failure { throw failure }
    return result.nodes
  }
}

/// Why filling an index ended early.
enum HistoryStop: Error {
  /// The user asked for it.
  case asked
  /// A commit's object is damaged.
  case damagedCommit(ObjectID)
}
