// SPDX-License-Identifier: GPL-2.0-only

package import Interleave

/// The errors that the model returns, as the kernel numbers them.
package enum KernelError {
  /// EIO.
  package static let eio: Int64 = -5
  /// EAGAIN.
  package static let eagain: Int64 = -11
  /// EINVAL.
  package static let einval: Int64 = -22
  /// ENOTBLK: direct IO cannot do it, and the page cache can.
  package static let enotblk: Int64 = -15
  /// EFBIG.
  package static let efbig: Int64 = -27
  /// EIOCBQUEUED: the AIO is on its way.
  package static let eiocbqueued: Int64 = -529
}

/// The bytes of a sector; the model has only their owner.
package enum SectorContent: Sendable, Hashable {
  /// What was there when the block was free.
  case stale
  /// Zeros.
  case zero
  /// The data of a writer, by its number.
  case data(Int)

  /// A number for each content.
  package var code: Int {
    switch self {
    case .stale: -1
    case .zero: 0
    case .data(let writer): writer
    }
  }
}

/// `struct super_block`, with what ext4_sb_info adds.
package struct SuperBlock: Sendable, Hashable {
  /// `s_id`.
  package var id: String
  /// `s_blocksize`, in bytes.
  package var blocksize: UInt
  /// `s_bitmap_maxbytes`, in bytes.
  package var bitmapMaxbytes: Int64

  /// Makes one.
  package init(id: String = "sda1", blocksize: UInt = 4096, bitmapMaxbytes: Int64 = 1 << 42) {
    self.id = id
    self.blocksize = blocksize
    self.bitmapMaxbytes = bitmapMaxbytes
  }
}

/// What a block of a file is.
package enum ExtentState: Int, Sendable, Hashable {
  /// Not allocated.
  case hole
  /// Allocated and not written: reads as zeros.
  case unwritten
  /// Allocated and written.
  case written
}

/// `struct inode`, with what ext4_inode_info adds.
package final class Inode: @unchecked Sendable {
  // One thread, as with the kernel.

  /// `i_ino`.
  package let number: UInt
  /// Its address: what the hashed arrays go by.
  package let address: UInt
  /// `i_sb`.
  package let superBlock: SuperBlock
  /// Whether it has EXT4_INODE_EXTENTS.
  package let hasExtents: Bool
  /// `i_size`, in bytes.
  package internal(set) var size: Int64
  /// `i_mutex`.
  package let mutex: KernelMutex
  /// `i_aiodio_unwritten`.
  package let aiodioUnwritten: KernelAtomic
  /// `i_size` as tasks see it; its number is the inode's.
  package let sizeObject: SharedObject
  /// `i_rwsem`, which newer kernels have instead of `i_mutex`.
  package let rwsem: KernelRWSem
  /// `i_dio_count`: direct IO in flight.
  package let dioCount: KernelAtomic
  /// `i_disksize`, in bytes: the size that the disk has.
  package internal(set) var diskSize: Int64
  /// `i_disksize` as tasks see it.
  package let diskSizeObject: SharedObject
  /// Whether S_NOSEC is set: a write has no security attributes to remove.
  package var isNoSec = true
  /// `i_blkbits`.
  package var blockBits: UInt32 { UInt32(superBlock.blocksize.trailingZeroBitCount) }
  let sectorObjects: [SharedObject]
  let extentsObject: SharedObject
  /// The blocks; changed under i_mutex alone.
  package internal(set) var extents: [ExtentState]
  /// What is on the disk, sector by sector.
  package internal(set) var sectors: [SectorContent]
  /// What buffered writes left in the page cache, by sector: all sectors of a block, or none.
  var cached: [Int: SectorContent] = [:]

  /// The size of a sector, in bytes.
  package static let sector: Int64 = 512

  /// Makes an inode whose blocks are all in one state.
  package convenience init(
    _ kernel: Kernel, number: UInt, address: UInt, superBlock: SuperBlock, hasExtents: Bool = true,
    size: Int64, blocks: Int, state: ExtentState
  ) {
    self.init(
      kernel, number: number, address: address, superBlock: superBlock, hasExtents: hasExtents,
      size: size, states: Array(repeating: state, count: blocks))
  }

  /// Makes an inode with a state for each of its blocks.
  package init(
    _ kernel: Kernel, number: UInt, address: UInt, superBlock: SuperBlock, hasExtents: Bool = true,
    size: Int64, states: [ExtentState]
  ) {
    self.number = number
    self.address = address
    self.superBlock = superBlock
    self.hasExtents = hasExtents
    self.size = size
    let scheduler = kernel.scheduler
    mutex = KernelMutex(scheduler.object("i_mutex", Int(bitPattern: number)))
    aiodioUnwritten = KernelAtomic(scheduler.object("i_aiodio_unwritten", Int(bitPattern: number)))
    sizeObject = scheduler.object("i_size", Int(bitPattern: number))
    let each = Int(Int64(superBlock.blocksize) / Self.sector)
    let count = states.count * each
    sectorObjects = (0..<count).map { scheduler.object("sector", Int(bitPattern: number), $0) }
    extentsObject = scheduler.object("extents", Int(bitPattern: number))
    rwsem = KernelRWSem(scheduler.object("i_rwsem", Int(bitPattern: number)))
    dioCount = KernelAtomic(scheduler.object("i_dio_count", Int(bitPattern: number)))
    diskSize = size
    diskSizeObject = scheduler.object("i_disksize", Int(bitPattern: number))
    extents = states
    sectors = states.flatMap {
      Array(repeating: $0 == .written ? .zero : .stale, count: each)
    }
    kernel.inodes.append(self)
  }

  /// What a reader gets, sector by sector: what is not written reads as zeros.
  package var readBack: [SectorContent] {
    let each = Int(Int64(superBlock.blocksize) / Self.sector)
    return sectors.indices.map {
      cached[$0] ?? (extents[$0 / each] == .written ? sectors[$0] : .zero)
    }
  }

  /// The sectors of a block.
  func sectors(of block: Int) -> Range<Int> {
    let each = Int(Int64(superBlock.blocksize) / Self.sector)
    return block * each..<(block + 1) * each
  }

  var fingerprint: Fingerprint {
    var print = Fingerprint()
    print.add(Int(size))
    print.add(mutex.owner?.number ?? -1)
    print.add(Int(aiodioUnwritten.value))
    print.add(rwsem.fingerprint)
    print.add(Int(dioCount.value))
    print.add(Int(diskSize))
    for extent in extents { print.add(extent.rawValue) }
    for sector in sectors { print.add(sector.code) }
    for sector in cached.keys.sorted() {
      print.add(sector)
      print.add(cached[sector]?.code ?? 0)
    }
    return print
  }
}

