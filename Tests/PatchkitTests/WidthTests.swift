// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// What is printed on a narrow screen fits on it, and its lines can be read alone.
@Suite struct WidthTests {
  private func lines(_ words: [String], columns: Int, in scratch: Scratch) async throws
    -> [Substring]
  {
    let result = try await run(
      Project.program, words, in: scratch.path, environment: ["COLUMNS": "\(columns)"])
    return (result.text + result.errors).split(separator: "\n")
  }

  @Test(arguments: [40, 60, 80]) func reportsFit(_ columns: Int) async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.path("Patches"), to: "Patches")
    try scratch.copy(Project.path("Tests/Fixtures/lab"), to: "lab")
    let patch = "Patches/ext4-serialize-unaligned-aio"
    let commands = [
      ["apply", "--quiet", "--check", "--onto", "lab/twice", patch],
      ["backport", "--quiet", "--check", "--explain", "--onto", "lab/conflict", patch],
      ["analyze", "--quiet", "--no-index", "--onto", "lab/half", patch],
      [
        "verify", "--no-cache", "--skip", "scenario", "--values", "20", "--executions", "5",
        "--onto", "shifted=lab/shifted", "--onto",
        "a-tree-with-a-long-name=lab/moved", "--onto", "twice=lab/twice",
        patch + "/"
          + "ext4-serialize-unaligned-asynchronous-DIO.patch",
      ],
    ]
    for command in commands {
      for line in try await lines(command, columns: columns, in: scratch) {
        // A word of a command is not broken: it has to work as copied.
        let words = line.split(separator: " ").filter { $0 != "\\" }
        let isWord = words.count == 1 && (line.hasSuffix(" \\") || line.hasSuffix("'"))
        #expect(line.count <= columns || isWord, "\(command[0]): \(line)")
      }
    }
  }

  @Test func aVerdictLineCanBeReadAlone() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("conflict"), to: "t")
    let refused = try await patchkit(
      "backport", "--quiet", "--onto", "t", Project.seed, in: scratch.path)
    let lines = refused.text.split(separator: "\n") + refused.errors.split(separator: "\n")
    #expect(
      lines.contains(
        "  offset    fs/ext4/file.c: hunk 1 applies at line 57 (offset 2: the only match)"),
      "\(lines)")
    #expect(lines.contains { $0.hasPrefix("  conflict  fs/ext4/file.c: hunk 2 (line 78): ") })
  }
}
