// SPDX-License-Identifier: GPL-2.0-only

import Host
import KernelTree
import Synchronization

/// How far long work is, on standard error: one line that changes on a terminal, a line now and then
/// elsewhere.
struct Progress {
  private let work: String
  private let unit: String
  private var total: Int?
  private let isShown: Bool
  private let isTerminal = Terminal.isTerminal(.error)
  private let start = ContinuousClock.now
  private var done = 0
  private var last = ContinuousClock.now
  private var wasShown = false

  /// Starts.
  ///
  /// - Parameters:
  ///   - work: what is being done.
  ///   - unit: what it is counted in.
  ///   - total: how much there is to do; nil if the first step reports it, or if it is not known.
  init(_ work: String, _ unit: String, total: Int? = nil, isShown: Bool) {
    self.work = work
    self.unit = unit
    self.total = total
    self.isShown = isShown
  }

  mutating func step() { step(done + 1, of: total) }

  mutating func step(_ done: Int, of total: Int?) {
    // Threads may report in a different order than they count.
    self.done = max(self.done, done)
    self.total = total
    let now = ContinuousClock.now
    guard isShown, now - last > (isTerminal ? .milliseconds(200) : .seconds(30)) else { return }
    last = now
    wasShown = true
    let text = text(now)
    Console.error(isTerminal ? "\r\(text)\u{1B}[K" : "\(text)\n")
  }

  /// Ends: the line is wiped from a terminal.
  ///
  /// - Parameter sums: whether a last line says what was done.
  func finish(sums: Bool = false) {
    if wasShown, isTerminal { Console.error("\r\u{1B}[K") }
    if sums, isShown, done > 0 { Console.error("\(text(ContinuousClock.now))\n") }
  }

  private func text(_ now: ContinuousClock.Instant) -> String {
    let seconds = (now - start) / .seconds(1)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    let speed = rate >= 10 ? "\(Int(rate))" : "\(Double(Int(rate * 10)) / 10)"
    guard let total else { return "\(work): \(done) \(unit), \(speed) a second" }
    let left = rate > 0 ? Int(Double(max(0, total - done)) / rate) : 0
    return "\(work): \(done) of \(total) \(unit), \(speed) a second, \(Self.time(left)) left"
  }

  private static func time(_ seconds: Int) -> String {
    seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min"
  }
}

/// Progress that several threads report.
final class SharedProgress: Sendable {
  private let progress: Mutex<Progress>

  init(_ progress: Progress) { self.progress = Mutex(progress) }

  /// The function that engines call to report it.
  var report: WorkProgress {
    { done, total in self.progress.withLock { $0.step(done, of: total) } }
  }

  /// Ends.
  func finish() { progress.withLock { $0.finish() } }
}
