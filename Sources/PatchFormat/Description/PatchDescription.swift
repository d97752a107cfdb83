// SPDX-License-Identifier: GPL-2.0-only

/// What a message says about its patch: author, subject, text, trailers, where it comes from.
public struct PatchDescription: Sendable, Hashable {
  /// How the description is written.
  public enum Style: String, Sendable, Hashable, Codable {
    /// Text before the diff, its first line the subject.
    case plain
    /// A mail, as `git format-patch` and mailing lists have it.
    case mail
    /// Debian's patch header (DEP-3).
    case dep3
    /// SUSE's patch header, with `Patch-mainline` and `Git-commit`.
    case suse
    /// The output of `git show` or `git log -p`.
    case gitLog = "git-log"
    /// A patch that Mercurial exported, with `# HG changeset patch`.
    case mercurial
  }

  /// How the description is written.
  public var style: Style
  /// The subject without `[PATCH …]` and `Re:`.
  public var subject: String
  /// What the brackets before the subject hold, such as `PATCH v2 3/7`.
  package var subjectPrefixes: [String] = []
  /// The author, where the message names one.
  public var author: MailAddress?
  /// The author's date, where the message has one.
  package var date: MailDate?
  /// The text below the subject up to `---` or the diff, cleaned up as git does, with `\n` line ends.
  public var body: String
  /// Whether the subject is the text's first line and the body continues right below it.
  package var bodyFollowsDirectly = false
  /// The trailers at the end of the text.
  public var trailers: [Trailer] = []
  /// The commits that this one says to come from.
  package var references: [UpstreamReference] = []
  /// The commit that `git format-patch` or `git show` made the text from.
  public var commit: String?

  /// The commit that the patch comes from: one that the text names, or the one that the text was made from;
  /// the longest id counts.
  package var upstreamCommit: String? {
    let named = references.map(\.commit).max { $0.count < $1.count } ?? commit
    return named.flatMap { id in id.allSatisfy { $0 == "0" } ? nil : id }
  }

  /// Subject and text as a commit message, ended by one newline.
  public var commitMessage: String {
    let gap = bodyFollowsDirectly ? "\n" : "\n\n"
    return (subject + gap + body).cleanedUp + "\n"
  }

  /// The commit message with a note in brackets at its end, as maintainers write what they changed.
  package func commitMessage(noting note: String?) -> String {
    guard let note else { return commitMessage }
    return commitMessage + (trailers.isEmpty ? "\n" : "") + "[ \(note) ]\n"
  }

  /// A commit message with a Signed-off-by at its end, unless that is its last line already.
  ///
  /// - Parameter isMoved: whether the same line among the trailers before goes away, as in b4, where replies
  ///   gave others after it. git repeats it.
  package static func signed(
    _ message: String, by user: MailAddress, isMoved: Bool = false
  ) -> String {
    let own = "Signed-off-by: \(user.name) <\(user.email)>"
    guard isMoved else { return adding(own, to: message) }
    var lines = message.cleanedUp.split(separator: "\n", omittingEmptySubsequences: false)
    let last = (lines.lastIndex(of: "") ?? -1) + 1
    lines[last...].removeAll { $0 == own }
    return adding(own, to: lines.joined(separator: "\n"))
  }

  /// A commit message with a trailer at its end, unless that is its last line already.
  package static func adding(_ line: String, to message: String) -> String {
    let lines = message.cleanedUp.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last.map({ $0 == line }) ?? false { return message }
    // git takes its own line for a trailer (trailer.c, git_generated_prefixes).
    let isInTrailers =
      lines.count > 1
      && (!Trailer.find(in: lines).isEmpty
        || lines.last?.hasPrefix("(cherry picked from commit ") ?? false)
    return message.cleanedUp + (isInTrailers ? "\n" : "\n\n") + line + "\n"
  }

  /// Puts trailers at the end of the text, those that the text has left out.
  mutating func add(_ given: [GivenTrailer]) {
    var keys = Set(trailers.map(GivenTrailer.key))
    let new = given.filter { keys.insert(GivenTrailer.key(of: $0.trailer)).inserted }
    if new.isEmpty { return }
    trailers += new.map(\.trailer)
    // A subject as in a message, for the rule on what the last paragraph is.
    let start = "x\n\n"
    let lines = new.map(\.text).joined(separator: "\n")
    body = String(Self.adding(lines, to: start + body).dropFirst(start.count)).cleanedUp
    bodyFollowsDirectly = false
  }

  /// The number and the size of the series, from a prefix such as `PATCH 3/7`.
  package var seriesPosition: SeriesPosition? {
    for prefix in subjectPrefixes {
      for word in prefix.split(separator: " ") {
        let parts = word.split(separator: "/")
        if parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), number >= 0,
          number <= count
        {
          return SeriesPosition(number: number, count: count)
        }
      }
    }
    return nil
  }
}

/// Which part of a numbered series a patch is, as `[PATCH 3/7]` says it.
package struct SeriesPosition: Sendable, Hashable {
  /// The number of the part, from 1; 0 for the letter before the series.
  package var number: Int
  /// How many parts there are.
  package var count: Int
}

extension Message {
  /// Whether this is the letter before a series: number 0 and no diff.
  public var isCoverLetter: Bool {
    !hasDiff && description().seriesPosition?.number == 0
  }
}
