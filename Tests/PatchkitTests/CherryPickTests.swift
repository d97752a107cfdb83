// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// `patchkit cherry-pick` on a branch, with the stops that `git cherry-pick` knows.
@Suite struct CherryPickTests {
  private static func file(_ changed: [Int: String]) -> String {
    (1...60).map { changed[$0] ?? "int line_number_\($0)(void);\n" }.joined()
  }

  /// A work tree whose branch `own` changed line 20, and whose `main` changed lines 10, 20, 40 and 50 in a
  /// commit each.
  private func repository() async throws -> Scratch {
    let scratch = try Scratch()
    func commit(_ words: String...) async throws {
      let made = try await run("git", ["commit", "-qa"] + words, in: scratch.path)
      #expect(made.code == 0, "\(made.errors)")
    }
    _ = try await git("init", "-q", "-b", "main", in: scratch.path)
    try scratch.write("f.c", Self.file([:]))
    try scratch.write("sub/g", "x\n")
    _ = try await git("add", "-A", in: scratch.path)
    try await commit("-m", "base")
    _ = try await git("tag", "base", in: scratch.path)
    var changed: [Int: String] = [:]
    for (line, name) in [(10, "ten"), (20, "twenty"), (40, "forty"), (50, "fifty")] {
      changed[line] = "int \(name)(void);\n"
      try scratch.write("f.c", Self.file(changed))
      try await commit("-m", "[X] \(name)", "--author", "Some One <one@example.org>")
    }
    _ = try await git("checkout", "-q", "-b", "own", "base", in: scratch.path)
    try scratch.write("f.c", Self.file([20: "long my_own_twenty(int a);\n"]))
    try await commit("-m", "own")
    return scratch
  }

  private func subjects(_ scratch: Scratch) async throws -> [String] {
    try await git("log", "--format=%s", "base..HEAD", in: scratch.path).text
      .split(separator: "\n").map(String.init)
  }

  private func isClean(_ scratch: Scratch) async throws -> Bool {
    try await git("status", "--porcelain", in: scratch.path).text.isEmpty
  }

