// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

import Reporting

/// JSON that is written piece by piece, compared with Foundation's, which holds a tree of all values.
@Suite struct JSONWriterTests {
  private struct Sample: Codable {
    enum Kind: String, Codable { case one, two }
    struct Empty: Codable {}
    struct Inner: Codable {
      var zeta: [Int]
      var alpha: String?
      var Upper: Double
      var a_b: Float
      var empty = Empty()
    }
    var words: [String]
    var inner: [Inner]
    var byName: [String: [Kind]]
    var missing: Int?
    var isTrue = true
    var small: UInt8 = 7
    var large = Int64.min
    var rows: [[Double?]]
  }

  private static let samples: [Sample] = [
    Sample(words: [], inner: [], byName: [:], rows: []),
    Sample(
      words: ["plain", "", "a/b", "\"\\\u{8}\u{C}\n\r\t\u{1}\u{1F}", "Grüße, 漢字 🐧", " "],
      inner: [
        .init(zeta: [3, -2], alpha: nil, Upper: 1, a_b: 0.5),
        .init(zeta: [], alpha: "x", Upper: 1e300, a_b: -0.25),
      ],
      byName: [
        "b": [.two], "a/é": [], "é": [.one, .two], "": [.one], "Z": [], "a10": [], "a9": [],
      ],
      missing: 3, rows: [[], [nil, 0.1, -0.0, 123456789.125], [1e-7]]),
  ]

  @Test(arguments: samples.indices) func theTextIsFoundations(_ index: Int) throws {
    let sample = Self.samples[index]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let expected = String(decoding: try encoder.encode(sample), as: UTF8.self) + "\n"
    #expect(String(decoding: try JSON.text(sample), as: UTF8.self) == expected)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    #expect(try JSON.compact(sample) == Array(encoder.encode(sample)))
  }

  @Test func charactersWithoutAGlyphAreEscaped() throws {
    let text = "a\u{7F}b\u{202E}c\u{E0001}d\u{85}"
    let json = String(decoding: try JSON.compact([text]), as: UTF8.self)
    #expect(json == #"["a\u007Fb\u202Ec\uDB40\uDC01d\u0085"]"#)
    #expect(try JSON.read([String].self, Array(json.utf8)) == [text])
  }

  private struct Long: OrderedMembers {
    var first = "x"
    var numbers: [Int]
    var word = "end"
  }

  /// An object whose members come in order is delivered before it is complete; others wait.
  @Test func longReportsComeInPieces() throws {
    let long = Long(numbers: Array(0..<100_000))
    var pieces: [[UInt8]] = []
    try JSON.write(long) { pieces.append($0) }
    #expect(pieces.count > 3)
    #expect(pieces.allSatisfy { $0.count < 1 << 19 })
    #expect(try pieces.flatMap(\.self) == JSON.text(long))
    var whole: [[UInt8]] = []
    try JSON.write(["long": long]) { whole.append($0) }
    #expect(whole.count == 1)
  }

  private struct Unordered: OrderedMembers {
    var b = 1
    var a = 2
  }

  @Test func membersOutOfOrderAndNumbersThatJSONLacksAreErrors() {
    #expect(throws: EncodingError.self) { try JSON.text(Unordered()) }
    #expect(throws: EncodingError.self) { try JSON.text([Double.infinity]) }
  }
}
