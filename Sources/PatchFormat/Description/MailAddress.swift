// SPDX-License-Identifier: GPL-2.0-only

/// A name and a mail address.
public struct MailAddress: Sendable, Hashable {
  /// The name, quotes taken off; empty where there is none.
  public var name: String
  /// The address without angle brackets.
  public var email: String

  /// Makes an address with a name.
  public init(name: String, email: String) {
    self.name = name
    self.email = email
  }

  /// Reads `Name <address>`, `"Name" <address>`, `address (Name)` or an address alone, as
  /// `git mailinfo` reads the `From` field of a mail.
  public init?(_ text: String) {
    guard let (name, email) = Self.split(Array(text.utf8)) else { return nil }
    self.email = String(lossy: email)
    self.name = String(lossy: name.filter { ![0x00, 0x0A, 0x0D, 0x3C, 0x3E].contains($0) })
  }

  /// The author that a `From` field names, by git's rules.
  ///
  /// Without a usable name the address is the name, too. `Name <word>` is taken although the word is
  /// not an address.
  static func author(_ text: String) -> MailAddress? {
    let bytes = Array(text.utf8)
    var (name, email): ([UInt8], [UInt8])
    if let found = split(bytes) {
      (name, email) = found
    } else if let open = bytes.firstIndex(of: UInt8(ascii: "<")),
      let close = bytes[open...].firstIndex(of: UInt8(ascii: ">")), close > open + 1
    {
      (name, email) = (Whitespace.trimmed(bytes[..<open]), Array(bytes[(open + 1)..<close]))
    } else {
      return nil
    }
    let isUsable =
      (1...60).contains(name.count) && !name.contains { [0x3C, 0x3E, 0x40, 0x00].contains($0) }
    if !isUsable { name = email }
    return MailAddress(name: String(lossy: name), email: String(lossy: email))
  }

  /// The name and the address around the first `@`; nil where there is no address.
  private static func split(_ text: [UInt8]) -> (name: [UInt8], email: [UInt8])? {
    var line = unquoted(text)
    guard let at = line.firstIndex(of: UInt8(ascii: "@")) else { return nil }
    var start = at
    while start > 0, !Whitespace.contains(line[start - 1]) {
      if line[start - 1] == UInt8(ascii: "<") {
        line[start - 1] = 0x20
        break
      }
      start -= 1
    }
    let end =
      line[start...].firstIndex { Whitespace.contains($0) || [0x0B, 0x0C, 0x3E].contains($0) }
      ?? line.count
    let email = Array(line[start..<end])
    guard email.count > 1 else { return nil }
    line.removeSubrange(start..<min(end + 1, line.count))
    var name = Whitespace.trimmed(Whitespace.collapsed(line)[...])
    if name.count >= 2, name.first == UInt8(ascii: "("), name.last == UInt8(ascii: ")") {
      name = Array(name.dropFirst().dropLast())
    }
    return (name, email)
  }

  /// The text without the quotes of quoted strings and the backslashes of quoted pairs; comments keep
  /// their brackets.
  private static func unquoted(_ text: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var depth = 0
    var isQuoted = false
    var index = 0
    while index < text.count {
      let byte = text[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\\") where isQuoted || depth > 0:
        if index < text.count {
          output.append(text[index])
          index += 1
        }
      case UInt8(ascii: "\"") where depth == 0: isQuoted.toggle()
      case UInt8(ascii: "(") where !isQuoted:
        depth += 1
        output.append(byte)
      case UInt8(ascii: ")") where depth > 0:
        depth -= 1
        output.append(byte)
      default: output.append(byte)
      }
    }
    return output
  }
}