/// `struct file`: what its flags say, which fcntl may change at any time.
package final class File: @unchecked Sendable {
  // One thread, as with the kernel.

  /// The inode.
  package let inode: Inode
  /// `f_flags` as tasks see it; its number is the file's.
  package let flagsObject: SharedObject
  /// Whether O_DIRECT is set now.
  package internal(set) var isDirect: Bool
  /// Whether it is open for appending.
  package let isAppend: Bool

  /// Opens an inode.
  package init(_ kernel: Kernel, _ inode: Inode, isDirect: Bool = true, isAppend: Bool = false) {
    self.inode = inode
    self.isDirect = isDirect
    self.isAppend = isAppend
    flagsObject = kernel.scheduler.object("f_flags", Int(bitPattern: inode.number))
  }
}

/// `struct kiocb`: one I/O that was asked for.
package final class Kiocb: @unchecked Sendable {
  // One thread, as with the kernel.

  /// `ki_filp`.
  package let file: File
  /// Whether `ki_key` is KIOCB_SYNC_KEY.
  package let isSync: Bool
  /// The writer's number: whose data it is.
  package let writer: Int
  /// The arguments of aio_complete; nil if it was not called.
  package internal(set) var completion: Int64?
  /// What the disk said: 0, or an error.
  var error: Int64 = 0
  /// `ki_pos`, in bytes: where it writes, and then where it ended.
  ///
  /// The functions of 2.6.38 are given the position as an argument.
  package var position: Int64 = 0
  /// Whether IOCB_NOWAIT is set.
  package var isNoWait = false
  /// Where the write began, once that was decided; nil before.
  package var start: Int64?

  /// The request as tasks see it.
  package let object: SharedObject

  /// Makes one.
  package init(_ kernel: Kernel, _ file: File, isSync: Bool, writer: Int) {
    self.file = file
    self.isSync = isSync
    self.writer = writer
    object = kernel.scheduler.object("kiocb", writer)
  }
}

