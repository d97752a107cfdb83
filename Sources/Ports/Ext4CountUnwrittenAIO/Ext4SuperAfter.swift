// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// The functions of fs/ext4/super.c of the lab tree that "ext4: count the unwritten extents that
/// asynchronous writes leave" brings.
package enum Ext4SuperAfter {
  /// `EXT4_WQ_HASH_SZ` of include/lab/ext4.h.
  private static let ext4WQHashSize: UInt = 37

  /// `ext4_ioend_wq`, fs/ext4/super.c line 21.
  package static func ext4IOEndWQ(_ kernel: Kernel, _ inode: Inode) -> WaitQueue {
    kernel.ioendQueues[Int(inode.address % ext4WQHashSize)]
  }

  /// `ext4_aio_mutex`, fs/ext4/super.c line 30.
  package static func ext4AIOMutex(_ kernel: Kernel, _ inode: Inode) -> KernelMutex {
    kernel.aioMutexes[Int(inode.address % ext4WQHashSize)]
  }

  /// `ext4_init_aio_hashes`, fs/ext4/super.c line 38.
  package static func ext4InitAIOHashes(_ kernel: Kernel) {
    for _ in 0..<ext4WQHashSize {
      kernel.nextMutexInit()
      kernel.nextWaitqueueInit()
    }
  }
}
