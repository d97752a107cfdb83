// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import PatchFormat

/// Reads the mails of a mailbox as the patches of a folder.
struct MailboxImport {
  /// A patch to be, with its lines of the series.
  struct Patch {
    var name: String
    var bytes: [UInt8]
    var piece: [UInt8]?
    /// The file that it is a copy of; nil where it is made of something else.
    var source: String?
  }

  private(set) var patches: [Patch] = []
  /// The lines of the series after the last patch.
  private(set) var end: [UInt8]?

  /// Takes the mails of a document, each byte for byte, but for the trailers that replies gave.
  ///
  /// - Parameter first: the number of the first mail that is not a letter.
  init(_ document: PatchDocument, first: Int) {
    var number = first
    for message in document.takenMessages {
      defer { number += message.isCoverLetter ? 0 : 1 }
      let source = Array(document.source[message.range])
      let fields = ExchangeFields(message.fields)
      let bytes =
        message.added.isEmpty
        ? Self.restored(source, message, fields)
        : Backport.Patch(message, of: document).textWithTrailers
      if fields.part != nil, let last = patches.indices.last, patches[last].name == fields.name {
        patches[last].bytes += bytes
        continue
      }
      patches.append(
        Patch(
          name: fields.name ?? message.fileName(number: number), bytes: bytes,
          piece: fields.piece))
      end = fields.end ?? end
    }
  }

  /// The patch that a mail was made of.
  private static func restored(
    _ source: [UInt8], _ message: Message, _ fields: ExchangeFields
  ) -> [UInt8] {
    var bytes = source
    let base = message.range.lowerBound
    let envelopeEnd = message.envelope.map { $0.upperBound - base } ?? 0
    if let text = fields.text {
      let start = (message.parts.first?.text.preamble.upperBound ?? message.range.upperBound) - base
      let diff = Array(source[start...])
      bytes = text + (fields.isQuoted ? MailWriter.unquoted([0x0A] + diff).dropFirst() : diff[...])
    } else {
      bytes = ExchangeFields.removed(from: bytes, envelopeEnd: envelopeEnd)
      if fields.isQuoted { bytes = MailWriter.unquoted(bytes) }
      if fields.hasAddedEnvelope { bytes.removeFirst(envelopeEnd) }
    }
    if fields.hasAddedNewline, bytes.last == 0x0A { bytes.removeLast() }
    return bytes
  }
}
