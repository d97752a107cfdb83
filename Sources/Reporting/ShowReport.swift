// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat

/// What inputs say: one value for the terminal and for JSON.
///
/// An input may have a million hunks, so its messages, file patches and hunks are made one by one as they
/// are written.
package struct ShowReport: OrderedMembers, Sendable {
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

    private enum CodingKeys: String, CodingKey {
      case newCount, newStart, oldCount, oldStart, section
    }

    init(_ hunk: Hunk) {
      (oldStart, oldCount) = (hunk.oldStart, hunk.oldCount)
      (newStart, newCount) = (hunk.newStart, hunk.newCount)
      section = String(decoding: hunk.section, as: UTF8.self)
    }
  }

  /// A file patch.
  package struct FileEntry: OrderedMembers, Sendable {
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
    package var hunks: [HunkEntry] { parts.map(HunkEntry.init) }
    private let parts: [Hunk]

    private enum CodingKeys: String, CodingKey {
      case added, change, hunks, isBinary, newID, newMode, newName, oldID, oldMode, oldName, removed
    }

    init(_ file: FilePatch) {
      func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
      (oldName, newName, change) = (text(file.oldName), text(file.newName), file.change)
      oldMode = file.oldMode.map { String($0, radix: 8) }
      newMode = file.newMode.map { String($0, radix: 8) }
      (oldID, newID, isBinary) = (text(file.oldID), text(file.newID), file.isBinary)
      (added, removed) = (file.addedCount, file.removedCount)
      parts = file.hunks
    }

    /// Writes the members in the order of their keys.
    package func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(added, forKey: .added)
      try values.encode(change, forKey: .change)
      try values.encode(Made(parts) { HunkEntry($0) }, forKey: .hunks)
      try values.encode(isBinary, forKey: .isBinary)
      try values.encodeIfPresent(newID, forKey: .newID)
      try values.encodeIfPresent(newMode, forKey: .newMode)
      try values.encodeIfPresent(newName, forKey: .newName)
      try values.encodeIfPresent(oldID, forKey: .oldID)
      try values.encodeIfPresent(oldMode, forKey: .oldMode)
      try values.encodeIfPresent(oldName, forKey: .oldName)
      try values.encode(removed, forKey: .removed)
    }
  }

  /// Entries that are made from values as they are written.
  package struct Made<Value: Sendable, Entry: Encodable>: Encodable, Sendable {
    private let values: [Value]
    private let entry: @Sendable (Value) -> Entry

    init(_ values: [Value], _ entry: @escaping @Sendable (Value) -> Entry) {
      (self.values, self.entry) = (values, entry)
    }

    /// Writes the entries as an array.
    package func encode(to encoder: any Encoder) throws {
      var list = encoder.unkeyedContainer()
      for value in values { try list.encode(entry(value)) }
    }
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
  package struct MessageEntry: OrderedMembers, Sendable {
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
    package var files: [FileEntry] { parts.map(FileEntry.init) }
    private let parts: [FilePatch]

    private enum CodingKeys: String, CodingKey {
      case author, body, date, files, input, isCoverLetter, references, style, subject
      case subjectPrefixes, trailers
    }

    init(_ message: Message, of document: PatchDocument) {
      let description = message.description()
      (input, style, subject) = (document.name, description.style, description.subject)
      subjectPrefixes = description.subjectPrefixes
      author = description.author.map { "\($0.name) <\($0.email)>" }
      (date, body) = (description.date?.seconds, description.body)
      trailers = description.trailers.map {
        TrailerEntry(token: $0.token, value: $0.value, stableVersion: $0.stableVersion)
      }
      references = description.references.map { ReferenceEntry(form: $0.form, commit: $0.commit) }
      isCoverLetter = message.isCoverLetter
      parts = message.files
    }

    /// Writes the members in the order of their keys.
    package func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encodeIfPresent(author, forKey: .author)
      try values.encode(body, forKey: .body)
      try values.encodeIfPresent(date, forKey: .date)
      try values.encode(Made(parts) { FileEntry($0) }, forKey: .files)
      try values.encode(input, forKey: .input)
      try values.encode(isCoverLetter, forKey: .isCoverLetter)
      try values.encode(references, forKey: .references)
      try values.encode(style, forKey: .style)
      try values.encode(subject, forKey: .subject)
      try values.encode(subjectPrefixes, forKey: .subjectPrefixes)
      try values.encode(trailers, forKey: .trailers)
    }
  }

  /// The messages in order.
  package var messages: [MessageEntry] {
    documents.flatMap { document in
      document.shownMessages.map { MessageEntry($0, of: document) }
    }
  }
  private let documents: [PatchDocument]

  private enum CodingKeys: String, CodingKey { case messages }

  /// Takes over documents.
  package init(_ documents: [PatchDocument]) { self.documents = documents }

  /// Writes the messages in order.
  package func encode(to encoder: any Encoder) throws {
    let messages = documents.flatMap { document in
      document.shownMessages.map { (message: $0, document: document) }
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(
      Made(messages) { MessageEntry($0.message, of: $0.document) }, forKey: .messages)
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
        try body(message, MessageEntry(message, of: document))
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
