// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave
internal import KernelModel

extension DIOScenario {
  /// Every scenario of the patch "ext4: let unaligned direct IO run at the same time".
  static let all: [PortScenario] = oneBlock + neighbors + checks

  private static func scenario(
    _ name: String, _ summary: String, source: String, claims: [PortScenario.Claim],
    _ make: @escaping @Sendable (PortVersion) -> DIOScenario
  ) -> PortScenario {
    PortScenario(name, summary, source: source, claims: claims) { make($0) }
  }

  /// One-sector writers side by side in one block.
  private static func writers(_ count: Int) -> [Writer] {
    (0..<count).map { Writer(pos: Int64($0) * 512, count: 512) }
  }

  private static func claims(
    _ count: Int, _ after: [String]? = nil, hasTraces: Bool = true
  ) -> [PortScenario.Claim] {
    [
      .init(.before, .exhausted, ["all"], hasTraces: hasTraces),
      .init(
        .after, after == nil ? .violation : .exhausted, after ?? WriteOutcome.subsets(count),
        hasTraces: hasTraces),
    ]
  }

  private static let halves: [PortScenario.Claim] = [
    // Either half is enough for unaligned writes among themselves.
    .init(.variant(Ext4DIOVariant.noWaitBefore.rawValue), .exhausted, ["all"]),
    .init(.variant(Ext4DIOVariant.noWaitAfter.rawValue), .exhausted, ["all"]),
  ]

  private static let oneBlock: [PortScenario] = [
    scenario(
      "two-into-hole", "two unaligned AIOs into one block that is a hole, a sector each",
      source: "fs/iomap/direct-io.c: zeros around the data of a new block",
      claims: claims(2) + halves
    ) { DIOScenario($0, writers(2), states: [.hole]) },
    scenario(
      "two-into-unwritten",
      "two unaligned AIOs into one block that is allocated and not written, a sector each",
      source: "fs/iomap/direct-io.c: zeros around the data of an unwritten block",
      claims: claims(2) + halves
    ) { DIOScenario($0, writers(2), states: [.unwritten]) },
    scenario(
      "two-into-written", "two unaligned AIOs into one block that is written, a sector each",
      source: "fs/iomap/direct-io.c: no zeros in a block that is written",
      claims: claims(2, ["all"])
    ) { DIOScenario($0, writers(2), states: [.written]) },
    scenario(
      "three-into-hole", "three unaligned AIOs into one block that is a hole, a sector each",
      source: "fs/iomap/direct-io.c: zeros around the data of a new block",
      claims: claims(3, hasTraces: false)
    ) { DIOScenario($0, writers(3), blocksize: 2048, states: [.hole]) },
    scenario(
      "three-into-unwritten",
      "three unaligned AIOs into one block that is allocated and not written, a sector each",
      source: "fs/iomap/direct-io.c: zeros around the data of an unwritten block",
      claims: claims(3, hasTraces: false)
    ) { DIOScenario($0, writers(3), blocksize: 2048, states: [.unwritten]) },
    scenario(
      "three-into-written", "three unaligned AIOs into one block that is written, a sector each",
      source: "fs/iomap/direct-io.c: no zeros in a block that is written",
      claims: claims(3, ["all"], hasTraces: false)
    ) { DIOScenario($0, writers(3), blocksize: 2048, states: [.written]) },
  ]

