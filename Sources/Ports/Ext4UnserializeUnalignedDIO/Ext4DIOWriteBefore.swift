// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// fs/ext4/file.c of linux-source-6.1 as it is: unaligned direct writes are serialized.
///
/// It reads line for line as the C: the same names in camelCase, the same order, C's integer types.
package enum Ext4DIOBefore {
  /// `ext4_dio_write_iter`, fs/ext4/file.c line 460.
  package static func ext4DIOWriteIter(
    _ kernel: Kernel, _ iocb: Kiocb, _ from: IOVIter
  ) async -> Int64 {
    var ret: Int64
    let handle: Int64
    let inode = iocb.file.inode
    var offset = iocb.position
    let count = from.count
    var iomapOps = IomapOps.ext4
    var extend = false
    var unalignedIO = false
    var ilockShared = true

    // Unaligned IO needs the lock exclusively anyway.
    if Ext4DIO.ext4UnalignedIO(inode, from, offset) {
      unalignedIO = true
      ilockShared = false
    }
    // A quick look without the lock; ext4_dio_write_checks looks again with it.
    if await UInt64(bitPattern: offset) &+ count > UInt64(bitPattern: kernel.iSize(inode)) {
      ilockShared = false
    }

    if iocb.isNoWait {
      if ilockShared {
        if !(await kernel.inodeTrylockShared(inode)) {
          return KernelError.eagain
        }
      } else {
        if !(await kernel.inodeTrylock(inode)) {
          return KernelError.eagain
        }
      }
    } else {
      if ilockShared {
        await kernel.inodeLockShared(inode)
      } else {
        await kernel.inodeLock(inode)
      }
    }

    if !kernel.ext4ShouldUseDIO(iocb, from) {
      if ilockShared {
        await kernel.inodeUnlockShared(inode)
      } else {
        await kernel.inodeUnlock(inode)
      }
      return await kernel.ext4BufferedWriteIter(iocb, from)
    }

    ret = await Ext4DIO.ext4DIOWriteChecks(kernel, iocb, from, &ilockShared, &extend)
    if ret <= 0 {
      return ret
    }

    out: do {
      if iocb.isNoWait, unalignedIO || extend {
        ret = KernelError.eagain
        break out
      }
      kernel.ext4ClearInodeState(inode, Kernel.mayInlineData)

      // Unaligned direct writes are serialized: each zeroes the rest of a block that is new.
      if unalignedIO {
        await kernel.inodeDIOWait(inode)
      }

      if extend {
        handle = kernel.ext4JournalStart(inode, Kernel.handleTypeInode, 2)
        if handle < 0 {
          ret = handle
          break out
        }

        ret = Int64(kernel.ext4OrphanAdd(handle, inode))
        if ret != 0 {
          kernel.ext4JournalStop(handle)
          break out
        }

        kernel.ext4JournalStop(handle)
      }

      if ilockShared {
        iomapOps = .ext4Overwrite
      }
      ret = await kernel.iomapDIORW(
        iocb, from, iomapOps, unalignedIO || extend ? IomapDIOFlags.forceWait : 0)
      if ret == KernelError.enotblk {
        ret = 0
      }
      if extend {
        kernel.warnOnOnce(ret == KernelError.eiocbqueued)
        kernel.ext4InodeExtensionCleanup(inode, ret < 0)
      }
    }

    if ilockShared {
      await kernel.inodeUnlockShared(inode)
    } else {
      await kernel.inodeUnlock(inode)
    }

    if ret >= 0, from.count != 0 {
      var err: Int64
      let endbyte: Int64

      offset = iocb.position
      err = await kernel.ext4BufferedWriteIter(iocb, from)
      if err < 0 {
        return err
      }

      // What the page cache took goes to the disk, as direct IO would have done.
      ret &+= err
      endbyte = offset &+ err &- 1
      err = Int64(await kernel.filemapWriteAndWaitRange(inode, offset, endbyte))
      if err == 0 {
        kernel.invalidateMappingPages(inode, offset >> 12, endbyte >> 12)
      }
    }

    return ret
  }
}
