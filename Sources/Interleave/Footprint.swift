// SPDX-License-Identifier: GPL-2.0-only

/// What a step touches, packed for comparing: the dependency relation of the reduction.
///
/// Two steps of different tasks are independent if no object is touched by both, or only in ways that
/// commute. By the contract of `Operation`, independent steps neither enable nor disable each other, and
/// both orders lead to the same state: that is a valid dependency relation (Godefroid, LNCS 1032,
/// definition 3.1), and the happens-before relation that it induces has the properties that Abdulla,
/// Aronsson, Jonsson and Sagonas ask for (Source Sets, JACM 2017, definition 3.1).
struct Footprint: Sendable, Codable {
  struct Touch: Sendable, Hashable, Codable {
    enum Kind: UInt8, Codable { case read, write, set, acquire, release }

    var object: Int32
    var kind: Kind
    var value: Int

    func conflicts(with other: Touch, _ mutant: ReductionMutant?) -> Bool {
      if object != other.object { return false }
      switch (kind, other.kind) {
      case (.read, .read): return mutant == .readsConflict
      case (.set, .set): return value != other.value
      case (.write, .write): return mutant != .writesCommute
      default: return true
      }
    }

    /// Whether every other touch of the object conflicts with this one: then whatever came before it
    /// also comes before what follows it.
    var conflictsWithAll: Bool {
      switch kind {
      case .write, .acquire, .release: true
      case .read, .set: false
      }
    }
  }

  private let first: Touch?
  private let others: [Touch]
  /// Whether the step has a condition: only such a step can be disabled by another task.
  let isConditional: Bool
  /// Whether the step is nothing but taking a lock.
  let isAcquire: Bool

  /// Makes what a step without an object touches.
  init() {
    first = nil
    others = []
    isConditional = false
    isAcquire = false
  }

  init(_ operation: Operation) {
    isConditional = operation.isEnabled != nil
    first = operation.accesses.first.map(Self.packed)
    others = operation.accesses.count < 2 ? [] : operation.accesses.dropFirst().map(Self.packed)
    isAcquire = operation.accesses.count == 1 && first?.kind == .acquire
  }

  private static func packed(_ access: Access) -> Touch {
    let object = access.object.identity
    return switch access.kind {
    case .read: Touch(object: object, kind: .read, value: 0)
    case .write: Touch(object: object, kind: .write, value: 0)
    case .set(let value): Touch(object: object, kind: .set, value: value)
    case .acquire: Touch(object: object, kind: .acquire, value: 0)
    case .release: Touch(object: object, kind: .release, value: 0)
    }
  }

  var count: Int { first == nil ? 0 : 1 + others.count }
  subscript(index: Int) -> Touch { index == 0 ? first ?? others[0] : others[index - 1] }

  /// Whether the order of this step and another task's can matter.
  func conflicts(with other: Footprint, _ mutant: ReductionMutant?) -> Bool {
    for mine in 0..<count {
      let touch = self[mine]
      for index in 0..<other.count where touch.conflicts(with: other[index], mutant) {
        return true
      }
    }
    return false
  }

  /// Whether this step releases the lock that another step would take, and touches nothing else of it:
  /// it cannot disable that step.
  func onlyReleases(_ other: Footprint) -> Bool {
    other.isAcquire
      && (0..<count).allSatisfy { self[$0].kind == .release || self[$0].object != other[0].object }
  }
}

/// One fault in the reduction, for testing that the tests of the explorer notice it.
package enum ReductionMutant: String, Sendable, CaseIterable {
  /// The last race of every execution is not reversed.
  case skipsRace
  /// A step does not learn what its conflicting predecessors knew.
  case dropsClockJoin
  /// A task that was started does not know what its parent did.
  case ignoresSpawn
  /// A reversed race is forgotten where another sequence waits at the same point.
  case forgetsWakeup
  /// Tasks that are blocked at the end of an execution have no races.
  case ignoresBlocked
  /// Only the last conflicting step races with a step that has a condition.
  case ignoresDisabling
  /// A reversal does not replay the independent steps between the two that race.
  case dropsIndependent
  /// A sleeping task is not woken by a step that conflicts with its own.
  case neverWakes
  /// A task that was explored is not put to sleep: sound, and explores executions twice.
  case neverSleeps
  /// Two reads of an object conflict: sound, and explores more than is needed.
  case readsConflict
  /// Two writes of an object commute.
  case writesCommute
}
