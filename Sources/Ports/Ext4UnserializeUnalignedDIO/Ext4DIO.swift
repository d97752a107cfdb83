// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// The functions of fs/ext4/file.c of linux-source-6.1 that ext4_dio_write_iter calls, and that the patch leaves as
/// they are.
///
/// They read line for line as the C: the same names in camelCase, the same order, C's integer types.
package enum Ext4DIO {
  /// `ext4_unaligned_io`, fs/ext4/file.c line 185.
  package static func ext4UnalignedIO(_ inode: Inode, _ from: IOVIter, _ pos: Int64) -> Bool {
    let sb = inode.superBlock
    let blockmask = UInt64(sb.blocksize) &- 1

    if (UInt64(bitPattern: pos) | from.alignment) & blockmask != 0 {
      return true
    }

    return false
  }

  /// `ext4_extending_io`, fs/ext4/file.c line 197.
  ///
  /// A loff_t and a size_t add up to an unsigned number.
  package static func ext4ExtendingIO(
    _ kernel: Kernel, _ inode: Inode, _ offset: Int64, _ len: UInt64
  ) async -> Bool {
    if await UInt64(bitPattern: offset) &+ len > UInt64(bitPattern: kernel.iSize(inode)) {
      return true
    }
    if await UInt64(bitPattern: offset) &+ len > UInt64(bitPattern: kernel.iDisksize(inode)) {
      return true
    }
    return false
  }

  /// `ext4_overwrite_io`, fs/ext4/file.c line 206.
  package static func ext4OverwriteIO(
    _ kernel: Kernel, _ inode: Inode, _ pos: Int64, _ len: Int64
  ) async -> Bool {
    let blkbits = Int64(inode.blockBits)
    let err: Int32
    let blklen: Int32

    if await pos &+ len > kernel.iSize(inode) {
      return false
    }

    // EXT4_MAX_BLOCKS.
    let mask = Int64(Int32(truncatingIfNeeded: 1 << blkbits)) &- 1
    let end = (len &+ pos &+ mask) & ~mask
    var map = Ext4MapBlocks(
      block: UInt32(truncatingIfNeeded: pos >> blkbits),
      length: UInt32(truncatingIfNeeded: (end >> blkbits) &- (pos >> blkbits)))
    blklen = Int32(bitPattern: map.length)

    err = await kernel.ext4MapBlocks(inode, hasHandle: false, &map, 0)
    // All blocks may be allocated and not written: only the flags show that.
    return err == blklen && map.flags & Ext4MapBlocks.mapped != 0
  }

  /// `ext4_dio_write_checks`, fs/ext4/file.c line 411.
  package static func ext4DIOWriteChecks(
    _ kernel: Kernel, _ iocb: Kiocb, _ from: IOVIter, _ ilockShared: inout Bool,
    _ extend: inout Bool
  ) async -> Int64 {
    let file = iocb.file
    let inode = file.inode
    var offset: Int64
    var count: UInt64
    var ret: Int64

    out: do {
      restart: while true {
        ret = await kernel.ext4GenericWriteChecks(iocb, from)
        if ret <= 0 {
          break out
        }

        offset = iocb.position
        count = UInt64(bitPattern: ret)
        if await ext4ExtendingIO(kernel, inode, offset, count) {
          extend = true
        }
        // Anything but an overwrite needs i_rwsem exclusively, and file_modified does to change security info.
        var needsExclusive = ilockShared && (!inode.isNoSec || extend)
        if ilockShared, !needsExclusive {
          needsExclusive = !(await ext4OverwriteIO(kernel, inode, offset, Int64(bitPattern: count)))
        }
        if needsExclusive {
          if iocb.isNoWait {
            ret = KernelError.eagain
            break out
          }
          await kernel.inodeUnlockShared(inode)
          ilockShared = false
          await kernel.inodeLock(inode)
          continue restart
        }
        break restart
      }

      ret = Int64(kernel.fileModified(file))
      if ret < 0 {
        break out
      }

      return Int64(bitPattern: count)
    }
    if ilockShared {
      await kernel.inodeUnlockShared(inode)
    } else {
      await kernel.inodeUnlock(inode)
    }
    return ret
  }
}
