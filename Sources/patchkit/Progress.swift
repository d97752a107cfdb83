// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// How far long work is, on standard error: one line that changes on a terminal, a line now and then
/// elsewhere.
struct Progress {
  private let total: Int
  private let isShown: Bool
  private let isTerminal = isatty(2) == 1
  private let start = ContinuousClock.now
  private var done = 0
  private var last = ContinuousClock.now

  init(total: Int, isShown: Bool) {
    self.total = total
    self.isShown = isShown
  }

  mutating func step() {
    done += 1
    let now = ContinuousClock.now
    guard isShown, now - last > (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
    last = now
    Console.error((isTerminal ? "\r" : "") + text(now) + (isTerminal ? "\u{1B}[K" : "\n"))
  }

  func finish() {
    guard isShown, total > 0 else { return }
    Console.error((isTerminal ? "\r\u{1B}[K" : "") + text(ContinuousClock.now) + "\n")
  }

  private func text(_ now: ContinuousClock.Instant) -> String {
    let seconds = (now - start) / .seconds(1)
    let rate = seconds > 0 ? Double(done) / seconds : 0
    let left = rate > 0 ? Int(Double(total - done) / rate) : 0
    return "\(done) of \(total), \(Int(rate)) a second, \(left) s left"
  }
}
