// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave

/// A write on its way to the disk: it arrives sector by sector.
private final class Bio: @unchecked Sendable {
  // One thread, as with the kernel.
  let object: SharedObject
  var isDone = false

  init(_ object: SharedObject) { self.object = object }
}

// Model code: what lies below the ports, at the level of the facts that they need. None of it is a
// port; mm/filemap.c, fs/ext4/inode.c, fs/ext4/page-io.c and fs/direct-io.c of 2.6.38 are its sources.
extension Kernel {
  /// `generic_file_aio_write`: `__generic_file_aio_write` under i_mutex.
  ///
  /// - Parameters:
  ///   - isDirect: what the caller knows of O_DIRECT already; nil has it read again, as in the kernel.
  ///   - underLock: what a variant of the patch does between taking i_mutex and writing.
  package func genericFileAIOWrite(
    _ iocb: Kiocb, _ iov: IOVector, _ segments: UInt, _ pos: Int64,
    isDirect known: Bool? = nil, file: StaticString = #fileID, line: UInt = #line,
    underLock: (() async -> Void)? = nil
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
    await underLock?()
    // O_APPEND is resolved here, under the lock.
    let start = iocb.file.isAppend ? await iSize(inode, file: file, line: line) : pos
    let count = Int64(truncatingIfNeeded: iovLength(iov, segments))
    var result = count
    let goesDirect =
      if let known { known } else {
        await isDirect(iocb.file, file: file, line: line)
      }
    if goesDirect {
      result = await ext4ExtDirectIO(iocb, start, count)
    } else {
      await bufferedWrite(iocb, start, count)
    }
    await mutexUnlock(inode.mutex, file: file, line: line)
    return noted(result)
  }

  /// A write through the page cache: what a reader gets from then on, whatever the disk has.
  private func bufferedWrite(_ iocb: Kiocb, _ pos: Int64, _ count: Int64) async {
    let inode = iocb.file.inode
    for sector in sectors(pos, count) where inode.sectors.indices.contains(sector) {
      await scheduler.step(
        Operation("write_page", [Access(inode.sectorObjects[sector], .write)]))
      inode.cached[sector] = .data(iocb.writer)
    }
    for block in blocks(inode, pos, count) { inode.extents[block] = .written }
    if pos + count > inode.size { await setSize(inode, pos + count) }
  }

  /// `ext4_ext_direct_IO`, with i_mutex held.
  private func ext4ExtDirectIO(_ iocb: Kiocb, _ pos: Int64, _ count: Int64) async -> Int64 {
    let inode = iocb.file.inode
    let final = pos + count
    let blocks = blocks(inode, pos, count)
    if await iSize(inode) < final {
      // The older path: no end_io; it is waited for here, under i_mutex.
      let fresh = blocks.filter { inode.extents[$0] != .written }
      for block in fresh { inode.extents[block] = .written }
      let bio = await submit(iocb, stream(inode, pos, count, fresh), nil)
      await wait(bio)
      if iocb.error != 0 { return iocb.error }
      await setSize(inode, final)
      return count
    }
    let end =
      iocb.isSync ? nil : IOEnd(self, inode, iocb, offset: pos, size: count, label: iocb.writer)
    // ext4_get_block_write: a hole becomes an unwritten extent marked new; one that is unwritten
    // already is split and marked new as well, which is the root of it all.
    var fresh: [Int] = []
    for block in blocks where inode.extents[block] != .written {
      inode.extents[block] = .unwritten
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
    if end != nil { return KernelError.eiocbqueued }
    await wait(bio)
    if iocb.error != 0 { return iocb.error }
    for block in fresh { inode.extents[block] = .written }
    return count
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
      if let end { await ext4EndIODIO(end) }
    }
    return bio
  }

  private func wait(_ bio: Bio) async {
    await scheduler.step(
      Operation("wait_for_bio", [Access(bio.object, .read)], isEnabled: { bio.isDone }))
  }

  private func put(_ inode: Inode, _ sector: Int, _ content: SectorContent) async {
    guard inode.sectors.indices.contains(sector) else { return }
    await scheduler.step(
      Operation("write_sector", [Access(inode.sectorObjects[sector], .set(content.code))]))
    inode.sectors[sector] = content
  }

  /// `ext4_end_io_dio`: what was unwritten is converted by the work queue.
  private func ext4EndIODIO(_ end: IOEnd) async {
    guard end.isUnwritten else {
      if let iocb = end.iocb { await aioComplete(iocb, iocb.error) }
      return
    }
    await queueWork(dioUnwrittenQueue, label: end.label) { [self] in await ext4EndIOWork(end) }
  }

  /// `ext4_end_io_work` and `ext4_end_io_nolock`.
  private func ext4EndIOWork(_ end: IOEnd) async {
    let inode = end.inode
    await mutexLock(inode.mutex)
    let fails = configuration.faults.contains(.conversion)
    if fails, !configuration.mendedErrorPaths.contains(.conversion) {
      // Neither completed nor counted down nor freed.
      await mutexUnlock(inode.mutex)
      return
    }
    if !fails { convert(inode, end.offset, end.size) }
    if let iocb = end.iocb { await aioComplete(iocb, fails ? KernelError.eio : iocb.error) }
    await countDown(inode)
    await mutexUnlock(inode.mutex)
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

  private func sectors(_ pos: Int64, _ count: Int64) -> Range<Int> {
    Int(pos / Inode.sector)..<Int((pos + count + Inode.sector - 1) / Inode.sector)
  }

  private func blocks(_ inode: Inode, _ pos: Int64, _ count: Int64) -> Range<Int> {
    let size = Int64(inode.superBlock.blocksize)
    let all = Int(pos / size)..<Int((pos + count + size - 1) / size)
    return all.clamped(to: inode.extents.indices)
  }
}
