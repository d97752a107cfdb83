// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave

/// `struct iomap_ops`: how iomap finds the blocks of a file.
package enum IomapOps: Int64, Sendable, Hashable {
  /// `ext4_iomap_ops`: blocks that are missing are allocated.
  case ext4 = 0
  /// `ext4_iomap_overwrite_ops`: all blocks are there and written.
  case ext4Overwrite = 1
}

/// The flags of iomap_dio_rw.
package enum IomapDIOFlags {
  /// `IOMAP_DIO_FORCE_WAIT`: the write is waited for, an asynchronous one too.
  package static let forceWait: UInt32 = 1 << 0
  /// `IOMAP_DIO_OVERWRITE_ONLY`: -EAGAIN for a write past the size.
  ///
  /// No caller in ext4 6.1 passes it.
  package static let overwriteOnly: UInt32 = 1 << 1
}

/// `struct iomap_dio`: a direct write, and the bios that it consists of.
///
/// The kernel counts references, and whoever drops the last one completes the write. Here each bio has an end of its
/// own, so that the ends of two bios may come in either order.
private final class IomapDIO: @unchecked Sendable {
  // One thread, as with the kernel.
  final class Bio: @unchecked Sendable {
    let object: SharedObject
    var isDone = false

    init(_ object: SharedObject) { self.object = object }
  }

  var bios: [Bio] = []
  var size: Int64 = 0
  var isUnwritten = false
  var error: Int64 = 0

  var isDone: Bool { bios.allSatisfy(\.isDone) }
  var ends: [Access] { bios.map { Access($0.object, .read) } }
}

// Model code: what lies below the ports of ext4 6.1. fs/iomap/direct-io.c, fs/ext4/inode.c (ext4_iomap_begin,
// ext4_iomap_alloc) and ext4_dio_write_end_io of fs/ext4/file.c of linux-source-6.1 are its sources.
extension Kernel {
  /// `iomap_dio_rw` of a write, with `ext4_dio_write_ops`: the bytes written, -EIOCBQUEUED for a write that is on its
  /// way, or an error.
  package func iomapDIORW(
    _ iocb: Kiocb, _ from: IOVIter, _ ops: IomapOps, _ flags: UInt32
  ) async -> Int64 {
    let result = await iomapDIORW(iocb, at: iocb.position, from.count, ops, flags)
    from.consume(result)
    if result > 0 { iocb.position &+= result }
    return result
  }

  /// `iomap_dio_rw` for a caller that keeps the position and the iterator itself.
  package func iomapDIORW(
    _ iocb: Kiocb, at pos: Int64, _ count: UInt64, _ ops: IomapOps, _ flags: UInt32
  ) async -> Int64 {
    let result: Int64
    if let answer = answers[.iomapDIORW] {
      result = answer
    } else {
      result = await directWrite(iocb, pos, Int64(truncatingIfNeeded: count), ops, flags)
    }
    // The operations for the end of a write are ext4_dio_write_ops; nothing private, nothing done before.
    note(
      .iomapDIORW, iocb.object.number,
      [pos, Int64(bitPattern: count), ops.rawValue, 1, Int64(flags), 0, 0], result: result)
    return result
  }

