// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// `patchkit backport` and `patchkit resolve` as their users run them.
@Suite struct BackportCommandTests {
  private func lab(_ name: String) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.copy(Project.lab(name), to: "t")
    return scratch
  }

  private let file = "t/fs/ext4/file.c"

  /// What is different in the tree that the patch was made for is a line below the hunk, of one patch or of many.
  @Test func aWarningIsALineBelowItsHunk() async throws {
    let scratch = try Scratch()
    let text = """
      static int warm(int x)
      {
      \treturn x;
      }

      int first;
      int second;
      int third;

      int run(int x)
      {
      \tx++;
      \tx--;
      \treturn x * 2;
      }

      """
    try scratch.write("base/a.c", text)
    try scratch.write("tree/a.c", text.replacing("\treturn x;", with: "\treturn x + 1;"))
    try scratch.write("a/a.c", text)
    try scratch.write("b/a.c", text.replacing("\tx--;\n", with: "\tx--;\n\twarm(x);\n"))
    let diff = try await run(
      "git", ["diff", "--no-index", "--no-prefix", "a", "b"], in: scratch.path)
    try scratch.write("fix.patch", diff.text)
    try scratch.write("new.patch", "--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 @@\n+int x;\n")
    func backport(_ arguments: String...) async throws -> String {
      try await run(
        Project.program, ["backport", "--check", "--onto", "tree"] + arguments, in: scratch.path
      ).text
    }
    let warning = "    warning: 'warm' has another body in the base\n"
    #expect(
      try await backport("--base", "base", "fix.patch") == """
        exact fix.patch
          exact  a.c: hunk 1 applies at line 11
               \(warning)1 patch applies to tree: 1 file would change

        """)
    #expect(try await backport("--base", "base", "fix.patch", "new.patch").contains(warning))
    #expect(
      try await backport("--base", "base", "--json", "fix.patch")
        .contains("\"'warm' has another body in the base\""))
    #expect(try await !backport("fix.patch").contains("warning"))
  }

  /// Patches that name other files, of which one is found in the file of another: both changes stay.
  @Test(arguments: ["folder", "revision"])
  func aMovedFileIsSharedWithThePatchesThatNameIt(_ kind: String) async throws {
    let scratch = try Scratch()
    let lines = (1...60).map { "int line_number_\($0)(void);\n" }
    try scratch.write("r/new/x.c", lines.joined())
    func patch(_ path: String, _ line: Int) -> String {
      let at = line - 1
      return "--- a/\(path)\n+++ b/\(path)\n@@ -\(at),3 +\(at),3 @@\n \(lines[at - 1])"
        + "-\(lines[at])+int changed_\(line)(void);\n \(lines[at + 1])"
    }
    try scratch.write("p/01.patch", patch("old/x.c", 10))
    try scratch.write("p/02.patch", patch("new/x.c", 50))
    for number in 3...9 {
      try scratch.write("r/other\(number)", "a\n")
      try scratch.write(
        "p/0\(number).patch",
        "--- a/other\(number)\n+++ b/other\(number)\n@@ -1 +1 @@\n-a\n+b\n")
    }
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]] {
      _ = try await run("git", command, in: scratch.file("r"))
    }
    let onto = kind == "folder" ? ["--onto", "r"] : ["--onto", "r@main", "--branch", "made"]
    let result = try await run(Project.program, ["backport"] + onto + ["p"], in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let made =
      kind == "folder"
      ? String(decoding: try scratch.read("r/new/x.c"), as: UTF8.self)
      : try await git("show", "made:new/x.c", in: scratch.file("r")).text
    #expect(made.contains("changed_10") && made.contains("changed_50"))
  }

  @Test func whatApplyTakesBackportTakesTheSameWay() async throws {
    for name in ["base", "shifted", "moved"] {
      let (one, two) = (try lab(name), try lab(name))
      let apply = try await patchkit("apply", "--onto", "t", Project.seed, in: one.path)
      let backport = try await patchkit("backport", "--onto", "t", Project.seed, in: two.path)
      #expect(apply.code == 0 && backport.code == 0, "\(backport.errors)")
      #expect(apply.text == backport.text)
      #expect(try one.snapshot("t") == two.snapshot("t"))
    }
  }

  @Test func aDoubtfulHunkIsProposedAndNothingIsChanged() async throws {
    let scratch = try lab("conflict")
    let before = try scratch.snapshot()
    let result = try await patchkit(
      "backport", "--quiet", "--explain", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 1)
    #expect(
      result.errors.contains(
        "hunk 2 (line 78): only a plausible proposal, at line 80: lines that it removes have"
          + " changed in the tree"))
    #expect(result.errors.contains("hunk 2, proposed and not applied"))
    // Both columns: what the patch removes, and what would go here.
    #expect(result.errors.contains("-        return generic_file_aio_write(iocb, iov, nr_segs"))
    #expect(result.errors.contains("~ -        return lab_counted_write(iocb, iov, nr_segs"))
    #expect(try scratch.snapshot() == before)
  }

  /// The words that differ are marked, and no line of code is cut at the edge of its column.
  @Test(arguments: [80, 160]) func anExplanationMarksTheWordsThatDiffer(_ columns: Int) async throws
  {
    let scratch = try lab("conflict")
    let result = try await run(
      Project.program,
      [
        "backport", "--check", "--explain", "--accept", "plausible", "--color=always",
        "--onto", "t", Project.seed,
      ], in: scratch.path, environment: ["COLUMNS": "\(columns)"])
    #expect(result.code == 0)
    #expect(result.text.contains("\u{1B}[7;31mgeneric_file_aio_write\u{1B}[m"))
    #expect(result.text.contains("\u{1B}[7;31mlab_counted_write\u{1B}[m"))
    #expect(!result.text.contains("\u{1B}[7;32munaligned_aio"), "the same on both sides")
    // What both have is shown once where there is one column.
    #expect(result.text.components(separatedBy: "O_DIRECT)").count == (columns == 80 ? 2 : 3))
    if columns == 80 {
      #expect(result.text.contains("< -        return "), "\(result.text)")
      #expect(result.text.contains("> -        return "))
    } else {
      #expect(result.text.components(separatedBy: " ~ ").count > 2)
    }
  }

  /// Half of a patch is applied where the user says so alone, and the commit says what is missing.
  @Test func aPartThatTheTreeDoesNotHaveIsLeftOutOnRequestAlone() async throws {
    let scratch = try Scratch()
    try scratch.write("r/a.c", "int one_line;\nint two_line;\nint three_line;\n")
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]] {
      _ = try await run("git", command, in: scratch.file("r"))
    }
    try scratch.write(
      "two.patch",
      """
      From: A U Thor <a@example.org>
      Subject: [PATCH] both lamps

      The text.

      Signed-off-by: A U Thor <a@example.org>
      ---
       a.c | 2 +-

      --- a/a.c
      +++ b/a.c
      @@ -1,3 +1,3 @@
       int one_line;
      -int two_line;
      +int second_line;
       int three_line;
      --- a/not here.c
      +++ b/not here.c
      @@ -1,3 +1,3 @@
       int this_is_some_other_file;
      -int which_the_tree_does_not_have;
      +int whatever_it_may_be_named;
       int nor_anything_that_is_like_it;

      """)
    let before = try scratch.snapshot()
    let args = ["--commit", "--onto", "r", "two.patch"]
    let refused = try await run(Project.program, ["backport"] + args, in: scratch.path)
    #expect(refused.code == 1)
    #expect(refused.errors.contains("add --leave-out 'not here.c'"), "\(refused.errors)")
    #expect(try scratch.snapshot() == before)
    let typo = try await run(
      Project.program, ["backport", "--leave-out", "nothere.c"] + args, in: scratch.path)
    #expect(typo.code == 2 && typo.errors.contains("no patch changes 'nothere.c'"))
    #expect(try scratch.snapshot() == before)
    let taken = try await run(
      Project.program,
      ["backport", "--leave-out", "not here.c", "--output", "out.patch"] + args, in: scratch.path)
    #expect(taken.code == 0, "\(taken.errors)")
    #expect(
      try await git("log", "-1", "--format=%B", in: scratch.file("r")).text
        == "both lamps\n\nThe text.\n\nSigned-off-by: A U Thor <a@example.org>\n"
        + "[ left out not here.c ]\n\n")
    let output = String(decoding: try scratch.read("out.patch"), as: UTF8.self)
    #expect(output.contains("<a@example.org>\n[ left out not here.c ]\n---\n"), "\(output)")
    // A second time it is already applied.
    let again = try await run(
      Project.program, ["backport", "--leave-out", "not here.c"] + args, in: scratch.path)
    #expect(again.code == 1 && again.errors.contains("already-applied"), "\(again.errors)")
  }

  @Test func aLowerLevelTakesTheProposalAndGitTakesItsPatch() async throws {
    let scratch = try lab("conflict")
    let result = try await patchkit(
      "backport", "--quiet", "--accept", "plausible", "--output", "adapted.patch", "--onto", "t",
      Project.seed, in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let made = String(decoding: try scratch.read(file), as: UTF8.self)
    #expect(made.contains("\tret = lab_counted_write(iocb, iov, nr_segs, pos);\n"))
    #expect(made.contains("\t\tmutex_unlock(ext4_aio_mutex(inode));\n"))
    let other = try lab("conflict")
    let git = try await git(
      "apply", "--verbose", "-", in: other.file("t"), input: try scratch.read("adapted.patch"))
    #expect(git.code == 0 && !git.errors.contains("offset"), "\(git.errors)")
    #expect(try other.snapshot("t") == scratch.snapshot("t"))
  }

  @Test(arguments: ["merge", "diff3"])
  func aDecisionIsKeptForTheNextTime(_ style: String) async throws {
    let scratch = try lab("conflict")
    try scratch.copy(Project.lab("conflict"), to: "again")
    let stopped = try await patchkit(
      "backport", "--quiet", "--conflicts", style, "--onto", "t", Project.seed, in: scratch.path)
    #expect(stopped.code == 1)
    #expect(stopped.errors.contains("conflicts are in 1 file of t for you to decide:\n  fs/ext4"))
    var text = String(decoding: try scratch.read(file), as: UTF8.self)
    // The first hunk is in; the second is between markers.
    #expect(text.contains("static int\next4_unaligned_aio("))
    #expect(text.contains("||||||| expected by the patch\n") == (style == "diff3"))
    let open = try await patchkit("resolve", in: scratch.path)
    #expect(open.code == 1 && open.text.contains("1 conflict left to decide"))
    let start = try #require(text.firstRange(of: "<<<<<<< the tree\n"))
    let end = try #require(
      text.firstRange(of: ">>>>>>> ext4: serialize unaligned asynchronous DIO\n"))
    text.replaceSubrange(start.lowerBound..<end.upperBound, with: "\t}\n\treturn decided;\n")
    try scratch.write(file, text)
    let kept = try await patchkit("resolve", in: scratch.path)
    #expect(kept.code == 0 && kept.text.contains("recorded 1 decision"), "\(kept.text)")
    let none = try await patchkit("resolve", in: scratch.path)
    #expect(none.text == "there is no conflict to decide\n")
    let again = try await patchkit(
      "backport", "--onto", "again", Project.seed, in: scratch.path)
    #expect(again.code == 0, "\(again.errors)")
    #expect(again.text.contains("as you decided\n"))
    #expect(try scratch.read("again/fs/ext4/file.c") == Array(text.utf8))
  }

  @Test func rejectsGoIntoAFileBeside() async throws {
    let scratch = try lab("conflict")
    let result = try await patchkit(
      "backport", "--quiet", "--conflicts", "reject", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 1)
    let text = String(decoding: try scratch.read(file), as: UTF8.self)
    #expect(text.contains("static int\next4_unaligned_aio(") && !text.contains("<<<<<<<"))
    let rejected = String(decoding: try scratch.read(file + ".rej"), as: UTF8.self)
    #expect(rejected.contains("@@ -78,9 +114,31 @@") && rejected.contains("+\t\text4_aiodio_wait"))
  }

  @Test func aConflictThatHasNoPlaceWritesNothing() async throws {
    let scratch = try Scratch()
    try scratch.write("t/fs/ext4/file.c", "int nothing_of_the_kind;\n")
    let before = try scratch.snapshot()
    let result = try await patchkit(
      "backport", "--quiet", "--conflicts", "merge", "--onto", "t", Project.seed, in: scratch.path)
    #expect(result.code == 1 && result.errors.contains("nothing was changed in t"))
    #expect(try scratch.snapshot() == before)
  }

  /// Two functions with the same text, and a hunk without its function's name: only the blob that the
  /// `index` line names distinguishes them.
  @Test func thePreImageOfTheIndexLineIsFoundInTheRepository() async throws {
    let scratch = try Scratch()
    func twin(_ number: Int, _ extra: String = "") -> String {
      "static int poke\(number)(struct lamp *lamp)\n{\n\tlamp_prepare(lamp);\n\(extra)"
        + "\tlamp_blink(lamp);\n\treturn 0;\n}\n\n"
    }
    let head = String(repeating: "/* A newer file has a longer head. */\n", count: 30)
    let fixed = twin(0) + twin(1, "\tlamp_check(lamp);\n")
    let t = scratch.file("t")
    try scratch.write("t/lamp.c", twin(0) + twin(1))
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: t)
    }
    try scratch.write("t/lamp.c", fixed)
    let full = try await git("diff", "--full-index", "-U2", in: t).text
    // The function's name after @@ goes.
    let patch = full.split(separator: "\n" as Character, omittingEmptySubsequences: false)
      .map { $0.hasPrefix("@@") ? $0.prefix { $0 != "s" } : $0 }.joined(separator: "\n")
    #expect(patch.contains("@@ \n") && patch.contains("\nindex "))
    try scratch.write("t/lamp.c", head + twin(0) + twin(1))
    _ = try await git("commit", "-q", "-a", "-m", "y", in: t)
    let alone = try await patchkit(
      "backport", "--patch-only", "--onto", "t@main", "--check", "-", in: scratch.path,
      input: Array(patch.utf8))
    #expect(alone.code == 1 && alone.errors.contains("ambiguous"), "\(alone.errors)")
    let result = try await patchkit(
      "backport", "--onto", "t@main", "--branch", "done", "-", in: scratch.path,
      input: Array(patch.utf8))
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text.contains("by a three-way merge"))
    let shown = try await git("show", "done:lamp.c", in: t)
    #expect(shown.text == head + fixed)
  }

  @Test(arguments: [
    ["backport", "--accept", "hopeful", "x"], ["backport", "--conflicts", "maybe", "x"],
    ["backport", "--check", "--conflicts", "merge", "x"],
  ])
  func wrongUseIsSaid(_ arguments: [String]) async throws {
    let scratch = try lab("base")
    let result = try await run(
      Project.program, arguments + ["--onto", "t"], in: scratch.path)
    #expect(result.code == 2)
    #expect(!result.errors.isEmpty)
  }
}

