// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

import Git

/// Ids and hashes, with git and coreutils as oracles.
@Suite struct ObjectIDTests {
  @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 4096, 1_000_003])
  func hashesAreThoseOfGitAndSha1sum(_ count: Int) async throws {
    let scratch = try Scratch()
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 8) }
    try scratch.write("f", bytes)
    let sum = try await run("sha1sum", ["f"], in: scratch.path)
    #expect(ObjectID.hash(of: bytes).description == sum.text.prefix(40))
    let blob = try await git("hash-object", "f", in: scratch.path)
    #expect(try ObjectID.ofBlob(bytes).description == blob.line)
  }

  @Test func textsAreReadAsTheyAreWritten() throws {
    let text = "e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d"
    #expect(ObjectID(text)?.description == text)
    #expect(ObjectID(text.uppercased())?.description == text)
    for wrong in ["", String(text.dropLast()), text + "0", text.replacing("e", with: "g")] {
      #expect(ObjectID(wrong) == nil, "\(wrong)")
    }
  }

  /// git's patch-id adds ids byte by byte from the first, with a carry that is lost at the end.
  @Test func sumsCarryFromTheFirstByte() throws {
    let high = try #require(ObjectID(bytes: [0xFF] + [UInt8](repeating: 0, count: 19)))
    let one = try #require(ObjectID(bytes: [1] + [UInt8](repeating: 0, count: 19)))
    #expect((high + one).bytes == [0, 1] + [UInt8](repeating: 0, count: 18))
    let all = try #require(ObjectID(bytes: [UInt8](repeating: 0xFF, count: 20)))
    #expect((all + one).bytes == [UInt8](repeating: 0, count: 20))
  }
}
