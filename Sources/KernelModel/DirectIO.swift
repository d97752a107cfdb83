// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave

/// A write on its way to the disk: it arrives sector by sector.
private final class Bio: @unchecked Sendable {
  // One thread, as with the kernel.
  let object: SharedObject
  var isDone = false
  /// Whether the submitter dropped its reference: the one that drops the last completes the write.
  var isReleased = false

  init(_ object: SharedObject) { self.object = object }
}

// Model code: what lies below the ports, at the level of the facts that they need. None of it is a
// port; mm/filemap.c, fs/ext4/inode.c, fs/ext4/page-io.c and fs/direct-io.c of 2.6.38 are its sources.
extension Kernel {
  /// `generic_file_aio_write`: `__generic_file_aio_write` under i_mutex.
  package func genericFileAIOWrite(
    _ iocb: Kiocb, _ iov: IOVector, _ segments: UInt, _ pos: Int64,
    isDirect known: Bool? = nil, file: StaticString = #fileID, line: UInt = #line
  ) async -> Int64 {
    let lengths = Array(iov.lengths.prefix(Int(segments)))
    genericCalls.append((lengths, pos))
    func noted(_ result: Int64) -> Int64 {
      if calls != nil {
        note(
          .genericFileAIOWrite, iocb.object.number,
          [Int64(bitPattern: UInt64(segments)), pos] + lengths.map { Int64(bitPattern: $0) },
          result: result)
      }
      return result
    }
    if let genericResult { return noted(genericResult) }
    let inode = iocb.file.inode
    await mutexLock(inode.mutex, file: file, line: line)
    let result = await genericFileAIOWriteLocked(
      iocb, iov, segments, pos, isDirect: known, file: file, line: line)
    await mutexUnlock(inode.mutex, file: file, line: line)
    return noted(result)
  }

  /// `__generic_file_aio_write`, with i_mutex held.
  ///
  /// - Parameter known: what the caller knows of O_DIRECT already; nil has it read again, as in the kernel.
  package func genericFileAIOWriteLocked(
    _ iocb: Kiocb, _ iov: IOVector, _ segments: UInt, _ pos: Int64, isDirect known: Bool? = nil,
    file: StaticString = #fileID, line: UInt = #line
  ) async -> Int64 {
    // O_APPEND is resolved here, under the lock.
    let start = iocb.file.isAppend ? await iSize(iocb.file.inode, file: file, line: line) : pos
    let count = Int64(truncatingIfNeeded: iovLength(iov, segments))
    let goesDirect =
      if let known { known } else {
        await isDirect(iocb.file, file: file, line: line)
      }
    guard goesDirect else {
      await bufferedWrite(iocb, start, count)
      return count
    }
    // generic_file_direct_write: what the page cache has of the range goes to the disk first.
    await flush(iocb.file.inode, start, count)
    let written = await ext4ExtDirectIO(iocb, start, count)
    if written < 0 || written == count { return written }
    // The direct write came to a block that it may not create (-ENOTBLK in fs/direct-io.c): the rest goes
    // through the page cache, and to the disk before this returns.
    await bufferedWrite(iocb, start + written, count - written)
    await flush(iocb.file.inode, start + written, count - written)
    return count
  }

  // MARK: The page cache

