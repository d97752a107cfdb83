// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// The checks of `patchkit verify`: each fault is reported, with what to do about it.
@Suite struct VerifyCheckTests: VerifyRuns {
  @Test func aDamagedPatchIsToldAndTheOthersAreTried() async throws {
    let scratch = try await series()
    let text = String(decoding: try scratch.read("Patches/0003-b.patch"), as: UTF8.self)
    try scratch.write("Patches/0003-b.patch", text.replacing("@@ -1 +1 @@", with: "@@ -1 +1,9 @@"))
    let (found, code) = try await verify(scratch)
    let finding = try #require(found.findings.first { $0.check == "parse" })
    #expect(code == 1 && finding.file == "Patches/0003-b.patch" && finding.line != nil)
    #expect(finding.hint?.hasPrefix("the patch is damaged") == true)
    #expect(found.cell("0002-more.patch", "plain")?.status == "holds")
    try scratch.write("Patches/0003-b.patch", "no patch at all\n")
    let empty = try await verify(scratch)
    #expect(empty.code == 1 && empty.found.findings.contains { $0.check == "parse" })
  }

  @Test func whatTheLockKeepsIsComparedAndWhatMovedIsNamed() async throws {
    let scratch = try await series()
    let update = try await patchkit("verify", "--update", "--no-cache", in: scratch.path)
    #expect(update.code == 0 && update.errors.contains("patch.lock written"))
    let lock = String(decoding: try scratch.read("Patches/patch.lock"), as: UTF8.self)
    let blob = try await git("hash-object", "tree/a.txt", in: scratch.path).line
    #expect(lock.contains("before: \"\(blob)\"") && lock.contains("hunks: [exact 7]"))
    #expect(try await verify(scratch).code == 0)
    // The tree moved.
    let text = String(decoding: try scratch.read("tree/a.txt"), as: UTF8.self)
    try scratch.write("tree/a.txt", "a new line\n" + text)
    let moved = try await verify(scratch)
    let drift = try #require(moved.found.findings.first { $0.check == "drift" })
    #expect(moved.code == 1 && drift.message == "the tree has changed: a.txt")
    #expect(drift.details.contains("a.txt: hunks were exact 7, are offset 8"), "\(drift.details)")
    #expect(drift.hint?.contains("verify --update") == true)
    try scratch.write("tree/a.txt", text)
    // The patch differs: its text alone, then its change.
    let patch = String(decoding: try scratch.read("Patches/0003-b.patch"), as: UTF8.self)
    try scratch.write("Patches/0003-b.patch", patch.replacing("Why.", with: "Because."))
    let reworded = try await verify(scratch)
    #expect(
      reworded.found.findings.map(\.message) == [
        "the patch differs from the one in patch.lock: its changes are the same, but the text around them differs"
      ])
    try scratch.write("Patches/0003-b.patch", patch.replacing("b = 1", with: "b = 2"))
    let changed = try await verify(scratch)
    #expect(changed.found.findings.map(\.check) == ["identity", "drift"])
    #expect(changed.found.findings[1].message == "the result differs from patch.lock")
    // A patch that is gone, and one that is new.
    try scratch.write("Patches/0004-c.patch", patch.replacing("int b;", with: "int b ;"))
    try removeFile(scratch.file("Patches/0003-b.patch"))
    let other = try await verify(scratch)
    #expect(
      other.found.findings.contains {
        $0.check == "lock" && $0.message == "patch.lock has '0003-b.patch', which no longer exists"
      })
    #expect(
      other.found.findings.contains {
        $0.check == "identity" && $0.message == "this patch is not in patch.lock"
      })
  }

  @Test func aLockThatWasEditedIsToldAndNotWrittenOver() async throws {
    let scratch = try await series()
    _ = try await patchkit("verify", "--update", "--no-cache", in: scratch.path)
    let lock = String(decoding: try scratch.read("Patches/patch.lock"), as: UTF8.self)
    try scratch.write("Patches/patch.lock", lock.replacing("exact 7", with: "exact 9"))
    let (found, code) = try await verify(scratch)
    let finding = try #require(found.findings.first { $0.check == "lock" })
    #expect(code == 1 && finding.message.contains("was edited by hand") && finding.line == 2)
    #expect(finding.hint?.contains("restore it with 'git checkout'") == true)
    let update = try await patchkit("verify", "--update", "--no-cache", in: scratch.path)
    #expect(update.code == 2)
    #expect(
      String(decoding: try scratch.read("Patches/patch.lock"), as: UTF8.self).contains("exact 9"))
  }

  @Test func aTypoInAManifestIsToldOnceWithItsLine() async throws {
    let scratch = try await series()
    try scratch.write("Patches/patch.yaml", "trees:\n  - {name: plain, ta: ../tree}\n")
    let (found, code) = try await verify(scratch)
    #expect(code == 1 && found.findings.count == 1)
    #expect(found.findings[0].check == "manifest" && found.findings[0].line == 2)
    #expect(found.findings[0].hint == "did you mean 'at'?")
  }

  @Test func anExpectationIsHeldToBothWays() async throws {
    let scratch = try await series()
    try scratch.write(
      "Patches/patch.yaml", "trees:\n  - {name: plain, at: ../tree, expect: refused}\n")
    let (found, code) = try await verify(scratch)
    let errors = found.findings.filter { $0.severity == "error" }
    #expect(code == 1 && errors.count == 3 && errors.allSatisfy { $0.check == "apply" })
    #expect(errors[0].message == "expected verdict 'refused', got exact")
    // What the patches make is there: they are, and it is said.
    for name in ["a.txt", "dir/b.c"] {
      try scratch.write("tree/\(name)", try scratch.read("work/\(name)"))
    }
    #expect(try await verify(scratch).code == 0)
    try scratch.write("Patches/patch.yaml", "trees:\n  - {name: plain, at: ../tree}\n")
    let there = try await verify(scratch)
    #expect(there.code == 1)
    #expect(there.found.cell("0003-b.patch", "plain")?.findings.map(\.check) == ["already-applied"])
  }

  @Test func whatAPatchSaysOfItselfIsHeldToTheManifest() async throws {
    let scratch = try Scratch()
    let id = "e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d"
    try scratch.write("tree/a", "one\n")
    try scratch.write(
      "Patches/p/p.patch",
      "From: A U Thor <a@b>\nSubject: [PATCH] fs: one\n\ncommit \(id) upstream.\n\nWhy.\n---\n"
        + "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+two")
    func findings(_ manifest: String, _ arguments: String...) async throws -> [Found.Finding] {
      try scratch.write(
        "Patches/p/patch.yaml", "trees:\n  - {name: t, at: ../../tree}\n" + manifest)
      let result = try await run(
        Project.program, ["verify", "--json", "--quiet", "--no-cache"] + arguments,
        in: scratch.path)
      let found = try JSONDecoder().decode(Found.self, from: Data(result.output))
      #expect(result.code == (found.findings.contains { $0.severity == "error" } ? 1 : 0))
      return found.findings.filter { $0.check != "lock" }
    }
    // Its last newline was lost: a warning, until the manifest knows it.
    let plain = try await findings("title: \"fs: one\"\nupstream: \(id)\n")
    #expect(plain.map(\.check) == ["damage"] && plain[0].severity == "warning")
    #expect(
      plain[0].line == 12 && plain[0].hint?.contains("damage: [missing-final-newline]") == true)
    let known = "damage: [missing-final-newline]\n"
    #expect(try await findings(known).map(\.severity) == ["note"])
    #expect(try await findings("", "--skip", "damage").isEmpty)
    let title = try await findings(known + "title: \"fs: two\"\n").filter { $0.severity != "note" }
    #expect(
      title.map(\.message) == [
        "the patch's subject is 'fs: one', but the manifest's title is 'fs: two'"
      ])
    let upstream = try await findings(known + "upstream: \(String(repeating: "a", count: 40))\n")
      .filter { $0.severity != "note" }
    #expect(
      upstream.count == 1 && upstream[0].message.hasPrefix("the message names the commit \(id)"))
    let style = try await findings(known + "style: stable\n").filter { $0.severity != "note" }
    #expect(style.map(\.message) == ["there is no Signed-off-by [stable/signed-off]"])
    #expect(style[0].check == "trailers" && style[0].hint == "the style 'stable' requires it")
    #expect(try await findings(known + "style: stable\n", "--skip", "trailers").count == 1)
  }

  /// A tarball is unpacked once, into a folder of its own, and only what is asked of it.

  @Test func prerequisitesGoOnFirst() async throws {
    let scratch = try await series()
    for (patch, more) in [
      ("0001-ten", ""), ("0002-more", "prerequisites: [0001-ten]\n"),
      ("0003-b", "prerequisites: [no-such]\n"),
    ] {
      try scratch.write(
        "Split/\(patch)/p.patch", try scratch.read("Patches/\(patch).patch"))
      if !more.isEmpty { try scratch.write("Split/\(patch)/patch.yaml", more) }
    }
    // The trees are named above, once for all.
    try scratch.write("Split/patch.yaml", "trees:\n  - {name: plain, at: ../tree}\n")
    let (found, code) = try await verify(scratch, "Split")
    #expect(code == 1)
    #expect(found.findings.filter { $0.severity == "error" }.map(\.check) == ["prerequisite"])
    #expect(
      found.findings.first { $0.severity == "error" }?.message
        == "there is no folder 'no-such', a prerequisite of '0003-b'")
    #expect(
      found.verification.folders.map { $0.patches[0].cells[0].status } == [
        "holds", "holds", "holds",
      ])
    try scratch.write("Split/0001-ten/patch.yaml", "prerequisites: [0002-more]\n")
    let circle = try await verify(scratch, "Split")
    #expect(circle.found.findings.contains { $0.message.contains("prerequisites of each other") })
  }

  @Test func namesThatNoTreeAndNoPatchHasAreTold() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("half"), to: "half")
    try scratch.write("Patches/seed/seed.patch", try Files.read(Project.seed))
    let manifest = "damage: [missing-final-newline]\ntrees:\n  - {name: half, at: ../../half}\n"
    try scratch.write("Patches/seed/patch.yaml", manifest)
    let (found, code) = try await verify(scratch)
    let missing = found.findings.filter { $0.check == "missing-symbol" }
    #expect(code == 0 && found.status == "warned")
    #expect(
      missing.map(\.message) == [
        "the tree has no ext4_ioend_wq, i_aiodio_unwritten, ext4_aio_mutex"
      ])
    #expect(missing.first?.details.first == "call ext4_ioend_wq, first used at fs/ext4/file.c:60")
    try scratch.write(
      "Patches/seed/patch.yaml",
      manifest + "missing: [ext4_ioend_wq, ext4_aio_mutex, i_aiodio_unwritten]\n")
    #expect(try await verify(scratch).found.status == "holds")
    // A part of a tree, without the headers: no one can know.
    try scratch.write(
      "Part/p/patch.yaml", manifest.replacing("half", with: "part"))
    try scratch.write("Part/p/seed.patch", try Files.read(Project.seed))
    try scratch.write("part/fs/ext4/file.c", try scratch.read("half/fs/ext4/file.c"))
    let part = try await verify(scratch, "Part")
    #expect(part.found.status == "holds")
    #expect(part.found.findings.contains { $0.message.contains("so names are not looked up") })
    // A header that an earlier patch of the series moves, and what is in it, is there.
    try scratch.write("half/include/lab/more.h", "int lab_more(void);\n")
    try scratch.write(
      "Series/0001.patch",
      "diff --git a/include/lab/more.h b/fs/ext4/moved.h\nsimilarity index 100%\n"
        + "rename from include/lab/more.h\nrename to fs/ext4/moved.h\n")
    let file = String(decoding: try scratch.read("half/fs/ext4/super.c"), as: UTF8.self)
    let top = file.split(separator: "\n", omittingEmptySubsequences: false)
    try scratch.write(
      "Series/0002.patch",
      "--- a/fs/ext4/super.c\n+++ b/fs/ext4/super.c\n@@ -1,2 +1,4 @@\n \(top[0])\n"
        + "+#include \"moved.h\"\n+int lab_moved(void) { return lab_more() + lab_nowhere(); }\n"
        + " \(top[1])\n")
    let series = try await verify(
      scratch, "Series", "--onto", "half", "--symbols", "all")
    #expect(
      series.found.findings.filter { $0.check == "missing-symbol" }.map(\.message)
        == ["the tree has no lab_nowhere"], "\(series.found.findings)")
    // Another patch that goes first brings them.
    try scratch.copy(Project.path("Patches/ext4-count-unwritten-aio"), to: "Patches/count")
    try scratch.write("Patches/count/patch.yaml", "trees:\n  - {name: half, at: ../../half}\n")
    try removeFile(scratch.file("Patches/count/patch.lock"))
    try scratch.write("Patches/seed/patch.yaml", "prerequisites: [count]\n" + manifest)
    let both = try await verify(scratch)
    #expect(both.found.status == "holds", "\(both.found.findings)")
  }

  @Test func portsAndScenariosAreHeldToTheManifest() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("half"), to: "half")
    let folder = "Patches/ext4-count-unwritten-aio"
    try scratch.write(
      "\(folder)/p.patch",
      try Files.read(
        Project.path("\(folder)/ext4-count-unwritten-extents.patch")))
    let reasons =
      "trees:\n  - {name: half, at: ../../half}\nfunctions:\n"
      + "  lab_init_fs: {reason: x}\n  lab_init_inode: {reason: x}\n"
    func findings(_ more: String, _ manifest: String? = nil) async throws -> (
      [Found.Finding], Int
    ) {
      try scratch.write("\(folder)/patch.yaml", (manifest ?? reasons) + more)
      let (found, code) = try await verify(scratch, "--values", "50", "--executions", "10")
      return (found.findings.filter { $0.severity != "note" }, code)
    }
    #expect(try await findings("").0.isEmpty)
    // Out of bounds does not count as passed.
    let bound = try await findings(
      "scenarios:\n  - {name: shared-queue, side: after, executions: 3}\n")
    #expect(bound.1 == 3 && bound.0.map(\.check) == ["scenario"])
    #expect(
      bound.0[0].message == "shared-queue, after: 3 executions of 1000 steps did not cover it")
    #expect(bound.0[0].hint?.hasPrefix("raise 'executions' or 'steps'") == true)
    let other = try await findings(
      "scenarios:\n  - {name: shared-queue, side: after, expect: deadlock}\n")
    #expect(
      other.1 == 1 && other.0[0].message.contains("expected verdict 'deadlock', got exhausted"))
    #expect(other.0[0].hint?.contains("port explore shared-queue --after") == true)
    let unknown = try await findings("scenarios:\n  - {name: sharedqueue}\n")
    #expect(unknown.1 == 1 && unknown.0[0].hint?.contains("shared-queue") == true)
    // A function without a port and without a reason; one that is not changed; a port that is none.
    let bare = try await findings("", "trees:\n  - {name: half, at: ../../half}\n")
    #expect(bare.1 == 1 && bare.0.map(\.check) == ["port-pairing", "port-pairing"])
    #expect(bare.0[0].message == "lab_init_fs (fs/ext4/super.c) has no port")
    #expect(bare.0[0].hint?.contains("give the reason under 'functions'") == true)
    let stray = try await findings("  no_such: {reason: x}\n")
    #expect(stray.1 == 1 && stray.0[0].message.contains("the patch does not change"))
    let port = try await findings("  ext4_aio_mutex: {ports: [Unknown.ext4AIOMutex]}\n")
    #expect(port.1 == 1 && port.0[0].message.contains("Ext4SuperAfter.ext4AIOMutex"))
    // The C of a port changes: the lock shows it, and the comparison finds it.
    try scratch.write("\(folder)/patch.yaml", reasons)
    _ = try await patchkit(
      "verify", "--update", "--no-cache", "--values", "50", "--executions", "10", in: scratch.path)
    let text = String(decoding: try scratch.read("half/fs/ext4/page-io.c"), as: UTF8.self)
    try scratch.write(
      "half/fs/ext4/page-io.c", text.replacing("if (ret < 0)", with: "if (ret > 0)"))
    let stale = try await verify(scratch, "--values", "50", "--executions", "10")
    let checks = Set(stale.found.findings.filter { $0.severity == "error" }.map(\.check))
    #expect(
      stale.code == 1 && checks.isSuperset(of: ["port-stale", "drift", "port-values"]), "\(checks)")
    // Without a compiler, what needs one was not checked.
    let none = try await run(
      Project.program, ["verify", "--json", "--quiet", "--no-cache"], in: scratch.path,
      environment: ["PATH": scratch.path])
    #expect(none.code == 1 && none.text.contains("there is no C compiler"))
  }

  /// A patch that makes a scenario worse is an error, unless the manifest keeps it as an example; then one that does
  /// not is.
  @Test func aPatchThatMakesAScenarioWorseMustBeRefused() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("dio"), to: "dio")
    let folder = "Patches/\(unserialize)"
    try scratch.copy(Project.path(folder), to: folder)
    func regressions(_ expect: String, _ name: String, _ after: String) async throws -> (
      [Found.Finding], Int
    ) {
      try scratch.write(
        "\(folder)/patch.yaml",
        """
        \(expect)trees:
          - {name: lab, at: ../../dio}
        scenarios:
          - {name: \(name), side: before}
          - {name: \(name), side: after, expect: \(after)}

        """)
      let (found, code) = try await verify(
        scratch, "--values", "20", "--executions", "5", "--skip", "lock", "--skip", "port-stale",
        "--skip", "drift")
      return (found.findings.filter { $0.check == "regression" }, code)
    }
    let refused = try await regressions("", "two-into-hole", "violation")
    #expect(refused.1 == 1 && refused.0.map(\.severity) == ["error"])
    let said = refused.0.first?.message ?? ""
    #expect(said.hasPrefix("two-into-hole holds before the patch; after it: the data of writer "))
    #expect(refused.0.first?.hint?.contains("write 'expect: violation' in") == true)
    let kept = try await regressions("expect: violation\n", "two-into-hole", "violation")
    #expect(kept.1 == 0 && kept.0.map(\.severity) == ["note"])
    let harmless = try await regressions("expect: violation\n", "two-into-written", "exhausted")
    #expect(harmless.1 == 1 && harmless.0.map(\.severity) == ["error"])
    #expect(harmless.0.first?.message.contains("no scenario holds before the patch") == true)
    let unknown = try await regressions("expect: refused\n", "two-into-hole", "violation")
    #expect(unknown.1 == 1 && unknown.0.isEmpty)
  }

  private let unserialize = "ext4-unserialize-unaligned-dio"

  /// The lock has the functions of every tree that asks for it, and each tree is compared with its own.
  @Test func eachTreeHasItsOwnFunctions() async throws {
    let scratch = try Scratch()
    let folder = "Patches/ext4-serialize-unaligned-aio"
    try scratch.write("\(folder)/seed.patch", try Files.read(Project.seed))
    try scratch.copy(Project.lab("base"), to: "lab")
    try scratch.copy(Project.lab("base"), to: "other")
    let file = "other/fs/ext4/file.c"
    func edit(_ old: String, _ new: String) throws {
      let text = String(decoding: try scratch.read(file), as: UTF8.self)
      #expect(text.contains(old))
      try scratch.write(file, text.replacing(old, with: new))
    }
    try edit("(count && pos == sbi", "(pos == sbi")
    try scratch.write(
      "\(folder)/patch.yaml",
      """
      damage: [missing-final-newline]
      trees:
        - {name: lab, at: ../../lab}
        - {name: other, at: ../../other, ports: true, optional: true}

      """)
    let few = ["--values", "50", "--executions", "5"]
    func update() async throws -> String {
      let result = try await run(
        Project.program, ["verify", "--update", "--no-cache"] + few, in: scratch.path)
      #expect(result.code == 0, "\(result.text)\(result.errors)")
      return String(decoding: try scratch.read("\(folder)/patch.lock"), as: UTF8.self)
    }
    func stale() async throws -> [String] {
      try await verify(scratch, "--values", "50", "--executions", "5").found.findings
        .filter { $0.check == "port-stale" }.map { "\($0.tree ?? "-") \($0.message.prefix(15))" }
    }
    let lock = try await update()
    #expect(lock.components(separatedBy: "tree: lab\n").count == 5)
    #expect(lock.components(separatedBy: "tree: other\n").count == 5)
    #expect(try await stale() == [])
    let before = try scratch.read(file)
    try edit("-EFBIG", "-EINVAL")
    #expect(try await stale() == ["other ext4_file_write", "other ext4_file_write"])
    try scratch.write(file, before)
    #expect(try await stale() == [])
    // What is recorded of a tree that is not here stays.
    try removeFile(scratch.file("other"))
    let kept = try await update()
    #expect(kept.components(separatedBy: "tree: other\n").count == 5)
    #expect(try await stale() == [])
  }

  /// A name that leads out of the tree, and a manifest that would, too.

  @Test func hostileInputIsToldAndNothingIsTouched() async throws {
    let scratch = try await series()
    let text = String(decoding: try scratch.read("Patches/0003-b.patch"), as: UTF8.self)
    try scratch.write("Patches/0003-b.patch", text.replacing("dir/b.c", with: "../../etc/passwd"))
    let before = try scratch.snapshot("tree")
    let (found, code) = try await verify(scratch)
    #expect(code == 1)
    #expect(
      found.findings.contains { $0.check == "apply" && $0.message.contains("../../etc/passwd") })
    #expect(try scratch.snapshot("tree") == before)
    // A series that names a file outside of its folder.
    try scratch.write("Patches/series", "../secret.patch\n")
    try scratch.write("secret.patch", text)
    let series = try await verify(scratch)
    #expect(series.code == 1 && series.found.findings.contains { $0.check == "parse" })
  }
}
