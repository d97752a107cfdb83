// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import KernelModel
import PortCheck
import Ports
import Testing

/// The C as the patch has it, compared with ports with one thing changed.
@Suite(.serialized) struct SwiftMutantTests {
  enum Mutation: String, CaseIterable, Sendable {
    /// The control: if it differed from the C, a mutant would show nothing.
    case none
    case greater
    case logicalAnd
    case noUnlock
    case waitBeforeLock
    case unsignedMask

    var levels: String {
      switch self {
      case .none: ""
      case .unsignedMask: "values"
      default: "values, traces"
      }
    }
  }

  /// ext4_file_write after the patch with a mutation, as the port has it.
  private struct Mutant: FunctionCaller {
    var mutation: Mutation

    func call(
      _ function: String, _ arguments: [CallArgument], on kernel: Kernel, comm: String
    ) async -> Int64 {
      switch (function, arguments[0], arguments[1], arguments[2], arguments[3]) {
      case (
        "ext4_unaligned_aio", .inode(let inode), .iovec(let iov), .integer(let n), .integer(let p)
      ):
        return Int64(await unaligned(kernel, inode, iov, UInt(n), p))
      case ("ext4_file_write", .kiocb(let iocb), .iovec(let iov), .integer(let n), .integer(let p)):
        return await write(kernel, iocb, iov, UInt(n), p)
      default:
        Issue.record("\(function) is called in another way")
        return 0
      }
    }

    private func unaligned(
      _ kernel: Kernel, _ inode: Inode, _ iov: IOVector, _ segments: UInt, _ pos: Int64
    ) async -> Int32 {
      let mask = Int32(truncatingIfNeeded: inode.superBlock.blocksize &- 1)
      let end = Int64(truncatingIfNeeded: UInt64(bitPattern: pos) &+ iovLength(iov, segments))
      let size = await kernel.iSize(inode)
      if mutation == .greater ? pos > size : pos >= size { return 0 }
      switch mutation {
      case .logicalAnd: return (pos != 0 && mask != 0) || end & Int64(mask) != 0 ? 1 : 0
      case .unsignedMask:
        let mask = Int64(UInt32(bitPattern: mask))
        return pos & mask != 0 || end & mask != 0 ? 1 : 0
      default: return pos & Int64(mask) != 0 || end & Int64(mask) != 0 ? 1 : 0
      }
    }

    private func write(
      _ kernel: Kernel, _ iocb: Kiocb, _ iov: IOVector, _ segments: UInt, _ pos: Int64
    ) async -> Int64 {
      let inode = iocb.file.inode
      // Bitmap files take no part in what is mutated.
      if !inode.hasExtents {
        return await Ext4FileAfter.ext4FileWrite(kernel, iocb, iov, segments, pos)
      }
      var isUnaligned = false
      if await kernel.isDirect(iocb.file), !iocb.isSync {
        isUnaligned = await unaligned(kernel, inode, iov, segments, pos) != 0
      }
      let mutex = kernel.ext4AIOMutex(inode)
      if isUnaligned {
        if await kernel.printkTimedRatelimit(
          kernel.unalignedWarnTime, 60 &* 60 &* 24 &* kernel.configuration.hz)
        {
          kernel.ext4Msg(
            inode.superBlock, level: 4,
            "Unaligned AIO/DIO on inode \(Int(bitPattern: inode.number)) by \(kernel.currentComm); "
              + "performance will be poor.")
        }
        if mutation == .waitBeforeLock { await Ext4FileAfter.ext4AIODIOWait(kernel, inode) }
        await kernel.mutexLock(mutex)
        if mutation != .waitBeforeLock { await Ext4FileAfter.ext4AIODIOWait(kernel, inode) }
      }
      let result = Int32(
        truncatingIfNeeded: await kernel.genericFileAIOWrite(iocb, iov, segments, pos))
      if isUnaligned, mutation != .noUnlock { await kernel.mutexUnlock(mutex) }
      return Int64(result)
    }
  }

  /// The project's ports of the patch with a mutant in the place of two of them.
  private func port(_ mutation: Mutation) throws -> PatchPort {
    var port = try #require(PatchPort.named(Checking.serialize))
    let mutant = Mutant(mutation: mutation)
    port.functions = port.functions.filter { $0.side == .after }.map { function in
      guard let domain = function.values, function.name != "ext4_aiodio_wait" else {
        return function
      }
      var changed = function
      changed.values?.prepare = { kernel, values in
        var call = domain.prepare(kernel, values)
        let arguments = call.arguments
        call.run = { await mutant.call(function.name, arguments, on: kernel, comm: "") }
        return call
      }
      return changed
    }
    port.scenarios = port.scenarios.map { scenario in
      var changed = scenario
      changed.program = { version in
        var program = scenario.program(version)
        program.caller = mutant
        return program
      }
      return changed
    }
    return port
  }

  @Test(arguments: Mutation.allCases)
  func everyChangeOfThePortIsCaught(_ mutation: Mutation) async throws {
    let outcome = try await Checking.check(
      Checking.serialize, try Checking.sources(Checking.serialize), port: try port(mutation),
      Checking.options(executions: 100))
    var levels: [String] = []
    if outcome.values.contains(where: { $0.difference != nil }) { levels.append("values") }
    if outcome.traces.contains(where: { $0.difference != nil }) { levels.append("traces") }
    #expect(levels.joined(separator: ", ") == mutation.levels)
    #expect(outcome.verdict == (mutation == .none ? .holds : .fails))
  }
}
