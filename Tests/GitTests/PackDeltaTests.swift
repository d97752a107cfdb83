// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

import Git

/// Differences as a pack keeps them, carried out as git's patch-delta.c does.
@Suite struct PackDeltaTests {
  /// Carries out a delta; nil where it is not one of this base.
  private func applied(_ delta: [UInt8], to base: [UInt8]) -> [UInt8]? {
    var rest = delta[...]
    func next() -> Int? { rest.popFirst().map(Int.init) }
    func size() -> Int? {
      var (value, shift) = (0, 0)
      while let byte = next() {
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 == 0 { return value }
      }
      return nil
    }
    guard size() == base.count, let wanted = size() else { return nil }
    var result: [UInt8] = []
    while let code = next() {
      if code & 0x80 != 0 {
        var (offset, count) = (0, 0)
        for bit in 0..<4 where code & 1 << bit != 0 { offset |= (next() ?? 0) << (8 * bit) }
        for bit in 0..<3 where code & 0x10 << bit != 0 { count |= (next() ?? 0) << (8 * bit) }
        if count == 0 { count = 0x10000 }
        guard offset + count <= base.count else { return nil }
        result += base[offset..<(offset + count)]
      } else {
        guard code > 0, rest.count >= code else { return nil }
        result += rest.prefix(code)
        rest = rest.dropFirst(code)
      }
    }
    return result.count == wanted ? result : nil
  }

  private func bytes(_ count: Int, _ random: inout SeededRandom) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  /// Lengths about the bounds of an instruction: 127 bytes of text, 65,535 of a copy.
  @Test(arguments: [0, 1, 126, 127, 128, 300], [0, 1, 0xFFFE, 0xFFFF, 0x10000, 0x20001])
  func whatItMakesIsTheNewVersion(_ middle: Int, _ common: Int) throws {
    var random = SeededRandom(seed: UInt64(middle * 1_000_003 + common))
    let (head, tail) = (bytes(common + 400, &random), bytes(common + 400, &random))
    let base = head + bytes(50, &random) + tail
    let new = head + bytes(middle, &random) + tail
    let delta = try #require(PackDelta.between(base, new))
    #expect(applied(delta, to: base) == new)
    #expect(delta.count < new.count)
  }

  @Test func equalVersionsAreOneCopy() throws {
    let base = Array("the same text\n".utf8)
    let delta = try #require(PackDelta.between(base, base))
    #expect(applied(delta, to: base) == base)
  }

  /// A difference of half the object or more is not worth one.
  @Test func littleInCommonMakesNone() {
    var random = SeededRandom(seed: 7)
    let common = bytes(100, &random)
    #expect(PackDelta.between(common, common + [1] + bytes(98, &random)) != nil)
    #expect(PackDelta.between(common, common + [1] + bytes(99, &random)) == nil)
    #expect(PackDelta.between(bytes(50, &random), []) == nil)
    #expect(PackDelta.between([], bytes(50, &random)) == nil)
  }
}
