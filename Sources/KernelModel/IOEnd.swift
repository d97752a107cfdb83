// SPDX-License-Identifier: GPL-2.0-only

package import Interleave

/// `ext4_io_end_t`: what is left to do when a write has reached the disk.
package final class IOEnd: @unchecked Sendable {
  // One thread, as with the kernel.

  /// `EXT4_IO_END_UNWRITTEN`.
  package static let unwritten: UInt32 = 1

  /// `inode`.
  package let inode: Inode
  /// `iocb`; nil for a write that no task waits for.
  package let iocb: Kiocb?
  /// `flag`.
  package var flag: UInt32 = 0
  /// `offset`, in bytes.
  package let offset: Int64
  /// `size`, in bytes.
  package let size: Int64
  /// `result`: the argument of aio_complete.
  package var result: Int64 = 0
  /// The end as tasks see it.
  package let object: SharedObject
  let label: Int

  var isUnwritten: Bool { flag & Self.unwritten != 0 }

  /// Makes one without a flag.
  package init(
    _ kernel: Kernel, _ inode: Inode, _ iocb: Kiocb?, offset: Int64, size: Int64, label: Int
  ) {
    self.inode = inode
    self.iocb = iocb
    self.offset = offset
    self.size = size
    self.label = label
    object = kernel.scheduler.object("io_end", label)
  }
}

extension Kernel {
  /// `ext4_convert_unwritten_extents`: 0, or an error where a fault is injected.
  ///
  /// It is one step here: the caller has i_mutex.
  package func ext4ConvertUnwrittenExtents(
    _ inode: Inode, _ offset: Int64, _ size: Int64, file: StaticString = #fileID,
    line: UInt = #line
  ) async -> Int32 {
    await scheduler.step(
      Operation(
        "convert_extents", [Access(inode.extentsObject, .write)], file: file, line: line))
    let fails = configuration.faults.contains(.conversion)
    let result = conversionResult ?? (fails ? Int32(KernelError.eio) : 0)
    if result >= 0 {
      convert(inode, offset, size)
      conversions += 1
    }
    note(.convertUnwrittenExtents, inode.sizeObject.number, [offset, size], result: Int64(result))
    return result
  }

  /// How many blocks of an inode are written: a look at its extents, for a task that waited for it.
  package func writtenBlocks(of inode: Inode) async -> Int {
    await scheduler.step(Operation("read_extents", [Access(inode.extentsObject, .read)]))
    return inode.extents.count { $0 == .written }
  }

  /// `mutex_init`, of the hashed mutexes one after the other.
  ///
  /// - Returns: the number of the one that was made ready; -1 where all are.
  @discardableResult
  package func nextMutexInit() -> Int64 {
    guard mutexInits < aioMutexes.count else { return -1 }
    let number = Int64(aioMutexes[mutexInits].object.number)
    mutexInits += 1
    note(.mutexInit, -1, result: number)
    return number
  }

  /// `init_waitqueue_head`, of the hashed wait queues one after the other.
  ///
  /// - Returns: the number of the one that was made ready; -1 where all are.
  @discardableResult
  package func nextWaitqueueInit() -> Int64 {
    guard waitqueueInits < ioendQueues.count else { return -1 }
    let number = Int64(ioendQueues[waitqueueInits].object.number)
    waitqueueInits += 1
    note(.initWaitqueueHead, -1, result: number)
    return number
  }
}
