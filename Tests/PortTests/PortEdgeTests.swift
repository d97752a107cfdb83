// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import KernelModel
import Ports
import TestSupport
import Testing

/// Each ported function alone, at its edges: one task, so one order.
@Suite struct PortEdgeTests {
  /// Runs a body as the only task, and returns what it gave.
  private func alone<Result: Sendable>(
    _ configuration: KernelConfiguration = KernelConfiguration(),
    _ body: @escaping @Sendable (Kernel) async -> Result
  ) throws -> Result {
    let box = Box<Result>()
    let program = SingleTask(configuration: configuration) { kernel in
      box.value = await body(kernel)
    }
    let found = Explorer(program, limits: Limits(executions: 1, steps: 1000))
      .explore(.random(seed: 1, count: 1))
    #expect(found.witness == nil)
    return try #require(box.value)
  }

  private final class Box<Value>: @unchecked Sendable {
    // Written and read on the explorer's thread.
    var value: Value?
  }

  private struct SingleTask: Program {
    struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
      var description: String { "done" }
      static func < (a: Outcome, b: Outcome) -> Bool { false }
    }
    var configuration: KernelConfiguration
    var body: @Sendable (Kernel) async -> Void

    func start(_ scheduler: Scheduler) -> Kernel {
      let kernel = Kernel(scheduler, configuration)
      scheduler.spawn("task") { await body(kernel) }
      return kernel
    }
    func outcome(_ world: Kernel) -> Outcome { Outcome() }
    func fingerprint(_ world: Kernel) -> Fingerprint { world.fingerprint }
  }

  private static func inode(
    _ kernel: Kernel, blocksize: UInt = 4096, size: Int64, hasExtents: Bool = true,
    bitmapMaxbytes: Int64 = 1 << 42
  ) -> Inode {
    Inode(
      kernel, number: 12, address: 0x1000,
      superBlock: SuperBlock(blocksize: blocksize, bitmapMaxbytes: bitmapMaxbytes),
      hasExtents: hasExtents, size: size, blocks: 0, state: .written)
  }

  private func unaligned(
    _ lengths: [UInt64], at pos: Int64, size: Int64, blocksize: UInt = 4096
  ) throws -> Int32 {
    try alone { kernel in
      await Ext4FileAfter.ext4UnalignedAIO(
        kernel, Self.inode(kernel, blocksize: blocksize, size: size), IOVector(lengths),
        UInt(lengths.count), pos)
    }
  }

  @Test func theSizeDecidesFirst() throws {
    #expect(try unaligned([512], at: 8191, size: 8192) == 1)
    #expect(try unaligned([512], at: 8192, size: 8192) == 0)
    #expect(try unaligned([512], at: 8193, size: 8192) == 0)
    #expect(try unaligned([512], at: 0, size: 0) == 0)
  }

  @Test(arguments: [1024, 2048, 4096, 8192, 65536] as [UInt])
  func startAndEndCountAndNothingBetween(_ block: UInt) throws {
    let whole = UInt64(block)
    let size = Int64(block) * 16
    func check(_ lengths: [UInt64], _ pos: Int64) throws -> Int32 {
      try unaligned(lengths, at: pos, size: size, blocksize: block)
    }
    #expect(try check([whole], 0) == 0)
    #expect(try check([whole], Int64(block)) == 0)
    #expect(try check([whole], 512) == 1)
    #expect(try check([whole - 512], 0) == 1)
    #expect(try check([512], Int64(block) - 512) == 1)
    // Segments that are not blocks themselves, whose sum is.
    #expect(try check([512, whole - 512], 0) == 0)
    #expect(try check([100, 200, whole - 300], Int64(block)) == 0)
    // Nothing at all, on a block and off it.
    #expect(try check([], 0) == 0)
    #expect(try check([0], 1) == 1)
  }

  @Test func aSumThatOverflowsIsTakenAsItIs() throws {
    // 2^64 in all: the sum is zero, so that the end is the start.
    let half = UInt64(1) << 63
    #expect(try unaligned([half, half], at: 0, size: 1 << 40) == 0)
    #expect(try unaligned([half, half], at: 512, size: 1 << 40) == 1)
    #expect(try unaligned([UInt64.max], at: 1, size: 1 << 40) == 1)
    // final_size wraps to below zero; its low bits still say it.
    #expect(try unaligned([UInt64(Int64.max) - 4095], at: 4096, size: 1 << 40) == 0)
  }

  private struct Written: Sendable {
    var result: Int64
    var calls: [(segments: [UInt64], pos: Int64)]
    var log: [String]
  }

  private func write(
    _ lengths: [UInt64], by function: @escaping FileWriteFunction = Ext4FileAfter.ext4FileWrite,
    at pos: Int64, size: Int64 = 1 << 30, returning generic: Int64, isSync: Bool = false,
    isDirect: Bool = true, hasExtents: Bool = true, bitmapMaxbytes: Int64 = 1 << 20,
    configuration: KernelConfiguration = KernelConfiguration()
  ) throws -> Written {
    try alone(configuration) { kernel in
      kernel.genericResult = generic
      let inode = Self.inode(
        kernel, size: size, hasExtents: hasExtents, bitmapMaxbytes: bitmapMaxbytes)
      let file = File(kernel, inode, isDirect: isDirect)
      let iocb = Kiocb(kernel, file, isSync: isSync, writer: 1)
      let result = await function(kernel, iocb, IOVector(lengths), UInt(lengths.count), pos)
      return Written(result: result, calls: kernel.genericCalls, log: kernel.log)
    }
  }

  typealias FileWriteFunction =
    @Sendable (Kernel, Kiocb, IOVector, UInt, Int64) async -> Int64

  /// `int ret` takes a ssize_t: what is past 2^31 comes back as something else.
  @Test(
    arguments: [
      (4096, 4096), (-529, -529), (-5, -5), (1 << 31, -(1 << 31)), ((1 << 32) + 4096, 4096),
      ((1 << 31) - 1, (1 << 31) - 1),
    ] as [(Int64, Int64)])
  func theResultIsAnInt(_ generic: Int64, _ expected: Int64) throws {
    #expect(try write([4096], at: 0, returning: generic).result == expected)
    // Before the patch it was handed on as it is.
    #expect(
      try write([4096], by: Ext4FileBefore.ext4FileWrite, at: 0, returning: generic).result
        == generic)
  }

  @Test func onlyUnalignedDirectAIOIsSerialised() throws {
    #expect(try write([512], at: 512, returning: 512).log.count == 1)
    #expect(try write([4096], at: 4096, returning: 4096).log.isEmpty)
    #expect(try write([512], at: 512, returning: 512, isSync: true).log.isEmpty)
    #expect(try write([512], at: 512, returning: 512, isDirect: false).log.isEmpty)
    // A file that is mapped by blocks is in the other branch and never serialised.
    #expect(try write([512], at: 512, returning: 512, hasExtents: false).log.isEmpty)
    #expect(
      try write([512], at: 512, returning: 512).log[0]
        == "EXT4-fs (sda1): Unaligned AIO/DIO on inode 12 by task; performance will be poor.")
  }

  @Test(arguments: [false, true])
  func aBitmapFileEndsAtItsLargestSize(_ isAfter: Bool) throws {
    let function: FileWriteFunction =
      isAfter ? Ext4FileAfter.ext4FileWrite : Ext4FileBefore.ext4FileWrite
    func bitmap(_ lengths: [UInt64], _ pos: Int64) throws -> Written {
      try write(
        lengths, by: function, at: pos, returning: 7, hasExtents: false, bitmapMaxbytes: 65536)
    }
    #expect(try bitmap([1], 65537).result == -27)
    #expect(try bitmap([0], 65537).result == -27)
    #expect(try bitmap([1], 65536).result == -27)
    #expect(try bitmap([0], 65536).result == 7)
    let within = try bitmap([512, 512], 64512)
    #expect(within.result == 7 && within.calls[0].segments == [512, 512])
    // Past it: cut in place, and the segments after the cut are dropped.
    let cut = try bitmap([512, 512, 512], 65536 - 600)
    #expect(cut.calls[0].segments == [512, 88] && cut.calls[0].pos == 65536 - 600)
    #expect(try bitmap([600, 512], 65536 - 600).calls[0].segments == [600])
  }

  /// 60*60*24*HZ is given as milliseconds: one day at HZ 1000, 7.2 hours at 300, six at 250, 2.4 at 100.
  @Test(
    arguments: [(1000, 24 * 3600), (300, 25_920), (250, 6 * 3600), (100, 8640)] as [(UInt, UInt)])
  func theWarningComesAgainAfter(_ hz: UInt, _ seconds: UInt) throws {
    func warns(_ ticks: UInt, from start: UInt) throws -> Bool {
      try alone(KernelConfiguration(hz: hz, jiffies: start)) { kernel in
        let interval = 60 * 60 * 24 * hz
        _ = await kernel.printkTimedRatelimit(kernel.unalignedWarnTime, interval)
        kernel.jiffies = start &+ ticks
        return await kernel.printkTimedRatelimit(kernel.unalignedWarnTime, interval)
      }
    }
    for start in [UInt(1), 300_000, UInt.max - 10, UInt.max - seconds * hz / 2] {
      #expect(try !warns(0, from: start))
      #expect(try !warns(seconds * hz, from: start))
      #expect(try warns(seconds * hz + 1, from: start))
    }
  }

  /// For an HZ that does not divide 1000 the C multiplies by constants; those of kernel/timeconst.pl for 300.
  @Test func ticksAreRoundedUpAtEveryFrequency() throws {
    func ticks(_ milliseconds: UInt32, hz: UInt) throws -> UInt {
      try alone(KernelConfiguration(hz: hz)) { $0.msecsToJiffies(milliseconds) }
    }
    func multiplied(_ milliseconds: UInt32) -> UInt {
      UInt((UInt64(milliseconds) * 0x9999_999A + 0x1_CCCC_CCCC) >> 33)
    }
    var cases: [UInt32] = [0, 1, 3, 4, 10, 11, 999, 1000, 1001, 86_400_000, UInt32(Int32.max)]
    cases += (0..<200).map { $0 * 10_737_418 + 7 }.filter { $0 <= UInt32(Int32.max) }
    for milliseconds in cases {
      #expect(try ticks(milliseconds, hz: 300) == multiplied(milliseconds))
      #expect(try ticks(milliseconds, hz: 250) == (UInt(milliseconds) + 3) / 4)
      #expect(try ticks(milliseconds, hz: 1000) == UInt(milliseconds))
    }
    // Negative as an int: forever.
    #expect(try ticks(1 << 31, hz: 250) == UInt(Int.max >> 1) - 1)
  }

  @Test func atTickZeroEveryCallWarns() throws {
    // A time of zero means "never", so that at tick zero it is never remembered.
    let warned = try alone(KernelConfiguration(jiffies: 0)) { kernel in
      var count = 0
      for _ in 0..<3 where await kernel.printkTimedRatelimit(kernel.unalignedWarnTime, 1000) {
        count += 1
      }
      return count
    }
    #expect(warned == 3)
  }

  @Test func theWaitLooksFirstAndSleepsOnlyIfItMust() throws {
    let sleeps = try alone { kernel in
      await Ext4FileAfter.ext4AIODIOWait(kernel, Self.inode(kernel, size: 0))
      return kernel.sleeps
    }
    #expect(sleeps == 0)
  }

  @Test func iovShortenStopsWhereTheSumIsReached() {
    func left(_ lengths: [UInt64], _ to: UInt64) -> UInt {
      iovShorten(IOVector(lengths), UInt(lengths.count), to)
    }
    #expect(left([100, 200], 100) == 1)
    #expect(left([100, 200], 101) == 2)
    #expect(left([100, 200], 0) == 1)
    #expect(left([], 10) == 0)
    let iov = IOVector([100, 200, 300])
    #expect(iovShorten(iov, 3, 250) == 2 && iov.lengths == [100, 150, 300])
    // It also takes what is longer than all.
    #expect(iovShorten(IOVector([100]), 1, 1000) == 1)
  }
}
