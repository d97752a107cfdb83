// SPDX-License-Identifier: GPL-2.0-only

internal import KernelModel
internal import Ports

/// The definition of an object of the model for the userspace kernel: `pk_define` in kernel.c.
struct Definition: Hashable {
  var kind: Int64
  var words: [Int64]

  static func kernel(_ kernel: Kernel) -> Definition {
    Definition(
      kind: 0,
      words: [
        Int64(kernel.configuration.hz), Int64(kernel.aioMutexes.count),
        Int64(kernel.unalignedWarnTime.object.number),
        Int64(kernel.aioMutexes.first?.object.number ?? 0),
        Int64(kernel.ioendQueues.first?.object.number ?? 0),
      ])
  }
}

/// The objects that the C knows by now, each by the number that it has in the model.
struct KnownObjects {
  private var inodes: [Int: Inode] = [:]
  private var files: Set<Int> = []
  private var kiocbs: [Int: Kiocb] = [:]
  private var ioEnds: Set<Int> = []
  private var iovecs = 0
  private(set) var mutexes: [Int: KernelMutex] = [:]
  private(set) var queues: [Int: WaitQueue] = [:]
  private(set) var atomics: [Int: KernelAtomic] = [:]
  /// The inodes by the numbers of their i_rwsem.
  private(set) var locks: [Int: Inode] = [:]
  private var iovIters = 0
  private var flags = 0
  /// The visible state of iovecs and io_ends after a call, in the C's order.
  private(set) var watchedIOVectors: [IOVector] = []
  private(set) var watchedIOEnds: [IOEnd] = []
  private(set) var watchedIOVIters: [IOVIter] = []
  private(set) var watchedKiocbs: [Kiocb] = []
  private(set) var watchedFlags: [FlagCell] = []
  /// The files as the C asks for them.
  private(set) var filesByNumber: [Int: File] = [:]

  init(_ kernel: Kernel) {
    for mutex in kernel.aioMutexes { mutexes[mutex.object.number] = mutex }
    for queue in kernel.ioendQueues { queues[queue.object.number] = queue }
  }

  func inode(_ number: Int) -> Inode? { inodes[number] }
  func kiocb(_ number: Int) -> Kiocb? { kiocbs[number] }

  var state: [Int64] {
    watchedIOVectors.flatMap { $0.lengths.map { Int64(bitPattern: $0) } }
      + watchedIOEnds.map { Int64($0.flag) }
      + watchedIOVIters.map { Int64(bitPattern: $0.count) } + watchedKiocbs.map(\.position)
      + watchedFlags.map { $0.value ? 1 : 0 }
  }

  /// The word that represents an argument, with the definitions that it needs first.
  mutating func word(for argument: CallArgument, _ new: inout [Definition]) -> Int64 {
    switch argument {
    case .integer(let value): return value
    case .inode(let inode): return define(inode, &new)
    case .kiocb(let iocb): return define(iocb, &new)
    case .iovec(let iov):
      iovecs += 1
      new.append(
        Definition(
          kind: 4, words: [Int64(iovecs)] + iov.lengths.map { Int64(bitPattern: $0) }))
      watchedIOVectors.append(iov)
      return Int64(iovecs)
    case .ioEnd(let end):
      let number = end.object.number
      if ioEnds.insert(number).inserted {
        let inode = define(end.inode, &new)
        let iocb = end.iocb.map { define($0, &new) } ?? -1
        new.append(
          Definition(
            kind: 5,
            words: [
              Int64(number), inode, iocb, Int64(end.flag), end.offset, end.size, end.result,
            ]))
        watchedIOEnds.append(end)
      }
      return Int64(number)
    case .iovIter(let iter):
      iovIters += 1
      new.append(
        Definition(
          kind: 6,
          words: [Int64(iovIters)]
            + iter.segments.flatMap {
              [Int64(bitPattern: $0.base), Int64(bitPattern: $0.length)]
            }))
      watchedIOVIters.append(iter)
      return Int64(iovIters)
    case .flag(let cell):
      flags += 1
      new.append(Definition(kind: 7, words: [Int64(flags), cell.value ? 1 : 0]))
      watchedFlags.append(cell)
      return Int64(flags)
    }
  }

  private mutating func define(_ inode: Inode, _ new: inout [Definition]) -> Int64 {
    let number = inode.sizeObject.number
    if inodes[number] == nil {
      inodes[number] = inode
      mutexes[inode.mutex.object.number] = inode.mutex
      atomics[inode.aiodioUnwritten.object.number] = inode.aiodioUnwritten
      locks[inode.rwsem.object.number] = inode
      new.append(
        Definition(
          kind: 1,
          words: [
            Int64(number), Int64(bitPattern: UInt64(inode.number)),
            Int64(bitPattern: UInt64(inode.address)), inode.size,
            Int64(bitPattern: UInt64(inode.superBlock.blocksize)),
            inode.superBlock.bitmapMaxbytes, inode.hasExtents ? 1 : 0,
            Int64(inode.aiodioUnwritten.object.number), Int64(inode.mutex.object.number),
            Int64(inode.rwsem.object.number), inode.diskSize, Int64(inode.blockBits),
            inode.isNoSec ? 1 : 0,
          ]))
    }
    return Int64(number)
  }

  private mutating func define(_ iocb: Kiocb, _ new: inout [Definition]) -> Int64 {
    let number = iocb.object.number
    if kiocbs[number] == nil {
      kiocbs[number] = iocb
      let file = iocb.file
      let fileNumber = file.flagsObject.number
      if files.insert(fileNumber).inserted {
        filesByNumber[fileNumber] = file
        let inode = define(file.inode, &new)
        // O_DIRECT and O_APPEND, as kernel.h numbers them.
        let flags: Int64 = (file.isDirect ? 0o40000 : 0) | (file.isAppend ? 0o2000 : 0)
        new.append(Definition(kind: 2, words: [Int64(fileNumber), inode, flags]))
      }
      new.append(
        Definition(
          kind: 3,
          words: [
            Int64(number), Int64(fileNumber), iocb.isSync ? 1 : 0, iocb.position,
            iocb.isNoWait ? 1 : 0,
          ]))
      watchedKiocbs.append(iocb)
    }
    return Int64(number)
  }
}
