// SPDX-License-Identifier: GPL-2.0-only

/// A line such as `Signed-off-by: …` from the end of a commit message.
public struct Trailer: Sendable, Hashable {
  /// The token before the colon.
  public var token: String
  /// The value, continuation lines joined by a space.
  public var value: String

  /// Makes a trailer.
  package init(token: String, value: String) {
    self.token = token
    self.value = value
  }

  /// Whether the token is `other`; tokens have no case.
  public func isNamed(_ other: String) -> Bool { token.lowercased() == other.lowercased() }

  /// The name and address of a `…-by:` or `Cc:` trailer.
  package var address: MailAddress? {
    MailAddress(String(value.prefix { $0 != "#" }).trimmed)
  }

  /// For `Cc: stable`: the text after the `#`, such as `5.4.x`; empty if there is none; nil
  /// for every other trailer.
  package var stableVersion: String? {
    guard isNamed("cc"), value.lowercased().contains("stable@") else { return nil }
    guard let hash = value.firstIndex(of: "#") else { return "" }
    return String(value[value.index(after: hash)...]).trimmed
  }

  /// For `Fixes:`: the commit's id as written and its title.
  public var fixes: (commit: String, title: String)? {
    guard isNamed("fixes") else { return nil }
    let id = value.prefix { $0.isHexDigit }
    guard (7...40).contains(id.count) else { return nil }
    var title = String(value.dropFirst(id.count)).trimmed
    if title.hasPrefix("("), title.hasSuffix(")") { title = String(title.dropFirst().dropLast()) }
    if title.count >= 2, title.hasPrefix("\""), title.hasSuffix("\"") {
      title = String(title.dropFirst().dropLast())
    }
    return (String(id).lowercased(), title)
  }

  /// The trailers of a message: the lines of its last paragraphs that are trailers, as git finds
  /// them, over notes in brackets that maintainers put between.
  static func find(in message: [Substring]) -> [Trailer] {
    var end = message.count
    var found: [Trailer] = []
    while end > 0 {
      while end > 0, message[end - 1].allSatisfy(\.isWhitespace) { end -= 1 }
      var start = end
      while start > 0, !message[start - 1].allSatisfy(\.isWhitespace) { start -= 1 }
      guard start < end, let trailers = paragraph(message[start..<end]) else { break }
      found = trailers + found
      end = start
    }
    return found
  }

  /// The trailers of a paragraph; nil where it is prose.
  ///
  /// git's rule: every line is one, or one of them is git's own and a quarter of the lines are.
  private static func paragraph(_ lines: ArraySlice<Substring>) -> [Trailer]? {
    var trailers: [Trailer] = []
    var other = 0
    var hasKnown = false
    for line in lines {
      if let trailer = Trailer(line: line) {
        trailers.append(trailer)
        hasKnown = hasKnown || trailer.isNamed("signed-off-by")
      } else if let first = line.first, first == " " || first == "\t", !trailers.isEmpty {
        trailers[trailers.count - 1].value += " " + String(line).trimmed
      } else if line.hasPrefix("(cherry picked from commit") || line.hasPrefix("[")
        || line.hasPrefix("(backported from commit")
      {
        hasKnown = true
      } else {
        other += 1
      }
    }
    let isBlock = other == 0 || (hasKnown && trailers.count * 3 >= other)
    return isBlock && (hasKnown || !trailers.isEmpty) ? trailers : nil
  }

  /// Reads a line as a trailer; nil where it is none.
  init?(line: Substring) {
    guard let colon = line.firstIndex(of: ":") else { return nil }
    let token = line[..<colon]
    guard let first = token.first, first.isLetter, token.count < 40,
      token.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    else { return nil }
    let value = String(line[line.index(after: colon)...])
    guard value.first?.isWhitespace ?? false else { return nil }
    self.init(token: String(token), value: value.trimmed)
  }
}
