// SPDX-License-Identifier: GPL-2.0-only

/// The data of git's `GIT binary patch`: the way forward, and as a rule the way back.
package struct BinaryPatch: Sendable {
  /// One direction: a whole file or a delta, deflated and in base85.
  package struct Block: Sendable {
    /// How the data gives the result.
    package enum Method: String, Sendable, Hashable {
      /// The data is the whole result.
      case literal
      /// The data is a git delta against the other side.
      case delta
    }
    /// How the data gives the result.
    package var method: Method
    /// The size of the inflated data in bytes, as the header says it.
    package var size: Int
    /// The lines of base85 as read, line ends included: as a rule a part of the input, not a copy.
    package var encoded: ArraySlice<UInt8>
  }

  /// Gives the post-image.
  package var forward: Block
  /// Gives the pre-image; absent where the tool left it out.
  package var reverse: Block?

  /// The data of the opposite direction, or nil where the patch does not hold it.
  var reversed: BinaryPatch? {
    guard let reverse else { return nil }
    return BinaryPatch(forward: reverse, reverse: forward)
  }
}

extension BinaryPatch {
  /// Why a block cannot be read.
  enum Damage: Error {
    case header(offset: Int)
    case line(offset: Int)
    case truncated(offset: Int)
  }

  /// Reads the blocks after a `GIT binary patch` line; returns them and the offset after them.
  static func parse(
    _ bytes: [UInt8], from start: Int, limit: Int
  ) throws(Damage) -> (patch: BinaryPatch, end: Int) {
    guard let (forward, end) = try block(bytes, from: start, limit: limit) else {
      throw .header(offset: start)
    }
    if let (reverse, end) = try block(bytes, from: end, limit: limit) {
      return (BinaryPatch(forward: forward, reverse: reverse), end)
    }
    return (BinaryPatch(forward: forward, reverse: nil), end)
  }

  private static func block(
    _ bytes: [UInt8], from start: Int, limit: Int
  ) throws(Damage) -> (Block, Int)? {
    let header = bytes.line(at: start, limit: limit)
    let method: Block.Method
    var index = header.start
    if bytes.line(header, hasPrefix: "literal ") {
      method = .literal
      index += 8
    } else if bytes.line(header, hasPrefix: "delta ") {
      method = .delta
      index += 6
    } else {
      return nil
    }
    let digits = bytes[index..<bytes.contentEndWithoutCR(header)]
    guard !digits.isEmpty, digits.count < 16, digits.allSatisfy({ (0x30...0x39).contains($0) })
    else { throw .header(offset: start) }
    let size = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    var position = header.end
    while true {
      guard position < limit else { throw .truncated(offset: position) }
      let line = bytes.line(at: position, limit: limit)
      let end = bytes.contentEndWithoutCR(line)
      if end == line.start {
        var encoded = bytes[header.end..<position]
        if encoded.contains(0x0D) { encoded = encoded.filter { $0 != 0x0D }[...] }
        return (Block(method: method, size: size, encoded: encoded), line.end)
      }
      guard Base85.isLine(bytes[line.start..<end]) else { throw .line(offset: line.start) }
      position = line.end
    }
  }
}

/// git's base85: a length letter, then five characters for every four bytes.
enum Base85 {
  static let alphabet = Array(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~".utf8)
  static let values: [Int8] = {
    var table = [Int8](repeating: -1, count: 256)
    for (value, letter) in alphabet.enumerated() { table[Int(letter)] = Int8(value) }
    return table
  }()

  /// Whether the line's letters are of the alphabet, its length the one announced, and no group of
  /// five more than 32 bits.
  static func isLine(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.first else { return false }
    let length: Int
    switch first {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): length = Int(first - UInt8(ascii: "A")) + 1
    case UInt8(ascii: "a")...UInt8(ascii: "z"): length = Int(first - UInt8(ascii: "a")) + 27
    default: return false
    }
    guard line.count - 1 == (length + 3) / 4 * 5 else { return false }
    var index = line.startIndex + 1
    while index < line.endIndex {
      var group = 0
      for _ in 0..<5 {
        let value = values[Int(line[index])]
        if value < 0 { return false }
        group = group * 85 + Int(value)
        index += 1
      }
      if group > Int(UInt32.max) { return false }
    }
    return true
  }
}
