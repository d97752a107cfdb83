// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Synchronization

/// Distributes pieces of work over the processors.
package enum WorkerPool {
  /// Calls a body for each index, on several threads, each with a worker of its own.
  ///
  /// A thread takes the next index when it is done with one, so uneven work is spread evenly. After
  /// the first error no further index is taken.
  ///
  /// - Parameters:
  ///   - count: the body is called for the indices below it.
  ///   - threads: the most threads; 1 does all work on the caller's.
  ///   - worker: makes what belongs to one thread, such as a tree that cannot be shared.
  ///   - body: called with the thread's worker and an index.
  /// - Returns: the results by index.
  /// - Throws: the error of the lowest index among those that failed.
  package static func map<Worker, Value: Sendable, Failure: Error>(
    count: Int, threads: Int = Machine.processors,
    worker: @Sendable () throws(Failure) -> Worker,
    _ body: @Sendable (inout Worker, Int) throws(Failure) -> Value,
    finish: @Sendable (consuming Worker) -> Void = { _ in }
  ) throws(Failure) -> [Value] {
    if count <= 0 { return [] }
    let number = min(threads, count)
    if number <= 1 {
      var values: [Value] = []
      var own = try worker()
      do throws(Failure) {
        for index in 0..<count { values.append(try body(&own, index)) }
      } catch {
        finish(own)
        throw error
      }
      finish(own)
      return values
    }
    let pieces = WorkPieces<Value, Failure>(count: count)
    DispatchQueue.concurrentPerform(iterations: number) { _ in
      var own: Worker
      do throws(Failure) { own = try worker() } catch { return pieces.note(error, at: -1) }
      pieces.work { index throws(Failure) in try body(&own, index) }
      finish(own)
    }
    return try pieces.results()
  }

  /// Calls a body for each index, on several threads.
  ///
  /// - Returns: the results by index.
  /// - Throws: the error of the lowest index among those that failed.
  package static func map<Value: Sendable, Failure: Error>(
    count: Int, threads: Int = Machine.processors,
    _ body: @Sendable (Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    try map(count: count, threads: threads, worker: { () throws(Failure) in () }) {
      (_: inout (), index) throws(Failure) in try body(index)
    }
  }

  /// Calls a body for each index on the caller's thread, helped by other threads as far as they are free.
  ///
  /// Where the caller is itself a thread of `map`, Dispatch does a `map` inside it on that thread alone, even if others
  /// are done with their part. No body runs after the return. A body must not wait for what the caller holds.
  ///
  /// - Parameters:
  ///   - count: the body is called for the indices below it.
  ///   - threads: the most threads; 1 does all work on the caller's.
  ///   - body: called with an index.
  /// - Returns: the results by index.
  /// - Throws: the error of the lowest index among those that failed.
  package static func helped<Value: Sendable, Failure: Error>(
    count: Int, threads: Int = Machine.processors,
    _ body: @escaping @Sendable (Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    let pieces = WorkPieces<Value, Failure>(count: count)
    pieces.offer(to: min(threads, count) - 1, body)
    pieces.work(body)
    pieces.close()
    return try pieces.results()
  }

  /// Runs an asynchronous body for each index, some at a time.
  ///
  /// The next one starts when one is done, so uneven work is spread evenly.
  ///
  /// - Parameters:
  ///   - count: the body is called for the indices below it.
  ///   - most: how many run at a time; at least one.
  ///   - body: called with an index.
  ///   - finished: called with each result as it comes, one at a time.
  /// - Throws: the first error of either; the other bodies are cancelled.
  package static func each<Value: Sendable>(
    count: Int, atOnce most: Int = Machine.processors,
    _ body: @escaping @Sendable (Int) async throws -> Value,
    finished: (Int, Value) throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
      var next = 0
      func start() {
        guard next < count else { return }
        let index = next
        next += 1
        group.addTask { (index, try await body(index)) }
      }
      for _ in 0..<max(1, most) { start() }
      while let (index, value) = try await group.next() {
        try finished(index, value)
        start()
      }
    }
  }
}

/// Work that other threads do while its caller makes the next pieces, and the results of all of it.
package final class BackgroundWork<Value: Sendable>: Sendable {
  private let group = DispatchGroup()
  private let queue = DispatchQueue(label: "patchkit.background", attributes: .concurrent)
  private let values = Mutex<[Int: Value]>([:])
  private let count = Atomic(0)

  /// Starts with no work.
  package init() {}

  /// Adds a piece, which is begun as soon as a processor is free.
  package func add(_ body: @escaping @Sendable () -> Value) {
    let number = count.add(1, ordering: .relaxed).oldValue
    queue.async(group: group) { [self] in
      let value = body()
      values.withLock { $0[number] = value }
    }
  }

  /// Waits until all is done.
  ///
  /// - Returns: the results in the order in which the work was added; they are kept for the next call.
  package func finish() -> [Value] {
    group.wait()
    return values.withLock { values in (0..<values.count).compactMap { values[$0] } }
  }
}
