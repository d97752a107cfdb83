// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// Hunks that have a position and a doubtful result: `resolve` asks about them, and a decision counts.
@Suite struct DoubtTests {
  private static let file = """
    #include <linux/x.h>

    static int helper(int a)
    {
    \treturn a + 1;
    }

    int entry(int a)
    {
    \tint b = helper(a);

    \tif (b > 3)
    \t\treturn -1;
    \treturn b;
    }

    """

  /// A patch that uses a name which the tree does not have.
  private static func patch(function: String = "entry", name: String = "get_limit") -> String {
    """
    From: A U Thor <author@example.org>
    Subject: [PATCH] fs: ask for the limit

    Why.
    ---
    --- a/fs/x.c
    +++ b/fs/x.c
    @@ -9,7 +9,7 @@ int \(function)(int a)
     {
     \tint b = helper(a);
     
    -\tif (b > 3)
    +\tif (b > \(name)(a))
     \t\treturn -1;
     \treturn b;
     }

    """
  }

  private func scratch(_ file: String = Self.file) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/fs/x.c", file)
    try scratch.write("t/include/linux/kernel.h", "#define KERNEL 1\n")
    try scratch.write("t/include/linux/x.h", "int helper2(int a);\n")
    try scratch.write("p.patch", Self.patch())
    return scratch
  }

  private func resolve(
    _ scratch: Scratch, _ answers: String, _ arguments: String...,
    environment: [String: String] = [:]
  ) async throws -> ProcessResult {
    try await run(
      Project.program, ["resolve", "--onto", "t"] + arguments, in: scratch.path,
      input: Array(answers.utf8), environment: environment)
  }

  @Test func theHunkIsUsedAsItIsShown() async throws {
    let scratch = try scratch()
    let refused = try await patchkit("backport", "--onto", "t", "p.patch", in: scratch.path)
    #expect(refused.code == 1)
    let result = try await resolve(scratch, "y\n", "p.patch")
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    #expect(result.text.contains("plausible proposal, at line 9: the tree has no 'get_limit'"))
    #expect(result.text.contains("the tree, as the hunk changes it, in entry()"))
    #expect(result.text.contains("  - removed, + added\n[y,e,n,w,q,?] y\n"))
    #expect(result.text.contains("hunk 1 applies at line 9, as you decided"))
    #expect(
      String(decoding: try scratch.read("t/fs/x.c"), as: UTF8.self).contains("b > get_limit(a)"))
    // Another tree of the same kind needs no question; one where more is doubtful does.
    try scratch.write("t/fs/x.c", Self.file)
    let again = try await patchkit(
      "backport", "--check", "--onto", "t", "p.patch", in: scratch.path)
    #expect(again.code == 0, "\(again.text)")
    try scratch.write("q.patch", Self.patch(name: "get_other"))
    let other = try await patchkit(
      "backport", "--check", "--onto", "t", "q.patch", in: scratch.path)
    #expect(other.code == 1)
  }

  @Test func theHunkIsLeftOut() async throws {
    let scratch = try scratch()
    try scratch.write(
      "p.patch",
      Self.patch() + "--- a/fs/y.c\n+++ b/fs/y.c\n@@ -1,3 +1,3 @@\n 1\n-2\n+22\n 3\n")
    try scratch.write("t/fs/y.c", "1\n2\n3\n")
    let result = try await resolve(scratch, "n\n", "p.patch")
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    #expect(try scratch.read("t/fs/x.c") == Array(Self.file.utf8))
    #expect(try scratch.read("t/fs/y.c") == Array("1\n22\n3\n".utf8))
    #expect(result.text.contains("hunk 1 (line 9): left out, as you decided"))
  }

  @Test func theLinesAreEdited() async throws {
    let scratch = try scratch()
    try scratch.write(
      "editor",
      "#!/bin/sh\nsed -i -e '/^<<<<<<</,/^=======/d' -e '/^>>>>>>>/d' -e 's/get_limit(a)/9/' \"$1\"\n"
    )
    _ = try await run("chmod", ["+x", "editor"], in: scratch.path)
    let result = try await resolve(
      scratch, "e\n", "p.patch", environment: ["GIT_EDITOR": scratch.file("editor")])
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    let made = String(decoding: try scratch.read("t/fs/x.c"), as: UTF8.self)
    #expect(made == Self.file.replacing("b > 3", with: "b > 9"))
  }

  /// A proposal that the user may accept is read as well, and what the hunk's header names.
  @Test func whatTheTreeLacksIsSaidOfAProposal() async throws {
    let scratch = try scratch(Self.file.replacing("b > 3", with: "b > 4"))
    try scratch.write("p.patch", Self.patch(function: "other"))
    let result = try await resolve(scratch, "q\n", "p.patch")
    #expect(result.code == 1)
    #expect(result.text.contains("  the file has no other(), which the hunk's header names\n"))
    #expect(result.text.contains("  with the proposal: the tree has no 'get_limit'\n"))
    // The same in a report.
    let explained = try await patchkit(
      "backport", "--check", "--explain", "--onto", "t", "p.patch", in: scratch.path)
    #expect((explained.text + explained.errors).contains("hunk 1, proposed and not applied"))
  }

  @Test func aRefusedHunkIsExplainedWithWhatTheTreeHas() async throws {
    let scratch = try scratch()
    let result = try await patchkit(
      "backport", "--check", "--explain", "--onto", "t", "p.patch", in: scratch.path)
    #expect(result.code == 1)
    let text = result.text + result.errors
    #expect(text.contains("the tree, as the hunk changes it, in entry()"), "\(text)")
  }

  @Test(arguments: ["--commit", "--branch"]) func theCommitterIsAskedForFirst(
    option: String
  ) async throws {
    let scratch = try scratch()
    _ = try await git("init", "-q", "-b", "main", in: scratch.file("t"))
    _ = try await git("add", ".", in: scratch.file("t"))
    _ = try await git("commit", "-qm", "base", in: scratch.file("t"))
    let onto = option == "--commit" ? ["--commit", "t"] : ["--branch", "made", "t@main"]
    func resolve() async throws -> ProcessResult {
      try await run(
        Project.program,
        ["resolve", onto[0]] + (onto.count == 3 ? [onto[1]] : []) + ["--onto", onto.last ?? ""]
          + ["p.patch"], in: scratch.path, input: Array("y\n".utf8),
        environment: [
          "GIT_COMMITTER_NAME": "", "GIT_COMMITTER_EMAIL": "", "HOME": scratch.path,
          "XDG_CONFIG_HOME": scratch.path,
        ])
    }
    let silent = try await resolve()
    #expect(silent.code == 2 || silent.code == 3, "\(silent.code) \(silent.errors)")
    #expect(!silent.text.contains("[y,e,n,w,q,?]"), "\(silent.text)")
    guard option == "--commit" else { return }
    _ = try await git("config", "user.name", "Me", in: scratch.file("t"))
    _ = try await git("config", "user.email", "me@example.org", in: scratch.file("t"))
    try scratch.write("t/.git/MERGE_HEAD", String(repeating: "0", count: 40) + "\n")
    let merging = try await resolve()
    #expect(merging.errors.contains("a merge is in progress"), "\(merging.errors)")
    #expect(!merging.text.contains("[y,e,n,w,q,?]"))
  }

  @Test func aRebaseCanKeepGoing() async throws {
    let scratch = try Scratch()
    try scratch.write("t/a.c", "one\ntwo\nthree\n")
    try scratch.write("t/b.c", "one\ntwo\nthree\n")
    func patch(_ name: String, _ word: String) -> String {
      "--- a/\(name)\n+++ b/\(name)\n@@ -1,3 +1,3 @@\n one\n-\(word)\n+new\n three\n"
    }
    try scratch.write("p/1.patch", patch("a.c", "nowhere"))
    try scratch.write("p/2.patch", patch("b.c", "two"))
    try scratch.write("p/3.patch", patch("b.c", "gone").replacing("+new", with: "+other"))
    try scratch.write("p/series", "1.patch\n2.patch\n3.patch\n")
    func rebase(_ arguments: String...) async throws -> (code: Int, text: String) {
      let result = try await run(
        Project.program,
        ["series", "rebase", "--check", "--onto", "t", "--patches", "p"] + arguments,
        in: scratch.path)
      return (result.code, result.text + result.errors)
    }
    let stopped = try await rebase()
    #expect(
      stopped.code == 1 && stopped.text.contains("2 patches after the refused one were not tried"))
    let all = try await rebase("--keep-going")
    #expect(all.code == 1)
    #expect(all.text.hasPrefix("refused 1.patch"), "\(all.text)")
    #expect(all.text.contains("\nunchanged 2.patch\nrefused 3.patch"), "\(all.text)")
    #expect(all.text.contains("2 of 3 patches are refused"))
    #expect(all.text.contains("a.c: hunk 1") && all.text.contains("b.c: hunk 1"))
  }
}
