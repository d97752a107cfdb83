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
    /// What a thread that begins to help does; nil where none begins any more.
    var body: (@Sendable (Int) throws(Failure) -> Value)?
  }

  private let count: Int
  private let next = Atomic(0)
  private let state: Mutex<State>
  private let helpersDone = DispatchSemaphore(value: 0)

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

  /// Lets other threads help as far as they are free, until the list is closed.
  func offer(to threads: Int, _ body: @escaping @Sendable (Int) throws(Failure) -> Value) {
    guard threads > 0 else { return }
    state.withLock { $0.body = body }
    for _ in 0..<threads { DispatchQueue.global().async { self.help() } }
  }

  private func help() {
    let body = state.withLock { state in
      if state.body != nil { state.helpers += 1 }
      return state.body
    }
    guard let body else { return }
    work(body)
    let isLast = state.withLock { state in
      state.helpers -= 1
      return state.body == nil && state.helpers == 0
    }
    if isLast { helpersDone.signal() }
  }

  /// Waits for the threads that help; no other begins to.
  func close() {
    let waits = state.withLock { state in
      state.body = nil
      return state.helpers > 0
    }
    if waits { helpersDone.wait() }
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
    // A thread that has not begun to help still holds this object for a while; the values are not to stay in it.
    let (values, failure) = state.withLock { state in
      defer { state.values = [] }
      return (state.values, state.failure)
    }
    if let failure { throw failure.error }
    return values.compactMap(\.self)
  }
}