  private func directWrite(
    _ iocb: Kiocb, _ pos: Int64, _ count: Int64, _ ops: IomapOps, _ flags: UInt32
  ) async -> Int64 {
    if count <= 0 { return 0 }
    let inode = iocb.file.inode
    let end = pos + count
    // A look at the page cache that may fail: its pages were put there under the lock that the caller holds.
    let isCached = blocks(inode, pos, count).contains { block in
      inode.sectors(of: block).contains { inode.cached[$0] != nil }
    }
    if iocb.isNoWait, isCached { return KernelError.eagain }
    if flags & IomapDIOFlags.overwriteOnly != 0, await end > sizeRead(inode) {
      return KernelError.eagain
    }
    await flush(inode, pos, count)
    let isForced =
      flags & IomapDIOFlags.forceWait != 0 && !configuration.ignores.contains(.forceWait)
    var waits = iocb.isSync || isForced
    let dio = IomapDIO()
    iocb.start = pos
    await scheduler.step(
      Operation("inode_dio_begin", [Access(inode.dioCount.object, .write)]))
    inode.dioCount.value += 1
    var at = pos
    while at < end, dio.error == 0 {
      let mapping = await iomapBegin(inode, at, end - at, ops)
      if mapping.error == KernelError.enotblk {
        // The page cache takes the rest.
        waits = true
        break
      }
      dio.error = mapping.error
      if dio.error == 0 { at = await submit(dio, iocb, at, min(end, mapping.end), mapping) }
    }
    if waits {
      await allBios(of: dio, "wait_for_dio")
      return await complete(dio, iocb, pos)
    }
    // The reference of the submitter is dropped: if it is the last one, the submitter completes the write itself.
    await scheduler.step(Operation("drop_reference", dio.ends))
    let isDone = dio.isDone
    scheduler.observe(isDone ? 1 : 0)
    if isDone { return await complete(dio, iocb, pos) }
    if scheduler.isDraining { return KernelError.eiocbqueued }
    // The work queue, with a worker for each write.
    scheduler.spawn("worker \(iocb.writer)") { [self] in
      await allBios(of: dio, "complete_work")
      let result = await complete(dio, iocb, pos)
      await aioComplete(iocb, result)
    }
    return KernelError.eiocbqueued
  }

  private func allBios(of dio: IomapDIO, _ name: StaticString) async {
    await scheduler.step(Operation(name, dio.ends, isEnabled: { dio.isDone }))
  }

  private func sizeRead(_ inode: Inode) async -> Int64 {
    await scheduler.step(Operation("i_size_read", [Access(inode.sizeObject, .read)]))
    scheduler.observe(Int(inode.size))
    return inode.size
  }

  /// Blocks of one kind, up to a position.
  private struct Mapping {
    var end: Int64 = 0
    var state = ExtentState.hole
    /// IOMAP_F_NEW.
    var isNew = false
    var error: Int64 = 0
  }

  /// `ext4_iomap_begin`, and `ext4_iomap_alloc` for blocks that are not written yet.
  private func iomapBegin(
    _ inode: Inode, _ at: Int64, _ length: Int64, _ ops: IomapOps
  ) async -> Mapping {
    let block = Int64(inode.superBlock.blocksize)
    let wanted = blocks(inode, at, length)
    let size = await sizeRead(inode)
    await scheduler.step(Operation("map_blocks", [Access(inode.extentsObject, .read)]))
    guard let first = wanted.first else { return Mapping(error: KernelError.eio) }
    func run() -> (blocks: Range<Int>, state: ExtentState) {
      let state = inode.extents[first]
      let end = wanted.first { inode.extents[$0] != state } ?? wanted.upperBound
      scheduler.observe(end << 2 | state.rawValue)
      return (first..<end, state)
    }
    var (found, state) = run()
    var mapping = Mapping(end: Int64(found.upperBound) * block, state: state)
    if ops == .ext4Overwrite || (state == .written && at + length <= size) { return mapping }
    // The extents may have changed since: the allocation looks again, under i_data_sem.
    await scheduler.step(Operation("alloc_blocks", [Access(inode.extentsObject, .write)]))
    (found, state) = run()
    mapping.end = Int64(found.upperBound) * block
    mapping.state = state
    if state == .written { return mapping }
    if Int64(first) * block >= size {
      // EXT4_GET_BLOCKS_CREATE: written at once, as the size does not cover it yet.
      mapping.state = .written
      mapping.isNew = true
    } else if inode.hasExtents {
      // EXT4_GET_BLOCKS_IO_CREATE_EXT: unwritten until the data is on the disk.
      mapping.state = .unwritten
      mapping.isNew = true
    } else {
      // A hole of a file without extents cannot be filled here.
      return Mapping(error: KernelError.enotblk)
    }
    for index in found { inode.extents[index] = mapping.state }
    return mapping
  }

