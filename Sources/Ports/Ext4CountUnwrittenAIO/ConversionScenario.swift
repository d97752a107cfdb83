// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import KernelModel

/// Writes whose blocks one worker each converts, and a task that waits until all are done: a program for
/// the explorer.
package struct ConversionScenario: PortProgram {
  /// The outcome of an execution.
  package struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many conversions were done when the waiter continued.
    package var seen: Int
    /// How many writes there were.
    package var writes: Int

    /// Fewer seen come first.
    package static func < (a: Outcome, b: Outcome) -> Bool { a.seen < b.seen }
    /// `1 of 2`.
    package var description: String { "\(seen) of \(writes)" }
  }

  /// What the tasks of an execution share.
  package final class World: @unchecked Sendable {
    // One thread, as with the kernel.
    let kernel: Kernel
    var seen = -1
    var results: [Int: Int64] = [:]

    init(_ kernel: Kernel) { self.kernel = kernel }
  }

  /// The side of the patch.
  package var side: PatchSide
  /// How many writes there are to the inode that is waited for.
  package var writes: Int
  /// Whether a write to another inode, which shares the wait queue, ends at the same time.
  package var hasNeighbour: Bool
  /// What the kernel is made with.
  package var configuration: KernelConfiguration
  /// What runs in place of the functions.
  package var caller: (any FunctionCaller)?
  /// Whether the kernel records what its tasks ask of it.
  package var recordsCalls = false

  /// Makes a scenario with a version of the functions; the patch has no variants.
  init(
    _ version: PortVersion, writes: Int = 2, hasNeighbour: Bool = false,
    configuration: KernelConfiguration = KernelConfiguration(stepsInPrintk: false)
  ) {
    self.init(
      version == .before ? PatchSide.before : .after, writes: writes, hasNeighbour: hasNeighbour,
      configuration: configuration)
  }

  /// Makes a scenario.
  package init(
    _ side: PatchSide, writes: Int = 2, hasNeighbour: Bool = false,
    configuration: KernelConfiguration = KernelConfiguration(stepsInPrintk: false),
    caller: (any FunctionCaller)? = nil
  ) {
    self.side = side
    self.writes = writes
    self.hasNeighbour = hasNeighbour
    self.configuration = configuration
    self.caller = caller
  }

  private func initHashes(_ kernel: Kernel) async {
    guard side == .after else { return }
    if let caller {
      _ = await caller.call("ext4_init_aio_hashes", [], on: kernel, comm: "init")
    } else {
      Ext4SuperAfter.ext4InitAIOHashes(kernel)
    }
  }

  private func setUnwritten(_ kernel: Kernel, _ inode: Inode, _ io: IOEnd) async {
    if let caller {
      _ = await caller.call(
        "ext4_set_io_unwritten", [.inode(inode), .ioEnd(io)], on: kernel, comm: "submit")
    } else if side == .before {
      await Ext4PageIOBefore.ext4SetIOUnwritten(kernel, inode, io)
    } else {
      await Ext4PageIOAfter.ext4SetIOUnwritten(kernel, inode, io)
    }
  }

  private func endIO(_ kernel: Kernel, _ io: IOEnd) async -> Int64 {
    if let caller {
      return await caller.call("ext4_end_io_nolock", [.ioEnd(io)], on: kernel, comm: "worker")
    }
    return switch side {
    case .before: Int64(await Ext4PageIOBefore.ext4EndIONolock(kernel, io))
    case .after: Int64(await Ext4PageIOAfter.ext4EndIONolock(kernel, io))
    }
  }

  /// Makes the world, and starts the task that submits the writes and then everything else.
  package func start(_ scheduler: Scheduler) -> World {
    let kernel = Kernel(scheduler, configuration)
    if recordsCalls { kernel.calls = [] }
    let world = World(kernel)
    let inodes = (0..<(hasNeighbour ? 2 : 1)).map { index in
      Inode(
        kernel, number: UInt(12 + index), address: 0x1000 + UInt(37 * index),
        superBlock: SuperBlock(blocksize: 4096), size: 1 << 20, blocks: writes,
        state: .unwritten)
    }
    scheduler.spawn("submit") {
      await initHashes(kernel)
      var ends: [IOEnd] = []
      for index in 0..<(writes + inodes.count - 1) {
        let inode = inodes[index < writes ? 0 : 1]
        let iocb = Kiocb(
          kernel, File(kernel, inode), isSync: false, writer: index + 1)
        let io = IOEnd(
          kernel, inode, iocb, offset: Int64(index % writes) * 4096, size: 4096, label: index + 1)
        io.result = 4096
        await setUnwritten(kernel, inode, io)
        ends.append(io)
      }
      for (index, io) in ends.enumerated() {
        kernel.scheduler.spawn("worker \(index + 1)") {
          await kernel.mutexLock(io.inode.mutex)
          world.results[index] = await endIO(kernel, io)
          await kernel.mutexUnlock(io.inode.mutex)
        }
      }
      kernel.scheduler.spawn("waiter") {
        // What ext4_aiodio_wait of the other half does.
        await kernel.waitEvent(kernel.ext4IOEndWQ(inodes[0])) {
          await kernel.atomicRead(inodes[0].aiodioUnwritten) == 0
        }
        world.seen = await kernel.writtenBlocks(of: inodes[0])
      }
    }
    return world
  }

  /// How many conversions the waiter saw.
  package func outcome(_ world: World) -> Outcome { Outcome(seen: world.seen, writes: writes) }

  /// A waiter that continued before everything was converted.
  package func complaint(about outcome: Outcome) -> String? {
    outcome.seen == outcome.writes
      ? nil : "the waiter continued with \(outcome) conversions done"
  }

  /// The kernel, and what each worker's call returned.
  package func observe(_ world: World) -> (kernel: Kernel, results: [Int64]) {
    (world.kernel, world.results.keys.sorted().map { world.results[$0] ?? 0 })
  }

  /// The kernel's state, and what the waiter saw.
  package func fingerprint(_ world: World) -> Fingerprint {
    var print = world.kernel.fingerprint
    print.add(world.seen)
    return print
  }
}