  /// `generic_file_buffered_write`: what a reader gets from then on, whatever the disk has.
  ///
  /// The cache works in buffers of a block: what a write leaves of a new one becomes zeros, and what it
  /// leaves of one that is written is read from the disk.
  func bufferedWrite(_ iocb: Kiocb, _ pos: Int64, _ count: Int64) async {
    let inode = iocb.file.inode
    let own = sectors(pos, count)
    for block in blocks(inode, pos, count) {
      let isWritten = await mapped(inode, block)
      let rest = inode.sectors(of: block).filter {
        !own.contains($0) && inode.cached[$0] == nil
      }
      if isWritten {
        for sector in rest {
          await scheduler.step(
            Operation("read_page", [Access(inode.sectorObjects[sector], .write)]))
          inode.cached[sector] = inode.sectors[sector]
        }
      } else if !rest.isEmpty {
        await scheduler.step(
          Operation("zero_page", rest.map { Access(inode.sectorObjects[$0], .write) }))
        for sector in rest { inode.cached[sector] = .zero }
      }
      for sector in inode.sectors(of: block) where own.contains(sector) {
        await scheduler.step(
          Operation("write_page", [Access(inode.sectorObjects[sector], .write)]))
        inode.cached[sector] = .data(iocb.writer)
      }
    }
    await setExtents(inode, blocks(inode, pos, count), .written)
    if pos + count > inode.size { await setSize(inode, pos + count) }
  }

  /// `filemap_write_and_wait_range` and `invalidate_inode_pages2_range`: whole buffers go to the disk, and
  /// leave the cache.
  func flush(_ inode: Inode, _ pos: Int64, _ count: Int64) async {
    for block in blocks(inode, pos, count) {
      for sector in inode.sectors(of: block) {
        guard let content = inode.cached[sector] else { continue }
        await put(inode, sector, content)
        inode.cached[sector] = nil
      }
    }
  }

  /// A read of a range through the page cache, as pread makes: it takes no lock.
  package func read(_ inode: Inode, _ pos: Int64, _ count: Int64) async -> [SectorContent] {
    var found: [SectorContent] = []
    for block in blocks(inode, pos, count) {
      await scheduler.step(Operation("read_extents", [Access(inode.extentsObject, .read)]))
      let isWritten = inode.extents[block] == .written
      scheduler.observe(isWritten ? 1 : 0)
      for sector in inode.sectors(of: block) where sectors(pos, count).contains(sector) {
        await scheduler.step(
          Operation("read_sector", [Access(inode.sectorObjects[sector], .read)]))
        let content = inode.cached[sector] ?? (isWritten ? inode.sectors[sector] : .zero)
        scheduler.observe(content.code)
        found.append(content)
      }
    }
    return found
  }

  // MARK: Extents

  /// Whether a block is written, as get_block finds it.
  func mapped(_ inode: Inode, _ block: Int) async -> Bool {
    if configuration.sharesExtents {
      await scheduler.step(Operation("get_block", [Access(inode.extentsObject, .read)]))
      scheduler.observe(inode.extents[block] == .written ? 1 : 0)
    }
    return inode.extents[block] == .written
  }

  func setExtents(
    _ inode: Inode, _ blocks: some Sequence<Int>, _ state: ExtentState
  ) async {
    let blocks = blocks.filter { inode.extents[$0] != state }
    if blocks.isEmpty { return }
    if configuration.sharesExtents {
      await scheduler.step(Operation("set_extents", [Access(inode.extentsObject, .write)]))
    }
    for block in blocks { inode.extents[block] = state }
  }

  // MARK: Direct writes

