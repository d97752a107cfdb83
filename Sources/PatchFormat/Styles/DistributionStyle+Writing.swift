// SPDX-License-Identifier: GPL-2.0-only

extension DistributionStyle {
  /// A description in this style, of one in any.
  ///
  /// What another style, or this one, put in before is taken out first, so that a second time changes
  /// nothing but the note. Sources: Documentation/process/stable-kernel-rules.rst, DEP-3, the kernel team pages
  /// of Ubuntu, SUSE's kernel-source README, Android's kernel CONTRIBUTING, CentOS Stream's kernel workflow.
  package func written(_ description: PatchDescription, _ facts: StyleFacts) -> StyledDescription {
    let commit = facts.commit ?? description.upstreamCommit
    var result = StyledDescription(
      subject: Self.bare(description.subject), body: "",
      author: description.author ?? facts.identity,
      date: description.date)
    let who =
      facts.identity.email.split(separator: "@").first.map(String.init) ?? facts.identity.name
    let form = (facts.noteForm ?? noteForm).replacing("{who}", with: who)
    var text = StyledText(
      description.body,
      dropping: [facts.signOff, "[\(who): ", "[ \(who): "]
        + form.split(separator: "{what}").prefix(1).map(String.init))
    let what = facts.note ?? "adjusted to this tree"
    let note = form.replacing("{what}", with: what)
    switch self {
    case .stable, .stableBrackets:
      if let commit {
        text.lead(self == .stable ? "commit \(commit) upstream." : "[ Upstream commit \(commit) ]")
      }
      if facts.isAdapted { text.close(note) }
    case .ubuntu:
      if !facts.bugs.isEmpty {
        text.lead(
          facts.bugs.map { "BugLink: \(Self.link($0, "https://bugs.launchpad.net/bugs/"))" }
            .joined(separator: "\n"))
      }
      if let commit {
        text.close("(\(facts.isAdapted ? "backported" : "cherry picked") from commit \(commit))")
      }
      if facts.isAdapted { text.close(note) }
    case .android:
      let tag = commit == nil ? "ANDROID" : facts.isAdapted ? "BACKPORT" : "UPSTREAM"
      result.subject = (Self.androidTag(description.subject) ?? tag) + ": " + result.subject
      for bug in facts.bugs { text.close("Bug: \(bug)") }
      if let commit { text.close("(cherry picked from commit \(commit))") }
      if facts.isAdapted { text.close(note) }
      if let id = Self.changeID(description) ?? facts.newChangeID { text.close("Change-Id: " + id) }
    case .debian:
      let origin = commit.map { "\(facts.isAdapted ? "backport" : "upstream"), commit:\($0)" }
      result.add("Origin", origin ?? "vendor")
      for bug in facts.bugs { result.add("Bug-Debian", Self.link(bug, "https://bugs.debian.org/")) }
      result.add("Forwarded", commit == nil ? "no" : "not-needed")
      if let mainline = facts.mainline { result.add("Applied-Upstream", mainline) }
      if !facts.today.isEmpty { result.add("Last-Update", facts.today) }
      if facts.isAdapted { text.close(note) }
    case .suse:
      result.add(
        "Patch-mainline", facts.mainline ?? (commit == nil ? "Never, local change" : "Queued"))
      if let commit { result.add("Git-commit", commit) }
      result.add("References", facts.bugs.isEmpty ? "git-fixes" : facts.bugs.joined(separator: " "))
      if facts.isAdapted { text.close(note) }
    case .rhel:
      result.body = Self.rhel(description, text, commit, facts, what)
      return result
    }
    text.close(facts.signOff)
    result.body = text.joined
    return result
  }

  /// How the style writes what was changed for a tree.
  private var noteForm: String {
    switch self {
    case .stable, .stableBrackets, .suse: "[ {who}: {what} ]"
    case .ubuntu, .android, .debian, .rhel: "[{who}: {what}]"
    }
  }

  private static func rhel(
    _ description: PatchDescription, _ text: StyledText, _ commit: String?, _ facts: StyleFacts,
    _ what: String
  ) -> String {
    var head = facts.bugs.map {
      "JIRA: " + link($0, "https://issues.redhat.com/browse/")
    }
    if commit == nil { head.append("Upstream Status: RHEL only") }
    if facts.isAdapted { head.append("Conflicts: \(what)") }
    var parts = head.isEmpty ? [] : [head.joined(separator: "\n")]
    if let commit {
      var original = "commit \(commit)"
      if let author = description.author {
        original += "\nAuthor: \(author.name) <\(author.email)>"
      }
      if let date = description.date { original += "\nDate:   \(date.gitText)" }
      parts.append(original)
      let whole = bare(description.subject) + (text.joined.isEmpty ? "" : "\n\n" + text.joined)
      parts.append(
        whole.split(separator: "\n", omittingEmptySubsequences: false)
          .map { $0.isEmpty ? "" : "    " + $0 }.joined(separator: "\n"))
    } else if !text.joined.isEmpty {
      parts.append(text.joined)
    }
    parts.append(facts.signOff)
    return parts.joined(separator: "\n\n")
  }

  /// A number becomes a tracker's link; a link stays.
  private static func link(_ bug: String, _ tracker: String) -> String {
    bug.contains("://") ? bug : tracker + bug.drop { $0 == "#" }
  }

  static let androidTags = ["UPSTREAM", "BACKPORT", "FROMGIT", "FROMLIST", "ANDROID"]

  static func androidTag(_ subject: String) -> String? {
    androidTags.first { subject.hasPrefix($0 + ": ") }
  }

  /// The subject without an Android tag.
  static func bare(_ subject: String) -> String {
    androidTag(subject).map { String(subject.dropFirst($0.count + 2)) } ?? subject
  }

  private static func changeID(_ description: PatchDescription) -> String? {
    description.trailers.first { $0.isNamed("Change-Id") }?.value
  }
}

extension StyleFacts {
  fileprivate var signOff: String { "Signed-off-by: \(identity.name) <\(identity.email)>" }
}

extension StyledDescription {
  fileprivate mutating func add(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }
}

extension MailDate {
  /// The date as `git log` shows it.
  var gitText: String {
    let words = text.split(separator: " ").map { $0.filter { $0 != "," } }
    guard words.count == 6 else { return text }
    return [words[0], words[2], words[1], words[4], words[3], words[5]].joined(separator: " ")
  }
}

/// A text with its trailers, to which a style adds.
struct StyledText {
  private var lead: [String] = []
  private var text: String
  private var closing: [String] = []
  private var hasTrailers: Bool

