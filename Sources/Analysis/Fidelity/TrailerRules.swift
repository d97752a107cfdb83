// SPDX-License-Identifier: GPL-2.0-only

public import PatchFormat

/// The rules that a house has for the messages of its backports.
public enum TrailerStyle: String, Sendable, Hashable, Codable, CaseIterable {
  /// The stable trees: Documentation/process/stable-kernel-rules.rst.
  case stable
  /// Debian's DEP-3.
  case debian
  /// SUSE's kernel-source.
  case suse
  /// Ubuntu's kernel team.
  case ubuntu
  /// Android's common kernels.
  case android
  /// Red Hat's and CentOS Stream's kernels.
  case rhel

  /// Something that a message lacks.
  public struct Finding: Sendable, Hashable {
    /// A name for the rule that does not change.
    public var rule: String
    /// What is lacking, as one sentence without a full stop.
    public var message: String
  }

  private func has(_ name: String, _ description: PatchDescription) -> Bool {
    description.trailers.contains { $0.isNamed(name) }
      || description.body.split(separator: "\n" as Character).contains {
        $0.lowercased().hasPrefix(name.lowercased() + ":")
      }
  }

  /// What a message lacks by the rules of the style.
  ///
  /// - Parameter fields: the names of the fields before the message, for styles that have theirs there.
  public func findings(
    on description: PatchDescription, fields: [String] = []
  ) -> [Finding] {
    var findings: [Finding] = []
    func need(_ rule: String, _ isThere: Bool, _ message: String) {
      if !isThere { findings.append(Finding(rule: "\(rawValue)-\(rule)", message: message)) }
    }
    let lines = description.body.split(separator: "\n" as Character)
    let references = lines.compactMap { UpstreamReference(messageLine: $0) }
    func refers(_ forms: Set<UpstreamReference.Form>, length: Int = 40) -> Bool {
      references.contains { forms.contains($0.form) && $0.commit.count >= length }
    }
    func field(_ name: String) -> Bool {
      has(name, description) || fields.contains { $0.lowercased() == name.lowercased() }
    }
    let isSigned = has("Signed-off-by", description)
    switch self {
    case .stable:
      need(
        "upstream", refers([.commitUpstream, .upstreamCommit]),
        "no line 'commit SHA upstream.' or '[ Upstream commit SHA ]' with a whole id")
      need("sign-off", isSigned, "no Signed-off-by")
    case .debian:
      need(
        "description", field("Description") || !description.subject.isEmpty,
        "no Description or Subject")
      need("origin", field("Origin") || field("Author") || field("From"), "no Origin and no Author")
      need(
        "forwarded", field("Forwarded") || field("Applied-Upstream") || field("Origin"),
        "no Forwarded, Applied-Upstream or Origin: nobody says whether upstream has it")
    case .suse:
      need("mainline", field("Patch-mainline"), "no Patch-mainline")
      need(
        "commit",
        field("Git-commit")
          || field("Patch-mainline") && !fieldSays("Patch-mainline", "v", description),
        "no Git-commit, though Patch-mainline names a version")
      need("references", field("References"), "no References")
      need(
        "sign-off", isSigned || field("Acked-by"), "no Signed-off-by or Acked-by")
    case .ubuntu:
      need("bug", field("BugLink"), "no BugLink")
      need(
        "provenance",
        refers([.cherryPicked, .backported], length: 12)
          || description.subject.hasPrefix("UBUNTU:"),
        "no '(cherry picked from commit SHA)' or '(backported from commit SHA)', and no UBUNTU: subject"
      )
      need("sign-off", isSigned, "no Signed-off-by")
    case .android:
      let tags = ["UPSTREAM:", "BACKPORT:", "FROMGIT:", "FROMLIST:", "ANDROID:"]
      need(
        "tag", tags.contains { description.subject.hasPrefix($0) },
        "the subject begins with none of \(tags.joined(separator: " "))")
      need("bug", field("Bug"), "no Bug")
      need("change-id", field("Change-Id"), "no Change-Id")
      need(
        "provenance",
        !(description.subject.hasPrefix("UPSTREAM:") || description.subject.hasPrefix("BACKPORT:"))
          || refers([.cherryPicked], length: 12), "no '(cherry picked from commit SHA)'")
      need("sign-off", isSigned, "no Signed-off-by")
    case .rhel:
      need("ticket", field("JIRA") || field("Bugzilla") || field("CVE"), "no JIRA, Bugzilla or CVE")
      need(
        "commit",
        lines.contains { line in
          let words = line.split(separator: " " as Character)
          return words.count >= 2 && words[0].lowercased() == "commit" && words[1].count >= 12
            && words[1].allSatisfy(\.isHexDigit)
        } || field("Upstream Status") || field("Upstream-Status"),
        "no line 'commit SHA' and no Upstream Status")
      need("sign-off", isSigned, "no Signed-off-by")
    }
    return findings
  }

  private func fieldSays(
    _ name: String, _ start: String, _ description: PatchDescription
  ) -> Bool {
    description.trailers.contains {
      $0.isNamed(name) && $0.value.hasPrefix(start)
    }
  }
}
