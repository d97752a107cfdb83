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