  /// Takes a text without what any style put in.
  ///
  /// - Parameter endings: how lines start that are dropped from the end: what is put there again.
  init(_ body: String, dropping endings: [String]) {
    var lines: [Substring] = []
    for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
      let isOrigin = UpstreamReference(messageLine: line) != nil
      let isTag =
        line.hasPrefix("BugLink: ") || line.hasPrefix("Change-Id: ") || line.hasPrefix("Bug: ")
      if !isOrigin, !isTag { lines.append(line) }
    }
    while let last = lines.last,
      last.allSatisfy(\.isWhitespace) || endings.contains(where: { last.hasPrefix($0) })
    {
      lines.removeLast()
    }
    text = lines.map(String.init).joined(separator: "\n").cleanedUp
    hasTrailers = !Trailer.find(in: lines).isEmpty
  }

  /// Puts a paragraph before the text.
  mutating func lead(_ paragraph: String) { lead.append(paragraph) }

  /// Adds a line after the trailers.
  mutating func close(_ line: String) { closing.append(line) }

  var joined: String {
    var parts = lead
    let end = closing.joined(separator: "\n")
    if text.isEmpty {
      if !end.isEmpty { parts.append(end) }
    } else if end.isEmpty {
      parts.append(text)
    } else {
      parts.append(text + (hasTrailers ? "\n" : "\n\n") + end)
    }
    return parts.joined(separator: "\n\n")
  }
}
