// SPDX-License-Identifier: GPL-2.0-only

/// An object whose members are encoded in the order of their keys.
///
/// A report with very many parts is such an object at each level above them, so that it can be written
/// before it is complete.
package protocol OrderedMembers: Encodable {}

/// Writes values as JSON, piece by piece, as Foundation's `JSONEncoder` writes them with sorted keys and
/// slashes as they are.
///
/// Foundation makes a tree of all values first, which takes ten times as much memory as the text. Here an
/// object waits in the text until its members can be put in order; arrays and objects with `OrderedMembers`
/// do not wait.
final class JSONWriter {
  private let isPretty: Bool
  /// Takes the text so far; nil where the whole is wanted.
  private let deliver: (([UInt8]) throws -> Void)?
  /// The text that was not delivered yet.
  private(set) var text: [UInt8] = []
  private var open: [Container] = []
  /// How many objects are open whose members may have to be put in order.
  private var waiting = 0
  /// The keys of the members of those, each with the offset in the text where it starts.
  private var members: [(key: String, start: Int)] = []
  /// Whether the next object has its members in order.
  private var isNextOrdered = false
  private var knownTypes: [ObjectIdentifier: Bool] = [:]
  /// Whether something was written for the value that is encoded.
  private var hasValue = false
  /// What went wrong where the encoder could not throw it.
  private var failure: (any Error)?

  /// So many bytes are delivered at a time.
  private static let pieceSize = 1 << 18

  /// An array or an object that more can be written into.
  private struct Container {
    var isObject: Bool
    /// Whether the members come in order, by the word of the type.
    var isOrdered: Bool
    /// The number of its elements so far.
    var count = 0
    /// The last key of an ordered object.
    var last = ""
    /// The first of its members.
    var first: Int
  }

  /// Writes the whole text, or delivers it in pieces.
  init(isPretty: Bool, deliver: (([UInt8]) throws -> Void)? = nil) {
    self.isPretty = isPretty
    self.deliver = deliver
  }

  /// Writes one value, and all that it has.
  ///
  /// - Throws: what `deliver` throws, and `EncodingError` where a value cannot be written.
  func write(_ value: some Encodable) throws {
    let depth = open.count
    hasValue = false
    isNextOrdered = waiting == 0 && isOrdered(type(of: value))
    try value.encode(to: ValueEncoder(writer: self, depth: depth))
    close(to: depth)
    if !hasValue { append("{}") }
  }

  /// Delivers the rest of the text, with a newline at its end.
  func end() throws {
    if let failure { throw failure }
    text.append(0x0A)
    try deliver?(text)
  }

  private func isOrdered(_ type: any Encodable.Type) -> Bool {
    let id = ObjectIdentifier(type)
    if let known = knownTypes[id] { return known }
    let found = type is any OrderedMembers.Type
    knownTypes[id] = found
    return found
  }

  // MARK: Arrays and objects

  /// Starts an array or an object, and gives its depth; where the encoder at `depth` started one, it is that.
  func start(isObject: Bool, at depth: Int) -> Int {
    if open.count > depth {
      close(to: depth + 1)
      return depth + 1
    }
    append(isObject ? "{" : "[")
    let isOrdered = isObject && isNextOrdered
    isNextOrdered = false
    if isObject, !isOrdered { waiting += 1 }
    open.append(Container(isObject: isObject, isOrdered: isOrdered, first: members.count))
    return open.count
  }

  /// Starts the next element of the array or object at a depth.
  func next(_ key: String?, at depth: Int) throws {
    close(to: depth)
    if waiting == 0, let deliver, text.count >= Self.pieceSize {
      try deliver(text)
      text.removeAll(keepingCapacity: true)
    }
    if open[depth - 1].count > 0 { text.append(UInt8(ascii: ",")) }
    open[depth - 1].count += 1
    startLine(depth)
    guard let key else { return }
    if open[depth - 1].isOrdered {
      guard open[depth - 1].last < key else {
        throw EncodingError.invalidValue(
          key, .init(codingPath: [], debugDescription: "the key '\(key)' is not in order"))
      }
      open[depth - 1].last = key
    } else {
      members.append((key, text.count))
    }
    write(key)
    text += (isPretty ? " : " : ":").utf8
  }

  /// Starts the next element, and gives the encoder of its value.
  func nextEncoder(_ key: String?, at depth: Int) -> ValueEncoder {
    do { try next(key, at: depth) } catch { failure = failure ?? error }
    return ValueEncoder(writer: self, depth: depth)
  }

  private func startLine(_ depth: Int) {
    guard isPretty else { return }
    text.append(0x0A)
    text += repeatElement(0x20, count: 2 * depth)
  }

  private func close(to depth: Int) {
    while open.count > depth {
      let container = open.removeLast()
      if container.isObject, !container.isOrdered {
        waiting -= 1
        sortMembers(container)
      }
      if container.count == 0, isPretty { text.append(0x0A) }
      startLine(open.count)
      text.append(UInt8(ascii: container.isObject ? "}" : "]"))
    }
  }

  /// Puts the members of the object that ends here in the order of their keys.
  private func sortMembers(_ container: Container) {
    defer { members.removeSubrange(container.first...) }
    let own = members[container.first...]
    guard let start = own.first?.start,
      !zip(own, own.dropFirst()).allSatisfy({ $0.key < $1.key })
    else { return }
    // Between two members are a comma, a newline and the blanks before the next.
    let between = 1 + (isPretty ? 1 + 2 * (open.count + 1) : 0)
    let ends = own.dropFirst().map { $0.start - between } + [text.count]
    let separator = Array(text[(start - between + 1)..<start])
    var sorted: [UInt8] = []
    sorted.reserveCapacity(text.count - start)
    for (member, end) in zip(own, ends).sorted(by: { $0.0.key < $1.0.key }) {
      if !sorted.isEmpty { sorted += [UInt8(ascii: ",")] + separator }
      sorted += text[member.start..<end]
    }
    text.replaceSubrange(start..., with: sorted)
  }

  // MARK: Single values

  /// Writes a number, or a word of JSON.
  func append(_ word: String) {
    hasValue = true
    text += word.utf8
  }

  /// Writes a number; one that is whole has no fraction.
  func write(_ number: Double) throws {
    guard number.isFinite else {
      throw EncodingError.invalidValue(
        number, .init(codingPath: [], debugDescription: "\(number) is not a number in JSON"))
    }
    let word = number.description
    append(word.hasSuffix(".0") ? String(word.dropLast(2)) : word)
  }

  /// Writes a string; characters without a glyph are escaped.
  func write(_ string: String) {
    hasValue = true
    text.append(UInt8(ascii: "\""))
    if string.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C }) {
      text += string.utf8
    } else {
      for scalar in string.unicodeScalars { write(scalar) }
    }
    text.append(UInt8(ascii: "\""))
  }

  private func write(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": text += "\\\"".utf8
    case "\\": text += "\\\\".utf8
    case "\u{8}": text += "\\b".utf8
    case "\u{C}": text += "\\f".utf8
    case "\n": text += "\\n".utf8
    case "\r": text += "\\r".utf8
    case "\t": text += "\\t".utf8
    case _ where VisibleText.isInvisible(scalar):
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16, uppercase: scalar.value > 0x20)
        text += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
      }
    default: text += String(scalar).utf8
    }
  }
}
