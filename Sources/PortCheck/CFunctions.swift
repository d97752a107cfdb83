// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave
internal import KernelModel
internal import Ports

/// The functions of a compiled side of a patch, run as tasks of an execution: each of their primitives
/// is a step of the model, as the port's are.
final class CFunctions: FunctionCaller, @unchecked Sendable {
  // The explorer's thread runs every task, so nothing here is touched by two.

  private let worker: CWorker
  private let functions: [String: Int]
  private let primitives: [Request?]
  /// Whether a store that no port has is an error.
  private let comparesStores: Bool
  private var kernel: Kernel?
  private var known: KnownObjects?
  /// How many functions of the current kernel have not ended.
  private var running = 0
  /// The first thing that went wrong.
  private(set) var failure: String?

  /// What the C can ask: a primitive, or a part of `wait_event` that shows nowhere.
  private enum Request {
    case primitive(Primitive)
    case waitBegin
    case waitAgain
  }

  init(_ worker: CWorker, _ unit: CUnit, comparesStores: Bool = true) {
    self.worker = worker
    self.comparesStores = comparesStores
    functions = Dictionary(
      unit.functions.enumerated().map { ($0.element, $0.offset) }
    ) { first, _ in first }
    primitives = worker.primitives.map { name in
      switch name {
      case "wait_begin": .waitBegin
      case "wait_again": .waitAgain
      default: Primitive(rawValue: name).map { .primitive($0) }
      }
    }
  }

  private func fail(_ why: String) { if failure == nil { failure = why } }

  func call(
    _ function: String, _ arguments: [CallArgument], on kernel: Kernel, comm: String
  ) async -> Int64 {
    if kernel.scheduler.isDraining || failure != nil { return 0 }
    guard let number = functions[function] else {
      fail("the C of the patch has no function '\(function)' that can be called")
      return 0
    }
    if self.kernel !== kernel {
      // The C has one set of tasks and objects.
      guard running == 0 else {
        fail("an execution was started before the functions of another had ended")
        return 0
      }
      self.kernel = kernel
      known = KnownObjects(kernel)
      worker.reset()
      worker.define(.kernel(kernel))
    }
    var new: [Definition] = []
    let words = arguments.map { known?.word(for: $0, &new) ?? 0 }
    for definition in new { worker.define(definition) }
    let task = kernel.scheduler.currentTask.number
    var mark = kernel.scheduler.mark()
    running += 1
    defer {
      running -= 1
      kernel.scheduler.setSource(nil)
    }
    var reply = worker.start(task, number, words, comm: comm)
    while true {
      switch reply {
      case .done(let ending):
        if let failure = worker.failure { fail(failure) }
        if ending.how == .failed, !ending.why.isEmpty { fail(ending.why) }
        if comparesStores, !ending.stray.isEmpty {
          fail("the C stores to \(ending.stray), and the port does not")
        }
        return ending.value
      case .call(let primitive, let object, let arguments, let text, let callers):
        guard primitives.indices.contains(primitive), let request = primitives[primitive] else {
          fail("the C calls a primitive that the model does not have")
          reply = worker.abort(task)
          continue
        }
        // Where stores are compared, the lines are not read.
        if !comparesStores {
          kernel.scheduler.setSource(CallSites.source(callers.map { UInt(bitPattern: Int($0)) }))
        }
        let answer = await perform(request, object, arguments, text, kernel, &mark)
        reply =
          kernel.scheduler.isDraining || failure != nil
          ? worker.abort(task) : worker.answer(task, answer)
      }
    }
  }

  private func perform(
    _ request: Request, _ object: Int, _ arguments: [Int64], _ text: String, _ kernel: Kernel,
    _ mark: inout Scheduler.Mark
  ) async -> Int64 {
    switch request {
    case .waitBegin:
      mark = kernel.scheduler.mark()
      return kernel.isOrderedWait ? 1 : 0
    case .waitAgain:
      kernel.scheduler.restore(mark)
      return 0
    case .primitive(let primitive):
      guard let result = await perform(primitive, object, arguments, text, kernel) else {
        fail("\(primitive.rawValue) is called on an object that the model does not have")
        return 0
      }
      return result
    }
  }

