// SPDX-License-Identifier: GPL-2.0-only

package import Host
internal import Synchronization

/// Changes of a folder that come one by one and are put in place together: all of them, or none.
///
/// Each is written beside the tree as it comes, so that none has to be kept in memory. What is not
/// finished leaves the tree as it was.
package final class Landing: Sendable {
  private let path: String
  private let writer = Mutex(Writer())
  private let state = Mutex(State())

  /// The journal, once there is a change.
  private struct Writer {
    var journal: Journal.Shared?
    var isOver = false
  }

  private struct State {
    var number = 0
    var lines: [UInt8] = []
    var paths: [TreePath] = []
  }

  init(in path: String) { self.path = path }

  deinit { abandon() }

  /// Takes a change, from any thread; no path comes twice.
  ///
  /// - Throws: `PatchkitError` of kind `changedMeanwhile` where the file is no longer the one that was read,
  ///   of kind `busy` where another run is at work on the folder.
  package func add(_ change: TreeChange) throws(PatchkitError) {
    let journal = try journal()
    let number = state.withLock { state in
      state.number += 1
      return state.number - 1
    }
    let line = try journal.value.write(change, number: number, flushes: false)
    state.withLock { state in
      state.lines += Array("\(number) ".utf8) + line
      state.paths.append(change.path)
    }
  }

  private func journal() throws(PatchkitError) -> Journal.Shared {
    try writer.withLock { writer throws(PatchkitError) in
      if let journal = writer.journal { return journal }
      let made = Journal.Shared(try Journal(in: path))
      writer.journal = made
      return made
    }
  }

  /// Puts all changes in place.
  ///
  /// - Returns: the paths that changed, in their order.
  /// - Throws: `PatchkitError`; where bringing files into place fails, the journal stays for `recover`.
  package func finish() throws(PatchkitError) -> [TreePath] {
    let (lines, paths) = state.withLock { ($0.lines, $0.paths) }
    if paths.isEmpty { return [] }
    let journal = try journal()
    try journal.value.seal(Self.ordered(lines), nil, flushesAll: true)
    writer.withLock { $0.isOver = true }
    try journal.value.complete()
    return paths.sorted()
  }

  /// Forgets all changes; the tree is as it was.
  package func abandon() {
    let journal = writer.withLock { writer -> Journal.Shared? in
      defer { writer.isOver = true }
      return writer.isOver ? nil : writer.journal
    }
    try? journal?.value.discard()
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