  /// `ext4_ext_direct_IO`, with i_mutex held.
  private func ext4ExtDirectIO(_ iocb: Kiocb, _ pos: Int64, _ count: Int64) async -> Int64 {
    let inode = iocb.file.inode
    if await iSize(inode) < pos + count { return await ext4IndDirectIO(iocb, pos, count) }
    let end =
      iocb.isSync ? nil : IOEnd(self, inode, iocb, offset: pos, size: count, label: iocb.writer)
    // ext4_get_block_write: a hole becomes an unwritten extent marked new; one that is unwritten
    // already is split and marked new as well, which is the root of it all.
    var fresh: [Int] = []
    for block in blocks(inode, pos, count) {
      if await mapped(inode, block) { continue }
      await setExtents(inode, [block], .unwritten)
      fresh.append(block)
      if let end, !end.isUnwritten {
        end.flag |= IOEnd.unwritten
        if !configuration.faults.contains(.flagWithoutCount) {
          await atomicInc(inode.aiodioUnwritten)
        }
        if configuration.faults.contains(.getBlock) {
          // Only the io_end is freed: the counter stays up.
          if configuration.mendedErrorPaths.contains(.getBlock) { await countDown(inode) }
          return KernelError.eio
        }
      }
    }
    let bio = await submit(iocb, stream(inode, pos, count, fresh), end)
    if let end {
      if configuration.racesCompletion {
        await scheduler.step(Operation("drop_reference", [Access(bio.object, .write)]))
        bio.isReleased = true
        scheduler.observe(bio.isDone ? 1 : 0)
        if bio.isDone {
          // dio_complete(dio, offset, ret, false): the caller gets the count and completes the AIO itself.
          await ext4EndIODIO(end, isAsync: false)
          return iocb.error != 0 ? iocb.error : count
        }
      }
      return KernelError.eiocbqueued
    }
    await wait(bio)
    if iocb.error != 0 { return iocb.error }
    await setExtents(inode, fresh, .written)
    return count
  }

  /// `ext4_ind_direct_IO`, where a write goes that ends past i_size: no end_io, and it is waited for here,
  /// under i_mutex.
  ///
  /// DIO_SKIP_HOLES: within i_size no block is created. At a hole or an unwritten block the direct part
  /// ends.
  private func ext4IndDirectIO(_ iocb: Kiocb, _ pos: Int64, _ count: Int64) async -> Int64 {
    let inode = iocb.file.inode
    let block = Int64(inode.superBlock.blocksize)
    // The unit of direct IO is a block, or a sector for what does not begin and end with a block.
    let unit = pos % block == 0 && count % block == 0 ? block : Inode.sector
    var end = pos
    while end < pos + count {
      let isWritten = await mapped(inode, Int(end / block))
      if !isWritten, end / unit < inode.size / unit { break }
      end = min(pos + count, (end / block + 1) * block)
    }
    let direct = end - pos
    if direct == 0 { return 0 }
    let fresh = blocks(inode, pos, direct).filter { inode.extents[$0] != .written }
    await setExtents(inode, fresh, .written)
    let bio = await submit(iocb, stream(inode, pos, direct, fresh), nil)
    await wait(bio)
    if iocb.error != 0 { return iocb.error }
    if end > inode.size { await setSize(inode, end) }
    return direct
  }

  /// What goes to the disk: the caller's data, and zeros around it in new blocks (dio_zero_block).
  private func stream(
    _ inode: Inode, _ pos: Int64, _ count: Int64, _ fresh: [Int]
  ) -> [(sector: Int, data: Bool)] {
    let own = sectors(pos, count)
    let each = Int(Int64(inode.superBlock.blocksize) / Inode.sector)
    var all: [(Int, Bool)] = []
    if let head = fresh.first(where: { ($0 * each..<($0 + 1) * each).contains(own.lowerBound) }) {
      all += (head * each..<own.lowerBound).map { ($0, false) }
    }
    all += own.map { ($0, true) }
    if let tail = fresh.last(where: { ($0 * each..<($0 + 1) * each).contains(own.upperBound - 1) })
    {
      all += (own.upperBound..<(tail + 1) * each).map { ($0, false) }
    }
    return all
  }

  /// Sends a write to the disk: another task from here on.
  private func submit(
    _ iocb: Kiocb, _ stream: [(sector: Int, data: Bool)], _ end: IOEnd?
  ) async -> Bio {
    let inode = iocb.file.inode
    let bio = Bio(scheduler.object("bio", iocb.writer))
    await scheduler.step(Operation("submit_bio", [Access(bio.object, .write)] + biosAccess))
    if scheduler.isDraining { return bio }
    biosInFlight += 1
    mostBiosInFlight = max(mostBiosInFlight, biosInFlight)
    scheduler.spawn("disk \(iocb.writer)", isEndless: true) { [self] in
      let fails = configuration.faults.contains(.disk)
      for (sector, isData) in stream where !fails {
        await put(inode, sector, isData ? .data(iocb.writer) : .zero)
      }
      await scheduler.step(Operation("bio_end_io", [Access(bio.object, .write)] + biosAccess))
      biosInFlight -= 1
      bio.isDone = true
      if fails { iocb.error = KernelError.eio }
      // Whoever drops the last reference completes the write.
      if let end, bio.isReleased || !configuration.racesCompletion {
        await ext4EndIODIO(end, isAsync: true)
      }
    }
    return bio
  }

