// SPDX-License-Identifier: GPL-2.0-only

/// Reads the messages of a text: the mails of a mailbox, one mail, or a file that is not a mail.
struct MessageReader {
  let bytes: [UInt8]
  let options: ParseOptions
  /// How many mails the text lies in.
  var depth = 0
  /// Findings with offsets into `bytes`.
  var diagnostics: [PendingDiagnostic] = []

  init(bytes: [UInt8], options: ParseOptions, depth: Int = 0) {
    self.bytes = bytes
    self.options = options
    self.depth = depth
  }

  /// The fields that a header block may start with; other words with a colon are a subject line
  /// (`ext4: fix …`) unless a field of a mail follows them.
  private static let firstFields: Set<String> = [
    "from", "date", "subject", "message-id", "description", "author", "origin", "bug", "forwarded",
    "last-update", "git-commit", "patch-mainline", "references", "to", "cc", "received",
    "return-path", "delivered-to", "mime-version", "content-type", "x-mozilla-status", "reply-to",
    "in-reply-to", "list-id", "sender", "title", "git-repo", "x-mailer", "dkim-signature",
    "authentication-results", "x-received", "status", "x-status", "content-transfer-encoding",
  ]

  /// Reads all messages of a range.
  mutating func readAll(_ range: Range<Int>) -> [Message] {
    let starts = Mbox.messageStarts(bytes, range)
    if starts.isEmpty { return [read(range)] }
    let ends = starts.dropFirst() + [range.upperBound]
    return zip(starts, ends).enumerated().map { index, mail in
      read((index == 0 ? range.lowerBound : mail.0)..<mail.1)
    }
  }

  /// Reads one message.
  mutating func read(_ range: Range<Int>) -> Message {
    let limit = range.upperBound
    let start = bytes.textStart(from: range.lowerBound, limit: limit)
    var position = range.lowerBound
    var envelope: Range<Int>?
    var sender = ""
    let first = bytes.line(at: start, limit: limit)
    if Mbox.isFromLine(bytes, first) || isQuotedSeparator(first) {
      envelope = first.start..<first.end
      let rest = bytes[first.start..<first.contentEnd].drop { $0 != 0x20 }.dropFirst()
      sender = String(lossy: rest.prefix { $0 != 0x20 })
      position = first.end
    }
    var fields: [HeaderField] = []
    var headerStart = position
    var bodyStart = position
    let hasHeader = envelope == nil && startsHeader(at: start, limit: limit)
    if hasHeader { headerStart = start }
    if envelope != nil || hasHeader {
      let block = HeaderBlock.parse(bytes, from: headerStart, limit: limit, isMail: true)
      fields = block.fields
      bodyStart = block.bodyStart
    }
    var mime = MimeReader(bytes: bytes, options: options)
    mime.read(fields: fields, body: bodyStart..<limit, depth: depth)
    diagnostics += mime.diagnostics
    let message = Message(
      source: bytes, range: range, envelope: envelope, envelopeSender: sender, fields: fields,
      header: headerStart..<bodyStart, parts: mime.parts, attached: mime.attached,
      foreign: mime.foreign)
    if message.hasOwnDiff {
      diagnostics += DescriptionCheck(message).findings
    }
    return message
  }

  /// Whether a line is the first one of a `git format-patch` mail, as a mailbox quotes it.
  private func isQuotedSeparator(_ line: Line) -> Bool {
    guard bytes.line(line, hasPrefix: ">From ") else { return false }
    return DescriptionReader.isSeparator(
      String(lossy: bytes[(line.start + 1)..<bytes.contentEndWithoutCR(line)])[...])
  }

  /// Whether a header block starts here.
  private func startsHeader(at position: Int, limit: Int) -> Bool {
    let line = bytes.line(at: position, limit: limit)
    guard
      let colon = HeaderBlock.fieldNameEnd(bytes, line.start, line.contentEnd, inMail: true)
    else { return false }
    let name = String(lossy: bytes[line.start..<colon]).lowercased()
    if Self.firstFields.contains(name) || name.hasPrefix("bug-") { return true }
    // Any field may come first where a mail's fields follow and an empty line ends them.
    let block = HeaderBlock.parse(bytes, from: position, limit: limit, isMail: true)
    return block.bodyStart > block.end && block.fields.contains { $0.isNamed("From") }
      && block.fields.contains { $0.isNamed("Subject") }
  }

  /// Whether the text is a patch with a header of its own, as an attachment may be.
  func startsPatchMail(_ range: Range<Int>) -> Bool {
    let start = bytes.textStart(from: range.lowerBound, limit: range.upperBound)
    let line = bytes.line(at: start, limit: range.upperBound)
    if Mbox.isFromLine(bytes, line) || isQuotedSeparator(line) { return true }
    if bytes.line(line, hasPrefix: "# HG changeset patch") { return true }
    if bytes.line(line, hasPrefix: "commit "), line.contentEnd - line.start >= 47 { return true }
    guard startsHeader(at: start, limit: range.upperBound) else { return false }
    let block = HeaderBlock.parse(bytes, from: start, limit: range.upperBound)
    return block.fields.contains { $0.isNamed("Subject") || $0.isNamed("Description") }
  }
}
