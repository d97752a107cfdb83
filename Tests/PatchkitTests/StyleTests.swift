// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import PatchFormat
import TestSupport
import Testing

/// Commits and patches in the styles of the distributions.
@Suite struct StyleTests {
  private static let commit = "e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d"
  private static let identity = MailAddress(name: "B Porter", email: "bp@example.org")

  private func description(_ text: String) -> PatchDescription {
    PatchDocument(parsing: Array(text.utf8)).messages[0].description()
  }

  private static let mail = """
    From: A Author <a@example.org>
    Date: Mon, 7 Feb 2011 10:20:30 -0500
    Subject: [PATCH] lamp: light it

    It was dark.

    Cc: stable@example.org
    Signed-off-by: A Author <a@example.org>
    ---
    --- a/f
    +++ b/f
    @@ -1 +1 @@
    -a
    +b

    """

  private func facts(_ isAdapted: Bool, bugs: [String] = ["12345"]) -> StyleFacts {
    StyleFacts(
      commit: Self.commit, isAdapted: isAdapted, note: "another lamp", identity: Self.identity,
      bugs: bugs, mainline: "v2.6.38-rc5", today: "2026-11-24",
      newChangeID: "I" + String(repeating: "0a", count: 20))
  }

  private func written(_ style: DistributionStyle, isAdapted: Bool) -> String {
    style.written(description(Self.mail), facts(isAdapted)).commitMessage
  }