/// `patchkit evaluate` on a small history of our own.
@Suite struct EvaluateCommandTests {
  /// An upstream and a stable branch: one backport that is the same, one with other context, one that
  /// the maintainer adapted.
  private func history() async throws -> Scratch {
    let scratch = try Scratch()
    func commit(_ message: String, _ text: String) async throws -> String {
      try scratch.write("r/lamp.c", text)
      _ = try await git("add", "-A", in: scratch.file("r"))
      _ = try await git("commit", "-q", "-m", message, in: scratch.file("r"))
      return try await git("rev-parse", "HEAD", in: scratch.file("r")).line
    }
    func source(_ head: String, _ one: String, _ two: String, _ three: String) -> String {
      var text = head
      for (number, line) in [one, two, three].enumerated() {
        text += "int step\(number)(struct lamp *lamp)\n{\n\tint ret = prepare\(number)(lamp);\n\n"
        text += "\tif (ret)\n\t\treturn ret;\n\(line)\treturn finish\(number)(lamp);\n}\n\n"
      }
      return text
    }
    try scratch.write("r/README", "x\n")
    _ = try await git("init", "-q", "-b", "upstream", in: scratch.file("r"))
    _ = try await commit("start", source("", "", "", ""))
    let stable = source("/* stable */\n", "", "", "")
      .replacing("prepare1(lamp)", with: "old_prepare1(lamp)")
      .replacing(
        "\tif (ret)\n\t\treturn ret;\n\treturn finish1",
        with: "\tif (ret < 0)\n\t\treturn ret;\n\treturn finish1")
    _ = try await git("branch", "stable", in: scratch.file("r"))
    let one = try await commit("one", source("", "\tcheck(lamp, 1);\n", "", ""))
    let two = try await commit("two", source("", "\tcheck(lamp, 1);\n", "\tcheck(lamp, 2);\n", ""))
    let three = try await commit(
      "three", source("", "\tcheck(lamp, 1);\n", "\tcheck(lamp, 2);\n", "\tcheck(lamp, 3);\n"))
    _ = try await git("checkout", "-q", "stable", in: scratch.file("r"))
    _ = try await commit("stable starts", stable)
    func put(_ text: String, _ number: Int, _ line: String) -> String {
      text.replacing("\treturn finish\(number)", with: "\(line)\treturn finish\(number)")
    }
    let first = put(stable, 0, "\tcheck(lamp, 1);\n")
    let second = put(first, 1, "\tcheck(lamp, 2);\n")
    let third = put(second, 2, "\told_check(lamp);\n")
    _ = try await commit("one\n\ncommit \(one) upstream.", first)
    _ = try await commit("two\n\n[ Upstream commit \(two) ]", second)
    _ = try await commit("three\n\n(backported from commit \(three))", third)
    return scratch
  }

