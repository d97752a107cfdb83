// SPDX-License-Identifier: GPL-2.0-only

/// A commit's message, read for what the index keeps of it.
///
/// It works on bytes: a kernel's history has a quarter of a million messages.
package struct CommitMessage: Sendable {
  /// The lines of the first paragraph, joined by blanks, as in `git log --format=%s`.
  package let subject: [UInt8]
  /// The trailers at the end, with their tokens and values as written.
  package let trailers: [(token: [UInt8], value: [UInt8])]
  /// The commits that it names by id, each once with each role.
  package let mentions: [Mention]
  /// The commits that it names by title.
  package let titles: [TitleMention]

  /// Reads a message in UTF-8.
  package init(_ message: ArraySlice<UInt8>) {
    let lines = Self.lines(message)
    var start = 0
    while start < lines.count, lines[start].isEmpty { start += 1 }
    var end = start
    var subject: [UInt8] = []
    while end < lines.count, !lines[end].isEmpty {
      if end > start { subject.append(0x20) }
      subject += message[lines[end]]
      end += 1
    }
    self.subject = subject
    trailers = Self.trailers(message, lines, after: end)
    var search = MentionSearch(message, lines, subject: subject)
    search.run()
    mentions = search.mentions
    titles = search.titles
  }

  /// The lines without blanks at their ends.
  private static func lines(_ message: ArraySlice<UInt8>) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = message.startIndex
    while start < message.endIndex {
      let end = message[start...].firstIndex(of: 0x0A) ?? message.endIndex
      var last = end
      while last > start, message[last - 1] <= 0x20 { last -= 1 }
      lines.append(start..<last)
      start = end + 1
    }
    return lines
  }

  /// The trailers of the last paragraphs, as git finds them in each.
  private static func trailers(
    _ message: ArraySlice<UInt8>, _ lines: [Range<Int>], after first: Int
  ) -> [(token: [UInt8], value: [UInt8])] {
    var found: [(token: [UInt8], value: [UInt8])] = []
    var end = lines.count
    while end > first {
      while end > first, lines[end - 1].isEmpty { end -= 1 }
      var start = end
      while start > first, !lines[start - 1].isEmpty { start -= 1 }
      guard start < end, let trailers = paragraph(message, lines[start..<end]) else { break }
      found = trailers + found
      end = start
    }
    return found
  }

  /// The trailers of a paragraph; nil where it is prose.
  ///
  /// git's rule: every line is one, or one of them is git's own and a quarter of the lines are.
  private static func paragraph(
    _ message: ArraySlice<UInt8>, _ lines: ArraySlice<Range<Int>>
  ) -> [(token: [UInt8], value: [UInt8])]? {
    var trailers: [(token: [UInt8], value: [UInt8])] = []
    var other = 0
    var hasKnown = false
    for line in lines {
      let text = message[line]
      if let colon = tokenEnd(text) {
        let token = Array(text[..<colon])
        trailers.append((token, Array(trimmed(text[(colon + 1)...]))))
        hasKnown = hasKnown || token.isEqualIgnoringCase("signed-off-by")
      } else if let byte = text.first, byte == 0x20 || byte == 0x09, !trailers.isEmpty {
        trailers[trailers.count - 1].value += [0x20] + trimmed(text)
      } else if text.first == UInt8(ascii: "[") || text.hasPrefix("(cherry picked from commit")
        || text.hasPrefix("(backported from commit")
      {
        hasKnown = true
      } else {
        other += 1
      }
    }
    let isBlock = other == 0 || (hasKnown && trailers.count * 3 >= other)
    return isBlock && (hasKnown || !trailers.isEmpty) ? trailers : nil
  }

  /// Where the token of a trailer ends, at its colon; nil if the line is not a trailer.
  private static func tokenEnd(_ line: ArraySlice<UInt8>) -> Int? {
    guard let first = line.first, first.isLetter else { return nil }
    for index in line.indices {
      let byte = line[index]
      if byte == UInt8(ascii: ":") {
        guard index - line.startIndex < 40, index + 1 < line.endIndex, line[index + 1] <= 0x20
        else { return nil }
        return index
      }
      guard byte.isLetter || byte.isDigit || byte == UInt8(ascii: "-") else { return nil }
    }
    return nil
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text
    while let first = text.first, first <= 0x20 { text.removeFirst() }
    while let last = text.last, last <= 0x20 { text.removeLast() }
    return text
  }
}

extension UInt8 {
  /// Whether it is an ASCII letter.
  var isLetter: Bool { (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) }
  /// Whether it is an ASCII digit.
  var isDigit: Bool { (0x30...0x39).contains(self) }
  /// Whether it is a hex digit.
  var isHexDigit: Bool {
    isDigit || (0x61...0x66).contains(self) || (0x41...0x46).contains(self)
  }
  /// The lower-case letter of an ASCII letter, and any other byte itself.
  var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}

extension Collection<UInt8> {
  /// Whether the bytes start with a text.
  func hasPrefix(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard self.count >= count else { return false }
    return unsafe zip(prefix(count), UnsafeBufferPointer(start: text.utf8Start, count: count))
      .allSatisfy { $0 == $1 }
  }

  /// Whether the bytes are a text of lower-case letters, whatever their own case.
  func isEqualIgnoringCase(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard self.count == count else { return false }
    return unsafe zip(self, UnsafeBufferPointer(start: text.utf8Start, count: count))
      .allSatisfy { $0.lowercased == $1 }
  }
}
