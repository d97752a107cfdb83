// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// Patches that mean harm: each is refused with its documented exit code, and neither the tree nor
/// anything outside it is touched.
@Suite struct HostileInputTests {
  private static let hunk = "@@ -0,0 +1 @@\n+evil\n"

  private static let cases: [(name: String, patch: String, code: Int)] = {
    var cases: [(String, String, Int)] = []
    for path in [
      "../evil", "a/../../evil", ".git/hooks/evil", ".GIT/evil", ".git./evil", "git~1/evil",
      "sub/.git/evil", "x\\nevil", "\\033[2J", ".patchkit-journal/plan",
    ] {
      cases.append(
        (
          "git \(path)",
          "diff --git \"a/\(path)\" \"b/\(path)\"\nnew file mode 100644\n--- /dev/null\n+++ \"b/\(path)\"\n"
            + hunk, 2
        ))
      cases.append(("plain \(path)", "--- /dev/null\n+++ \"b/\(path)\"\n" + hunk, 2))
      cases.append(
        (
          "delete \(path)",
          "diff --git \"a/\(path)\" \"b/\(path)\"\ndeleted file mode 100644\n--- \"a/\(path)\"\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
          2
        ))
      cases.append(
        (
          "rename to \(path)",
          "diff --git a/file \"b/\(path)\"\nsimilarity index 100%\nrename from file\nrename to \"\(path)\"\n",
          2
        ))
      cases.append(
        (
          "copy from \(path)",
          "diff --git \"a/\(path)\" b/new\nsimilarity index 100%\ncopy from \"\(path)\"\ncopy to new\n",
          2
        ))
    }
    cases.append(("absolute -p0", "diff --git a/x b/x\nrename from /etc/passwd\nrename to x\n", 2))
    cases.append(("through a link", "--- /dev/null\n+++ b/link/evil\n" + hunk, 1))
    cases.append(
      ("a link's file", "--- a/link/secret\n+++ b/link/secret\n@@ -1 +1 @@\n-secret\n+x\n", 1))
    cases.append(
      (
        "make a link and write through it",
        "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+../outside\n"
          + "\\ No newline at end of file\ndiff --git a/l/evil b/l/evil\nnew file mode 100644\n"
          + "--- /dev/null\n+++ b/l/evil\n" + hunk, 1
      ))
    cases.append(("a pipe", "--- a/pipe\n+++ b/pipe\n@@ -1 +1 @@\n-x\n+y\n", 1))
    cases.append(("a folder", "--- a/dir\n+++ b/dir\n@@ -1 +1 @@\n-x\n+y\n", 1))
    cases.append(("a file as a folder", "--- /dev/null\n+++ b/file/evil\n" + hunk, 1))
    cases.append(
      ("huge count", "--- a/file\n+++ b/file\n@@ -1,9223372036854775808 +1 @@\n-x\n+y\n", 2))
    cases.append(("setuid", "diff --git a/file b/file\nold mode 100644\nnew mode 104755\n", 2))
    cases.append(
      ("device", "diff --git a/d b/d\nnew file mode 020644\nindex 0000000..e69de29\n", 2))
    cases.append(
      (
        "submodule",
        "diff --git a/s b/s\nindex 1111111..2222222 160000\n--- a/s\n+++ b/s\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n",
        1
      ))
    cases.append(("ed script", "--- a/file\n+++ b/file\n0a\n!touch /tmp/patchkit-evil\n.\n", 2))
    cases.append(
      (
        "delete what differs",
        "diff --git a/file b/file\ndeleted file mode 100644\n--- a/file\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
        1
      ))
    cases.append(
      (
        "binary without data",
        "diff --git a/file b/file\nindex 1111111..2222222 100644\nBinary files a/file and b/file differ\n",
        1
      ))
    cases.append(("nothing", "", 2))
    cases.append(("NULs", String(repeating: "\0", count: 1000), 2))
    return cases
  }()

