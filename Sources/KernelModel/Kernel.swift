// SPDX-License-Identifier: GPL-2.0-only

package import Interleave

/// What a simulated kernel is made with.
package struct KernelConfiguration: Sendable, Hashable {
  /// Ticks a second.
  package var hz: UInt
  /// The tick at which it starts.
  package var jiffies: UInt
  /// The number of hashed mutexes and wait queues (WQ_HASH_SZ in fs/ext4/super.c).
  package var bucketCount: Int
  /// Barriers that are in place; a missing one lets a later read come before an earlier write.
  package var barriers: Set<Barrier>
  /// What goes wrong.
  package var faults: Set<Fault>
  /// Error paths as later commits fixed them.
  package var mendedErrorPaths: Set<MendedErrorPath>
  /// What the kernel is made to leave out.
  package var ignores: Set<Ignored>
  /// Whether printk_timed_ratelimit's reads and writes are steps of their own.
  package var stepsInPrintk: Bool
  /// Whether a write may reach the disk before its submission returns: the submitter then completes it.
  package var racesCompletion: Bool
  /// Whether a conversion takes i_mutex, as until 2013.
  package var convertsUnderIMutex: Bool
  /// Whether reads and changes of extents are steps of their own: needed where a task looks at them without
  /// i_mutex.
  package var sharesExtents: Bool
  /// Whether the number of bios on their way counts as something that tasks share, so that states
  /// differ by it.
  package var watchesBios: Bool

  /// Where the kernel orders memory for waiting and waking.
  package enum Barrier: String, Sendable, Hashable, CaseIterable {
    /// set_current_state in prepare_to_wait: on the queue first, then the condition again.
    case prepareToWait
    /// The atomic's own barrier before waitqueue_active: down first, then a look at the queue.
    case decrementBeforeActive
  }

  /// An injected error.
  package enum Fault: String, Sendable, Hashable, CaseIterable {
    /// ext4_convert_unwritten_extents fails.
    case conversion
    /// ext4_get_block_write fails after it counted the io_end.
    case getBlock
    /// The flag of an io_end is set and the counter is not raised (32c80b32c053).
    case flagWithoutCount
    /// The disk fails: nothing of a bio reaches it.
    case disk
  }

  /// A later commit that fixed an error path below the ports.
  package enum MendedErrorPath: String, Sendable, Hashable, CaseIterable {
    /// 82e542291187: an error of get_block takes the counter down again.
    case getBlock
    /// b82e384c7bb9: a conversion that fails still completes and counts down.
    case conversion
  }

  /// A part of the serialization of direct IO that newer kernels have, left out of the model: which of them
  /// prevents what.
  package enum Ignored: String, Sendable, Hashable, CaseIterable {
    /// inode_dio_wait returns at once.
    case dioWait
    /// IOMAP_DIO_FORCE_WAIT is not looked at.
    case forceWait
  }

  /// Makes a configuration; by default as in the kernel.
  package init(
    hz: UInt = 250, jiffies: UInt = 1, bucketCount: Int = 37,
    barriers: Set<Barrier> = Set(Barrier.allCases), faults: Set<Fault> = [],
    mendedErrorPaths: Set<MendedErrorPath> = [], stepsInPrintk: Bool = true,
    racesCompletion: Bool = false, convertsUnderIMutex: Bool = true, sharesExtents: Bool = false,
    watchesBios: Bool = false, ignores: Set<Ignored> = []
  ) {
    self.hz = hz
    self.jiffies = jiffies
    self.bucketCount = bucketCount
    self.barriers = barriers
    self.faults = faults
    self.mendedErrorPaths = mendedErrorPaths
    self.stepsInPrintk = stepsInPrintk
    self.racesCompletion = racesCompletion
    self.convertsUnderIMutex = convertsUnderIMutex
    self.sharesExtents = sharesExtents
    self.watchesBios = watchesBios
    self.ignores = ignores
  }
}

