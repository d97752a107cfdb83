// SPDX-License-Identifier: GPL-2.0-only

import Git
import Glibc
import Host
import KernelTree
import TestSupport
import Testing

/// A kill at any moment leaves the old tree or a journal that gives the old or the new one.
@Suite struct InterruptionTests {
  private static let count = 40

  /// Many files, so that a kill has something to hit.
  private func tree() throws -> Scratch {
    let scratch = try Scratch()
    var patch = ""
    for number in 0..<Self.count {
      try scratch.write("t/dir\(number % 5)/f\(number)", "old \(number)\n")
      patch += "--- a/dir\(number % 5)/f\(number)\n+++ b/dir\(number % 5)/f\(number)\n"
      patch += "@@ -1 +1 @@\n-old \(number)\n+new \(number)\n"
    }
    patch += "--- /dev/null\n+++ b/fresh/f\n@@ -0,0 +1 @@\n+fresh\n"
    try scratch.write("p.patch", patch)
    return scratch
  }

  @Test(arguments: 0..<24) func aKilledRunIsWholeAfterRecovery(_ round: Int) async throws {
    let scratch = try tree()
    let old = try scratch.snapshot("t")
    // `timeout` kills at a moment that differs from round to round.
    let delay = "0.0\(String(10 + round * 3).suffix(2))"
    _ = try await run(
      "timeout",
      ["-s", "KILL", delay, Project.program, "apply", "--quiet", "--onto", "t", "p.patch"],
      in: scratch.path)
    let rollsBack = round % 2 == 1
    var recovered: ProcessResult
    var tries = 0
    repeat {
      recovered = try await run(
        Project.program, ["recover", "--onto", "t", "--json"] + (rollsBack ? ["--rollback"] : []),
        in: scratch.path)
      // 'timeout' ends with the program that it kills, which still holds its lock while a flush of it ends.
      tries += 1
    } while recovered.errors.contains("another run uses this tree") && tries < 200
    #expect(recovered.code == 0, "\(recovered.errors)")
    let after = try scratch.snapshot("t")
    let isNew =
      after.count == Self.count + 1
      && after.allSatisfy { $0.value.hasPrefix("- 6e 65 77") || $0.key == "fresh/f" }
    #expect(after == old || isNew, "round \(round): neither the old tree nor the new one")
    if rollsBack, recovered.text.contains("rolled-back") { #expect(after == old) }
    if recovered.text.contains("finished") { #expect(isNew) }
    #expect(try await run("ls", ["t/.patchkit-journal"], in: scratch.path).code != 0)
  }

  /// The check above would notice a tree that is half old and half new.
  @Test func aHalfAppliedTreeWouldBeNoticed() throws {
    let scratch = try tree()
    let old = try scratch.snapshot("t")
    try scratch.write("t/dir0/f0", "new 0\n")
    let torn = try scratch.snapshot("t")
    #expect(torn != old && torn.count != Self.count + 1)
  }

  /// A work tree whose run to commit was stopped between its files and its branch.
  private func stoppedCommit() async throws -> (scratch: Scratch, old: String, new: String) {
    let scratch = try Scratch()
    try scratch.write("t/f", "old\n")
    try scratch.write("p.patch", "subject\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n+new\n")
    let folder = scratch.file("t")
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: folder)
    }
    let old = try await git("rev-parse", "main", in: folder).line
    let made = try await patchkit(
      "apply", "--onto", "t@main", "--branch", "made", "p.patch", in: scratch.path)
    #expect(made.code == 0)
    let new = try await git("rev-parse", "made", in: folder).line
    // The journal of a run whose files are in place already.
    try scratch.write("t/f", "new\n")
    try scratch.write("t/.patchkit-journal/old.0", "old\n")
    func version(_ text: String) -> JournalPlan.Version {
      .init(TreeFile(mode: .regular, content: Array(text.utf8)))
    }
    let plan = JournalPlan(
      steps: [
        .init(
          path: try TreePath(Array("f".utf8)), number: 0, before: version("old\n"),
          after: version("new\n"))
      ],
      moves: [
        ReferenceMove(name: "refs/heads/main", from: ObjectID(old), to: ObjectID(new))
      ]
    ).content
    try scratch.write("t/.patchkit-journal/plan", String(decoding: plan, as: UTF8.self))
    try StateRecord(of: .journal, for: Folder.open(folder)).write(plan)
    return (scratch, old, new)
  }

