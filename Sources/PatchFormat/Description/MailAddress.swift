// SPDX-License-Identifier: GPL-2.0-only

/// A person: a name and a mail address.
package struct MailAddress: Sendable, Hashable {
  /// The name, quotes taken off; empty where there is none.
  package var name: String
  /// The address without angle brackets.
  package var email: String

  /// Makes a person from a name and an address.
  package init(name: String, email: String) {
    self.name = name
    self.email = email
  }

  /// Reads `Name <address>`, `"Name" <address>`, `address (Name)` or an address alone.
  package init?(_ text: String) {
    if let open = text.lastIndex(of: "<"), let close = text[open...].firstIndex(of: ">") {
      email = String(text[text.index(after: open)..<close]).trimmed
      // What stands behind the address is a comment, and part of the name as git has it.
      let before = String(text[..<open]).trimmed
      let behind = String(text[text.index(after: close)...]).trimmed
      var name = [before, behind].filter { !$0.isEmpty }.joined(separator: " ")
      let isWrapped =
        (name.first == "\"" && name.last == "\"") || (name.first == "(" && name.last == ")")
      if name.count >= 2, isWrapped { name = String(name.dropFirst().dropLast()) }
      self.name = name.filter { $0 != "\\" }
    } else if let open = text.firstIndex(of: "("), text.last == ")" {
      email = String(text[..<open]).trimmed
      name = String(text[text.index(after: open)...].dropLast()).trimmed
    } else {
      email = text.trimmed
      name = ""
    }
    guard email.contains("@"), !email.contains(where: { $0.isWhitespace || "<>".contains($0) })
    else { return nil }
    name = String(name.filter { !$0.isNewline && $0 != "<" && $0 != ">" })
  }
}
