// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import KernelTree
import Synchronization

/// The program for long output on a terminal, as with git: `GIT_PAGER`, the setting `pager` or
/// `core.pager`, `PAGER`, or less; `cat` and an empty text mean none.
enum Pager {
  private static let process = Mutex<pid_t?>(nil)

  /// Starts it where standard output is a terminal.
  static func start() throws {
    guard Console.isTerminal else { return }
    let set = try Setting.pager.value().text
    let words =
      Machine.variable("GIT_PAGER") ?? (set.isEmpty ? nil : set) ?? Machine.variable("PAGER")
      ?? "less"
    guard !words.isEmpty, words != "cat" else { return }
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { return }
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    // less ends at once where a screen is enough, shows colours, and leaves the text there; as in git.
    if Machine.variable("LESS") == nil { unsafe setenv("LESS", "FRX", 1) }
    let child = Shell.start(words, input: ends[0])
    close(ends[0])
    guard let child else {
      close(ends[1])
      return
    }
    dup2(ends[1], 1)
    close(ends[1])
    process.withLock { $0 = child }
    // Who leaves the pager early has seen enough.
    signal(SIGPIPE) { _ in _exit(0) }
  }

  /// Waits until the user has read all of it.
  static func finish() {
    guard
      let child = process.withLock({ child in
        defer { child = nil }
        return child
      })
    else { return }
    close(1)
    _ = Shell.wait(for: child)
  }
}
