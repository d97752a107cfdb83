// SPDX-License-Identifier: GPL-2.0-only

extension Message {
  /// Reads what the message says about its patch.
  ///
  /// - Parameter scissors: drop the text above a scissors line (`-- >8 --`), as
  ///   `git am --scissors` does.
  package func description(scissors: Bool = false) -> PatchDescription {
    var reader = DescriptionReader(message: self, dropsAboveScissors: scissors)
    return reader.read()
  }

  /// The subject alone, for lists: `description().subject` without reading the rest of the text.
  package var subject: String {
    var reader = DescriptionReader(message: self, dropsAboveScissors: false)
    reader.textLimit = 2048
    return reader.readSubject()
  }

  /// The decoded text above the diff, no more than `limit` bytes of it.
  fileprivate func descriptionText(limit: Int) -> String {
    guard let part = parts.first else { return "" }
    let text = part.text.bytes[part.text.preamble].prefix(limit)
    let bytes = zip(text, text.dropFirst() + [0x0A]).filter { $0 != (0x0D, 0x0A) }.map(\.0)
    return Charset.decode(bytes, as: part.charset ?? "utf-8")
      ?? Charset.decode(bytes, as: "iso-8859-1") ?? String(lossy: bytes)
  }
}

private struct DescriptionReader {
  let message: Message
  let dropsAboveScissors: Bool
  /// The bytes of the text that are looked at.
  var textLimit = Int.max
  var lines: [Substring] = []
  var result = PatchDescription(style: .plain, subject: "", body: "")

  init(message: Message, dropsAboveScissors: Bool) {
    self.message = message
    self.dropsAboveScissors = dropsAboveScissors
  }

  mutating func read() -> PatchDescription {
    readText()
    finish()
    return result
  }

  mutating func readSubject() -> String {
    readText()
    return result.subject
  }

  private mutating func readText() {
    lines = message.descriptionText(limit: textLimit).split(
      separator: "\n", omittingEmptySubsequences: false)
    cutAtDiff()
    let fields = message.fields
    let has = { (name: String) in fields.first(named: name) != nil }
    if has("Patch-mainline") || has("Git-commit") {
      readMail(.suse)
    } else if message.envelope == nil,
      has("Description") || has("Origin") || has("Forwarded") || has("Last-Update")
        || fields.contains(where: { $0.name.lowercased().hasPrefix("bug") })
    {
      readDep3()
    } else if !fields.isEmpty || message.envelope != nil {
      readMail(.mail)
    } else if readGitLog() {
      result.style = .gitLog
    } else {
      takeSubjectFromBody()
    }
  }

  private func text(_ name: String) -> String? {
    message.fields.first(named: name).map { EncodedWord.decode($0.unfolded).text.trimmed }
  }

  /// Cuts the lines at the `---` that ends a message, and above scissors where that is wanted.
  private mutating func cutAtDiff() {
    if dropsAboveScissors, let cut = lines.lastIndex(where: Self.isScissors) {
      lines.removeFirst(cut + 1)
    }
    if let end = lines.firstIndex(where: {
      $0 == "---" || ($0.hasPrefix("--- ") && $0.allSatisfy { $0 == "-" || $0 == " " })
        || $0.hasPrefix("diff -") || $0.hasPrefix("Index: ")
    }) {
      lines.removeSubrange(end...)
    }
  }

  /// A perforation with scissors in it, by git's measure: at least eight letters wide, a third of
  /// them dashes or scissors, and not mostly gaps.
  private static func isScissors(_ line: Substring) -> Bool {
    let text = Array(line.utf8)
    var perforation = 0
    var gap = 0
    var scissors = 0
    var isPerforated = false
    var first: Int?
    var last = 0
    var index = 0
    while index < text.count {
      defer { index += 1 }
      if text[index] == 0x20 || text[index] == 0x09 {
        if isPerforated {
          perforation += 1
          gap += 1
        }
        continue
      }
      first = first ?? index
      last = index
      if text[index] == UInt8(ascii: "-") {
        isPerforated = true
        perforation += 1
      } else if ["8<", ">8", "%<", ">%"].contains(where: { text[index...].starts(with: $0.utf8) }) {
        isPerforated = true
        perforation += 2
        scissors += 2
        index += 1
        last = index
      } else {
        isPerforated = false
      }
    }
    let visible = first.map { last - $0 + 1 } ?? 0
    return scissors > 0 && visible >= 8 && visible < perforation * 3 && gap * 2 < perforation
  }

  private mutating func readMail(_ style: PatchDescription.Style) {
    result.style = style
    let sender = message.envelopeSender
    if sender.count == 40, sender.allSatisfy(\.isHexDigit), !sender.allSatisfy({ $0 == "0" }) {
      result.commit = sender.lowercased()
    }
    setSubject(text("Subject") ?? "")
    result.author = text("From").flatMap { MailAddress($0) }
    result.date = text("Date").flatMap { MailDate($0) }
    readInBodyHeader()
    if result.subject.isEmpty { takeSubjectFromBody() } else { takeBody() }
    for field in message.fields where field.isNamed("Git-commit") {
      if let id = UpstreamReference.commitID(in: String(decoding: field.value, as: UTF8.self)) {
        result.references.append(UpstreamReference(form: .gitCommit, commit: id))
      }
    }
  }

