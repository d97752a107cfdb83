// SPDX-License-Identifier: GPL-2.0-only

/// One message of an input: a mail, or a whole file that is none.
package struct Message: Sendable {
  /// A piece of text that may hold diffs: the body, or one part of a multipart mail.
  package struct Part: Sendable {
    /// The part's body in the source, still encoded.
    package let range: Range<Int>
    /// How the body is encoded.
    package let encoding: TransferEncoding
    /// The charset that the part names, if any.
    package let charset: String?
    /// The decoded text and what it holds.
    package let text: PatchText
  }

  /// The message's place in the source.
  package let range: Range<Int>
  /// The mailbox's `From ` line, if there is one.
  package let envelope: Range<Int>?
  /// The word behind `From ` in that line: a sender, or the commit that format-patch took.
  let envelopeSender: String
  /// The header fields: of the mail, or of a DEP-3 or SUSE header.
  package let fields: [HeaderField]
  /// The place of the header fields with the empty line behind them.
  package let header: Range<Int>
  /// The texts, in their order.
  package let parts: [Part]

  /// The file patches of all parts, in their order.
  package var files: [FilePatch] { parts.flatMap(\.text.files) }
  /// Whether the message holds a diff.
  package var hasDiff: Bool {
    parts.contains { part in
      part.text.elements.contains { if case .file = $0 { true } else { false } }
    }
  }
}

/// Reads one message from a range of the source.
struct MessageReader {
  let bytes: [UInt8]
  let options: ParseOptions
  var diagnostics: [PendingDiagnostic] = []

  /// The fields that a header block may start with; other words with a colon are a subject line
  /// (`ext4: fix …`).
  private static let firstFields: Set<String> = [
    "from", "date", "subject", "message-id", "description", "author", "origin", "bug", "forwarded",
    "last-update", "git-commit", "patch-mainline", "references", "to", "cc", "received",
    "return-path", "delivered-to", "mime-version", "content-type", "x-mozilla-status", "reply-to",
    "in-reply-to", "list-id", "sender", "title", "git-repo", "x-mailer", "dkim-signature",
    "authentication-results", "x-received", "status", "x-status", "content-transfer-encoding",
  ]

  mutating func read(_ range: Range<Int>) -> Message {
    var position = range.lowerBound
    var envelope: Range<Int>?
    var sender = ""
    var start = position
    while start < range.upperBound, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[start]) { start += 1 }
    let first = bytes.line(at: start, limit: range.upperBound)
    if Mbox.isFromLine(bytes, first) {
      envelope = first.start..<first.end
      let rest = bytes[(first.start + 5)..<first.contentEnd]
      sender = String(lossy: rest.prefix { $0 != 0x20 })
      position = first.end
    }
    var fields: [HeaderField] = []
    var bodyStart = position
    if envelope != nil || startsHeader(at: position, limit: range.upperBound) {
      let block = HeaderBlock.parse(bytes, from: position, limit: range.upperBound)
      fields = block.fields
      bodyStart = block.bodyStart
    }
    var mime = MimeReader(bytes: bytes, options: options)
    mime.read(fields: fields, body: bodyStart..<range.upperBound)
    diagnostics += mime.diagnostics
    return Message(
      range: range, envelope: envelope, envelopeSender: sender, fields: fields,
      header: position..<bodyStart, parts: mime.parts)
  }

  private func startsHeader(at position: Int, limit: Int) -> Bool {
    let line = bytes.line(at: position, limit: limit)
    guard let colon = HeaderBlock.fieldNameEnd(bytes, line.start, line.contentEnd) else {
      return false
    }
    let name = String(lossy: bytes[line.start..<colon]).lowercased()
    return Self.firstFields.contains(name) || name.hasPrefix("bug-")
  }
}
