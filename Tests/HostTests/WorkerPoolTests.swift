// SPDX-License-Identifier: GPL-2.0-only

import Dispatch
import Host
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
  private struct Failure: Error { var index: Int }

  @Test(arguments: [1, 2, 7]) func resultsComeInTheOrderOfTheirIndices(threads: Int) {
    let made = WorkerPool.map(count: 1000, threads: threads) { $0 * $0 }
    #expect(made == (0..<1000).map { $0 * $0 })
    #expect(WorkerPool.map(count: 0, threads: threads) { $0 }.isEmpty)
  }

  @Test func theErrorOfTheLowestIndexIsThrown() {
    let error = #expect(throws: Failure.self) {
      _ = try WorkerPool.map(count: 100, threads: 1) { (index) throws(Failure) -> Int in
        if index % 10 == 7 { throw Failure(index: index) }
        return index
      }
    }
    #expect(error?.index == 7)
  }

  @Test func eachThreadHasAWorkerOfItsOwn() {
    let sums = Mutex<[Int]>([])
    _ = WorkerPool.map(
      count: 500, threads: 4, worker: { 0 }, { sum, index in sum += index },
      finish: { sum in sums.withLock { $0.append(sum) } })
    #expect(sums.withLock { $0.reduce(0, +) } == 500 * 499 / 2)
  }

  @Test(arguments: [1, 2, 7]) func helpedWorkGivesTheSameResults(threads: Int) {
    for count in [0, 1, 2, 1000] {
      let made = WorkerPool.helped(count: count, threads: threads) { $0 * $0 }
      #expect(made == (0..<count).map { $0 * $0 })
    }
    let error = #expect(throws: Failure.self) {
      _ = try WorkerPool.helped(count: 100, threads: threads) { index throws(Failure) -> Int in
        if index >= 7 { throw Failure(index: index) }
        return index
      }
    }
    // Pieces are taken in their order, so that the first that fails is always begun.
    #expect(error?.index == 7)
  }

  /// A piece that waits for another one ends, so another thread helps; and what it does is done at the return.
  @Test func othersHelpAndAreWaitedFor() {
    let isThere = DispatchSemaphore(value: 0)
    let isDone = Mutex(false)
    let made = WorkerPool.helped(count: 2, threads: 2) { index in
      if index == 0 { return isThere.wait(timeout: .now() + 60) == .success }
      isThere.signal()
      Machine.pause(microseconds: 50_000)
      isDone.withLock { $0 = true }
      return true
    }
    #expect(made == [true, true] && isDone.withLock(\.self))
  }

  /// Also a thread of a `map` is helped, and every piece is done once.
  @Test func piecesInsideOfPiecesAreDoneOnce() {
    let done = Mutex<[Int: Int]>([:])
    let made = WorkerPool.map(count: 20, threads: 4) { outer in
      WorkerPool.helped(count: 50, threads: 4) { inner in
        done.withLock { $0[outer * 50 + inner, default: 0] += 1 }
        return inner
      }.reduce(outer, +)
    }
    #expect(made == (0..<20).map { $0 + 49 * 25 })
    #expect(done.withLock { $0.count == 1000 && $0.values.allSatisfy { $0 == 1 } })
  }

  @Test func whatIsDoneInTheBackgroundKeepsItsOrder() {
    let work = BackgroundWork<Int>()
    #expect(work.finish().isEmpty)
    for number in 0..<500 { work.add { number * number } }
    #expect(work.finish() == (0..<500).map { $0 * $0 })
    work.add { -1 }
    #expect(work.finish().count == 501 && work.finish().last == -1)
  }

  @Test func digitsAreReadAsTheyWereWritten() {
    let bytes = (0...255).map { UInt8($0) }
    #expect(Hex.bytes(Hex.text(bytes)) == bytes)
    #expect(Hex.text([0, 0xAB, 0xF0]) == "00abf0" && Hex.bytes("ABf") == nil)
    #expect(Hex.bytes("0g") == nil && Hex.bytes("AbfF") == [0xAB, 0xFF])
  }
}
