// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave
internal import KernelModel

/// The scenarios of the patch "ext4: serialize unaligned asynchronous DIO".
enum ScenarioCatalogue {
  /// Every scenario.
  static let all: [PortScenario] = commitMessage + xfstests + shortcomings

  private typealias Writer = AIOScenario.Writer

  private static func scenario(
    _ name: String, _ summary: String, source: String, strategy: Strategy = .reduced,
    claims: [PortScenario.Claim], _ make: @escaping @Sendable (FileWrite) -> AIOScenario
  ) -> PortScenario {
    PortScenario(name, summary, source: source, strategy: strategy, claims: claims) {
      make(FileWrite($0))
    }
  }

  private static let sharingExtents = KernelConfiguration(
    stepsInPrintk: false, sharesExtents: true)
  private static let racingCompletion = KernelConfiguration(
    stepsInPrintk: false, racesCompletion: true, sharesExtents: true)
  private static let watchingBios = KernelConfiguration(stepsInPrintk: false, watchesBios: true)

  /// One-sector writers side by side in one block.
  private static func writers(_ count: Int) -> [Writer] {
    (0..<count).map { Writer(pos: Int64($0) * 512, count: 512) }
  }

  private static let commitMessage: [PortScenario] = [
    scenario(
      "two-writers", "two AIOs into one block that is a hole, a sector each",
      source: "the commit message: the corruption, and that it is fixed",
      claims: [
        .init(.before, .violation, WriteOutcome.subsets(2)), .init(.after, .exhausted, ["all"]),
        .init(.variant(.noWait), .violation), .init(.variant(.noMutex), .violation),
        .init(.variant(.waitThenLock), .violation), .init(.variant(.unlockEarly), .violation),
        .init(.variant(.waitUnderIMutex), .deadlock),
      ]
    ) { AIOScenario($0, writers(2)) },
    scenario(
      "three-writers", "three AIOs into one block that is a hole, a sector each",
      source: "the commit message",
      claims: [
        .init(.before, .violation, WriteOutcome.subsets(3)), .init(.after, .exhausted, ["all"]),
      ]
    ) { AIOScenario($0, writers(3)) },
    scenario(
      "four-writers", "four AIOs into one block that is a hole, a sector each",
      source: "the commit message",
      claims: [
        .init(.before, .violation, WriteOutcome.subsets(4), hasTraces: false),
        .init(.after, .exhausted, ["all"]),
      ]
    ) { AIOScenario($0, writers(4)) },
    scenario(
      "five-writers", "five AIOs into one block that is a hole, a sector each",
      source: "the commit message",
      claims: [.init(.after, .exhausted, ["all"], hasTraces: false)]
    ) { AIOScenario($0, writers(5), blocksize: 4096) },
    scenario(
      "unwritten", "two AIOs into one block that is allocated and not written",
      source: "the commit message",
      claims: [
        .init(.before, .violation, WriteOutcome.subsets(2)), .init(.after, .exhausted, ["all"]),
      ]
    ) { AIOScenario($0, writers(2), state: .unwritten) },
    scenario(
      "written", "two AIOs into one block that is written: no task waits for the counter",
      source: "the commit message: no hit for files that are not sparse",
      claims: [
        .init(.before, .exhausted, ["all, 1 in flight, no sleep", "all, 2 in flight, no sleep"]),
        .init(.after, .exhausted, ["all, 1 in flight, no sleep", "all, 2 in flight, no sleep"]),
      ]
    ) {
      AIOScenario(
        $0, writers(2), state: .written, configuration: watchingBios, watches: [.bios, .sleeps])
    },
    scenario(
      "one-in-flight", "two AIOs into a hole: at most one of them is on its way",
      source: "the commit message: waits only on conversions",
      claims: [
        .init(.after, .exhausted, ["all, 1 in flight, no sleep", "all, 1 in flight, slept"])
      ]
    ) { AIOScenario($0, writers(2), configuration: watchingBios, watches: [.bios, .sleeps]) },
    scenario(
      "one-bucket", "two inodes whose addresses share a hashed mutex and wait queue",
      source: "the commit message: the hashed array",
      claims: [.init(.before, .exhausted, ["all"]), .init(.after, .exhausted, ["all"])]
    ) {
      AIOScenario(
        $0,
        [Writer(pos: 0, count: 512), Writer(pos: 512, count: 512).with { $0.inode = 1 }],
        addresses: [0x1000, 0x1000 + 37])
    },
    scenario(
      "warning", "two AIOs at once: both may print the warning of the day",
      source: "kernel/printk.c: the static word is not locked",
      claims: [.init(.after, .exhausted, ["all, 1 warned", "all, 2 warned"])]
    ) {
      AIOScenario(
        $0, writers(2), configuration: KernelConfiguration(stepsInPrintk: true),
        watches: [.warnings])
    },
  ]

