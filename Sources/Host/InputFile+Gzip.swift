// SPDX-License-Identifier: GPL-2.0-only

extension InputFile {
  /// The bytes of a file, or of standard input for `-`, gzip data unpacked.
  ///
  /// - Parameters:
  ///   - largest: the most bytes that are read.
  ///   - unpacked: the most bytes that gzip data may unpack to.
  /// - Throws: `PatchkitError` of kind `badInput` where it cannot be read or is too large.
  package static func readUnpacked(
    _ path: String, largest: Int = InputFile.largest, unpacked: Int, kinds: Kinds = .files
  ) throws(PatchkitError) -> [UInt8] {
    try Self.unpacked(try read(path, largest: largest, kinds: kinds), of: path, largest: unpacked)
  }

  /// Gzip data unpacked, and other bytes as they are.
  ///
  /// - Parameter path: the file that they are of, for errors.
  package static func unpacked(
    _ bytes: [UInt8], of path: String, largest: Int
  ) throws(PatchkitError) -> [UInt8] {
    guard GzipData.starts(bytes) else { return bytes }
    do {
      return try GzipData.unpacked(bytes, largest: largest)
    } catch {
      switch error {
      case .tooLarge:
        throw PatchkitError(
          .badInput, path: path, "unpacks to more than \(largest) bytes",
          hint: "'--limit unpacked-size=NUMBER' sets the limit (with an optional K, M or G)")
      case .damaged:
        throw PatchkitError(
          .badInput, path: path, "the gzip data is damaged or truncated",
          hint: "'gzip -t' checks the file; fetch it again")
      }
    }
  }

  /// Bytes as gzip data.
  package static func packed(_ bytes: [UInt8]) -> [UInt8] { GzipData.packed(bytes) }

  /// Whether bytes are gzip data.
  package static func isPacked(_ bytes: [UInt8]) -> Bool { GzipData.starts(bytes) }
}
