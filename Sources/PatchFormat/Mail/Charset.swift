// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Conversion of header texts and messages to UTF-8, by the C library's iconv.
package enum Charset {
  /// The bytes as UTF-8 text; nil where the set is not known or the bytes are none of it.
  ///
  /// - Parameter name: the charset's registered name, such as `ISO-8859-1`.
  package static func decode(_ bytes: [UInt8], as name: String) -> String? {
    let name = name.lowercased()
    if isUnicode(name) {
      return String(validating: bytes, as: UTF8.self)
    }
    // The name comes from a mail: only letters, digits and the signs that charset names have.
    guard !name.isEmpty, name.utf8.count < 40,
      name.utf8.allSatisfy({
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-_:.".utf8.contains($0)
      })
    else { return nil }
    // The usual one of old mails needs no module of the C library.
    if ["iso-8859-1", "iso8859-1", "latin1"].contains(name) {
      return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
    return convert(bytes, from: name)
  }

  /// Whether a charset's name says that its texts are valid UTF-8.
  package static func isUnicode(_ name: String) -> Bool {
    ["utf-8", "utf8", "us-ascii", "ascii"].contains(name.lowercased())
  }

  /// Whether the ASCII characters of a charset's texts are their bytes; false where that is not known.
  static func keepsASCII(_ name: String) -> Bool {
    isUnicode(name) || ["iso-8859-", "windows-125"].contains(where: name.lowercased().hasPrefix)
  }

  private static func convert(_ bytes: [UInt8], from name: String) -> String? {
    let failed = UInt.max
    guard let descriptor = unsafe iconv_open("UTF-8", name),
      UInt(bitPattern: descriptor) != failed
    else { return nil }
    defer { unsafe _ = iconv_close(descriptor) }
    var input = bytes
    // No charset that iconv knows needs more than four bytes of UTF-8 for one byte.
    var output = [UInt8](repeating: 0, count: bytes.count * 4 + 16)
    let written = unsafe input.withUnsafeMutableBytes { source -> Int? in
      unsafe output.withUnsafeMutableBytes { target -> Int? in
        var from = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
        var fromLeft = source.count
        var to = unsafe target.baseAddress?.assumingMemoryBound(to: CChar.self)
        var toLeft = target.count
        let result = unsafe iconv(descriptor, &from, &fromLeft, &to, &toLeft)
        return result == Int(bitPattern: failed) || fromLeft > 0 ? nil : target.count - toLeft
      }
    }
    guard let written else { return nil }
    return String(validating: output[..<written], as: UTF8.self)
  }
}
