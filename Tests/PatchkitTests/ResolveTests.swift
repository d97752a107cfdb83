// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// `patchkit resolve` with patches: questions, answers, and what is kept of them.
@Suite struct ResolveTests {
  private func lab(_ name: String) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.copy(Project.lab(name), to: "t")
    return scratch
  }

  private let file = "t/fs/ext4/file.c"

  private func resolve(
    _ scratch: Scratch, _ answers: String, _ arguments: [String] = [],
    environment: [String: String] = [:]
  ) async throws -> ProcessResult {
    try await run(
      Project.program, ["resolve", "--onto", "t", Project.seed] + arguments, in: scratch.path,
      input: Array(answers.utf8), environment: environment)
  }

  private func decisions(_ scratch: Scratch) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: scratch.file(".patchkit/decisions")))
      ?? []
  }

  /// An editor that is a script of one line.
  private func editor(_ scratch: Scratch, _ line: String) throws -> [String: String] {
    try scratch.write("editor", "#!/bin/sh\n\(line)\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: scratch.file("editor"))
    return ["GIT_EDITOR": scratch.file("editor")]
  }

  @Test func aPlaceIsChosenAndThePatchLands() async throws {
    let scratch = try lab("twice")
    let result = try await resolve(scratch, "2\n")
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text.contains("1: line 58, in ext4_release_file()"))
    #expect(result.text.contains("| 2: line 109, in ext4_release_file()"))
    #expect(result.text.contains("[1-2,0,n,w,q,?] 2\n"))
    #expect(
      result.text.contains("hunk 1 applies at line 109 (offset 54), as you decided"))
    let text = String(decoding: try scratch.read(file), as: UTF8.self)
    let copies = text.ranges(of: "ext4_file_write(struct kiocb")
    let added = try #require(text.firstRange(of: "int unaligned_aio = 0;"))
    #expect(copies.count == 2 && added.lowerBound > copies[1].lowerBound)
    // The next tree of the same kind needs no question.
    try scratch.copy(Project.lab("twice"), to: "again")
    let again = try await patchkit(
      "backport", "--quiet", "--onto", "again", Project.seed, in: scratch.path)
    #expect(again.code == 0, "\(again.errors)")
    #expect(try scratch.read("again/fs/ext4/file.c") == scratch.read(file))
    // But for --again.
    try FileManager.default.removeItem(atPath: scratch.file("t"))
    try scratch.copy(Project.lab("twice"), to: "t")
    let asked = try await resolve(scratch, "1\n", ["--again", "--check"])
    #expect(asked.code == 0 && asked.text.contains("hunk 1 applies at line 58"))
    #expect(try scratch.read(file) == Files.read(Project.lab("twice") + "/fs/ext4/file.c"))
  }

  @Test func whoLeavesGoesOnLater() async throws {
    let scratch = try lab("twice")
    let before = try scratch.snapshot("t")
    let left = try await resolve(scratch, "what\n?\nw\n0\nq\n")
    #expect(left.code == 1)
    #expect(left.text.contains("'what' is not an answer here\n  1-2   use this one\n"))
    #expect(left.text.contains("the tree, where it would be"))
    #expect(left.errors.contains("1 decision recorded; run the command again to continue"))
    #expect(try scratch.snapshot("t") == before)
    #expect(decisions(scratch).count == 1)
    // It continues with the question after it; undone, the first is there again.
    let next = try await resolve(scratch, "q\n")
    #expect(next.code == 1 && next.text.contains("the tree, where it would be"))
    let undone = try await resolve(scratch, "0\nu\n2\n", ["--again"])
    #expect(undone.code == 0, "\(undone.errors)")
    #expect(decisions(scratch).count == 1)
    // End of input is as good as 'q'.
    let other = try lab("twice")
    #expect(try await resolve(other, "").code == 1)
  }

  @Test func theLinesOfAConflictAreEdited() async throws {
    let scratch = try lab("conflict")
    let keeps = try editor(
      scratch,
      "sed -i -e '/^<<<<<<< /,/^=======$/d' -e '/^>>>>>>> /d' -e 's/generic_file_aio_write/lab_counted_write/' \"$1\"; basename \"$1\" >name"
    )
    let result = try await resolve(scratch, "e\n", environment: keeps)
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    #expect(try scratch.read("name") == Array("file.c\n".utf8))
    let text = String(decoding: try scratch.read(file), as: UTF8.self)
    #expect(text.contains("\tret = lab_counted_write(iocb, iov, nr_segs, pos);\n"))
    #expect(!text.contains("<<<<<<<"))
  }

  @Test func anEditThatSaysNothingIsAskedAgain() async throws {
    for (script, words) in [
      ("true", "the markers are still there, so nothing was recorded"),
      (
        "sed -i -e '/^<<<<<<< /,/^>>>>>>> /d' -e '1d' \"$1\"",
        "lines outside the markers were changed too"
      ), ("false", "ended with 1"), ("kill -9 $$", "ended with 1"),
    ] {
      let scratch = try lab("conflict")
      let before = try scratch.snapshot("t")
      let result = try await resolve(
        scratch, "e\nq\n", environment: try editor(scratch, script))
      #expect(result.code == 1 && (result.text + result.errors).contains(words), "\(result)")
      #expect(try scratch.snapshot("t") == before && decisions(scratch).isEmpty)
    }
  }

  @Test func aProposalIsTakenOrLeftOutAndTheCommitSaysSo() async throws {
    let scratch = try lab("conflict")
    for command in [["init", "-q"], ["add", "-A"], ["commit", "-qm", "lab"]] {
      #expect(try await run("git", command, in: scratch.file("t")).code == 0)
    }
    let result = try await resolve(scratch, "n\n", ["--commit", "--style", "ubuntu"])
    #expect(result.code == 0, "\(result.errors)")
    let log = try await git("log", "-1", "--format=%B", in: scratch.file("t")).text
    #expect(log.contains("[committer: left out hunk 2 of fs/ext4/file.c]"), "\(log)")
    let other = try lab("conflict")
    let json = try await resolve(other, "y\n", ["--quiet", "--output", "out.patch"])
    #expect(json.code == 0, "\(json.errors)")
    let out = String(decoding: try other.read("out.patch"), as: UTF8.self)
    #expect(out.contains("+\tret = lab_counted_write(iocb, iov, nr_segs, pos);"))
  }

  /// A hunk may state any line, also of a file that is empty or ends long before it.
  @Test(arguments: ["", "a\n", "int f(void)\n{\n\treturn 1;\n}\n"], [1, 5, 400, 1_000_000])
  func aHunkThatIsNowhereIsShownAtAnyLine(_ content: String, _ line: Int) async throws {
    let scratch = try Scratch()
    try scratch.write("t/f.c", content)
    try scratch.write(
      "p.patch",
      "--- a/f.c\n+++ b/f.c\n@@ -\(line),3 +\(line),4 @@ int g(void)\n one_thing_here();\n another_thing_there();\n+added();\n and_a_third_one();\n"
    )
    let result = try await run(
      Project.program, ["resolve", "--onto", "t", "p.patch"], in: scratch.path,
      input: Array("w\nq\n".utf8))
    #expect(result.code == 1, "\(result.code) \(result.errors)")
    #expect(result.text.ranges(of: "the tree, where it would be").count == 2, "\(result.text)")
  }

  @Test func whatCannotBeAskedIsSaid() async throws {
    let scratch = try lab("base")
    for (arguments, words) in [
      (["--accept", "certain", "x"], "uses no decisions"),
      (["--list", "x"], "cannot be used with patches"),
      (["-"], "'-' cannot be a patch"), ([], "name patches, or run"),
    ] {
      let result = try await run(Project.program, ["resolve"] + arguments, in: scratch.path)
      #expect(result.code == 2 && result.errors.contains(words), "\(result.errors)")
    }
    #expect(try scratch.snapshot("").keys.allSatisfy { !$0.contains(".patchkit") })
    // What applies is applied, and nothing is asked.
    let result = try await resolve(scratch, "")
    #expect(result.code == 0 && !result.text.contains("["), "\(result.text)")
    let again = try await resolve(scratch, "")
    #expect(again.code == 1 && again.errors.contains("already-applied"))
  }

  @Test func refusalsSayWhoAsks() async throws {
    let scratch = try lab("conflict")
    let apply = try await patchkit(
      "apply", "--quiet", "--onto", "t", Project.seed, in: scratch.path)
    #expect(
      apply.errors.hasSuffix(
        "hint: 'patchkit backport --onto t \(Project.seed)' adapts what 'apply' refuses\n"))
    let backport = try await patchkit(
      "backport", "--quiet", "--onto", "t", Project.seed, in: scratch.path)
    #expect(
      backport.errors.contains(
        "hint: 'patchkit resolve --onto t \(Project.seed)' asks you about each"))
    for machine in ["--json", "--porcelain"] {
      let result = try await patchkit(
        "backport", machine, "--quiet", "--onto", "t", Project.seed, in: scratch.path)
      #expect(result.code == 1 && result.errors.isEmpty, "\(result.errors)")
    }
  }

  /// In a real terminal, with colours, a screen of its width and an editor that takes it over.
  @Test(.enabled(if: Project.hasProgram("tmux"), "tmux is not installed"))
  func aTerminalIsAskedAndAnswers() async throws {
    let scratch = try lab("conflict")
    try scratch.copy(Project.lab("twice"), to: "twice")
    _ = try editor(
      scratch,
      "test -t 0 && test -t 1 && echo editing && sed -i -e '/^<<<<<<< /,/^=======$/d' -e '/^>>>>>>> /d' \"$1\" && sleep 1"
    )
    let socket = scratch.file("tmux")
    func tmux(_ arguments: String...) async throws -> ProcessResult {
      try await run("tmux", ["-S", socket, "-f", "/dev/null"] + arguments, in: scratch.path)
    }
    let began = try await tmux(
      "new-session", "-d", "-x", "110", "-y", "48", "env", "-u", "NO_COLOR",
      "GIT_EDITOR=\(scratch.file("editor"))", "PS1=next: ", "sh")
    guard began.code == 0 else {
      try Test.cancel("this system gives no terminal to a test: \(began.errors)")
    }
    func screen(until words: String, colours: Bool = false) async throws -> String {
      var text = ""
      for _ in 0..<300 {
        text = try await tmux("capture-pane", "-p", colours ? "-e" : "-J").text
        if text.contains(words) { return text }
        try await Task.sleep(for: .milliseconds(100))
      }
      Issue.record("'\(words)' does not come: \(text)")
      return text
    }
    func type(_ keys: String) async throws { _ = try await tmux("send-keys", keys, "Enter") }
    try await type("\(Project.program) resolve --quiet --onto t \(Project.seed)")
    let asked = try await screen(until: "[y,t,e,n,w,q,?]")
    #expect(asked.contains("| the tree, as proposed, in ext4_file_write()"), "\(asked)")
    // Nothing runs over the edge: no line is cut in two by the terminal.
    let lines = asked.split(separator: "\n").filter { $0.contains(" | ") }
    #expect(lines.count > 20 && lines.allSatisfy { $0.count <= 110 })
    let coloured = try await screen(until: "[y,t,e", colours: true)
    #expect(coloured.contains("\u{1B}[32m") && coloured.contains("\u{1B}[31m"))
    try await type("e")
    _ = try await screen(until: "editing")
    try await type("echo code $?")
    _ = try await screen(until: "code 0")
    let text = String(decoding: try scratch.read(file), as: UTF8.self)
    #expect(text.contains("ret = generic_file_aio_write(iocb"), "\(text)")
    // Ctrl-C at a question: nothing is half done, and the shell is as it was.
    try await type("clear; \(Project.program) resolve --quiet --onto twice \(Project.seed)")
    _ = try await screen(until: "[1-2,0,n,w,q,?]")
    _ = try await tmux("send-keys", "C-c")
    // What is typed before the shell is back would be the command's input.
    _ = try await screen(until: "next:")
    try await type("echo code $?")
    _ = try await screen(until: "code 130")
    #expect(
      try scratch.read("twice/fs/ext4/file.c")
        == Files.read(Project.lab("twice") + "/fs/ext4/file.c"))
    _ = try await tmux("kill-server")
  }

  /// Conflicts between markers are walked on a terminal, too.
  @Test func markersAreWalkedOnATerminal() async throws {
    guard Project.hasProgram("script") else { try Test.cancel("script is not installed") }
    guard try await run("script", ["-qec", "true", "/dev/null"]).code == 0 else {
      try Test.cancel("this system gives no terminal to a test")
    }
    for (answers, words) in [
      ("o\n", "return lab_counted_write(iocb"), ("x\ns\nq\n", "<<<<<<<"),
      ("t\n", "ret = generic_file_aio_write(iocb"),
    ] {
      let scratch = try lab("conflict")
      _ = try await patchkit(
        "backport", "--quiet", "--conflicts", "diff3", "--onto", "t", Project.seed, in: scratch.path
      )
      let result = try await run(
        "script", ["-qec", "\(Project.program) resolve", "/dev/null"], in: scratch.path,
        input: Array(answers.utf8), environment: ["TERM": "xterm"])
      let text = String(decoding: try scratch.read(file), as: UTF8.self)
      #expect(text.contains(words), "\(answers) \(result.text)")
      #expect(result.text.contains("a conflict, in ext4_file_write()"), "\(result.text)")
      #expect(decisions(scratch).count == (words == "<<<<<<<" ? 0 : 1))
    }
  }
}
