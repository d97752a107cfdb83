// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// `patchkit follow`: what upstream did to carried patches since.
@Suite struct FollowTests {
  private struct Report: Decodable {
    struct Later: Decodable {
      var state: String
      var subject: String
      var role: String
      var distance: Int
      var reason: String
      var verdict: String?
    }
    var carried: Int
    var mapped: Int
    var unmapped: [String]
    var lacking: [String]
    var isUpstreamShallow: Bool
    var reverted: [String]
    var followUps: [Later]

    func states() -> [String: String] {
      Dictionary(followUps.map { ($0.subject, $0.state) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// A history that is made commit by commit.
  private struct History {
    let scratch: Scratch
    let name: String
    private static let lines = (1...60).map { "int line_number_\($0)(void);\n" }
    private var changed: [Int: String] = [:]

    init(_ scratch: Scratch, _ name: String) async throws {
      self.scratch = scratch
      self.name = name
      try scratch.write("\(name)/f.c", Self.lines.joined())
      for words in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "base"]] {
        _ = try await run("git", words, in: scratch.file(name))
      }
      _ = try await git("tag", "base", in: scratch.file(name))
    }

    /// Commits a change of a line; returns the id.
    @discardableResult
    mutating func commit(_ message: String, line: Int, _ text: String? = nil) async throws -> String
    {
      changed[line] = text
      let whole = (1...60).map { changed[$0] ?? Self.lines[$0 - 1] }.joined()
      try scratch.write("\(name)/f.c", whole)
      let made = try await git(
        "commit", "-qaF", "-", in: scratch.file(name), input: Array(message.utf8))
      #expect(made.code == 0, "\(made.errors)")
      return try await git("rev-parse", "HEAD", in: scratch.file(name)).line
    }
  }

  private func follow(
    _ scratch: Scratch, _ words: String..., code: Int = 1
  ) async throws -> Report {
    let result = try await run(
      Project.program, ["follow", "--json", "--upstream", "up"] + words, in: scratch.path)
    #expect(result.code == code, "\(result.text)\(result.errors)")
    return try JSONDecoder().decode(Report.self, from: Data(result.output))
  }

  @Test func aBranchIsComparedWithItsUpstream() async throws {
    let scratch = try Scratch()
    var upstream = try await History(scratch, "up")
    let a = try await upstream.commit("a: add it\n", line: 5, "int a(void);\n")
    let other = try await upstream.commit("other: add it\n", line: 50, "int other(void);\n")
    let fix = try await upstream.commit(
      "a: fix it\n\nFixes: \(a.prefix(12)) (\"a: add it\")\n", line: 10, "int fix(void);\n")
    try await upstream.commit(
      "a: fix the fix\n\nFixes: \(fix.prefix(12)) (\"a: fix it\")\n", line: 15, "int b(void);\n")
    try await upstream.commit(
      "other: fix it\n\nFixes: \(other.prefix(12)) (\"other: add it\")\n", line: 55,
      "int c(void);\n")
    let taken = try await upstream.commit(
      "a: fix more\n\nFixes: \(a.prefix(12)) (\"a: add it\")\n", line: 20, "int d(void);\n")
    let wrong = try await upstream.commit(
      "a: fix wrongly\n\nFixes: \(a.prefix(12)) (\"a: add it\")\n", line: 25, "int e(void);\n")
    try await upstream.commit(
      "Revert \"a: fix wrongly\"\n\nThis reverts commit \(wrong).\n", line: 25)
    try await upstream.commit(
      "users: use a\n\nUse what was added in commit \(a).\n", line: 30, "int g(void);\n")
    try await upstream.commit(
      "a: regression\n\nIt was introduced by commit \(a).\n", line: 35, "int h(void);\n")
    try await upstream.commit("Revert \"a: fix more\"\n\nIt broke things.\n", line: 20)
    var branch = try await History(scratch, "own")
    try await branch.commit(
      "a: add it\n\ncommit \(a) upstream.\n", line: 5, "int a(void);\n")
    try await branch.commit(
      "a: fix more\n\n[ Upstream commit \(taken) ]\n", line: 20, "int d(void);\n")
    let report = try await follow(scratch, "own@base..main")
    #expect(report.carried == 2 && report.unmapped.isEmpty)
    let states = report.states()
    #expect(states["a: fix it"] == "missing")
    #expect(states["a: fix the fix"] == "missing")
    #expect(states["other: fix it"] == nil)
    #expect(states["a: fix more"] == "present")
    #expect(states["a: fix wrongly"] == "not-needed")
    #expect(states["users: use a"] == "unknown")
    #expect(states["a: regression"] == "missing")
    #expect(states["Revert \"a: fix more\""] == "missing")
    let second = report.followUps.first { $0.subject == "a: fix the fix" }
    #expect(second?.distance == 2 && second?.verdict == "exact")
    let text = try await patchkit(
      "follow", "own@base..main", "--upstream", "up", in: scratch.path)
    #expect(text.code == 1)
    #expect(
      text.text.contains("2 patches carried, 2 with a known upstream commit: 4 missing, 1 unknown"))
    #expect(!text.text.contains("not-needed"))
    let sarif = try await patchkit(
      "follow", "own@base..main", "--upstream", "up", "--sarif", in: scratch.path)
    #expect(sarif.text.contains("\"ruleId\" : \"follow-up\""))
  }

