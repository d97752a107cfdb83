// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// `ext4_file_write` after the patch, changed in one way: mutants that the explorer has to detect,
/// and what later commits changed.
package enum Ext4Variant: String, Sendable, Hashable, CaseIterable {
  /// Nothing is changed: the control, which has to do what the port does.
  case unchanged
  /// The wait is dropped.
  case noWait = "no-wait"
  /// The mutex is dropped.
  case noMutex = "no-mutex"
  /// The wait comes before the mutex.
  case waitThenLock = "wait-then-lock"
  /// The wait is under i_mutex, where ext4_ext_direct_IO is: "won't work", as the commit says.
  case waitUnderIMutex = "wait-under-i-mutex"
  /// `pos > i_size` for `pos >= i_size`.
  case greaterSize = "greater-size"
  /// Only the start is looked at, not the end.
  case startOnly = "start-only"
  /// The mutex is given back before the write.
  case unlockEarly = "unlock-early"
  /// 372a03e01853: the test is `pos >= ALIGN(i_size, blocksize)`.
  case alignedSize = "372a03e01853"
  /// A second wait after the write, as one might try against overlapping aligned AIO.
  case waitAfter = "wait-after"
  /// Every direct AIO takes the mutex and waits, an aligned one too: not a commit.
  case everyAIOWaits = "every-aio-waits"
  /// e142d05263a4: the test and the wait are under the inode's lock, which conversions no longer take, and
  /// there is no hashed mutex.
  case waitUnderInodeLock = "e142d05263a4"
  /// 57a0da28ced8: like that, with 372a03e01853's test, and with a second wait right after the submission.
  case waitTwiceUnderInodeLock = "57a0da28ced8"
  /// a41537e69b4a: O_DIRECT is read once, and what was read is what is done.
  case directOnce = "a41537e69b4a"
  /// As f5ccfe1ddbaf does: an appending write, whose position is not known yet, is serialized.
  case appendSerialised = "f5ccfe1ddbaf"

  /// What it is, as one sentence without a full stop.
  package var summary: String {
    switch self {
    case .unchanged: "nothing is changed: the control for the others"
    case .noWait: "mutant: without ext4_aiodio_wait"
    case .noMutex: "mutant: without the hashed mutex"
    case .waitThenLock: "mutant: waits before it takes the mutex"
    case .waitUnderIMutex: "mutant: waits under i_mutex"
    case .greaterSize: "mutant: pos > i_size for pos >= i_size"
    case .startOnly: "mutant: checks only the start"
    case .unlockEarly: "mutant: releases the mutex before the write"
    case .alignedSize: "later fix 372a03e01853: pos >= ALIGN(i_size, blocksize)"
    case .waitAfter: "a second wait after generic_file_aio_write"
    case .directOnce: "later fix a41537e69b4a, of a BUG: O_DIRECT is read once"
    case .appendSerialised: "later fix f5ccfe1ddbaf, in spirit: appending AIO is serialized"
    case .everyAIOWaits: "every direct AIO waits for unwritten ones, an aligned one too"
    case .waitUnderInodeLock: "later fix e142d05263a4: tests and waits under the inode's lock"
    case .waitTwiceUnderInodeLock:
      "later fix 57a0da28ced8: waits after the submission too, under the inode's lock"
    }
  }

  /// Whether everything is under the inode's lock.
  private var isUnderInodeLock: Bool {
    self == .waitUnderInodeLock || self == .waitTwiceUnderInodeLock
  }

  /// The kernel that a variant belongs to.
  func configure(_ configuration: inout KernelConfiguration) {
    guard isUnderInodeLock else { return }
    configuration.convertsUnderIMutex = false
    configuration.sharesExtents = true
  }

  /// The function.
  package func fileWrite(
    _ kernel: Kernel, _ iocb: Kiocb, _ iov: IOVector, _ nrSegs: UInt, _ pos: Int64
  ) async -> Int64 {
    let inode = iocb.file.inode
    if isUnderInodeLock {
      return await writeUnderInodeLock(kernel, iocb, iov, nrSegs, pos)
    }
    var unaligned = false
    let isDirect = await kernel.isDirect(iocb.file)
    let isDirectAIO = isDirect && !iocb.isSync
    if isDirectAIO { unaligned = await isUnaligned(kernel, inode, iov, nrSegs, pos) }
    if isDirectAIO, self == .appendSerialised, iocb.file.isAppend { unaligned = true }
    let takesMutex = (unaligned || self == .everyAIOWaits && isDirectAIO) && self != .noMutex
    let waits = unaligned || self == .everyAIOWaits && isDirectAIO
    let mutex = kernel.ext4AIOMutex(inode)
    if self == .waitThenLock, waits { await Ext4FileAfter.ext4AIODIOWait(kernel, inode) }
    if takesMutex { await kernel.mutexLock(mutex) }
    if waits, ![.noWait, .waitThenLock, .waitUnderIMutex].contains(self) {
      await Ext4FileAfter.ext4AIODIOWait(kernel, inode)
    }
    if takesMutex, self == .unlockEarly { await kernel.mutexUnlock(mutex) }
    let result: Int64
    if waits, self == .waitUnderIMutex {
      await kernel.mutexLock(inode.mutex)
      await Ext4FileAfter.ext4AIODIOWait(kernel, inode)
      result = await kernel.genericFileAIOWriteLocked(iocb, iov, nrSegs, pos)
      await kernel.mutexUnlock(inode.mutex)
    } else {
      result = await kernel.genericFileAIOWrite(
        iocb, iov, nrSegs, pos, isDirect: self == .directOnce ? isDirect : nil)
    }
    if waits, self == .waitAfter { await Ext4FileAfter.ext4AIODIOWait(kernel, inode) }
    if takesMutex, self != .unlockEarly { await kernel.mutexUnlock(mutex) }
    return result
  }

  private func writeUnderInodeLock(
    _ kernel: Kernel, _ iocb: Kiocb, _ iov: IOVector, _ nrSegs: UInt, _ pos: Int64
  ) async -> Int64 {
    let inode = iocb.file.inode
    await kernel.mutexLock(inode.mutex)
    let isDirect = await kernel.isDirect(iocb.file)
    // ext4_write_checks resolves O_APPEND first.
    let start = iocb.file.isAppend ? await kernel.iSize(inode) : pos
    var unaligned = false
    if isDirect, !iocb.isSync {
      unaligned = await isUnaligned(kernel, inode, iov, nrSegs, start)
    }
    if unaligned { await Ext4FileAfter.ext4AIODIOWait(kernel, inode) }
    let result = await kernel.genericFileAIOWriteLocked(
      iocb, iov, nrSegs, pos, isDirect: isDirect)
    if unaligned, self == .waitTwiceUnderInodeLock, result == KernelError.eiocbqueued {
      await Ext4FileAfter.ext4AIODIOWait(kernel, inode)
    }
    await kernel.mutexUnlock(inode.mutex)
    return result
  }

  private func isUnaligned(
    _ kernel: Kernel, _ inode: Inode, _ iov: IOVector, _ nrSegs: UInt, _ pos: Int64
  ) async -> Bool {
    let block = Int64(inode.superBlock.blocksize)
    let end = pos &+ Int64(truncatingIfNeeded: iovLength(iov, nrSegs))
    let size = await kernel.iSize(inode)
    switch self {
    case .greaterSize: if pos > size { return false }
    case .alignedSize, .waitTwiceUnderInodeLock:
      if pos >= (size + block - 1) / block * block { return false }
    default: if pos >= size { return false }
    }
    return pos % block != 0 || self != .startOnly && end % block != 0
  }
}

extension PortVersion {
  /// ext4_file_write as the patch leaves it, with one change.
  package static func variant(_ variant: Ext4Variant) -> PortVersion { .variant(variant.rawValue) }
}
