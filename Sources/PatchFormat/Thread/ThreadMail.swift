// SPDX-License-Identifier: GPL-2.0-only

/// What a mail says of its position in a thread: its id, what it answers, its version and number.
package struct ThreadMail: Sendable {
  /// The `Message-ID` without angle brackets; empty where there is none.
  let id: String
  /// The mail that it answers first, then the older ones; without angle brackets.
  let references: [String]
  /// The subject without `Re:` and brackets, in lower case, blanks as one space.
  let title: String
  /// Whether the subject says that it answers another mail (`Re:`, `AW:`, `Fwd:`).
  private(set) var isReply: Bool
  /// The version of the series, from `[PATCH v2]`; nil where the subject has none.
  let version: Int?
  /// Number and size of the series, from `[PATCH 2/3]`.
  let position: SeriesPosition?
  /// Who sent the mail.
  let sender: MailAddress?
  /// Whether the mail, or a patch attached to it, holds a diff.
  let hasDiff: Bool
  /// The trailers that a reply gives.
  let trailers: [GivenTrailer]

  /// Whether it is the letter before a series.
  var isLetter: Bool { !isReply && !hasDiff && position?.number == 0 }

  /// Reads a mail.
  init(_ message: Message) {
    self.init(message.fields, hasDiff: message.hasDiff) {
      message.descriptionText(limit: 1 << 20)
    }
  }

  /// Reads the header of a mail that is not taken apart yet, and its text where that may be a reply without a
  /// word for it.
  package init(unread mail: [UInt8]) {
    var start = mail.textStart(from: 0, limit: mail.count)
    let line = mail.line(at: start, limit: mail.count)
    if Mbox.isFromLine(mail, line) { start = line.end }
    let block = HeaderBlock.parse(mail, from: start, limit: mail.count, isMail: true)
    self.init(block.fields, hasDiff: Self.hasDiffLine(mail, from: block.bodyStart)) {
      String(lossy: mail[block.bodyStart...].prefix(1 << 20))
    }
  }

  /// Reads the header of a mail, and its body where that may be a reply.
  private init(_ fields: [HeaderField], hasDiff: Bool, body: () -> String) {
    func text(_ name: String) -> String {
      fields.first(named: name).map { EncodedWord.decode($0.unfolded).text } ?? ""
    }
    self.hasDiff = hasDiff
    id = Self.ids(text("Message-ID")).first ?? ""
    let answered = Self.ids(text("In-Reply-To")).prefix(1)
    references =
      answered + Self.ids(text("References")).reversed().filter { !answered.contains($0) }
    var subject = text("Subject").onOneLine
    var isReply = false
    while let word = Self.replyWord(subject) {
      isReply = true
      subject = String(subject.dropFirst(word)).trimmed
    }
    let line = SubjectLine(subject, cleaning: .allBrackets)
    title = line.title.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    var description = PatchDescription(style: .mail, subject: "", body: "")
    description.subjectPrefixes = line.prefixes
    position = description.seriesPosition
    version = Self.version(line.prefixes)
    sender = MailAddress.author(text("From"))
    let mayAnswer = isReply || !hasDiff && !references.isEmpty && position == nil
    trailers = mayAnswer ? GivenTrailer.all(in: body()) : []
    // Some mailers leave out the 'Re:'.
    self.isReply = isReply || mayAnswer && !trailers.isEmpty
  }

  /// Whether a line begins as those above a diff do.
  private static func hasDiffLine(_ mail: [UInt8], from start: Int) -> Bool {
    var position = start
    while position < mail.count {
      let line = mail.line(at: position, limit: mail.count)
      if ["diff -", "--- ", "Index: "].contains(where: { mail.line(line, hasPrefix: $0) }) {
        return true
      }
      position = line.end
    }
    return false
  }

  /// How long a word such as `Re:` at the start of a subject is; nil where there is none.
  private static func replyWord(_ subject: String) -> Int? {
    let start = subject.prefix(6).lowercased()
    return ["re:", "aw:", "sv:", "fwd:", "fw:"].first { start.hasPrefix($0) }?.count
  }

  /// The version in `PATCH v2 1/3`, `PATCHv2` or `RFC PATCH V2`.
  private static func version(_ prefixes: [String]) -> Int? {
    for word in prefixes.flatMap({ $0.lowercased().split { " ,;".contains($0) } }) {
      let rest = word.hasPrefix("patchv") ? word.dropFirst(5) : word
      guard rest.first == "v", let number = Int(rest.dropFirst()), number < 1000 else { continue }
      return number
    }
    return nil
  }

  /// The ids in angle brackets of a header field.
  private static func ids(_ text: String) -> [String] {
    text.split(separator: "<").compactMap { part in
      guard let end = part.firstIndex(of: ">") else { return nil }
      let id = part[..<end].filter { !$0.isWhitespace }
      return id.isEmpty ? nil : String(id)
    }
  }
}