  /// `iomap_dio_bio_iter`: zeros for what a new or an unwritten block has before the data, the data, and zeros for
  /// what it has after it, each a bio of its own.
  ///
  /// - Returns: where the data ends.
  private func submit(
    _ dio: IomapDIO, _ iocb: Kiocb, _ start: Int64, _ end: Int64, _ mapping: Mapping
  ) async -> Int64 {
    let inode = iocb.file.inode
    let block = Int64(inode.superBlock.blocksize)
    // The logical block size of the device.
    if (start | (end - start)) % Inode.sector != 0 {
      dio.error = KernelError.einval
      return start
    }
    if mapping.state == .unwritten { dio.isUnwritten = true }
    let needsZeros = mapping.state == .unwritten || mapping.isNew
    var bios: [(sectors: Range<Int>, isData: Bool)] = []
    if needsZeros, start % block != 0 {
      bios.append((sectors(start / block * block, start % block), false))
    }
    bios.append((sectors(start, end - start), true))
    var zerosTail = needsZeros
    if !zerosTail { zerosTail = await end >= sizeRead(inode) }
    if zerosTail, end % block != 0 {
      bios.append((sectors(end, block - end % block), false))
    }
    dio.size += end - start
    let new = bios.map { _ in IomapDIO.Bio(scheduler.object("bio", iocb.writer)) }
    await scheduler.step(
      Operation("submit_bios", new.map { Access($0.object, .write) } + biosAccess))
    if scheduler.isDraining { return end }
    let first = dio.bios.count + 1
    dio.bios += new
    biosInFlight += bios.count
    mostBiosInFlight = max(mostBiosInFlight, biosInFlight)
    for (index, ((sectors, isData), bio)) in zip(bios, new).enumerated() {
      // Each bio has a column of its own in a trace.
      scheduler.spawn("disk \(iocb.writer).\(first + index)", isEndless: true) { [self] in
        await carryOut(sectors, isData, bio, dio, iocb)
      }
    }
    return end
  }

  /// A bio on the disk, and its end.
  private func carryOut(
    _ sectors: Range<Int>, _ isData: Bool, _ bio: IomapDIO.Bio, _ dio: IomapDIO, _ iocb: Kiocb
  ) async {
    let inode = iocb.file.inode
    let own = sectors.clamped(to: inode.sectors.indices)
    let content = isData ? SectorContent.data(iocb.writer) : .zero
    let fails = configuration.faults.contains(.disk)
    if !fails {
      await scheduler.step(
        Operation(
          isData ? "write_sectors" : "zero_sectors",
          own.map { Access(inode.sectorObjects[$0], .set(content.code)) }))
      for sector in own { inode.sectors[sector] = content }
    }
    await scheduler.step(Operation("bio_end_io", [Access(bio.object, .write)] + biosAccess))
    if fails, dio.error == 0 { dio.error = KernelError.eio }
    biosInFlight -= 1
    bio.isDone = true
  }

  /// `iomap_dio_complete`, with `ext4_dio_write_end_io`: the bytes, or the error.
  private func complete(_ dio: IomapDIO, _ iocb: Kiocb, _ pos: Int64) async -> Int64 {
    let inode = iocb.file.inode
    var error = dio.error
    if error == 0, dio.size > 0, dio.isUnwritten {
      if configuration.faults.contains(.conversion) {
        error = KernelError.eio
      } else {
        await setExtents(inode, blocks(inode, pos, dio.size), .written)
      }
    }
    if error == 0, dio.size > 0 {
      let end = pos + dio.size
      var extends = await end > diskSizeRead(inode)
      if !extends { extends = await end > sizeRead(inode) }
      if extends {
        // ext4_handle_inode_extension: under i_rwsem, which the submitter holds exclusively and waits with.
        await setSize(inode, end)
        await scheduler.step(
          Operation("i_disksize_write", [Access(inode.diskSizeObject, .set(Int(end)))]))
        inode.diskSize = end
      }
    }
    await scheduler.step(Operation("inode_dio_end", [Access(inode.dioCount.object, .write)]))
    inode.dioCount.value -= 1
    return error != 0 ? error : dio.size
  }

  private func diskSizeRead(_ inode: Inode) async -> Int64 {
    await scheduler.step(Operation("i_disksize_read", [Access(inode.diskSizeObject, .read)]))
    scheduler.observe(Int(inode.diskSize))
    return inode.diskSize
  }
}
