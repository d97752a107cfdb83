// SPDX-License-Identifier: GPL-2.0-only

/// Times and notes after a name that only a blank parts from it, as older tools write them.
extension Timestamp {
  /// Where such a time with the blanks before it starts, and whether it is the first moment of 1970.
  ///
  /// The forms: `2011-02-12 08:12:18` without a zone, `2011/02/12 08:12:18`, `Sat Feb 12 08:12:18 2011`,
  /// `Sat, 12 Feb 2011 08:12:18 +0100`, and Subversion's `(revision 12)` and `(working copy)`.
  static func looseStart(
    _ bytes: [UInt8], _ range: Range<Int>
  ) -> (start: Int, isEpoch: Bool)? {
    var start = range.upperBound
    var words: [String] = []
    var found: (start: Int, words: [String])?
    while words.count < 7 {
      var end = start
      while end > range.lowerBound, isBlank(bytes[end - 1]) { end -= 1 }
      var first = end
      while first > range.lowerBound, !isBlank(bytes[first - 1]) { first -= 1 }
      // The first word is the name.
      guard first > range.lowerBound, first < end else { break }
      words.insert(String(lossy: bytes[first..<end]), at: 0)
      start = first
      if isNote(words) || isTime(words) { found = (start, words) }
    }
    guard let found else { return nil }
    start = found.start
    while start > range.lowerBound, isBlank(bytes[start - 1]) { start -= 1 }
    return (start, isEpoch(found.words))
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func isNote(_ words: [String]) -> Bool {
    switch words.count {
    case 1: words[0] == "(nonexistent)"
    case 2:
      words == ["(working", "copy)"]
        || (words[0] == "(revision" || words[0] == "(rev") && words[1].hasSuffix(")")
          && Int(words[1].dropLast()) != nil
    default: false
    }
  }

  private static func isTime(_ words: [String]) -> Bool {
    var shape = words.map(letter).joined()
    if shape.hasPrefix("w") { shape.removeFirst() }
    return ["Dt", "Dtz", "mntn", "mntny", "mnty", "mntyz", "mntzy", "nmyt", "nmytz"]
      .contains(shape) && (shape.hasPrefix("D") || shape.contains("y"))
  }

  /// A letter for what a word of a time can be: date, time, zone, month, weekday, year, number.
  private static func letter(_ word: String) -> String {
    let bytes = Array(word.utf8)
    let isDigits = { (part: Substring) in
      !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    for separator: Character in ["-", "/"] {
      let parts = word.split(separator: separator, omittingEmptySubsequences: false)
      if parts.count == 3, parts[0].count == 4, parts.allSatisfy(isDigits) { return "D" }
    }
    let clock = word.split(separator: ":", omittingEmptySubsequences: false)
    if clock.count == 3, isDigits(clock[0]), isDigits(clock[1]), isDigits(clock[2].prefix(2)) {
      return "t"
    }
    if isDigits(word[...]) { return bytes.count == 4 ? "y" : bytes.count <= 2 ? "n" : "?" }
    if bytes.count >= 5, bytes[0] == 0x2B || bytes[0] == 0x2D,
      isDigits(word.dropFirst().filter { $0 != ":" }[...])
    {
      return "z"
    }
    let lower = word.lowercased()
    if ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].contains(String(lower.prefix(3))),
      bytes.count == 3 || bytes.count == 4 && lower.hasSuffix(",")
    {
      return "w"
    }
    let months = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    if months.contains(lower) { return "m" }
    return (2...5).contains(bytes.count) && bytes.allSatisfy { (0x41...0x5A).contains($0) }
      ? "z" : "?"
  }

  private static func isEpoch(_ words: [String]) -> Bool {
    let hasZone = words.contains { letter($0) == "z" }
    let date = MailDate(words.joined(separator: " ") + (hasZone ? "" : " +0000"))
    return date?.seconds == 0
  }
}
