// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// Changes of a folder that come one by one and are put in place together: all of them, or none.
///
/// Each is written beside the tree as it comes, so that none has to be kept in memory. What is not
/// finished leaves the tree as it was.
public final class Landing: Sendable {
  private let journal: Journal
  private let state = Mutex(State())

  private struct State {
    var number = 0
    var lines: [UInt8] = []
    var paths: [TreePath] = []
    var isOver = false
  }

  init(in path: String) throws(TreeError) { journal = try Journal(in: path) }

  deinit {
    if state.withLock({ !$0.isOver }) { try? journal.discard() }
  }

  /// Takes a change, from any thread; no path comes twice.
  ///
  /// - Throws: `TreeError` of kind `changedMeanwhile` where the file is no longer the one that was read.
  public func add(_ change: TreeChange) throws(TreeError) {
    let number = state.withLock { state in
      state.number += 1
      return state.number - 1
    }
    let line = try journal.write(change, number: number, flushes: false)
    state.withLock { state in
      state.lines += Array("\(number) ".utf8) + line
      state.paths.append(change.path)
    }
  }

  /// Puts all changes in place.
  ///
  /// - Returns: the paths that changed, in their order.
  /// - Throws: `TreeError`; where bringing files into place fails, the journal stays for `recover`.
  public func finish() throws(TreeError) -> [TreePath] {
    let (lines, paths) = state.withLock { ($0.lines, $0.paths) }
    try journal.seal(Self.ordered(lines), nil, flushesAll: true)
    state.withLock { $0.isOver = true }
    try journal.complete()
    return paths.sorted()
  }

  /// The lines of the plan by their numbers, which the plan goes by.
  private static func ordered(_ lines: [UInt8]) -> [UInt8] {
    let numbered = lines.split(separator: 0x0A).map { line in
      let digits = line.prefix { $0 != 0x20 }
      let number = Int(String(decoding: digits, as: UTF8.self)) ?? 0
      return (number, line.dropFirst(digits.count + 1) + [0x0A])
    }
    return numbered.sorted { $0.0 < $1.0 }.flatMap(\.1)
  }
}
