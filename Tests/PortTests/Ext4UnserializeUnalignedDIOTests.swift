// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import KernelModel
import Ports
import Testing

/// The direct writes of ext4 6.1: the ported functions at their edges, and the kernel below them.
@Suite struct Ext4UnserializeUnalignedDIOTests {
  private let limits = Limits(executions: 1_000_000, steps: 1000)

  private static func scenario(_ name: String) throws -> PortScenario {
    try #require(
      PatchPort.named("ext4-unserialize-unaligned-dio")?.scenarios.first { $0.name == name })
  }

  /// The state search, which reduces nothing but states that were met, finds the same.
  @Test(arguments: [
    ("two-into-hole", PortVersion.before), ("two-into-hole", .after), ("two-into-written", .after),
    ("aio-and-sync", .before), ("aio-and-sync", .after), ("both-sync", .after),
    ("aio-and-aligned", .before), ("aio-and-buffered", .after), ("read-back", .after),
    ("both-fail", .after), ("two-appends", .before), ("past-the-end", .after),
    ("must-not-wait", .before), ("security-info", .after),
    ("two-into-hole", .variant("no-dio-wait")), ("two-into-hole", .variant("no-force-wait")),
  ])
  func withoutReductionTheSameIsFound(_ name: String, _ version: PortVersion) throws {
    let program = try Self.scenario(name).program(version)
    let reduced = program.explore(.reducedStates, limits: limits)
    let states = program.explore(.states(preemptions: nil), limits: limits)
    #expect(reduced.isComplete && states.isComplete)
    #expect(reduced.outcomes == states.outcomes && reduced.verdict == states.verdict)
  }

  @Test func everyScenarioHasBlocksThatExt4Has() throws {
    for scenario in try #require(PatchPort.named("ext4-unserialize-unaligned-dio")).scenarios {
      let program = try #require(scenario.program(.after) as? DIOScenario)
      #expect(program.blocksize >= 1024 && program.blocksize.nonzeroBitCount == 1)
    }
  }

  /// The counterexample is the one that the patch's message describes: zeros after the data of another writer.
  @Test func zerosOfOneWriterReplaceTheDataOfAnother() throws {
    let program = try Self.scenario("two-into-hole").program(.after)
    let witness = try #require(program.simplest(preemptions: 8, limits: limits))
    #expect(witness.complaint.hasSuffix("is lost"))
    let steps = program.trace(witness.schedule).steps
    let written = try #require(steps.firstIndex { $0.operation == "write_sectors" })
    let zeroed = try #require(steps.lastIndex { $0.operation == "zero_sectors" })
    #expect(written < zeroed)
    // Both were mapped before either was converted.
    let converted = steps.firstIndex { $0.operation == "set_extents" } ?? steps.count
    #expect(steps[..<converted].count { $0.operation == "submit_bios" } == 2)
  }

  // MARK: One task alone

  /// What one task did on a kernel that keeps its calls.
  private struct Run: Sendable {
    var result: Int64
    var calls: [String]
    var position: Int64
    var left: UInt64
    var sectors: [SectorContent]
  }

  private func alone(
    states: [ExtentState] = [.written, .written], size: Int64? = nil, pos: Int64 = 0,
    lengths: [UInt64] = [1024], base: UInt64 = 1 << 16, isAppend: Bool = false,
    hasExtents: Bool = true,
    set: @escaping @Sendable (Kernel, Inode, Kiocb) -> Void = { _, _, _ in },
    _ body: @escaping @Sendable (Kernel, Kiocb, IOVIter) async -> Int64
  ) throws -> Run {
    final class Box: @unchecked Sendable {
      // Written while the explorer runs the only task, on its thread.
      var run: Run?
    }
    struct Alone: Program {
      struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
        var description: String { "done" }
        static func < (a: Outcome, b: Outcome) -> Bool { false }
      }
      var body: @Sendable (Scheduler) async -> Void
      func start(_ scheduler: Scheduler) -> Int {
        scheduler.spawn("task") { await body(scheduler) }
        return 0
      }
      func outcome(_ world: Int) -> Outcome { Outcome() }
      func fingerprint(_ world: Int) -> Fingerprint { Fingerprint() }
    }
    let box = Box()
    let program = Alone { scheduler in
      let kernel = Kernel(scheduler, KernelConfiguration(sharesExtents: true))
      kernel.calls = []
      let inode = Inode(
        kernel, number: 12, address: 0x1000, superBlock: SuperBlock(blocksize: 1024),
        hasExtents: hasExtents, size: size ?? Int64(states.count) * 1024, states: states)
      let iocb = Kiocb(
        kernel, File(kernel, inode, isAppend: isAppend), isSync: true, writer: 1)
      iocb.position = pos
      set(kernel, inode, iocb)
      let from = IOVIter(lengths.map { IOVIter.Segment(base: base, length: $0) })
      let result = await body(kernel, iocb, from)
      box.run = Run(
        result: result, calls: (kernel.calls ?? []).map(\.primitive.rawValue),
        position: iocb.position, left: from.count, sectors: inode.readBack)
    }
    let found = Explorer(program, limits: Limits(executions: 1, steps: 1000))
      .explore(.random(seed: 1, count: 1))
    #expect(found.witness == nil)
    return try #require(box.run)
  }

  @Test(
    arguments: [
      (0, [1024], 1 << 16, false), (0, [512], 1 << 16, true), (512, [1024], 1 << 16, true),
      (0, [1024, 1024], 1 << 16, false), (0, [512, 512], 1 << 16, true),
      // An aligned write from memory that is not: unaligned as well.
      (0, [1024], 512, true), (0, [0], 1, false),
    ] as [(Int64, [UInt64], UInt64, Bool)])
  func memoryCountsForTheAlignmentToo(
    _ pos: Int64, _ lengths: [UInt64], _ base: UInt64, _ isUnaligned: Bool
  ) throws {
    let run = try alone(pos: pos, lengths: lengths, base: base) { _, iocb, from in
      Ext4DIO.ext4UnalignedIO(iocb.file.inode, from, iocb.position) ? 1 : 0
    }
    #expect(run.result == (isUnaligned ? 1 : 0))
  }

  @Test(
    arguments: [
      ([ExtentState.written, .written], 0, 2048, true), ([.written, .hole], 0, 2048, false),
      ([.written, .unwritten], 0, 2048, false), ([.written, .unwritten], 0, 1024, true),
      ([.unwritten], 0, 1024, false), ([.hole], 0, 1024, false),
      // Past the size.
      ([.written], 512, 1024, false),
    ] as [([ExtentState], Int64, Int64, Bool)])
  func anOverwriteHasAllBlocksWritten(
    _ states: [ExtentState], _ pos: Int64, _ length: Int64, _ isOverwrite: Bool
  ) throws {
    let run = try alone(states: states) { kernel, iocb, _ in
      await Ext4DIO.ext4OverwriteIO(kernel, iocb.file.inode, pos, length) ? 1 : 0
    }
    #expect(run.result == (isOverwrite ? 1 : 0))
  }

  @Test func aFileGrowsBySizeOrByTheSizeOnTheDisk() throws {
    func extends(_ disk: Int64, _ length: UInt64) throws -> Bool {
      try alone(set: { kernel, inode, _ in kernel.setDiskSize(inode, disk) }) { kernel, iocb, _ in
        await Ext4DIO.ext4ExtendingIO(kernel, iocb.file.inode, 0, length) ? 1 : 0
      }.result == 1
    }
    #expect(try !extends(2048, 2048))
    #expect(try extends(2048, 2049))
    #expect(try extends(1024, 2048))
  }

  @Test func anOverwriteSharesTheLock() throws {
    let run = try alone(Ext4DIOBefore.ext4DIOWriteIter)
    #expect(run.result == 1024 && run.position == 1024 && run.left == 0)
    #expect(
      run.calls == [
        "i_size", "inode_lock_shared", "ext4_should_use_dio", "ext4_generic_write_checks", "i_size",
        "i_disksize", "i_size", "ext4_map_blocks", "file_modified", "ext4_clear_inode_state",
        "iomap_dio_rw", "inode_unlock_shared",
      ])
    #expect(run.sectors[..<2] == [.data(1), .data(1)])
  }

  /// What cannot share the lock takes it exclusively, and everything is checked again.
  @Test func aHoleNeedsTheLockExclusively() throws {
    let run = try alone(states: [.hole, .written], Ext4DIOBefore.ext4DIOWriteIter)
    #expect(
      run.calls == [
        "i_size", "inode_lock_shared", "ext4_should_use_dio", "ext4_generic_write_checks", "i_size",
        "i_disksize", "i_size", "ext4_map_blocks", "inode_unlock_shared", "inode_lock",
        "ext4_generic_write_checks", "i_size", "i_disksize", "file_modified",
        "ext4_clear_inode_state", "iomap_dio_rw", "inode_unlock",
      ])
    #expect(run.result == 1024 && run.sectors[..<2] == [.data(1), .data(1)])
  }

  @Test func whatMustNotWaitGetsAnErrorAndGivesTheLockBack() throws {
    let run = try alone(
      states: [.hole], set: { $2.isNoWait = true }, Ext4DIOBefore.ext4DIOWriteIter)
    #expect(run.result == KernelError.eagain)
    #expect(run.calls.contains("inode_trylock_shared"))
    #expect(run.calls.last == "inode_unlock_shared")
    // An unaligned one may have to wait: not even tried.
    let unaligned = try alone(
      lengths: [512], set: { $2.isNoWait = true }, Ext4DIOBefore.ext4DIOWriteIter)
    #expect(unaligned.result == KernelError.eagain)
    #expect(!unaligned.calls.contains("iomap_dio_rw"))
  }

  /// A new block gets zeros around the data; a written one keeps what it had.
  @Test func zerosGoAroundTheDataOfANewBlock() throws {
    for state in [ExtentState.hole, .unwritten] {
      let run = try alone(
        states: [state], pos: 512, lengths: [512], Ext4DIOBefore.ext4DIOWriteIter)
      #expect(run.sectors == [.zero, .data(1)])
      #expect(run.calls.contains("inode_dio_wait"))
    }
    let run = try alone(
      states: [.hole, .written, .hole], pos: 512, lengths: [2048], Ext4DIOBefore.ext4DIOWriteIter)
    #expect(run.sectors == [.zero, .data(1), .data(1), .data(1), .data(1), .zero])
  }

  @Test func aWritePastTheEndGrowsTheFile() throws {
    let run = try alone(
      states: [.written, .hole], size: 1024, isAppend: true,
      Ext4DIOBefore.ext4DIOWriteIter)
    #expect(run.result == 1024 && run.position == 2048)
    #expect(run.sectors == [.zero, .zero, .data(1), .data(1)])
    #expect(
      run.calls.filter { $0.hasPrefix("ext4_journal") || $0.hasPrefix("ext4_orphan") }
        == ["ext4_journal_start", "ext4_orphan_add", "ext4_journal_stop"])
    #expect(run.calls.contains("ext4_inode_extension_cleanup"))
  }

  /// A hole of a file without extents: -ENOTBLK, and the page cache takes the write.
  @Test func aFileWithoutExtentsFillsItsHolesThroughThePageCache() throws {
    let run = try alone(states: [.hole], hasExtents: false, Ext4DIOBefore.ext4DIOWriteIter)
    #expect(run.result == 1024 && run.left == 0)
    #expect(run.sectors == [.data(1), .data(1)])
    #expect(
      run.calls.suffix(3) == [
        "ext4_buffered_write_iter", "filemap_write_and_wait_range", "invalidate_mapping_pages",
      ])
  }

  @Test func iomapRefusesWhatTheDeviceCannotWrite() throws {
    let odd = try alone(lengths: [100]) { kernel, iocb, from in
      await kernel.iomapDIORW(iocb, from, .ext4, 0)
    }
    #expect(odd.result == KernelError.einval && odd.left == 100)
    let past = try alone(states: [.written], pos: 512) { kernel, iocb, from in
      await kernel.iomapDIORW(iocb, from, .ext4, IomapDIOFlags.overwriteOnly)
    }
    #expect(past.result == KernelError.eagain)
  }

  @Test func anErrorOfTheDiskEndsTheWrite() throws {
    let run = try alone(set: { kernel, _, _ in kernel.answers = [.iomapDIORW: KernelError.eio] }) {
      await Ext4DIOBefore.ext4DIOWriteIter($0, $1, $2)
    }
    #expect(run.result == KernelError.eio && run.calls.last == "inode_unlock_shared")
  }

  @Test func anIteratorIsTakenOffItsFront() {
    let iter = IOVIter([.init(base: 4096, length: 512), .init(base: 8192, length: 1024)])
    #expect(iter.count == 1536 && iter.alignment == 4096 | 512 | 8192 | 1024)
    iter.advance(by: 1024)
    #expect(iter.count == 512 && iter.alignment == 8192 | 512)
    iter.truncate(to: 256)
    #expect(iter.count == 256 && iter.alignment == 8704 | 256)
    // The C leaves its loop after it has looked at the address.
    iter.advance(by: 4096)
    #expect(iter.count == 0 && iter.alignment == 8192 + 512 + 256)
  }

  /// A lock is released by a task that holds it, in the way in which it holds it.
  @Test func aWrongUnlockIsSeen() throws {
    struct Wrong: Program {
      struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
        var description: String { "done" }
        static func < (a: Outcome, b: Outcome) -> Bool { false }
      }
      var body: @Sendable (Kernel, Inode) async -> Void
      func start(_ scheduler: Scheduler) -> Kernel {
        let kernel = Kernel(scheduler, KernelConfiguration())
        let inode = Inode(
          kernel, number: 12, address: 0x1000, superBlock: SuperBlock(), size: 0, states: [])
        scheduler.spawn("task") { await body(kernel, inode) }
        return kernel
      }
      func outcome(_ world: Kernel) -> Outcome { Outcome() }
      func fingerprint(_ world: Kernel) -> Fingerprint { world.fingerprint }
    }
    func complaint(_ body: @escaping @Sendable (Kernel, Inode) async -> Void) -> String? {
      Explorer(Wrong(body: body), limits: limits).explore(.reduced).witness?.complaint
    }
    #expect(complaint { await $0.inodeUnlock($1) }?.contains("does not hold exclusively") == true)
    #expect(
      complaint {
        await $0.inodeLock($1)
        await $0.inodeUnlockShared($1)
      }?.contains("does not hold shared") == true)
    #expect(
      complaint {
        await $0.inodeLockShared($1)
        await $0.inodeUnlockShared($1)
      } == nil)
  }
}
