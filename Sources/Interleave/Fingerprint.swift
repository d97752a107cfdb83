// SPDX-License-Identifier: GPL-2.0-only

/// A hash of a sequence of values: 128 bits, the same in every run.
public struct Fingerprint: Sendable, Hashable {
  private(set) var a: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var b: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The hash of no values.
  public init() {}

  /// Hashes one more value; the order of the values matters.
  public mutating func add(_ value: Int) {
    let bits = UInt64(truncatingIfNeeded: value)
    a = (a ^ bits) &* 0x0000_0100_0000_01B3
    a ^= a >> 29
    b = (b &+ bits &+ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
    b ^= b >> 32
  }

  /// Hashes the values of another fingerprint as one more value.
  public mutating func add(_ other: Fingerprint) {
    add(Int(truncatingIfNeeded: other.a))
    add(Int(truncatingIfNeeded: other.b))
  }

  /// Merges another fingerprint so that the order of merging does not matter.
  mutating func merge(_ other: Fingerprint) {
    var mixed = Fingerprint()
    mixed.add(other)
    a = a &+ mixed.a
    b = b &+ mixed.b
  }

  /// Hashes one half: it is a hash already.
  public func hash(into hasher: inout Hasher) { hasher.combine(a) }
}
