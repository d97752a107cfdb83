// SPDX-License-Identifier: GPL-2.0-only

/// An input as it was read: a patch file, a mail or a mailbox, with every byte kept.
///
/// Parsing never fails: what is damaged or not supported is a finding in `diagnostics`, and
/// `requireSound` throws if a finding prevents the use of the input. `serialized()` returns the input byte
/// for byte, put together from its parts.
public struct PatchDocument: Sendable {
  /// The position of a part in its input: a mail of a mailbox that is read one mail after the other.
  package struct Origin: Sendable, Hashable {
    /// The byte at which the part starts.
    package var offset = 0
    /// The line at which it starts, from 1.
    package var line = 1
    /// How many mails come before it; nil if the part is the whole input.
    package var mailsBefore: Int?
    /// What the commit says that the bytes were written from; nil for what was read from a file.
    package var stated: PatchDescription?

    /// The position of a whole input.
    package init() {}
  }

  /// What the input is called in messages: a file name, or `-`.
  public let name: String
  /// The bytes of the input.
  public let source: [UInt8]
  /// The messages: the mails of a mailbox, or one for a whole file.
  public let messages: [Message]
  /// What was found, in the order of the input.
  public private(set) var diagnostics: [Diagnostic]
  /// The position of the bytes in their input.
  package let origin: Origin
  /// The messages to take, in the order of the series, where the input is a mailbox with a discussion; nil
  /// takes all messages in their order.
  private let series: [Message]?

  /// Reads an input.
  ///
  /// - Parameters:
  ///   - source: the bytes of a patch file, a mail or a mailbox.
  ///   - name: what to call it in messages.
  ///   - options: how to read hunks.
  public init(parsing source: [UInt8], name: String = "-", options: ParseOptions = .init()) {
    self.init(parsing: source, name: name, options: options, origin: Origin())
  }

  /// Reads a part of an input that starts at a position.
  package init(
    parsing source: [UInt8], name: String = "-", options: ParseOptions = .init(), origin: Origin
  ) {
    self.name = name
    self.origin = origin
    self.source = source
    var reader = MessageReader(bytes: source, options: options)
    var messages = reader.readAll(0..<source.count)
    if let stated = origin.stated, !messages.isEmpty { messages[0].stated = stated }
    let isPart = origin.mailsBefore != nil || messages.count > 1
    var pending = reader.diagnostics
    if let arranged = MailThread.arrange(&messages, options.thread) {
      series = arranged.series
      // What is left out may be damaged.
      pending.removeAll { finding in
        arranged.isLeftOut.contains { messages[$0].range.contains(finding.offset) }
      }
      pending += arranged.findings
    } else {
      series = nil
    }
    self.messages = messages
    // The letter has it, or the first patch.
    let opening = (series ?? messages).prefix(2)
    baseCommit = opening.compactMap(\.baseCommit).first
    prerequisitePatchIDs = opening.map(\.prerequisitePatchIDs).first { !$0.isEmpty } ?? []
    pending += (series ?? messages).compactMap {
      Absence.finding(about: $0, isPart: isPart, file: name, options)
    }
    diagnostics = Self.locate(pending, in: source, origin)
    // The mails of a mailbox that is read one by one are counted where all of them are seen.
    let countsParts = options.countsParts && !options.allowsIncomplete
    if messages.count > 1, origin.mailsBefore == nil, countsParts {
      var numbering = SeriesNumbering()
      numbering.add(self)
      diagnostics += numbering.gaps.map(\.diagnostic)
    }
  }

  /// The messages that count: all of them, or those of the series in a discussion, in its order.
  package var takenMessages: [Message] { series ?? messages }

  /// The commit that the patches were made on, by the `base-commit:` line that `git format-patch --base` writes;
  /// nil where there is none.
  package let baseCommit: String?

  /// The patch-ids of the patches between that commit and these, by the `prerequisite-patch-id:` lines.
  package let prerequisitePatchIDs: [String]

  /// The messages that are patches, attached ones in the place of the mails that carry them.
  package var patchMessages: [Message] { takenMessages.flatMap(\.patches) }

  /// The messages to show: the patches, and each mail that holds none.
  package var shownMessages: [Message] {
    takenMessages.flatMap { $0.patches.isEmpty ? [$0] : $0.patches }
  }

  /// The file patches of all patches.
  public var files: [FilePatch] { patchMessages.flatMap(\.files) }

  /// The bytes of the input, put together from its parts.
  ///
  /// A part in a transfer encoding is printed as it was read; all others are printed from their elements.
  public func serialized() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(source.count)
    for message in messages {
      var position = message.range.lowerBound
      for part in message.parts {
        output += source[position..<part.range.lowerBound]
        if part.isVerbatim {
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

  /// Whether the input holds no diff and need not: it is empty, blank, or the letter before a series.
  package var isBlankOrLetter: Bool {
    messages.allSatisfy { $0.isCoverLetter }
      || source.textStart(from: 0, limit: source.count) == source.count
  }

  /// What to say where nothing in the input is a patch; nil where something is, or where the input is
  /// a cover letter.
  ///
  /// For an input that something else was found in already, that is the first finding that is refused.
  package var absence: Diagnostic? {
    guard !messages.contains(where: \.hasDiff) else { return nil }
    if let found = diagnostics.first(where: { $0.severity == .refused }) { return found }
    guard !messages.contains(where: \.isCoverLetter) else { return nil }
    return noDiff
  }

  private var noDiff: Diagnostic {
    let start = SourceLocation(line: origin.line, offset: origin.offset)
    let isEmpty = source.textStart(from: 0, limit: source.count) == source.count
    let message =
      source.isEmpty
      ? "the input is empty"
      : isEmpty
        ? "there are only blanks in the input"
        : messages.contains(where: \.isCoverLetter)
          ? "the input is a cover letter, without a diff" : "there is no diff in the input"
    return Diagnostic(
      id: .noDiff, severity: .refused, location: start, message: message,
      hint: source.isEmpty ? ForeignFormat.empty.hint(file: nil) : "check the name of the file")
  }

  /// Throws if a finding prevents the use of the input.
  ///
  /// - Throws: `PatchFormatError` with the first such finding; also where there is no diff at all.
  public func requireSound(_ strictness: Strictness = .lenient) throws(PatchFormatError) {
    let blocking = diagnostics.filter(strictness.refuses)
    if let first = blocking.first {
      throw PatchFormatError(input: name, diagnostic: first, others: blocking.count - 1)
    }
    if !messages.contains(where: \.hasDiff) {
      throw PatchFormatError(input: name, diagnostic: noDiff, others: 0)
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
        message: finding.message, assumption: finding.assumption, hint: finding.hint)
    }
  }
}
