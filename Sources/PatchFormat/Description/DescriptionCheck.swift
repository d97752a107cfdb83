// SPDX-License-Identifier: GPL-2.0-only

/// Finds where a message's author or date would be lost: fields that cannot be read, and lines that
/// look like fields and are read as text.
struct DescriptionCheck {
  private let message: Message
  /// The findings, with offsets into the message's source.
  private(set) var findings: [PendingDiagnostic] = []

  init(_ message: Message) {
    self.message = message
    for field in message.fields where Self.mayBeEncoded(field.value) {
      guard ["From", "Author", "Subject"].contains(where: field.isNamed) else { continue }
      for misread in EncodedWord.decode(field.unfolded).misread {
        report(
          .unknownCharset, field,
          "the \(field.name) field has a word that is not in the character set that it names: '\(misread.word)'",
          assumption: misread.isLatin1
            ? "its bytes are ISO-8859-1" : "it is used as it is written")
      }
    }
    // To read the message in full takes longer than the rest of parsing, and few messages need it.
    if !hasNothingToFind { checkDescription() }
  }

  private mutating func checkDescription() {
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

  /// Whether the author and the date in the header can be read, and no line of the text looks like a field:
  /// then no form of a message has anything to find.
  private var hasNothingToFind: Bool {
    if let from = field("From") ?? field("Author") {
      guard MailAddress.author(EncodedWord.decode(from.unfolded).text.onOneLine) != nil else {
        return false
      }
    }
    if let date = field("Date") {
      guard MailDate(EncodedWord.decode(date.unfolded).text.onOneLine) != nil else { return false }
    }
    // The text of a DEP-3 header is in a field.
    for field in message.fields where field.isNamed("Description") {
      if Self.mayBeEncoded(field.value) { return false }
      let lines = field.value.split(separator: 0x0A, omittingEmptySubsequences: true)
      if lines.contains(where: Self.mayBeHeader) { return false }
    }
    return message.parts.allSatisfy { part in
      guard part.charset.map(Charset.keepsASCII) ?? true else { return false }
      let text = part.text
      let range = text.hasDiff ? text.preamble : text.range
      var position = range.lowerBound
      if text.bytes.hasByteOrderMark(at: position) { return false }
      while position < range.upperBound {
        let line = text.bytes.line(at: position, limit: range.upperBound)
        if Self.mayBeHeader(text.bytes[line.start..<line.contentEnd]) { return false }
        position = line.end
      }
      return true
    }
  }

  /// Whether a value may hold an encoded word.
  private static func mayBeEncoded(_ value: [UInt8]) -> Bool { value.contains(UInt8(ascii: "=")) }

  /// Whether a line could be a header field, or start the header of another tool or of a mail.
  private static func mayBeHeader(_ line: ArraySlice<UInt8>) -> Bool {
    var line = line
    while let first = line.first, first == 0x20 || first == 0x3E { line.removeFirst() }
    guard let first = line.first else { return false }
    if first == UInt8(ascii: "#") { return line.starts(with: "# HG".utf8) }
    if line.starts(with: "From ".utf8) { return true }
    guard starts.contains(first), let colon = line.prefix(40).firstIndex(of: UInt8(ascii: ":"))
    else { return false }
    let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
    return names.contains { $0.lowercased() == name }
  }

  /// The letters that a name in `names` starts with, in both cases.
  private static let starts = Set(
    names.compactMap(\.first).flatMap { Array("\($0)\($0.lowercased())".utf8) })

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
