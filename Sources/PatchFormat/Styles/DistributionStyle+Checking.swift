// SPDX-License-Identifier: GPL-2.0-only

extension DistributionStyle {
  /// What a patch lacks in this style.
  package struct Problem: Sendable, Hashable, Codable {
    /// The rule, a stable name.
    package var rule: String
    /// What is wrong, as one sentence without a full stop.
    package var message: String
  }

  /// What a message lacks in this style; nothing if the distribution would accept it.
  package func problems(of message: Message) -> [Problem] {
    let description = message.description()
    let lines = description.body.split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
    var found: [Problem] = []
    func need(_ holds: Bool, _ rule: String, _ text: String) {
      if !holds { found.append(Problem(rule: "\(rawValue)/\(rule)", message: text)) }
    }
    func fields(_ names: String...) -> String? {
      names.lazy.compactMap { name in
        message.fields.first(named: name).map { String(lossy: $0.value).trimmed }
          ?? lines.first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
          .map { String($0.dropFirst(name.count + 2)) }
      }.first
    }
    let references = lines.compactMap { UpstreamReference(messageLine: $0[...]) }
    let signed = description.trailers.last { $0.isNamed("Signed-off-by") }
    func needWhole(_ commit: String?) {
      if let commit {
        need(commit.count == 40, "whole-id", "the commit \(commit) does not have 40 digits")
      }
    }
    switch self {
    case .stable, .stableBrackets:
      let own = references.first { [.commitUpstream, .upstreamCommit].contains($0.form) }
      need(
        own != nil, "origin", "there is no line 'commit ID upstream.' or '[ Upstream commit ID ]'")
      needWhole(own?.commit)
      if own != nil {
        let first = lines.first { !$0.isEmpty } ?? ""
        need(
          UpstreamReference(messageLine: first[...]) != nil, "origin-first",
          "the line with the upstream commit is not the first line of the text")
      }
      need(signed != nil, "signed-off", "there is no Signed-off-by")
    case .ubuntu:
      let own = references.first { [.cherryPicked, .backported].contains($0.form) }
      need(
        own != nil || description.subject.hasPrefix("UBUNTU:"), "origin",
        "there is no line '(cherry picked from commit ID)' or '(backported from commit ID)'")
      needWhole(own?.commit)
      need(
        lines.contains { $0.hasPrefix("BugLink: https://") }, "bug",
        "there is no BugLink with an https link")
      if own?.form == .backported {
        need(
          lines.contains { $0.hasPrefix("[") && $0.hasSuffix("]") && $0.contains(": ") }, "note",
          "a backport needs a line '[who: what]'")
      }
      need(signed != nil, "signed-off", "there is no Signed-off-by")
    case .debian:
      need(
        fields("Description", "Subject") != nil || !description.subject.isEmpty, "description",
        "there is no Description or Subject")
      need(
        fields("Origin", "Author", "From") != nil || description.author != nil, "origin",
        "there is no Origin and no Author")
      if let date = fields("Last-Update") {
        need(
          Self.isDay(date), "last-update", "Last-Update '\(date)' is not a date such as 2011-02-07")
      }
      if let forwarded = fields("Forwarded") {
        need(
          ["no", "not-needed", "yes"].contains(forwarded.lowercased()) || forwarded.contains("://"),
          "forwarded", "Forwarded must be 'no', 'not-needed', 'yes' or a link")
      }
    case .suse:
      let mainline = fields("Patch-mainline")
      let commit = fields("Git-commit")
      need(mainline != nil, "mainline", "there is no Patch-mainline")
      let isLocal = ["never", "no", "submitted", "not yet"].contains {
        mainline?.lowercased().hasPrefix($0) == true
      }
      need(commit != nil || isLocal || mainline == nil, "commit", "there is no Git-commit")
      needWhole(commit.flatMap { $0.split(separator: " ").first.map(String.init) })
      need(fields("References") != nil, "references", "there are no References")
      need(
        description.trailers.contains {
          ["signed-off-by", "acked-by", "reviewed-by"].contains($0.token.lowercased())
        },
        "signed-off", "there is no Signed-off-by, Acked-by or Reviewed-by")
    case .android:
      let tag = Self.androidTag(description.subject)
      need(
        tag != nil, "tag",
        "the subject does not start with one of \(Self.androidTags.joined(separator: ", "))")
      let own = references.first { $0.form == .cherryPicked }
      if ["UPSTREAM", "BACKPORT", "FROMGIT"].contains(tag) {
        need(own != nil, "origin", "\(tag ?? "") needs '(cherry picked from commit ID)'")
        needWhole(own?.commit)
      }
      if tag == "FROMLIST" {
        need(
          lines.contains { $0.hasPrefix("Link: http") }, "link", "FROMLIST needs a Link to the mail"
        )
      }
      let id = description.trailers.last { $0.isNamed("Change-Id") }?.value
      need(
        id.map { $0.count == 41 && $0.first == "I" && $0.dropFirst().allSatisfy(\.isHexDigit) }
          ?? false,
        "change-id", "there is no Change-Id with I and 40 hex digits")
      need(lines.contains { $0.hasPrefix("Bug: ") }, "bug", "there is no Bug")
      need(signed != nil, "signed-off", "there is no Signed-off-by")
    case .rhel:
      need(
        lines.contains { $0.hasPrefix("JIRA: ") || $0.hasPrefix("Bugzilla: ") }, "bug",
        "there is no JIRA or Bugzilla line")
      let commit = lines.first { $0.hasPrefix("commit ") }?.split(separator: " ").dropFirst().first
      need(
        commit != nil
          || lines.contains {
            $0.hasPrefix("Upstream Status: ") || $0.hasPrefix("Upstream-status: ")
          },
        "origin", "there is neither 'commit ID' nor an Upstream Status")
      needWhole(commit.map(String.init))
      need(
        lines.contains { $0.hasPrefix("Signed-off-by: ") }, "signed-off",
        "there is no Signed-off-by")
    }
    return found
  }

  private static func isDay(_ text: String) -> Bool {
    let parts = text.split(separator: "-")
    return parts.count == 3 && parts[0].count == 4
      && parts.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
      && (1...12).contains(Int(parts[1]) ?? 0) && (1...31).contains(Int(parts[2]) ?? 0)
  }
}
