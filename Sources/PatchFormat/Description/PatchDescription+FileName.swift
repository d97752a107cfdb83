// SPDX-License-Identifier: GPL-2.0-only

extension PatchDescription {
  /// The subject as `git format-patch` makes a file's name of it: letters, digits, `.` and `_`, each
  /// run of anything else a dash, no more than 52 bytes.
  public var fileName: String {
    var name = ""
    var needsDash = false
    for byte in subject.utf8 {
      let isKept =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      if !isKept || (byte == UInt8(ascii: ".") && name.hasSuffix(".")) {
        needsDash = needsDash || !isKept
        continue
      }
      if needsDash, !name.isEmpty { name += "-" }
      needsDash = false
      name.unicodeScalars.append(UnicodeScalar(byte))
      if name.utf8.count >= 52 { break }
    }
    while let last = name.last, last == "." || last == "-" { name.removeLast() }
    return name.isEmpty ? "patch" : name
  }
}
