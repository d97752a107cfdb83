// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import KernelModel

/// Which ext4_file_write a scenario runs.
package enum FileWrite: Sendable, Hashable, CustomStringConvertible {
  /// As it was before the patch.
  case before
  /// As the patch leaves it.
  case after
  /// As the patch leaves it, but for one thing.
  case variant(Ext4Variant)

  /// `before`, `after` or the variant's name.
  package var description: String {
    switch self {
    case .before: "before"
    case .after: "after"
    case .variant(let variant): variant.rawValue
    }
  }

  /// The ext4_file_write of a version; the control where there is no such variant.
  package init(_ version: PortVersion) {
    self =
      switch version {
      case .before: .before
      case .after: .after
      case .variant(let name): .variant(Ext4Variant(rawValue: name) ?? .unchanged)
      }
  }

  func write(
    _ kernel: Kernel, _ iocb: Kiocb, _ iov: IOVector, _ pos: Int64
  ) async -> Int64 {
    let segments = UInt(iov.lengths.count)
    return switch self {
    case .before: await Ext4FileBefore.ext4FileWrite(kernel, iocb, iov, segments, pos)
    case .after: await Ext4FileAfter.ext4FileWrite(kernel, iocb, iov, segments, pos)
    case .variant(let variant): await variant.fileWrite(kernel, iocb, iov, segments, pos)
    }
  }
}

