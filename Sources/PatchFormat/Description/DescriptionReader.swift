// SPDX-License-Identifier: GPL-2.0-only

/// Reads author, date, subject and text of a message, in each of the forms that tools write them.
struct DescriptionReader {
  let message: Message
  let dropsAboveScissors: Bool
  let cleaning: SubjectCleaning
  /// How many bytes of the text are read.
  var textLimit = Int.max
  /// The lines of the text that are not used yet.
  var lines: [Substring] = []
  var result = PatchDescription(style: .plain, subject: "", body: "")

  init(message: Message, dropsAboveScissors: Bool, cleaning: SubjectCleaning) {
    self.message = message
    self.dropsAboveScissors = dropsAboveScissors
    self.cleaning = cleaning
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
    lines = message.descriptionText(limit: textLimit).lines
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
    } else if readMercurialHeader() {
      result.style = .mercurial
      takeSubjectFromBody(isVerbatim: true)
    } else if readGitLog() {
      result.style = .gitLog
    } else {
      readPlain()
    }
  }

  /// The last field of that name, decoded and on one line: git, too, lets a later field win.
  func text(_ name: String) -> String? {
    message.fields.last { $0.isNamed(name) }.map {
      EncodedWord.decode($0.unfolded).text.onOneLine
    }
  }

  /// Cuts the lines at the `---` that ends a message, and above scissors where that is wanted.
  private mutating func cutAtDiff() {
    if dropsAboveScissors, let cut = lines.lastIndex(where: ScissorsLine.matches) {
      lines.removeFirst(cut + 1)
    }
    if let end = lines.firstIndex(where: Self.startsPatch) { lines.removeSubrange(end...) }
  }

  /// Whether a line is where git starts to read a patch: `diff -`, `Index: `, `--- name` or `---`.
  static func startsPatch(_ line: Substring) -> Bool {
    if line.hasPrefix("diff -") || line.hasPrefix("Index: ") { return true }
    guard line.hasPrefix("---") else { return false }
    let rest = line.utf8.dropFirst(3)
    if rest.first == 0x20, let next = rest.dropFirst().first, !Whitespace.contains(next) {
      return true
    }
    return rest.allSatisfy(Whitespace.contains)
  }

  private mutating func readMail(_ style: PatchDescription.Style) {
    result.style = style
    let sender = message.envelopeSender
    if sender.count == 40, sender.allSatisfy(\.isHexDigit), !sender.allSatisfy({ $0 == "0" }) {
      result.commit = sender.lowercased()
    }
    setSubject(text("Subject") ?? "")
    result.author = (text("From") ?? text("Author")).flatMap { MailAddress.author($0) }
    result.date = text("Date").flatMap { MailDate($0) }
    readInBodyHeader()
    // Mercurial's mails say the subject once more.
    if readMercurialHeader(), let first = lines.first,
      SubjectLine(String(first), cleaning: cleaning).title == result.subject
    {
      lines.removeFirst()
    }
    if result.subject.isEmpty { takeSubjectFromBody(isVerbatim: true) } else { takeBody() }
    for field in message.fields where field.isNamed("Git-commit") {
      if let id = UpstreamReference.commitID(in: String(decoding: field.value, as: UTF8.self)) {
        result.references.append(UpstreamReference(form: .gitCommit, commit: id))
      }
    }
  }

  mutating func setSubject(_ value: String) {
    let line = SubjectLine(value, cleaning: cleaning)
    result.subject = line.title
    result.subjectPrefixes = line.prefixes
  }

  /// Takes the text's first line as the subject.
  ///
  /// - Parameter isVerbatim: whether the message is one whose text git takes as it is.
  mutating func takeSubjectFromBody(isVerbatim: Bool = false) {
    while let first = lines.first, Whitespace.isBlank(first) { lines.removeFirst() }
    if !lines.isEmpty {
      let first = String(lines.removeFirst())
      if isVerbatim {
        result.subject = first.onOneLine
        result.bodyFollowsDirectly = lines.first.map { !Whitespace.isBlank($0) } ?? false
      } else {
        setSubject(first)
      }
    }
    takeBody()
  }

  mutating func takeBody() {
    result.body = lines.joined(separator: "\n").cleanedUp
  }

  private mutating func finish() {
    let lines = result.body.lines
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
