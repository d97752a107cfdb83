// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// `patchkit verify` on small collections: what holds, each fault, and what is reported.
@Suite struct VerifyCommandTests: VerifyRuns {
  @Test func aSeriesHoldsAndALaterRunIsTheSame() async throws {
    let scratch = try await series()
    let first = try await verify(scratch)
    #expect(first.code == 0 && first.found.status == "holds", "\(first.found.findings)")
    let cells = first.found.verification.folders[0].patches.map { $0.cells[0].outcome?.verdict }
    #expect(cells == ["exact", "exact", "exact"])
    let sum = try await run(
      "sha256sum", ["0001-ten.patch"], in: scratch.file("Patches"))
    #expect(sum.text.hasPrefix(first.found.verification.folders[0].patches[0].sha256))
    let before = try scratch.snapshot("tree")
    // What is kept is taken, and gives the same; so does doing without.
    func report(_ more: String...) async throws -> String {
      try await run(
        Project.program, ["verify", "--json", "--quiet"] + more, in: scratch.path,
        environment: ["XDG_CACHE_HOME": scratch.file("cache")]
      ).text
    }
    let cold = try await report("--no-cache")
    let kept = try await report()
    #expect(cold == kept && !cold.isEmpty)
    // Thrown away or damaged, the cache costs time and nothing else.
    for file in try FileManager.default.contentsOfDirectory(
      atPath: scratch.file("cache/patchkit/verify"))
    {
      try scratch.write("cache/patchkit/verify/\(file)", "{")
    }
    #expect(try await report() == cold)
    #expect(try scratch.snapshot("tree") == before)
  }

  /// A folder may be named `series`, which is also the name of quilt's list of patches.
  @Test func aFolderNamedSeriesIsAFolder() async throws {
    let scratch = try await series()
    try scratch.copy(scratch.file("Patches"), to: "All/series")
    try scratch.write("All/series/patch.yaml", "trees:\n  - {name: plain, at: ../../tree}\n")
    let all = try await verify(scratch, "All")
    #expect(all.code == 0 && all.found.verification.folders.map(\.name) == ["series"])
    let listed = try await run(
      Project.program, ["stat", "--numstat", "All/series"], in: scratch.path)
    #expect(listed.code == 0, "\(listed.errors)")
    #expect(listed.text.contains("a.txt"))
  }

  /// A tree that cannot be read is reported once, also if the folder has ports to check on it.
  @Test func aMissingTreeIsReportedOnce() async throws {
    let scratch = try Scratch()
    try scratch.copy(
      Project.path("Patches/ext4-count-unwritten-aio"), to: "Patches/ext4-count-unwritten-aio")
    try removeFile(scratch.file("Patches/ext4-count-unwritten-aio/patch.lock"))
    let missing = try await verify(scratch)
    #expect(missing.code == 3)
    #expect(missing.found.findings.filter { $0.severity == "not-checked" }.map(\.check) == ["tree"])
  }

  @Test func aTreeThatChangesIsSeenThroughTheCache() async throws {
    let scratch = try await series()
    #expect(try await verify(scratch).code == 0)
    let text = String(decoding: try scratch.read("tree/a.txt"), as: UTF8.self)
    // As long as it was, and within the same second.
    try scratch.write("tree/a.txt", text.replacing("line 10\n", with: "line XX\n"))
    let after = try await verify(scratch)
    #expect(after.code == 1)
    #expect(after.found.cell("0001-ten.patch", "plain")?.outcome?.verdict == "conflict")
    #expect(after.found.cell("0003-b.patch", "plain")?.outcome?.verdict == "exact")
    try scratch.write("tree/a.txt", text)
    #expect(try await verify(scratch).code == 0)
  }

