// SPDX-License-Identifier: GPL-2.0-only

/// Classifies messages without a diff: a letter, a reply, or a patch whose diff is missing or hidden.
enum Absence {
  /// What there is to say about a message; nil where it holds a diff, or needs none.
  ///
  /// - Parameters:
  ///   - isPart: whether the message is one of several mails.
  ///   - file: the input's name, for hints.
  static func finding(
    about message: Message, isPart: Bool, file: String, _ options: ParseOptions
  ) -> PendingDiagnostic? {
    guard !message.hasDiff else { return nil }
    let foreign = message.foreign
    let isMail = message.envelope != nil || message.fields.contains { $0.isNamed("Subject") }
    guard isMail else {
      return foreign.map { refused($0, nil, file: file == "-" ? nil : file, options) }
    }
    let description = message.description()
    let position = description.seriesPosition
    if position?.number == 0 { return nil }
    // A reply quotes a patch and is not one.
    if message.isReply, isPart { return nil }
    if let position {
      let part = "part \(position.number)/\(position.count)"
      return foreign.map { refused($0, part, options) } ?? missing(part, message, options)
    }
    let isPatch = description.subjectPrefixes.contains { $0.contains("PATCH") }
    if isPatch || !isPart {
      return foreign.map { refused($0, nil, options) }
        ?? (isPart ? missing("the mail '\(description.subject)'", message, options) : nil)
    }
    if let foreign, foreign.format.hidesDiff { return refused(foreign, nil, options) }
    return PendingDiagnostic(
      id: .noDiff, severity: .note, offset: message.range.lowerBound,
      message: "the mail '\(description.subject)' has no diff and is left out")
  }

  private static func missing(
    _ what: String, _ message: Message, _ options: ParseOptions
  ) -> PendingDiagnostic {
    PendingDiagnostic(
      id: .missingPart, severity: options.allowsIncomplete ? .assumed : .refused,
      offset: message.range.lowerBound, message: "\(what) has no diff",
      assumption: options.allowsIncomplete ? "it is left out" : nil,
      hint: options.allowsIncomplete ? nil : SeriesNumbering.hint)
  }

  private static func refused(
    _ foreign: ForeignPart, _ what: String?, file: String? = nil, _ options: ParseOptions
  ) -> PendingDiagnostic {
    let isAllowed = options.allowsIncomplete && what != nil
    let name = foreign.format.name
    let message =
      what.map { "\($0) has no readable diff: it is \(name)" }
      ?? (foreign.format.hidesDiff ? "this is \(name)" : "this is \(name), not a patch")
    return PendingDiagnostic(
      id: .foreignFormat, severity: isAllowed ? .assumed : .refused, offset: foreign.offset,
      message: message, assumption: isAllowed ? "it is left out" : nil,
      hint: foreign.format.hint(file: file))
  }
}
