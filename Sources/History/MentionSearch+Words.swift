// SPDX-License-Identifier: GPL-2.0-only

/// The words around an id, and titles.
extension MentionSearch {
  private static let separators = Set("()[]<>`*#".utf8)
  private static let ends = Set(".!?,;".utf8)

  private func isWordByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: ":")
      && !Self.separators.contains(byte) && !Self.ends.contains(byte)
  }

  /// The word before a position of the same sentence, in lower case; quoted titles are left out.
  func word(before position: Int) -> (text: String, start: Int)? {
    var position = position
    var newlines = 0
    while position > message.startIndex {
      let byte = message[position - 1]
      if isWordByte(byte) { break }
      if Self.ends.contains(byte) { return nil }
      position -= 1
      if byte == 0x0A {
        newlines += 1
        if newlines > 1 { return nil }
      } else if byte == UInt8(ascii: "\"") {
        let limit = max(message.startIndex, position - 300)
        guard let open = message[limit..<position].lastIndex(of: UInt8(ascii: "\"")) else {
          return nil
        }
        position = open
      }
      if byte > 0x20 { newlines = 0 }
    }
    let end = position
    while position > message.startIndex, isWordByte(message[position - 1]) { position -= 1 }
    guard position < end, end - position < 40 else { return nil }
    return (String(decoding: message[position..<end].map(\.lowercased), as: UTF8.self), position)
  }

  /// The words after a position of the same sentence, in lower case.
  ///
  /// - Parameter skipsTitle: whether a title in parentheses or quotes right after it is left out.
  func words(after position: Int, _ count: Int, skipsTitle: Bool = false) -> [String] {
    var position = position
    if skipsTitle, let end = endOfTitle(after: position) { position = end }
    var words: [String] = []
    var newlines = 0
    while position < message.endIndex, words.count < count {
      let byte = message[position]
      if isWordByte(byte) {
        let start = position
        while position < message.endIndex, isWordByte(message[position]), position - start < 40 {
          position += 1
        }
        words.append(String(decoding: message[start..<position].map(\.lowercased), as: UTF8.self))
        newlines = 0
        continue
      }
      if Self.ends.contains(byte) { break }
      if byte == 0x0A {
        newlines += 1
        if newlines > 1 { break }
      }
      position += 1
    }
    return words
  }

  /// Where a title in parentheses or quotes ends that starts right after a position.
  private func endOfTitle(after position: Int) -> Int? {
    var position = position
    while position < message.endIndex,
      message[position] <= 0x20 || message[position] == UInt8(ascii: ",")
    {
      position += 1
    }
    guard position < message.endIndex else { return nil }
    let close: UInt8
    switch message[position] {
    case UInt8(ascii: "("): close = UInt8(ascii: ")")
    case UInt8(ascii: "\""): close = UInt8(ascii: "\"")
    default: return nil
    }
    // Titles hold parentheses themselves: a quoted one in parentheses ends with both.
    let end = min(message.endIndex, position + 300)
    let isQuoted = position + 1 < end && message[position + 1] == UInt8(ascii: "\"")
    var index = position + 1
    while index < end {
      if message[index] == close,
        !(isQuoted && close == UInt8(ascii: ")")) || message[index - 1] == UInt8(ascii: "\"")
      {
        return index + 1
      }
      index += 1
    }
    return nil
  }

  /// The title in quotes or parentheses right after a position, unwrapped.
  func title(after position: Int) -> String? {
    guard let end = endOfTitle(after: position) else { return nil }
    return Self.title(message[position..<end])
  }

  private static func title(_ text: some Sequence<UInt8>) -> String? {
    var bytes: [UInt8] = []
    for byte in text {
      if byte <= 0x20 {
        if let last = bytes.last, last != 0x20 { bytes.append(0x20) }
      } else {
        bytes.append(byte)
      }
    }
    func strip(_ first: UInt8, _ last: UInt8) {
      while bytes.last == 0x20 { bytes.removeLast() }
      if bytes.count > 1, bytes.first == first, bytes.last == last {
        bytes = Array(bytes.dropFirst().dropLast())
      }
    }
    strip(UInt8(ascii: "("), UInt8(ascii: ")"))
    strip(UInt8(ascii: "\""), UInt8(ascii: "\""))
    return bytes.count < 4 ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// Takes the title that a subject such as `Revert "title"` or `Back out title` names.
  mutating func titlesOfSubject() {
    let verbs: [(StaticString, MentionRole)] = [
      ("partially revert", .partlyReverts), ("partly revert", .partlyReverts),
      ("partial revert of", .partlyReverts), ("revert part of", .partlyReverts),
      ("revert parts of", .partlyReverts), ("revert of", .reverts), ("revert", .reverts),
      ("reverts", .reverts), ("back out", .reverts), ("backout", .reverts), ("undo", .reverts),
    ]
    // A prefix such as `ext4: ` may come first.
    var rest = subject[...]
    var role: MentionRole?
    for _ in 0..<3 {
      for (verb, meaning) in verbs {
        let count = verb.utf8CodeUnitCount
        guard rest.count > count + 1, rest.prefix(count).isEqualIgnoringCase(verb) else { continue }
        let next = rest[rest.startIndex + count]
        guard next == 0x20 || next == UInt8(ascii: ":") else { continue }
        rest = rest.dropFirst(count).drop { $0 == 0x20 || $0 == UInt8(ascii: ":") }
        role = meaning
        break
      }
      if role != nil { break }
      guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), colon + 1 < rest.endIndex else {
        return
      }
      rest = rest[(colon + 1)...].drop { $0 == 0x20 }
    }
    guard let role else { return }
    var title = rest
    if let open = rest.firstIndex(of: UInt8(ascii: "\"")),
      let close = rest.lastIndex(of: UInt8(ascii: "\"")), close > open
    {
      title = rest[(open + 1)..<close]
    }
    if let text = Self.title(title) { titles.append(TitleMention(role: role, title: text)) }
  }

  /// Takes the quoted titles in the text that a sentence says to revert: `This undoes the effect of "title"`.
  mutating func titlesOfProse() {
    var position = lines.first { !$0.isEmpty }?.upperBound ?? message.startIndex
    let quote = UInt8(ascii: "\"")
    while let open = message[position...].firstIndex(of: quote) {
      guard let close = message[(open + 1)...].prefix(200).firstIndex(of: quote) else {
        position = open + 1
        continue
      }
      position = close + 1
      let role = roleInProse(open..<position, words(after: position, 3))
      guard role == .reverts || role == .partlyReverts,
        let title = Self.title(message[open..<position])
      else { continue }
      let named = TitleMention(role: role, title: title)
      if !titles.contains(named) { titles.append(named) }
    }
  }

  /// Takes the URL of a `Link:` line.
  mutating func link(_ line: Range<Int>) {
    let text = message[line].dropFirst(5).drop { $0 <= 0x20 }
    let url = text.prefix { $0 > 0x20 }
    guard url.count < 300, url.hasPrefix("http") else { return }
    let mention = Mention(role: .link, id: String(decoding: url, as: UTF8.self))
    if !mentions.contains(mention) { mentions.append(mention) }
  }
}
