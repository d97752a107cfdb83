// SPDX-License-Identifier: GPL-2.0-only

/// A `Content-Type` field: type, and the parameters that matter for reading a patch.
struct ContentType {
  /// `type/subtype`, lower case.
  var type = "text/plain"
  /// Parameters by lower-case name.
  var parameters: [String: String] = [:]

  var isMultipart: Bool { type.hasPrefix("multipart/") }
  /// `format=flowed` (RFC 3676): the mailer may have broken long lines, and put a space before some.
  var isFlowed: Bool { parameters["format"]?.lowercased() == "flowed" }
  /// `delsp=yes`: the space at the end of a broken line is not part of it.
  var deletesSpace: Bool { parameters["delsp"]?.lowercased() == "yes" }

  init() {}

  init(_ value: [UInt8]) {
    let text = String(lossy: value.map { $0 == 0x0A ? 0x20 : $0 })
    var pieces: [String] = [""]
    var isQuoted = false
    var isEscaped = false
    for character in text {
      if isEscaped {
        pieces[pieces.count - 1].append(character)
        isEscaped = false
      } else if character == "\\", isQuoted {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == ";", !isQuoted {
        pieces.append("")
      } else {
        pieces[pieces.count - 1].append(character)
      }
    }
    type = pieces[0].trimmed.lowercased()
    for piece in pieces.dropFirst() {
      guard let equals = piece.firstIndex(of: "=") else { continue }
      let name = String(piece[..<equals]).trimmed.lowercased()
      let value = String(piece[piece.index(after: equals)...]).trimmed
      if parameters[name] == nil { parameters[name] = value }
    }
  }
}

extension String {
  /// The text without blanks at both ends.
  var trimmed: String {
    var view = self[...]
    while let first = view.first, first.isWhitespace { view.removeFirst() }
    while let last = view.last, last.isWhitespace { view.removeLast() }
    return String(view)
  }
}
