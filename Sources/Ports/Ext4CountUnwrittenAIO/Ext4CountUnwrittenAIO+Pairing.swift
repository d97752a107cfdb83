// SPDX-License-Identifier: GPL-2.0-only

internal import KernelModel

extension PatchPort {
  /// The ports of "ext4: count the unwritten extents that asynchronous writes leave".
  static let ext4CountUnwrittenAIO = PatchPort(
    patch: "ext4-count-unwritten-aio",
    title: "ext4: count the unwritten extents that asynchronous writes leave",
    sources: "Sources/Ports/Ext4CountUnwrittenAIO",
    functions: [
      PortedFunction(
        "ext4_set_io_unwritten", in: pageIO, .before, port: "Ext4PageIOBefore.ext4SetIOUnwritten",
        values: setValues(Ext4PageIOBefore.ext4SetIOUnwritten)),
      PortedFunction(
        "ext4_set_io_unwritten", in: pageIO, .after, port: "Ext4PageIOAfter.ext4SetIOUnwritten",
        values: setValues(Ext4PageIOAfter.ext4SetIOUnwritten)),
      PortedFunction(
        "ext4_end_io_nolock", in: pageIO, .before, port: "Ext4PageIOBefore.ext4EndIONolock",
        values: endValues([], Ext4PageIOBefore.ext4EndIONolock)),
      PortedFunction(
        "ext4_end_io_nolock", in: pageIO, .after, port: "Ext4PageIOAfter.ext4EndIONolock",
        values: endValues(initFunctions, Ext4PageIOAfter.ext4EndIONolock)),
      PortedFunction(
        "ext4_ioend_wq", in: superC, .after, port: "Ext4SuperAfter.ext4IOEndWQ",
        values: addressValues { Ext4SuperAfter.ext4IOEndWQ($0, $1).object.number }),
      PortedFunction(
        "ext4_aio_mutex", in: superC, .after, port: "Ext4SuperAfter.ext4AIOMutex",
        values: addressValues { Ext4SuperAfter.ext4AIOMutex($0, $1).object.number }),
      PortedFunction(
        "ext4_init_aio_hashes", in: superC, .after, port: "Ext4SuperAfter.ext4InitAIOHashes",
        values: ValueDomain([]) { kernel, _ in
          .init([]) {
            Ext4SuperAfter.ext4InitAIOHashes(kernel)
            return 0
          }
        }),
    ],
    scenarios: ConversionScenario.all)

  private static let pageIO = "fs/ext4/page-io.c"
  private static let superC = "fs/ext4/super.c"
  private static let initFunctions = ["ext4_init_aio_hashes"]

  private static let inodeNumber = ValueDomain.Parameter(
    "i_ino", edges: [12, 0, 1 << 31, 1 << 32, .max, -1], range: .min...(.max))

  private static func inode(
    _ kernel: Kernel, _ counter: Int64, address: Int64 = 0x1000, number: Int64 = 12
  ) -> Inode {
    let inode = Inode(
      kernel, number: UInt(bitPattern: Int(number)), address: UInt(bitPattern: Int(address)),
      superBlock: SuperBlock(blocksize: 4096), size: 1 << 20, blocks: 0, state: .unwritten)
    inode.aiodioUnwritten.value = Int32(truncatingIfNeeded: counter)
    return inode
  }

  private static let flag = ValueDomain.Parameter("flag", edges: [0, 1, 2, 3], range: 0...0xFFFF)

  private typealias SetFunction = @Sendable (Kernel, Inode, IOEnd) async -> Void

  private static func setValues(_ function: @escaping SetFunction) -> ValueDomain {
    ValueDomain([
      flag, .init("another inode", edges: [0, 1]),
      .init("i_aiodio_unwritten", edges: [0, 1, -1], range: -5...5), inodeNumber,
    ]) { kernel, values in
      let own = inode(kernel, values[2], number: values[3])
      let given = values[1] == 0 ? own : inode(kernel, 0)
      let io = IOEnd(kernel, own, nil, offset: 0, size: 4096, label: 1)
      io.flag = UInt32(truncatingIfNeeded: values[0])
      return .init([.inode(given), .ioEnd(io)]) {
        await function(kernel, given, io)
        return 0
      }
    }
  }

  private typealias EndFunction = @Sendable (Kernel, IOEnd) async -> Int32

  private static func endValues(
    _ preparations: [String], _ function: @escaping EndFunction
  ) -> ValueDomain {
    var domain = ValueDomain([
      flag, .init("has an iocb", edges: [1, 0]),
      .init("result of the conversion", edges: [0, 1] + (1...133).map { -$0 }, range: -600...600),
      .init("i_aiodio_unwritten", edges: [1, 2, 0], range: -5...5),
      .init("a task waits", edges: [0, 1]),
      .init("offset", edges: [0, 4096, 1 << 32], range: 0...(1 << 40)),
      .init("size", edges: [4096, 512, 0], range: 0...(1 << 30)),
      .init("result", edges: [4096, 0, -5], range: -100...100_000),
      .init("address", edges: [0x1000], range: 0x1000...0x2000), inodeNumber,
    ]) { kernel, values in
      let inode = inode(kernel, values[3], address: values[8], number: values[9])
      let iocb = Kiocb(kernel, File(kernel, inode), isSync: false, writer: 1)
      let io = IOEnd(
        kernel, inode, values[1] == 0 ? nil : iocb, offset: values[5], size: values[6], label: 1)
      io.flag = UInt32(truncatingIfNeeded: values[0])
      io.result = values[7]
      kernel.conversionResult = Int32(truncatingIfNeeded: values[2])
      if values[4] != 0 { kernel.addWaiter(kernel.ext4IOEndWQ(inode)) }
      return .init([.ioEnd(io)]) { Int64(await function(kernel, io)) }
    }
    domain.preparations = preparations
    return domain
  }

  private static func addressValues(
    _ function: @escaping @Sendable (Kernel, Inode) -> Int
  ) -> ValueDomain {
    var domain = ValueDomain([.init("address", edges: [0x1000], range: 0...(1 << 47))]) {
      kernel, values in
      let inode = inode(kernel, 0, address: values[0])
      return .init([.inode(inode)]) { Int64(function(kernel, inode)) }
    }
    domain.preparations = initFunctions
    return domain
  }
}
