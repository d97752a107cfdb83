// SPDX-License-Identifier: GPL-2.0-only

internal import KernelModel

extension PatchPort {
  /// The ports of "ext4: let unaligned direct IO run at the same time".
  static let ext4UnserializeUnalignedDIO = PatchPort(
    patch: "ext4-unserialize-unaligned-dio",
    title: "ext4: let unaligned direct IO run at the same time",
    sources: "Sources/Ports/Ext4UnserializeUnalignedDIO",
    functions: [
      PortedFunction(
        "ext4_dio_write_iter", in: file, .before, port: "Ext4DIOBefore.ext4DIOWriteIter",
        values: writeValues(Ext4DIOBefore.ext4DIOWriteIter)),
      PortedFunction(
        "ext4_dio_write_iter", in: file, .after, port: "Ext4DIOAfter.ext4DIOWriteIter",
        values: writeValues(Ext4DIOAfter.ext4DIOWriteIter)),
      PortedFunction(
        "ext4_dio_write_checks", in: file, .after, port: "Ext4DIO.ext4DIOWriteChecks",
        values: checkValues),
      PortedFunction(
        "ext4_overwrite_io", in: file, .after, port: "Ext4DIO.ext4OverwriteIO",
        values: overwriteValues),
      PortedFunction(
        "ext4_extending_io", in: file, .after, port: "Ext4DIO.ext4ExtendingIO",
        values: extendingValues),
      PortedFunction(
        "ext4_unaligned_io", in: file, .after, port: "Ext4DIO.ext4UnalignedIO",
        values: unalignedValues),
    ],
    scenarios: DIOScenario.all,
    variants: Ext4DIOVariant.allCases.map { .init(name: $0.rawValue, summary: $0.summary) })

  private static let file = "fs/ext4/file.c"

  private typealias Parameter = ValueDomain.Parameter

  private static let numbers = ofRequest + ofTheChecks + ofTheWrite

  /// What an inode and a request have.
  private static let ofRequest: [Parameter] = [
    Parameter("s_blocksize", edges: [4096, 1024, 2048, 512, 65536, 1, 1 << 30]),
    Parameter(
      "i_size", edges: [8192, 0, 512, 4096, 8704, 1 << 31, 1 << 32, 1 << 44, .max],
      range: 0...(.max)),
    Parameter("i_disksize", edges: [8192, 0, 512, 4096, 1 << 44, .max], range: 0...(.max)),
    Parameter(
      "ki_pos", edges: [0, 512, 4095, 4096, 4097, 7680, 1 << 31, 1 << 32, 1 << 44, .max],
      range: 0...(.max)),
    Parameter("nr_segs", edges: [1, 2, 3]),
    length("length 1"), length("length 2"), length("length 3"),
    address("address 1"), address("address 2"), address("address 3"),
    Parameter("IOCB_NOWAIT", edges: [0, 0, 1]), Parameter("O_APPEND", edges: [0, 0, 0, 1]),
    Parameter("S_NOSEC", edges: [1, 1, 0]),
    Parameter("i_ino", edges: [12, 0, 1 << 31, 1 << 32, .max, -1], range: .min...(.max)),
    Parameter("another task has i_rwsem", edges: [0, 0, 0, 0, 1, 2]),
  ]

  private static let ofTheChecks: [Parameter] = [
    answer("ext4_generic_write_checks", [512, 4096, 0, 1 << 31, 1 << 32]),
    rarely("file_modified", [0, 1]),
    answer("ext4_map_blocks", [1, 2, 0]),
    Parameter("m_flags", edges: [0x10, 0x800, 0x810, 0x30, 0], range: 0...0xFFFF_FFFF),
    Parameter("ilock_shared", edges: [1, 1, 0]), Parameter("extend", edges: [0, 0, 1]),
  ]

  private static let ofTheWrite: [Parameter] = [
    Parameter("ext4_should_use_dio", edges: [1, 1, 1, 0]),
    Parameter("i_dio_count", edges: [0, 0, 0, 0, 1]),
    Parameter("ext4_journal_start", edges: [1] + someErrnos),
    rarely("ext4_orphan_add", [0, 1]),
    answer("iomap_dio_rw", [512, 4096, -529, -15, 0, 1 << 31, 1 << 32]),
    answer("ext4_buffered_write_iter", [512, 0, 4096]),
    rarely("filemap_write_and_wait_range", [0, 1]),
  ]

  private static func length(_ name: String) -> ValueDomain.Parameter {
    .init(
      name, edges: [512, 0, 1, 4095, 4096, 4097, 8192, 1 << 31, 1 << 32, .max, -1],
      range: .min...(.max))
  }

  private static func address(_ name: String) -> ValueDomain.Parameter {
    .init(name, edges: [65536, 0, 1, 512, 4096, 1023], range: 0...(1 << 47))
  }

  private static func answer(_ name: String, _ edges: [Int64]) -> ValueDomain.Parameter {
    .init("result of \(name)", edges: edges + ValueDomain.errnos, range: .min...(.max))
  }

  /// A result whose errors are all treated alike.
  private static func rarely(_ name: String, _ edges: [Int64]) -> ValueDomain.Parameter {
    .init("result of \(name)", edges: edges + someErrnos, range: .min...(.max))
  }

  /// EIO, EAGAIN, ENOMEM, ENOTBLK, EINVAL, EFBIG, ENOSPC, EROFS, EOPNOTSUPP and EIOCBQUEUED.
  private static let someErrnos: [Int64] = [-5, -11, -12, -15, -22, -27, -28, -30, -95, -529]

  /// The objects of a case.
  private struct Objects {
    let inode: Inode
    let iocb: Kiocb
    let from: IOVIter

