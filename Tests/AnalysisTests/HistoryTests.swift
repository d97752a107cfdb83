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
    try await edit("ext4: mend it\n\nFixes: \(ids[3].prefix(12)) (\"ext4: serialize\")\n")
    try await edit("ext4: mend the mending\n\nFixes: \(ids[4].prefix(12)) (\"ext4: mend it\")\n")
    try await edit("Revert \"ext4: mend it\"\n\nThis reverts commit \(ids[4]).\n")
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
          "  later: \(short[4]) ext4: mend it, fixes \(short[3])",
          "  later: \(short[5]) ext4: mend the mending, fixes \(short[4])",
          "  later: \(short[6]) Revert \"ext4: mend it\", reverts \(short[4])",
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
      HistorySearch.Patch(ids: [upstream], subject: "", paths: [], identity: nil),
      HistorySearch.Patch(ids: [ids[4]], subject: "", paths: [], identity: nil),
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
