// SPDX-License-Identifier: GPL-2.0-only

public import PatchFormat
internal import Synchronization

/// One patch to apply: a message of an input with its file patches.
public struct Patch: Sendable {
  /// The document that the patch is in.
  package let document: PatchDocument
  /// The message that is the patch.
  public private(set) var message: Message
  /// The file patches, in their order.
  public let files: [FilePatch]
  /// The number of the message in its document, from 1, where it has several.
  package let number: Int?
  /// The number of the patch in its mail, from 1, where several are attached.
  package let attachment: Int?
  /// The subject, once one of the copies of the patch was asked for it.
  private var known = KnownSubject()

  private final class KnownSubject: Sendable {
    let text = Mutex<String?>(nil)
  }

  /// Takes a message of a document as a patch.
  public init(
    _ message: Message, of document: PatchDocument, number: Int? = nil, attachment: Int? = nil
  ) {
    self.document = document
    self.message = message
    self.number = number
    self.attachment = attachment
    files = message.files
  }

  /// The patch with a trailer more at the end of its message.
  package func adding(_ trailer: Trailer) -> Patch {
    var patch = self
    patch.message.add(GivenTrailer(trailer: trailer))
    return patch
  }

  /// The subject of the message: read once for all trials of the patch, as it takes a part of their time.
  package var subject: String {
    if let text = known.text.withLock({ $0 }) { return text }
    let text = message.subject
    known.text.withLock { $0 = text }
    return text
  }

  /// The patch under the subject of another one, from which it was made.
  func titled(as other: Patch) -> Patch {
    var patch = self
    patch.known = other.known
    return patch
  }

  /// The input's name, with the message's number where there are several.
  public var input: String {
    let parts = [number.map { "mail \($0)" }, attachment.map { "attachment \($0)" }]
      .compactMap(\.self)
    return parts.isEmpty ? document.name : "\(document.name) (\(parts.joined(separator: ", ")))"
  }

  /// The numbers that distinguish the patch from others of its document, such as `3` or `3.2`; nil if
  /// it is the only one.
  package var ordinal: String? {
    let parts = [number, attachment].compactMap(\.self)
    return parts.isEmpty ? nil : parts.map(String.init).joined(separator: ".")
  }

  /// Whether it is a diff without context (`-U0`), whose hunks have only their line numbers to go by.
  ///
  /// A hunk at line 1 may as well be all of a short file.
  package var isWithoutContext: Bool {
    files.allSatisfy { $0.hunks.allSatisfy(\.lacksContext) }
      && files.contains { $0.hunks.contains { $0.oldStart > 1 || $0.newStart > 1 } }
  }

  /// Where a file patch of the message is, for parts that are not encoded.
  func location(_ offset: Int) -> SourceLocation? {
    guard message.parts.allSatisfy(\.isVerbatim), message.source == document.source else {
      return nil
    }
    return document.location(ofSourceOffset: offset)
  }

  /// The text of each file patch of the message, adapted ones in the place of their originals.
  func replacements(_ adapted: [AdaptedFile], namesBlobs: Bool) throws(Defect) -> [[UInt8]] {
    // A file patch whose functions moved to other files is several by now.
    let byIndex = Dictionary(grouping: adapted, by: \.index)
    var replacements: [[UInt8]] = []
    for part in message.parts {
      for case .file(let file) in part.text.elements {
        var text: [UInt8] = []
        for replacement in byIndex[replacements.count] ?? [] {
          text +=
            replacement.isUnchanged
            ? Array(part.text.bytes[file.range]).terminated
            : try replacement.printed(namesBlobs: namesBlobs)
        }
        replacements.append(text)
      }
    }
    return replacements
  }

  /// The message as it was read, with the trailers that replies gave.
  package var textWithTrailers: [UInt8] {
    let files = message.parts.flatMap { part in
      part.text.elements.compactMap { element -> [UInt8]? in
        if case .file(let file) = element { Array(part.text.bytes[file.range]) } else { nil }
      }
    }
    return printed(replacing: files)
  }