    init(_ kernel: Kernel, _ values: [Int64]) {
      inode = Inode(
        kernel, number: UInt(bitPattern: Int(values[14])), address: 0x1000,
        superBlock: SuperBlock(blocksize: UInt(values[0])), size: values[1], states: [])
      kernel.setDiskSize(inode, values[2])
      inode.isNoSec = values[13] != 0
      if values[15] != 0 { kernel.giveAway(inode, values[15] == 1 ? .shared : .exclusive) }
      iocb = Kiocb(
        kernel, File(kernel, inode, isAppend: values[12] != 0), isSync: false, writer: 1)
      iocb.position = values[3]
      iocb.isNoWait = values[11] != 0
      from = IOVIter(
        (0..<Int(values[4])).map {
          .init(
            base: UInt64(bitPattern: values[8 + $0]), length: UInt64(bitPattern: values[5 + $0]))
        })
      kernel.answers = [
        .ext4GenericWriteChecks: values[16], .fileModified: values[17],
        .ext4MapBlocks: values[18] & 0xFFFF_FFFF | values[19] << 32, .ext4ShouldUseDIO: values[22],
        .ext4JournalStart: values[24], .ext4OrphanAdd: values[25], .iomapDIORW: values[26],
        .ext4BufferedWriteIter: values[27], .filemapWriteAndWaitRange: values[28],
      ]
      inode.dioCount.value = Int32(values[23])
    }
  }

  /// Moves numbers to where they matter together.
  private static func relate(
    _ values: inout [Int64], _ random: inout any RandomNumberGenerator
  ) {
    func near(_ value: Int64) -> Int64 { value &+ Int64.random(in: -1...1, using: &random) }
    let block = values[0]
    switch Int.random(in: 0..<8, using: &random) {
    case 0: values[1] = max(0, near(values[3] &+ values[5]))
    case 1: values[2] = max(0, near(values[3] &+ values[5]))
    case 2:
      // What is checked ends at the size, or next to it.
      values[1] = max(0, near(values[3] &+ values[16]))
      values[2] = values[1]
    case 3, 4:
      // An aligned request within the file, and as many blocks as it has.
      values[1] = 1 << 44
      values[2] = 1 << 44
      values[3] = (values[3] & (1 << 40 - 1)) & ~(block - 1)
      values[4] = 1
      values[5] = block * Int64.random(in: 1...4, using: &random)
      values[8] = 1 << 20
      values[16] = values[5]
      values[18] = near(values[5] / block)
      values[15] = 0
      if Bool.random(using: &random) {
        // An overwrite, which may be one that must not wait.
        values[18] = values[5] / block
        values[19] = Int64(Ext4MapBlocks.mapped)
        values[11] = Int64.random(in: 0...1, using: &random)
        values[16] = values[5]
      }
    case 5: values[26] = near(values[5])
    default: break
    }
    // What comes late is reached only if everything before it goes well.
    for (index, good) in [(15, 0), (17, 0), (22, 1), (23, 0), (24, 1), (25, 0), (28, 0)]
    where Int.random(in: 0..<4, using: &random) != 0 {
      values[index] = Int64(good)
    }
    if Bool.random(using: &random) { values[16] = max(1, values[5]) }
    if Bool.random(using: &random) {
      values[26] = [values[5], 512, 0, -15, -529].randomElement(using: &random) ?? 0
    }
    if Bool.random(using: &random) { values[27] = 512 }
  }

  private typealias Prepare =
    @Sendable (Kernel, [Int64], Objects) -> ValueDomain.Call

  private static func domain(_ prepare: @escaping Prepare) -> ValueDomain {
    ValueDomain(numbers, relate: { relate(&$0, &$1) }) { kernel, values in
      prepare(kernel, values, Objects(kernel, values))
    }
  }

  private typealias Write = @Sendable (Kernel, Kiocb, IOVIter) async -> Int64

  private static func writeValues(_ function: @escaping Write) -> ValueDomain {
    domain { kernel, _, objects in
      .init([.kiocb(objects.iocb), .iovIter(objects.from)]) {
        await function(kernel, objects.iocb, objects.from)
      }
    }
  }

  private static let checkValues = domain { kernel, values, objects in
    let shared = FlagCell(values[20] != 0)
    let extend = FlagCell(values[21] != 0)
    // The caller holds the lock; another task may share it.
    kernel.giveAway(objects.inode, shared.value && values[15] == 1 ? .shared : nil)
    return .init([.kiocb(objects.iocb), .iovIter(objects.from), .flag(shared), .flag(extend)]) {
      let lock = objects.inode
      if shared.value { await kernel.inodeLockShared(lock) } else { await kernel.inodeLock(lock) }
      kernel.calls?.removeAll()
      return await Ext4DIO.ext4DIOWriteChecks(
        kernel, objects.iocb, objects.from, &shared.value, &extend.value)
    }
  }

  private static let overwriteValues = domain { kernel, values, objects in
    let length = values[5]
    return .init([.inode(objects.inode), .integer(values[3]), .integer(length)]) {
      await Ext4DIO.ext4OverwriteIO(kernel, objects.inode, values[3], length) ? 1 : 0
    }
  }

  private static let extendingValues = domain { kernel, values, objects in
    .init([.inode(objects.inode), .integer(values[3]), .integer(values[5])]) {
      await Ext4DIO.ext4ExtendingIO(
        kernel, objects.inode, values[3], UInt64(bitPattern: values[5])) ? 1 : 0
    }
  }

  private static let unalignedValues = domain { kernel, values, objects in
    .init([.inode(objects.inode), .iovIter(objects.from), .integer(values[3])]) {
      Ext4DIO.ext4UnalignedIO(objects.inode, objects.from, values[3]) ? 1 : 0
    }
  }
}