  @Test func eachDistributionHasItsTrailers() {
    let trailers = "Cc: stable@example.org\nSigned-off-by: A Author <a@example.org>\n"
    let own = "Signed-off-by: B Porter <bp@example.org>\n"
    #expect(
      written(.stable, isAdapted: true)
        == "lamp: light it\n\ncommit \(Self.commit) upstream.\n\nIt was dark.\n\n" + trailers
        + "[ bp: another lamp ]\n" + own)
    #expect(
      written(.stableBrackets, isAdapted: false)
        == "lamp: light it\n\n[ Upstream commit \(Self.commit) ]\n\nIt was dark.\n\n" + trailers
        + own)
    #expect(
      written(.ubuntu, isAdapted: true)
        == "lamp: light it\n\nBugLink: https://bugs.launchpad.net/bugs/12345\n\nIt was dark.\n\n"
        + trailers + "(backported from commit \(Self.commit))\n[bp: another lamp]\n" + own)
    #expect(
      written(.ubuntu, isAdapted: false).contains("\n(cherry picked from commit \(Self.commit))\n"))
    let android = written(.android, isAdapted: false)
    #expect(android.hasPrefix("UPSTREAM: lamp: light it\n\nIt was dark.\n\n" + trailers))
    #expect(
      android.contains("Bug: 12345\n(cherry picked from commit \(Self.commit))\nChange-Id: I"))
    #expect(written(.android, isAdapted: true).hasPrefix("BACKPORT: "))
    #expect(
      written(.rhel, isAdapted: true)
        == "lamp: light it\n\nJIRA: https://issues.redhat.com/browse/12345\nConflicts: another lamp\n\n"
        + "commit \(Self.commit)\nAuthor: A Author <a@example.org>\n"
        + "Date:   Mon Feb 7 10:20:30 2011 -0500\n\n    lamp: light it\n\n    It was dark.\n\n"
        + "    Cc: stable@example.org\n    Signed-off-by: A Author <a@example.org>\n\n" + own)
    let suse = DistributionStyle.suse.written(
      description(Self.mail), facts(false, bugs: ["bsc#1", "CVE-1"]))
    #expect(
      suse.fields.map { "\($0.name): \($0.value)" } == [
        "Patch-mainline: v2.6.38-rc5", "Git-commit: \(Self.commit)", "References: bsc#1 CVE-1",
      ])
    let debian = DistributionStyle.debian.written(description(Self.mail), facts(true))
    #expect(
      debian.fields.map { "\($0.name): \($0.value)" } == [
        "Origin: backport, commit:\(Self.commit)", "Bug-Debian: https://bugs.debian.org/12345",
        "Forwarded: not-needed", "Applied-Upstream: v2.6.38-rc5", "Last-Update: 2026-11-24",
      ])
  }

  /// What is written is taken by the style's own check, reads back, and does not grow a second time.
  @Test(arguments: DistributionStyle.allCases, [false, true])
  func whatIsWrittenIsTakenAndStays(_ style: DistributionStyle, _ isAdapted: Bool) throws {
    let diff = Array("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n".utf8)
    let styled = style.written(description(Self.mail), facts(isAdapted))
    let patch = styled.patch(diff, commit: nil, isMailbox: !style.hasHeaderFields)
    let document = PatchDocument(parsing: patch)
    try document.requireSound()
    #expect(style.problems(of: document.messages[0]) == [])
    let back = document.messages[0].description()
    #expect(back.author == MailAddress(name: "A Author", email: "a@example.org"))
    #expect(back.subject == styled.subject)
    if style != .rhel {
      let again = style.written(back, facts(isAdapted))
      #expect(again.commitMessage == styled.commitMessage)
      #expect(back.references.contains { $0.commit == Self.commit })
    }
    // No one else signs.
    let signers = styled.commitMessage.components(separatedBy: "Signed-off-by: ").dropFirst()
    #expect(
      signers.map { String($0.prefix { $0 != "<" }) } == ["A Author ", "B Porter "])
  }

  @Test func whatIsMissingIsNamed() {
    let bare = PatchDocument(parsing: Array(Self.mail.utf8)).messages[0]
    func rules(_ style: DistributionStyle) -> [String] { style.problems(of: bare).map(\.rule) }
    #expect(rules(.stable) == ["stable/origin"])
    #expect(rules(.ubuntu) == ["ubuntu/origin", "ubuntu/bug"])
    #expect(rules(.suse) == ["suse/mainline", "suse/references"])
    #expect(rules(.android) == ["android/tag", "android/change-id", "android/bug"])
    #expect(rules(.rhel) == ["rhel/bug", "rhel/origin"])
    #expect(rules(.debian) == [])
    let short = Self.mail.replacing("It was dark.", with: "commit e9e3bcecf44c upstream.\n\nDark.")
    let message = PatchDocument(parsing: Array(short.utf8)).messages[0]
    #expect(DistributionStyle.stable.problems(of: message).map(\.rule) == ["stable/whole-id"])
  }

  /// `git am` and quilt take the patches; the commit that patchkit makes has the message that git am makes.
  @Test(arguments: DistributionStyle.allCases) func gitAndQuiltTakeThem(_ style: DistributionStyle)
    async throws
  {
    let scratch = try Scratch()
    for name in ["am", "own"] {
      try scratch.write("\(name)/f", "first\na\nlast\n")
      for arguments in [
        ["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"],
      ] {
        _ = try await run("git", arguments, in: scratch.file(name))
      }
    }
    try scratch.write(
      "p.patch",
      Self.mail.replacing("@@ -1 +1 @@\n-a\n+b", with: "@@ -1,3 +1,3 @@\n first\n-a\n+b\n last"))
    let options = [
      "--quiet", "--style", style.rawValue, "--bug", "1", "--upstream-commit",
      Self.commit,
    ]
    let made = try await run(
      Project.program,
      ["apply", "--check", "--output", "styled.patch", "--onto", "own"] + options + ["p.patch"],
      in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    let commit = try await run(
      Project.program, ["apply", "--commit", "--onto", "own"] + options + ["p.patch"],
      in: scratch.path)
    #expect(commit.code == 0, "\(commit.errors)")
    let am = try await git("am", "-q", "../styled.patch", in: scratch.file("am"))
    #expect(am.code == 0, "\(am.errors)")
    #expect(try scratch.read("am/f") == scratch.read("own/f"))
    let message = try await git("log", "-1", "--format=%an %ae%n%B", in: scratch.file("own")).text
    #expect(message.hasPrefix("A Author a@example.org\n"))
    // git am has no use for fields above the text.
    let taken = try await git("log", "-1", "--format=%an %ae%n%B", in: scratch.file("am")).text
    if !style.hasHeaderFields { #expect(taken == message) }
    guard Project.hasProgram("quilt") else { try Test.cancel("quilt is not installed") }
    try scratch.write("q/f", "first\na\nlast\n")
    try scratch.write("q/patches/series", "styled.patch\n")
    _ = try await run("cp", ["styled.patch", "q/patches/"], in: scratch.path)
    let push = try await run("quilt", ["push"], in: scratch.file("q"))
    #expect(push.code == 0, "\(push.errors)")
    #expect(try scratch.read("q/f") == scratch.read("own/f"))
  }
}
