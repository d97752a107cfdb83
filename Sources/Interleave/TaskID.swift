// SPDX-License-Identifier: GPL-2.0-only

/// A task: in an exploration, a small number that is the same in every execution that starts the task in
/// the same way; in a schedule, the index of the task in the order in which the execution starts tasks.
public struct TaskID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// The number, from 0.
  public let number: Int

  /// The most tasks of one exploration: sets of tasks are the bits of a word.
  package static let limit = 64

  /// Makes the id of the task with a number, from 0.
  public init(_ number: Int) { self.number = number }

  /// Orders ids by number.
  public static func < (a: TaskID, b: TaskID) -> Bool { a.number < b.number }

  /// One letter for the first 52 tasks (`a` to `z`, then `A` to `Z`), and `_52_`, `_53_`, … after them.
  public var description: String {
    guard number < Self.letters.count else { return "_\(number)_" }
    return String(UnicodeScalar(Self.letters[number]))
  }

  private static let letters = Array(UInt8(97)...122) + Array(UInt8(65)...90)

  /// Reads an id from the start of a text, and removes it from there; nil where there is no id.
  init?(reading text: inout Substring.UTF8View) {
    guard let first = text.popFirst() else { return nil }
    if let number = Self.letters.firstIndex(of: first) {
      self.number = number
      return
    }
    guard first == UInt8(ascii: "_"), let end = text.firstIndex(of: UInt8(ascii: "_")) else {
      return nil
    }
    let digits = text[..<end]
    guard (1...6).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
      let number = Int(String(Substring(digits))), number >= Self.letters.count
    else { return nil }
    text = text[text.index(after: end)...]
    self.number = number
  }

  /// The task as a set of one.
  var bit: UInt64 { 1 << UInt64(number) }
}
