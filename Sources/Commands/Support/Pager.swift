// SPDX-License-Identifier: GPL-2.0-only

import Host
import KernelTree
import Synchronization

/// The program for long output on a terminal, as with git: `GIT_PAGER`, the setting `pager` or
/// `core.pager`, `PAGER`, or less; `cat` and an empty text mean none.
enum Pager {
  private static let process = Mutex<Int32?>(nil)

  /// Starts it where standard output is a terminal.
  static func start() throws {
    guard Console.isTerminal else { return }
    let set = try Setting.pager.value().text
    let words =
      Machine.variable("GIT_PAGER") ?? (set.isEmpty ? nil : set) ?? Machine.variable("PAGER")
      ?? "less"
    guard !words.isEmpty, words != "cat" else { return }
    // less ends at once where a screen is enough, shows colours, and leaves the text there; as in git.
    let child = Shell.startReader(words, usually: ["LESS": "FRX"])
    process.withLock { $0 = child }
  }

  /// Waits until the user has read all of it.
  static func finish() {
    guard
      let child = process.withLock({ child in
        defer { child = nil }
        return child
      })
    else { return }
    Shell.endOutput(to: child)
  }
}
