// SPDX-License-Identifier: GPL-2.0-only

/// Headers in the text: those of git am, Mercurial, StGit, Quilt, DEP-3 and `git log`.
extension DescriptionReader {
  /// The fields that a text may start with.
  private static let inBodyNames = ["From", "Subject", "Date"]

  /// Reads the fields at the start of the text that overrule the mail's.
  ///
  /// They are `From:`, `Subject:`, `Date:` and a line that starts with `[PATCH]`, as in git am, each
  /// once. Folded lines belong to the field before them. A field that names no author or no date
  /// stays text.
  mutating func readInBodyHeader() {
    var index = 0
    var seen: Set<String> = []
    var isBelowField = false
    while index < lines.count {
      let line = lines[index]
      if Whitespace.isBlank(line) {
        index += 1
        // An empty line ends the fields; before them there may be several.
        if isBelowField { break }
        continue
      }
      if line.hasPrefix(">From "), seen.isEmpty, Self.isSeparator(line.dropFirst()) {
        index += 1
        continue
      }
      if line.hasPrefix("[PATCH]"), line.utf8.dropFirst(7).first.map(Whitespace.contains) ?? false {
        setSubject(String(line))
        seen.insert("Subject")
        isBelowField = false
        index += 1
        continue
      }
      guard let field = Self.field(line, names: Self.inBodyNames), !seen.contains(field.name) else {
        break
      }
      var value = field.value
      var next = index + 1
      while next < lines.count, let first = lines[next].utf8.first, first == 0x20 || first == 0x09,
        !Whitespace.isBlank(lines[next]), !(dropsAboveScissors && ScissorsLine.matches(lines[next]))
      {
        value += lines[next]
        next += 1
      }
      guard take(field.name, value) else { break }
      seen.insert(field.name)
      isBelowField = true
      index = next
    }
    lines.removeFirst(index)
  }

  /// Takes a field's value; false where it names no author or date.
  private mutating func take(_ name: String, _ value: String) -> Bool {
    let text = EncodedWord.decode(Array(value.utf8)).text.onOneLine
    switch name {
    case "Subject": setSubject(text)
    case "Date":
      guard let date = MailDate(text) else { return false }
      result.date = date
    default:
      guard let author = MailAddress.author(text) else { return false }
      result.author = author
    }
    return true
  }

  /// A line as a field of one of the given names.
  static func field(_ line: Substring, names: [String]) -> (name: String, value: String)? {
    guard let colon = line.utf8.prefix(40).firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let written = line[..<colon].lowercased()
    guard let name = names.first(where: { $0.lowercased() == written }) else { return nil }
    return (name, String(line[line.index(after: colon)...]))
  }

  /// Whether a line is the one that `git format-patch` puts before a mail.
  static func isSeparator(_ line: Substring) -> Bool {
    let words = line.split(separator: " ", maxSplits: 2)
    return words.count == 3 && words[0] == "From" && words[1].utf8.count >= 40
      && words[1].allSatisfy(\.isHexDigit) && words[2].hasPrefix("Mon Sep 17 00:00:00 2001")
  }

  /// Reads the fields that StGit and Quilt put below the subject: `From:`, `Author:` and `Date:`, blank
  /// lines between them.
  private mutating func readFieldsBelowSubject() {
    var index = 0
    var end = 0
    while index < lines.count {
      let line = lines[index]
      index += 1
      if Whitespace.isBlank(line) { continue }
      guard let field = Self.field(line, names: ["From", "Author", "Date"]),
        take(field.name == "Author" ? "From" : field.name, field.value)
      else { break }
      end = index
    }
    if end > 0 { lines = [""] + lines.dropFirst(end) }
  }

  /// Reads a text without a header block: its first line is the subject.
  mutating func readPlain() {
    readInBodyHeader()
    if result.subject.isEmpty {
      while let first = lines.first, Whitespace.isBlank(first) { lines.removeFirst() }
      if !lines.isEmpty { setSubject(String(lines.removeFirst())) }
    }
    // Fields are a paragraph of their own: a line of the subject's paragraph is text.
    if lines.first.map(Whitespace.isBlank) ?? false { readFieldsBelowSubject() }
    takeBody()
  }