/// The kernel that ports run on: one for each execution.
///
/// Memory is sequentially consistent, apart from the barriers that a configuration takes out.
package final class Kernel: @unchecked Sendable {
  // The explorer's thread runs every task, so nothing here is touched by two.

  /// The scheduling points.
  package let scheduler: Scheduler
  /// What it was made with.
  package let configuration: KernelConfiguration
  /// The current tick.
  package var jiffies: UInt
  /// The messages of printk, in order.
  package private(set) var log: [String] = []
  /// `ext4__aio_mutex`: the hashed array, by the inode's address.
  package let aioMutexes: [KernelMutex]
  /// `ext4__ioend_wq`: the hashed array, by the inode's address.
  package let ioendQueues: [WaitQueue]
  /// The work queue that converts unwritten extents.
  package let dioUnwrittenQueue: WorkQueue
  /// `static unsigned long unaligned_warn_time` in ext4_file_write: one for all inodes.
  package let unalignedWarnTime: SharedWord
  /// What generic_file_aio_write returns instead of writing, for tests of its callers.
  package var genericResult: Int64?
  /// How often generic_file_aio_write was called.
  package var genericCalls: [(segments: [UInt64], pos: Int64)] = []
  /// What `current->comm` is instead of the task's name.
  package var comm: String?
  /// What ext4_convert_unwritten_extents returns instead of what the configuration says.
  package var conversionResult: Int32?
  /// What primitives answer instead of what the model does, for tests of their callers.
  package var answers: [Primitive: Int64] = [:]
  /// How many conversions were done.
  package internal(set) var conversions = 0
  var inodes: [Inode] = []
  var mutexInits = 0
  var waitqueueInits = 0
  /// How many bios are on their way.
  package internal(set) var biosInFlight = 0
  /// The most of them so far.
  package internal(set) var mostBiosInFlight = 0
  /// How often a task slept in wait_event for a counter.
  package internal(set) var sleeps = 0
  let biosObject: SharedObject
  private var bootedObjects = 0
  /// The calls of primitives so far; nil, as at the start, where they are not kept.
  package var calls: [PrimitiveCall]?

  /// Boots.
  package init(_ scheduler: Scheduler, _ configuration: KernelConfiguration) {
    self.scheduler = scheduler
    self.configuration = configuration
    jiffies = configuration.jiffies
    aioMutexes = (0..<configuration.bucketCount).map {
      KernelMutex(scheduler.object("aio_mutex", element: $0))
    }
    ioendQueues = (0..<configuration.bucketCount).map {
      WaitQueue(scheduler.object("ioend_wq", element: $0))
    }
    dioUnwrittenQueue = WorkQueue(scheduler, "ext4-dio-unwritten")
    unalignedWarnTime = SharedWord(scheduler, "unaligned_warn_time")
    biosObject = scheduler.object("bios")
    bootedObjects = scheduler.objectCount
  }

  /// `current->comm`.
  package var currentComm: String { comm ?? scheduler.currentName }

  var biosAccess: [Access] { configuration.watchesBios ? [Access(biosObject, .write)] : [] }

  /// `ext4_msg`: a message about a file system, at a level such as 4 for KERN_WARNING.
  package func ext4Msg(_ superBlock: SuperBlock, level: Int, _ message: String) {
    ext4Msg(line: "EXT4-fs (\(superBlock.id)): \(message)", level: level)
  }

  /// `ext4_msg` once its text is made.
  package func ext4Msg(line: String, level: Int) {
    log.append(line)
    if calls != nil { note(.ext4Msg, -1, [Int64(level)], text: line) }
  }

  /// Makes everything as it was when the kernel booted, objects made since apart: for the next case of
  /// many.
  package func reboot(jiffies: UInt) {
    self.jiffies = jiffies
    log.removeAll(keepingCapacity: true)
    genericCalls.removeAll(keepingCapacity: true)
    inodes.removeAll(keepingCapacity: true)
    unalignedWarnTime.value = 0
    conversionResult = nil
    answers.removeAll(keepingCapacity: true)
    comm = nil
    conversions = 0
    mutexInits = 0
    waitqueueInits = 0
    for mutex in aioMutexes {
      mutex.owner = nil
      mutex.isHeldOutside = false
    }
    for queue in ioendQueues where !queue.waiters.isEmpty { queue.waiters.removeAll() }
    if calls != nil { calls = [] }
    scheduler.forgetObjects(from: bootedObjects)
  }

  /// The state, for telling states apart.
  package var fingerprint: Fingerprint {
    var print = Fingerprint()
    print.add(Int(bitPattern: jiffies))
    print.add(log.count)
    if configuration.watchesBios {
      print.add(biosInFlight)
      print.add(mostBiosInFlight)
    }
    print.add(Int(bitPattern: unalignedWarnTime.value))
    // Outcomes say whether a task slept, and not how often.
    print.add(sleeps > 0 ? 1 : 0)
    for mutex in aioMutexes where !mutex.isFree {
      print.add(mutex.object.number)
      print.add(mutex.owner?.number ?? -1)
    }
    for queue in ioendQueues where !queue.waiters.isEmpty {
      print.add(queue.object.number)
      for waiter in queue.waiters {
        print.add(waiter.task?.number ?? -1)
        print.add(waiter.isWoken ? 1 : 0)
      }
    }
    print.add(dioUnwrittenQueue.items.count)
    for item in dioUnwrittenQueue.items { print.add(item.label) }
    for inode in inodes { print.add(inode.fingerprint) }
    return print
  }
}