  private static let xfstests: [PortScenario] = [
    scenario(
      "xfstests-240",
      "writes of one block each, half a block off, the last past the end (scaled: 3)",
      source: "xfstests generic/240: aiodio_sparse2",
      claims: [.init(.before, .violation), .init(.after, .exhausted, ["all"])]
    ) {
      AIOScenario(
        $0, (0..<3).map { Writer(pos: 512 + Int64($0) * 1024, count: 1024) }, blocksize: 1024,
        blocks: 4, size: 3072)
    },
    scenario(
      "xfstests-239", "aligned AIOs into a sparse file, each read when it is complete (scaled: 2)",
      source: "xfstests generic/239",
      claims: [.init(.before, .exhausted, ["all"]), .init(.after, .exhausted, ["all"])]
    ) {
      AIOScenario(
        $0,
        [0, 2].map { Writer(pos: $0 * 1024, count: 1024).with { $0.readsBack = true } },
        blocksize: 1024, blocks: 3, configuration: sharingExtents)
    },
    scenario(
      "xfstests-198", "AIOs of whole blocks, far apart (scaled: 3)", source: "xfstests generic/198",
      claims: [.init(.before, .exhausted, ["all"]), .init(.after, .exhausted, ["all"])]
    ) {
      AIOScenario(
        $0, (0..<3).map { Writer(pos: Int64($0) * 2048, count: 1024) }, blocksize: 1024, blocks: 6)
    },
    scenario(
      "xfstests-114", "four AIOs of a part of a block past the end of the file",
      source: "xfstests generic/114 and 427",
      claims: [.init(.before, .exhausted, ["all"]), .init(.after, .exhausted, ["all"])]
    ) { AIOScenario($0, writers(4), size: 0) },
    scenario(
      "xfstests-538", "overlapping AIOs of two blocks, half a block off and not (scaled)",
      source: "xfstests generic/538", claims: [.init(.before, .violation)]
    ) {
      AIOScenario(
        $0, [Writer(pos: 512, count: 2048), Writer(pos: 2048, count: 2048)], blocksize: 1024,
        blocks: 4)
    },
  ]