  private static let neighbors: [PortScenario] = [
    scenario(
      "aio-and-sync", "an unaligned AIO and an unaligned synchronous write into one hole",
      source: "fs/ext4/file.c: a synchronous write waits for its own end in any case",
      claims: claims(2) + halves
    ) {
      DIOScenario($0, [writers(2)[0], writers(2)[1].with { $0.isSync = true }], states: [.hole])
    },
    scenario(
      "both-sync", "two unaligned synchronous writes into one block that is a hole",
      source: "fs/ext4/file.c: i_rwsem is held until each is done",
      claims: claims(2, ["all"])
    ) { DIOScenario($0, writers(2).map { $0.with { $0.isSync = true } }, states: [.hole]) },
    scenario(
      "aio-and-aligned", "an unaligned AIO and an AIO over the whole block, which is a hole",
      source: "fs/ext4/file.c: both waits are needed for this one",
      claims: [
        .init(.before, .exhausted, ["all"]), .init(.after, .violation, ["1", "all"]),
        .init(.variant(Ext4DIOVariant.noWaitBefore.rawValue), .violation),
        .init(.variant(Ext4DIOVariant.noWaitAfter.rawValue), .violation),
      ]
    ) {
      DIOScenario($0, [Writer(pos: 0, count: 512), Writer(pos: 0, count: 1024)], states: [.hole])
    },
    scenario(
      "aio-and-buffered", "an unaligned AIO and a write through the page cache into one hole",
      source: "fs/ext4/file.c: ext4_buffered_write_iter waits for direct IO in flight",
      claims: claims(2, ["all"])
    ) {
      DIOScenario($0, [writers(2)[0], writers(2)[1].with { $0.isDirect = false }], states: [.hole])
    },
    scenario(
      "read-back", "an unaligned AIO into a hole, which is read as soon as it is complete",
      source: "fs/iomap/direct-io.c: the conversion comes before the completion",
      claims: [.init(.before, .exhausted, ["all"]), .init(.after, .exhausted, ["all"])]
    ) { DIOScenario($0, [writers(1)[0].with { $0.readsBack = true }], states: [.hole]) },
    scenario(
      "both-fail", "two unaligned AIOs into a hole, and the disk fails: both get the error",
      source: "fs/iomap/direct-io.c: the error of a bio ends the write",
      claims: [PortVersion.before, .after].map { .init($0, .exhausted, ["none, 1+2 failed"]) }
    ) { DIOScenario($0, writers(2), states: [.hole], faults: [.disk]) },
  ]

  private static let checks: [PortScenario] = [
    scenario(
      "overwrites",
      "two aligned AIOs over written blocks share the lock: both are on their way at once",
      source: "fs/ext4/file.c: shared locking for overwrites",
      claims: [PortVersion.before, .after].map {
        .init($0, .exhausted, ["all, 1 in flight", "all, 2 in flight"])
      }
    ) {
      DIOScenario(
        $0, [Writer(pos: 0, count: 1024), Writer(pos: 1024, count: 1024)], blocksize: 1024,
        states: [.written, .written], watchesBios: true)
    },
    scenario(
      "upgrades",
      "two aligned AIOs into one hole begin with the shared lock and take it again exclusively",
      source: "fs/ext4/file.c: ext4_dio_write_checks",
      claims: claims(2, ["all"])
    ) {
      DIOScenario($0, [Writer(pos: 0, count: 1024), Writer(pos: 0, count: 1024)], states: [.hole])
    },
    scenario(
      "two-appends",
      "two appending writes whose positions are decided again with the exclusive lock",
      source: "fs/ext4/file.c: ext4_dio_write_checks checks again",
      claims: claims(2, ["all"])
    ) {
      DIOScenario(
        $0, writers(2).map { $0.with { $0.isAppend = true } }, states: [.written, .hole],
        size: 1024)
    },
    scenario(
      "past-the-end", "two unaligned AIOs past the end of the file in one block",
      source: "fs/ext4/file.c: an extending write is waited for under the lock",
      claims: claims(2, ["all"])
    ) { DIOScenario($0, writers(2), states: [.hole], size: 0) },
    scenario(
      "must-not-wait", "an unaligned AIO into a hole, and one that must not wait",
      source: "fs/ext4/file.c: IOCB_NOWAIT gets -EAGAIN, as an unaligned write may have to wait",
      claims: [PortVersion.before, .after].map { .init($0, .exhausted, ["1, 2 failed"]) }
    ) {
      DIOScenario($0, [writers(2)[0], writers(2)[1].with { $0.isNoWait = true }], states: [.hole])
    },
    scenario(
      "security-info", "two aligned overwrites of a file with security attributes, one at a time",
      source: "fs/ext4/file.c: IS_NOSEC",
      claims: claims(2, ["all"])
    ) {
      DIOScenario(
        $0, [Writer(pos: 0, count: 1024), Writer(pos: 1024, count: 1024)], blocksize: 1024,
        states: [.written, .written], isNoSec: false)
    },
  ]
}