  @Test func aBranchThatHasEverythingIsDone() async throws {
    let scratch = try Scratch()
    var upstream = try await History(scratch, "up")
    let a = try await upstream.commit("a: add it\n", line: 5, "int a(void);\n")
    try await upstream.commit(
      "a: fix it\n\nFixes: \(a.prefix(12)) (\"a: add it\")\n", line: 10, "int fix(void);\n")
    var branch = try await History(scratch, "own")
    try await branch.commit(
      "a: add it\n\n(cherry picked from commit \(a))\n", line: 5, "int a(void);\n")
    // Without a word of where it comes from: the subject alone says little, the text does not.
    try await branch.commit("another subject\n", line: 10, "int fix(void);\n")
    let report = try await follow(scratch, "own@base..main", code: 0)
    #expect(report.states() == ["a: fix it": "present"])
    #expect(report.followUps.first?.verdict == "already-applied")
    try await branch.commit(
      "Revert \"a: add it\"\n\nThis reverts commit \(try await git("rev-parse", "main~1", in: scratch.file("own")).line).\n",
      line: 5)
    let reverted = try await follow(scratch, "own@base..main", code: 0)
    #expect(reverted.reverted.count == 1 && reverted.followUps.isEmpty)
  }

  /// A shallow clone, or a repository with another history, shows nothing: that is not a pass.
  @Test func anUpstreamWithoutTheCommitsIsNotAPass() async throws {
    let scratch = try Scratch()
    var upstream = try await History(scratch, "whole")
    let a = try await upstream.commit("a: add it\n", line: 5, "int a(void);\n")
    try await upstream.commit(
      "a: fix it\n\nFixes: \(a.prefix(12)) (\"a: add it\")\n", line: 10, "int fix(void);\n")
    try await upstream.commit("b: add it\n", line: 15, "int b(void);\n")
    let cloned = try await git(
      "clone", "-q", "--depth", "1", "file://\(scratch.file("whole"))", "up", in: scratch.path)
    #expect(cloned.code == 0, "\(cloned.errors)")
    var branch = try await History(scratch, "own")
    try await branch.commit("a: add it\n\ncommit \(a) upstream.\n", line: 5, "int a(void);\n")
    try await branch.commit("own: a change\n", line: 50, "int own(void);\n")
    let report = try await follow(scratch, "own@base..main", code: 3)
    #expect(report.carried == 2 && report.mapped == 0 && report.isUpstreamShallow)
    #expect(report.unmapped.count == 2 && report.lacking == [String(report.unmapped[0])])
    let text = try await patchkit(
      "follow", "own@base..main", "--upstream", "up", in: scratch.path)
    #expect(text.code == 3)
    #expect(
      text.text.hasSuffix(
        """
        2 patches carried, 0 with a known upstream commit: 0 missing
        not checked: 1 carried patch states an upstream commit that up does not have: \(report.unmapped[0])
        1 carried patch states no upstream commit, and no upstream commit has the subject: \(report.unmapped[1])
        up is a shallow clone: earlier commits are missing there

        """), "\(text.text)")
    #expect(
      text.errors.contains(
        "hint: 'git -C up fetch --unshallow' gets the commits that a shallow clone lacks"))
    let sarif = try await patchkit(
      "follow", "own@base..main", "--upstream", "up", "--sarif", in: scratch.path)
    #expect(sarif.code == 3 && sarif.text.contains("the upstream history does not have the commit"))
    // The hint helps.
    #expect(try await git("-C", "up", "fetch", "-q", "--unshallow", in: scratch.path).code == 0)
    let whole = try await follow(scratch, "own@base..main", code: 1)
    #expect(whole.mapped == 1 && whole.lacking.isEmpty && !whole.isUpstreamShallow)
    #expect(whole.states() == ["a: fix it": "missing"])
    // Another repository: the same without a shallow clone. Commits of one's own alone are not a pass, either.
    _ = try await History(scratch, "other")
    let other = try await patchkit(
      "follow", "own@base..main", "--upstream", "other", in: scratch.path)
    #expect(other.code == 3)
    #expect(
      other.errors.contains(
        "hint: 'git -C other log --oneline -1 \(a.prefix(12))' shows whether it is the upstream repository"
      ))
    let own = try await patchkit(
      "follow", "own@main~1..main", "--upstream", "other", in: scratch.path)
    #expect(own.code == 3 && own.text.contains("1 patch carried, 0 with a known upstream commit"))
  }

  /// A byte of the index is wrong: the answer stays, and a line says what was done.
  @Test func aDamagedIndexIsMadeAgain() async throws {
    let scratch = try Scratch()
    var upstream = try await History(scratch, "up")
    let a = try await upstream.commit("a: add it\n", line: 5, "int a(void);\n")
    try await upstream.commit(
      "a: fix it\n\nFixes: \(a.prefix(12)) (\"a: add it\")\n", line: 10, "int fix(void);\n")
    var branch = try await History(scratch, "own")
    try await branch.commit("a: add it\n\ncommit \(a) upstream.\n", line: 5, "int a(void);\n")
    func follow() async throws -> ProcessResult {
      try await run(
        Project.program, ["follow", "own@base..main", "--upstream", "up"], in: scratch.path,
        environment: ["XDG_CACHE_HOME": scratch.file("cache")])
    }
    let sound = try await follow()
    #expect(sound.code == 1 && sound.text.contains("missing") && sound.errors.isEmpty)
    let folder = scratch.file("cache/patchkit/history")
    let names = try Files.snapshot(folder).keys.filter { $0.hasSuffix(".sqlite") }.sorted()
    #expect(names.count == 2)
    for name in names {
      let path = "\(folder)/\(name)"
      let bytes = try Files.read(path)
      // Of the fix's subject: only one of the two has it.
      let text = Array("a: fix it".utf8)
      let at = bytes.firstRange(of: text)?.lowerBound ?? bytes.count / 2
      try Files.overwrite(path, at: at, with: [bytes[at] ^ 1])
      let again = try await follow()
      #expect(again.text == sound.text)
      #expect(
        again.errors.contains("history was damaged and is made again: \(path)"), "\(again.errors)")
      #expect(again.errors.split(separator: "\n").count == 1, "\(again.errors)")
      #expect(try await follow().errors.isEmpty)
    }
  }

  /// `verify` does not pass a collection whose commits the upstream history does not have.
  @Test func aCollectionWithoutItsUpstreamIsNotChecked() async throws {
    let scratch = try Scratch()
    var upstream = try await History(scratch, "whole")
    let a = try await upstream.commit("a: add it\n", line: 5, "int a(void);\n")
    _ = try await History(scratch, "own")
    _ = try await History(scratch, "up")
    let patch = try await git("format-patch", "-1", "--stdout", a, in: scratch.file("whole"))
    try scratch.write("Patches/one/a.patch", patch.text)
    try scratch.write(
      "Patches/one/patch.yaml", "upstream: \(a)\ntrees:\n  - name: own\n    at: ../../own\n")
    let result = try await patchkit("verify", "--upstream", "up", in: scratch.path)
    #expect(result.code == 3, "\(result.text)")
    #expect(
      result.text.contains(
        "the upstream history does not have the commit \(a.prefix(12)) that the patch states"),
      "\(result.text)")
    #expect(
      try await patchkit("verify", "--upstream", "whole", in: scratch.path).code == 0)
  }

  /// Commits with `Cc: stable` that the branch lacks, by the version of its Makefile.
  @Test func whatIsMarkedForStableIsListed() async throws {
    let scratch = try Scratch()
    var upstream = try await History(scratch, "up")
    let a = try await upstream.commit("a: add it\n", line: 5, "int a(void);\n")
    let new = try await upstream.commit("new: add it\n", line: 50, "int new(void);\n")
    func marked(_ name: String, _ note: String, _ more: String = "", line: Int) async throws {
      try await upstream.commit(
        "\(name)\n\nText.\n\n\(more)Cc: stable@vger.kernel.org\(note)\nSigned-off-by: A <a@example.org>\n",
        line: line, "int marked_\(line)(void);\n")
    }
    try await marked("plain: fix", "", line: 10)
    try await marked("older: fix", " # v5.4+", line: 15)
    try await marked("later: fix", " # 6.2.x", line: 20)
    try await marked("other: fix", "", "Fixes: \(new.prefix(12)) (\"new: add it\")\n", line: 52)
    // A follow-up of what is carried is listed as that, and once.
    try await marked("twice: fix", " # 5.5+", "Fixes: \(a.prefix(12)) (\"a: add it\")\n", line: 12)
    try await marked("taken: fix", "", line: 30)
    let taken = try await git("rev-parse", "HEAD", in: scratch.file("up")).line
    var branch = try await History(scratch, "own")
    try scratch.write("own/Makefile", "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 9\n")
    _ = try await git("add", "Makefile", in: scratch.file("own"))
    try await branch.commit("a: add it\n\ncommit \(a) upstream.\n", line: 5, "int a(void);\n")
    try await branch.commit("x\n\ncommit \(taken) upstream.\n", line: 30, "int marked_30(void);\n")
    let result = try await patchkit(
      "follow", "own@base..main", "--upstream", "up", "--stable", "--all", in: scratch.path)
    #expect(result.code == 1)
    let text = result.text.split(separator: "\n").joined(separator: "\n") + "\n"
    func line(_ subject: String) -> Substring? {
      text.split(separator: "\n").first { $0.hasSuffix(" " + subject) }
    }
    #expect(line("plain: fix")?.hasPrefix("missing") == true)
    #expect(line("older: fix")?.hasPrefix("missing") == true)
    #expect(line("later: fix")?.hasPrefix("not-needed") == true)
    #expect(text.contains("marked for stable (6.2.x); marked for 6.2 and later"))
    #expect(line("other: fix")?.hasPrefix("not-needed") == true)
    #expect(line("taken: fix") == nil)
    #expect(text.contains("4 commits marked for stable and not carried: 2 missing"), "\(text)")
    #expect(text.split(separator: "\n").count { $0.hasSuffix(" twice: fix") } == 1, "\(text)")
    #expect(
      text.contains("fixes \(a.prefix(12)), carried as ")
        && text.contains("; marked for stable (5.5+)"),
      "\(text)")
  }

  @Test func aCollectionIsCompared() async throws {
    let scratch = try Scratch()
    var upstream = try await History(scratch, "up")
    let a = try await upstream.commit("a: add it\n", line: 5, "int a(void);\n")
    try await upstream.commit(
      "a: fix it\n\nFixes: \(a.prefix(12)) (\"a: add it\")\n", line: 10, "int fix(void);\n")
    _ = try await History(scratch, "own")
    let patch = try await git("format-patch", "-1", "--stdout", a, in: scratch.file("up"))
    // As a plain diff with a subject: its commit is known from the manifest.
    let text = patch.text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(4)
      .joined(separator: "\n")
    try scratch.write("Patches/one/a.patch", text)
    try scratch.write(
      "Patches/one/patch.yaml", "upstream: \(a)\ntrees:\n  - name: own\n    at: ../../own\n")
    let report = try await follow(scratch, "Patches", "--onto", "own")
    #expect(report.states() == ["a: fix it": "missing"])
    let plain = try await patchkit("verify", in: scratch.path)
    #expect(plain.code == 0, "\(plain.text)")
    let verified = try await patchkit("verify", "--json", "--upstream", "up", in: scratch.path)
    #expect(verified.code == 1)
    let found = try JSONDecoder().decode(VerifyFound.self, from: Data(verified.output))
    let finding = found.findings.first { $0.check == "follow-up" }
    #expect(
      finding?.message.contains("(\"a: fix it\") fixes \(a.prefix(12)), and the tree lacks it")
        == true)
    #expect(finding?.tree == "own")
    // Another folder calls the same tree otherwise, and gets its finding, too.
    try scratch.write("Patches/two/a.patch", text)
    try scratch.write(
      "Patches/two/patch.yaml", "upstream: \(a)\ntrees:\n  - name: other\n    at: ../../own\n")
    let both = try await patchkit(
      "verify", "--json", "--upstream", "up", "--skip", "duplicate", in: scratch.path)
    let all = try JSONDecoder().decode(VerifyFound.self, from: Data(both.output))
    #expect(
      all.findings.filter { $0.check == "follow-up" }.compactMap(\.tree).sorted()
        == ["other", "own"])
    let skipped = try await patchkit(
      "verify", "--upstream", "up", "--skip", "follow-up", in: scratch.path)
    #expect(skipped.code == 0)
  }
}