/// `struct iovec []`: lengths in bytes; iov_shorten changes them in place.
package final class IOVector: @unchecked Sendable {
  // One thread, as with the kernel.

  /// The lengths, `size_t`.
  package var lengths: [UInt64]

  /// Makes one.
  package init(_ lengths: [UInt64]) { self.lengths = lengths }
}

/// `iov_length` of include/linux/uio.h: the sum of the lengths, unchecked.
package func iovLength(_ iov: IOVector, _ segments: UInt) -> UInt64 {
  iov.lengths.prefix(Int(segments)).reduce(0, &+)
}

/// `iov_shorten` of fs/read_write.c: cuts the segments to `to` bytes in place.
///
/// - Returns: how many segments are left.
package func iovShorten(_ iov: IOVector, _ segments: UInt, _ to: UInt64) -> UInt {
  var length: UInt64 = 0
  var segment: UInt = 0
  while segment < segments {
    let own = iov.lengths[Int(segment)]
    segment += 1
    if length &+ own >= to {
      iov.lengths[Int(segment) - 1] = to &- length
      break
    }
    length &+= own
  }
  return segment
}

extension Kernel {
  /// `aio_complete`.
  package func aioComplete(
    _ iocb: Kiocb, _ result: Int64, _ second: Int64 = 0, file: StaticString = #fileID,
    line: UInt = #line
  ) async {
    await scheduler.step(
      Operation("aio_complete", [Access(iocb.object, .write)], file: file, line: line))
    iocb.completion = result
    note(.aioComplete, iocb.object.number, [result, second])
  }

  /// `io_getevents`, for one AIO: waits until it is complete.
  package func ioGetevents(_ iocb: Kiocb) async {
    await scheduler.step(
      Operation(
        "io_getevents", [Access(iocb.object, .read)], isEnabled: { iocb.completion != nil }))
  }

  /// A raw look at `i_size`, under no lock.
  package func iSize(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async -> Int64 {
    await scheduler.step(
      Operation("i_size", [Access(inode.sizeObject, .read)], file: file, line: line))
    scheduler.observe(Int(inode.size))
    note(.iSize, inode.sizeObject.number, result: inode.size)
    return inode.size
  }

  func setSize(_ inode: Inode, _ size: Int64) async {
    await scheduler.step(Operation("i_size_write", [Access(inode.sizeObject, .set(Int(size)))]))
    inode.size = size
  }

  /// A look at `f_flags & O_DIRECT`.
  package func isDirect(
    _ opened: File, file: StaticString = #fileID, line: UInt = #line
  ) async -> Bool {
    await scheduler.step(
      Operation("f_flags", [Access(opened.flagsObject, .read)], file: file, line: line))
    scheduler.observe(opened.isDirect ? 1 : 0)
    note(.fFlags, opened.flagsObject.number, result: opened.isDirect ? 1 : 0)
    return opened.isDirect
  }

  /// fcntl(F_SETFL): switches O_DIRECT.
  package func setDirect(_ file: File, _ isDirect: Bool) async {
    await scheduler.step(Operation("fcntl", [Access(file.flagsObject, .set(isDirect ? 1 : 0))]))
    file.isDirect = isDirect
  }

  /// `ext4_aio_mutex(inode)`.
  package func ext4AIOMutex(_ inode: Inode) -> KernelMutex {
    aioMutexes[Int(inode.address % UInt(aioMutexes.count))]
  }

  /// `ext4_ioend_wq(inode)`.
  package func ext4IOEndWQ(_ inode: Inode) -> WaitQueue {
    ioendQueues[Int(inode.address % UInt(ioendQueues.count))]
  }
}

extension Inode {
  /// Makes the blocks of a range unwritten, as those are that a preallocated file has next.
  package func makeUnwritten(at pos: Int64, _ count: UInt64) {
    let size = Int64(superBlock.blocksize)
    let range = Int(pos / size)..<Int((pos + Int64(count) + size - 1) / size)
    for block in range.clamped(to: extents.indices) { extents[block] = .unwritten }
  }
}

extension Kernel {
  /// The held locks, with the task that has each.
  package func heldLocks(_ inodes: [Inode]) -> [String] {
    let mutexes = (aioMutexes + inodes.map(\.mutex)).compactMap { mutex in
      mutex.owner.map { "\(mutex.object.name)=\($0)" }
    }
    return mutexes
      + inodes.map(\.rwsem).flatMap { lock in
        (lock.owner.map { ["\(lock.object.name)=\($0)"] } ?? [])
          + lock.readers.map { "\(lock.object.name)=\($0), shared" }
      }
  }
}
