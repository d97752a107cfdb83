// SPDX-License-Identifier: GPL-2.0-only

/// Finds where a message's author or date would be lost: fields that cannot be read, and lines that
/// look like fields and are read as text.
struct DescriptionCheck {
  private let message: Message
  /// The findings, with offsets into the message's source.
  private(set) var findings: [PendingDiagnostic] = []

  init(_ message: Message) {
    self.message = message
    let description = message.description()
    let needsDate = description.style != .dep3
    if description.author == nil, let field = field("From") ?? field("Author") {
      report(
        .unreadableAuthor, field,
        "the \(field.name) field has no readable author: '\(shown(field))'",
        assumption: "the commit has no author of its own")
    }
    if needsDate, description.date == nil, let field = field("Date") {
      report(
        .unreadableDate, field, "the Date field has no readable date: '\(shown(field))'",
        assumption: "the commit has the current date")
    }
    for field in message.fields where ["From", "Author", "Subject"].contains(where: field.isNamed) {
      for misread in EncodedWord.decode(field.unfolded).misread {
        report(
          .unknownCharset, field,
          "the \(field.name) field has a word that is not in the character set that it names: '\(misread.word)'",
          assumption: misread.isLatin1
            ? "its bytes are ISO-8859-1" : "it is used as it is written")
      }
    }
    if let line = Self.headerLine(in: description) {
      let offset = self.offset(ofText: line)
      findings.append(
        PendingDiagnostic(
          id: .headerInText, severity: .assumed, offset: offset,
          message: "the commit message has a line that looks like a header field: '\(line)'",
          assumption: "it is text",
          hint: "move fields to the start of the message, with an empty line after them"))
    }
  }

  private func field(_ name: String) -> HeaderField? { message.fields.last { $0.isNamed(name) } }

  private func shown(_ field: HeaderField) -> String {
    let text = String(lossy: field.unfolded).onOneLine
    return text.count > 80 ? text.prefix(80) + "..." : text
  }

  private mutating func report(
    _ id: DiagnosticID, _ field: HeaderField, _ text: String, assumption: String
  ) {
    findings.append(
      PendingDiagnostic(
        id: id, severity: .assumed, offset: offset(of: field), message: text,
        assumption: assumption))
  }

  /// The first line of a paragraph of fields in the text, which a tool or an author meant as a header.
  private static func headerLine(in description: PatchDescription) -> Substring? {
    let text = description.body.split(separator: "\n", omittingEmptySubsequences: false)
    var isFirstOfParagraph = true
    var index = 0
    while index < text.count {
      let line = text[index]
      defer { index += 1 }
      if line.isEmpty {
        isFirstOfParagraph = true
        continue
      }
      defer { isFirstOfParagraph = false }
      if line.hasPrefix("# HG changeset patch") || DescriptionReader.isSeparator(line) {
        return line
      }
      guard isFirstOfParagraph, let field = DescriptionReader.field(line, names: names) else {
        continue
      }
      switch field.name {
      case "From", "Author":
        if field.value.contains("@"), MailAddress.author(field.value) != nil { return line }
      case "Date":
        // A paragraph that is a date alone is not a sentence of the message.
        if MailDate(field.value) != nil, index < 2 { return line }
      default:
        if index < 2 { return line }
      }
    }
    return nil
  }

  private static let names = [
    "From", "Author", "Date", "Subject", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding", "Message-ID",
  ]

  /// The offset of a field in the source.
  private func offset(of field: HeaderField) -> Int {
    var position = message.header.lowerBound
    var found = position
    while position < message.header.upperBound {
      let line = message.source.line(at: position, limit: message.header.upperBound)
      let text = String(lossy: message.source[line.start..<line.contentEnd].prefix(80))
      if let colon = text.firstIndex(of: ":"),
        text[..<colon].lowercased() == field.name.lowercased()
      {
        found = line.start
      }
      position = line.end
    }
    return found
  }

  /// The offset of a line of the text in the source; for an encoded text, where the text starts.
  private func offset(ofText line: Substring) -> Int {
    let wanted = Array(line.utf8)
    for part in message.parts {
      guard part.isVerbatim else { return part.range.lowerBound }
      var position = part.text.preamble.lowerBound
      while position < part.text.preamble.upperBound {
        let read = part.text.bytes.line(at: position, limit: part.text.preamble.upperBound)
        if part.text.bytes[read.start..<read.contentEnd].starts(with: wanted) { return read.start }
        position = read.end
      }
    }
    return message.header.upperBound
  }
}
