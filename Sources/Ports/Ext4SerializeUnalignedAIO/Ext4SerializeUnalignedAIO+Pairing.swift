// SPDX-License-Identifier: GPL-2.0-only

internal import KernelModel

extension PatchPort {
  /// The ports of "ext4: serialize unaligned asynchronous DIO".
  static let ext4SerializeUnalignedAIO = PatchPort(
    patch: "ext4-serialize-unaligned-aio", title: "ext4: serialize unaligned asynchronous DIO",
    sources: "Sources/Ports/Ext4SerializeUnalignedAIO",
    functions: [
      PortedFunction(
        "ext4_aiodio_wait", in: file, .after, port: "Ext4FileAfter.ext4AIODIOWait",
        values: waitValues),
      PortedFunction(
        "ext4_unaligned_aio", in: file, .after, port: "Ext4FileAfter.ext4UnalignedAIO",
        values: unalignedValues),
      PortedFunction(
        "ext4_file_write", in: file, .after, port: "Ext4FileAfter.ext4FileWrite",
        values: writeValues(Ext4FileAfter.ext4FileWrite)),
      PortedFunction(
        "ext4_file_write", in: file, .before, port: "Ext4FileBefore.ext4FileWrite",
        values: writeValues(Ext4FileBefore.ext4FileWrite)),
    ],
    scenarios: ScenarioCatalogue.all,
    variants: Ext4Variant.allCases.map { .init(name: $0.rawValue, summary: $0.summary) },
    throughput: .unalignedPartition)

  private static let file = "fs/ext4/file.c"

  /// Sizes of blocks, with the ones that no file system has: 0 and those that a signed int cannot hold.
  private static let blocksizes = ValueDomain.Parameter(
    "s_blocksize", edges: [4096, 1024, 2048, 512, 65536, 1, 0, 1 << 31, (1 << 31) + 1, 1 << 32])

  private static let size = ValueDomain.Parameter(
    "i_size", edges: [0, 4096, 8192, 8704, 1 << 31, 1 << 32, 1 << 42, .max], range: 0...(.max))

  private static let pos = ValueDomain.Parameter(
    "pos", edges: [0, 512, 4095, 4096, 4097, 1 << 31, 1 << 32, 1 << 42, .max],
    range: 0...(.max))

  private static func length(_ name: String) -> ValueDomain.Parameter {
    ValueDomain.Parameter(
      name, edges: [512, 0, 1, 4095, 4096, 4097, 1 << 31, 1 << 32, (1 << 32) + 4096, .max, -1],
      range: .min...(.max))
  }

  private static let inodeNumber = ValueDomain.Parameter(
    "i_ino", edges: [12, 0, 1 << 31, 1 << 32, .max, -1], range: .min...(.max))

  /// Names of tasks, of which the longest fills the field.
  private static let comms = ["writer 1", "kworker/u16:3-x", "", "%s%n", "a"]

  /// One of the numbers around another one.
  private static func near(
    _ value: Int64, _ random: inout any RandomNumberGenerator
  ) -> Int64 {
    value &+ Int64.random(in: -1...1, using: &random)
  }

  private static func inode(
    _ kernel: Kernel, blocksize: Int64, size: Int64, hasExtents: Bool = true,
    bitmapMaxbytes: Int64 = 1 << 42, address: Int64 = 0x1000, number: Int64 = 12
  ) -> Inode {
    Inode(
      kernel, number: UInt(bitPattern: Int(number)), address: UInt(bitPattern: Int(address)),
      superBlock: SuperBlock(
        blocksize: UInt(bitPattern: Int(blocksize)), bitmapMaxbytes: bitmapMaxbytes),
      hasExtents: hasExtents, size: size, blocks: 0, state: .written)
  }

  private static let waitValues = ValueDomain([
    .init("i_aiodio_unwritten", edges: [0, 1, -1], range: -3...3),
    .init("address", edges: [0x1000], range: 0x1000...0x2000), inodeNumber,
  ]) { kernel, values in
    let inode = inode(
      kernel, blocksize: 4096, size: 0, address: values[1], number: values[2])
    inode.aiodioUnwritten.value = Int32(truncatingIfNeeded: values[0])
    return .init([.inode(inode)]) {
      await Ext4FileAfter.ext4AIODIOWait(kernel, inode)
      return 0
    }
  }

