// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// `patchkit init`: from a patch file to a collection that CI can check, with the commands that it prints.
@Suite struct InitCommandTests {
  /// The commands that are in the printed text, and those that a shell runs.
  private func commands(_ text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .map { String($0.dropFirst(2)) }
      .filter { $0.hasPrefix("patchkit verify") || $0.hasPrefix("git add") }
  }

  @Test func whatItPrintsIsAllThatIsNeeded() async throws {
    let scratch = try Scratch()
    try scratch.write("fix.patch", try Files.read(Project.seed))
    let bin = Project.program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    func shell(_ command: String) async throws -> ProcessResult {
      try await run("sh", ["-c", "PATH=\"\(bin):$PATH\"; \(command)"], in: scratch.path)
    }
    _ = try await git("init", "-q", in: scratch.path)
    let made = try await shell(
      "patchkit init --vendor --ci github --onto linux=\(Project.lab("base"))")
    #expect(made.code == 0, "\(made.errors)")
    #expect(
      made.text.hasPrefix(
        """
        made Patches/ext4-serialize-unaligned-asynchronous-dio/fix.patch
        made Patches/ext4-serialize-unaligned-asynchronous-dio/patch.yaml
        made .github/workflows/patchkit.yml

        next:
          patchkit verify --update

        """))
    let next = commands(made.text)
    #expect(next.count == 3)
    for command in next {
      let result = try await shell(command)
      #expect(result.code == 0, "\(command): \(result.text)\(result.errors)")
    }
    // What can be made again is not added.
    let added = try await git("ls-files", ".patchkit", in: scratch.path)
    #expect(added.text.contains(".patchkit/store.git/HEAD") && !added.text.contains("verify"))
    // What was added is enough elsewhere: a clone, without the tree and the first patch.
    _ = try await git("commit", "-qm", "begin", in: scratch.path)
    _ = try await git("clone", "-q", ".", "elsewhere", in: scratch.path)
    let clone = try await run(
      Project.program, ["verify"], in: scratch.file("elsewhere"),
      environment: ["XDG_CACHE_HOME": scratch.file("cache")])
    #expect(clone.code == 0, "\(clone.text)\(clone.errors)")
    // And what the workflow runs, in both of its shards.
    let workflow = String(
      decoding: try scratch.read(".github/workflows/patchkit.yml"), as: UTF8.self)
    #expect(workflow.contains("patchkit verify --shard ${{ matrix.shard }}/2 --report github"))
    for shard in 1...2 {
      let part = try await run(
        Project.program,
        [
          "verify", "--shard", "\(shard)/2", "--report", "github", "--report",
          "json=s\(shard).json",
        ],
        in: scratch.file("elsewhere"), environment: ["XDG_CACHE_HOME": scratch.file("cache")])
      #expect(part.code == 0)
    }
    let merged = try await run(
      Project.program, ["report", "merge", "s1.json", "s2.json", "--report", "markdown=sum.md"],
      in: scratch.file("elsewhere"))
    #expect(merged.code == 0 && merged.text.contains("1 patch on 1 tree, 1 result: 0 errors"))
  }

  @Test func aTreeBesideThePatchesIsNamedFromTheManifest() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("base"), to: "linux")
    try scratch.write(
      "a.patch",
      "Subject: [PATCH] \"quoted\": \\ x\n\n---\n--- a/fs/new\n+++ b/fs/new\n@@ -0,0 +1 @@\n+x\n")
    let made = try await patchkit("init", "a.patch", "--onto", "linux", in: scratch.path)
    #expect(made.code == 0 && made.text.contains("patchkit init --ci github (or gitlab)"))
    let verified = try await patchkit("verify", "--no-cache", in: scratch.path)
    #expect(verified.code == 0, "\(verified.text)\(verified.errors)")
    let again = try await patchkit("init", "a.patch", "--onto", "linux", in: scratch.path)
    #expect(again.code == 1 && again.errors.contains("already exists"))
    let gitlab = try await patchkit(
      "init", "a.patch", "--folder", "Other", "--ci", "gitlab", in: scratch.path)
    #expect(gitlab.code == 0 && gitlab.text.contains("name the trees in patch.yaml"))
    #expect(
      String(decoding: try scratch.read(".gitlab-ci.yml"), as: UTF8.self)
        .contains("--shard $CI_NODE_INDEX/$CI_NODE_TOTAL"))
    let untold = try await patchkit("verify", "Other", "--no-cache", in: scratch.path)
    #expect(untold.code == 3)
    let printed = try await patchkit(
      "verify", "Other", "--onto", "linux", "--no-cache", in: scratch.path)
    #expect(printed.code == 0)
  }

  @Test func whatCannotBeBegunLeavesNothing() async throws {
    let scratch = try Scratch()
    try scratch.write("x", "")
    let none = try await patchkit("init", in: scratch.path)
    #expect(none.code == 2 && none.errors.contains("there is no patch in this folder"))
    try scratch.write("bad.patch", "no patch\n")
    let bad = try await patchkit("init", "bad.patch", in: scratch.path)
    #expect(bad.code == 2)
    let tree = try await patchkit("init", Project.seed, "--vendor", in: scratch.path)
    #expect(tree.code == 2 && tree.errors.contains("--vendor needs --onto"))
    #expect(try scratch.snapshot().keys.sorted() == ["bad.patch", "x"])
  }

  /// Killed at any call that changes a name, it leaves all files or none once the run was recovered.
  @Test(.enabled(if: Project.hasProgram("strace"), "needs strace"))
  func aKilledRunLeavesAllFilesOrNone() async throws {
    let calls = "renameat,renameat2,rename,linkat,link,unlinkat,unlink,mkdirat,mkdir"
    var found: Set<Int> = []
    for number in 1...60 {
      let scratch = try Scratch()
      try scratch.write("c/fix.patch", try Files.read(Project.seed))
      let made = try await run(
        "strace",
        [
          "-f", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
          "inject=\(calls):signal=KILL:when=\(number)", Project.program, "init", "--ci",
          "github", "fix.patch",
        ], in: scratch.file("c"))
      let recovered = try await run(Project.program, ["recover"], in: scratch.file("c"))
      #expect(recovered.code == 0, "\(recovered.errors)")
      let files = try scratch.snapshot("c").keys.filter { $0 != "fix.patch" }
      #expect(files.isEmpty || files.count == 3, "\(number): \(files)")
      found.insert(files.count)
      let again = try await run(
        Project.program, ["init", "--ci", "github", "fix.patch"], in: scratch.file("c"))
      #expect((again.code == 0) == files.isEmpty, "\(number): \(again.errors)")
      if made.code == 0 { break }
    }
    #expect(found == [0, 3])
  }
}
