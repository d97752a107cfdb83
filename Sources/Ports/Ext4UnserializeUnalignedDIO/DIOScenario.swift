// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import KernelModel

/// Writers of ext4 6.1 at work on one inode: a program for the explorer.
package struct DIOScenario: PortProgram {
  /// A writer: one task, one write.
  package struct Writer: Sendable, Hashable {
    /// Where it writes, in bytes.
    package var pos: Int64
    /// How much, in bytes.
    package var count: UInt64
    /// Whether it waits for the write itself.
    package var isSync = false
    /// Whether the file is open for appending.
    package var isAppend = false
    /// Whether it writes with O_DIRECT; else through the page cache.
    package var isDirect = true
    /// Whether it must not wait (IOCB_NOWAIT).
    package var isNoWait = false
    /// Whether it reads what it wrote, once the write is complete.
    package var readsBack = false

    /// Makes a writer of direct AIO.
    package init(pos: Int64, count: UInt64) {
      self.pos = pos
      self.count = count
    }

    func with(_ change: (inout Writer) -> Void) -> Writer {
      var copy = self
      change(&copy)
      return copy
    }
  }

  /// The outcome of an execution.
  package typealias Outcome = WriteOutcome

  /// What the tasks of an execution share.
  package final class World: @unchecked Sendable {
    // One thread, as with the kernel.
    let kernel: Kernel
    let inode: Inode
    var results: [Int: Int64] = [:]
    var iocbs: [Int: Kiocb] = [:]
    /// What each writer read after its write was complete.
    var reads: [Int: [SectorContent]] = [:]

    init(_ kernel: Kernel, _ inode: Inode) {
      self.kernel = kernel
      self.inode = inode
    }

    /// Whether a writer got an error, at once or by the completion.
    func failed(_ writer: Int) -> Bool {
      if let result = results[writer], result < 0, result != KernelError.eiocbqueued { return true }
      return (iocbs[writer]?.completion ?? 0) < 0
    }
  }

  /// The version of the functions.
  package var version: PortVersion
  /// The writers.
  package var writers: [Writer]
  /// The size of a block, in bytes.
  package var blocksize: UInt
  /// What the blocks are at the start.
  package var states: [ExtentState]
  /// The file's size; nil for all of its blocks.
  package var size: Int64?
  /// Whether a write has no security attributes to remove.
  package var isNoSec: Bool
  /// Whether the most bios on their way at once are in the outcome.
  package var watchesBios: Bool
  /// What goes wrong.
  package var faults: Set<KernelConfiguration.Fault>
  /// What runs in place of the functions.
  package var caller: (any FunctionCaller)?
  /// Whether the kernel records what its tasks ask of it.
  package var recordsCalls = false

  /// Makes a scenario.
  package init(
    _ version: PortVersion, _ writers: [Writer], blocksize: UInt = 1024, states: [ExtentState],
    size: Int64? = nil, isNoSec: Bool = true, watchesBios: Bool = false,
    faults: Set<KernelConfiguration.Fault> = []
  ) {
    self.version = version
    self.writers = writers
    self.blocksize = blocksize
    self.states = states
    self.size = size
    self.isNoSec = isNoSec
    self.watchesBios = watchesBios
    self.faults = faults
  }

  private func write(_ kernel: Kernel, _ iocb: Kiocb, _ from: IOVIter) async -> Int64 {
    if let caller {
      return await caller.call(
        "ext4_dio_write_iter", [.kiocb(iocb), .iovIter(from)], on: kernel,
        comm: "writer \(iocb.writer)")
    }
    return switch version {
    case .after: await Ext4DIOAfter.ext4DIOWriteIter(kernel, iocb, from)
    // A variant leaves something out of the kernel below the function before the patch.
    case .before, .variant: await Ext4DIOBefore.ext4DIOWriteIter(kernel, iocb, from)
    }
  }

  private var configuration: KernelConfiguration {
    var ignores: Set<KernelConfiguration.Ignored> = []
    if case .variant(let name) = version, let half = Ext4DIOVariant(rawValue: name) {
      ignores = [half.ignored]
    }
    return KernelConfiguration(
      faults: faults, stepsInPrintk: false, sharesExtents: true, watchesBios: watchesBios,
      ignores: ignores)
  }

  /// Makes the world and starts a task for each writer.
  package func start(_ scheduler: Scheduler) -> World {
    let kernel = Kernel(scheduler, configuration)
    if recordsCalls { kernel.calls = [] }
    let inode = Inode(
      kernel, number: 12, address: 0x1000, superBlock: SuperBlock(blocksize: blocksize),
      size: size ?? Int64(states.count) * Int64(blocksize), states: states)
    inode.isNoSec = isNoSec
    let world = World(kernel, inode)
    for (index, writer) in writers.enumerated() {
      let file = File(kernel, inode, isDirect: writer.isDirect, isAppend: writer.isAppend)
      scheduler.spawn("writer \(index + 1)") {
        let iocb = Kiocb(kernel, file, isSync: writer.isSync, writer: index + 1)
        iocb.position = writer.pos
        iocb.isNoWait = writer.isNoWait
        world.iocbs[index] = iocb
        let from = IOVIter([.init(base: UInt64(index + 1) << 16, length: writer.count)])
        let result =
          writer.isDirect
          ? await write(kernel, iocb, from) : await kernel.ext4BufferedWriteIter(iocb, from)
        world.results[index] = result
        // aio_rw_done: what is not under way is complete.
        if !writer.isSync, result != KernelError.eiocbqueued {
          await kernel.aioComplete(iocb, result)
        }
        if writer.readsBack {
          if !writer.isSync { await kernel.ioGetevents(iocb) }
          world.reads[index] = await kernel.read(
            inode, iocb.start ?? writer.pos, Int64(writer.count))
        }
      }
    }
    return world
  }

  /// The sectors that a writer wrote, or was to write.
  private func sectors(_ world: World, _ index: Int) -> Range<Int> {
    let start = world.iocbs[index]?.start ?? writers[index].pos
    return Int(start / Inode.sector)..<Int((start + Int64(writers[index].count)) / Inode.sector)
  }

  /// Whose data can be read back, and what was watched.
  package func outcome(_ world: World) -> Outcome {
    let ranges = writers.indices.map { sectors(world, $0) }
    // Where writers overlap, any may be last.
    func isOwn(_ content: SectorContent, _ sector: Int, _ index: Int) -> Bool {
      guard case .data(let owner) = content else { return false }
      return owner == index + 1 || ranges[owner - 1].contains(sector)
    }
    let content = world.inode.readBack
    return Outcome(
      kept: writers.indices.filter { index in
        ranges[index].allSatisfy { sector in
          sector < content.count && isOwn(content[sector], sector, index)
        }
      }.map { $0 + 1 },
      writers: writers.count,
      failed: writers.indices.filter { world.failed($0) }.map { $0 + 1 },
      misread: writers.indices.filter { index in
        world.reads[index].map { read in
          !zip(ranges[index], read).allSatisfy { isOwn($1, $0, index) }
        } ?? false
      }.map { $0 + 1 },
      watched: watchesBios ? ["\(world.kernel.mostBiosInFlight) in flight"] : [])
  }

  /// Data that was written and is not there.
  package func complaint(about outcome: Outcome) -> String? { outcome.complaint }

  /// The kernel, and what each writer's call returned.
  package func observe(_ world: World) -> (kernel: Kernel, results: [Int64]) {
    (world.kernel, world.results.keys.sorted().map { world.results[$0] ?? 0 })
  }

  /// The kernel's state, and the results that the writers got.
  package func fingerprint(_ world: World) -> Fingerprint {
    var print = world.kernel.fingerprint
    for index in writers.indices {
      print.add(Int(world.results[index] ?? 1))
      print.add(Int(world.iocbs[index]?.completion ?? 1))
      print.add(Int(world.iocbs[index]?.start ?? -1))
      for content in world.reads[index] ?? [] { print.add(content.code) }
    }
    return print
  }

  /// The blocks sector by sector, direct IO in flight, and who has which lock.
  package func columns(_ world: World) -> [(name: String, text: String)] {
    let held = world.kernel.heldLocks([world.inode])
    return [
      world.inode.sectorColumn, ("in flight", "\(world.inode.dioCount.value)"),
      ("held", held.isEmpty ? "-" : held.joined(separator: " ")),
    ]
  }
}

/// The function before the patch, with one half of the serialization left out of the kernel below it.
package enum Ext4DIOVariant: String, Sendable, Hashable, CaseIterable {
  /// `inode_dio_wait` is left out: only the unaligned write's own end is waited for.
  case noWaitBefore = "no-dio-wait"
  /// IOMAP_DIO_FORCE_WAIT is left out: only earlier direct IO is waited for.
  case noWaitAfter = "no-force-wait"

  var ignored: KernelConfiguration.Ignored {
    switch self {
    case .noWaitBefore: .dioWait
    case .noWaitAfter: .forceWait
    }
  }

  /// What it is, as one sentence without a full stop.
  package var summary: String {
    switch self {
    case .noWaitBefore: "half of the patch: does not wait for direct IO in flight"
    case .noWaitAfter: "half of the patch: does not wait for its own end"
    }
  }
}