  @Test func aWrongOrderIsToldWithTheRightOne() async throws {
    let scratch = try await series()
    try scratch.write("Patches/series", "0002-more.patch\n0001-ten.patch\n0003-b.patch -p1\n")
    let (found, code) = try await verify(scratch)
    #expect(code == 1)
    let order = try #require(found.findings.first { $0.check == "order" })
    #expect(
      order.message == "applies only after '0001-ten.patch', but comes before it in the series")
    #expect(order.hint == "move it after '0001-ten.patch' in the series")
    #expect(order.file == "Patches/0002-more.patch" && order.tree == "plain")
    #expect(found.cell("0001-ten.patch", "plain")?.status == "holds")
    // Refused, and nothing after it would help.
    try scratch.write("Patches/series", "0002-more.patch\n0003-b.patch\n")
    let lost = try await verify(scratch)
    let finding = try #require(lost.found.findings.first { $0.check == "apply" })
    #expect(finding.message == "expected verdict 'applies', got conflict")
    #expect(finding.hint?.contains("patchkit backport --check --explain --onto tree") == true)
    #expect(!lost.found.findings.contains { $0.check == "order" })
  }

  /// The result of a patch on one tree is taken for another tree only where every file that it looks at is the
  /// same there, or as much not there.
  @Test func equalWorkOnOtherTreesIsToldRight() async throws {
    let scratch = try await series()
    try scratch.copy(scratch.file("tree"), to: "same")
    try scratch.copy(scratch.file("tree"), to: "other")
    let text = String(decoding: try scratch.read("other/a.txt"), as: UTF8.self)
    try scratch.write("other/a.txt", "first\n" + text)
    try scratch.copy(scratch.file("tree"), to: "without")
    try removeFile(scratch.file("without/dir/b.c"))
    // The same patch twice, under two names and in two folders.
    try scratch.write("Patches/more/copy.patch", try scratch.read("Patches/0003-b.patch"))
    try scratch.write("Patches/more/patch.yaml", "order: independent\n")
    for command in [["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]] {
      for tree in ["tree", "same", "other", "without"] {
        #expect(try await run("git", command, in: scratch.file(tree)).code == 0)
      }
    }
    for suffix in ["", "@HEAD"] {
      var onto: [String] = []
      for tree in ["tree", "same", "other", "without"] {
        onto += ["--onto", "\(tree)=\(scratch.file(tree))\(suffix)"]
      }
      for cache in [["--no-cache"], [], []] {
        let result = try await run(
          Project.program,
          ["verify", "--json", "--quiet", "--symbols", "none"] + onto + cache + [
            "Patches/more", "Patches/0001-ten.patch",
          ], in: scratch.path, environment: ["XDG_CACHE_HOME": scratch.file("cache")])
        let found = try JSONDecoder().decode(Found.self, from: Data(result.output))
        func verdicts(_ label: String) -> [String] {
          ["tree", "same", "other", "without"].map {
            found.cell(label, $0)?.outcome?.verdict ?? "none"
          }
        }
        #expect(verdicts("copy.patch") == ["exact", "exact", "exact", "missing-path"])
        #expect(verdicts("0001-ten.patch") == ["exact", "exact", "offset", "exact"])
      }
    }
  }

  @Test func patchesThatStandAloneDoNotSeeEachOther() async throws {
    let scratch = try await series()
    try scratch.write(
      "Patches/patch.yaml", "order: independent\ntrees:\n  - {name: plain, at: ../tree}\n")
    let (found, code) = try await verify(scratch)
    #expect(code == 1)
    #expect(found.cell("0001-ten.patch", "plain")?.outcome?.verdict == "exact")
    #expect(found.cell("0002-more.patch", "plain")?.outcome?.verdict == "conflict")
    #expect(found.findings.filter { $0.severity == "error" }.count == 1)
  }

  @Test func aMissingTreeIsNoPassUnlessItIsOptional() async throws {
    let scratch = try await series()
    func manifest(_ more: String) throws {
      try scratch.write(
        "Patches/patch.yaml",
        "trees:\n  - {name: plain, at: ../tree}\n  - {name: other, at: ../gone\(more)}\n")
    }
    try manifest("")
    let missing = try await verify(scratch)
    let finding = try #require(missing.found.findings.first { $0.check == "tree" })
    #expect(missing.code == 3 && missing.found.status == "not-checked")
    #expect(finding.tree == "other" && finding.hint != nil)
    try manifest(", optional: true")
    #expect(try await verify(scratch).code == 0)
    // With no tree at all, nothing was checked.
    try removeFile(scratch.file("Patches/patch.yaml"))
    let none = try await verify(scratch)
    #expect(none.code == 3)
    #expect(none.found.findings[0].hint?.contains("--onto TREE") == true)
    #expect(try await verify(scratch, "--onto", "tree").code == 0)
  }

  @Test func theTreesOwnHistoryIsAskedWhereThatIsWanted() async throws {
    let scratch = try await series()
    for command in [["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]] {
      #expect(try await run("git", command, in: scratch.file("tree")).code == 0)
    }
    // One is in the history and still applies; one was reverted; one was never there.
    for patch in ["0003-b", "0001-ten"] {
      let text = try scratch.read("Patches/\(patch).patch")
      _ = try await git("apply", in: scratch.file("tree"), input: text)
      _ = try await git(
        "commit", "-qam", patch == "0003-b" ? "another subject" : "0001-ten.patch",
        in: scratch.file("tree"))
    }
    _ = try await git("revert", "--no-edit", "HEAD", in: scratch.file("tree"))
    try scratch.write("tree/dir/b.c", "int b;\n")
    _ = try await git("commit", "-qam", "b once more as it was", in: scratch.file("tree"))
    #expect(try await verify(scratch).found.status == "holds")
    let (found, code) = try await verify(scratch, "--history")
    let reported = found.findings.filter { $0.check == "already-applied" }
    #expect(code == 0 && reported.map(\.file) == ["Patches/0003-b.patch"])
    #expect(reported.first?.message.hasSuffix("makes the same changes") == true)
    #expect(reported.first?.details == ["another subject"])
  }

  @Test func aKernelTarballIsATree() async throws {
    let scratch = try await series()
    try scratch.copy(scratch.file("tree"), to: "linux-1.0")
    #expect(
      try await run("tar", ["cJf", "linux.tar.xz", "linux-1.0"], in: scratch.path).code == 0)
    func manifest(_ paths: String) throws {
      try scratch.write(
        "Patches/patch.yaml",
        "trees:\n  - {name: packed, at: ../linux.tar.xz, paths: [\(paths)]}\n")
    }
    try manifest("a.txt, dir")
    // A store of the project stays as it is.
    _ = try await patchkit("tree", "add", "own", "tree", in: scratch.path)
    let before = try await patchkit("tree", "list", in: scratch.path)
    #expect(try await verify(scratch).code == 0)
    #expect(try await verify(scratch).code == 0)
    #expect(try await patchkit("tree", "list", in: scratch.path).output == before.output)
    try manifest("dir")
    let part = try await verify(scratch)
    #expect(part.found.cell("0001-ten.patch", "packed")?.outcome?.verdict == "missing-path")
    try manifest("no-such")
    let none = try await verify(scratch)
    #expect(none.code == 3 && none.found.findings.contains { $0.check == "tree" })
  }

  @Test func buildsRunInACopy() async throws {
    let scratch = try await series()
    let before = try scratch.snapshot("tree")
    func build(_ command: String) async throws -> (errors: [Found.Finding], code: Int) {
      try scratch.write(
        "Patches/patch.yaml",
        "trees:\n  - name: plain\n    at: ../tree\n    build: \"\(command)\"\n")
      let (found, code) = try await verify(scratch, "--build", "--build-limit", "2")
      return (found.findings.filter { $0.severity == "error" }, code)
    }
    #expect(try await build("grep -q 'b = 1' dir/b.c && echo x > made").code == 0)
    let failed = try await build("echo no rule to make target; exit 2")
    #expect(failed.code == 1 && failed.errors.map(\.check) == ["build"])
    #expect(failed.errors[0].details == ["no rule to make target"])
    // What is built can be run: in the same copy, and only once it is built.
    let booted = "\"\n    run: \"test -e made && grep -q 'b = 1' dir/b.c && echo it panics; exit 3"
    let panics = try await build("echo x > made" + booted)
    #expect(panics.code == 1 && panics.errors[0].details == ["it panics"])
    #expect(panics.errors[0].message.hasPrefix("'test -e made"))
    let unbuilt = try await build("exit 2" + booted)
    #expect(unbuilt.errors.map(\.message) == ["'exit 2' fails in the patched tree"])
    #expect(try await build("test -z $SECRET").code == 0, "nothing of the caller's environment")
    #expect(try await build("test $(ulimit -n) = 4096 && test $(ulimit -c) = 0").code == 0)
    // A network of its own has the loop alone; where there are no namespaces, the run says so.
    let alone = try await build("test $(grep -c : /proc/net/dev) = 1")
    let spawned = try await run("unshare", ["--user", "--map-root-user", "--net", "--ipc", "true"])
    if spawned.code == 0 { #expect(alone.code == 0, "\(alone.errors)") }
    let slow = try await build("sleep 60")
    #expect(slow.code == 1)
    #expect(slow.errors[0].details.last == "it was stopped after 2 seconds")
    #expect(try scratch.snapshot("tree") == before)
  }

  @Test func onlyWhatChangedIsLookedAt() async throws {
    let scratch = try await series()
    for name in ["one", "two"] {
      try scratch.write("Patches/\(name)/b.patch", try scratch.read("Patches/0003-b.patch"))
      try scratch.copy(scratch.file("tree"), to: "\(name)-tree")
      try scratch.write(
        "Patches/\(name)/patch.yaml", "trees:\n  - {name: t, at: ../../\(name)-tree}\n")
    }
    for command in [["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]] {
      #expect(try await run("git", command, in: scratch.path).code == 0)
    }
    let none = try await verify(scratch, "--changed-since", "HEAD")
    #expect(none.code == 0 && none.found.verification.folders.isEmpty)
    try scratch.write("two-tree/dir/b.c", "int c;\n")
    let tree = try await verify(scratch, "--changed-since", "HEAD")
    #expect(tree.code == 1 && tree.found.verification.folders.map(\.name) == ["two"])
    _ = try await git("checkout", "-q", ".", in: scratch.path)
    try scratch.write("Patches/one/new.patch", try scratch.read("Patches/0001-ten.patch"))
    let new = try await verify(scratch, "--changed-since", "HEAD")
    #expect(new.found.verification.folders.map(\.name) == ["one"])
    #expect(new.found.verification.unchanged == ["Patches", "two"])
    let bad = try await patchkit("verify", "--changed-since", "no-such", in: scratch.path)
    #expect(bad.code == 2 && bad.errors.contains("no-such"), "\(bad.errors)")
  }

  @Test func usageIsCheckedBeforeAnythingIsDone() async throws {
    let scratch = try await series()
    for arguments in [
      ["--shard", "3/2"], ["--shard", "0/2"], ["--report", "pdf"], ["--skip", "nothing"],
      ["--report", "json", "--report", "text"], ["--update", "--shard", "1/2"], ["no-such-folder"],
      ["--symbols", "some"], ["--update", "--skip", "apply"],
      ["--cc", "no-such-cc"],
    ] {
      let result = try await run(Project.program, ["verify"] + arguments, in: scratch.path)
      #expect(result.code == 2 && !result.errors.isEmpty, "\(arguments) \(result.errors)")
    }
    try scratch.write("empty/x", "")
    let empty = try await patchkit("verify", "empty", in: scratch.path)
    #expect(empty.code == 2 && empty.errors.contains("patchkit init"))
  }

  @Test func theListNamesEveryCheck() async throws {
    let list = try await patchkit("verify", "--list").text.split(separator: "\n")
    #expect(list.count == 23 && list.contains { $0.hasPrefix("port-traces  ") })
    let documented = String(
      decoding: try Files.read(Project.path("Documentation/Verify.md")), as: UTF8.self)
    for line in list {
      let id = line.prefix { $0 != " " }
      #expect(documented.contains("| `\(id)` |"), "\(id)")
    }
  }

  @Test func itRunsAgainWhenSomethingChanges() async throws {
    let scratch = try await series()
    let watched = try await run(
      "sh",
      [
        "-c",
        """
        "$0" verify --watch --quiet --no-cache --report json=out.json & pid=$!
        wait_for() { for i in $(seq 100); do grep -q "$1" out.json 2>/dev/null && return; sleep 0.1; done; }
        wait_for '"status" : "holds"'; cp out.json first.json
        sed -i 's/line 10/line X/' tree/a.txt
        wait_for '"status" : "fails"'; cp out.json second.json
        kill $pid; wait $pid
        """, Project.program,
      ], in: scratch.path)
    func status(_ name: String) throws -> String {
      try JSONDecoder().decode(Found.self, from: Data(try scratch.read(name))).status
    }
    #expect(try status("first.json") == "holds", "\(watched.errors)")
    #expect(try status("second.json") == "fails")
  }
}
