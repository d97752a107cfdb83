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
    try text(report, isPretty: true)
  }

  /// Gives the report with a newline at its end, piece by piece.
  ///
  /// - Throws: what `body` throws, and what `text` throws.
  package static func write(
    _ report: some Encodable, _ body: @escaping (_ piece: [UInt8]) throws -> Void
  ) throws {
    let writer = JSONWriter(isPretty: true, deliver: body)
    try writer.write(report)
    try writer.end()
  }

  /// A value without blanks and newlines.
  package static func compact(_ value: some Encodable) throws -> [UInt8] {
    Array(try text(value, isPretty: false).dropLast())
  }

  private static func text(_ value: some Encodable, isPretty: Bool) throws -> [UInt8] {
    let writer = JSONWriter(isPretty: isPretty)
    try writer.write(value)
    try writer.end()
    return writer.text
  }

  /// Reads a value.
  package static func read<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
