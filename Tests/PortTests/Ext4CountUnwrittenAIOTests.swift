// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import KernelModel
import Ports
import Testing

/// The ports of the counter and its wake-ups, in every interleaving.
@Suite struct Ext4CountUnwrittenAIOTests {
  private let limits = Limits(executions: 100_000, steps: 1000)

  /// The state search, which reduces nothing but states that were met, finds the same.
  @Test(arguments: ["wait-for-two", "shared-queue", "conversion-fails", "waiter-without-barrier"])
  func withoutReductionTheSameIsFound(_ name: String) throws {
    let scenario = try #require(PatchPort.scenarios(named: name).first).scenario
    for claim in scenario.claims {
      let program = scenario.program(claim.version)
      let reduced = program.explore(.reduced, limits: limits)
      let states = program.explore(.states(preemptions: nil), limits: limits)
      #expect(reduced.isComplete && states.isComplete)
      #expect(states.verdict == claim.verdict && states.outcomes == reduced.outcomes)
    }
  }

  @Test func beforeTheWaiterGoesOnAtAnyTime() {
    let found = Explorer(ConversionScenario(PatchSide.before), limits: limits).explore(.reduced)
    #expect(found.outcomes.map(\.description) == ["0 of 2", "1 of 2", "2 of 2"])
  }

  @Test func afterItGoesOnWhenAllIsConverted() {
    let found = Explorer(ConversionScenario(PatchSide.after, writes: 3), limits: limits).explore(
      .reduced)
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
