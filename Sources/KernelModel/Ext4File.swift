// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave

/// `struct ext4_map_blocks`.
package struct Ext4MapBlocks: Sendable, Hashable {
  /// `m_lblk`: the first block.
  package var block: UInt32
  /// `m_len`: how many blocks.
  package var length: UInt32
  /// `m_flags`.
  package var flags: UInt32 = 0

  /// `EXT4_MAP_MAPPED`.
  package static let mapped: UInt32 = 0x10
  /// `EXT4_MAP_UNWRITTEN`.
  package static let unwritten: UInt32 = 0x800

  /// Makes one.
  package init(block: UInt32, length: UInt32) {
    self.block = block
    self.length = length
  }
}

// Model code: what the ported functions of fs/ext4/file.c of 6.1 call, at the level of the facts that they
// need. None of it is a port.
extension Kernel {
  /// What is scripted for a primitive, or else what the model says.
  private func answer(_ primitive: Primitive, or other: Int64) -> Int64 {
    answers[primitive] ?? other
  }

  /// `ext4_generic_write_checks`: the bytes that may be written, 0 or an error; decides where an appending write
  /// begins.
  package func ext4GenericWriteChecks(_ iocb: Kiocb, _ from: IOVIter) async -> Int64 {
    // IOCB_APPEND.
    if iocb.file.isAppend, from.count > 0 { iocb.position = await iSize(iocb.file.inode) }
    let result = ext4GenericWriteChecks(iocb, at: iocb.position, from.count)
    if result > 0 { from.truncate(to: UInt64(result)) }
    return result
  }

  /// `ext4_generic_write_checks` once the position is decided.
  package func ext4GenericWriteChecks(_ iocb: Kiocb, at pos: Int64, _ count: UInt64) -> Int64 {
    let result = answer(.ext4GenericWriteChecks, or: Int64(truncatingIfNeeded: count))
    note(
      .ext4GenericWriteChecks, iocb.object.number, [pos, Int64(bitPattern: count)], result: result)
    return result
  }

  /// `file_modified`: times and security attributes; 0 or an error.
  package func fileModified(_ file: File) -> Int32 {
    let result = Int32(truncatingIfNeeded: answer(.fileModified, or: 0))
    note(.fileModified, file.flagsObject.number, result: Int64(result))
    return result
  }

