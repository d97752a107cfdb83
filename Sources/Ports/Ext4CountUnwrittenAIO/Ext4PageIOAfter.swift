// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// The functions of fs/ext4/page-io.c of the lab tree as "ext4: count the unwritten extents that
/// asynchronous writes leave" leaves them.
package enum Ext4PageIOAfter {
  /// `ext4_set_io_unwritten`, fs/ext4/page-io.c line 17.
  package static func ext4SetIOUnwritten(_ kernel: Kernel, _ inode: Inode, _ io: IOEnd) async {
    if io.inode !== inode {
      return
    }

    if io.flag & IOEnd.unwritten != 0 {
      return
    }

    io.flag |= IOEnd.unwritten
    await kernel.atomicInc(inode.aiodioUnwritten)
  }

  /// `ext4_end_io_nolock`, fs/ext4/page-io.c line 33.
  package static func ext4EndIONolock(_ kernel: Kernel, _ io: IOEnd) async -> Int32 {
    let inode = io.inode
    let wq: WaitQueue
    let ret: Int32

    if io.flag & IOEnd.unwritten == 0 {
      return 0
    }

    ret = await kernel.ext4ConvertUnwrittenExtents(inode, io.offset, io.size)
    if ret < 0 {
      kernel.ext4Msg(
        inode.superBlock, level: 3,
        "blocks of inode \(inode.number) stay unwritten: error \(ret)")
      return ret
    }

    if let iocb = io.iocb {
      await kernel.aioComplete(iocb, io.result)
    }

    io.flag &= ~IOEnd.unwritten

    // The last one wakes whoever waits for all of them.
    wq = Ext4SuperAfter.ext4IOEndWQ(kernel, inode)
    if await kernel.atomicDecAndTest(inode.aiodioUnwritten), await kernel.waitqueueActive(wq) {
      await kernel.wakeUpAll(wq)
    }

    return ret
  }
}
