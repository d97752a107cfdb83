// SPDX-License-Identifier: GPL-2.0-only

extension Message {
  /// The name of the message's file in a series, as `git format-patch` gives it: `0001-subject.patch`, and
  /// `0000-cover-letter.patch` for the letter before it.
  package func fileName(number: Int) -> String {
    let isLetter = isCoverLetter
    let digits = String(isLetter ? 0 : number)
    let subject = isLetter ? "cover-letter" : description().fileName
    return String(repeating: "0", count: max(0, 4 - digits.count)) + "\(digits)-\(subject).patch"
  }
}

extension PatchDescription {
  /// The subject as `git format-patch` makes a file's name of it: letters, digits, `.` and `_`, each
  /// run of anything else a dash, no more than 52 bytes.
  package var fileName: String {
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