  /// Nil where the object is not of the model.
  private func perform(
    _ primitive: Primitive, _ object: Int, _ arguments: [Int64], _ text: String, _ kernel: Kernel
  ) async -> Int64? {
    guard let known else { return nil }
    switch primitive {
    case .mutexLock:
      guard let mutex = known.mutexes[object] else { return nil }
      await kernel.mutexLock(mutex)
    case .mutexUnlock:
      guard let mutex = known.mutexes[object] else { return nil }
      await kernel.mutexUnlock(mutex)
    case .mutexInit: return kernel.nextMutexInit()
    case .initWaitqueueHead: return kernel.nextWaitqueueInit()
    case .atomicRead:
      guard let atomic = known.atomics[object] else { return nil }
      return Int64(await kernel.atomicRead(atomic))
    case .atomicSet:
      guard let atomic = known.atomics[object], let value = arguments.first else { return nil }
      await kernel.atomicSet(atomic, Int32(truncatingIfNeeded: value))
    case .atomicInc:
      guard let atomic = known.atomics[object] else { return nil }
      await kernel.atomicInc(atomic)
    case .atomicDecAndTest:
      guard let atomic = known.atomics[object] else { return nil }
      return await kernel.atomicDecAndTest(atomic) ? 1 : 0
    case .prepareToWait:
      guard let queue = known.queues[object] else { return nil }
      await kernel.prepareToWait(queue)
    case .schedule:
      guard let queue = known.queues[object] else { return nil }
      await kernel.schedule(queue)
    case .finishWait:
      guard let queue = known.queues[object] else { return nil }
      await kernel.finishWait(queue)
    case .waitqueueActive:
      guard let queue = known.queues[object] else { return nil }
      return await kernel.waitqueueActive(queue) ? 1 : 0
    case .wakeUpAll:
      guard let queue = known.queues[object] else { return nil }
      await kernel.wakeUpAll(queue)
    case .iSize:
      guard let inode = known.inode(object) else { return nil }
      return await kernel.iSize(inode)
    case .fFlags:
      guard let file = known.filesByNumber[object] else { return nil }
      return await kernel.isDirect(file) ? 1 : 0
    case .printkTimedRatelimit:
      let own = kernel.unalignedWarnTime
      let word = object == own.object.number ? own : SharedWord(kernel.scheduler, "another word")
      return await kernel.printkTimedRatelimit(word, UInt(truncatingIfNeeded: arguments.first ?? 0))
        ? 1 : 0
    case .ext4Msg: kernel.ext4Msg(line: text, level: Int(arguments.first ?? -1))
    case .genericFileAIOWrite:
      guard let iocb = known.kiocb(object), arguments.count >= 2 else { return nil }
      let lengths = arguments.dropFirst(2).map { UInt64(bitPattern: $0) }
      return await kernel.genericFileAIOWrite(
        iocb, IOVector(Array(lengths)), UInt(truncatingIfNeeded: arguments[0]), arguments[1])
    case .convertUnwrittenExtents:
      guard let inode = known.inode(object), arguments.count == 2 else { return nil }
      return Int64(
        await kernel.ext4ConvertUnwrittenExtents(inode, arguments[0], arguments[1]))
    case .aioComplete:
      guard let iocb = known.kiocb(object), arguments.count == 2 else { return nil }
      await kernel.aioComplete(iocb, arguments[0], arguments[1])
    default: return await performNewer(primitive, object, arguments, kernel, known)
    }
    return 0
  }

