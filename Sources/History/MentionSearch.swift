// SPDX-License-Identifier: GPL-2.0-only

/// Finds the commits that a message names, and what it says about each.
///
/// An id is a word of 7 to 40 hex digits. Its role follows from the form of its line
/// (`Fixes: SHA`, `commit SHA upstream`), else from the words before and after it in its paragraph,
/// which may be wrapped.
struct MentionSearch {
  let message: ArraySlice<UInt8>
  let lines: [Range<Int>]
  let subject: [UInt8]
  /// What was found by id.
  var mentions: [Mention] = []
  /// What was found by title.
  var titles: [TitleMention] = []
  /// Where the last id ended, with its role and its paragraph.
  private var last: (end: Int, role: MentionRole)?

  init(_ message: ArraySlice<UInt8>, _ lines: [Range<Int>], subject: [UInt8]) {
    self.message = message
    self.lines = lines
    self.subject = subject
  }

  /// Words between a verb and an id that say nothing.
  private static let fillers: Set<String> = [
    "commit", "commits", "changeset", "changesets", "change", "changes", "patch", "patches", "git",
    "id", "sha", "sha1", "the", "upstream", "mainline", "linux", "kernel", "hash", "rev",
    "revision", "in", "previous", "earlier", "recent", "following", "original", "by", "from",
  ]
  /// Words between two ids of one list.
  private static let joints: Set<String> = [
    "and", "commit", "commits", "plus", "also", "then", "&", "changeset", "changesets",
  ]
  /// Words that make the reverting a wish, a test or the act of another commit.
  private static let wishes: Set<String> = [
    "to", "not", "don't", "dont", "if", "you", "can", "could", "should", "would", "might", "must",
    "may", "cannot", "can't", "didn't", "doesn't", "won't", "never", "i", "they", "people",
    "please", "when", "either", "or", "let's", "lets", "than",
  ]

  mutating func run() {
    titlesOfSubject()
    for (index, line) in lines.enumerated() where line.count >= 7 {
      if message[line].hasPrefix("Link:") || message[line].hasPrefix("link:") { link(line) }
      var position = line.lowerBound
      while let id = nextID(from: position, to: line.upperBound) {
        position = id.upperBound
        note(id, line: index)
      }
    }
    titlesOfProse()
  }

  // MARK: Ids

  /// The next word of hex digits that can be an id.
  private func nextID(from start: Int, to end: Int) -> Range<Int>? {
    var position = start
    while position < end {
      // A run of seven has one of its digits at every seventh byte.
      guard message[position].isHexDigit else {
        position += 1
        continue
      }
      let first = position
      var hasDigit = false
      var hasLetter = false
      while position < end, message[position].isHexDigit {
        if message[position].isDigit { hasDigit = true } else { hasLetter = true }
        position += 1
      }
      guard (7...40).contains(position - first) else { continue }
      if first > message.startIndex, isPartOfWord(message[first - 1]) { continue }
      if position < message.endIndex, isPartOfWord(message[position]) { continue }
      // Words such as "defaced" and numbers are ids only where the message calls them so.
      if !(hasDigit && hasLetter), position - first < 40,
        !(hasDigit && word(before: first)?.text == "commit")
      {
        continue
      }
      return first..<position
    }
    return nil
  }