  @Test func itCountsWhatCameOutAsItWasMade() async throws {
    let scratch = try await history()
    let result = try await patchkit(
      "evaluate", "r@upstream..stable", "--peers", "git,three-way", "--json", "--quiet",
      in: scratch.path)
    #expect(result.code == 0, "\(result.errors)")
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output))
    #expect(report.summary.cases == 3)
    let all = try #require(report.summary.groups.first { $0.name == "all" })
    let rows = Dictionary(uniqueKeysWithValues: all.rows.map { ($0.contender, $0.counts) })
    // Two of three as the maintainer made them; the third was adapted to another name.
    #expect(rows["patchkit"] == Report.Counts(exact: 2, differs: 1, fails: 0))
    #expect(rows["patchkit --base"] == Report.Counts(exact: 2, differs: 1, fails: 0))
    #expect(rows["git apply"] == Report.Counts(exact: 1, differs: 1, fails: 1))
    #expect(report.misses.count == 1 && report.misses[0].look.contains("format-patch --stdout -1"))
  }

  private struct Report: Decodable {
    struct Counts: Decodable, Equatable {
      var exact: Int
      var differs: Int
      var fails: Int
    }
    struct Row: Decodable {
      var contender: String
      var counts: Counts
    }
    struct Group: Decodable {
      var name: String
      var rows: [Row]
    }
    struct Summary: Decodable {
      var cases: Int
      var groups: [Group]
    }
    struct Miss: Decodable { var look: String }
    var summary: Summary
    var misses: [Miss]
  }

  /// Times differ between runs, so the shards continue from the results of the whole run.
  @Test(arguments: [2, 3, 7]) func shardsGiveTheWholeReport(_ count: Int) async throws {
    let scratch = try await history()
    let options = ["evaluate", "r@upstream..stable", "--peers", "git", "--quiet"]
    let whole = try await run(
      Project.program, options + ["--state", "state", "--json"], in: scratch.path)
    let text = try await run(
      Project.program, options + ["--state", "state"], in: scratch.path)
    #expect(whole.code == 0 && text.code == 0, "\(whole.errors)")
    var names: [String] = []
    var cases = 0
    for index in 1...count {
      try scratch.write("state-\(index)", try scratch.read("state"))
      let part = try await run(
        Project.program,
        options + ["--state", "state-\(index)", "--shard", "\(index)/\(count)", "--json"],
        in: scratch.path)
      #expect(part.code == 0, "\(part.errors)")
      try scratch.write("part-\(index).json", part.output)
      names.append("part-\(index).json")
      cases += try JSONDecoder().decode(Report.self, from: Data(part.output)).summary.cases
    }
    #expect(cases == 3)
    let merged = try await run(
      Project.program, ["report", "merge", "--json"] + names.reversed(), in: scratch.path)
    #expect(merged.code == 0 && merged.output == whole.output, "\(merged.errors)")
    let shown = try await run(Project.program, ["report", "merge"] + names, in: scratch.path)
    #expect(shown.text == text.text)
    let lacking = try await run(
      Project.program, ["report", "merge"] + names.dropLast(), in: scratch.path)
    #expect(lacking.code == 2 && lacking.errors.contains("shard \(count) of \(count) is missing"))
    let odd = try await run(
      Project.program, ["report", "merge", "--report", "junit"] + names, in: scratch.path)
    #expect(odd.code == 2 && odd.errors.contains("use text or json"))
  }

  /// Without kept results, each case is tried in one shard alone, and nothing but the times differs.
  @Test func shardsTryEachCaseOnce() async throws {
    let scratch = try await history()
    var names: [String] = []
    for index in 1...2 {
      let part = try await patchkit(
        "evaluate", "r@upstream..stable", "--peers", "none", "--quiet", "--shard", "\(index)/2",
        "--json", in: scratch.path)
      try scratch.write("\(index).json", part.output)
      names.append("\(index).json")
    }
    let merged = try await run(
      Project.program, ["report", "merge", "--json"] + names, in: scratch.path)
    let report = try JSONDecoder().decode(Report.self, from: Data(merged.output))
    #expect(report.summary.cases == 3 && report.misses.count == 1)
    let rows = try #require(report.summary.groups.first { $0.name == "all" }).rows
    #expect(rows.first?.counts == Report.Counts(exact: 2, differs: 1, fails: 0))
    // Parts of another run are not joined.
    let other = try await patchkit(
      "evaluate", "r@upstream..stable", "--peers", "git", "--quiet", "--shard", "2/2", "--json",
      in: scratch.path)
    try scratch.write("2.json", other.output)
    let mixed = try await run(Project.program, ["report", "merge"] + names, in: scratch.path)
    #expect(mixed.code == 2 && mixed.errors.contains("different runs"))
  }

  @Test func aStoppedRunGoesOn() async throws {
    let scratch = try await history()
    func evaluate() async throws -> ProcessResult {
      try await patchkit(
        "evaluate", "r@upstream..stable", "--peers", "none", "--state", "state", in: scratch.path)
    }
    let whole = try await evaluate()
    #expect(whole.code == 0 && whole.errors.contains("3 of 3"), "\(whole.errors)")
    let lines = String(decoding: try scratch.read("state"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 4)
    // As a kill leaves it: one case done, the next cut off.
    try scratch.write("state", "\(lines[0])\n\(lines[1])\n\(lines[2].dropLast(20))")
    let rest = try await evaluate()
    #expect(rest.errors.contains("2 of 2"))
    let head = { (text: String) in text.split(separator: "\n").first { $0.contains("patchkit") } }
    #expect(head(rest.text)?.prefix(45) == head(whole.text)?.prefix(45))
    let other = try await patchkit(
      "evaluate", "r@stable", "--peers", "none", "--state", "state", in: scratch.path)
    #expect(other.code == 2 && other.errors.contains("records another evaluation"))
  }

  @Test func halvesAreTheWhole() async throws {
    let scratch = try await history()
    var found = 0
    for half in ["even", "odd"] {
      let result = try await patchkit(
        "evaluate", "r@upstream..stable", "--peers", "none", "--half", half, "--quiet",
        in: scratch.path)
      // A half may hold none, which is said.
      if result.code == 0 { found += Int(result.text.prefix { $0.isNumber }) ?? 0 }
    }
    #expect(found == 3)
    let none = try await patchkit("evaluate", "r@upstream", "--peers", "none", in: scratch.path)
    #expect(none.code == 2 && none.errors.contains("found no backport"))
  }
}