  /// Reads `# HG changeset patch` and the lines with `# ` below it.
  ///
  /// - Returns: whether the text starts with such a header.
  mutating func readMercurialHeader() -> Bool {
    let start = lines.firstIndex { !Whitespace.isBlank($0) } ?? 0
    guard start < lines.count, lines[start].hasPrefix("# HG changeset patch") else { return false }
    var index = start + 1
    while index < lines.count, lines[index].hasPrefix("# ") {
      let line = lines[index]
      if line.hasPrefix("# User ") {
        result.author = MailAddress.author(String(line.dropFirst(7)).onOneLine) ?? result.author
      } else if line.hasPrefix("# Date ") {
        // Seconds since 1970, and the zone in seconds west of UTC.
        let words = line.dropFirst(7).split(separator: " ")
        if words.count == 2, let seconds = Int64(words[0]), let west = Int(words[1]),
          abs(west) < 86_400, abs(seconds) < 1 << 40
        {
          result.date = MailDate(seconds: seconds, zoneMinutes: -west / 60)
        }
      }
      index += 1
    }
    lines.removeFirst(index)
    return true
  }

  mutating func readDep3() {
    result.style = .dep3
    let description = message.fields.first(named: "Description")
    // DEP-3 folds with a space, and a dot alone means an empty line.
    var folded: [[UInt8]] = []
    for line in description?.value.split(separator: 0x0A, omittingEmptySubsequences: false) ?? [] {
      // Blanks between two encoded words only part them, those of a folded line, too.
      let bare = line.drop(while: Whitespace.contains)
      if let last = folded.last, last.suffix(2).elementsEqual("?=".utf8),
        bare.starts(with: "=?".utf8)
      {
        folded[folded.count - 1] += [0x20] + bare
      } else {
        folded.append(Array(line))
      }
    }
    var described = folded.map { line in
      // A newline that is encoded in a word starts no line.
      let text = EncodedWord.decode(line).text.replacing("\n", with: " ")
      let line = text.first == " " ? text.dropFirst() : text[...]
      return line == "." ? "" : String(line)
    }
    setSubject(described.isEmpty ? "" : described.removeFirst())
    if result.subject.isEmpty { setSubject(self.text("Subject") ?? "") }
    result.author = (self.text("From") ?? self.text("Author")).flatMap { MailAddress.author($0) }
    result.date = self.text("Date").flatMap { MailDate($0) }
    if result.subject.isEmpty {
      while let first = lines.first, Whitespace.isBlank(first) { lines.removeFirst() }
      if !lines.isEmpty { setSubject(String(lines.removeFirst())) }
      described = []
    }
    readFieldsBelowSubject()
    lines = described.map { $0[...] } + [""] + lines
    let signOffs = signOffs()
    lines += signOffs
    takeBody()
    for name in ["Origin", "Applied-Upstream"] {
      if let value = self.text(name), let id = UpstreamReference.commitID(in: value) {
        result.references.append(UpstreamReference(form: .origin, commit: id))
      }
    }
  }

  /// The fields such as `Signed-off-by` of a DEP-3 header, as the lines that end a message.
  private mutating func signOffs() -> [Substring] {
    let known = Set(lines.map { String($0).onOneLine })
    let fields = message.fields.filter { $0.name.lowercased().hasSuffix("-by") }
      .map { "\($0.name): " + EncodedWord.decode($0.unfolded).text.onOneLine }
      .filter { !known.contains($0) }
    guard !fields.isEmpty else { return [] }
    // They join a paragraph of trailers that ends the text.
    while let last = lines.last, Whitespace.isBlank(last) { lines.removeLast() }
    let last = Array(lines.reversed().prefix { !Whitespace.isBlank($0) }.reversed())
    let isBlock = !last.isEmpty && !Trailer.find(in: last).isEmpty
    return (isBlock ? [] : [""]) + fields.map { $0[...] }
  }

  /// `commit SHA`, `Author:`, `Date:`, then the message indented by four spaces.
  mutating func readGitLog() -> Bool {
    let start = lines.firstIndex { !Whitespace.isBlank($0) } ?? 0
    guard start < lines.count, lines[start].hasPrefix("commit ") else { return false }
    let id = lines[start].dropFirst(7).prefix { $0.isHexDigit }
    guard id.count == 40 || id.count == 64 else { return false }
    var index = start + 1
    while index < lines.count, !lines[index].isEmpty {
      let line = lines[index]
      if line.hasPrefix("Author: ") {
        result.author = MailAddress.author(String(line.dropFirst(8)).onOneLine)
      } else if line.hasPrefix("AuthorDate: ") || line.hasPrefix("Date: ") {
        result.date = MailDate(String(line.drop { $0 != " " }).onOneLine)
      }
      index += 1
    }
    result.commit = String(id)
    lines = lines.dropFirst(index).map { $0.hasPrefix("    ") ? $0.dropFirst(4) : $0 }
    takeSubjectFromBody()
    return true
  }
}
