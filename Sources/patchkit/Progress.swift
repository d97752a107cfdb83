// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// How far long work is, on standard error: one line that changes on a terminal, a line now and then
/// elsewhere.
struct Progress {
  private var total: Int
  private let isShown: Bool
  private let isTerminal = isatty(2) == 1
  private let start = ContinuousClock.now
  private var done = 0
  private var last = ContinuousClock.now
  private var wasShown = false

  /// Starts.
  ///
  /// - Parameter total: how much there is to do; nil where that is told with the first step.
  init(total: Int?, isShown: Bool) {
    self.total = total ?? 0
    self.isShown = isShown
  }

  mutating func step() { step(done + 1, of: total) }

  mutating func step(_ done: Int, of total: Int) {
    // Threads may tell in another order than they count.
    self.done = max(self.done, done)
    self.total = total
    let now = ContinuousClock.now
    guard isShown, now - last > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
    last = now
    wasShown = true
    Console.error((isTerminal ? "\r" : "") + text(now) + (isTerminal ? "\u{1B}[K" : "\n"))
  }

  /// Ends: the line is wiped from a terminal.
  ///
  /// - Parameter sums: whether a last line says what was done.
  func finish(sums: Bool = false) {
    if wasShown, isTerminal { Console.error("\r\u{1B}[K") }
    if sums, isShown, total > 0 { Console.error(text(ContinuousClock.now) + "\n") }
  }

  private func text(_ now: ContinuousClock.Instant) -> String {
    let seconds = (now - start) / .seconds(1)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    let left = rate > 0 ? Int(Double(total - done) / rate) : 0
    let speed = rate >= 10 ? "\(Int(rate))" : "\(Double(Int(rate * 10)) / 10)"
    return "\(done) of \(total), \(speed) a second, \(left) s left"
  }
}