  private static let shortcomings: [PortScenario] = [
    scenario(
      "with-sync", "an AIO and a synchronous direct write into one block that is a hole",
      source: "not serialized by the patch",
      claims: [
        .init(.after, .violation), .init(.variant(.waitTwiceUnderInodeLock), .exhausted, ["all"]),
      ]
    ) { AIOScenario($0, [writers(2)[0], writers(2)[1].with { $0.isSync = true }]) },
    scenario(
      "with-extending", "an AIO, and one at the end of the file in the same block",
      source: "372a03e01853: ext4 fix unaligned AIO check for files with unaligned size",
      claims: [.init(.after, .violation), .init(.variant(.alignedSize), .exhausted, ["all"])]
    ) {
      AIOScenario(
        $0, [Writer(pos: 0, count: 512), Writer(pos: 1024, count: 512)], size: 1024)
    },
    scenario(
      "with-aligned", "an AIO, and an aligned one over the whole block",
      source: "57a0da28ced8: overlapping unaligned and aligned AIO",
      claims: [
        .init(.after, .violation), .init(.variant(.waitAfter), .violation),
        .init(.variant(.waitUnderInodeLock), .violation),
        .init(.variant(.waitTwiceUnderInodeLock), .exhausted, ["all"]),
        .init(.variant(.everyAIOWaits), .exhausted, ["all"]),
      ]
    ) { AIOScenario($0, [Writer(pos: 0, count: 512), Writer(pos: 0, count: 2048)]) },
    scenario(
      "with-append", "an AIO, and an appending one whose position is not the caller's",
      source: "f5ccfe1ddbaf: O_APPEND is decided too early",
      claims: [
        .init(.after, .violation), .init(.variant(.appendSerialised), .exhausted, ["all"]),
        .init(.variant(.waitUnderInodeLock), .violation),
        .init(.variant(.waitTwiceUnderInodeLock), .exhausted, ["all"]),
      ]
    ) {
      AIOScenario(
        $0, [Writer(pos: 0, count: 512), Writer(pos: 0, count: 2048).with { $0.isAppend = true }],
        blocks: 2, size: 1024)
    },
    scenario(
      "with-fcntl", "an AIO, and a buffered one that fcntl makes direct on its way",
      source: "a41537e69b4a: O_DIRECT is read twice; it prevents a BUG and does not cure this",
      claims: [
        .init(.after, .violation), .init(.variant(.directOnce), .violation),
        .init(.variant(.waitTwiceUnderInodeLock), .exhausted, ["all"]),
      ]
    ) {
      AIOScenario(
        $0,
        [
          writers(2)[0],
          writers(2)[1].with {
            $0.isDirect = false
            $0.isSwitched = true
          },
        ])
    },
    scenario(
      "with-buffered",
      "an AIO, and a buffered write to the same block: the rest of its buffer is zeros",
      source: "fs/buffer.c: a new buffer is zeroed around the data",
      claims: [
        .init(.before, .violation), .init(.after, .violation),
        .init(.variant(.waitTwiceUnderInodeLock), .exhausted, ["all"]),
      ]
    ) {
      AIOScenario($0, [writers(2)[0], writers(2)[1].with { $0.isDirect = false }])
    },
    scenario(
      "size-race",
      "two AIOs into the first block of an empty file, which a third makes a hole after their test",
      source: "pos >= i_size is tested under no lock",
      claims: [
        .init(.after, .violation), .init(.variant(.alignedSize), .violation),
        .init(.variant(.waitUnderInodeLock), .exhausted, ["all"]),
        .init(.variant(.waitTwiceUnderInodeLock), .exhausted, ["all"]),
      ]
    ) {
      AIOScenario(
        $0, writers(2) + [Writer(pos: 2048, count: 512)], blocksize: 1024, blocks: 3, size: 0)
    },
    scenario(
      "early-completion",
      "an AIO reaches the disk before its submission returns, and is read when it is complete",
      source: "fs/direct-io.c: dio_complete by the submitter, before the conversion",
      claims: [.init(.before, .violation), .init(.after, .violation)]
    ) {
      AIOScenario(
        $0, [Writer(pos: 0, count: 512).with { $0.readsBack = true }], blocksize: 1024,
        configuration: racingCompletion)
    },
    scenario(
      "two-writers-early",
      "two AIOs into one block that is a hole, each perhaps on the disk before its submission returns",
      source: "fs/direct-io.c: dio_complete by the submitter",
      claims: [
        .init(.before, .violation, WriteOutcome.subsets(2)), .init(.after, .exhausted, ["all"]),
      ]
    ) {
      AIOScenario(
        $0, writers(2), blocksize: 1024,
        configuration: KernelConfiguration(stepsInPrintk: false, racesCompletion: true))
    },
    scenario(
      "falls-back", "two AIOs, one past the end of the file over a hole: through the page cache",
      source: "fs/direct-io.c: -ENOTBLK, as DIO_SKIP_HOLES forbids to create the block",
      claims: [.init(.before, .violation), .init(.after, .exhausted, ["all"])]
    ) {
      AIOScenario(
        $0, [Writer(pos: 0, count: 512), Writer(pos: 512, count: 1024)], blocksize: 1024,
        blocks: 2, size: 1024)
    },
    scenario(
      "falls-back-sync", "an AIO, and a synchronous write past the end of the file over its hole",
      source: "fs/direct-io.c: -ENOTBLK; a synchronous write is not serialized by the patch",
      claims: [
        .init(.after, .violation), .init(.variant(.waitTwiceUnderInodeLock), .exhausted, ["all"]),
      ]
    ) {
      AIOScenario(
        $0,
        [Writer(pos: 0, count: 512), Writer(pos: 512, count: 1024).with { $0.isSync = true }],
        blocksize: 1024, blocks: 2, size: 1024)
    },
    scenario(
      "leaked-count", "get_block fails after the counter was raised: the next one waits forever",
      source: "82e542291187", claims: [.init(.after, .deadlock)]
    ) {
      AIOScenario(
        $0, writers(2),
        configuration: KernelConfiguration(faults: [.getBlock], stepsInPrintk: false))
    },
    scenario(
      "conversion-error",
      "a conversion fails: the counter stays up and the next one waits forever",
      source: "b82e384c7bb9", claims: [.init(.after, .deadlock)]
    ) {
      AIOScenario(
        $0, writers(2),
        configuration: KernelConfiguration(faults: [.conversion], stepsInPrintk: false))
    },
    scenario(
      "count-dropped", "get_block fails and the counter goes down again: no task waits forever",
      source: "82e542291187, fixed", claims: [.init(.after, .exhausted, ["none, 1+2 failed"])]
    ) {
      AIOScenario(
        $0, writers(2),
        configuration: KernelConfiguration(
          faults: [.getBlock], mendedErrorPaths: [.getBlock], stepsInPrintk: false))
    },
    scenario(
      "conversion-reported",
      "a conversion fails, and the caller gets the error: no task waits forever",
      source: "b82e384c7bb9, fixed", claims: [.init(.after, .exhausted, ["none, 1+2 failed"])]
    ) {
      AIOScenario(
        $0, writers(2),
        configuration: KernelConfiguration(
          faults: [.conversion], mendedErrorPaths: [.conversion], stepsInPrintk: false))
    },
    scenario(
      "disk-error", "the disk fails: both get the error, and no task waits forever",
      source: "fs/direct-io.c: the completion continues with the error",
      claims: [
        .init(.before, .exhausted, ["none, 1+2 failed"]),
        .init(.after, .exhausted, ["none, 1+2 failed"]),
      ]
    ) {
      AIOScenario(
        $0, writers(2), configuration: KernelConfiguration(faults: [.disk], stepsInPrintk: false))
    },
    scenario(
      "flag-without-count", "an io_end is flagged and not counted: the counter falls below zero",
      source: "32c80b32c053", claims: [.init(.after, .deadlock)]
    ) {
      AIOScenario(
        $0, writers(3),
        configuration: KernelConfiguration(faults: [.flagWithoutCount], stepsInPrintk: false))
    },
    scenario(
      "starved", "two endless aligned AIOs keep the counter up while an unaligned one waits",
      source: "e142d05263a4", strategy: .states(preemptions: nil),
      claims: [.init(.after, .starvation)]
    ) {
      AIOScenario(
        $0,
        [
          Writer(pos: 1024, count: 1024).with { $0.isEndless = true },
          Writer(pos: 2048, count: 1024).with { $0.isEndless = true },
          Writer(pos: 512, count: 512),
        ], blocksize: 1024, blocks: 3, state: .unwritten)
    },
    scenario(
      "no-barrier-wait", "prepare_to_wait without its barrier: a wake-up is lost",
      source: "the barrier in set_current_state", claims: [.init(.after, .deadlock)]
    ) {
      AIOScenario(
        $0, writers(2),
        configuration: KernelConfiguration(
          barriers: [.decrementBeforeActive], stepsInPrintk: false))
    },
    scenario(
      "no-barrier-wake", "waitqueue_active before the counter is seen down: a wake-up is lost",
      source: "the barrier in the atomic", claims: [.init(.after, .deadlock)]
    ) {
      AIOScenario(
        $0, writers(2),
        configuration: KernelConfiguration(barriers: [.prepareToWait], stepsInPrintk: false))
    },
  ]
}
