// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Glibc
import KernelTree
import Synchronization

/// A command that works in folders of its own for a while.
protocol LongCommand {}

extension Evaluate: LongCommand {}
extension Verify: LongCommand {}
extension Port.Check: LongCommand {}
extension Tree.Add: LongCommand {}

/// Ctrl-C: the folders of this run go, and then the process ends as it would have.
///
/// What a run writes for good needs no care here: it lands as a whole, or is recovered.
enum Interruption {
  /// Where the signal's handler writes to, which may do no more than that.
  nonisolated(unsafe) private static var bell: Int32 = -1

  private static let isEnding = Mutex(false)

  /// Whether the command has ended and taken back what it began.
  private static let isSettled = Mutex(false)

  /// Waits for the end where the process is ending: what fails now fails because it was asked to stop, or
  /// because its folder has gone.
  static func settle() {
    guard isEnding.withLock(\.self) else { return }
    isSettled.withLock { $0 = true }
    while true { sleep(1) }
  }

  static func prepare() {
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
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while unsafe read(ear, &byte, 1) < 0, errno == EINTR {}
      isEnding.withLock { $0 = true }
      LongWork.stop()
      // What looks for the request takes back what it wrote; compilers and the like end with their folders.
      for _ in 0..<40 where !isSettled.withLock(\.self) { usleep(10_000) }
      ScratchFolder.removeAll()
      // The prompt begins behind what shows how far it was.
      if isatty(2) == 1 { Console.error("\n") }
      signal(Int32(byte), SIG_DFL)
      kill(getpid(), Int32(byte))
    }
  }
}
