// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Synchronization

/// Pieces of work that several threads take from one list, and what became of them.
///
/// A thread takes the next piece when it is done with one, so uneven work is spread evenly. After the first error no
/// further piece is taken.
final class WorkPieces<Value: Sendable, Failure: Error>: Sendable {
  private struct State: Sendable {
    var values: [Value?]
    var failure: (index: Int, error: Failure)?
    /// The threads that help at the moment.
    var helpers = 0
    /// Whether all pieces are taken: no other thread begins to help.
    var isClosed = false
  }

  private let count: Int
  private let next = Atomic(0)
  private let state: Mutex<State>
  private let isFree = DispatchSemaphore(value: 0)

  /// Makes a list of so many pieces, none of them done.
  init(count: Int) {
    self.count = count
    state = Mutex(State(values: [Value?](repeating: nil, count: count)))
  }

  /// Does pieces until none is left.
  func work(_ body: (Int) throws(Failure) -> Value) {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count, state.withLock({ $0.failure == nil }) else { return }
      do throws(Failure) {
        let value = try body(index)
        state.withLock { $0.values[index] = value }
      } catch {
        note(error, at: index)
      }
    }
  }

  /// Does pieces on a thread that is not waited for unless it has begun one.
  func help(_ body: (Int) throws(Failure) -> Value) {
    let joins = state.withLock { state in
      if !state.isClosed { state.helpers += 1 }
      return !state.isClosed
    }
    guard joins else { return }
    work(body)
    let isLast = state.withLock { state in
      state.helpers -= 1
      return state.isClosed && state.helpers == 0
    }
    if isLast { isFree.signal() }
  }

  /// Waits for the threads that help; no other begins to.
  func close() {
    let waits = state.withLock { state in
      state.isClosed = true
      return state.helpers > 0
    }
    if waits { isFree.wait() }
  }

  /// Notes an error; that of the lowest index is kept.
  func note(_ error: Failure, at index: Int) {
    state.withLock { state in
      if let failure = state.failure, failure.index <= index { return }
      state.failure = (index, error)
    }
  }

  /// The results by index, when all is done.
  ///
  /// - Throws: the error of the lowest index among those that failed.
  func results() throws(Failure) -> [Value] {
    let (values, failure) = state.withLock { ($0.values, $0.failure) }
    if let failure { throw failure.error }
    return values.compactMap(\.self)
  }
}

extension WorkerPool {
  /// Calls a body for each index on the caller's thread, helped by other threads as far as they are free.
  ///
  /// Where the caller is itself a thread of `map`, Dispatch does a `map` inside it on that thread alone, even if others
  /// are done with their part.
  ///
  /// - Returns: the results by index.
  /// - Throws: the error of the lowest index among those that failed.
  package static func helped<Value: Sendable, Failure: Error>(
    count: Int, threads: Int = Machine.processors,
    _ body: @escaping @Sendable (Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    let pieces = WorkPieces<Value, Failure>(count: count)
    for _ in 1..<max(1, min(threads, count)) {
      DispatchQueue.global().async { pieces.help(body) }
    }
    pieces.work(body)
    pieces.close()
    return try pieces.results()
  }
}