/// Writers at work on inodes: a program for the explorer.
package struct AIOScenario: PortProgram {
  /// A writer: one task, one write.
  package struct Writer: Sendable, Hashable {
    /// The inode, by its index in the scenario.
    package var inode = 0
    /// Where it writes, in bytes.
    package var pos: Int64
    /// How much, in bytes.
    package var count: UInt64
    /// Whether it waits for the write itself.
    package var isSync = false
    /// Whether the file is open for appending.
    package var isAppend = false
    /// Whether the file is open with O_DIRECT at the start.
    package var isDirect = true
    /// Whether fcntl sets O_DIRECT at the same time.
    package var isSwitched = false
    /// Whether it reads what it wrote, once the write is complete.
    package var readsBack = false
    /// Whether it writes again and again, into fresh unwritten blocks each time.
    package var isEndless = false

    /// Makes a writer of direct AIO.
    package init(pos: Int64, count: UInt64, inode: Int = 0) {
      self.pos = pos
      self.count = count
      self.inode = inode
    }

    func with(_ change: (inout Writer) -> Void) -> Writer {
      var copy = self
      change(&copy)
      return copy
    }
  }

  /// What is reported in addition to the data.
  package enum Watch: Sendable, Hashable {
    /// The most bios on their way at once.
    case bios
    /// Whether anybody slept for the counter.
    case sleeps
    /// How many warnings were printed.
    case warnings
  }

  /// The outcome of an execution.
  package typealias Outcome = WriteOutcome

  /// What the tasks of an execution share.
  package final class World: @unchecked Sendable {
    // One thread, as with the kernel.
    let kernel: Kernel
    let inodes: [Inode]
    var results: [Int: Int64] = [:]
    var iocbs: [Int: Kiocb] = [:]
    /// What each writer read after its write was complete.
    var reads: [Int: [SectorContent]] = [:]

    /// Whether a writer got an error, at once or by the completion.
    func failed(_ writer: Int) -> Bool {
      if let result = results[writer], result < 0, result != KernelError.eiocbqueued { return true }
      return (iocbs[writer]?.completion ?? 0) < 0
    }

    init(_ kernel: Kernel, _ inodes: [Inode]) {
      self.kernel = kernel
      self.inodes = inodes
    }
  }

  /// The function.
  package var function: FileWrite
  /// The writers.
  package var writers: [Writer]
  /// The size of a block, in bytes.
  package var blocksize: UInt
  /// How many blocks each inode has.
  package var blocks: Int
  /// What they are at the start.
  package var state: ExtentState
  /// The files' size; nil for all of their blocks.
  package var size: Int64?
  /// The addresses of the inodes.
  package var addresses: [UInt]
  /// What the kernel is made with.
  package var configuration: KernelConfiguration
  /// What is reported in addition to the data.
  package var watches: [Watch]
  /// What runs in place of the function.
  package var caller: (any FunctionCaller)?
  /// Whether the kernel records what its tasks ask of it.
  package var recordsCalls = false

  /// Makes a scenario.
  package init(
    _ function: FileWrite, _ writers: [Writer], blocksize: UInt = 2048, blocks: Int = 1,
    state: ExtentState = .hole, size: Int64? = nil, addresses: [UInt] = [0x1000],
    configuration: KernelConfiguration = KernelConfiguration(stepsInPrintk: false),
    watches: [Watch] = []
  ) {
    self.function = function
    self.writers = writers
    self.blocksize = blocksize
    self.blocks = blocks
    self.state = state
    self.size = size
    self.addresses = addresses
    self.configuration = configuration
    self.watches = watches
  }

  /// Makes the world and starts a task for each writer.
  package func start(_ scheduler: Scheduler) -> World {
    var configuration = configuration
    if case .variant(let variant) = function { variant.configure(&configuration) }
    let kernel = Kernel(scheduler, configuration)
    if recordsCalls { kernel.calls = [] }
    let superBlock = SuperBlock(blocksize: blocksize)
    let inodes = addresses.enumerated().map { index, address in
      Inode(
        kernel, number: UInt(12 + index), address: address, superBlock: superBlock,
        size: size ?? Int64(blocks) * Int64(blocksize), blocks: blocks, state: state)
    }
    let world = World(kernel, inodes)
    for (index, writer) in writers.enumerated() {
      let inode = inodes[writer.inode]
      let file = File(kernel, inode, isDirect: writer.isDirect, isAppend: writer.isAppend)
      scheduler.spawn("writer \(index + 1)", isEndless: writer.isEndless) { [function, caller] in
        let start = scheduler.mark()
        repeat {
          scheduler.restore(start)
          let iocb = Kiocb(kernel, file, isSync: writer.isSync, writer: index + 1)
          world.iocbs[index] = iocb
          let iov = IOVector([writer.count])
          let result =
            if let caller {
              await caller.call(
                "ext4_file_write",
                [.kiocb(iocb), .iovec(iov), .integer(1), .integer(writer.pos)], on: kernel,
                comm: "writer \(index + 1)")
            } else {
              await function.write(kernel, iocb, iov, writer.pos)
            }
          world.results[index] = result
          // aio_run_iocb: what is not under way is complete.
          if !writer.isSync, result != KernelError.eiocbqueued {
            await kernel.aioComplete(iocb, result)
          }
          if writer.readsBack {
            if !writer.isSync { await kernel.ioGetevents(iocb) }
            world.reads[index] = await kernel.read(inode, writer.pos, Int64(writer.count))
          }
          // The next blocks of a long preallocated file: they follow these.
          if writer.isEndless {
            await kernel.ioGetevents(iocb)
            inode.makeUnwritten(at: writer.pos, writer.count)
          }
        } while writer.isEndless && !scheduler.isDraining
      }
      if writer.isSwitched {
        scheduler.spawn("fcntl \(index + 1)") { await kernel.setDirect(file, true) }
      }
    }
    kernel.startWorkers()
    return world
  }

  /// Whose data can be read back, and what was watched.
  package func outcome(_ world: World) -> Outcome {
    var kept: [Int] = []
    for (index, writer) in writers.enumerated() {
      let content = world.inodes[writer.inode].readBack
      let holds = sectors(of: writer).allSatisfy { sector in
        sector < content.count && isOwn(content[sector], sector, writer, index)
      }
      if holds { kept.append(index + 1) }
    }
    return Outcome(
      kept: kept, writers: writers.count,
      failed: writers.indices.filter { world.failed($0) }.map { $0 + 1 },
      misread: writers.indices.filter { index in
        let sectors = sectors(of: writers[index])
        return world.reads[index].map { read in
          !zip(sectors, read).allSatisfy { isOwn($1, $0, writers[index], index) }
        } ?? false
      }.map { $0 + 1 },
      watched: watches.map { watch in
        switch watch {
        case .bios: "\(world.kernel.mostBiosInFlight) in flight"
        case .sleeps: world.kernel.sleeps > 0 ? "slept" : "no sleep"
        case .warnings: "\(world.kernel.log.count) warned"
        }
      })
  }

  /// Whether a sector has a writer's data, or that of another one that wrote there: any may be last.
  private func isOwn(
    _ content: SectorContent, _ sector: Int, _ writer: Writer, _ index: Int
  ) -> Bool {
    guard case .data(let owner) = content else { return false }
    return owner == index + 1
      || (writers[owner - 1].inode == writer.inode
        && sectors(of: writers[owner - 1]).contains(sector))
  }

  private func sectors(of writer: Writer) -> Range<Int> {
    let start = writer.isAppend ? size ?? Int64(blocks) * Int64(blocksize) : writer.pos
    return Int(start / Inode.sector)..<Int((start + Int64(writer.count)) / Inode.sector)
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
      for content in world.reads[index] ?? [] { print.add(content.code) }
    }
    return print
  }

  /// The blocks sector by sector, the counter, and who has which lock.
  package func columns(_ world: World) -> [(name: String, text: String)] {
    var columns: [(String, String)] = []
    for inode in world.inodes {
      columns.append(inode.sectorColumn)
      columns.append(("unwritten", "\(inode.aiodioUnwritten.value)"))
    }
    let held = world.kernel.heldLocks(world.inodes)
    columns.append(("held", held.isEmpty ? "-" : held.joined(separator: " ")))
    return columns
  }
}

extension Inode {
  /// What is on the disk, for a column of a trace: `11 00 aa`, where `aa` was there before.
  package var sectorColumn: (name: String, text: String) {
    let bytes = sectors.map { sector in
      switch sector {
      case .stale: "aa"
      case .zero: "00"
      case .data(let writer): "\(writer)\(writer)"
      }
    }
    return ("inode \(number)", bytes.joined(separator: " "))
  }
}
