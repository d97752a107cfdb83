// SPDX-License-Identifier: GPL-2.0-only

/// What a message says about its patch: author, subject, text, trailers, where it comes from.
package struct PatchDescription: Sendable, Hashable {
  /// How the description is written.
  package enum Style: String, Sendable, Hashable, Codable {
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
  }

  /// How the description is written.
  package var style: Style
  /// The subject without `[PATCH …]` and `Re:`.
  package var subject: String
  /// What the brackets before the subject hold, such as `PATCH v2 3/7`.
  package var subjectPrefixes: [String] = []
  /// The author, where the message names one.
  package var author: MailAddress?
  /// The author's date, where the message has one.
  package var date: MailDate?
  /// The text below the subject up to `---` or the diff, with `\n` line ends.
  package var body: String
  /// The trailers at the end of the text.
  package var trailers: [Trailer] = []
  /// The commits that this one says to come from.
  package var references: [UpstreamReference] = []
  /// The commit that `git format-patch` or `git show` made the text from.
  package var commit: String?

  /// Subject and text as a commit message, ended by one newline.
  package var commitMessage: String {
    let body = body.trimmedLines
    return body.isEmpty ? subject + "\n" : subject + "\n\n" + body + "\n"
  }

  /// The number and the size of the series, from a prefix such as `PATCH 3/7`.
  package var seriesPosition: (number: Int, count: Int)? {
    for prefix in subjectPrefixes {
      for word in prefix.split(separator: " ") {
        let parts = word.split(separator: "/")
        if parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]),
          number <= count
        {
          return (number, count)
        }
      }
    }
    return nil
  }
}

extension Message {
  /// Whether this is the letter before a series: number 0 and no diff.
  package var isCoverLetter: Bool {
    !hasDiff && description().seriesPosition?.number == 0
  }
}

extension String {
  /// The text without blank lines at both ends and without blanks at its very end.
  var trimmedLines: String {
    var lines = split(separator: "\n", omittingEmptySubsequences: false)
    while let first = lines.first, first.allSatisfy(\.isWhitespace) { lines.removeFirst() }
    while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
}
