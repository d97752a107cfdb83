// SPDX-License-Identifier: GPL-2.0-only

/// A task of one exploration: a small number that is the same in every execution that creates it the
/// same way.
package struct TaskID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number, from 0; at most 63.
  package let number: Int

  /// Makes an id.
  package init(_ number: Int) { self.number = number }

  /// The lower number comes first.
  package static func < (a: TaskID, b: TaskID) -> Bool { a.number < b.number }

  /// A letter: `a` for 0, then `b`, …, `z`, `A`, ….
  package var description: String {
    let letter = number < 26 ? 97 + number : 65 + number - 26
    return String(UnicodeScalar(UInt8(clamping: letter)))
  }

  init?(letter: Character) {
    guard let value = letter.asciiValue else { return nil }
    switch value {
    case 97...122: number = Int(value) - 97
    case 65...102: number = Int(value) - 65 + 26
    default: return nil
    }
  }
}

/// Something that tasks share: a lock, a counter, a sector.
package struct SharedObject: Sendable, Hashable, CustomStringConvertible {
  /// The number, from 0, in the order in which an execution made them.
  package let number: Int
  /// What a person calls it; no two of an execution have the same.
  package let name: String
  /// A number for the name, the same in every execution.
  let label: Int

  /// The name.
  package var description: String { name }
  /// Two are the same if their numbers are.
  package static func == (a: SharedObject, b: SharedObject) -> Bool { a.number == b.number }
  /// The number's hash.
  package func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

/// What a step does with a shared object.
package struct Access: Sendable, Hashable {
  /// How it touches the object.
  package enum Kind: Sendable, Hashable {
    /// It looks.
    case read
    /// It changes.
    case write
    /// It sets the object to a value that depends on nothing: two that set the same value may be in
    /// either order.
    case set(Int)
    /// It takes a lock: not possible while another has it.
    case acquire
    /// It gives a lock back: not possible while another has it.
    case release
  }

  /// The object.
  package var object: SharedObject
  /// How it is touched.
  package var kind: Kind

  /// Makes an access.
  package init(_ object: SharedObject, _ kind: Kind) {
    self.object = object
    self.kind = kind
  }

  /// Whether the order of two accesses of the same object can matter.
  func conflicts(with other: Access) -> Bool {
    switch (kind, other.kind) {
    case (.read, .read): false
    case (.set(let a), .set(let b)): a != b
    default: true
    }
  }

  /// Whether there is a state in which both could be next: a lock cannot be taken while it is being
  /// given back.
  func mayBeEnabled(with other: Access) -> Bool {
    switch (kind, other.kind) {
    case (.acquire, .release), (.release, .acquire), (.release, .release): false
    default: true
    }
  }
}

/// What a task is about to do, in one step that nothing interrupts.
package struct Operation {
  /// What a person calls it, such as `mutex_lock`.
  package var name: String
  /// What it touches.
  package var accesses: [Access]
  /// Whether it can be done now; nil where it always can.
  package var isEnabled: (() -> Bool)?
  /// The task that it waits for, where it waits for one.
  package var waitsFor: (() -> TaskID?)?
  /// Whether an execution may end while a task waits to do this: a worker without work.
  package var isIdle: Bool

  /// Makes an operation.
  package init(
    _ name: String, _ accesses: [Access], isEnabled: (() -> Bool)? = nil,
    waitsFor: (() -> TaskID?)? = nil, isIdle: Bool = false
  ) {
    self.name = name
    self.accesses = accesses
    self.isEnabled = isEnabled
    self.waitsFor = waitsFor
    self.isIdle = isIdle
  }

  /// Whether the order of two operations can matter.
  func conflicts(with other: Operation) -> Bool {
    accesses.contains { mine in
      other.accesses.contains { $0.object == mine.object && mine.conflicts(with: $0) }
    }
  }
}