  /// The primitives of newer kernels; nil where the object is not of the model.
  private func performNewer(
    _ primitive: Primitive, _ object: Int, _ arguments: [Int64], _ kernel: Kernel,
    _ known: KnownObjects
  ) async -> Int64? {
    switch primitive {
    case .inodeLock, .inodeLockShared, .inodeTrylock, .inodeTrylockShared, .inodeUnlock,
      .inodeUnlockShared:
      guard let inode = known.locks[object] else { return nil }
      switch primitive {
      case .inodeLock: await kernel.inodeLock(inode)
      case .inodeLockShared: await kernel.inodeLockShared(inode)
      case .inodeTrylock: return await kernel.inodeTrylock(inode) ? 1 : 0
      case .inodeTrylockShared: return await kernel.inodeTrylockShared(inode) ? 1 : 0
      case .inodeUnlock: await kernel.inodeUnlock(inode)
      default: await kernel.inodeUnlockShared(inode)
      }
    case .fileModified:
      guard let file = known.filesByNumber[object] else { return nil }
      return Int64(kernel.fileModified(file))
    case .ext4JournalStop: kernel.ext4JournalStop(arguments.first ?? 0)
    case .warnOnOnce: kernel.warnOnOnce(true)
    case .ext4ShouldUseDIO, .ext4GenericWriteChecks, .ext4BufferedWriteIter, .iomapDIORW:
      guard let iocb = known.kiocb(object), let last = arguments.last else { return nil }
      let pos = arguments[0]
      let count = UInt64(bitPattern: arguments.count > 1 ? arguments[1] : last)
      switch primitive {
      case .ext4ShouldUseDIO: return kernel.ext4ShouldUseDIO(iocb, count) ? 1 : 0
      case .ext4GenericWriteChecks: return kernel.ext4GenericWriteChecks(iocb, at: pos, count)
      case .ext4BufferedWriteIter:
        return await kernel.ext4BufferedWriteIter(iocb, at: pos, count)
      default:
        // The operations for its end are ext4_dio_write_ops.
        guard arguments.count == 7, let ops = IomapOps(rawValue: arguments[2]),
          arguments[3] == 1, arguments[5] == 0, arguments[6] == 0
        else { return nil }
        return await kernel.iomapDIORW(
          iocb, at: pos, count, ops, UInt32(truncatingIfNeeded: arguments[4]))
      }
    default:
      guard let inode = known.inode(object) else { return nil }
      return await perform(primitive, on: inode, arguments, kernel)
    }
    return 0
  }

  /// The primitives of newer kernels that are about an inode.
  private func perform(
    _ primitive: Primitive, on inode: Inode, _ arguments: [Int64], _ kernel: Kernel
  ) async -> Int64? {
    switch (primitive, arguments.count) {
    case (.inodeDIOWait, 0): await kernel.inodeDIOWait(inode)
    case (.iDisksize, 0): return await kernel.iDisksize(inode)
    case (.ext4MapBlocks, 4):
      var map = Ext4MapBlocks(
        block: UInt32(truncatingIfNeeded: arguments[1]),
        length: UInt32(truncatingIfNeeded: arguments[2]))
      let found = await kernel.ext4MapBlocks(
        inode, hasHandle: arguments[0] != 0, &map, Int32(truncatingIfNeeded: arguments[3]))
      return Int64(UInt32(bitPattern: found)) | Int64(map.flags) << 32
    case (.ext4ClearInodeState, 1): kernel.ext4ClearInodeState(inode, arguments[0])
    case (.ext4JournalStart, 2):
      return kernel.ext4JournalStart(inode, arguments[0], arguments[1])
    case (.ext4OrphanAdd, 1): return Int64(kernel.ext4OrphanAdd(arguments[0], inode))
    case (.ext4InodeExtensionCleanup, 1):
      kernel.ext4InodeExtensionCleanup(inode, arguments[0] != 0)
    case (.filemapWriteAndWaitRange, 2):
      return Int64(await kernel.filemapWriteAndWaitRange(inode, arguments[0], arguments[1]))
    case (.invalidateMappingPages, 2):
      kernel.invalidateMappingPages(inode, arguments[0], arguments[1])
    default: return nil
    }
    return 0
  }
}
