// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
package import PatchFormat

/// What a mail or a commit says about the patch of a quilt folder that it was made of, so that the folder
/// comes back byte for byte.
package struct ExchangeFields: Hashable {
  /// The patch's name; nil takes the one that a mail's subject gives.
  package var name: String?
  /// The series' lines for the patch, comments above it included; nil for the name alone.
  package var piece: [UInt8]?
  /// The series' lines after the last patch.
  package var end: [UInt8]?
  /// The patch's text before its first diff, where it was written anew as a mail.
  package var text: [UInt8]?
  /// The message of the commit that the patch was made of, where the mail's text does not give it.
  package var message: [UInt8]?
  /// The number of the mail in the patch's file, from 2.
  package var part: Int?
  /// An envelope was put before the mail.
  package var hasAddedEnvelope = false
  /// A line end was added after the mail.
  package var hasAddedNewline = false
  /// Lines of the mail were quoted.
  package var isQuoted = false

  private static let prefix = "X-Patchkit-"

  /// The fields of a mail's header.
  package var fields: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) {
      if let value { fields.append((Self.prefix + name, value)) }
    }
    add("Name", name)
    add("Series", piece.map(Self.encoded))
    add("Series-End", end.map(Self.encoded))
    add("Text", text.map(Self.encoded))
    add("Message", message.map(Self.encoded))
    add("Part", part.map(String.init))
    let form = [
      hasAddedEnvelope ? "envelope" : nil, hasAddedNewline ? "newline" : nil,
      isQuoted ? "quoted" : nil,
    ].compactMap(\.self)
    add("Form", form.isEmpty ? nil : form.joined(separator: " "))
    return fields
  }

  package init() {}

  /// Reads the fields of a mail; what is not one of these is not looked at.
  package init(_ fields: [HeaderField]) {
    func text(_ name: String) -> String? {
      fields.first { $0.isNamed(Self.prefix + name) }.map {
        String(decoding: $0.value, as: UTF8.self)
      }
    }
    func bytes(_ name: String) -> [UInt8]? { text(name).flatMap(Self.decoded) }
    // A name may be longer than a line; it holds no blank of its own, as a series could not name it.
    name = text("Name").map { $0.filter { !" \n".contains($0) } }
    piece = bytes("Series")
    end = bytes("Series-End")
    self.text = bytes("Text")
    message = bytes("Message")
    part = text("Part").flatMap { Int($0) }
    let form = text("Form")?.split(separator: " ") ?? []
    hasAddedEnvelope = form.contains("envelope")
    hasAddedNewline = form.contains("newline")
    isQuoted = form.contains("quoted")
  }

  /// The mail without these fields: they come right after the envelope.
  package static func removed(from mail: [UInt8], envelopeEnd: Int) -> [UInt8] {
    var position = envelopeEnd
    var isInside = false
    while position < mail.count {
      let end = mail[position...].firstIndex(of: 0x0A).map { $0 + 1 } ?? mail.count
      let line = mail[position..<end]
      let isOwn = line.starts(with: prefix.utf8)
      let isFolded = isInside && line.first == 0x20
      if !isOwn, !isFolded { break }
      isInside = true
      position = end
    }
    return Array(mail[..<envelopeEnd] + mail[position...])
  }

  private static func encoded(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  private static func decoded(_ text: String) -> [UInt8]? {
    Data(base64Encoded: text.filter { !" \n".contains($0) }).map(Array.init)
  }
}
