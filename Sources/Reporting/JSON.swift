// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials

/// Writes reports as JSON: one object, keys sorted, slashes as they are.
///
/// Characters without a glyph are written as `\\u202E`: the same value to a reader of JSON, and visible to
/// the user.
package enum JSON {
  /// The report with a newline at its end.
  ///
  /// - Throws: `EncodingError` where a value cannot be written, which no report has.
  package static func text(_ report: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return visible(try encoder.encode(report)) + [0x0A]
  }

  /// A value without blanks and newlines.
  package static func compact(_ value: some Encodable) throws -> [UInt8] {
    visible(try JSONEncoder().encode(value))
  }

  private static func visible(_ json: Data) -> [UInt8] {
    if json.allSatisfy({ $0 < 0x7F }) { return Array(json) }
    var output: [UInt8] = []
    output.reserveCapacity(json.count)
    for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
      guard VisibleText.isInvisible(scalar), scalar.value > 0x20 else {
        output += String(scalar).utf8
        continue
      }
      // No text but that of a string has such a character.
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16, uppercase: true)
        output += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
      }
    }
    return output
  }

  /// Reads a value.
  package static func read<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
