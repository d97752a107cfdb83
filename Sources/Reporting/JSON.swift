// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials

/// Writes reports as JSON: one object, keys sorted, slashes as they are.
package enum JSON {
  /// The report with a newline at its end.
  ///
  /// - Throws: `EncodingError` where a value cannot be written, which no report has.
  package static func text(_ report: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(report)) + [0x0A]
  }

  /// A value without blanks and newlines.
  static func compact(_ value: some Encodable) throws -> [UInt8] {
    Array(try JSONEncoder().encode(value))
  }

  /// Reads a value.
  static func read<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
