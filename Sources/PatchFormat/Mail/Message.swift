// SPDX-License-Identifier: GPL-2.0-only

/// One message of an input: a mail, or a whole file that is not a mail.
public struct Message: Sendable {
  /// A piece of text that may hold diffs: the body, or one part of a multipart mail.
  package struct Part: Sendable {
    /// The part's body in the message's source, still encoded.
    package let range: Range<Int>
    /// How the body is encoded.
    package let encoding: TransferEncoding
    /// The charset that the part names, if any.
    package let charset: String?
    /// Whether the part is text to be read, and not some other type of data.
    package let isText: Bool
    /// The decoded text and what it holds.
    package let text: PatchText

    /// Whether the text's bytes are those of the source, at the same offsets.
    package var isVerbatim: Bool { encoding == .identity && text.range == range }
  }

  /// The bytes that the ranges of the message point into: those of the input, or those of a decoded
  /// attachment.
  package let source: [UInt8]
  /// The message's range in its source.
  package let range: Range<Int>
  /// The mailbox's `From ` line, if there is one.
  package let envelope: Range<Int>?
  /// The word after `From ` in that line: a sender, or the commit that format-patch took.
  let envelopeSender: String
  /// The header fields: of the mail, or of a DEP-3 or SUSE header.
  package let fields: [HeaderField]
  /// The range of the header fields with the empty line after them.
  package let header: Range<Int>
  /// The texts, in their order, without those of attached patches.
  package let parts: [Part]
  /// The patches that are attached with a header of their own, or forwarded as mails.
  package let attached: [Message]
  /// What a part without a diff is, where that is not plain text.
  let foreign: ForeignPart?
  /// What the commit says that the message was written from; nil where the text of the message counts.
  ///
  /// A mail says less than a commit: brackets before the subject, a first line `From:` and a line of
  /// three dashes have another meaning in it.
  package internal(set) var stated: PatchDescription?
  /// The trailers that are added to those of the text: what replies gave, and a link to the mail.
  package private(set) var added: [GivenTrailer] = []

  /// The file patches of the message's own parts, in their order.
  public var files: [FilePatch] { parts.flatMap(\.text.files) }
  /// Whether one of the message's own parts holds a diff.
  var hasOwnDiff: Bool { parts.contains { $0.text.hasDiff } }
  /// Whether the message, or a patch attached to it, holds a diff.
  public var hasDiff: Bool { hasOwnDiff || attached.contains(where: \.hasDiff) }

  /// Adds a trailer to those of the text.
  package mutating func add(_ trailer: GivenTrailer) { added.append(trailer) }

  /// The patches of the message: itself where its own parts hold a diff, then the attached ones.
  package var patches: [Message] {
    (hasOwnDiff ? [self] : [])
      + attached.flatMap(\.patches).map { patch in
        var patch = patch
        for trailer in added { patch.add(trailer) }
        return patch
      }
  }
}

/// A part of a mail that is not read as text with a diff.
struct ForeignPart: Sendable {
  var format: ForeignFormat
  /// Where the part is in the source of its message.
  var offset: Int
}
