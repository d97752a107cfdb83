// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// Gives tasks and objects the same numbers in every execution: by the task that made them, and by
/// their index among what it made.
final class Identities {
  /// The numbers, for all threads of an exploration.
  final class Table: Sendable {
    struct Numbers: Codable {
      var tasks: [[TaskID?]] = []
      var objects: [[Int32]] = []
      var taskCount = 0
      var objectCount: Int32 = 0
    }
    let numbers: Mutex<Numbers>

    init(_ numbers: Numbers = Numbers()) { self.numbers = Mutex(numbers) }
  }

  /// The numbers that all threads share.
  let table: Table
  // What this thread knows of them already, without a lock.
  private var tasks: [[TaskID?]] = []
  private var objects: [[Int32]] = []

  /// Makes the numbers of one thread; by default the only one.
  init(_ table: Table = Table()) { self.table = table }

  private static func row(_ creator: TaskID?) -> Int { creator.map { $0.number + 1 } ?? 0 }

  /// The id of the task that a task started as its `ordinal`th; nil where there are no more ids.
  func task(by parent: TaskID?, ordinal: Int) -> TaskID? {
    let row = Self.row(parent)
    if row < tasks.count, ordinal < tasks[row].count, let id = tasks[row][ordinal] { return id }
    let id = table.numbers.withLock { numbers -> TaskID? in
      while numbers.tasks.count <= row { numbers.tasks.append([]) }
      while numbers.tasks[row].count <= ordinal { numbers.tasks[row].append(nil) }
      if let id = numbers.tasks[row][ordinal] { return id }
      guard numbers.taskCount < TaskID.limit else { return nil }
      let id = TaskID(numbers.taskCount)
      numbers.taskCount += 1
      numbers.tasks[row][ordinal] = id
      return id
    }
    while tasks.count <= row { tasks.append([]) }
    while tasks[row].count <= ordinal { tasks[row].append(nil) }
    tasks[row][ordinal] = id
    return id
  }

  /// The identity of the object that a task made as its `ordinal`th.
  func object(by creator: TaskID?, ordinal: Int) -> Int32 {
    let row = Self.row(creator)
    if row < objects.count, ordinal < objects[row].count { return objects[row][ordinal] }
    let known = table.numbers.withLock { numbers in
      while numbers.objects.count <= row { numbers.objects.append([]) }
      while numbers.objects[row].count <= ordinal {
        numbers.objects[row].append(numbers.objectCount)
        numbers.objectCount += 1
      }
      return numbers.objects[row]
    }
    while objects.count <= row { objects.append([]) }
    objects[row] = known
    return known[ordinal]
  }
}