  @Test func whatAppliesIsCommittedUpToTheConflict() async throws {
    let scratch = try await repository()
    let start = try await git("rev-parse", "HEAD", in: scratch.path).line
    let stopped = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    #expect(stopped.code == 1)
    #expect(stopped.errors.contains("conflict in f.c"))
    #expect(try await subjects(scratch) == ["[X] ten", "own"])
    let author = try await git("log", "-1", "--format=%an <%ae>", in: scratch.path).line
    #expect(author == "Some One <one@example.org>")
    let again = try await patchkit("cherry-pick", "main", in: scratch.path)
    #expect(again.code == 1 && again.errors.contains("a cherry-pick has stopped"))
    // Markers are not committed.
    let early = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(early.code == 1 && early.errors.contains("still has conflict markers"))
    try scratch.write("f.c", Self.file([10: "int ten(void);\n", 20: "long twenty(int a);\n"]))
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    #expect(
      try await subjects(scratch) == ["[X] fifty", "[X] forty", "[X] twenty", "[X] ten", "own"])
    #expect(try await isClean(scratch))
    let none = try await patchkit("cherry-pick", "--abort", in: scratch.path)
    #expect(none.code == 1 && none.errors.contains("no cherry-pick has stopped here"))
    #expect(try await git("merge-base", "--is-ancestor", start, "HEAD", in: scratch.path).code == 0)
  }

  /// A commit that removes the folder that the command was started in does not end in an error.
  @Test func theCurrentFolderMayGoAway() async throws {
    let scratch = try await repository()
    _ = try await git("checkout", "-q", "main", in: scratch.path)
    _ = try await git("rm", "-q", "sub/g", in: scratch.path)
    _ = try await git("commit", "-qm", "[X] gone", in: scratch.path)
    try scratch.write("f.c", Self.file([1: "int one(void);\n"]))
    _ = try await git("commit", "-qam", "[X] one", in: scratch.path)
    _ = try await git("checkout", "-q", "own", in: scratch.path)
    let result = try await run(
      Project.program, ["cherry-pick", "main~1", "main~5"], in: scratch.file("sub"))
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text.contains("onto own"))
    #expect(try await subjects(scratch) == ["[X] ten", "[X] gone", "own"])
    // A stop after that leaves what --continue needs.
    _ = try await git("reset", "-q", "--hard", "HEAD~2", in: scratch.path)
    let stopped = try await run(
      Project.program, ["cherry-pick", "main~1", "main~5", "main~4"], in: scratch.file("sub"))
    #expect(stopped.code == 1 && stopped.errors.contains("conflict in f.c"), "\(stopped.errors)")
    let aborted = try await patchkit("cherry-pick", "--abort", in: scratch.path)
    #expect(aborted.code == 0, "\(aborted.errors)")
    #expect(try await subjects(scratch) == ["own"])
    #expect(try await isClean(scratch))
  }

  @Test func notesSayWhereEachCommitComesFrom() async throws {
    let scratch = try await repository()
    let stopped = try await patchkit("cherry-pick", "--provenance", "base..main", in: scratch.path)
    #expect(stopped.code == 1)
    try scratch.write("f.c", Self.file([10: "int ten(void);\n", 20: "long twenty(int a);\n"]))
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    for (own, origin) in [("HEAD", "main"), ("HEAD~2", "main~2"), ("HEAD~3", "main~3")] {
      let note = try await git("notes", "--ref=patchkit", "show", own, in: scratch.path).text
      let id = try await git("rev-parse", origin, in: scratch.path).line
      #expect(note.contains("\nupstream: \(id)\nverdict: "), "\(note)")
      #expect(note.contains("file: f.c: edited by the user\n") == (own == "HEAD~2"), "\(note)")
    }
  }

  /// As in git, a resolution may be in other files than those of the commit, if they are staged.
  @Test func whatIsStagedWithTheResolutionIsCommitted() async throws {
    let scratch = try await repository()
    try scratch.write("mine", "mine\n")
    _ = try await git("add", "mine", in: scratch.path)
    let stopped = try await patchkit("cherry-pick", "base..main~2", in: scratch.path)
    #expect(stopped.code == 1)
    try scratch.write("f.c", Self.file([10: "int ten(void);\n", 20: "long twenty(int a);\n"]))
    try scratch.write("sub/new.h", "int a;\n")
    _ = try await git("mv", "f.c", "g.c", in: scratch.path)
    _ = try await git("add", "g.c", "sub/new.h", in: scratch.path)
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    let names = try await git("show", "--format=", "--name-status", "-M10%", in: scratch.path).text
    #expect(names.contains("\tf.c\tg.c\n") && names.contains("A\tsub/new.h\n"), "\(names)")
    // What was staged before stays so.
    #expect(try await git("status", "--porcelain", in: scratch.path).text == "A  mine\n")
  }

  /// What the user edits elsewhere, such as a caller, is neither left out silently nor committed unasked.
  @Test func whatIsEditedElsewhereIsNamed() async throws {
    let scratch = try await repository()
    try scratch.write("sub/h", "x\n")
    _ = try await git("add", "sub/h", in: scratch.path)
    _ = try await git("commit", "-qm", "h", in: scratch.path)
    try scratch.write("sub/h", "mine before the stop\n")
    _ = try await patchkit("cherry-pick", "base..main~2", in: scratch.path)
    try scratch.write("f.c", Self.file([10: "int ten(void);\n", 20: "long twenty(int a);\n"]))
    try scratch.write("sub/g", "a caller\n")
    let head = try await git("rev-parse", "HEAD", in: scratch.path).line
    let refused = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("sub/g: was edited since the stop"))
    #expect(refused.errors.contains("'git add sub/g'") && !refused.errors.contains("sub/h"))
    #expect(try await git("rev-parse", "HEAD", in: scratch.path).line == head)
    _ = try await git("add", "sub/g", in: scratch.path)
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    let names = try await git("show", "--format=", "--name-only", in: scratch.path).text
    #expect(names == "f.c\nsub/g\n")
    #expect(try await git("status", "--porcelain", in: scratch.path).text == " M sub/h\n")
  }

  private static let resolution = file([10: "int ten(void);\n", 20: "long twenty(int a);\n"])

  /// What git keeps of a file is committed, not the line ends that it has on disk; and what is left out or given
  /// up is on disk as git writes it.
  @Test(arguments: ["--continue", "--skip", "--abort", "own"])
  func lineEndsAreThoseThatGitKeeps(_ action: String) async throws {
    let scratch = try await repository()
    _ = try await git("config", "core.autocrlf", "true", in: scratch.path)
    for path in ["f.c", "sub/g"] { try removeFile(scratch.file(path)) }
    _ = try await git("reset", "-q", "--hard", in: scratch.path)
    #expect(try scratch.read("f.c").contains(0x0D))
    _ = try await patchkit("cherry-pick", "base..main~2", in: scratch.path)
    try scratch.write("f.c", Self.resolution.replacing("\n", with: "\r\n"))
    if action == "own" { _ = try await git("commit", "-qam", "mine", in: scratch.path) }
    let ended = try await patchkit(
      "cherry-pick", action == "own" ? "--continue" : action, in: scratch.path)
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(try await isClean(scratch))
    let kept = try await git("show", "HEAD:f.c", in: scratch.path).output
    #expect(!kept.contains(0x0D))
    let expected = [
      "--continue": ["[X] twenty", "[X] ten", "own"], "--skip": ["[X] ten", "own"],
      "--abort": ["own"], "own": ["mine", "[X] ten", "own"],
    ]
    #expect(try await subjects(scratch) == expected[action])
  }

  /// What is staged is what the user decided: an edit after it is neither taken nor dropped silently.
  @Test(arguments: ["f.c", "sub/g", "new"])
  func whatWasEditedAfterItWasStagedIsNamed(_ path: String) async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "base..main~2", in: scratch.path)
    try scratch.write("f.c", Self.resolution)
    if path != "f.c" { try scratch.write(path, "one\n") }
    _ = try await git("add", path, in: scratch.path)
    try scratch.write(path, Array(try scratch.read(path)) + Array("more\n".utf8))
    let refused = try await run(
      Project.program, ["cherry-pick", "--continue"], in: scratch.file("sub"))
    #expect(refused.code == 1 && refused.errors.contains("\(path): was edited after it was staged"))
    // The hint works in this folder.
    let hint = "git checkout -- ':(top,literal)\(path)'"
    #expect(refused.errors.contains(hint), "\(refused.errors)")
    let dropped = try await run("sh", ["-c", hint], in: scratch.file("sub"))
    #expect(dropped.code == 0, "\(dropped.errors)")
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    let text = try await git("show", "HEAD:\(path)", in: scratch.path).text
    #expect(!text.contains("more"))
    #expect(try await isClean(scratch))
  }

  /// A file with conflicts that is gone is not taken for removed.
  @Test func aFileThatIsGoneIsNotRemoved() async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "base..main~2", in: scratch.path)
    try removeFile(scratch.file("f.c"))
    let refused = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("f.c: had conflicts and is gone"))
    _ = try await git("rm", "-q", "--cached", "f.c", in: scratch.path)
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    #expect(
      try await git("show", "--format=", "--name-status", in: scratch.path).text == "D\tf.c\n")
  }

  /// What fits is written at a stop, and what is not is named.
  @Test func whatFitsIsWrittenAtAStop() async throws {
    let scratch = try await repository()
    _ = try await git("checkout", "-q", "-b", "both", "base", in: scratch.path)
    try scratch.write("f.c", Self.file([1: "int one(void);\n"]))
    try scratch.write("sub/g", "theirs\n")
    _ = try await git("commit", "-qam", "both", in: scratch.path)
    _ = try await git("checkout", "-q", "-b", "less", "base", in: scratch.path)
    _ = try await git("rm", "-q", "sub/g", in: scratch.path)
    _ = try await git("commit", "-qm", "gone", in: scratch.path)
    let stopped = try await patchkit("cherry-pick", "both", in: scratch.path)
    #expect(stopped.code == 1 && stopped.errors.contains("nothing was written for sub/g"))
    #expect(try scratch.read("f.c") == Array(Self.file([1: "int one(void);\n"]).utf8))
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0 && done.text.contains("without a change to sub/g"), "\(done.text)")
  }

  /// A commit that ended in an error can be left out, and the commits before it are not denied.
  @Test func aCommitThatEndsInAnErrorIsLeftOut() async throws {
    let scratch = try await repository()
    _ = try await git("checkout", "-q", "main", in: scratch.path)
    try scratch.write("sub/g", "theirs\n")
    _ = try await git("commit", "-qam", "g", in: scratch.path)
    _ = try await git("checkout", "-q", "own", in: scratch.path)
    _ = try await git("config", "core.sparseCheckout", "true", in: scratch.path)
    try scratch.write(".git/info/sparse-checkout", "/*\n!/sub/\n")
    _ = try await git("read-tree", "-m", "-u", "HEAD", in: scratch.path)
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    try scratch.write("f.c", Self.resolution)
    let failed = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(failed.code != 0 && failed.errors.contains("sub/g"), "\(failed.errors)")
    #expect(!failed.errors.contains("nothing was changed"), "\(failed.errors)")
    #expect(try await subjects(scratch).first == "[X] fifty")
    let skipped = try await patchkit("cherry-pick", "--skip", in: scratch.path)
    #expect(skipped.code == 0, "\(skipped.errors)")
  }

  /// As in git, the user may commit the resolution, and the rest is picked.
  @Test(arguments: [false, true])
  func theUserMayCommitTheResolution(_ isPartly: Bool) async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    if isPartly {
      try scratch.write("sub/g", "first\n")
      _ = try await git("commit", "-qm", "mine", "sub/g", in: scratch.path)
    }
    try scratch.write("f.c", Self.file([10: "int ten(void);\n", 20: "long twenty(int a);\n"]))
    if !isPartly { _ = try await git("commit", "-qam", "mine", in: scratch.path) }
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    #expect(done.text.contains("are committed already") == !isPartly)
    let second = isPartly ? ["[X] twenty"] : []
    #expect(
      try await subjects(scratch)
        == ["[X] fifty", "[X] forty"] + second + ["mine", "[X] ten", "own"])
    #expect(try await isClean(scratch))
  }

  /// A commit whose files the user put back is not taken for committed; it can be left out.
  @Test func whatTheUserPutBackIsNotCommitted() async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    _ = try await git("checkout", "-q", "HEAD", "--", "f.c", in: scratch.path)
    try scratch.write("sub/g", "mine\n")
    _ = try await git("commit", "-qam", "mine", in: scratch.path)
    let refused = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("'--skip' leaves the commit out"))
    let skipped = try await patchkit("cherry-pick", "--skip", in: scratch.path)
    #expect(skipped.code == 0, "\(skipped.errors)")
    #expect(
      try await subjects(scratch) == ["[X] fifty", "[X] forty", "mine", "[X] ten", "own"])
  }

  /// A commit that changes a file whose name is not UTF-8 is refused before anything is written.
  @Test func aNameThatIsNotUTF8IsRefused() async throws {
    let scratch = try await repository()
    let made = try await run(
      "sh",
      [
        "-c",
        "git checkout -q main && printf x > \"$(printf 'a\\377b')\" && git add -A && git commit -qm odd "
          + "&& git checkout -q own",
      ], in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    let refused = try await patchkit("cherry-pick", "main", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("not UTF-8"), "\(refused.errors)")
    #expect(try await isClean(scratch))
  }

  @Test func quitLeavesEverythingAsItIs() async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    let before = try scratch.snapshot()
    let quit = try await patchkit("cherry-pick", "--quit", in: scratch.path)
    #expect(quit.code == 0, "\(quit.errors)")
    #expect(try scratch.snapshot() == before)
    let none = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(none.code == 1 && none.errors.contains("no cherry-pick has stopped here"))
  }

  /// The repository that was named stays the same one in another folder.
  @Test func theRepositoryMayBeNamedFromHere() async throws {
    let scratch = try await repository()
    let other = try Scratch()
    _ = try await git("clone", "-q", "-b", "main", scratch.path, other.file("up"), in: other.path)
    _ = try await git("clone", "-q", "-b", "own", scratch.path, other.file("tree"), in: other.path)
    let stopped = try await run(
      Project.program, ["cherry-pick", "--upstream", "../up", "base..main"],
      in: other.file("tree"))
    #expect(stopped.code == 1, "\(stopped.errors)")
    let skipped = try await run(
      Project.program, ["cherry-pick", "--skip"], in: other.file("tree/sub"))
    #expect(skipped.code == 0, "\(skipped.errors)")
  }

  @Test func skipLeavesTheCommitOut() async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    let skipped = try await patchkit("cherry-pick", "--skip", in: scratch.path)
    #expect(skipped.code == 0, "\(skipped.errors)")
    #expect(try await subjects(scratch) == ["[X] fifty", "[X] forty", "[X] ten", "own"])
    #expect(try await isClean(scratch))
  }

  @Test(arguments: [false, true])
  func abortReturnsToTheStart(_ isDetached: Bool) async throws {
    let scratch = try await repository()
    if isDetached { _ = try await git("checkout", "-q", "--detach", in: scratch.path) }
    let head = try await git("rev-parse", "HEAD", in: scratch.path).line
    let before = try scratch.snapshot()
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    #expect(try await git("rev-parse", "HEAD", in: scratch.path).line != head)
    let aborted = try await run(
      Project.program, ["cherry-pick", "--abort"], in: scratch.file("sub"))
    #expect(aborted.code == 0, "\(aborted.errors)")
    #expect(try await git("rev-parse", "HEAD", in: scratch.path).line == head)
    #expect(try scratch.snapshot() == before)
    #expect(try await isClean(scratch))
    let branch = try await git("symbolic-ref", "-q", "HEAD", in: scratch.path)
    #expect((branch.code == 0) == !isDetached)
  }

  @Test func aHeadThatMovedIsNotMovedBack() async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    _ = try await git("commit", "-qam", "mine", in: scratch.path)
    for action in ["--skip", "--abort"] {
      let result = try await patchkit("cherry-pick", action, in: scratch.path)
      #expect(result.code == 1 && result.errors.contains("HEAD moved"), "\(result.errors)")
    }
    #expect(try await subjects(scratch).first == "mine")
    _ = try await git("reset", "-q", "--hard", "HEAD~2", in: scratch.path)
    let result = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(result.code == 1 && result.errors.contains("HEAD moved"), "\(result.errors)")
    #expect(try await subjects(scratch) == ["own"])
  }

  @Test func theUsersOwnChangesStay() async throws {
    let scratch = try await repository()
    let mine = Self.file([20: "long my_own_twenty(int a);\n", 60: "int mine(void);\n"])
    try scratch.write("f.c", mine)
    let refused = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("has uncommitted changes"))
    #expect(try scratch.read("f.c") == Array(mine.utf8))
    #expect(try await subjects(scratch) == ["own"])
    // Another file's changes are not in the way.
    _ = try await git("checkout", "-q", "f.c", in: scratch.path)
    try scratch.write("sub/g", "mine\n")
    let picked = try await patchkit("cherry-pick", "main~3", in: scratch.path)
    #expect(picked.code == 0, "\(picked.errors)")
    #expect(try scratch.read("sub/g") == Array("mine\n".utf8))
  }

  /// What the user has in the way of a commit is never written over, restored or deleted: neither at the stop
  /// nor by what ends it.
  @Test(arguments: ["untracked", "ignored", "edited", "staged"])
  func whatIsInTheWayIsRefusedBeforeTheFirstCommit(_ kind: String) async throws {
    let scratch = try await repository()
    _ = try await git("checkout", "-q", "main", in: scratch.path)
    try scratch.write("added", "theirs\n")
    _ = try await git("rm", "-q", "sub/g", in: scratch.path)
    _ = try await git("add", "-A", in: scratch.path)
    _ = try await git("commit", "-qm", "add and remove", in: scratch.path)
    _ = try await git("checkout", "-q", "own", in: scratch.path)
    let isNew = kind == "untracked" || kind == "ignored"
    let path = isNew ? "added" : "sub/g"
    if kind == "ignored" { try scratch.write(".git/info/exclude", "added\n") }
    try scratch.write(path, "mine\n")
    if kind == "staged" { _ = try await git("add", path, in: scratch.path) }
    let result = try await patchkit("cherry-pick", "main", in: scratch.path)
    #expect(
      result.code == 1
        && result.errors.contains(isNew ? "is in the way" : "has uncommitted changes"),
      "\(result.errors)")
    for action in ["--abort", "--skip"] {
      _ = try await patchkit("cherry-pick", action, in: scratch.path)
      #expect(try scratch.read(path) == Array("mine\n".utf8))
    }
    #expect(try await subjects(scratch) == ["own"])
  }

  @Test func theIndexAndTheBranchAreRemembered() async throws {
    let scratch = try await repository()
    _ = try await patchkit("cherry-pick", "main~2", in: scratch.path)
    // Staged markers go, too.
    _ = try await git("add", "f.c", in: scratch.path)
    _ = try await git("branch", "other", "base", in: scratch.path)
    _ = try await git("symbolic-ref", "HEAD", "refs/heads/other", in: scratch.path)
    let elsewhere = try await patchkit("cherry-pick", "--abort", in: scratch.path)
    #expect(elsewhere.code == 1 && elsewhere.errors.contains("git switch own"))
    _ = try await git("symbolic-ref", "HEAD", "refs/heads/own", in: scratch.path)
    let aborted = try await patchkit("cherry-pick", "--abort", in: scratch.path)
    #expect(aborted.code == 0, "\(aborted.errors)")
    #expect(try await isClean(scratch))
  }

  /// The rest of a range is not forgotten where the next commit cannot be tried.
  @Test func theRestOfARangeIsKept() async throws {
    let scratch = try await repository()
    _ = try await git("checkout", "-q", "main", in: scratch.path)
    try scratch.write("sub/g", "theirs\n")
    _ = try await git("commit", "-qam", "g", in: scratch.path)
    _ = try await git("checkout", "-q", "own", in: scratch.path)
    _ = try await patchkit("cherry-pick", "base..main", in: scratch.path)
    try scratch.write("sub/g", "mine\n")
    let refused = try await patchkit("cherry-pick", "--skip", in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("sub/g"))
    _ = try await git("checkout", "-q", "sub/g", in: scratch.path)
    let done = try await patchkit("cherry-pick", "--continue", in: scratch.path)
    #expect(done.code == 0, "\(done.errors)")
    #expect(try await subjects(scratch) == ["g", "[X] fifty", "[X] forty", "[X] ten", "own"])
  }

  @Test func trailersAndOriginsAreAdded() async throws {
    let scratch = try await repository()
    let id = try await git("rev-parse", "main", in: scratch.path).line
    let picked = try await patchkit(
      "cherry-pick", "-x", "-s", "[X] fifty", "--upstream", ".@main", in: scratch.path)
    #expect(picked.code == 0, "\(picked.errors)")
    let message = try await git("log", "-1", "--format=%B", in: scratch.path).text
    #expect(
      message.hasPrefix(
        "[X] fifty\n\n(cherry picked from commit \(id))\nSigned-off-by: C O Mitter <committer@example.org>\n"
      ),
      "\(message)")
    // What the branch has is left out.
    let again = try await patchkit("cherry-pick", "main", in: scratch.path)
    #expect(again.code == 0 && again.text.contains("already-applied [X] fifty"), "\(again.text)")
    #expect(try await subjects(scratch) == ["[X] fifty", "own"])
  }

  @Test func outsideOfAWorkTreeItSaysSo() async throws {
    let scratch = try Scratch()
    let result = try await patchkit("cherry-pick", "main", in: scratch.path)
    #expect(result.code == 2 && result.errors.contains("not in a git work tree"))
    let both = try await patchkit("cherry-pick", "--skip", "--abort", in: scratch.path)
    #expect(both.code == 2)
  }
}
