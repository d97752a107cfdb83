// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Glibc
internal import Synchronization

/// The answer to Ctrl-C: the scratch folders of this run are removed, and then the process ends as
/// the signal would have ended it.
///
/// What a run writes for good needs no care here: it is put in place as a whole, or is recovered.
package enum Interruption {
  /// Where the signal's handler writes to, which may do no more than that.
  nonisolated(unsafe) private static var bell: Int32 = -1

  private static let isEnding = Mutex(false)

  /// Whether the command has ended and rolled back what it began.
  private static let isSettled = Mutex(false)

  /// Waits for the end where the process is ending: an error now is only a consequence of the
  /// request to stop, or of a scratch folder that is gone.
  package static func settle() {
    guard isEnding.withLock(\.self) else { return }
    isSettled.withLock { $0 = true }
    while true { sleep(1) }
  }

  /// Lets a write beyond the limit of a file's size (`ulimit -f`) fail with an error, where the signal would end
  /// the process in the middle of its work.
  package static func failOversizedWrites() {
    // Not ignored: the programs that are started would inherit that.
    signal(SIGXFSZ) { _ in }
  }

  /// Installs the handler for SIGINT and SIGTERM.
  package static func prepare() {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    unsafe bell = ends[1]
    let ear = ends[0]
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        unsafe _ = write(Interruption.bell, &byte, 1)
      }
    }
    DispatchQueue(label: "patchkit.interruption").async {
      var byte: UInt8 = 0
      while unsafe read(ear, &byte, 1) < 0, errno == EINTR {}
      isEnding.withLock { $0 = true }
      StopRequest.make()
      // Work that checks for the request rolls back; compilers and the like end with their folders.
      for _ in 0..<40 where !isSettled.withLock(\.self) { usleep(10_000) }
      AtomicFile.removeDrafts()
      ScratchFolder.removeAll()
      // The shell's prompt is to begin on a line of its own, below the progress line.
      if Terminal.isTerminal(.error) { Terminal.writeError("\n") }
      signal(Int32(byte), SIG_DFL)
      kill(getpid(), Int32(byte))
    }
  }
}