  private func tree() async throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/file", "first\nx\n")
    try scratch.write("t/dir/inner", "i\n")
    try scratch.write("outside/secret", "secret\n")
    _ = try await run("ln", ["-s", "../outside", "link"], in: scratch.file("t"))
    _ = try await run("mkfifo", ["pipe"], in: scratch.file("t"))
    return scratch
  }

  @Test(arguments: cases.indices) func nothingIsTouched(_ index: Int) async throws {
    let hostile = Self.cases[index]
    let scratch = try await tree()
    let before = try scratch.snapshot()
    let result = try await patchkit(
      "apply", "--onto", "t", "-", in: scratch.path, input: Array(hostile.patch.utf8))
    #expect(result.code == hostile.code, "\(hostile.name): \(result.code) \(result.errors)")
    #expect(try scratch.snapshot() == before, "\(hostile.name)")
    // No control character of the patch reaches the terminal.
    #expect(!result.errors.contains("\u{1B}"), "\(hostile.name)")
    #expect(try await run("ls", ["/tmp/patchkit-evil"]).code != 0)
  }

  @Test func aLineOfOneGigabyteIsRefusedUnread() async throws {
    let scratch = try await tree()
    let before = try scratch.snapshot("t")
    _ = try await run("truncate", ["-s", "1G", "huge.patch"], in: scratch.path)
    let result = try await patchkit("apply", "--onto", "t", "huge.patch", in: scratch.path)
    #expect(result.code == 2)
    #expect(result.errors.contains("is 1073741824 bytes and more than the 512 MiB that are read"))
    #expect(try scratch.snapshot("t") == before)
  }

  @Test func aLineOfManyMegabytesIsRead() async throws {
    let scratch = try await tree()
    let long = String(repeating: "y", count: 20 << 20)
    let patch = "--- a/file\n+++ b/file\n@@ -1,2 +1,2 @@\n first\n-x\n+\(long)\n"
    let result = try await patchkit(
      "apply", "--onto", "t", "-", in: scratch.path, input: Array(patch.utf8))
    #expect(result.code == 0, "\(result.errors)")
    #expect(try scratch.read("t/file").count == long.utf8.count + 7)
  }

  @Test func aBareRepositoryIsNotFooledEither() async throws {
    let scratch = try Scratch()
    try scratch.write("r/file", "x\n")
    _ = try await run("ln", ["-s", "/etc", "r/link"], in: scratch.path)
    for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]] {
      _ = try await run("git", arguments, in: scratch.file("r"))
    }
    for (patch, code) in [
      ("--- /dev/null\n+++ b/link/evil\n" + Self.hunk, 1),
      ("--- /dev/null\n+++ b/.git/evil\n" + Self.hunk, 2),
      ("--- /dev/null\n+++ b/file/evil\n" + Self.hunk, 1),
    ] {
      let result = try await patchkit(
        "apply", "--onto", "r@main", "--branch", "evil", "-", in: scratch.path,
        input: Array(patch.utf8))
      #expect(result.code == code, "\(result.errors)")
      #expect(try await git("rev-parse", "--verify", "-q", "evil", in: scratch.file("r")).code != 0)
    }
  }

  /// A subject or a name that could steer a terminal is shown, and not sent there.
  @Test func noWordOfAPatchSteersTheTerminal() async throws {
    let scratch = try await tree()
    let patch =
      "Subject: a \u{1B}[31mred\u{1B}]0;title\u{07} one\n\n--- a/no\u{1B}[2Jsuch\n+++ b/no\u{1B}[2Jsuch\n"
      + "@@ -1 +1 @@ f\u{9B}5m\n-a\n+b\n"
    try scratch.write("p.patch", patch)
    for command in ["apply", "backport", "show", "stat", "lint"] {
      let arguments = [command] + (["apply", "backport"].contains(command) ? ["--onto", "t"] : [])
      let result = try await run(Project.program, arguments + ["p.patch"], in: scratch.path)
      let shown = result.text + result.errors
      #expect(
        shown.unicodeScalars.allSatisfy {
          $0 == "\n" || $0 == "\t" || !(0..<32).contains($0.value)
        },
        "\(command)")
    }
  }
}
