// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat

/// What inputs say: one value for the terminal and for JSON.
package struct ShowReport: Encodable, Sendable {
  /// A hunk.
  package struct HunkEntry: Encodable, Sendable {
    /// The first line before, from 1.
    package var oldStart: Int
    /// The lines before.
    package var oldCount: Int
    /// The first line after.
    package var newStart: Int
    /// The lines after.
    package var newCount: Int
    /// The text after the header's second `@@`.
    package var section: String
  }

  /// A file patch.
  package struct FileEntry: Encodable, Sendable {
    /// The name before, as written.
    package var oldName: String?
    /// The name after, as written.
    package var newName: String?
    /// What becomes of the file.
    package var change: FilePatch.Change
    /// The modes, in octal.
    package var oldMode: String?
    /// The mode after.
    package var newMode: String?
    /// The blob ids as written.
    package var oldID: String?
    /// The blob id after.
    package var newID: String?
    /// Whether the file is binary.
    package var isBinary: Bool
    /// Lines added.
    package var added: Int
    /// Lines removed.
    package var removed: Int
    /// The hunks.
    package var hunks: [HunkEntry]
  }

  /// A trailer.
  package struct TrailerEntry: Encodable, Sendable {
    /// The token.
    package var token: String
    /// The value.
    package var value: String
    /// The version of a `Cc: stable`.
    package var stableVersion: String?
  }

  /// A commit that a patch says to come from.
  package struct ReferenceEntry: Encodable, Sendable {
    /// In which words.
    package var form: UpstreamReference.Form
    /// The id.
    package var commit: String
  }

  /// A message.
  package struct MessageEntry: Encodable, Sendable {
    /// The input.
    package var input: String
    /// How the description is written.
    package var style: PatchDescription.Style
    /// The subject.
    package var subject: String
    /// The brackets before it.
    package var subjectPrefixes: [String]
    /// The author, as `Name <address>`.
    package var author: String?
    /// The author's date, in seconds since 1970.
    package var date: Int64?
    /// The text.
    package var body: String
    /// The trailers.
    package var trailers: [TrailerEntry]
    /// The commits that it says to come from.
    package var references: [ReferenceEntry]
    /// Whether it is a cover letter.
    package var isCoverLetter: Bool
    /// The file patches.
    package var files: [FileEntry]
  }

  /// The messages in order.
  package var messages: [MessageEntry]
  private let documents: [PatchDocument]

  private enum CodingKeys: String, CodingKey { case messages }

  /// Takes over documents.
  ///
  /// - Parameter isCoded: whether the report is for JSON, which has each hunk as a value of its own.
  package init(_ documents: [PatchDocument], isCoded: Bool) {
    self.documents = documents
    messages =
      !isCoded
      ? []
      : documents.flatMap { document in
        document.shownMessages.map { message in
          var entry = Self.entry(message, of: document)
          entry.files = message.files.map(Self.entry)
          return entry
        }
      }
  }

  private static func entry(_ message: Message, of document: PatchDocument) -> MessageEntry {
    let description = message.description()
    return MessageEntry(
      input: document.name, style: description.style, subject: description.subject,
      subjectPrefixes: description.subjectPrefixes,
      author: description.author.map { "\($0.name) <\($0.email)>" },
      date: description.date?.seconds, body: description.body,
      trailers: description.trailers.map {
        TrailerEntry(token: $0.token, value: $0.value, stableVersion: $0.stableVersion)
      },
      references: description.references.map { ReferenceEntry(form: $0.form, commit: $0.commit) },
      isCoverLetter: message.isCoverLetter, files: [])
  }

  private static func entry(_ file: FilePatch) -> FileEntry {
    func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
    return FileEntry(
      oldName: text(file.oldName), newName: text(file.newName), change: file.change,
      oldMode: file.oldMode.map { String($0, radix: 8) },
      newMode: file.newMode.map { String($0, radix: 8) }, oldID: text(file.oldID),
      newID: text(file.newID), isBinary: file.isBinary, added: file.addedCount,
      removed: file.removedCount,
      hunks: file.hunks.map {
        HunkEntry(
          oldStart: $0.oldStart, oldCount: $0.oldCount, newStart: $0.newStart,
          newCount: $0.newCount, section: String(decoding: $0.section, as: UTF8.self))
      })
  }

  /// Gives the messages for the user, piece by piece: headers, text, then the diff.
  package func eachText(_ body: (LabeledText) throws -> Void) throws {
    try forEachMessage { message, entry in
      try body(head(entry))
      for file in message.files {
        var isHeader = true
        try Self.print(file) { piece in
          var text = LabeledText()
          for line in piece.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            if line.starts(with: "@@".utf8) { isHeader = false }
            text += "\(isHeader ? .heading : Self.label(line.first), code: line)\n"
          }
          try body(text)
        }
      }
    }
  }

  /// Gives the messages for a program, piece by piece: headers and text as for the user, then the diff byte for
  /// byte, so that it can be applied.
  package func eachBytes(_ body: ([UInt8]) throws -> Void) throws {
    try forEachMessage { message, entry in
      try body(Array(head(entry).plain.utf8))
      for file in message.files { try Self.print(file, body) }
    }
  }

  private func forEachMessage(_ body: (Message, MessageEntry) throws -> Void) throws {
    for document in documents {
      for message in document.shownMessages {
        try body(message, Self.entry(message, of: document))
      }
    }
  }

  private func head(_ entry: MessageEntry) -> LabeledText {
    let title = entry.subject.isEmpty ? entry.input : entry.subject
    var text: LabeledText = "\(.heading, title)\n"
    if let author = entry.author { text += "Author: \(author)\n" }
    for reference in entry.references {
      text += "Upstream: \(reference.commit) (\(reference.form.rawValue))\n"
    }
    if entry.isCoverLetter { text += "\(.faint, "cover letter")\n" }
    if !entry.body.isEmpty { text += "\n\(block: entry.body)\n" }
    return text + "\n"
  }

  /// The bytes after which a piece of a diff ends.
  private static let pieceSize = 1 << 18

  private static func print(_ file: FilePatch, _ body: ([UInt8]) throws -> Void) rethrows {
    try file.printAsGit(
      paths: file.paths(strip: file.usualStrip) ?? .init(old: file.oldName, new: file.newName),
      inPiecesOf: pieceSize, body)
  }

  private static func label(_ marker: UInt8?) -> LabeledText.Label? {
    switch marker {
    case UInt8(ascii: "@"): .hunkHeader
    case UInt8(ascii: "+"): .added
    case UInt8(ascii: "-"): .removed
    default: nil
    }
  }
}