  /// The message with each file patch replaced by a text, and the trailers that replies gave.
  ///
  /// - Parameter note: what is added in brackets at the end of the commit message; nil adds nothing.
  func printed(replacing replacements: [[UInt8]], noting note: String? = nil) -> [UInt8] {
    var output: [UInt8] = []
    var index = 0
    var note = added(note)
    // What is added may have letters that the mail's own charset lacks.
    let isConverted =
      note.map { !$0.utf8.allSatisfy { $0 < 0x80 } } ?? false
      && !message.parts.allSatisfy { $0.charset.map(Charset.isUnicode) ?? true }
    if !isConverted, message.attached.isEmpty, message.parts.count == 1,
      message.parts[0].isVerbatim
    {
      output += message.source[message.range.lowerBound..<message.header.upperBound]
    } else {
      output += reencodedHeader(isConverted: isConverted)
    }
    for part in message.parts {
      for element in part.text.elements {
        switch element {
        case .text(let range):
          var text = part.text.bytes[range]
          if isConverted, let charset = part.charset,
            let converted = Charset.decode(Array(text), as: charset)
          {
            text = Array(converted.utf8)[...]
          }
          output += note.map { Self.noting($0, in: text) } ?? text
          note = nil
        case .file:
          if let note { output += Self.noting(note, in: []) }
          note = nil
          output += replacements[index]
          index += 1
        }
      }
    }
    // git takes a byte order mark for a part of the first line.
    return output.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(output.dropFirst(3)) : output
  }

  /// What comes to the end of the commit message: trailers, and a note in brackets; nil for nothing.
  private func added(_ note: String?) -> String? {
    var lines = message.added.map { $0.text + "\n" }
    if !lines.isEmpty, message.description().trailers.count <= lines.count {
      lines.insert("\n", at: 0)
    }
    if let note { lines.append("[ \(note) ]\n") }
    return lines.isEmpty ? nil : lines.joined()
  }

  /// The text before a diff with lines at the end of what is the commit message.
  private static func noting(_ lines: String, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let rows = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    // A mail that keeps its carriage returns has them at the end of each line.
    let lineEnd: [UInt8] = rows.first?.last == 0x0D ? [0x0D, 0x0A] : [0x0A]
    let line = Array(lines.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
      .joined(separator: lineEnd)
    let end = rows.first { $0.elementsEqual("---".utf8) || $0.elementsEqual("---\r".utf8) }
    if let end { return text[..<end.startIndex] + line + text[end.startIndex...] }
    let isEnded = text.last.map { $0 == 0x0A } ?? true
    return text + (isEnded ? [] : lineEnd) + line + lineEnd
  }

  /// The header of a mail whose body was encoded, for the body as it is decoded.
  ///
  /// - Parameter isConverted: whether the text is given in UTF-8, and not in the charset of the mail.
  private func reencodedHeader(isConverted: Bool) -> [UInt8] {
    var output: [UInt8] = []
    if let envelope = message.envelope { output += message.source[envelope] }
    for field in message.fields
    where !["content-transfer-encoding", "content-type", "mime-version"]
      .contains(field.name.lowercased())
    {
      output += "\(field.name): ".utf8
      output += field.value + [0x0A]
    }
    let charset = isConverted ? nil : message.parts.lazy.compactMap(\.charset).first
    output += "MIME-Version: 1.0\nContent-Type: text/plain; charset=\(charset ?? "UTF-8")\n".utf8
    output += "Content-Transfer-Encoding: 8bit\n\n".utf8
    return output
  }
}

extension [UInt8] {
  /// A patch has to end with a newline for git and libgit2 to read its last line.
  fileprivate var terminated: [UInt8] { last == 0x0A || isEmpty ? self : self + [0x0A] }
}

extension PatchDocument {
  /// The patches of a document: its messages that hold a diff, and the patches attached to them.
  package var patches: [Patch] {
    // A mail keeps the number that it has in the mailbox.
    let numbers = Dictionary(
      messages.enumerated().map { ($0.element.range.lowerBound, $0.offset + 1) },
      uniquingKeysWith: { first, _ in first })
    return takenMessages.flatMap { message in
      let index = numbers[message.range.lowerBound] ?? 1
      let number = origin.mailsBefore.map { $0 + index } ?? (messages.count > 1 ? index : nil)
      let all = message.patches
      return all.enumerated().map { position, patch in
        Patch(patch, of: self, number: number, attachment: all.count > 1 ? position + 1 : nil)
      }
    }
  }
}
