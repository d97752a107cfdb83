// SPDX-License-Identifier: GPL-2.0-only

import Host
import PatchFormat
import TestSupport
import Testing

import PatchSeries

/// A folder of patches with its series.
@Suite struct PatchesFolderTests {
  private func names(_ folder: PatchesFolder) -> [String] {
    folder.entries.map { String(decoding: $0.path, as: UTF8.self) }
  }

  @Test func itIsNamedByItsFolderOrBySeries() throws {
    let scratch = try Scratch()
    try scratch.write("p/series", "a.patch\n# no patch\nsub/b.patch -p0\n")
    try scratch.write("s/series.conf", "c.patch\n")
    for name in ["p", "p/series"] {
      let folder = try PatchesFolder(at: scratch.file(name))
      #expect(folder.path == scratch.file("p") && folder.seriesName == "series")
      #expect(names(folder) == ["a.patch", "sub/b.patch"])
    }
    #expect(try names(PatchesFolder(at: scratch.file("s"))) == ["c.patch"])
    #expect(throws: PatchkitError.self) {
      try PatchesFolder(at: scratch.file("s"), seriesName: "x")
    }
  }

  @Test func aFolderWithoutSeriesIsOnlyMadeWhereAskedFor() throws {
    let scratch = try Scratch()
    try scratch.write("p/a.patch", "x")
    #expect(throws: PatchkitError.self) { try PatchesFolder(at: scratch.file("p")) }
    let made = try PatchesFolder(at: scratch.file("p"), makes: true)
    #expect(made.entries.isEmpty && made.seriesName == "series")
    #expect(try scratch.snapshot("p").keys.sorted() == ["a.patch"])
  }

  @Test func patchesAndSeriesAreWrittenAtOnceOrNotAtAll() throws {
    let scratch = try Scratch()
    try scratch.write("p/series", "a.patch\n")
    try scratch.write("p/a.patch", "old\n")
    let folder = try PatchesFolder(at: scratch.file("p"))
    let series = try Series(parsing: Array("b.patch\n".utf8), name: "series")
    let gone: [UInt8]? = nil
    let before = try scratch.snapshot("p")
    for wrong in ["../b.patch", "/b.patch", "", "a//b"] {
      #expect(throws: (any Error).self, "\(wrong)") {
        try folder.write(
          [Array("a.patch".utf8): gone, Array(wrong.utf8): [1]], series: series)
      }
      #expect(try scratch.snapshot("p") == before)
    }
    try folder.write(
      [Array("a.patch".utf8): gone, Array("b.patch".utf8): Array("new\n".utf8)],
      series: series)
    #expect(try scratch.read("p/series") == Array("b.patch\n".utf8))
    #expect(try scratch.snapshot("p").keys.sorted() == ["b.patch", "series"])
  }
}
