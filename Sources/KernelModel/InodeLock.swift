// SPDX-License-Identifier: GPL-2.0-only

package import Interleave

/// `struct rw_semaphore`, as an inode has it in `i_rwsem`: one task holds it exclusively, or any number share it.
package final class KernelRWSem: @unchecked Sendable {
  // One thread, as with the kernel.

  /// How a task holds it.
  package enum Hold: Sendable, Hashable {
    /// Others may share it.
    case shared
    /// Nothing else holds it.
    case exclusive
  }

  /// The lock as tasks see it.
  package let object: SharedObject
  /// The task that holds it exclusively.
  package internal(set) var owner: TaskID?
  /// The tasks that share it.
  package internal(set) var readers: [TaskID] = []
  /// How something outside the scenario holds it, which never releases it.
  var isHeldOutside: Hold?

  var isFree: Bool { owner == nil && readers.isEmpty && isHeldOutside == nil }
  var canBeShared: Bool { owner == nil && isHeldOutside != .exclusive }

  init(_ object: SharedObject) { self.object = object }

  var fingerprint: Fingerprint {
    var print = Fingerprint()
    print.add(owner?.number ?? -1)
    for reader in readers.map(\.number).sorted() { print.add(reader) }
    return print
  }
}

extension Kernel {
  /// `inode_lock`: takes i_rwsem exclusively.
  package func inodeLock(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let lock = inode.rwsem
    await scheduler.step(
      Operation(
        "inode_lock", [Access(lock.object, .write)], isEnabled: { lock.isFree },
        waitsFor: { lock.owner ?? lock.readers.first }, file: file, line: line))
    lock.owner = scheduler.currentTask
    note(.inodeLock, lock.object.number)
  }

  /// `inode_lock_shared`.
  ///
  /// In the kernel a task that waits for the lock exclusively keeps later ones from sharing it; here either
  /// may come first.
  package func inodeLockShared(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let lock = inode.rwsem
    await scheduler.step(
      Operation(
        "inode_lock_shared", [Access(lock.object, .write)], isEnabled: { lock.canBeShared },
        waitsFor: { lock.owner }, file: file, line: line))
    lock.readers.append(scheduler.currentTask)
    note(.inodeLockShared, lock.object.number)
  }

  /// `inode_trylock`: whether the lock was taken.
  package func inodeTrylock(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async -> Bool {
    let lock = inode.rwsem
    await scheduler.step(
      Operation("inode_trylock", [Access(lock.object, .write)], file: file, line: line))
    let isTaken = lock.isFree
    if isTaken { lock.owner = scheduler.currentTask }
    scheduler.observe(isTaken ? 1 : 0)
    note(.inodeTrylock, lock.object.number, result: isTaken ? 1 : 0)
    return isTaken
  }

  /// `inode_trylock_shared`: whether the lock was taken.
  package func inodeTrylockShared(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async -> Bool {
    let lock = inode.rwsem
    await scheduler.step(
      Operation("inode_trylock_shared", [Access(lock.object, .write)], file: file, line: line))
    let isTaken = lock.canBeShared
    if isTaken { lock.readers.append(scheduler.currentTask) }
    scheduler.observe(isTaken ? 1 : 0)
    note(.inodeTrylockShared, lock.object.number, result: isTaken ? 1 : 0)
    return isTaken
  }

  /// `inode_unlock`: only the task that holds the lock exclusively may release it.
  package func inodeUnlock(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let lock = inode.rwsem
    await scheduler.step(
      Operation("inode_unlock", [Access(lock.object, .write)], file: file, line: line))
    if lock.owner != scheduler.currentTask { failUnlock(lock, "exclusively", file, line) }
    lock.owner = nil
    note(.inodeUnlock, lock.object.number)
  }

  /// `inode_unlock_shared`: only a task that shares the lock may release it.
  package func inodeUnlockShared(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let lock = inode.rwsem
    await scheduler.step(
      Operation("inode_unlock_shared", [Access(lock.object, .write)], file: file, line: line))
    if let index = lock.readers.firstIndex(of: scheduler.currentTask) {
      lock.readers.remove(at: index)
    } else {
      failUnlock(lock, "shared", file, line)
    }
    note(.inodeUnlockShared, lock.object.number)
  }

  private func failUnlock(
    _ lock: KernelRWSem, _ how: String, _ file: StaticString, _ line: UInt
  ) {
    scheduler.fail(
      "\(scheduler.currentName) unlocks \(lock.object.name), which it does not hold \(how)"
        + " (\(SourceLine(file, line)))")
  }

  /// Makes an inode's lock held by something outside the scenario, which never releases it; nil for nothing.
  package func giveAway(_ inode: Inode, _ hold: KernelRWSem.Hold?) {
    inode.rwsem.isHeldOutside = hold
  }

  /// `inode_dio_wait`: waits until no direct IO to the inode is in flight.
  ///
  /// It is one step here; the kernel sleeps on a bit of i_state and reads the counter again.
  package func inodeDIOWait(
    _ inode: Inode, file: StaticString = #fileID, line: UInt = #line
  ) async {
    let count = inode.dioCount
    if configuration.ignores.contains(.dioWait) { return }
    await scheduler.step(
      Operation(
        "inode_dio_wait", [Access(count.object, .read)], isEnabled: { count.value == 0 },
        file: file, line: line))
    note(.inodeDIOWait, inode.sizeObject.number)
  }
}
