// SPDX-License-Identifier: GPL-2.0-only

/// Something that tasks share: a lock, a counter, a sector.
///
/// Two are the same object if the same task made both, as its object of the same index: that holds in
/// every interleaving, whereas the order in which different tasks make their objects does not.
public struct SharedObject: Sendable, Hashable, CustomStringConvertible {
  /// The number, from 0, in the order in which this execution made its objects.
  package let number: Int
  /// The number that the object has in every execution of an exploration.
  let identity: Int32
  private let base: StaticString
  private let indices: (first: Int, second: Int)
  private let isElement: Bool

  init(
    number: Int, identity: Int32, base: StaticString, indices: (first: Int, second: Int),
    isElement: Bool
  ) {
    self.number = number
    self.identity = identity
    self.base = base
    self.indices = indices
    self.isElement = isElement
  }

  /// The name for reports, such as `i_mutex(12)`; put together only when it is asked for.
  public var name: String {
    if isElement { return "\(base)[\(indices.first)]" }
    if indices.first < 0 { return "\(base)" }
    if indices.second < 0 { return "\(base)(\(indices.first))" }
    return "\(base)(\(indices.first),\(indices.second))"
  }

  /// The same as `name`.
  public var description: String { name }

  /// Compares identities.
  public static func == (a: SharedObject, b: SharedObject) -> Bool { a.identity == b.identity }
  /// Hashes the identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

/// What a step does with a shared object.
public struct Access: Sendable, Hashable {
  /// How it touches the object.
  public enum Kind: Sendable, Hashable {
    /// Reads it.
    case read
    /// Changes it.
    case write
    /// Sets it to a value that depends on nothing: two steps that set the same value may come in
    /// either order.
    case set(Int)
    /// Takes a lock: enabled while no task holds it.
    case acquire
    /// Releases a lock that the task holds.
    case release
  }

  /// The object that the step touches.
  public var object: SharedObject
  /// Whether the object is read, written, set, acquired or released.
  public var kind: Kind

  /// Makes an access of a shared object.
  public init(_ object: SharedObject, _ kind: Kind) {
    self.object = object
    self.kind = kind
  }
}

/// A line of source code that asked for a step.
public struct SourceLine: Sendable, CustomStringConvertible {
  private let file: StaticString
  /// What to print instead of a file and a line; nil for those.
  private let text: String?
  /// The line, from 1; for a text a number that distinguishes it from other texts.
  public let line: UInt

  /// Makes one from `#fileID` and `#line`.
  public init(_ file: StaticString, _ line: UInt) {
    self.file = file
    self.line = line
    text = nil
  }

  /// Makes one of a program that is not Swift's: any text, and a number that distinguishes it from others.
  package init(text: String, number: UInt) {
    file = ""
    self.text = text
    line = number
  }

  /// The file's last component and the line, such as `Ext4FileWriteAfter.swift:61`.
  public var description: String {
    if let text { return text }
    let path = "\(file)"
    return "\(path.split(separator: "/").last.map(String.init) ?? path):\(line)"
  }
}

/// What a task is about to do, in one step that nothing interrupts.
///
/// Reductions rely on this: whether the step is enabled, and what it does, depend on nothing but the
/// task's own state and the objects in `accesses`, and it changes no other object. A step that changes
/// whether another task's step is enabled without touching one of its objects is reported
/// (`ExplorationVerdict.invalid`).
public struct Operation {
  /// The name for reports, such as `mutex_lock`.
  public var name: StaticString
  /// The shared objects that the step touches, and how.
  public var accesses: [Access]
  /// Whether it is enabled now; nil where it always is.
  public var isEnabled: (() -> Bool)?
  /// The task that it waits for, where it waits for one.
  public var waitsFor: (() -> TaskID?)?
  /// Whether an execution may end while a task waits to do this: a worker without work.
  public var isIdle: Bool
  /// The line that asked for it.
  public var source: SourceLine

  /// Makes an operation; the call's own file and line are its source line.
  public init(
    _ name: StaticString, _ accesses: [Access], isEnabled: (() -> Bool)? = nil,
    waitsFor: (() -> TaskID?)? = nil, isIdle: Bool = false, file: StaticString = #fileID,
    line: UInt = #line
  ) {
    self.name = name
    self.accesses = accesses
    self.isEnabled = isEnabled
    self.waitsFor = waitsFor
    self.isIdle = isIdle
    source = SourceLine(file, line)
  }

  /// Makes an operation that a line of any program asked for.
  package init(
    _ name: StaticString, _ accesses: [Access], at source: SourceLine,
    isEnabled: (() -> Bool)? = nil, waitsFor: (() -> TaskID?)? = nil
  ) {
    self.name = name
    self.accesses = accesses
    self.isEnabled = isEnabled
    self.waitsFor = waitsFor
    isIdle = false
    self.source = source
  }
}
