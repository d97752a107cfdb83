// SPDX-License-Identifier: GPL-2.0-only

import Host
import TestSupport
import Testing

/// SHA functions, with coreutils as the oracle, and hex digits.
@Suite struct DigestTests {
  @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 4096, 1_000_003])
  func hashesAreThoseOfCoreutils(_ count: Int) async throws {
    let scratch = try Scratch()
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 8) }
    try scratch.write("f", bytes)
    let sha1 = try await run("sha1sum", ["f"], in: scratch.path)
    #expect(Hex.text(Digest.sha1(bytes)) == sha1.text.prefix(40))
    let sha256 = try await run("sha256sum", ["f"], in: scratch.path)
    #expect(Hex.text(Digest.sha256(bytes)) == sha256.text.prefix(64))
  }

  @Test func threadsHashAtOnce() async {
    let expected = Digest.sha256([1, 2, 3])
    await withTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<64 { group.addTask { Digest.sha256([1, 2, 3]) } }
      for await digest in group { #expect(digest == expected) }
    }
  }

  @Test func hexComesBack() {
    let all = (0...255).map { UInt8($0) }
    #expect(Hex.bytes(Hex.text(all)) == all)
    #expect(Hex.bytes(Hex.text(all).uppercased()) == all)
    #expect(Hex.bytes("") == [])
    for wrong in ["0", "0g", "é", "0x", " 0", "000"] {
      #expect(Hex.bytes(wrong) == nil, "\(wrong)")
    }
  }

  /// A program with notes: one that is not the id, and the id; or without the second.
  private func program(hasID: Bool) -> [UInt8] {
    func word(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func note(_ kind: Int, _ content: [UInt8]) -> [UInt8] {
      let filled = content + [UInt8](repeating: 0, count: -content.count & 3)
      return word(4, 4) + word(content.count, 4) + word(kind, 4) + Array("GNU\0".utf8) + filled
    }
    let notes = note(1, [9, 9, 9]) + (hasID ? note(3, [1, 2, 3, 4, 5]) : [])
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1] + [UInt8](repeating: 0, count: 58)
    bytes.replaceSubrange(32..<40, with: word(64, 8))
    bytes.replaceSubrange(54..<58, with: word(56, 2) + word(2, 2))
    func header(_ type: Int, _ offset: Int, _ size: Int) -> [UInt8] {
      word(type, 8) + word(offset, 8) + word(0, 16) + word(size, 8) + word(0, 16)
    }
    return bytes + header(1, 0, 64) + header(4, 176, notes.count) + notes
  }

  /// The id that the linker made is found in a program's notes; a file that is cut short or damaged has none, or
  /// another one.
  @Test func aProgramsIDIsFoundInItsNotes() {
    func id(_ bytes: [UInt8]) -> [UInt8]? {
      unsafe bytes.withUnsafeBytes { unsafe BuildID.find(in: $0) }
    }
    let whole = program(hasID: true)
    #expect(id(whole) == [1, 2, 3, 4, 5])
    #expect(id(program(hasID: false)) == nil && id([]) == nil && id(Array("#!/bin/sh".utf8)) == nil)
    for count in whole.indices where count < whole.count - 3 {
      #expect(id(Array(whole[..<count])) == nil, "\(count)")
    }
    for index in whole.indices {
      for value in [0, 0x7F, 0x80, 0xFF] as [UInt8] {
        var damaged = whole
        damaged[index] = value
        _ = id(damaged)
      }
    }
  }
}
