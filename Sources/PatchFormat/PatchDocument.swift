// SPDX-License-Identifier: GPL-2.0-only

/// An input as it was read: a patch file, a mail or a mailbox, with everything in its place.
///
/// Parsing never fails: what is damaged or not supported is a finding in `diagnostics`, and
/// `requireSound` throws where a finding stands in the way. `serialized()` gives the input back byte
/// for byte, put together from its parts.
package struct PatchDocument: Sendable {
  /// Where a part of an input stands in it: a mail of a mailbox that is read one mail after the other.
  package struct Origin: Sendable, Hashable {
    /// The byte at which the part starts.
    package var offset = 0
    /// The line at which it starts, from 1.
    package var line = 1
    /// How many mails stand before it; nil where the part is the whole input.
    package var mailsBefore: Int?

    /// The place of a whole input.
    package init() {}
  }

  /// What the input is called in messages: a file name, or `-`.
  package let name: String
  /// The bytes of the input.
  package let source: [UInt8]
  /// The messages: the mails of a mailbox, or one for a whole file.
  package let messages: [Message]
  /// What was found, in the order of the input.
  package let diagnostics: [Diagnostic]
  /// Where the bytes stand in the input that they are of.
  package let origin: Origin

  /// Reads an input.
  ///
  /// - Parameters:
  ///   - source: the bytes of a patch file, a mail or a mailbox.
  ///   - name: what to call it in messages.
  ///   - options: how to read hunks.
  ///   - origin: where the bytes stand in the input, if they are a part of it.
  package init(
    parsing source: [UInt8], name: String = "-", options: ParseOptions = .init(),
    origin: Origin = Origin()
  ) {
    self.name = name
    self.origin = origin
    self.source = source
    var reader = MessageReader(bytes: source, options: options)
    let starts = Mbox.messageStarts(source)
    if starts.isEmpty {
      messages = [reader.read(0..<source.count)]
    } else {
      let ends = starts.dropFirst() + [source.count]
      messages = zip(starts, ends).enumerated().map { index, mail in
        reader.read((index == 0 ? 0 : mail.0)..<mail.1)
      }
    }
    diagnostics = Self.locate(reader.diagnostics, in: source, origin)
  }

  /// The file patches of all messages.
  package var files: [FilePatch] { messages.flatMap(\.files) }

  /// The bytes of the input, put together from its parts.
  ///
  /// A part in a transfer encoding is taken as it stands; all others are printed from their elements.
  package func serialized() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(source.count)
    for message in messages {
      var position = message.range.lowerBound
      for part in message.parts {
        output += source[position..<part.range.lowerBound]
        // A text whose decoding changed nothing shares the source's offsets.
        if part.encoding == .identity, part.text.range == part.range {
          output += part.text.serialized()
        } else {
          output += source[part.range]
        }
        position = part.range.upperBound
      }
      output += source[position..<message.range.upperBound]
    }
    return output
  }

  /// Throws where a finding stands in the way of using the input.
  ///
  /// - Throws: `PatchFormatError` with the first such finding; also where there is no diff at all.
  package func requireSound(_ strictness: Strictness = .lenient) throws(PatchFormatError) {
    let blocking = diagnostics.filter(strictness.refuses)
    if let first = blocking.first {
      throw PatchFormatError(input: name, diagnostic: first, others: blocking.count - 1)
    }
    if !messages.contains(where: \.hasDiff) {
      throw PatchFormatError(
        input: name,
        diagnostic: Diagnostic(
          id: .noDiff, severity: .refused, location: SourceLocation(line: 1, offset: 0),
          message: "there is no diff in the input"), others: 0)
    }
  }

  /// The line of a source offset, counted from 1; the cost is the offset's.
  package func location(ofSourceOffset offset: Int) -> SourceLocation {
    let line = source[..<min(offset, source.count)].reduce(origin.line) { $1 == 0x0A ? $0 + 1 : $0 }
    return SourceLocation(line: line, offset: origin.offset + offset)
  }

  /// Gives findings their lines, in one pass over the source.
  private static func locate(
    _ pending: [PendingDiagnostic], in source: [UInt8], _ origin: Origin
  ) -> [Diagnostic] {
    var line = origin.line
    var position = 0
    let ordered = pending.enumerated().sorted {
      ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset)
    }
    return ordered.map { _, finding in
      let offset = min(finding.offset, source.count)
      while true {
        let next = source.line(at: position, limit: source.count)
        if next.end > offset || next.end == position || !next.isTerminated { break }
        line += 1
        position = next.end
      }
      return Diagnostic(
        id: finding.id, severity: finding.severity,
        location: SourceLocation(line: line, offset: origin.offset + offset),
        message: finding.message, assumption: finding.assumption)
    }
  }
}
