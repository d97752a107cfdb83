// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: Samples.all.keys.sorted())
  func everySamplePrintsAsItWasRead(_ name: String) throws {
    let source = Array(try #require(Samples.all[name]).utf8)
    #expect(PatchDocument(parsing: source).serialized() == source)
  }

  @Test func theSeedPrintsAsItWasRead() throws {
    let source = try Files.read(Project.seed)
    let document = PatchDocument(parsing: source, name: "seed")
    #expect(document.serialized() == source)
    #expect(document.files.count == 1)
    #expect(document.files[0].hunks.map(\.oldStart) == [55, 78])
    #expect(document.files[0].hunks.map(\.newCount) == [47, 31])
  }

  /// Damaged inputs: bytes dropped, doubled, changed, lines cut, in every sample.
  ///
  /// Nothing may trap, and whatever is read has to print back.
  @Test(arguments: 0..<40) func damagedInputsPrintAsTheyWereRead(_ round: Int) {
    var random = SeededRandom(seed: UInt64(round))
    for name in Samples.all.keys.sorted() {
      var bytes = Array((Samples.all[name] ?? "").utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.remove(at: at)
        case 1: bytes.insert(bytes[at], at: at)
        case 2: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 3: bytes.removeSubrange(at...)
        case 4: bytes.insert(contentsOf: Array("\n".utf8), at: at)
        default:
          let end = Int.random(in: at..<bytes.count, using: &random)
          bytes.insert(contentsOf: bytes[at...end], at: at)
        }
      }
      let document = PatchDocument(parsing: bytes, name: name)
      #expect(document.serialized() == bytes, "\(name), round \(round)")
      for message in document.messages { _ = message.description() }
      for file in document.files { _ = file.printedAsGit(paths: .init(old: [0x61], new: [0x61])) }
      for diagnostic in document.diagnostics {
        #expect(diagnostic.location.offset <= bytes.count)
        let lines = bytes[..<diagnostic.location.offset].count { $0 == 0x0A } + 1
        #expect(diagnostic.location.line == lines)
      }
    }
  }

  /// What is printed from values alone is read to the same values.
  @Test(arguments: ["git", "created", "deleted", "renamed", "quoted", "binary"])
  func printedValuesAreReadToTheSameValues(_ name: String) throws {
    let source = Array(try #require(Samples.all[name]).utf8)
    for file in PatchDocument(parsing: source).files {
      let paths = try #require(file.paths(strip: 1))
      let again = PatchDocument(parsing: file.printedAsGit(paths: paths))
      let read = try #require(again.files.first)
      #expect(again.diagnostics.isEmpty)
      #expect(read.paths(strip: 1) == paths)
      #expect(read.hunks == file.hunks)
      #expect(read.change == file.change)
      #expect(read.oldMode == file.oldMode && read.newMode == file.newMode)
      #expect(read.binary?.forward.encoded == file.binary?.forward.encoded)
    }
  }

  @Test(arguments: ["git", "created", "deleted", "renamed", "quoted"])
  func reversingTwiceChangesNothing(_ name: String) throws {
    let source = Array(try #require(Samples.all[name]).utf8)
    for file in PatchDocument(parsing: source).files {
      let back = file.reversed.reversed
      #expect(back.hunks == file.hunks)
      #expect(back.change == file.change)
      #expect(back.oldName == file.oldName && back.newName == file.newName)
    }
  }
}
