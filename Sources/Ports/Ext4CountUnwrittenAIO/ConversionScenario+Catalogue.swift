// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave
internal import KernelModel

extension ConversionScenario {
  private static let halfCommit = "the commit message: the wait for ext4_end_io_nolock"

  /// Every scenario of the patch.
  static let all: [PortScenario] = [
    PortScenario(
      "wait-for-two", "a task waits until two writes are converted", source: halfCommit,
      claims: [
        .init(.before, .violation, ["0 of 2", "1 of 2", "2 of 2"]),
        .init(.after, .exhausted, ["2 of 2"]),
      ]
    ) { ConversionScenario($0) },
    PortScenario(
      "wait-for-three", "a task waits until three writes are converted", source: halfCommit,
      claims: [.init(.before, .violation), .init(.after, .exhausted, ["3 of 3"])]
    ) { ConversionScenario($0, writes: 3) },
    PortScenario(
      "shared-queue",
      "another inode's last conversion wakes the waiter, who reads the counter again",
      source: "the commit message: the hashed array of wait queues",
      claims: [.init(.before, .violation), .init(.after, .exhausted, ["2 of 2"])]
    ) { ConversionScenario($0, hasNeighbour: true) },
    PortScenario(
      "conversion-fails", "a conversion fails: the counter stays up and the waiter waits forever",
      source: "b82e384c7bb9", claims: [.init(.after, .deadlock)]
    ) {
      ConversionScenario(
        $0, configuration: KernelConfiguration(faults: [.conversion], stepsInPrintk: false))
    },
    PortScenario(
      "waiter-without-barrier", "prepare_to_wait without its barrier: a wake-up is lost",
      source: "the barrier in set_current_state", claims: [.init(.after, .deadlock)]
    ) {
      ConversionScenario(
        $0,
        configuration: KernelConfiguration(
          barriers: [.decrementBeforeActive], stepsInPrintk: false))
    },
  ]
}
