// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// What `analyze` reports of the lines that `git format-patch --base` writes.
@Suite struct PatchBaseTests {
  private static func file(_ changed: [Int: String]) -> String {
    (1...40).map { changed[$0] ?? "int line_number_\($0)(void);\n" }.joined()
  }

  private static func functions(_ names: [String]) -> String {
    names.map { "/*\n * \($0)\n */\nint \($0)(void)\n{\n\treturn 0;\n}\n\n" }.joined()
  }

  /// A repository whose `main` has the commits base, ten, twenty and thirty; the last is also a patch that
  /// was made by git, on `base`.
  private func repository() async throws -> Scratch {
    let scratch = try Scratch()
    func commit(_ subject: String, _ changed: [Int: String]) async throws {
      try scratch.write("r/f.c", Self.file(changed))
      _ = try await git("add", "-A", in: scratch.file("r"))
      let made = try await git("commit", "-qm", subject, in: scratch.file("r"))
      #expect(made.code == 0, "\(made.errors)")
    }
    try scratch.write("r/f.c", "")
    _ = try await git("init", "-q", "-b", "main", in: scratch.file("r"))
    try scratch.write("r/h.c", Self.functions(["a", "b"]))
    try await commit("base", [:])
    let (ten, twenty) = (
      [10: "int ten(void);\n"], [10: "int ten(void);\n", 20: "int twenty(int);\n"]
    )
    try await commit("fs: ten", ten)
    // A hunk that may slide: where it ends is a matter of git's indent heuristic.
    try scratch.write("r/h.c", Self.functions(["a", "new", "b"]))
    try await commit("fs: twenty", twenty)
    try await commit("fs: thirty", twenty.merging([30: "int thirty(void);\n"]) { $1 })
    let patch = try await git(
      "format-patch", "-1", "--stdout", "--base=main~3", in: scratch.file("r"))
    #expect(patch.text.contains("\nbase-commit: ") && patch.code == 0)
    #expect(patch.text.split(separator: "prerequisite-patch-id: ").count == 3)
    try scratch.write("p.patch", patch.output)
    return scratch
  }

  private func analysis(_ scratch: Scratch, _ more: String...) async throws -> [String] {
    let result = try await run(
      Project.program, ["analyze", "--no-index", "--quiet", "p.patch"] + more, in: scratch.path)
    return result.text.split(separator: "\n").map { String($0) }
      .filter { $0.hasPrefix("  made on ") || $0.hasPrefix("    after ") }
  }

  @Test func earlierPatchesAreFoundByTheirPatchIDs() async throws {
    let scratch = try await repository()
    func id(_ revision: String) async throws -> String {
      String(try await git("rev-parse", revision, in: scratch.file("r")).line.prefix(12))
    }
    let (base, ten, twenty) = (
      try await id("main~3"), try await id("main~2"), try await id("main~1")
    )
    #expect(
      try await analysis(scratch, "--onto", "r@main~1") == [
        "  made on \(base), which the target has",
        "    after \(ten) fs: ten, which the target has",
        "    after \(twenty) fs: twenty, which the target has",
      ])
    // The target has one under another id, and lacks the other.
    _ = try await git("checkout", "-q", "-b", "own", "main~3", in: scratch.file("r"))
    try scratch.write("r/g.c", "int g;\n")
    _ = try await git("add", "-A", in: scratch.file("r"))
    _ = try await git("commit", "-qm", "own", in: scratch.file("r"))
    let picked = try await git("cherry-pick", "main~2", in: scratch.file("r"))
    #expect(picked.code == 0, "\(picked.errors)")
    let own = try await id("own")
    #expect(
      try await analysis(scratch, "--onto", "r@own", "--upstream", "r@main") == [
        "  made on \(base), which the target has",
        "    after \(own) fs: ten, which the target has",
        "    after \(twenty) fs: twenty, which the target lacks",
      ])
    let unknown = try await analysis(scratch, "--onto", "r@own")
    #expect(unknown.count == 3 && unknown[2].contains("after the patch with the patch-id "))
    #expect(unknown[2].hasSuffix(", which was not found"))
    // A folder has no history to ask.
    try scratch.write("t/f.c", Self.file([:]))
    #expect(try await analysis(scratch, "--onto", "t").first == "  made on \(base)")
  }
}
