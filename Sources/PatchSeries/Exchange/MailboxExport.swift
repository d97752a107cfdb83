// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import PatchFormat

extension PatchesFolder {
  /// A series as a mailbox, and what of it others cannot use.
  package struct Mailbox: Sendable {
    /// The bytes.
    package var bytes: [UInt8] = []
    /// The number of mails.
    package var count = 0
    /// Patches that name no author: `git am` takes the mail's.
    package var withoutAuthor: [String] = []
    /// Patches with options that a mail cannot say, such as `-p0`: `git am` needs them too.
    package var withOptions: [String] = []
  }

  /// The series as a mailbox that `git am` reads and from which `importMailbox` restores it byte for byte.
  ///
  /// A patch that is a mail is not changed; any other is written as one, its own text kept in a header
  /// field. Header fields have the names, options and comments of the series unless an import would
  /// give the same ones anyway.
  ///
  /// - Throws: `PatchkitError`, `PatchFormatError` where a patch cannot be read.
  package func mailbox() throws -> Mailbox {
    var mailbox = Mailbox()
    let entries = series.entries
    let pieces = series.pieces
    // The number that an import gives the next mail.
    var mailNumber = 1
    for (number, document) in try documents(entries, ApplyOptions()).enumerated() {
      let entry = entries[number]
      var fields = ExchangeFields()
      if pieces[number] != entry.path + [0x0A] { fields.piece = pieces[number] }
      if number == entries.count - 1, !pieces[number + 1].isEmpty {
        fields.end = pieces[number + 1]
      }
      if !entry.options.isEmpty { mailbox.withOptions.append(entry.name) }
      for (index, message) in document.messages.enumerated() {
        var own = index == 0 ? fields : ExchangeFields()
        if index > 0 { own.part = index + 1 }
        if index > 0 || entry.name != message.fileName(number: mailNumber) {
          own.name = entry.name
        }
        let mail = Self.mail(message, of: document, named: entry.name, own)
        if mail.isWithoutAuthor { mailbox.withoutAuthor.append(entry.name) }
        mailbox.bytes += mail.bytes
        mailbox.count += 1
        if !message.isCoverLetter { mailNumber += 1 }
      }
    }
    return mailbox
  }

  private static func mail(
    _ message: Message, of document: PatchDocument, named name: String, _ known: ExchangeFields
  ) -> (bytes: [UInt8], isWithoutAuthor: Bool) {
    var fields = known
    let source = Array(document.source[message.range])
    let description = message.description()
    let isMail =
      message.envelope != nil
      || (description.style == .mail || description.style == .suse) && description.author != nil
        && message.header.lowerBound == message.range.lowerBound
    if source.last != 0x0A { fields.hasAddedNewline = true }
    let ended = source + (source.last == 0x0A ? [] : [0x0A])
    guard isMail else {
      let start = message.parts.first?.text.preamble.upperBound ?? message.range.upperBound
      fields.text = Array(document.source[message.range.lowerBound..<start])
      let diff = Array(ended[(start - message.range.lowerBound)...])
      let isWithoutAuthor = description.author == nil
      var writer = MailWriter(
        author: description.author ?? MailAddress(name: "Unknown", email: "unknown@invalid"),
        date: description.date, subject: description.subject, body: description.body)
      // A mail without a subject would become a commit without a message.
      if description.subject.isEmpty { writer.subject = name }
      let mail = writer.mail(diff)
      fields.isQuoted = MailWriter.quoted(mail).count != mail.count
      writer.fields = fields.fields
      return (MailWriter.quoted(writer.mail(diff)), isWithoutAuthor)
    }
    var body = MailWriter.quoted(ended)
    fields.isQuoted = body.count != ended.count
    fields.hasAddedEnvelope = message.envelope == nil
    var envelopeEnd = message.envelope.map { $0.upperBound - message.range.lowerBound } ?? 0
    if message.envelope == nil {
      let envelope = Array(
        "From \(String(repeating: "0", count: 40)) Mon Sep 17 00:00:00 2001\n".utf8)
      body = envelope + body
      envelopeEnd = envelope.count
    }
    let lines = Array(MailWriter.lines(fields.fields).utf8)
    return (
      Array(body[..<envelopeEnd]) + lines + body[envelopeEnd...], description.author == nil
    )
  }
}