/// A word of memory that tasks share without a lock.
package final class SharedWord: @unchecked Sendable {
  // One thread, as with the kernel.

  /// The word as tasks see it.
  package let object: SharedObject
  /// The value.
  package var value: UInt = 0

  /// Makes a word that is 0.
  package init(_ scheduler: Scheduler, _ name: StaticString) { object = scheduler.object(name) }
}

extension Kernel {
  /// `msecs_to_jiffies` of kernel/time.c: rounded up; what is negative as an int never ends.
  package func msecsToJiffies(_ milliseconds: UInt32) -> UInt {
    // MAX_JIFFY_OFFSET.
    if milliseconds > UInt32(Int32.max) { return UInt(Int.max >> 1) - 1 }
    // Where HZ divides 1000 the C rounds up as well; elsewhere it multiplies by constants
    // (kernel/timeconst.pl), which give the same for every positive int.
    return (UInt(milliseconds) * configuration.hz + 999) / 1000
  }

  /// `printk_timed_ratelimit(&caller_jiffies, interval_msecs)` of kernel/printk.c: whether the caller
  /// may print again.
  ///
  /// The interval is in milliseconds. Two callers at once may both get yes: nothing locks the word.
  package func printkTimedRatelimit(
    _ word: SharedWord, _ milliseconds: UInt, file: StaticString = #fileID, line: UInt = #line
  ) async -> Bool {
    if configuration.stepsInPrintk {
      await scheduler.step(
        Operation("read", [Access(word.object, .read)], file: file, line: line))
      scheduler.observe(Int(bitPattern: word.value))
    }
    let interval = UInt32(truncatingIfNeeded: milliseconds)
    let last = word.value
    // time_in_range(jiffies, last, last + interval): by the sign of differences, so that it holds
    // when jiffies wraps around.
    let end = last &+ msecsToJiffies(interval)
    let isInRange =
      Int(bitPattern: jiffies &- last) >= 0 && Int(bitPattern: end &- jiffies) >= 0
    if last != 0, isInRange {
      note(.printkTimedRatelimit, word.object.number, [Int64(interval)])
      return false
    }
    if configuration.stepsInPrintk {
      await scheduler.step(
        Operation(
          "write", [Access(word.object, .set(Int(bitPattern: jiffies)))], file: file, line: line))
    }
    word.value = jiffies
    note(.printkTimedRatelimit, word.object.number, [Int64(interval)], result: 1)
    return true
  }
}
