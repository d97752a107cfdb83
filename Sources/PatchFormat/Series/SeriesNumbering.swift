// SPDX-License-Identifier: GPL-2.0-only

/// Finds the parts that a numbered series of mails lacks, from the `[PATCH 2/3]` of their subjects.
///
/// Mails are added in their order. A single mail of a series is not a series with a hole; of two or
/// more, every part is needed.
package struct SeriesNumbering: Sendable {
  /// What is known of one series.
  private struct Run: Sendable {
    var count: Int
    var present: Set<Int>
    var members: Int
    var first: SourceLocation
    var input: String
  }

  /// A series lacks some of its parts.
  package struct Gap: Sendable {
    /// The input in which the series starts.
    package var input: String
    /// What is missing.
    package var diagnostic: Diagnostic
  }

  private var runs: [String: Run] = [:]
  private var closed: [Run] = []

  /// No mail is known yet.
  package init() {}

  /// Counts the messages of a document.
  package mutating func add(_ document: PatchDocument) {
    for message in document.takenMessages {
      let patches = message.patches
      for patch in patches.isEmpty ? [message] : patches {
        add(
          patch, at: document.location(ofSourceOffset: message.range.lowerBound), of: document.name)
      }
    }
  }

  /// Counts a message.
  ///
  /// - Parameter location: where it starts; asked for only where a series starts, as its line is counted from
  ///   the start of the document.
  private mutating func add(
    _ message: Message, at location: @autoclosure () -> SourceLocation, of input: String
  ) {
    let description = message.description()
    guard let position = description.seriesPosition, message.hasDiff || !message.isReply else {
      return
    }
    // The version (`v2`) and the size distinguish one series from another in the same input.
    let version = description.subjectPrefixes.joined(separator: " ").split(separator: " ")
      .filter { !$0.contains("/") }.joined(separator: " ")
    let key = "\(version) /\(position.count)"
    if let run = runs[key], run.present.contains(position.number) {
      closed.append(run)
      runs[key] = nil
    }
    var run =
      runs[key]
      ?? Run(count: position.count, present: [], members: 0, first: location(), input: input)
    run.present.insert(position.number)
    run.members += 1
    runs[key] = run
  }

  /// What the series lack that were added.
  package var gaps: [Gap] {
    let all = (closed + runs.values).filter { $0.members > 1 && $0.count < 10_000 }
    return all.compactMap { run in
      let missing = (1...max(run.count, 1)).filter { !run.present.contains($0) }
      guard !missing.isEmpty else { return nil }
      let shown = missing.prefix(8).map { "\($0)/\(run.count)" }.joined(separator: ", ")
      let more = missing.count > 8 ? " and \(missing.count - 8) more" : ""
      let parts = missing.count == 1 ? "part \(shown) is" : "parts \(shown)\(more) are"
      return Gap(
        input: run.input,
        diagnostic: Diagnostic(
          id: .missingPart, severity: .refused, location: run.first,
          message: "\(parts) missing from the series", hint: Self.hint))
    }
    .sorted {
      ($0.input, $0.diagnostic.location.offset) < ($1.input, $1.diagnostic.location.offset)
    }
  }

  /// What to do where a part is missing.
  static let hint = "get the missing part, or leave it out with --allow-incomplete"
}

extension Message {
  /// Whether the mail answers another one (`Re:`): it may hold no diff.
  var isReply: Bool {
    guard let field = fields.last(where: { $0.isNamed("Subject") }) else { return false }
    return EncodedWord.decode(field.unfolded).text.onOneLine.lowercased().hasPrefix("re:")
  }
}
