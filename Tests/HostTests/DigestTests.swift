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
}
