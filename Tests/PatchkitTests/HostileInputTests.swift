// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// Patches that mean harm: each is refused with its documented exit code, and neither the tree nor
/// anything outside it is touched.
///
/// The cases are in `Tests/Fixtures/hostile`, as `Fuzzing/hostile` puts them to git, GNU patch and libgit2 too.
@Suite struct HostileInputTests {
  private static let hunk = "@@ -0,0 +1 @@\n+evil\n"

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var `class`: String
    var name: String
    var patch: String
    var code: Int
    var arguments: [String]?
    var testDescription: String { "\(`class`): \(name)" }
  }

  private static let cases: [Case] = {
    let file = Project.root + "/Tests/Fixtures/hostile/cases.json"
    guard let data = FileManager.default.contents(atPath: file) else { return [] }
    return (try? JSONDecoder().decode([Case].self, from: data)) ?? []
  }()

  @Test func theCasesAreThere() { #expect(Self.cases.count > 100) }

  private func tree() async throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/file", "first\nx\n")
    try scratch.write("t/dir/inner", "i\n")
    try scratch.write("outside/secret", "secret\n")
    _ = try await run("ln", ["-s", "../outside", "link"], in: scratch.file("t"))
    _ = try await run("mkfifo", ["pipe"], in: scratch.file("t"))
    return scratch
  }

  @Test(arguments: cases) func nothingIsTouched(_ hostile: Case) async throws {
    let scratch = try await tree()
    let before = try scratch.snapshot()
    let result = try await run(
      Project.program, ["apply", "--onto", "t"] + (hostile.arguments ?? []) + ["-"],
      in: scratch.path,
      input: Array(hostile.patch.utf8))
    #expect(result.code == hostile.code, "\(result.code) \(result.errors)")
    #expect(try scratch.snapshot() == before)
    // No control character of the patch reaches the terminal.
    #expect(!result.errors.contains("\u{1B}"))
    #expect(try await run("ls", ["/tmp/patchkit-evil"]).code != 0)
  }

  @Test func aLineOfOneGigabyteIsRefusedUnread() async throws {
    let scratch = try await tree()
    let before = try scratch.snapshot("t")
    _ = try await run("truncate", ["-s", "1G", "huge.patch"], in: scratch.path)
    let result = try await patchkit("apply", "--onto", "t", "huge.patch", in: scratch.path)
    #expect(result.code == 2)
    #expect(result.errors.contains("has 1073741824 bytes, more than the limit of 512 MiB"))
    #expect(result.errors.contains("--limit input-size="))
    #expect(try scratch.snapshot("t") == before)
  }

  @Test func splitReadsAsMuchAsItsLimitSays() async throws {
    let scratch = try await tree()
    _ = try await run("truncate", ["-s", "513M", "huge.mbox"], in: scratch.path)
    let refused = try await patchkit("split", "-o", "out", "huge.mbox", in: scratch.path)
    #expect(refused.code == 2)
    #expect(refused.errors.contains("--limit input-size=2G"), "\(refused.errors)")
    _ = try await run("truncate", ["-s", "20", "small.mbox"], in: scratch.path)
    let small = try await patchkit(
      "split", "-o", "out", "--limit", "input-size=10", "small.mbox", in: scratch.path)
    #expect(small.code == 2)
    #expect(small.errors.contains("has 20 bytes, more than the limit of 10 bytes"))
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/out"))
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

  @Test func limitsAreFlags() async throws {
    let scratch = try await tree()
    let patch =
      "--- a/file\n+++ b/file\n@@ -1,2 +1,2 @@\n first\n-x\n+yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n"
    // Not from standard input: some of these end before they read it.
    try scratch.write("p.patch", patch)
    func apply(_ limit: String) async throws -> ProcessResult {
      try await patchkit(
        "apply", "--check", "--limit", limit, "--onto", "t", "p.patch", in: scratch.path)
    }
    let long = try await apply("line-length=20")
    #expect(long.code == 2 && long.errors.contains("p.patch:6: error: a line has 33 bytes"))
    #expect(long.errors.contains("byte 48"))
    #expect(try await apply("line-length=1K").code == 0)
    #expect(try await apply("input-size=50").code == 2)
    let unknown = try await apply("lines=3")
    #expect(unknown.code == 2 && unknown.errors.contains("the limits are input-size, line-length"))
    #expect(try await apply("hunks=many").code == 2)
    #expect(try await apply("hunks=9223372036854775807").code == 2)
  }
}
