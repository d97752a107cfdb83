// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import PatchFormat
import TestSupport
import Testing

/// What histories say about a patch.
@Suite struct HistoryTests {
  /// A history of the lab tree: its first half, an unrelated commit, the other half, the seed, a fix
  /// of it, a fix of that, and a revert.
  private func history() async throws -> (Scratch, ids: [String]) {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("half"), to: "r")
    let at = scratch.file("r")
    var ids: [String] = []
    func commit(_ message: String) async throws {
      _ = try await git("add", "-A", in: at)
      let made = try await run(
        "git", ["commit", "-q", "-F", "-"], in: at, input: Array(message.utf8))
      #expect(made.code == 0, "\(made.errors)")
      ids.append(try await git("rev-parse", "HEAD", in: at).line)
    }
    _ = try await git("init", "-q", "-b", "main", in: at)
    try await commit("lab: the first half\n")
    try scratch.write("r/README", "x\n")
    try await commit("lab: say something\n")
    for patch in ["ext4-count-unwritten-aio", "ext4-serialize-unaligned-aio"] {
      let result = try await patchkit(
        "apply", "--quiet", "--onto", at, Project.path("Patches/\(patch)"))
      #expect(result.code == 0, "\(result.errors)")
      try await commit(
        patch.contains("count")
          ? "ext4: count the unwritten extents that asynchronous writes leave\n"
          : "ext4: serialize unaligned asynchronous DIO\n")
    }
    func edit(_ message: String) async throws {
      try scratch.write("r/README", message)
      try await commit(message)
    }
    try await edit("ext4: fix it\n\nFixes: \(ids[3].prefix(12)) (\"ext4: serialize\")\n")
    try await edit("ext4: fix the fix\n\nFixes: \(ids[4].prefix(12)) (\"ext4: fix it\")\n")
    try await edit("Revert \"ext4: fix it\"\n\nThis reverts commit \(ids[4]).\n")
    return (scratch, ids)
  }

  private func analyze(_ scratch: Scratch, _ arguments: String...) async throws -> ProcessResult {
    try await run(
      Project.program, ["analyze", "--quiet", "--no-index"] + arguments + [Project.seed],
      in: scratch.path, environment: ["XDG_CACHE_HOME": scratch.file("cache")])
  }

  @Test func prerequisitesAreTheCommitsThatBringNames() async throws {
    let (scratch, ids) = try await history()
    let result = try await analyze(
      scratch, "--onto", "r@\(ids[1])", "--upstream", "r@main", "--history", "r@\(ids[1])")
    #expect(result.code == 1, "\(result.errors)")
    let short = ids.map { String($0.prefix(12)) }
    #expect(
      result.text.contains(
        """
          needs \(short[2]) ext4: count the unwritten extents that asynchronous writes leave
        """))
    #expect(
      result.text.components(of: "  needs ").count == 2, "one commit brings all:\n\(result.text)")
    for name in ["ext4_ioend_wq", "ext4_aio_mutex", "i_aiodio_unwritten"] {
      #expect(result.text.contains("missing") && result.text.contains(name))
    }
    #expect(result.text.contains("    on the target: exact"))
  }

  /// A patch that is a part of its commit: that commit itself brings what it lacks.
  @Test func aPatchThatIsAPartOfItsCommit() async throws {
    let (scratch, ids) = try await history()
    let at = scratch.file("r")
    _ = try await git("checkout", "-q", "-b", "whole", ids[1], in: at)
    _ = try await git("checkout", ids[3], "--", ".", in: at)
    _ = try await git("commit", "-q", "-m", "ext4: serialize unaligned asynchronous DIO", in: at)
    let whole = try await git("rev-parse", "HEAD", in: at).line
    let result = try await analyze(scratch, "--onto", "r@\(ids[1])", "--upstream", "r@whole")
    #expect(
      result.text.contains(
        "  needs \(whole.prefix(12)) ext4: serialize unaligned asynchronous DIO"
          + " (the patch is a part of it)"), "\(result.text)\(result.errors)")
    #expect(result.text.components(of: "  needs ").count == 2)
  }

  @Test func laterFixesAreFoundThroughEachOther() async throws {
    let (scratch, ids) = try await history()
    let result = try await analyze(scratch, "--onto", "r@\(ids[2])", "--upstream", "r@main")
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    let short = ids.map { String($0.prefix(12)) }
    let later = result.text.split(separator: "\n").filter { $0.hasPrefix("  later") }
    #expect(
      later.sorted()
        == [
          "  later: \(short[4]) ext4: fix it, fixes \(short[3])",
          "  later: \(short[5]) ext4: fix the fix, fixes \(short[4])",
          "  later: \(short[6]) Revert \"ext4: fix it\", reverts \(short[4])",
        ].sorted())
  }

  @Test func whatIsThereIsSaidWithItsEvidence() async throws {
    let (scratch, ids) = try await history()
    let there = try await analyze(scratch, "--onto", "r@main")
    #expect(there.code == 0, "\(there.text)\(there.errors)")
    #expect(there.text.contains("already applied, every hunk"))
    #expect(
      there.text.contains(
        "in the history: \(ids[3].prefix(12)) ext4: serialize unaligned asynchronous DIO [patch-id]"
      ))
    let before = try await analyze(scratch, "--onto", "r@\(ids[2])")
    #expect(!before.text.contains("already applied") && !before.text.contains("in the history"))
  }

  /// The same change in another function is not this patch, whether the patch applies or not.
  @Test(
    arguments: [
      (ending: "", hasHeader: true, verdict: "offset"),
      (ending: "", hasHeader: false, verdict: "conflict"),
      (ending: "other(x);", hasHeader: true, verdict: "three-way"),
    ])
  func theSameChangeElsewhereIsNotThisPatch(
    _ its: (ending: String, hasHeader: Bool, verdict: String)
  ) async throws {
    let scratch = try Scratch()
    let at = scratch.file("r")
    func function(_ name: String, _ check: String = "", _ last: String = "last(x);") -> String {
      "int \(name)(struct s *x)\n{\n" + (0..<6).map { "\tstep_\($0)(x);\n" }.joined()
        + "\tif (x->a)\n\t\treturn 1;\n\t\(last)\n\(check)\tend_a(x);\n\tend_b(x);\n"
        + "\tend_c(x);\n\treturn 0;\n}\n\n"
    }
    func commit(_ message: String, _ text: String) async throws -> String {
      try scratch.write("r/a.c", text)
      _ = try await git("add", "-A", in: at)
      #expect(try await git("commit", "-qm", message, in: at).code == 0)
      return try await git("rev-parse", "HEAD", in: at).line
    }
    _ = try await git("init", "-q", "-b", "main", at, in: scratch.path)
    let both = function("alpha") + function("beta")
    let base = try await commit("base", both)
    _ = try await commit("x: check in beta", function("alpha") + function("beta", "\tcheck(x);\n"))
    let made = try await git("format-patch", "-1", "--stdout", in: at)
    let patch =
      its.hasHeader ? made.text : made.text.replacing(" @@ int beta(struct s *x)", with: " @@")
    try scratch.write("beta.patch", patch)
    #expect(patch.contains("beta(struct s *x)") == its.hasHeader)
    _ = try await git("reset", "-q", "--hard", base, in: at)
    let other = try await commit(
      "x: check in alpha", function("alpha", "\tcheck(x);\n") + function("beta"))
    if !its.ending.isEmpty {
      _ = try await commit(
        "x: end otherwise",
        function("alpha", "\tcheck(x);\n") + function("beta", "", its.ending))
    }
    func analyze() async throws -> String {
      try await run(
        Project.program, ["analyze", "--no-index", "--onto", "r", "beta.patch"], in: scratch.path
      ).text
    }
    let text = try await analyze()
    #expect(text.contains("on the target: \(its.verdict)"), "\(text)")
    #expect(!text.contains("already applied"), "\(text)")
    #expect(
      text.contains(
        "in the history: \(other.prefix(12)) x: check in alpha [patch-id-elsewhere]"), "\(text)")
    // In both functions: now it is.
    let own = try await commit(
      "x: and in beta",
      function("alpha", "\tcheck(x);\n")
        + function("beta", "\tcheck(x);\n", its.ending.isEmpty ? "last(x);" : its.ending))
    let after = try await analyze()
    #expect(after.contains("already applied"), "\(after)")
    #expect(
      after.contains("\(own.prefix(12)) x: and in beta [patch-id]")
        == (its.ending.isEmpty && its.hasHeader))
  }

  /// A change that was undone without a word: the text shows it.
  @Test func aCommitThatWasUndoneIsNotEvidence() async throws {
    let (scratch, ids) = try await history()
    let at = scratch.file("r")
    _ = try await git("checkout", ids[2], "--", ".", in: at)
    _ = try await git("commit", "-qm", "lab: merge", in: at)
    let result = try await analyze(scratch, "--onto", "r@main")
    #expect(result.text.contains("on the target: exact"), "\(result.text)\(result.errors)")
    #expect(result.text.contains("[patch-id]") && !result.text.contains("already applied"))
  }

  /// A history that does not have the patch shows nothing of its fixes, and the report says so.
  @Test func anUpstreamWithoutThePatchIsNamed() async throws {
    let (scratch, ids) = try await history()
    func report(_ upstream: String) async throws -> Bool {
      try await analyze(scratch, "--onto", "r@\(ids[2])", "--upstream", upstream).text.contains(
        "  the upstream history does not have this patch, so later fixes may be missing here\n")
    }
    #expect(try await report("r@\(ids[2])"))
    #expect(try await !report("r@main"))
  }

  @Test func referencesAndRevertsCount() async throws {
    let (scratch, ids) = try await history()
    let at = scratch.file("r")
    let upstream = String(repeating: "ab12", count: 10)
    for message in [
      "fs: a backport\n\ncommit \(upstream) upstream.\n\nText.\n"
    ] {
      try scratch.write("r/README", message)
      _ = try await run("git", ["commit", "-qaF", "-"], in: at, input: Array(message.utf8))
    }
    let made = try await git("rev-parse", "HEAD", in: at).line
    let search = try HistorySearch(repository: at, revision: "main")
    let found = try search.search([
      HistorySearch.Patch(ids: [upstream], subject: "", paths: [], patch: nil),
      HistorySearch.Patch(ids: [ids[4]], subject: "", paths: [], patch: nil),
    ])
    #expect(found[0].evidence.map(\.kind) == [.reference])
    #expect(found[0].evidence[0].commit.id == made)
    #expect(found[1].evidence.map(\.kind) == [.itself])
    #expect(found[1].evidence[0].revertedBy?.id == ids[6])
    #expect(found[0].commits == 8)
  }
}

extension String {
  fileprivate func components(of separator: String) -> [Substring] { split(separator: separator) }
}