  private static let unalignedValues = ValueDomain(
    [
      blocksizes, size, pos, .init("nr_segs", edges: [1, 0, 2, 3]),
      length("length 1"), length("length 2"), length("length 3"), inodeNumber,
    ],
    relate: { values, random in
      switch Int.random(in: 0..<6, using: &random) {
      case 0: values[2] = max(0, near(values[1], &random))
      case 1 where values[0] > 0:
        // The end on a block's end, or next to it.
        let end = (values[2] &+ values[4]) & ~(values[0] &- 1)
        values[3] = 1
        values[4] = near(end &- values[2], &random)
      case 2 where values[0] > 0:
        values[2] = max(0, near(values[2] & ~(values[0] &- 1), &random))
      default: break
      }
    }
  ) { kernel, values in
    let inode = inode(kernel, blocksize: values[0], size: values[1], number: values[7])
    let iov = IOVector(values[4...6].map { UInt64(bitPattern: $0) })
    let segments = UInt(values[3])
    return .init([
      .inode(inode), .iovec(iov), .integer(values[3]), .integer(values[2]),
    ]) {
      Int64(await Ext4FileAfter.ext4UnalignedAIO(kernel, inode, iov, segments, values[2]))
    }
  }

  private typealias Write =
    @Sendable (Kernel, Kiocb, IOVector, UInt, Int64) async -> Int64

  private static func writeValues(_ function: @escaping Write) -> ValueDomain {
    ValueDomain(
      [
        blocksizes, size, pos, .init("nr_segs", edges: [1, 0, 2, 3]),
        length("length 1"), length("length 2"), length("length 3"),
        .init("has extents", edges: [1, 0]), .init("O_DIRECT", edges: [1, 0]),
        .init("is_sync_kiocb", edges: [0, 1]),
        .init("s_bitmap_maxbytes", edges: [1 << 42, 4096, 0, 1 << 32], range: 0...(.max)),
        .init(
          "result of generic_file_aio_write",
          edges: [512, -529, -5, 1 << 31, 1 << 32, (1 << 32) + 4096, 0] + ValueDomain.errnos,
          range: .min...(.max)),
        .init("jiffies", edges: [1, 0, -1, 21_600_250], range: .min...(.max)),
        .init("unaligned_warn_time", edges: [0, 1, -1], range: .min...(.max)),
        .init("i_aiodio_unwritten", edges: [0, 0, 0, 1]),
        .init("another task has the mutex", edges: [0, 0, 0, 1]),
        .init("address", edges: [0x1000], range: 0x1000...0x2000),
        .init("O_APPEND", edges: [0, 1]), inodeNumber,
        .init("current->comm", edges: Array(0..<Int64(comms.count))),
      ],
      relate: { values, random in
        switch Int.random(in: 0..<6, using: &random) {
        case 0: values[2] = max(0, near(values[1], &random))
        case 1: values[2] = max(0, near(values[10], &random))
        case 2:
          // The end where a bitmap file may end.
          values[3] = 1
          values[4] = near(values[10] &- values[2], &random)
        case 3 where values[0] > 0: values[2] = max(0, values[2] & ~(values[0] &- 1))
        default: break
        }
      }
    ) { kernel, values in
      let inode = inode(
        kernel, blocksize: values[0], size: values[1], hasExtents: values[7] != 0,
        bitmapMaxbytes: values[10], address: values[16], number: values[18])
      let file = File(kernel, inode, isDirect: values[8] != 0, isAppend: values[17] != 0)
      let iocb = Kiocb(kernel, file, isSync: values[9] != 0, writer: 1)
      let iov = IOVector(values[4...6].map { UInt64(bitPattern: $0) })
      let segments = UInt(values[3])
      kernel.genericResult = values[11]
      kernel.jiffies = UInt(bitPattern: Int(values[12]))
      kernel.unalignedWarnTime.value = UInt(bitPattern: Int(values[13]))
      inode.aiodioUnwritten.value = Int32(truncatingIfNeeded: values[14])
      kernel.comm = comms[Int(values[19])]
      if values[15] != 0 { kernel.giveAway(kernel.ext4AIOMutex(inode)) }
      return .init([
        .kiocb(iocb), .iovec(iov), .integer(values[3]), .integer(values[2]),
      ]) {
        await function(kernel, iocb, iov, segments, values[2])
      }
    }
  }
}
