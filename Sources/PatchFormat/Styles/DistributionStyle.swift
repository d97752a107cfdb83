// SPDX-License-Identifier: GPL-2.0-only

/// How a distribution wants commits and patches: the position of the origin, and the notes about changes.
package enum DistributionStyle: String, Sendable, Hashable, CaseIterable, Codable {
  /// The stable trees: `commit SHA upstream.` before the text.
  case stable
  /// The stable trees' other form: `[ Upstream commit SHA ]`.
  case stableBrackets = "stable-brackets"
  /// Debian's patch headers (DEP-3): `Origin`, `Bug-Debian`, `Forwarded`, `Last-Update`.
  case debian
  /// Ubuntu's kernels: `BugLink`, `(cherry picked from commit …)`, `(backported from commit …)`.
  case ubuntu
  /// SUSE's kernels: `Git-commit`, `Patch-mainline`, `References`.
  case suse
  /// Android's common kernels: `UPSTREAM:`, `BACKPORT:` and others, `Bug`, `Change-Id`.
  case android
  /// RHEL and CentOS Stream: `JIRA`, `Conflicts`, the original below `commit SHA`.
  case rhel

  /// Whether patches carry the origin in fields above their text, and not in it.
  package var hasHeaderFields: Bool { self == .debian || self == .suse }
}

/// What a style needs in addition to the patch's own text.
package struct StyleFacts: Sendable {
  /// The commit that the patch comes from, 40 hex digits; nil takes the one that the patch names.
  package var commit: String?
  /// Whether the patch had to be changed for its tree.
  package var isAdapted: Bool
  /// What was changed, in a few words, for the user to edit.
  package var note: String?
  /// How the note is written, with `{who}` and `{what}`, such as `[ {who}: {what} ]`; nil takes the style's own
  /// form.
  package var noteForm: String?
  /// Who signs off: only the name and address of git's configuration.
  package var identity: MailAddress
  /// Bugs, as their trackers' links or numbers.
  package var bugs: [String]
  /// The release that has the commit, such as `v3.0-rc1`.
  package var mainline: String?
  /// The day, as `2011-02-07`.
  package var today: String
  /// The `Change-Id` of a patch that has none: `I` and 40 hex digits; nil leaves it out.
  package var newChangeID: String?

  /// Makes facts from all of their parts.
  package init(
    commit: String? = nil, isAdapted: Bool = false, note: String? = nil, identity: MailAddress,
    bugs: [String] = [], mainline: String? = nil, today: String = "", newChangeID: String? = nil,
    noteForm: String? = nil
  ) {
    self.noteForm = noteForm
    self.commit = commit
    self.isAdapted = isAdapted
    self.note = note
    self.identity = identity
    self.bugs = bugs
    self.mainline = mainline
    self.today = today
    self.newChangeID = newChangeID
  }
}

/// A description in a distribution style.
package struct StyledDescription: Sendable, Hashable {
  /// The subject.
  package var subject: String
  /// The text below it, trailers at its end, without a newline after it.
  package var body: String
  /// The fields above the text, in their order; none for most styles.
  package var fields: [Field] = []
  /// The author of the original, or who signs off where it names none.
  package var author: MailAddress
  /// The author's date.
  package var date: MailDate?

  /// A field above the text.
  package struct Field: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The value.
    package var value: String
  }

  /// The whole as a commit's message: fields come before the text.
  package var commitMessage: String {
    let head = fields.map { "\($0.name): \($0.value)\n" }.joined()
    return [subject, head.isEmpty ? nil : String(head.dropLast()), body.isEmpty ? nil : body]
      .compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  /// The whole as a patch that `git am` and quilt read, with a diff below it.
  ///
  /// A style with fields has them after the subject, and no `[PATCH]` in it.
  ///
  /// - Parameters:
  ///   - diff: the file patches.
  ///   - commit: the commit that a mailbox's first line names; nil for zeros.
  ///   - isMailbox: whether it starts with such a line, so that several make a mailbox.
  package func patch(_ diff: [UInt8], commit: String?, isMailbox: Bool = true) -> [UInt8] {
    var writer = MailWriter(author: author, date: date, subject: subject, body: body)
    if let commit { writer.commit = commit }
    var mail = writer.mail([])[...]
    if !isMailbox, let end = mail.firstIndex(of: 0x0A) { mail = mail[(end + 1)...] }
    guard !fields.isEmpty else { return mail + diff }
    var lines = String(decoding: mail, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let end = lines.firstIndex(of: "") ?? lines.count
    lines.insert(contentsOf: fields.map { "\($0.name): \($0.value)" }, at: end)
    if let subject = lines.firstIndex(where: { $0.hasPrefix("Subject: [PATCH] ") }) {
      lines[subject] = "Subject: " + lines[subject].dropFirst("Subject: [PATCH] ".count)
    }
    return Array(lines.joined(separator: "\n").utf8) + diff
  }
}
