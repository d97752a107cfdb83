// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import KernelModel
import Ports
import Testing

/// The ports of the counter and its wake-ups, in every order.
@Suite struct Ext4CountUnwrittenAIOTests {
  private let limits = Limits(executions: 100_000, steps: 1000)

  @Test(arguments: ConversionScenario.all.map(\.name), PatchSide.allCases)
  func claimsHold(_ name: String, _ side: PatchSide) throws {
    let scenario = try #require(ConversionScenario.all.first { $0.name == name })
    guard let verdict = scenario.claims[side] else { return }
    let found = Explorer(scenario.make(side), limits: limits).explore(.reduced)
    #expect(found.verdict == verdict)
    #expect(found.isComplete)
    if scenario.make(side).writes > 2 { return }
    let unreduced = Explorer(scenario.make(side), limits: limits).explore(.states(preemptions: nil))
    #expect(unreduced.verdict == verdict && unreduced.outcomes == found.outcomes)
  }

  @Test func beforeTheWaiterGoesOnAtAnyTime() {
    let found = Explorer(ConversionScenario(.before), limits: limits).explore(.reduced)
    #expect(found.outcomes.map(\.description) == ["0 of 2", "1 of 2", "2 of 2"])
  }

  @Test func afterItGoesOnWhenAllIsConverted() {
    let found = Explorer(ConversionScenario(.after, writes: 3), limits: limits).explore(.reduced)
    #expect(found.outcomes.map(\.description) == ["3 of 3"])
  }

  /// Runs one task alone on a kernel that keeps its calls.
  private func alone(_ body: @escaping @Sendable (Kernel, Inode) async -> Void) -> [String] {
    final class Box: @unchecked Sendable {
      // Written while `alone` runs, on this thread.
      var lines: [String] = []
    }
    let box = Box()
    Scheduler.alone { scheduler in
      let kernel = Kernel(scheduler, KernelConfiguration())
      kernel.calls = []
      let inode = Inode(
        kernel, number: 12, address: 0x1000, superBlock: SuperBlock(), size: 0, blocks: 1,
        state: .unwritten)
      await body(kernel, inode)
      box.lines = (kernel.calls ?? []).map {
        $0.primitive.rawValue + " = \($0.result)"
      }
    }
    return box.lines
  }

  @Test func aWriteIsCountedOnce() {
    let calls = alone { kernel, inode in
      let io = IOEnd(kernel, inode, nil, offset: 0, size: 4096, label: 1)
      await Ext4PageIOAfter.ext4SetIOUnwritten(kernel, inode, io)
      await Ext4PageIOAfter.ext4SetIOUnwritten(kernel, inode, io)
      #expect(io.flag == IOEnd.unwritten && inode.aiodioUnwritten.value == 1)
    }
    #expect(calls == ["atomic_inc = 0"])
  }

  @Test func theLastOneWakes() {
    let calls = alone { kernel, inode in
      let io = IOEnd(kernel, inode, nil, offset: 0, size: 4096, label: 1)
      await Ext4PageIOAfter.ext4SetIOUnwritten(kernel, inode, io)
      kernel.addWaiter(Ext4SuperAfter.ext4IOEndWQ(kernel, inode))
      #expect(await Ext4PageIOAfter.ext4EndIONolock(kernel, io) == 0)
      #expect(io.flag == 0 && inode.extents == [.written])
    }
    #expect(
      calls == [
        "atomic_inc = 0", "ext4_convert_unwritten_extents = 0", "atomic_dec_and_test = 1",
        "waitqueue_active = 1", "wake_up_all = 0",
      ])
  }

  @Test func allBucketsAreMadeReady() {
    let calls = alone { kernel, _ in Ext4SuperAfter.ext4InitAIOHashes(kernel) }
    #expect(calls.count == 74)
    #expect(calls.allSatisfy { !$0.hasSuffix("-1") })
  }
}