  /// Finishing such a run commits, rolling it back leaves neither files nor a commit.
  @Test(arguments: [false, true], [false, true])
  func aStoppedCommitIsWholeAfterRecovery(_ rollsBack: Bool, _ branchMoved: Bool) async throws {
    let (scratch, old, new) = try await stoppedCommit()
    let folder = scratch.file("t")
    if branchMoved { _ = try await git("update-ref", "refs/heads/main", new, in: folder) }
    let result = try await run(
      Project.program, ["recover", "--onto", "t"] + (rollsBack ? ["--rollback"] : []),
      in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    #expect(try await git("rev-parse", "main", in: folder).line == (rollsBack ? old : new))
    #expect(try await git("status", "--porcelain", in: folder).line == "")
    #expect(try scratch.read("t/f") == Array((rollsBack ? "old\n" : "new\n").utf8))
  }

  /// Without a home folder a record in the git directory does not count: it can come with the repository.
  @Test func aRecordInTheGitDirectoryProvesNothing() async throws {
    let (scratch, old, _) = try await stoppedCommit()
    let folder = scratch.file("t")
    var status = stat()
    try #require(unsafe stat(folder, &status) == 0)
    let plan = try scratch.read("t/.patchkit-journal/plan")
    try scratch.write(
      "t/.git/patchkit-journals/\(status.st_dev)-\(status.st_ino)",
      "\(ObjectID.hash(of: plan))\n")
    // A run makes it first.
    try scratch.write("t/.patchkit-journal/lock", "")
    let before = try scratch.snapshot("t")
    let made = try await run(
      "env", ["-u", "HOME", "-u", "XDG_STATE_HOME", Project.program, "recover", "--onto", "t"],
      in: scratch.path)
    #expect(made.code == 1 && made.errors.contains("was not written by you"), "\(made.errors)")
    #expect(try scratch.snapshot("t") == before)
    #expect(try await git("rev-parse", "main", in: folder).line == old)
  }

  /// The system calls that change a name.
  private static let calls = "renameat,renameat2,rename,linkat,link,unlinkat,unlink,mkdirat,mkdir"

  /// Branch and notes move together: killed at each call that changes a name, both are old or both are new once the
  /// run was recovered, in either direction, and no lock is left.
  @Test(
    .enabled(if: Project.hasProgram("strace"), "needs strace"),
    arguments: [["--commit", "--onto", "k"], ["--branch", "b", "--onto", "k@main"]])
  func branchAndNotesMoveTogether(_ words: [String]) async throws {
    let scratch = try Scratch()
    let folder = scratch.file("t")
    try scratch.write("t/f", "old\n")
    try scratch.write("p.patch", "subject\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n+new\n")
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: folder)
    }
    let reference = words[0] == "--branch" ? "refs/heads/b" : "refs/heads/main"
    let base = try await git("rev-parse", "main", in: folder).line
    var found: Set<String> = []
    for kill in 2...121 {
      // Each call in both directions, or, for the sake of time, in one.
      let (number, rollsBack) = (kill / 2, kill % 2 == 0)
      if !Project.isThorough, rollsBack != (number % 2 == 0) { continue }
      try scratch.copy(folder, to: "k")
      let made = try await run(
        "strace",
        [
          "-f", "-o", "/dev/null", "-e", "trace=\(Self.calls)", "-e",
          "inject=\(Self.calls):signal=KILL:when=\(number)", Project.program, "apply", "-q",
          "--provenance",
        ] + words + ["p.patch"], in: scratch.path)
      let recovered = try await run(
        Project.program, ["recover", "--onto", "k"] + (rollsBack ? ["--rollback"] : []),
        in: scratch.path)
      #expect(recovered.code == 0, "\(number): \(recovered.errors)")
      let tip = try await git("rev-parse", "-q", "--verify", reference, in: scratch.file("k")).line
      let notes = try await git(
        "rev-parse", "-q", "--verify", "refs/notes/patchkit", in: scratch.file("k")
      ).line
      let isNew = !tip.isEmpty && tip != base
      #expect(isNew == !notes.isEmpty, "\(number): \(tip) \(notes) \(recovered.text)")
      if isNew {
        let note = try await git("notes", "--ref", "patchkit", "show", tip, in: scratch.file("k"))
        #expect(note.code == 0, "\(number): \(note.errors)")
      }
      let left = try scratch.snapshot("k/.git").keys.filter {
        $0.hasSuffix(".lock") || $0.hasPrefix("patchkit")
      }
      #expect(left.isEmpty, "\(number): \(left)")
      #expect(
        try await git("status", "--porcelain", in: scratch.file("k")).line == "", "\(number)")
      found.insert(isNew ? "new" : "old")
      try removeFile(scratch.file("k"))
      if made.code == 0 { break }
    }
    #expect(found == ["old", "new"])
  }

  /// A commit that git made since then stays: the files can be restored, and the journal ends.
  @Test func aBranchThatWasMovedSinceStays() async throws {
    let (scratch, _, _) = try await stoppedCommit()
    let folder = scratch.file("t")
    try scratch.write("t/other", "other\n")
    _ = try await git("add", "other", in: folder)
    _ = try await git("commit", "-q", "-m", "other", in: folder)
    let head = try await git("rev-parse", "main", in: folder).line
    let finished = try await patchkit("recover", "--onto", "t", in: scratch.path)
    #expect(finished.code != 0 && finished.errors.contains("it was moved by another program"))
    #expect(finished.errors.contains("'patchkit recover --rollback --onto"))
    let rolledBack = try await patchkit("recover", "--rollback", "--onto", "t", in: scratch.path)
    #expect(rolledBack.code == 0, "\(rolledBack.errors)")
    #expect(try await git("rev-parse", "main", in: folder).line == head)
    #expect(try scratch.read("t/f") == Array("old\n".utf8))
    #expect(try await git("status", "--porcelain", in: folder).line == "")
  }

  @Test func aStoppedRunIsNotRunOver() async throws {
    let scratch = try tree()
    try scratch.write("t/.patchkit-journal/plan.new", "x")
    let before = try scratch.snapshot("t")
    let result = try await patchkit("apply", "--onto", "t", "p.patch", in: scratch.path)
    #expect(result.code == 1)
    #expect(result.errors.contains("run 'patchkit recover --onto t'"))
    #expect(try scratch.snapshot("t") == before)
    #expect(try await patchkit("recover", "--onto", "t", in: scratch.path).code == 0)
    #expect(try await patchkit("apply", "--onto", "t", "p.patch", in: scratch.path).code == 0)
  }

  /// Two runs at once: one succeeds, the other is refused; the tree is whole.
  @Test func twoRunsAtOnceDoNotMix() async throws {
    let scratch = try tree()
    async let first = patchkit("apply", "--quiet", "--onto", "t", "p.patch", in: scratch.path)
    async let second = patchkit("apply", "--quiet", "--onto", "t", "p.patch", in: scratch.path)
    let codes = try await [first.code, second.code].sorted()
    #expect(codes == [0, 1])
    #expect(try scratch.snapshot("t").count == Self.count + 1)
  }
}
