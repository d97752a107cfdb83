// SPDX-License-Identifier: GPL-2.0-only

/// One line of a file as bytes, its newline included where it has one.
package struct LineText: Sendable, Hashable {
  /// The bytes.
  package let bytes: [UInt8]
  /// The bytes without any blank: lines that differ in white space alone have the same.
  package let solidBytes: [UInt8]

  /// Takes a line.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // In memory of its own size at once: a file has very many lines.
    solidBytes = unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { solid, filled in
      for byte in bytes where !Words.isBlank(byte) {
        unsafe solid[filled] = byte
        filled &+= 1
      }
    }
  }

  /// Whether the line has only blanks.
  package var isBlank: Bool { solidBytes.isEmpty }

  /// Whether the line has a name or a number: `}` and an empty line occur everywhere and do not
  /// identify a position.
  package var saysSomething: Bool {
    solidBytes.lazy.filter { Words.kind(of: $0) == .name }.prefix(3).count == 3
  }

  /// The blanks that the line starts with.
  package var indent: ArraySlice<UInt8> {
    bytes.prefix { $0 == 0x20 || $0 == 0x09 }
  }

  /// How alike two lines are: 1 for the same words, 0 for no word in common.
  ///
  /// Twice the length of the words in common, in order, over the length of both; blanks do not count.
  package func similarity(to other: LineText) -> Double {
    if solidBytes == other.solidBytes { return 1 }
    return similarity(to: other, Words(bytes).solid, Words(other.bytes).solid)
  }

  /// How alike two lines are if names are taken apart at underscores, and how much of the shorter line is in the
  /// longer one, each from 0 to 1: all of `unregister_device(net)` is in `unregister_net_device(net, id)`.
  func inCommon(with other: LineText) -> (likeness: Double, share: Double) {
    let likeness = similarity(to: other, Self.parts(of: bytes), Self.parts(of: other.bytes))
    let (mine, theirs) = (Double(solidBytes.count), Double(other.solidBytes.count))
    return (likeness, likeness * (mine + theirs) / 2 / max(min(mine, theirs), 1))
  }

  private static func parts(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    Words(bytes).solid.flatMap { word in
      var parts: [ArraySlice<UInt8>] = []
      var start = word.startIndex
      for index in word.indices where word[index] == UInt8(ascii: "_") {
        if index > start { parts.append(word[start..<index]) }
        parts.append(word[index...index])
        start = index + 1
      }
      if start < word.endIndex { parts.append(word[start...]) }
      return parts
    }
  }

  /// The same with the words of both lines at hand.
  func similarity(
    to other: LineText, _ mine: [ArraySlice<UInt8>], _ theirs: [ArraySlice<UInt8>]
  ) -> Double {
    let total = solidBytes.count + other.solidBytes.count
    if total == 0 { return 1 }
    let shorter = min(solidBytes.count, other.solidBytes.count)
    // No more than the whole shorter line can be in common.
    if Double(2 * shorter) / Double(total) < 0.4 { return 0 }
    if mine.count * theirs.count > 40_000 { return 0 }
    var above = [Int](repeating: 0, count: theirs.count + 1)
    for word in mine {
      var diagonal = 0
      for (index, candidate) in theirs.enumerated() {
        let old = above[index + 1]
        above[index + 1] =
          word == candidate ? diagonal + word.count : max(old, above[index])
        diagonal = old
      }
    }
    return Double(2 * (above.last ?? 0)) / Double(total)
  }
}