  private func wait(_ bio: Bio) async {
    await scheduler.step(
      Operation("wait_for_bio", [Access(bio.object, .read)], isEnabled: { bio.isDone }))
  }

  func put(_ inode: Inode, _ sector: Int, _ content: SectorContent) async {
    guard inode.sectors.indices.contains(sector) else { return }
    await scheduler.step(
      Operation("write_sector", [Access(inode.sectorObjects[sector], .set(content.code))]))
    inode.sectors[sector] = content
  }

  /// `ext4_end_io_dio`: what was unwritten is converted by the work queue.
  ///
  /// - Parameter isAsync: whether the caller got -EIOCBQUEUED, so that the AIO is completed here.
  private func ext4EndIODIO(_ end: IOEnd, isAsync: Bool) async {
    let iocb = isAsync ? end.iocb : nil
    guard end.isUnwritten else {
      if let iocb { await aioComplete(iocb, iocb.error != 0 ? iocb.error : end.size) }
      return
    }
    await queueWork(dioUnwrittenQueue, label: end.label) { [self] in
      await ext4EndIOWork(end, iocb)
    }
  }

  /// `ext4_end_io_work` and `ext4_end_io_nolock`.
  private func ext4EndIOWork(_ end: IOEnd, _ iocb: Kiocb?) async {
    let inode = end.inode
    let takesIMutex = configuration.convertsUnderIMutex
    if takesIMutex { await mutexLock(inode.mutex) }
    let fails = configuration.faults.contains(.conversion)
    if !fails { await setExtents(inode, blocks(inode, end.offset, end.size), .written) }
    // After an error it neither completes nor counts down nor frees, where that was not fixed.
    if !fails || configuration.mendedErrorPaths.contains(.conversion) {
      if let iocb {
        await aioComplete(
          iocb, fails ? KernelError.eio : iocb.error != 0 ? iocb.error : end.size)
      }
      await countDown(inode)
    }
    if takesIMutex { await mutexUnlock(inode.mutex) }
  }

  func convert(_ inode: Inode, _ offset: Int64, _ size: Int64) {
    for block in blocks(inode, offset, size) { inode.extents[block] = .written }
  }

  /// The flag, the counter and, at zero, whoever waits.
  private func countDown(_ inode: Inode) async {
    let queue = ext4IOEndWQ(inode)
    if configuration.barriers.contains(.decrementBeforeActive) {
      if await atomicDecAndTest(inode.aiodioUnwritten), await waitqueueActive(queue) {
        await wakeUpAll(queue)
      }
    } else {
      // Without the barrier the look at the queue may come before the counter is seen down.
      let isActive = await waitqueueActive(queue)
      if await atomicDecAndTest(inode.aiodioUnwritten), isActive { await wakeUpAll(queue) }
    }
  }

  func sectors(_ pos: Int64, _ count: Int64) -> Range<Int> {
    Int(pos / Inode.sector)..<Int((pos + count + Inode.sector - 1) / Inode.sector)
  }

  func blocks(_ inode: Inode, _ pos: Int64, _ count: Int64) -> Range<Int> {
    let size = Int64(inode.superBlock.blocksize)
    let all = Int(pos / size)..<Int((pos + count + size - 1) / size)
    return all.clamped(to: inode.extents.indices)
  }
}