  private func isPartOfWord(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "+") || byte >= 0x80
  }

  private mutating func note(_ id: Range<Int>, line: Int) {
    let role = role(of: id, line: line)
    last = (id.upperBound, role)
    let text = String(decoding: message[id].map(\.lowercased), as: UTF8.self)
    let mention = Mention(role: role, id: text)
    if !mentions.contains(mention) { mentions.append(mention) }
    if role == .fixes || role == .reverts, let title = title(after: id.upperBound) {
      let named = TitleMention(role: role, title: title)
      if !titles.contains(named) { titles.append(named) }
    }
  }

  private func role(of id: Range<Int>, line index: Int) -> MentionRole {
    let line = lines[index]
    let text = message[line].drop { $0 <= 0x20 || $0 == UInt8(ascii: "*") }
    if id.lowerBound > line.lowerBound, "/=".utf8.contains(message[id.lowerBound - 1]) {
      return .link
    }
    if let role = role(ofLine: text) { return role }
    let after = words(after: id.upperBound, 3)
    if after.first == "upstream", word(before: id.lowerBound)?.text == "commit" { return .upstream }
    if let last, isList(from: last.end, to: id.lowerBound) { return last.role }
    return roleInProse(id, after)
  }

  /// The role of a line's ids by the line's beginning.
  private func role(ofLine line: ArraySlice<UInt8>) -> MentionRole? {
    let start = String(decoding: line.prefix(32).map(\.lowercased), as: UTF8.self)
    for (prefix, role) in Self.forms where start.hasPrefix(prefix) { return role }
    return start.hasPrefix("cc:") ? .stablePrerequisite : nil
  }

  private static let forms: [(String, MentionRole)] = [
    ("fixes: ", .fixes), ("fixes commit", .fixes), ("reverts: ", .reverts),
    ("(cherry picked from", .cherryPicked), ("(cherry-picked from", .cherryPicked),
    ("cherry picked from", .cherryPicked), ("cherry-picked from", .cherryPicked),
    ("[cherry picked from", .cherryPicked), ("[cherry-picked from", .cherryPicked),
    ("(backported from", .backported), ("backported from", .backported),
    ("[backported from", .backported), ("(backport of", .backported),
    ("[backport of", .backported), ("backport of", .backported),
    ("git-commit: ", .upstream), ("upstream-commit: ", .upstream), ("origin: ", .upstream),
    ("applied-upstream: ", .upstream), ("[ upstream commit", .upstream),
    ("[upstream commit", .upstream), ("upstream commit", .upstream), ("upstream: ", .upstream),
    ("mainline commit", .upstream), ("mainline: ", .upstream), ("link: ", .link),
  ]

  /// Whether only commas and words such as "and" are between two ids, titles left out.
  private func isList(from start: Int, to end: Int) -> Bool {
    guard end - start < 200 else { return false }
    var depth = 0
    var isQuoted = false
    var isAfterJoint = false
    var word: [UInt8] = []
    var newlines = 0
    func isJoint() -> Bool {
      word.isEmpty || Self.joints.contains(String(decoding: word, as: UTF8.self))
    }
    for byte in message[start..<end] {
      newlines = byte == 0x0A ? newlines + 1 : byte <= 0x20 ? newlines : 0
      if newlines > 1 { return false }
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\"") where depth == 0: isQuoted.toggle()
      case _ where depth > 0 || isQuoted: break
      case UInt8(ascii: ","), UInt8(ascii: ";"):
        if !isJoint() { return false }
        word = []
        isAfterJoint = true
      case 0...0x20:
        if !isJoint() { return false }
        isAfterJoint = isAfterJoint || word == Array("and".utf8) || word == [UInt8(ascii: "&")]
        word = []
      default: word.append(byte.lowercased)
      }
    }
    return isJoint() && isAfterJoint
  }

  func roleInProse(_ id: Range<Int>, _ after: [String]) -> MentionRole {
    var before: [String] = []
    var position = id.lowerBound
    while before.count < 14, let word = self.word(before: position) {
      before.append(word.text)
      position = word.start
    }
    var index = 0
    while index < before.count, Self.fillers.contains(before[index]) { index += 1 }
    func word(_ distance: Int) -> String {
      index + distance < before.count ? before[index + distance] : ""
    }
    let fillers = before[..<index]
    let verb = Self.revertLength(word(0), word(1), word(2)).map { index + $0 }
    if let end = verb ?? Self.effectLength(before) {
      let previous = end < before.count ? before[end] : ""
      if Self.wishes.contains(previous) { return .named }
      let isPart =
        previous.hasPrefix("partial") || previous == "partly" || after.first == "partially"
        || after.first == "partly"
      return isPart ? .partlyReverts : .reverts
    }
    if (word(0) == "part" || word(0) == "parts") || word(0) == "of" && word(1).hasPrefix("part") {
      let rest = before.dropFirst(index).prefix(6)
      if rest.contains("reverts") || rest.contains("revert") { return .partlyReverts }
    }
    if word(0) == "of", word(1) == "backport" || word(1) == "back-port" { return .backported }
    if word(0) == "backport" || word(0) == "backports" || word(0) == "backported" {
      return .backported
    }
    if ["fixes", "fix", "fixup", "fixing"].contains(word(0)) { return .fixes }
    // "This is upstream commit SHA", "This is commit SHA in mainline".
    if word(0) == "is", fillers.contains("upstream") || fillers.contains("mainline") {
      return .upstream
    }
    if fillers.contains("commit"), index == before.count || word(0) == "is",
      ["in", "from"].contains(after.first ?? ""), after.count > 1,
      ["mainline", "upstream", "linus"].contains(where: after[1].hasPrefix)
    {
      return .upstream
    }
    return isBlamed(fillers, word(0), word(1), id.upperBound) ? .blames : .named
  }

  /// How many words, read backwards, say that the message reverts what follows.
  private static func revertLength(_ a: String, _ b: String, _ c: String) -> Int? {
    switch a {
    case "revert", "reverts", "undo", "undoes", "backout", "backouts", "unapply": 1
    case "out" where b == "back" || b == "backs": 2
    case "of" where ["revert", "reversion", "reversal", "backout"].contains(b): 2
    default: nil
    }
  }

  /// How many words, read backwards, say that the message reverts what a commit did: "undoes the effects of",
  /// "reverts the changes made by".
  private static func effectLength(_ before: [String]) -> Int? {
    let words = before.prefix { !["which", "that", "because", "since"].contains($0) }
    let nouns: Set<String> = [
      "effect", "effects", "change", "changes", "modification", "modifications", "result",
      "results",
      "work",
    ]
    guard let noun = words.firstIndex(where: nouns.contains),
      words[..<noun].contains(where: ["of", "from", "by", "in"].contains),
      words[..<noun].allSatisfy({ fillers.contains($0) || links.contains($0) })
    else { return nil }
    var verb = noun + 1
    while verb < words.count, adjectives.contains(words[verb]) { verb += 1 }
    guard verb < words.count else { return nil }
    let verbs: Set<String> = [
      "undo", "undoes", "undoing", "revert", "reverts", "reverting", "reverse", "reverses",
      "reversing", "negate", "negates", "nullify", "nullifies", "neutralize", "neutralizes",
    ]
    return verbs.contains(words[verb]) ? verb + 1 : nil
  }

  /// Words between an effect and the commit that it is of.
  private static let links: Set<String> = ["of", "made", "done", "introduced", "brought", "with"]
  /// Words between a verb and the effect.
  private static let adjectives: Set<String> = [
    "the", "all", "any", "whole", "entire", "its", "functional", "net",
  ]

  private func isBlamed(
    _ fillers: ArraySlice<String>, _ first: String, _ second: String, _ end: Int
  ) -> Bool {
    let blame: Set<String> = [
      "introduced", "caused", "broken", "broke", "regressed", "regression", "regressions",
      "breakage", "fallout", "added", "created", "triggered", "exposed", "uncovered", "missed",
    ]
    if blame.contains(first)
      || (["since", "with", "of", "after", "due"].contains(first)
        && blame.contains(second))
    {
      return true
    }
    // What the sentence says of the commit, after its title.
    let verbs: Set<String> = [
      "broke", "breaks", "introduced", "introduces", "caused", "causes", "regressed", "forgot",
      "missed", "failed", "fails", "accidentally", "wrongly", "incorrectly", "inadvertently",
      "mistakenly", "erroneously", "unintentionally",
    ]
    return words(after: end, 2, skipsTitle: true).contains(where: verbs.contains)
  }
}
