// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// The functions of fs/ext4/file.c as the patch "ext4: serialize unaligned asynchronous DIO" (upstream
/// e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d) leaves them.
///
/// They read line for line as the C: the same names in camelCase, the same order, C's integer types.
package enum Ext4FileAfter {
  /// `ext4_aiodio_wait`, fs/ext4/file.c line 58.
  package static func ext4AIODIOWait(_ kernel: Kernel, _ inode: Inode) async {
    let wq = kernel.ext4IOEndWQ(inode)

    await kernel.waitEvent(wq) { await kernel.atomicRead(inode.aiodioUnwritten) == 0 }
  }

  /// `ext4_unaligned_aio`, fs/ext4/file.c line 74.
  package static func ext4UnalignedAIO(
    _ kernel: Kernel, _ inode: Inode, _ iov: IOVector, _ nrSegs: UInt, _ pos: Int64
  ) async -> Int32 {
    let sb = inode.superBlock
    let blockmask = Int32(truncatingIfNeeded: sb.blocksize &- 1)
    let count = iovLength(iov, nrSegs)
    let finalSize = Int64(truncatingIfNeeded: UInt64(bitPattern: pos) &+ count)

    if await pos >= kernel.iSize(inode) {
      return 0
    }

    if (pos & Int64(blockmask)) != 0 || (finalSize & Int64(blockmask)) != 0 {
      return 1
    }

    return 0
  }

  /// `ext4_file_write`, fs/ext4/file.c line 92.
  package static func ext4FileWrite(
    _ kernel: Kernel, _ iocb: Kiocb, _ iov: IOVector, _ segments: UInt, _ pos: Int64
  ) async -> Int64 {
    let inode = iocb.file.inode
    var nrSegs = segments
    var unalignedAIO: Int32 = 0
    let ret: Int32

    if !inode.hasExtents {
      let sbi = inode.superBlock
      let length = iovLength(iov, nrSegs)

      if pos > sbi.bitmapMaxbytes || (pos == sbi.bitmapMaxbytes && length > 0) {
        return KernelError.efbig
      }

      if UInt64(bitPattern: pos) &+ length > UInt64(bitPattern: sbi.bitmapMaxbytes) {
        nrSegs = iovShorten(iov, nrSegs, UInt64(bitPattern: sbi.bitmapMaxbytes &- pos))
      }
    } else if await kernel.isDirect(iocb.file), !iocb.isSync {
      unalignedAIO = await ext4UnalignedAIO(kernel, inode, iov, nrSegs, pos)
    }

    // Unaligned direct AIO must be serialized; see the comment above ext4_unaligned_aio in the C.
    if unalignedAIO != 0 {
      // Warned about once a day, if HZ is 1000: the interval is in milliseconds.
      if await kernel.printkTimedRatelimit(
        kernel.unalignedWarnTime, 60 &* 60 &* 24 &* kernel.configuration.hz)
      {
        kernel.ext4Msg(
          inode.superBlock, level: 4,
          "Unaligned AIO/DIO on inode \(Int(bitPattern: inode.number)) by \(kernel.currentComm); "
            + "performance will be poor.")
      }
      await kernel.mutexLock(kernel.ext4AIOMutex(inode))
      await ext4AIODIOWait(kernel, inode)
    }

    // An int takes a ssize_t.
    ret = Int32(
      truncatingIfNeeded: await kernel.genericFileAIOWrite(iocb, iov, nrSegs, pos))

    if unalignedAIO != 0 {
      await kernel.mutexUnlock(kernel.ext4AIOMutex(inode))
    }

    return Int64(ret)
  }
}