  /// Reads the fields at the start of the text that overrule the mail's.
  ///
  /// They are `From:`, `Subject:`, `Date:` and a line that starts with `[PATCH`, as in git am. Folded
  /// lines belong to the field before them.
  private mutating func readInBodyHeader() {
    var index = 0
    while index < lines.count, lines[index].allSatisfy(\.isWhitespace) { index += 1 }
    let start = index
    while index < lines.count {
      var line = String(lines[index])
      var next = index + 1
      while next < lines.count, let first = lines[next].first, first == " " || first == "\t",
        !lines[next].allSatisfy(\.isWhitespace)
      {
        line += " " + String(lines[next]).trimmed
        next += 1
      }
      if line.hasPrefix(">From: ") { line.removeFirst() }
      if line.hasPrefix("From: "), let author = MailAddress(String(line.dropFirst(6))) {
        result.author = author
      } else if line.hasPrefix("Date: "), let date = MailDate(String(line.dropFirst(6))) {
        result.date = date
      } else if line.hasPrefix("Subject: ") {
        result.subjectPrefixes = []
        setSubject(String(line.dropFirst(9)))
      } else if line.hasPrefix("[PATCH"), next == index + 1 {
        result.subjectPrefixes = []
        setSubject(line)
      } else {
        break
      }
      index = next
    }
    if index > start { lines.removeFirst(index) }
  }

  private mutating func readDep3() {
    result.style = .dep3
    let description = message.fields.first(named: "Description")
    // DEP-3 folds with a space, and a dot alone stands for an empty line.
    let text = description.map { EncodedWord.decode($0.value).text } ?? ""
    var described = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let line = line.first == " " ? line.dropFirst() : line
      return line == "." ? "" : String(line)
    }
    setSubject(described.isEmpty ? "" : described.removeFirst())
    if result.subject.isEmpty { setSubject(self.text("Subject") ?? "") }
    result.author = (self.text("From") ?? self.text("Author")).flatMap { MailAddress($0) }
    result.date = self.text("Date").flatMap { MailDate($0) }
    if result.subject.isEmpty {
      takeSubjectFromBody()
    } else {
      lines = described.map { $0[...] } + [""] + lines
      takeBody()
    }
    for name in ["Origin", "Applied-Upstream"] {
      if let value = self.text(name), let id = UpstreamReference.commitID(in: value) {
        result.references.append(UpstreamReference(form: .origin, commit: id))
      }
    }
    for field in message.fields where field.name.lowercased().hasSuffix("-by") {
      result.trailers.append(
        Trailer(token: field.name, value: EncodedWord.decode(field.unfolded).text.trimmed))
    }
  }

  /// `commit SHA`, `Author:`, `Date:`, then the message indented by four spaces.
  private mutating func readGitLog() -> Bool {
    guard let first = lines.first, first.hasPrefix("commit ") else { return false }
    let id = first.dropFirst(7).prefix { $0.isHexDigit }
    guard id.count == 40 || id.count == 64 else { return false }
    var index = 1
    while index < lines.count, !lines[index].isEmpty {
      let line = lines[index]
      if line.hasPrefix("Author: ") {
        result.author = MailAddress(String(line.dropFirst(8)).trimmed)
      } else if line.hasPrefix("AuthorDate: ") || line.hasPrefix("Date: ") {
        result.date = MailDate(String(line.drop { $0 != " " }).trimmed)
      }
      index += 1
    }
    result.commit = String(id)
    lines = lines.dropFirst(index).map { $0.hasPrefix("    ") ? $0.dropFirst(4) : $0 }
    takeSubjectFromBody()
    return true
  }

  private mutating func setSubject(_ value: String) {
    var rest = value.trimmed
    while true {
      if rest.lowercased().hasPrefix("re:") {
        rest = String(rest.dropFirst(3)).trimmed
      } else if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
        result.subjectPrefixes.append(String(rest[rest.index(after: rest.startIndex)..<close]))
        rest = String(rest[rest.index(after: close)...]).trimmed
      } else {
        break
      }
    }
    result.subject = rest
  }

  private mutating func takeSubjectFromBody() {
    while let first = lines.first, first.allSatisfy(\.isWhitespace) { lines.removeFirst() }
    if !lines.isEmpty { setSubject(String(lines.removeFirst())) }
    takeBody()
  }

  private mutating func takeBody() {
    result.body = lines.joined(separator: "\n").trimmedLines
  }

  private mutating func finish() {
    let lines = result.body.split(separator: "\n", omittingEmptySubsequences: false)
    result.trailers += Trailer.find(in: lines)
    for line in lines {
      if let reference = UpstreamReference(messageLine: line),
        !result.references.contains(reference)
      {
        result.references.append(reference)
      }
    }
  }
}
