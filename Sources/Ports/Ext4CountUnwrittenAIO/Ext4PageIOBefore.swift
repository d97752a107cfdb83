// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// The functions of fs/ext4/page-io.c of the lab tree before "ext4: count the unwritten extents that
/// asynchronous writes leave".
package enum Ext4PageIOBefore {
  /// `ext4_set_io_unwritten`, fs/ext4/page-io.c line 16.
  package static func ext4SetIOUnwritten(_ kernel: Kernel, _ inode: Inode, _ io: IOEnd) async {
    if io.inode !== inode {
      return
    }

    io.flag |= IOEnd.unwritten
  }

  /// `ext4_end_io_nolock`, fs/ext4/page-io.c line 28.
  package static func ext4EndIONolock(_ kernel: Kernel, _ io: IOEnd) async -> Int32 {
    let inode = io.inode
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
    return ret
  }
}
