// SPDX-License-Identifier: GPL-2.0-only

/// What a ported function asks of the kernel, as visible from outside.
package enum Primitive: String, Sendable, Hashable, CaseIterable {
  /// `mutex_lock`.
  case mutexLock = "mutex_lock"
  /// `mutex_unlock`.
  case mutexUnlock = "mutex_unlock"
  /// `mutex_init`.
  case mutexInit = "mutex_init"
  /// `atomic_read`.
  case atomicRead = "atomic_read"
  /// `atomic_set`.
  case atomicSet = "atomic_set"
  /// `atomic_inc`.
  case atomicInc = "atomic_inc"
  /// `atomic_dec_and_test`.
  case atomicDecAndTest = "atomic_dec_and_test"
  /// `init_waitqueue_head`.
  case initWaitqueueHead = "init_waitqueue_head"
  /// `prepare_to_wait`, of `wait_event`.
  case prepareToWait = "prepare_to_wait"
  /// `schedule`, of `wait_event`.
  case schedule
  /// `finish_wait`, of `wait_event`.
  case finishWait = "finish_wait"
  /// `waitqueue_active`.
  case waitqueueActive = "waitqueue_active"
  /// `wake_up_all`.
  case wakeUpAll = "wake_up_all"
  /// A look at `i_size` under no lock.
  case iSize = "i_size"
  /// A look at `f_flags & O_DIRECT`.
  case fFlags = "f_flags"
  /// `printk_timed_ratelimit`.
  case printkTimedRatelimit = "printk_timed_ratelimit"
  /// `ext4_msg`.
  case ext4Msg = "ext4_msg"
  /// `generic_file_aio_write`.
  case genericFileAIOWrite = "generic_file_aio_write"
  /// `ext4_convert_unwritten_extents`.
  case convertUnwrittenExtents = "ext4_convert_unwritten_extents"
  /// `aio_complete`.
  case aioComplete = "aio_complete"
  /// `inode_lock`.
  case inodeLock = "inode_lock"
  /// `inode_lock_shared`.
  case inodeLockShared = "inode_lock_shared"
  /// `inode_trylock`.
  case inodeTrylock = "inode_trylock"
  /// `inode_trylock_shared`.
  case inodeTrylockShared = "inode_trylock_shared"
  /// `inode_unlock`.
  case inodeUnlock = "inode_unlock"
  /// `inode_unlock_shared`.
  case inodeUnlockShared = "inode_unlock_shared"
  /// `inode_dio_wait`.
  case inodeDIOWait = "inode_dio_wait"
  /// A look at `i_disksize`.
  case iDisksize = "i_disksize"
  /// `ext4_should_use_dio`.
  case ext4ShouldUseDIO = "ext4_should_use_dio"
  /// `ext4_buffered_write_iter`.
  case ext4BufferedWriteIter = "ext4_buffered_write_iter"
  /// `ext4_generic_write_checks`.
  case ext4GenericWriteChecks = "ext4_generic_write_checks"
  /// `file_modified`.
  case fileModified = "file_modified"
  /// `ext4_map_blocks`.
  case ext4MapBlocks = "ext4_map_blocks"
  /// `ext4_clear_inode_state`.
  case ext4ClearInodeState = "ext4_clear_inode_state"
  /// `ext4_journal_start`.
  case ext4JournalStart = "ext4_journal_start"
  /// `ext4_journal_stop`.
  case ext4JournalStop = "ext4_journal_stop"
  /// `ext4_orphan_add`.
  case ext4OrphanAdd = "ext4_orphan_add"
  /// `iomap_dio_rw`.
  case iomapDIORW = "iomap_dio_rw"
  /// `WARN_ON_ONCE`, where its condition holds.
  case warnOnOnce = "WARN_ON_ONCE"
  /// `ext4_inode_extension_cleanup`.
  case ext4InodeExtensionCleanup = "ext4_inode_extension_cleanup"
  /// `filemap_write_and_wait_range`.
  case filemapWriteAndWaitRange = "filemap_write_and_wait_range"
  /// `invalidate_mapping_pages`.
  case invalidateMappingPages = "invalidate_mapping_pages"
}

/// A call of a primitive with its result.
package struct PrimitiveCall: Sendable, Hashable, CustomStringConvertible {
  /// The number of the task that called, from 0.
  package var task: Int
  /// The primitive.
  package var primitive: Primitive
  /// The number of the object that it is about; -1 for none.
  package var object: Int
  /// What else it was given.
  package var arguments: [Int64]
  /// The text that it was given.
  package var text: String
  /// What it returned; 0 for nothing.
  package var result: Int64

  /// Makes one.
  package init(
    task: Int, _ primitive: Primitive, object: Int = -1, arguments: [Int64] = [], text: String = "",
    result: Int64 = 0
  ) {
    self.task = task
    self.primitive = primitive
    self.object = object
    self.arguments = arguments
    self.text = text
    self.result = result
  }

  /// The call as one line: `b: atomic_read(#75) = 1`.
  package var description: String {
    var inside = object < 0 ? [] : ["#\(object)"]
    inside += arguments.map(String.init)
    if !text.isEmpty { inside.append("\"\(text)\"") }
    let letter = String(UnicodeScalar(UInt8(clamping: 97 + max(0, min(task, 25)))))
    return "\(letter): \(primitive.rawValue)(\(inside.joined(separator: ", "))) = \(result)"
  }
}

extension Kernel {
  /// Notes a call, where calls are kept.
  func note(
    _ primitive: Primitive, _ object: Int = -1, _ arguments: [Int64] = [], text: String = "",
    result: Int64 = 0
  ) {
    // What a task does while an ended execution is unwound is not recorded.
    if calls == nil || scheduler.isDraining { return }
    calls?.append(
      PrimitiveCall(
        task: scheduler.currentTask.number, primitive, object: object, arguments: arguments,
        text: text, result: result))
  }
}
