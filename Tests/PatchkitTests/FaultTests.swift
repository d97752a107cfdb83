// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// Every call that writes fails in turn: afterwards all is old or all is new, and `recover` says which.
@Suite(.enabled(if: Project.hasProgram("gcc"), "gcc is not installed"))
struct FaultTests {
  /// What a fault does: the error numbers of the system, and a write of half of its bytes.
  private static let kinds = ["5", "28", "13", "4", "short"]

  /// A command that writes, on what, and what there is to compare.
  struct Scenario: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var arguments: [String]
    /// The folder that `recover` is asked about; nil where the command uses no journal.
    var recovers: String?
    /// With PATCHKIT_THOROUGH=1, every so many calls one fails; 1 for all of them.
    var step = 1
    var setUp: @Sendable (Scratch) async throws -> Void
    var state: @Sendable (Scratch) async throws -> [String: String]
  }

  static let scenarios: [Scenario] = [
    Scenario(
      testDescription: "several files", arguments: ["apply", "-q", "--onto", "t", "p.patch"],
      recovers: "t", setUp: files, state: tree),
    Scenario(
      testDescription: "a patch of many files",
      arguments: ["apply", "-q", "--onto", "t", "large.patch"], recovers: "t", step: 17,
      setUp: manyFiles, state: tree),
    Scenario(
      testDescription: "commits in a repository",
      arguments: ["apply", "-q", "--onto", "t@main", "--branch", "made", "p.patch"], recovers: nil,
      setUp: repository, state: branches),
    Scenario(
      testDescription: "a commit on a work tree",
      arguments: ["apply", "-q", "--commit", "--onto", "t", "p.patch"], recovers: "t",
      setUp: repository,
      state: { try await tree($0).merging(branches($0)) { first, _ in first } }),
    Scenario(
      testDescription: "a vendored import", arguments: ["tree", "add", "lab", "t"], recovers: nil,
      setUp: { scratch in
        try await files(scratch)
        _ = try await patchkit("tree", "add", "other", "t", in: scratch.path)
      },
      state: { scratch in
        ["list": try await patchkit("tree", "list", in: scratch.path).text]
      }),
    Scenario(
      testDescription: "a lock and a cache", arguments: ["verify", "--update", "-q", "Patches"],
      recovers: nil, setUp: collection,
      state: { try $0.snapshot("Patches") }),
    Scenario(
      testDescription: "a push", arguments: ["series", "push", "-a", "-q", "--onto", "t"],
      recovers: "t", step: 3,
      setUp: { try await $0.take(try SeriesFixture().scratch, "t") }, state: tree),
    Scenario(
      testDescription: "a refresh", arguments: ["series", "refresh", "-a", "-q", "--onto", "t"],
      recovers: "t",
      setUp: { scratch in
        try await scratch.take(try SeriesFixture().scratch, "t")
        _ = try await patchkit("series", "push", "3", "--onto", "t", in: scratch.path)
        let text = String(decoding: try scratch.read("t/a.c"), as: UTF8.self)
        try scratch.write("t/a.c", text.replacing("changed_a_30", with: "better"))
        let other = String(decoding: try scratch.read("t/dir/b.c"), as: UTF8.self)
        try scratch.write("t/dir/b.c", other.replacing("changed_b_20", with: "best"))
      }, state: tree),
  ]

  @Test(arguments: scenarios) func nothingIsTorn(_ scenario: Scenario) async throws {
    let origin = try Scratch()
    try await scenario.setUp(origin)
    let library = try await Self.faultLibrary(in: origin)
    func attempt(_ fault: String) async throws -> (scratch: Scratch, result: ProcessResult) {
      let scratch = try Scratch()
      _ = try await run("cp", ["-a", origin.path + "/.", scratch.path])
      let result = try await run(
        Project.sharedProgram, scenario.arguments, in: scratch.path,
        environment: [
          "LD_PRELOAD": library, "PATCHKIT_FAULT": fault,
          "PATCHKIT_FAULT_LOG": scratch.file("calls.log"), "XDG_CACHE_HOME": scratch.file("cache"),
        ])
      return (scratch, result)
    }
    let old = try await scenario.state(origin)
    let whole = try await attempt("0:0")
    #expect(whole.result.code == 0, "\(whole.result.errors)")
    let new = try await scenario.state(whole.scratch)
    #expect(old != new)
    let calls = String(decoding: try whole.scratch.read("calls.log"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    #expect(calls.count > 8)
    var hits = 0
    // Odd, and not by five: each kind of fault has its turn, and so have both directions of a recovery.
    let few = [1, 3, 7, 11, 13, 17].last { $0 == 1 || $0 <= calls.count / 15 } ?? 1
    let step = Project.isThorough ? scenario.step : max(scenario.step, few)
    for number in stride(from: 1, through: calls.count, by: step) {
      let kind = Self.kinds[number % Self.kinds.count]
      if kind == "short", calls[number - 1] != "write" { continue }
      let (scratch, result) = try await attempt("\(number):\(kind)")
      let position = "call \(number) of \(calls.count), \(calls[number - 1]), error \(kind)"
      #expect([0, 1, 3].contains(result.code), "\(position): \(result.code) \(result.errors)")
      hits += (try? scratch.read("calls.log"))?.isEmpty ?? true ? 0 : 1
      if let folder = scenario.recovers {
        let back = number % 2 == 0 ? ["--rollback"] : []
        let recovered = try await run(
          Project.program, ["recover", "--onto", folder] + back, in: scratch.path)
        #expect(recovered.code == 0, "\(position): \(recovered.errors)")
      }
      let after = try await scenario.state(scratch)
      #expect(after == old || after == new, "\(position): neither old nor new")
      if result.code == 0 { #expect(after == new, "\(position): success without the result") }
    }
    // As many as were tried, but for calls that a run with threads made in another order.
    #expect(hits > 4)
  }

  /// The library that makes calls fail, built.
  private static func faultLibrary(in scratch: Scratch) async throws -> String {
    let library = scratch.file("faults.so")
    let compiled = try await run(
      "gcc",
      [
        "-O1", "-shared", "-fPIC", "-o", library, Project.path("Tests/Fixtures/faults/faults.c"),
        "-ldl",
      ])
    try #require(compiled.code == 0, "\(compiled.errors)")
    return library
  }

  /// Ctrl-C before each of an import's calls that write: nothing is left of it, or all is there.
  @Test(arguments: ["t", "t.tar"])
  func anImportThatIsStoppedLeavesNothing(_ source: String) async throws {
    let origin = try Scratch()
    for number in 0..<150 {
      try origin.write("t/d\(number % 6)/f\(number).c", "int f\(number); /* \(number) */\n")
    }
    let packed = try await run("tar", ["cf", "t.tar", "t"], in: origin.path)
    try #require(packed.code == 0, "\(packed.errors)")
    let library = try await Self.faultLibrary(in: origin)
    // With the store made: what is looked for is what an import leaves in it.
    try #require(try await patchkit("tree", "add", "old", "t/d0", in: origin.path).code == 0)
    try #require(try await patchkit("tree", "remove", "old", in: origin.path).code == 0)
    func attempt(_ fault: String) async throws -> (scratch: Scratch, code: Int) {
      let scratch = try Scratch()
      _ = try await run("cp", ["-a", origin.path + "/.", scratch.path])
      let result = try await run(
        Project.sharedProgram, ["tree", "add", "x", source], in: scratch.path,
        environment: [
          "LD_PRELOAD": library, "PATCHKIT_FAULT": fault,
          "PATCHKIT_FAULT_LOG": scratch.file("calls.log"), "TMPDIR": scratch.file("tmp"),
        ])
      return (scratch, result.code)
    }
    func files(_ scratch: Scratch) throws -> Set<String> {
      Set(try scratch.snapshot(".patchkit").keys)
    }
    try origin.write("tmp/keep", "")
    let old = try files(origin)
    // Its own calls alone, as it alone is stopped: programs that it starts are not.
    let whole = try await attempt("0:stop")
    #expect(whole.code == 0)
    let new = try files(whole.scratch)
    let calls = try whole.scratch.read("calls.log").count { $0 == 0x0A }
    var stopped = 0
    // Every call takes minutes; a step that is prime meets the calls of each stage.
    let step = Project.isThorough || calls < 20 ? 1 : max(7, calls / 20)
    for number in Set(stride(from: 1, through: calls, by: step)).union([2, 3, calls]).sorted() {
      let (scratch, code) = try await attempt("\(number):stop")
      let after = try files(scratch)
      // Stopped at its last calls, an import may be through before its threads are: then all is there.
      let isThrough = code == 0 && after.count == new.count
      #expect(
        code == -2 || isThrough, "call \(number) of \(calls): ends as by Ctrl-C, not with \(code)")
      #expect(after == old || after.count == new.count, "call \(number) of \(calls): \(after)")
      if after == old { stopped += 1 }
      let left = try scratch.snapshot("tmp").keys.filter { $0 != "keep" }
      #expect(left.isEmpty, "call \(number) of \(calls): \(left)")
      let list = try await patchkit("tree", "list", in: scratch.path).text
      #expect((list == "no vendored trees\n") == (after == old), "call \(number): \(list)")
    }
    #expect(stopped > 3 && calls > 8, "\(stopped) of \(calls)")
  }

  /// A recovery that is killed can be repeated, in either direction.
  @Test(arguments: [false, true])
  func aKilledRecoveryIsRecovered(_ rollsBack: Bool) async throws {
    let origin = try Scratch()
    try await Self.repository(origin)
    let library = try await Self.faultLibrary(in: origin)
    func attempt(_ words: [String], _ fault: String, _ scratch: Scratch) async throws -> [String] {
      _ = try await run(
        Project.sharedProgram, words, in: scratch.path,
        environment: [
          "LD_PRELOAD": library, "PATCHKIT_FAULT": fault,
          "PATCHKIT_FAULT_LOG": scratch.file("calls.log"),
        ])
      let calls = String(decoding: try scratch.read("calls.log"), as: UTF8.self)
        .split(separator: "\n").map(String.init)
      try removeFile(scratch.file("calls.log"))
      return calls
    }
    func state(_ scratch: Scratch) async throws -> [String: String] {
      var state = try await Self.tree(scratch)
      state["log"] = try await git("log", "--format=%s %T", in: scratch.file("t")).text
      return state
    }
    let apply = ["apply", "-q", "--commit", "--onto", "t", "p.patch"]
    let recover = ["recover", "--onto", "t"]
    let old = try await state(origin)
    let whole = try await Self.copy(of: origin)
    let calls = try await attempt(apply, "0:kill", whole)
    let new = try await state(whole)
    let moves = calls.indices.filter { calls[$0].hasPrefix("renameat") }
    // After about half of the files.
    let half = "\(moves[moves.count * 2 / 3] + 1):kill"
    let back = rollsBack ? ["--rollback"] : []
    let stopped = try await Self.copy(of: origin)
    _ = try await attempt(apply, half, stopped)
    let count = try await attempt(recover + back, "0:kill", stopped).count
    #expect(try await state(stopped) == (rollsBack ? old : new))
    #expect(count > 10)
    for number in stride(from: 1, through: count, by: Project.isThorough ? 1 : 3) {
      let scratch = try await Self.copy(of: origin)
      _ = try await attempt(apply, half, scratch)
      let call = try await attempt(recover + back, "\(number):kill", scratch).last ?? ""
      let undoes = number % 4 == 0 ? rollsBack : !rollsBack
      let ended = try await run(
        Project.program, recover + (undoes ? ["--rollback"] : []), in: scratch.path)
      let after = try await state(scratch)
      let position = "call \(number) of \(count), \(call): \(ended.errors)"
      #expect(ended.code == 0, "\(position)")
      // The killed recovery may have been complete.
      #expect(after == (undoes ? old : new) || after == (rollsBack ? old : new), "\(position)")
      #expect(
        try await git("status", "--porcelain", in: scratch.file("t")).text.isEmpty, "\(position)")
    }
  }

  /// A copy with the same owners, modes and times.
  private static func copy(of origin: Scratch) async throws -> Scratch {
    let scratch = try Scratch()
    _ = try await run("cp", ["-a", origin.path + "/.", scratch.path])
    return scratch
  }

  /// A work tree on a branch to which the second of three commits does not apply.
  private static func toPick(_ scratch: Scratch) async throws {
    func commit(_ name: String, _ changed: [Int: String]) async throws {
      try scratch.write("t/f", (1...30).map { changed[$0] ?? "line \($0)\n" }.joined())
      try scratch.write("t/dir/\(name)", "\(name)\n")
      for words in [["add", "-A"], ["commit", "-qm", name]] {
        _ = try await run("git", words, in: scratch.file("t"))
      }
    }
    _ = try await run("git", ["init", "-q", "-b", "own", scratch.file("t")], in: scratch.path)
    try await commit("base", [:])
    _ = try await run("git", ["checkout", "-q", "-b", "main"], in: scratch.file("t"))
    try await commit("one", [5: "one\n"])
    try await commit("two", [5: "one\n", 15: "two\n"])
    try await commit("three", [5: "one\n", 15: "two\n", 25: "three\n"])
    _ = try await run("git", ["checkout", "-q", "own"], in: scratch.file("t"))
    try await commit("mine", [15: "mine\n"])
  }

  /// Where a cherry-pick is killed, `--continue` completes it, and `--abort` undoes it.
  @Test(arguments: [["own~1..main"], ["--continue"], ["--skip"], ["--abort"]])
  func aKilledCherryPickContinuesOrIsUndone(_ words: [String]) async throws {
    let origin = try Scratch()
    try await Self.toPick(origin)
    let library = try await Self.faultLibrary(in: origin)
    func pick(_ words: [String], in scratch: Scratch) async throws -> ProcessResult {
      try await run(Project.program, ["cherry-pick"] + words, in: scratch.file("t"))
    }
    func state(_ scratch: Scratch) async throws -> [String: String] {
      var state = try await Self.tree(scratch)
      // Their commits have the time of each run.
      for words in [["log", "--format=%s %T"], ["status", "--porcelain"]] {
        state[words[0]] = try await run("git", words, in: scratch.file("t")).text
      }
      return state
    }
    let start = try await state(origin)
    // The state of a stopped cherry-pick counts in its own repository alone, so each copy stops by itself.
    func begun() async throws -> Scratch {
      let scratch = try await Self.copy(of: origin)
      if words[0].hasPrefix("--") {
        let stopped = try await pick(["own~1..main"], in: scratch)
        #expect(stopped.code == 1, "\(stopped.errors)")
      }
      if words == ["--continue"] {
        let lines = (1...30).map { $0 == 5 ? "one\n" : $0 == 15 ? "both\n" : "line \($0)\n" }
        try scratch.write("t/f", lines.joined())
      }
      return scratch
    }
    let whole = try await begun()
    let old = try await state(whole)
    func attempt(_ fault: String, _ scratch: Scratch) async throws -> ProcessResult {
      try await run(
        Project.sharedProgram, ["cherry-pick"] + words, in: scratch.file("t"),
        environment: [
          "LD_PRELOAD": library, "PATCHKIT_FAULT": fault,
          "PATCHKIT_FAULT_LOG": scratch.file("calls.log"),
        ])
    }
    _ = try await attempt("0:kill", whole)
    let new = try await state(whole)
    #expect(old != new)
    let calls = String(decoding: try whole.read("calls.log"), as: UTF8.self)
      .split(separator: "\n")
    // Between two of these is every step that counts.
    let moves = calls.indices.filter {
      calls[$0].hasPrefix("rename") || calls[$0].hasPrefix("unlink")
    }
    #expect(moves.count > 4)
    for (turn, call) in moves.flatMap({ [$0, $0] }).enumerated() {
      let scratch = try await begun()
      #expect(try await attempt("\(call + 1):kill", scratch).code == -9)
      let recovered = try await run(
        Project.program, ["recover", "--onto", "t"] + (call % 2 == 0 ? ["--rollback"] : []),
        in: scratch.path)
      #expect(recovered.code == 0, "\(recovered.errors)")
      let between = try await state(scratch)
      let end = turn % 2 == 0 ? "--continue" : "--abort"
      let ended = try await pick([end], in: scratch)
      let after = try await state(scratch)
      let position = "\(end) after call \(call + 1) of \(calls.count): \(ended.errors)"
      if words == ["--abort"] {
        #expect(after == old || after == start, "\(position)")
      } else if end == "--continue" {
        // The commit that is to be skipped may be picked again, up to the same stop.
        let mayStop = between == old || words == ["--skip"]
        #expect(after == new || mayStop && after == old, "\(position)")
      } else {
        // Where nothing is left to do, there is nothing to undo.
        #expect(after == start || between == new && after == new, "\(position)")
      }
    }
  }

  // MARK: What is written

  @Sendable private static func files(_ scratch: Scratch) async throws {
    for number in 0..<4 { try scratch.write("t/dir/f\(number)", "old \(number)\n") }
    try scratch.write("t/moves", "a\nb\nc\nd\n")
    try scratch.write("t/goes/away", "gone\n")
    var patch = "several files\n\nText.\n---\n"
    for number in 0..<4 {
      patch += "--- a/dir/f\(number)\n+++ b/dir/f\(number)\n@@ -1 +1 @@\n-old \(number)\n+new\n"
    }
    patch += "diff --git a/moves b/moved/here\nrename from moves\nrename to moved/here\n"
    patch += "diff --git a/goes/away b/goes/away\ndeleted file mode 100644\n"
    patch += "--- a/goes/away\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n"
    patch += "diff --git a/new/x b/new/x\nnew file mode 100755\n--- /dev/null\n+++ b/new/x\n"
    patch += "@@ -0,0 +1 @@\n+fresh\n"
    try scratch.write("p.patch", patch)
  }

  @Sendable private static func manyFiles(_ scratch: Scratch) async throws {
    var patch = ""
    for number in 0..<70 {
      try scratch.write("t/d\(number % 5)/f\(number)", "old \(number)\n")
      let name = "d\(number % 5)/f\(number)"
      patch += "--- a/\(name)\n+++ b/\(name)\n@@ -1 +1 @@\n-old \(number)\n+new \(number)\n"
    }
    try scratch.write("large.patch", patch)
  }

  @Sendable private static func repository(_ scratch: Scratch) async throws {
    try await files(scratch)
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "base"]] {
      _ = try await run("git", command, in: scratch.file("t"))
    }
  }

  @Sendable private static func collection(_ scratch: Scratch) async throws {
    try await files(scratch)
    try scratch.write(
      "Patches/one/p.patch", String(decoding: try scratch.read("p.patch"), as: UTF8.self))
    try scratch.write(
      "Patches/one/patch.yaml", "title: several files\ntrees:\n  - name: t\n    at: ../../t\n")
  }

  // MARK: What there is afterwards

  @Sendable private static func tree(_ scratch: Scratch) async throws -> [String: String] {
    try scratch.snapshot("t").filter { !$0.key.hasSuffix(".timestamp") }
  }

  /// Where the branches are, and that git finds nothing broken.
  @Sendable private static func branches(_ scratch: Scratch) async throws -> [String: String] {
    let check = try await git("fsck", "--no-dangling", in: scratch.file("t"))
    let trees = try await git(
      "for-each-ref", "--format=%(refname) %(tree)", "refs/heads", in: scratch.file("t"))
    return ["fsck": "\(check.code)", "branches": trees.text]
  }
}

extension Scratch {
  /// Takes a folder of another one over.
  func take(_ other: Scratch, _ name: String) async throws {
    _ = try await run("cp", ["-a", other.file(name), file(name)])
  }
}
