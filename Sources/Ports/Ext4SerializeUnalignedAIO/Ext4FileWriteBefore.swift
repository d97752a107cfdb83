// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// `ext4_file_write` of fs/ext4/file.c as it was before the patch (blob 2e8322c8aa88, 2.6.38-rc).
package enum Ext4FileBefore {
  /// `ext4_file_write`, fs/ext4/file.c line 58.
  package static func ext4FileWrite(
    _ kernel: Kernel, _ iocb: Kiocb, _ iov: IOVector, _ segments: UInt, _ pos: Int64
  ) async -> Int64 {
    let inode = iocb.file.inode
    var nrSegs = segments

    if !inode.hasExtents {
      let sbi = inode.superBlock
      let length = iovLength(iov, nrSegs)

      if pos > sbi.bitmapMaxbytes || (pos == sbi.bitmapMaxbytes && length > 0) {
        return KernelError.efbig
      }

      if UInt64(bitPattern: pos) &+ length > UInt64(bitPattern: sbi.bitmapMaxbytes) {
        nrSegs = iovShorten(iov, nrSegs, UInt64(bitPattern: sbi.bitmapMaxbytes &- pos))
      }
    }

    return await kernel.genericFileAIOWrite(iocb, iov, nrSegs, pos)
  }
}