  /// A look at `i_disksize`.
  package func iDisksize(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async -> Int64 {
    await scheduler.step(
      Operation("i_disksize", [Access(inode.diskSizeObject, .read)], file: file, line: line))
    scheduler.observe(Int(inode.diskSize))
    note(.iDisksize, inode.sizeObject.number, result: inode.diskSize)
    return inode.diskSize
  }

  /// Makes `i_disksize` another size than `i_size`, as delayed allocation leaves it.
  package func setDiskSize(_ inode: Inode, _ size: Int64) { inode.diskSize = size }

  /// `ext4_should_use_dio`: whether the file system can write this file directly.
  package func ext4ShouldUseDIO(_ iocb: Kiocb, _ from: IOVIter) -> Bool {
    ext4ShouldUseDIO(iocb, from.count)
  }

  /// `ext4_should_use_dio` for a caller that keeps the iterator itself.
  package func ext4ShouldUseDIO(_ iocb: Kiocb, _ count: UInt64) -> Bool {
    let result = answer(.ext4ShouldUseDIO, or: 1) != 0
    note(
      .ext4ShouldUseDIO, iocb.object.number, [Int64(bitPattern: count)], result: result ? 1 : 0)
    return result
  }

  /// `ext4_map_blocks` without allocation: how many blocks from the first one are allocated and of one kind, 0 for a
  /// hole, or an error.
  package func ext4MapBlocks(
    _ inode: Inode, hasHandle: Bool, _ map: inout Ext4MapBlocks, _ flags: Int32,
    file: StaticString = #fileID, line: UInt = #line
  ) async -> Int32 {
    await scheduler.step(
      Operation(
        "ext4_map_blocks", [Access(inode.extentsObject, .read)], file: file, line: line))
    var result: Int32 = 0
    if let answer = answers[.ext4MapBlocks] {
      result = Int32(truncatingIfNeeded: answer)
      map.flags = UInt32(truncatingIfNeeded: answer >> 32)
    } else {
      let first = Int(map.block)
      let wanted = (first..<first + Int(map.length)).clamped(to: inode.extents.indices)
      if let state = wanted.first.map({ inode.extents[$0] }), state != .hole {
        let end = wanted.first { inode.extents[$0] != state } ?? wanted.upperBound
        result = Int32(end - first)
        map.flags = state == .written ? Ext4MapBlocks.mapped : Ext4MapBlocks.unwritten
      }
    }
    let packed = Int64(UInt32(bitPattern: result)) | Int64(map.flags) << 32
    scheduler.observe(Int(packed))
    note(
      .ext4MapBlocks, inode.sizeObject.number,
      [hasHandle ? 1 : 0, Int64(map.block), Int64(map.length), Int64(flags)], result: packed)
    if result > 0 { map.length = UInt32(result) }
    return result
  }

  /// `ext4_clear_inode_state`.
  package func ext4ClearInodeState(_ inode: Inode, _ bit: Int64) {
    note(.ext4ClearInodeState, inode.sizeObject.number, [bit])
  }

  /// `EXT4_STATE_MAY_INLINE_DATA`.
  package static let mayInlineData: Int64 = 7
  /// `EXT4_HT_INODE`.
  package static let handleTypeInode: Int64 = 1

  /// `ext4_journal_start`: a handle's number, 1, or an error.
  package func ext4JournalStart(_ inode: Inode, _ type: Int64, _ blocks: Int64) -> Int64 {
    let result = answer(.ext4JournalStart, or: 1)
    note(.ext4JournalStart, inode.sizeObject.number, [type, blocks], result: result)
    return result
  }

  /// `ext4_journal_stop`.
  package func ext4JournalStop(_ handle: Int64) { note(.ext4JournalStop, -1, [handle]) }

  /// `ext4_orphan_add`: 0 or an error.
  package func ext4OrphanAdd(_ handle: Int64, _ inode: Inode) -> Int32 {
    let result = Int32(truncatingIfNeeded: answer(.ext4OrphanAdd, or: 0))
    note(.ext4OrphanAdd, inode.sizeObject.number, [handle], result: Int64(result))
    return result
  }

  /// `WARN_ON_ONCE`.
  package func warnOnOnce(_ condition: Bool) {
    if condition { note(.warnOnOnce) }
  }

  /// `ext4_inode_extension_cleanup`.
  package func ext4InodeExtensionCleanup(_ inode: Inode, _ needsTruncation: Bool) {
    note(
      .ext4InodeExtensionCleanup, inode.sizeObject.number, [needsTruncation ? 1 : 0])
  }

  /// `ext4_buffered_write_iter`: the bytes written, or an error.
  package func ext4BufferedWriteIter(_ iocb: Kiocb, _ from: IOVIter) async -> Int64 {
    let result = await ext4BufferedWriteIter(iocb, at: iocb.position, from.count)
    from.consume(result)
    if result > 0 { iocb.position &+= result }
    return result
  }

  /// `ext4_buffered_write_iter` for a caller that keeps the position and the iterator itself.
  package func ext4BufferedWriteIter(
    _ iocb: Kiocb, at pos: Int64, _ count: UInt64
  ) async -> Int64 {
    let result: Int64
    if let answer = answers[.ext4BufferedWriteIter] {
      result = answer
    } else {
      result = await bufferedWriteUnderLock(iocb, pos, Int64(truncatingIfNeeded: count))
    }
    note(
      .ext4BufferedWriteIter, iocb.object.number, [pos, Int64(bitPattern: count)], result: result)
    return result
  }

  private func bufferedWriteUnderLock(
    _ iocb: Kiocb, _ pos: Int64, _ count: Int64
  ) async -> Int64 {
    // -EOPNOTSUPP.
    if iocb.isNoWait { return -95 }
    let inode = iocb.file.inode
    await inodeLock(inode)
    await inodeDIOWait(inode)
    let start = iocb.file.isAppend ? await iSize(inode) : pos
    iocb.start = iocb.start ?? start
    await bufferedWrite(iocb, start, count)
    if start + count > inode.diskSize { inode.diskSize = start + count }
    await inodeUnlock(inode)
    return count
  }

  /// `filemap_write_and_wait_range`, with the last byte: 0 or an error.
  package func filemapWriteAndWaitRange(_ inode: Inode, _ start: Int64, _ end: Int64) async -> Int32
  {
    let result: Int32
    if let answer = answers[.filemapWriteAndWaitRange] {
      result = Int32(truncatingIfNeeded: answer)
    } else {
      await flush(inode, start, end - start + 1)
      result = 0
    }
    note(
      .filemapWriteAndWaitRange, inode.sizeObject.number, [start, end], result: Int64(result))
    return result
  }

  /// `invalidate_mapping_pages`, with the last page: pages that were written back leave the page cache, which they do
  /// here when they are written back.
  package func invalidateMappingPages(_ inode: Inode, _ start: Int64, _ end: Int64) {
    note(.invalidateMappingPages, inode.sizeObject.number, [start, end])
  }
}
